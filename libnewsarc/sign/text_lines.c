/* SPDX-License-Identifier: BSD-2-Clause */
#include "sign/text_lines.h"

#include <inttypes.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <string.h>

enum { HASH_SIZE = 32, NUMBER_SIZE_LIMIT = 32 };

/* ---- writing ------------------------------------------------------------------------------ */

void put_line(struct byte_buffer *text, const char *name, const char *value)
{
	byte_buffer_append(text, name, strlen(name));
	if (*value)
		byte_buffer_append(text, " ", 1);
	byte_buffer_append(text, value, strlen(value));
	byte_buffer_append(text, "\n", 1);
}

void put_unsigned(struct byte_buffer *text, const char *name, uint64_t value)
{
	char digits[NUMBER_SIZE_LIMIT];

	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	put_line(text, name, digits);
}

void put_signed(struct byte_buffer *text, const char *name, int64_t value)
{
	char digits[NUMBER_SIZE_LIMIT];

	snprintf(digits, sizeof(digits), "%" PRId64, value);
	put_line(text, name, digits);
}

void put_octal(struct byte_buffer *text, const char *name, uint64_t value)
{
	char digits[NUMBER_SIZE_LIMIT];

	snprintf(digits, sizeof(digits), "%" PRIo64, value);
	put_line(text, name, digits);
}

void put_hash(struct byte_buffer *text, const char *name, const uint8_t hash[HASH_SIZE])
{
	char digits[2 * HASH_SIZE + 1];

	put_line(text, name, sodium_bin2hex(digits, sizeof(digits), hash, HASH_SIZE));
}

void put_string(struct byte_buffer *text, const char *name, const char *value)
{
	byte_buffer_append(text, name, strlen(name));
	if (*value)
		byte_buffer_append(text, " ", 1);
	for (const char *next = value; *next; next++) {
		unsigned char byte = (unsigned char)*next;
		char escape[4];

		if (byte > ' ' && byte < 0x7f && byte != '%') {
			byte_buffer_append_u8(text, byte);
		} else {
			snprintf(escape, sizeof(escape), "%%%02X", byte);
			byte_buffer_append(text, escape, 3);
		}
	}
	byte_buffer_append(text, "\n", 1);
}

/* ---- reading ------------------------------------------------------------------------------ */

bool next_line_is(const struct line_reader *reader, const char *name)
{
	size_t size = strlen(name);

	return !reader->failed && (size_t)(reader->end - reader->next) > size &&
	       memcmp(reader->next, name, size) == 0 &&
	       (reader->next[size] == ' ' || reader->next[size] == '\n');
}

const char *take_line(struct line_reader *reader, const char *name, size_t *size)
{
	const char *value, *end = NULL;

	*size = 0;
	if (next_line_is(reader, name))
		end = memchr(reader->next, '\n', (size_t)(reader->end - reader->next));
	if (!end) {
		reader->failed = true;
		return "";
	}
	value = reader->next + strlen(name);
	if (value < end)
		value++;
	reader->next = end + 1;
	*size = (size_t)(end - value);
	return value;
}

/* Digits and nothing else. */
static uint64_t parse_digits(struct line_reader *reader, const char *digits, size_t size,
			     unsigned base)
{
	uint64_t value = 0;

	reader->failed |= size == 0 || size >= NUMBER_SIZE_LIMIT;
	for (size_t i = 0; i < size && !reader->failed; i++) {
		unsigned digit = (unsigned)(unsigned char)digits[i] - '0';

		if (digit >= base || value > (UINT64_MAX - digit) / base)
			reader->failed = true;
		else
			value = value * base + digit;
	}
	return reader->failed ? 0 : value;
}

uint64_t take_unsigned(struct line_reader *reader, const char *name, uint64_t least,
		       uint64_t most)
{
	size_t size;
	const char *digits = take_line(reader, name, &size);
	uint64_t value = parse_digits(reader, digits, size, 10);

	reader->failed |= value < least || value > most;
	return value;
}

int64_t take_signed(struct line_reader *reader, const char *name)
{
	size_t size;
	const char *digits = take_line(reader, name, &size);
	bool is_negative = size && *digits == '-';
	uint64_t value = parse_digits(reader, digits + is_negative, size - is_negative, 10);

	reader->failed |= value > (uint64_t)INT64_MAX + is_negative;
	return (int64_t)(is_negative ? 0 - value : value);
}

uint64_t take_octal(struct line_reader *reader, const char *name)
{
	size_t size;
	const char *digits = take_line(reader, name, &size);

	return parse_digits(reader, digits, size, 8);
}

void take_hash(struct line_reader *reader, const char *name, uint8_t hash[HASH_SIZE])
{
	uint8_t decoded[HASH_SIZE];
	size_t size, decoded_size = 0;
	const char *digits = take_line(reader, name, &size);

	if (size != 2 * HASH_SIZE ||
	    sodium_hex2bin(decoded, HASH_SIZE, digits, size, NULL, &decoded_size, NULL) != 0 ||
	    decoded_size != HASH_SIZE)
		reader->failed = true;
	else
		memcpy(hash, decoded, HASH_SIZE);
}

/* The byte that an escape stands for; 0, which is none, if it is not one. */
static char parse_escape(const char *escape, size_t size)
{
	unsigned char byte = 0;

	if (size >= 3)
		sodium_hex2bin(&byte, 1, escape + 1, 2, NULL, NULL, NULL);
	return (char)byte;
}

void take_string(struct line_reader *reader, const char *name, char *value, size_t size)
{
	size_t left, length = 0;
	const char *next = take_line(reader, name, &left);

	while (left && !reader->failed) {
		size_t step = *next == '%' ? 3 : 1;
		char byte = *next == '%' ? parse_escape(next, left) : *next;

		if (byte == '\0' || length == size) {
			reader->failed = true;
		} else {
			value[length++] = byte;
			next += step;
			left -= step;
		}
	}
	value[reader->failed ? 0 : length] = '\0';
}
