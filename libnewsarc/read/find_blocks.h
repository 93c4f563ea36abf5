/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding blocks without the index. A descriptor says how long the data frame in front of it is,
 * so that a block is known by its descriptor alone.
 */
#ifndef NARC_READ_FIND_BLOCKS_H
#define NARC_READ_FIND_BLOCKS_H

#include <zstd.h>

#include "format/block_page.h"
#include "format/extent.h"
#include "format/section.h"

/* A section that is whole; with the block that it is the descriptor of, if it is one. */
struct found_section {
	enum section_tag tag;
	struct extent extent;
	struct block_entry block; /* without a number; no rows: it is of no block */
	int64_t last_local_time;  /* of its last row */
	uint32_t generation;      /* the greatest of its rows */
	bool has_names;           /* rows refer to names */
	size_t blocks_end;        /* in the list, behind the last up to here that is of a block */
};

/* In the order of places, not overlapping, and those of blocks in the order of rows. */
struct found_sections {
	struct found_section *list;
	size_t count;
	size_t capacity;
};

/* What is looked for: blocks in a part of the file, with rows of these numbers. */
struct block_search {
	struct narc_source source;
	struct extent place;
	uint64_t first_row;
	uint64_t end_row;
};

/* Lists the sections that are found; what stands inside of a block, as of an archive that is stored
 * in this one, is not listed. found begins empty, and is to be freed also if this fails. */
enum narc_status find_blocks(const struct block_search *search, ZSTD_DCtx *decompressor,
			     struct found_sections *found, struct narc_error *error);
void found_sections_free(struct found_sections *found);

/* Where what a section is of begins: the block of a descriptor, or else the section. */
static inline uint64_t found_section_start(const struct found_section *section)
{
	return section->block.rows ? section->block.offset : section->extent.offset;
}

#endif
