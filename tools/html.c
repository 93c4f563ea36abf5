/* SPDX-License-Identifier: BSD-2-Clause */
#include "html.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "characters.h"

static const char *entity_of(unsigned point)
{
	switch (point) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '&' && byte != '<' && byte != '>' &&
	       byte != '"' && byte != '\'';
}

/* A zero width joiner makes one picture of several. */
static bool is_shown(unsigned point, bool keep_lines)
{
	return !is_control(point) || point == 0x200d ||
	       (keep_lines && (point == '\n' || point == '\t'));
}

static void put_character(struct text *page, const unsigned char *bytes, size_t length,
			  unsigned point, bool keep_lines)
{
	const char *entity = entity_of(point);
	char escape[ESCAPE_SIZE];

	if (length == 0)
		text_put_bytes(page, escape, format_escape(*bytes, escape));
	else if (entity)
		text_put(page, entity);
	else if (is_shown(point, keep_lines))
		text_put_bytes(page, bytes, length);
	else if (point == '\n' || point == '\t' || point == '\r')
		text_put(page, " ");
	else
		text_put_bytes(page, escape, format_escape(point, escape));
}

static void put_escaped(struct text *page, const char *bytes, size_t size, bool keep_lines)
{
	const unsigned char *next = (const unsigned char *)bytes;
	const unsigned char *end = next + size;

	while (next < end) {
		const unsigned char *plain = next;
		unsigned point;
		size_t length;

		while (next < end && is_plain(*next))
			next++;
		text_put_bytes(page, plain, (size_t)(next - plain));
		if (next == end)
			break;
		point = *next;
		length = decode_utf8(next, (size_t)(end - next), &point);
		put_character(page, next, length, point, keep_lines);
		next += length ? length : 1;
	}
}

void html_text(struct text *page, const char *bytes, size_t size)
{
	put_escaped(page, bytes, size, false);
}

void html_lines(struct text *page, const char *bytes, size_t size)
{
	put_escaped(page, bytes, size, true);
}

void html_url(struct text *page, const char *string)
{
	for (; *string; string++) {
		unsigned char byte = (unsigned char)*string;

		if (byte < 0x80 && (isalnum(byte) || strchr("-._~", byte)))
			text_put_bytes(page, string, 1);
		else
			text_print(page, "%%%02X", byte);
	}
}

/* ---- directives ------------------------------------------------------------------------- */

/* Puts the number that a directive stands for; its flags and width are passed on. */
static void put_number(struct text *page, const char *directive, size_t size, va_list *arguments)
{
	char format[16];

	assert(size < sizeof(format));
	memcpy(format, directive, size);
	format[size] = '\0';
	if (strstr(format, "llu"))
		text_print(page, format, va_arg(*arguments, unsigned long long));
	else if (strstr(format, "lu"))
		text_print(page, format, va_arg(*arguments, unsigned long));
	else if (strstr(format, "zu"))
		text_print(page, format, va_arg(*arguments, size_t));
	else if (strchr(format, 'u'))
		text_print(page, format, va_arg(*arguments, unsigned));
	else
		text_print(page, format, va_arg(*arguments, int));
}

/* Puts what the directive at the start of markup stands for; returns its end. */
static const char *put_directive(struct text *page, const char *markup, va_list *arguments)
{
	size_t size = 1 + strspn(markup + 1, "0123456789lz");

	if (strncmp(markup, "%.*s", 4) == 0) {
		int length = va_arg(*arguments, int);

		html_text(page, va_arg(*arguments, const char *), (size_t)length);
		return markup + 4;
	}
	switch (markup[size]) {
	case '%':
		text_put(page, "%");
		break;
	case 's': {
		const char *string = va_arg(*arguments, const char *);

		html_text(page, string, strlen(string));
		break;
	}
	case 'd':
	case 'u':
		put_number(page, markup, size + 1, arguments);
		break;
	default:
		assert(false); /* no directive that html() knows */
	}
	return markup + size + 1;
}

void html(struct text *page, const char *markup, ...)
{
	va_list arguments;

	va_start(arguments, markup);
	while (*markup) {
		size_t plain = strcspn(markup, "%");

		text_put_bytes(page, markup, plain);
		markup += plain;
		if (*markup)
			markup = put_directive(page, markup, &arguments);
	}
	va_end(arguments);
}
