/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing byte string for encoders, and a bounded reader for decoders.
 *
 * Both remember a failure instead of returning it, so that a codec reads as the list of
 * its fields and asks once, at the end: byte_buffer_status, byte_reader_ok.
 */
#ifndef NARC_SUPPORT_BYTE_BUFFER_H
#define NARC_SUPPORT_BYTE_BUFFER_H

#include "newsarc.h"

struct byte_buffer {
	uint8_t *data;
	size_t size;
	size_t capacity;
	bool failed; /* an allocation failed; appends do nothing from then on */
};

#define BYTE_BUFFER_EMPTY ((struct byte_buffer){ 0 })

void byte_buffer_free(struct byte_buffer *buffer);
static inline void byte_buffer_clear(struct byte_buffer *buffer)
{
	buffer->size = 0;
}

/* Makes room for more bytes behind size and returns the place, NULL on failure; size is
 * not changed. */
uint8_t *byte_buffer_reserve(struct byte_buffer *buffer, size_t more);
void byte_buffer_append(struct byte_buffer *buffer, const void *data, size_t size);
void byte_buffer_append_u8(struct byte_buffer *buffer, uint8_t value);
void byte_buffer_append_u16(struct byte_buffer *buffer, uint16_t value);
void byte_buffer_append_u32(struct byte_buffer *buffer, uint32_t value);
void byte_buffer_append_u64(struct byte_buffer *buffer, uint64_t value);
void byte_buffer_append_varint(struct byte_buffer *buffer, uint64_t value);
void byte_buffer_append_zigzag(struct byte_buffer *buffer, int64_t value);
/* A varint length, then the bytes. */
void byte_buffer_append_string(struct byte_buffer *buffer, const void *data, size_t size);
enum narc_status byte_buffer_status(const struct byte_buffer *buffer, struct narc_error *error);

struct byte_reader {
	const uint8_t *next;
	const uint8_t *end;
	bool failed; /* read past the end, or a malformed number; reads give 0 from then on */
};

static inline struct byte_reader byte_reader_over(const void *data, size_t size)
{
	const uint8_t *bytes = data;

	return (struct byte_reader){ bytes, bytes ? bytes + size : bytes, false };
}

static inline size_t byte_reader_left(const struct byte_reader *reader)
{
	return (size_t)(reader->end - reader->next);
}

/* Whether all reads so far were inside and well-formed. */
static inline bool byte_reader_ok(const struct byte_reader *reader)
{
	return !reader->failed;
}

/* The next size bytes, NULL on failure. */
const uint8_t *byte_reader_bytes(struct byte_reader *reader, size_t size);
uint8_t byte_reader_u8(struct byte_reader *reader);
uint16_t byte_reader_u16(struct byte_reader *reader);
uint32_t byte_reader_u32(struct byte_reader *reader);
uint64_t byte_reader_u64(struct byte_reader *reader);
/* Rejects a form that is not the shortest. */
uint64_t byte_reader_long_varint(struct byte_reader *reader);
static inline uint64_t byte_reader_varint(struct byte_reader *reader)
{
	/* Most are of one byte, in columns of many. */
	if (!reader->failed && reader->next < reader->end && *reader->next < 0x80)
		return *reader->next++;
	return byte_reader_long_varint(reader);
}

static inline int64_t byte_reader_zigzag(struct byte_reader *reader)
{
	uint64_t bits = byte_reader_varint(reader);

	return (int64_t)(bits >> 1 ^ (0 - (bits & 1)));
}
const uint8_t *byte_reader_string(struct byte_reader *reader, size_t *size);

#endif
