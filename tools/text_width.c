/* SPDX-License-Identifier: BSD-2-Clause */
#include "text_width.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

/* Of a byte that is not UTF-8, or of a control character, which become escapes. */
enum { ESCAPE_WIDTH = 4 };

void text_width_init(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

size_t character_width(const char *text, size_t size, size_t *length)
{
	mbstate_t state = { 0 };
	wchar_t character;
	size_t decoded = mbrtowc(&character, text, size, &state);
	int columns;

	*length = 1;
	if (decoded == 0 || decoded > size)
		return ESCAPE_WIDTH;
	*length = decoded;
	columns = wcwidth(character);
	return columns < 0 ? ESCAPE_WIDTH : (size_t)columns;
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
