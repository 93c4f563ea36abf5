/* SPDX-License-Identifier: BSD-2-Clause */
/* The dictionary section (section 7 of the format). */
#ifndef NARC_FORMAT_DICTIONARY_H
#define NARC_FORMAT_DICTIONARY_H

#include <zstd.h>

#include "support/byte_buffer.h"

/* Where the compressed dictionary stands in its section. */
enum { DICTIONARY_BODY_OFFSET = 20 };

/* Appends the section: raw in the format of RFC 8878, section 5, compressed at level. */
enum narc_status dictionary_encode(struct byte_buffer *out, const uint8_t *raw, size_t size,
				   int level, struct narc_error *error);

/* How large the dictionary in the section with this payload states to be, which nothing is known to
 * be right of. */
uint32_t dictionary_stated_size(struct byte_reader payload);

/* Decompresses and checks; *raw is to be freed with free(). */
enum narc_status dictionary_decode(const uint8_t *section, size_t section_size, uint64_t offset,
				   ZSTD_DCtx *decompressor, uint8_t **raw, size_t *size,
				   uint32_t *identifier, struct narc_error *error);

#endif
