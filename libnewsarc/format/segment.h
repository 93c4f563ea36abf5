/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments (section 12 of the format): which runs of blocks an index covers, and where its
 * pages are. A segment is what is immutable about an index, as an SSTable of a log-structured
 * merge tree is (O'Neil and others, "The Log-Structured Merge-Tree", 1996).
 */
#ifndef NARC_FORMAT_SEGMENT_H
#define NARC_FORMAT_SEGMENT_H

#include <zstd.h>

#include "format/extent.h"

/* Blocks that follow each other, with rows in order. */
struct run {
	struct extent names; /* size 0: its rows have none */
	struct extent blocks;
	uint64_t first_block;
	uint64_t block_count;
	uint64_t first_row;
	uint64_t rows;
	int64_t first_local_time;
	int64_t last_local_time;
};

struct segment {
	struct run *runs;
	size_t run_count;
	uint64_t first_row;
	uint64_t rows;
	uint64_t first_block;
	uint64_t block_count;
	uint32_t first_generation;
	size_t generation_count;
	int64_t *times; /* of each generation, in seconds of UTC */
	struct extent code_root;
	struct extent path_root;
	struct extent content_root;
	struct extent block_root;
	struct extent superseded_root;
};

void segment_free(struct segment *segment);

/* The payload has an offset and a size of each root, in the order of the struct, and then a body. */
enum { SEGMENT_ROOTS = 5, SEGMENT_ROOT_SIZE = 8 + 4,
       SEGMENT_BODY_PLACE = SEGMENT_ROOTS * SEGMENT_ROOT_SIZE };

/* Counts of the whole are taken from the runs. */
enum narc_status segment_encode(struct byte_buffer *out, const struct segment *segment,
				ZSTD_CCtx *compressor, struct narc_error *error);

/* What it names lies behind the header's start bytes and in front of the manifest at end. */
enum narc_status segment_decode(const uint8_t *section, size_t size, uint64_t offset,
				uint64_t start, uint64_t end, ZSTD_DCtx *decompressor,
				struct segment *segment, struct narc_error *error);

#endif
