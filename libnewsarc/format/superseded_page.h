/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages of the index over superseded rows (section 11 of the format). */
#ifndef NARC_FORMAT_SUPERSEDED_PAGE_H
#define NARC_FORMAT_SUPERSEDED_PAGE_H

#include <zstd.h>

#include "format/extent.h"

/* One entry: a row in a leaf, a page in an inner page. */
struct superseded_entry {
	uint64_t row;        /* in an inner page, the child's first */
	uint32_t generation; /* leaf: that superseded it */
	struct extent child; /* inner */
};

/* Where in the section of an inner page the offset of its first child is. */
enum { SUPERSEDED_PAGE_CHILD = 13 };

/* Appends the section for 1 to PAGE_ENTRIES_LIMIT entries in ascending order of row; the
 * children of an inner page follow each other in the file. */
enum narc_status superseded_page_encode(struct byte_buffer *out, unsigned level,
					const struct superseded_entry *entries, uint32_t count,
					ZSTD_CCtx *compressor, struct narc_error *error);

struct superseded_page {
	unsigned level;
	uint32_t count;
	struct superseded_entry *entries;
};

enum narc_status superseded_page_decode(const uint8_t *section, size_t size, uint64_t offset,
					ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
					struct superseded_page *page, struct narc_error *error);
void superseded_page_free(struct superseded_page *page);

/* How much memory a decoded page takes besides the struct. */
static inline size_t superseded_page_memory(const struct superseded_page *page)
{
	return page->count * sizeof(*page->entries);
}

/* The number of the first entry whose row is not less than row; count if there is none. */
uint32_t superseded_page_search(const struct superseded_page *page, uint64_t row);

#endif
