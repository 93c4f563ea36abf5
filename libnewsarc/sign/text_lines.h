/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text that statements and receipts are made of: lines of a name and, behind a space, a
 * value. An empty value has no space. The reader remembers a failure, as that of
 * support/byte_buffer.h does. It takes more than the writer writes: who must be sure that
 * nothing was altered writes the text again and compares.
 */
#ifndef NARC_SIGN_TEXT_LINES_H
#define NARC_SIGN_TEXT_LINES_H

#include "support/byte_buffer.h"

void put_line(struct byte_buffer *text, const char *name, const char *value);
void put_unsigned(struct byte_buffer *text, const char *name, uint64_t value);
void put_signed(struct byte_buffer *text, const char *name, int64_t value);
void put_octal(struct byte_buffer *text, const char *name, uint64_t value);
void put_hash(struct byte_buffer *text, const char *name, const uint8_t hash[32]);
/* Bytes other than printable ASCII, and "%", as "%" and two hexadecimal digits. */
void put_string(struct byte_buffer *text, const char *name, const char *value);

struct line_reader {
	const char *next;
	const char *end;
	bool failed;
};

static inline struct line_reader line_reader_over(const void *text, size_t size)
{
	return (struct line_reader){ text, (const char *)text + size, false };
}

/* Whether the next line has this name. */
bool next_line_is(const struct line_reader *reader, const char *name);

/* The value of the next line, which has this name; not ended by a NUL. */
const char *take_line(struct line_reader *reader, const char *name, size_t *size);
uint64_t take_unsigned(struct line_reader *reader, const char *name, uint64_t least,
		       uint64_t most);
int64_t take_signed(struct line_reader *reader, const char *name);
uint64_t take_octal(struct line_reader *reader, const char *name);
void take_hash(struct line_reader *reader, const char *name, uint8_t hash[32]);
/* A string of size bytes at most, without a NUL; value has room for one more. */
void take_string(struct line_reader *reader, const char *name, char *value, size_t size);

#endif
