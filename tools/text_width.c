/* SPDX-License-Identifier: BSD-2-Clause */
#include "text_width.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "characters.h"

void text_width_init(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

size_t character_width(const char *text, size_t size, size_t *length)
{
	unsigned point;
	size_t decoded = decode_utf8((const unsigned char *)text, size, &point);
	char escape[ESCAPE_SIZE];
	int columns;

	*length = decoded ? decoded : 1;
	if (decoded == 0)
		return format_escape((unsigned char)*text, escape);
	if (is_control(point))
		return format_escape(point, escape);
	columns = wcwidth((wchar_t)point);
	/* What libc does not know is printed all the same. */
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

size_t fitting_length(const char *text, size_t size, size_t columns)
{
	size_t fitting = 0;

	while (fitting < size) {
		size_t length;
		size_t width = character_width(text + fitting, size - fitting, &length);

		if (width > columns)
			break;
		columns -= width;
		fitting += length;
	}
	return fitting;
}
