/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/header_fields.h"

#include <string.h>
#include <strings.h>

size_t header_size(const void *bytes, size_t there)
{
	const char *start = bytes, *line = start, *end;

	while ((end = memchr(line, '\n', there - (size_t)(line - start)))) {
		bool is_empty = end == line || (end == line + 1 && *line == '\r');

		line = end + 1;
		if (is_empty)
			return (size_t)(line - start);
	}
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct header_field trimmed(const char *text, size_t size)
{
	while (size && is_space(*text))
		text++, size--;
	while (size && is_space(text[size - 1]))
		size--;
	return (struct header_field){ text, size };
}

bool header_field_find(const void *head, size_t size, const char *name,
		       struct header_field *field)
{
	const char *line = head, *end = line + size, *line_end;
	size_t name_size = strlen(name);

	for (; (line_end = memchr(line, '\n', (size_t)(end - line))); line = line_end + 1) {
		size_t length = (size_t)(line_end - line);

		if (length <= name_size || line[name_size] != ':' ||
		    strncasecmp(line, name, name_size) != 0)
			continue;
		*field = trimmed(line + name_size + 1, length - name_size - 1);
		return true;
	}
	*field = (struct header_field){ "", 0 };
	return false;
}

bool header_field_is(const struct header_field *field, const char *value)
{
	return field->size == strlen(value) && strncasecmp(field->value, value, field->size) == 0;
}

bool header_field_lists(const struct header_field *field, const char *value)
{
	const char *text = field->value, *end = text + field->size;

	while (text < end) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		const char *item_end = comma ? comma : end;
		struct header_field item = trimmed(text, (size_t)(item_end - text));

		if (header_field_is(&item, value))
			return true;
		text = item_end + 1;
	}
	return false;
}

char *header_field_copy(const struct header_field *field)
{
	return strndup(field->value, field->size);
}
