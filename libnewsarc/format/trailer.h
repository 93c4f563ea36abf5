/* SPDX-License-Identifier: BSD-2-Clause */
/* The trailer (section 14 of the format): where the manifest is. Writing it commits. */
#ifndef NARC_FORMAT_TRAILER_H
#define NARC_FORMAT_TRAILER_H

#include "format/extent.h"
#include "format/limits.h"

struct trailer {
	uint32_t generation;
	struct extent manifest;
	uint64_t rows;
	uint64_t blocks;
	uint64_t content_size; /* of all rows */
	uint64_t owned_size;   /* of those that own it */
	uint64_t current_rows;
	uint64_t current_posts;
	uint64_t current_size; /* of the content of current rows */
	uint64_t end;          /* behind this trailer */
};

void trailer_encode(struct byte_buffer *out, const struct trailer *trailer);

/* Decodes the TRAILER_SECTION_SIZE bytes at offset. */
enum narc_status trailer_decode(const uint8_t *section, uint64_t offset, struct trailer *trailer,
				struct narc_error *error);

/* Whether what stands at offset is a trailer that was written, though it is damaged: a torn
 * writing leaves less of it. */
bool trailer_was_written(const uint8_t *section, uint64_t offset);

/* Checks what can be checked without the manifest, behind a header of header_size bytes. */
enum narc_status trailer_check(const struct trailer *trailer, uint64_t header_size,
			       struct narc_error *error);

#endif
