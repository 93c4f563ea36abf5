/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/page_rows.h"

bool page_rows_add(struct page_rows *rows, struct extent page, unsigned level,
		   unsigned parent_level, uint64_t limit)
{
	bool is_root = parent_level == TREE_LEVELS_LIMIT;
	struct page_row *row = level == 0 && !is_root ? &rows->leaves : &rows->top;

	if (row->bytes == 0 || page.offset < row->first)
		row->first = page.offset;
	if (extent_end(page) > row->end)
		row->end = extent_end(page);
	row->bytes += page.size;
	return (is_root || level + 1 == parent_level) && row->bytes <= limit;
}

static bool has_gap(const struct page_row *row)
{
	return row->bytes != row->end - row->first;
}

bool page_rows_are_whole(const struct page_rows *rows, struct extent root)
{
	return !has_gap(&rows->leaves) && !has_gap(&rows->top) &&
	       rows->top.end == extent_end(root);
}
