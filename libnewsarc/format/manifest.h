/* SPDX-License-Identifier: BSD-2-Clause */
/* The manifest (section 13 of the format): all dictionaries and segments of the archive. */
#ifndef NARC_FORMAT_MANIFEST_H
#define NARC_FORMAT_MANIFEST_H

#include <zstd.h>

#include "format/extent.h"

struct manifest_dictionary {
	uint32_t identifier;
	struct extent extent;
};

enum { CONTENT_DIGEST_SIZE = 32 };

/* What is said of a row whose content was taken out. */
struct tombstone {
	uint64_t row;
	int64_t time; /* in seconds of UTC */
	uint8_t digest[CONTENT_DIGEST_SIZE]; /* SHA-256 of what was there */
	char *reason;
};

/* In order of offset, and of rows. The last segment ends where the manifest starts. */
struct manifest {
	struct manifest_dictionary *dictionaries;
	size_t dictionary_count;
	struct extent *segments;
	size_t segment_count;
	struct tombstone *tombstones; /* own their reasons */
	size_t tombstone_count;
	uint64_t parity;          /* where the first parity table of the generation is; 0: none */
	uint64_t parity_end;      /* where what stands behind it begins; 0 likewise */
	uint64_t former_parity_size; /* tables and parity of all generations before */
	unsigned parity_strength; /* in hundredths of a percent; 0: the least that there is */
};

void manifest_free(struct manifest *manifest);

/* The tombstone of a row; NULL if it has none. */
const struct tombstone *manifest_tombstone(const struct manifest *manifest, uint64_t row);

/* The tables and the parity of all generations of the archive. */
uint64_t manifest_parity_size(const struct manifest *manifest);

/* Gives a manifest that has none those of another. */
enum narc_status manifest_copy_tombstones(struct manifest *manifest, const struct manifest *other,
					  struct narc_error *error);

/* The payload has parity_end, and then a body. */
enum { MANIFEST_BODY_PLACE = 8 };

enum narc_status manifest_encode(struct byte_buffer *out, const struct manifest *manifest,
				 ZSTD_CCtx *compressor, struct narc_error *error);

/* What it names lies behind the header's start bytes and in front of the manifest. */
enum narc_status manifest_decode(const uint8_t *section, size_t size, uint64_t offset,
				 uint64_t start, ZSTD_DCtx *decompressor,
				 struct manifest *manifest, struct narc_error *error);

#endif
