/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_FORMAT_FRAME_H
#define NARC_FORMAT_FRAME_H

#include <stdbool.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "support/byte_order.h"

/* Whether size bytes are one Zstandard frame of RFC 8878, whole, and nothing else: the
 * library would take skippable frames, several frames, and formats of its own past too. */
static inline bool is_one_frame(const uint8_t *frame, size_t size)
{
	return size >= 4 && load_le32(frame) == ZSTD_MAGICNUMBER &&
	       ZSTD_findFrameCompressedSize(frame, size) == size;
}

/* Whether zstd failed for want of memory, and not because of what it was given. */
static inline bool is_memory_error(size_t code)
{
	return ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation;
}

#endif
