/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages of the index over blocks, by date and by number (section 10 of the format). */
#ifndef NARC_FORMAT_BLOCK_PAGE_H
#define NARC_FORMAT_BLOCK_PAGE_H

#include <zstd.h>

#include "support/byte_buffer.h"

/* One entry: a block in a leaf, a page in an inner page. */
struct block_entry {
	int64_t first_local_time;
	uint64_t first_row;
	uint64_t rows;
	uint64_t first_block;
	uint64_t blocks;       /* 1 in a leaf */
	uint64_t offset;       /* of the data frame, or of the child page */
	uint64_t frame_size;   /* leaf: of the data frame */
	uint64_t section_size; /* leaf: of the descriptor; inner: of the child page */
};

/* Where what a leaf's entry stands for ends. */
static inline uint64_t block_entry_end(const struct block_entry *entry)
{
	return entry->offset + entry->frame_size + entry->section_size;
}

/* Where in the section the offset of the first block, or child, is. */
enum { BLOCK_PAGE_CHILD = 13 };

/* Appends the section for 1 to PAGE_ENTRIES_LIMIT entries with consecutive numbers: blocks in
 * the order of the file, or child pages that follow each other in it. */
enum narc_status block_page_encode(struct byte_buffer *out, unsigned level,
				   const struct block_entry *entries, uint32_t count,
				   ZSTD_CCtx *compressor, struct narc_error *error);

struct block_page {
	unsigned level;
	uint32_t count;
	struct block_entry *entries;
};

enum narc_status block_page_decode(const uint8_t *section, size_t size, uint64_t offset,
				   ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
				   struct block_page *page, struct narc_error *error);
void block_page_free(struct block_page *page);

/* How much memory a decoded page takes besides the struct. */
static inline size_t block_page_memory(const struct block_page *page)
{
	return page->count * sizeof(*page->entries);
}

#endif
