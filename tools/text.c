/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024 };

char *text_room(struct text *text, size_t size)
{
	size_t capacity = text->capacity ? text->capacity : FIRST_CAPACITY;
	char *grown;

	if (text->failed)
		return NULL;
	if (text->capacity - text->size >= size)
		return text->bytes + text->size;
	while (capacity - text->size < size && capacity <= SIZE_MAX / 2)
		capacity *= 2;
	grown = capacity - text->size >= size ? realloc(text->bytes, capacity) : NULL;
	if (!grown) {
		text->failed = true;
		return NULL;
	}
	text->bytes = grown;
	text->capacity = capacity;
	return grown + text->size;
}

void text_put_bytes(struct text *text, const void *bytes, size_t size)
{
	char *place = size ? text_room(text, size) : NULL;

	if (!place)
		return;
	memcpy(place, bytes, size);
	text->size += size;
}

void text_put(struct text *text, const char *string)
{
	text_put_bytes(text, string, strlen(string));
}

void text_print(struct text *text, const char *format, ...)
{
	va_list arguments, again;
	char *place;
	int size;

	va_start(arguments, format);
	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, arguments);
	place = size < 0 ? NULL : text_room(text, (size_t)size + 1);
	if (place) {
		vsnprintf(place, (size_t)size + 1, format, again);
		text->size += (size_t)size;
	}
	va_end(again);
	va_end(arguments);
}

static ssize_t write_text(void *context, const char *bytes, size_t size)
{
	struct text *text = context;

	text_put_bytes(text, bytes, size);
	return text->failed ? 0 : (ssize_t)size;
}

bool text_begin_json(struct text *text, struct json_line *line)
{
	*line = (struct json_line){ .out = fopencookie(text, "w", (cookie_io_functions_t){
								  .write = write_text }) };
	if (line->out)
		setvbuf(line->out, NULL, _IONBF, 0); /* it comes in large pieces */
	else
		text->failed = true;
	return line->out != NULL;
}

void text_end_json(struct text *text, struct json_line *line)
{
	json_end(line);
	text->failed |= fclose(line->out) != 0;
}

const char *text_string(struct text *text)
{
	char *place = text_room(text, 1);

	if (!place)
		return NULL;
	*place = '\0';
	return text->bytes;
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ .bytes = NULL };
}
