/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a row or a paragraph says is one message, without its line ends; tools/help/ gives these to
 * the catalogues. So a translation has to know nothing of columns.
 */
#include "usage.h"

#include <stdbool.h>
#include <string.h>

#include "characters.h"
#include "text_width.h"
#include "translate.h"

enum { COLUMNS = 80, MESSAGE_SIZE = 2048 };

/* What no line begins with, and what none ends with. */
#define STANDS_BEHIND "，。；：、？！）」”…,.;:!?)"
#define STANDS_BEFORE "（「“("

/* ---- laying out --------------------------------------------------------------------------- */

static bool is_among(const char *characters, const char *character, size_t length)
{
	size_t size;

	for (const char *place = characters; *place; place += size) {
		unsigned point;

		size = decode_utf8((const unsigned char *)place, strlen(place), &point);
		if (size == length && memcmp(place, character, length) == 0)
			return true;
	}
	return false;
}

/* Whether a line may end between two characters, of which there are both. */
static bool may_end_between(const char *before, size_t before_size, const char *behind)
{
	size_t size;
	bool is_wide = character_width(before, before_size, &size) == 2;

	is_wide |= character_width(behind, strlen(behind), &size) == 2;
	return is_wide && !is_among(STANDS_BEFORE, before, before_size) &&
	       !is_among(STANDS_BEHIND, behind, size);
}

/* The length of the first piece of text that no line may end in: a word, or a wide character with
 * the marks that belong to it. */
static size_t piece_length(const char *text, size_t *width)
{
	size_t length = 0;
	size_t size;

	*width = 0;
	do {
		*width += character_width(text + length, strlen(text + length), &size);
		length += size;
	} while (text[length] && text[length] != ' ' &&
		 !may_end_between(text + length - size, size, text + length));
	return length;
}

/* Prints text from a column on; further lines begin at indent. */
static void print_filled(FILE *out, const char *text, size_t column, size_t indent)
{
	while (*text) {
		size_t blanks = strspn(text, " ");
		size_t width;
		size_t length = piece_length(text + blanks, &width);

		if (column > indent && column + blanks + width > COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else {
			fprintf(out, "%*s", (int)blanks, "");
			column += blanks;
		}
		fprintf(out, "%.*s", (int)length, text + blanks);
		column += width;
		text += blanks + length;
	}
	putc('\n', out);
}

/* ---- lines -------------------------------------------------------------------------------- */

struct line {
	const char *start;
	size_t size; /* without its end */
};

static struct line line_at(const char *text)
{
	return (struct line){ text, strcspn(text, "\n") };
}

static const char *behind(struct line line)
{
	return line.start + line.size + (line.start[line.size] == '\n');
}

/* Adds the text of a line, from a column on, to a message. */
static void add_text(char message[MESSAGE_SIZE], struct line line, size_t column)
{
	size_t used = strlen(message);

	if (column < line.size)
		snprintf(message + used, MESSAGE_SIZE - used, "%s%.*s", used ? " " : "",
			 (int)(line.size - column), line.start + column);
}

/* ---- rows --------------------------------------------------------------------------------- */

static bool is_of_row(const char *text)
{
	return strncmp(text, "  ", 2) == 0;
}

/* Where the text of a row begins, behind two blanks at least; 0 if there are none. */
static size_t text_column(struct line line)
{
	for (size_t i = 2; i + 3 < line.size; i++)
		if (line.start[i] != ' ' && strncmp(line.start + i + 1, "  ", 2) == 0)
			return i + 1 + strspn(line.start + i + 1, " ");
	return 0;
}

/* Where the second column of all rows at text begins: those whose names are too long for the first
 * have their texts further on. */
static size_t column_of_rows(const char *text)
{
	size_t least = COLUMNS;

	for (; is_of_row(text); text = behind(line_at(text))) {
		size_t column = text[2] == ' ' ? 0 : text_column(line_at(text));

		if (column && column < least)
			least = column;
	}
	return least;
}

/* Whether a row's text begins in the next line: then it has an option, and maybe a value. */
static bool has_name_only(struct line line)
{
	const char *blank = memchr(line.start + 2, ' ', line.size - 2);
	size_t size = blank ? (size_t)(blank + 1 - line.start) : line.size;

	return !memchr(line.start + size, ' ', line.size - size);
}

/* Prints the row at text, and returns what is behind it. */
static const char *print_row(FILE *out, const char *text, size_t column)
{
	struct line line = line_at(text);
	size_t start = text_column(line);
	char message[MESSAGE_SIZE] = "";
	size_t name;

	if (start == 0)
		start = has_name_only(line) ? line.size : column;
	for (name = start; line.start[name - 1] == ' '; name--)
		;
	add_text(message, line, start);
	for (text = behind(line); strncmp(text, "   ", 3) == 0; text = behind(line_at(text)))
		add_text(message, line_at(text), strspn(text, " "));
	fprintf(out, "%.*s", (int)name, line.start);
	start = name < column ? column : name + 2;
	fprintf(out, "%*s", (int)(start - name), "");
	print_filled(out, _(message), start, column);
	return text;
}

/* ---- paragraphs --------------------------------------------------------------------------- */

static const char *print_rows(FILE *out, const char *text)
{
	size_t column = column_of_rows(text);

	while (is_of_row(text))
		text = print_row(out, text, column);
	return text;
}

/* "usage: narc ...", of which further lines stay below the first. */
static const char *print_synopsis(FILE *out, const char *text)
{
	struct line line = line_at(text);
	const size_t start = strlen("usage: ");

	fprintf(out, "%s", _("usage:"));
	fprintf(out, " %.*s\n", (int)(line.size - start), line.start + start);
	for (text = behind(line); is_of_row(text); text = behind(line_at(text)))
		fprintf(out, "%.*s\n", (int)line_at(text).size, text);
	return text;
}

static const char *print_paragraph(FILE *out, const char *text)
{
	char message[MESSAGE_SIZE] = "";

	for (; *text && *text != '\n' && !is_of_row(text); text = behind(line_at(text)))
		add_text(message, line_at(text), 0);
	print_filled(out, _(message), 0, 0);
	return text;
}

void print_usage(FILE *out, const char *usage)
{
	if (!is_translated()) {
		fputs(usage, out);
		return;
	}
	text_width_init();
	while (*usage) {
		if (*usage == '\n') {
			putc('\n', out);
			usage++;
		} else if (strncmp(usage, "usage: ", strlen("usage: ")) == 0) {
			usage = print_synopsis(out, usage);
		} else if (is_of_row(usage)) {
			usage = print_rows(out, usage);
		} else {
			usage = print_paragraph(out, usage);
		}
	}
}
