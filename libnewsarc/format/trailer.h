/* SPDX-License-Identifier: BSD-2-Clause */
/* The trailer (section 11 of the format): where everything is. Writing it commits. */
#ifndef NARC_FORMAT_TRAILER_H
#define NARC_FORMAT_TRAILER_H

#include "format/limits.h"
#include "support/byte_buffer.h"

/* A part of the file; size 0 where there is none. */
struct extent {
	uint64_t offset;
	uint64_t size;
};

static inline uint64_t extent_end(struct extent extent)
{
	return extent.offset + extent.size;
}

struct trailer {
	uint32_t generation;
	struct extent names;
	struct extent dictionary;
	struct extent blocks;
	uint64_t rows;
	uint64_t block_count;
	uint64_t posts;
	uint64_t content_size;
	uint64_t owned_size;
	struct extent code_root;
	struct extent path_root;
	struct extent block_root;
	uint64_t end; /* behind this trailer */
};

void trailer_encode(struct byte_buffer *out, const struct trailer *trailer);

/* Decodes the TRAILER_SECTION_SIZE bytes at offset. */
enum narc_status trailer_decode(const uint8_t *section, uint64_t offset, struct trailer *trailer,
				struct narc_error *error);

/* Checks that the parts stand in order, inside the file and without overlap, behind a
 * header of header_size bytes. */
enum narc_status trailer_check(const struct trailer *trailer, uint64_t header_size,
			       struct narc_error *error);

#endif
