/* SPDX-License-Identifier: BSD-2-Clause */
/* The one hash of the format: XXH3-64 with seed 0. The library is linked, not inlined:
 * it chooses the code for the processor that it runs on. */
#ifndef NARC_SUPPORT_CONTENT_HASH_H
#define NARC_SUPPORT_CONTENT_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

static inline uint64_t content_hash(const void *data, size_t size)
{
	return XXH3_64bits(data, size);
}

#endif
