/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter over the keys of a volume (section 5 of the format of sets): whether it may have a
 * key, in nine bits a key, wrong once in 256 times that it says yes. It is a binary fuse filter
 * (Graf, Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", 2022) with fingerprints
 * of eight bits.
 */
#ifndef NARC_FORMAT_KEY_FILTER_H
#define NARC_FORMAT_KEY_FILTER_H

#include "format/key_page.h"

struct key_filter {
	uint64_t seed;
	uint32_t segment_size;  /* a power of two */
	uint32_t segment_count; /* in which a key may begin; two more follow */
	const uint8_t *fingerprints; /* NULL: it has no keys */
};

/* What a filter knows of a key of an index of segments. */
uint64_t key_filter_hash(enum key_index index, const void *key, size_t size);

/* Whether a key with this hash may be among those that it was made of. */
bool key_filter_may_have(const struct key_filter *filter, uint64_t hash);

/* Appends the section of a filter over these hashes, which are sorted for it; the same whatever
 * their order was. */
enum narc_status key_filter_encode(struct byte_buffer *out, uint64_t *hashes, size_t count,
				   struct narc_error *error);

/* The filter points into the section. */
enum narc_status key_filter_decode(const uint8_t *section, size_t size, uint64_t offset,
				   struct key_filter *filter, struct narc_error *error);

#endif
