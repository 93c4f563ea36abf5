/* SPDX-License-Identifier: BSD-2-Clause */
/* The packed body (section 2 of the format): bytes, compressed where that pays. */
#ifndef NARC_FORMAT_PACKED_BODY_H
#define NARC_FORMAT_PACKED_BODY_H

#include <zstd.h>

#include "support/byte_buffer.h"

/* Appends raw as a packed body; compressor may be used at any level. NARC_LIMIT if it is more than
 * is read again. */
enum narc_status packed_body_encode(struct byte_buffer *out, const struct byte_buffer *raw,
				    size_t size_limit, ZSTD_CCtx *compressor, const char *stage,
				    struct narc_error *error);

/* Reads the rest of payload. *raw points to the decoded bytes: into payload if they are
 * plain, otherwise into scratch. stage and offset are for messages. */
enum narc_status packed_body_decode(struct byte_reader *payload, size_t size_limit,
				    ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
				    const char *stage, uint64_t offset, struct byte_reader *raw,
				    struct narc_error *error);

/* How much a packed body that begins here states to decode to, which nothing is known to be right
 * of. */
uint64_t packed_body_stated_size(struct byte_reader payload);

#endif
