/* SPDX-License-Identifier: BSD-2-Clause */
#include "characters.h"

#include <stdio.h>

size_t decode_utf8(const unsigned char *bytes, size_t size, unsigned *point)
{
	static const unsigned least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length;

	if (bytes[0] < 0x80) {
		*point = bytes[0];
		return 1;
	}
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	length = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	if (length > size)
		return 0;
	*point = bytes[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (bytes[i] & 0x3f);
	}
	if (*point < least[length] || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000))
		return 0;
	return length;
}

size_t character_start(const char *text, size_t size, size_t place)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t back = 0; back < 4 && back <= place; back++) {
		const size_t start = place - back;
		unsigned point;

		if (decode_utf8(bytes + start, size - start, &point) > back)
			return start;
	}
	return place;
}

bool is_control(unsigned point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x061c ||
	       (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
	       (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xe0000 && point <= 0xe007f);
}

size_t format_escape(unsigned point, char text[ESCAPE_SIZE])
{
	if (point == '\n')
		return (size_t)snprintf(text, ESCAPE_SIZE, "\\n");
	if (point == '\t')
		return (size_t)snprintf(text, ESCAPE_SIZE, "\\t");
	if (point == '\r')
		return (size_t)snprintf(text, ESCAPE_SIZE, "\\r");
	return (size_t)snprintf(text, ESCAPE_SIZE, point < 0x100 ? "\\x%02x" : "\\u{%x}", point);
}
