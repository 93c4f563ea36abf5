/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the pages of a tree stand where they belong: its leaves in a row, and in another one those
 * above them, with the root last, which may be a leaf. */
#ifndef NARC_READ_PAGE_ROWS_H
#define NARC_READ_PAGE_ROWS_H

#include "format/extent.h"
#include "format/limits.h"

/* Pages that should stand without gaps. */
struct page_row {
	uint64_t first; /* where the first of them stands */
	uint64_t end;
	uint64_t bytes; /* of all of them */
};

struct page_rows {
	struct page_row leaves, top;
};

/* Notes a page of this level below one of parent_level, which is TREE_LEVELS_LIMIT of a root. False
 * if it cannot be there, or the pages took more than limit bytes by now: those that were children of
 * several others would make going through them endless. */
bool page_rows_add(struct page_rows *rows, struct extent page, unsigned level,
		   unsigned parent_level, uint64_t limit);

/* Whether all of them stand where they should, when all were noted. */
bool page_rows_are_whole(const struct page_rows *rows, struct extent root);

#endif
