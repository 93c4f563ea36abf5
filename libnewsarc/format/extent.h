/* SPDX-License-Identifier: BSD-2-Clause */
/* A part of the file. */
#ifndef NARC_FORMAT_EXTENT_H
#define NARC_FORMAT_EXTENT_H

#include "support/byte_buffer.h"

/* size 0 where there is none. */
struct extent {
	uint64_t offset;
	uint64_t size;
};

static inline uint64_t extent_end(struct extent extent)
{
	return extent.offset + extent.size;
}

/* As two varints. */
static inline void extent_append(struct byte_buffer *out, struct extent extent)
{
	byte_buffer_append_varint(out, extent.offset);
	byte_buffer_append_varint(out, extent.size);
}

static inline struct extent extent_read(struct byte_reader *reader)
{
	struct extent extent;

	extent.offset = byte_reader_varint(reader);
	extent.size = byte_reader_varint(reader);
	return extent;
}

#endif
