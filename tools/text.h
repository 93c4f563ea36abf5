/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that grows. */
#ifndef NARC_TOOLS_TEXT_H
#define NARC_TOOLS_TEXT_H

#include "report.h"

/* All zero when it is empty. What cannot be added for want of memory sets failed, which stays: so
 * it is to be asked once, at the end. */
struct text {
	char *bytes; /* no NUL at the end */
	size_t size;
	size_t capacity;
	bool failed;
};

void text_put_bytes(struct text *text, const void *bytes, size_t size);
void text_put(struct text *text, const char *string);
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for size bytes more, which the caller writes and counts; NULL if there is none. */
char *text_room(struct text *text, size_t size);

/* Begins JSON that is put to the text's end. False if there is no memory. */
bool text_begin_json(struct text *text, struct json_line *line);
void text_end_json(struct text *text, struct json_line *line);

/* With a NUL at its end, which is not counted; NULL if something failed. */
const char *text_string(struct text *text);

void text_free(struct text *text);

#endif
