/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the pages of an index go: one behind the other. */
#ifndef NARC_PACK_PAGE_WRITER_H
#define NARC_PACK_PAGE_WRITER_H

#include <zstd.h>

#include "format/extent.h"

/* How many entries a page has, but for the last of a level. A look-up decodes a page of each
 * level, which takes the less the smaller they are; with all that the format allows, an archive
 * would be a thousandth smaller. */
enum { PAGE_ENTRIES = 256 };

struct page_writer {
	struct narc_sink sink;
	uint64_t offset; /* where the next page goes */
	struct byte_buffer section; /* the page to be put */
	ZSTD_CCtx *compressor;
};

/* Writes the section, gives its extent, and empties it. */
enum narc_status page_writer_put(struct page_writer *writer, struct extent *extent,
				 struct narc_error *error);

/* How many pages so many entries take. */
static inline uint64_t pages_for(uint64_t entries)
{
	return (entries + PAGE_ENTRIES - 1) / PAGE_ENTRIES;
}

#endif
