/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the pages of an index go: leaves behind each other at the end of the file, and what is above
 * them into the tail. So who has read the tail is at most one leaf away from any block. */
#ifndef NARC_PACK_PAGE_WRITER_H
#define NARC_PACK_PAGE_WRITER_H

#include <zstd.h>

#include "format/extent.h"
#include "pack/archive_tail.h"

/* How many entries a page has, but for the last of a level. A look-up decodes a page of each
 * level, which takes the less the smaller they are; with all that the format allows, an archive
 * would be a thousandth smaller. */
enum { PAGE_ENTRIES = 256 };

struct page_writer {
	struct narc_sink sink;
	uint64_t offset; /* where the next leaf goes */
	struct archive_tail *tail;
	bool leaf_is_root; /* the leaf that is put next is its tree's only page */
	struct byte_buffer section; /* the page to be put */
	ZSTD_CCtx *compressor;
};

/* Puts the section of a page where it goes, gives its extent, which of a page in the tail is one in
 * there, and empties it. child_place is where in the section the offset of its first child is, if it
 * has any. */
enum narc_status page_writer_put(struct page_writer *writer, unsigned level, size_t child_place,
				 struct extent *extent, struct narc_error *error);

/* Writes a page over entries, and gives the entry for it in the level above, at parent, which
 * may be where entries are. */
typedef enum narc_status (*write_page_fn)(struct page_writer *writer, unsigned level,
					  const void *entries, uint32_t count, void *parent,
					  struct narc_error *error);

/* Writes all levels of a tree above the leaves, of which there are count > 0; entries, of
 * entry_size bytes each, has those for them. In the end the first of entries is the root's. */
enum narc_status page_writer_put_levels(struct page_writer *writer, void *entries,
					size_t entry_size, uint64_t count, write_page_fn write,
					struct narc_error *error);

/* How many pages so many entries take. */
static inline uint64_t pages_for(uint64_t entries)
{
	return (entries + PAGE_ENTRIES - 1) / PAGE_ENTRIES;
}

#endif
