/* SPDX-License-Identifier: BSD-2-Clause */
#include "text_width.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "characters.h"

/* Of a byte that is not UTF-8, "\xff". */
enum { BYTE_WIDTH = 4 };

/* Of a control character, as report.h escapes it. */
static size_t escape_width(unsigned point)
{
	size_t width = strlen("\\u{}");

	if (point == '\n' || point == '\t' || point == '\r')
		return 2;
	if (point < 0x100)
		return BYTE_WIDTH;
	for (; point; point >>= 4)
		width++;
	return width;
}

void text_width_init(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

size_t character_width(const char *text, size_t size, size_t *length)
{
	unsigned point;
	int columns;

	*length = decode_utf8((const unsigned char *)text, size, &point);
	if (*length == 0) {
		*length = 1;
		return BYTE_WIDTH;
	}
	if (is_control(point))
		return escape_width(point);
	columns = wcwidth((wchar_t)point);
	return columns < 0 ? 1 : (size_t)columns;
}

size_t text_width(const char *text)
{
	size_t left = strlen(text);
	size_t width = 0;

	while (left) {
		size_t length;

		width += character_width(text, left, &length);
		text += length;
		left -= length;
	}
	return width;
}
