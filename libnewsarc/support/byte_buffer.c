/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/byte_buffer.h"

#include <stdlib.h>
#include <string.h>

#include "support/byte_order.h"
#include "support/status.h"

enum { VARINT_MAX_SIZE = 10 };

void byte_buffer_free(struct byte_buffer *buffer)
{
	free(buffer->data);
	*buffer = BYTE_BUFFER_EMPTY;
}

uint8_t *byte_buffer_reserve(struct byte_buffer *buffer, size_t more)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 256;
	uint8_t *data;

	if (buffer->failed)
		return NULL;
	if (buffer->data && more <= buffer->capacity - buffer->size)
		return buffer->data + buffer->size;
	while (capacity - buffer->size < more) {
		if (capacity > SIZE_MAX / 2) {
			buffer->failed = true;
			return NULL;
		}
		capacity *= 2;
	}
	data = realloc(buffer->data, capacity);
	if (!data) {
		buffer->failed = true;
		return NULL;
	}
	buffer->data = data;
	buffer->capacity = capacity;
	return data + buffer->size;
}

void byte_buffer_append(struct byte_buffer *buffer, const void *data, size_t size)
{
	uint8_t *place = byte_buffer_reserve(buffer, size);

	if (!place || !size)
		return;
	memcpy(place, data, size);
	buffer->size += size;
}

void byte_buffer_append_u8(struct byte_buffer *buffer, uint8_t value)
{
	byte_buffer_append(buffer, &value, 1);
}

void byte_buffer_append_u16(struct byte_buffer *buffer, uint16_t value)
{
	uint8_t bytes[2];

	store_le16(bytes, value);
	byte_buffer_append(buffer, bytes, sizeof(bytes));
}

void byte_buffer_append_u32(struct byte_buffer *buffer, uint32_t value)
{
	uint8_t bytes[4];

	store_le32(bytes, value);
	byte_buffer_append(buffer, bytes, sizeof(bytes));
}

void byte_buffer_append_u64(struct byte_buffer *buffer, uint64_t value)
{
	uint8_t bytes[8];

	store_le64(bytes, value);
	byte_buffer_append(buffer, bytes, sizeof(bytes));
}

void byte_buffer_append_varint(struct byte_buffer *buffer, uint64_t value)
{
	uint8_t *place = byte_buffer_reserve(buffer, VARINT_MAX_SIZE);
	size_t size = 0;

	if (!place)
		return;
	while (value >= 0x80) {
		place[size++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	place[size++] = (uint8_t)value;
	buffer->size += size;
}

void byte_buffer_append_zigzag(struct byte_buffer *buffer, int64_t value)
{
	uint64_t bits = (uint64_t)value << 1;

	byte_buffer_append_varint(buffer, value < 0 ? ~bits : bits);
}

void byte_buffer_append_string(struct byte_buffer *buffer, const void *data, size_t size)
{
	byte_buffer_append_varint(buffer, size);
	byte_buffer_append(buffer, data, size);
}

enum narc_status byte_buffer_status(const struct byte_buffer *buffer, struct narc_error *error)
{
	return buffer->failed ? narc_fail_memory(error) : NARC_OK;
}

const uint8_t *byte_reader_bytes(struct byte_reader *reader, size_t size)
{
	const uint8_t *bytes = reader->next;

	if (reader->failed || size > byte_reader_left(reader)) {
		reader->failed = true;
		return NULL;
	}
	reader->next += size;
	return bytes;
}

uint8_t byte_reader_u8(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_bytes(reader, 1);

	return bytes ? bytes[0] : 0;
}

uint16_t byte_reader_u16(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_bytes(reader, 2);

	return bytes ? load_le16(bytes) : 0;
}

uint32_t byte_reader_u32(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_bytes(reader, 4);

	return bytes ? load_le32(bytes) : 0;
}

uint64_t byte_reader_u64(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_bytes(reader, 8);

	return bytes ? load_le64(bytes) : 0;
}

uint64_t byte_reader_long_varint(struct byte_reader *reader)
{
	size_t left = reader->failed ? 0 : byte_reader_left(reader);
	uint64_t value = 0;

	for (unsigned i = 0; i < left && i < VARINT_MAX_SIZE; i++) {
		uint8_t byte = reader->next[i];

		if (i == VARINT_MAX_SIZE - 1 && byte > 1)
			break; /* more than 64 bits */
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		if (byte == 0 && i > 0)
			break; /* not the shortest form */
		reader->next += i + 1;
		return value;
	}
	reader->failed = true;
	return 0;
}

const uint8_t *byte_reader_string(struct byte_reader *reader, size_t *size)
{
	uint64_t length = byte_reader_varint(reader);

	if (length > byte_reader_left(reader)) {
		reader->failed = true;
		length = 0;
	}
	*size = (size_t)length;
	return byte_reader_bytes(reader, (size_t)length);
}
