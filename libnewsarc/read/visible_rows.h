/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rows of a block are to be seen: those current at a generation (section 15 of the
 * format), or all up to it; and of these, those that pass a filter. */
#ifndef NARC_READ_VISIBLE_ROWS_H
#define NARC_READ_VISIBLE_ROWS_H

#include "read/fetch_block.h"

struct visible_rows {
	const struct narc_filter *filter;
	uint32_t generation;
	uint64_t first_row;       /* of the block at hand */
	struct byte_buffer gone;  /* for each of its rows, 1 if it was superseded; empty: none was */
};

/* filter is kept. */
void visible_rows_init(struct visible_rows *visible, const struct narc_archive *archive,
		       const struct narc_filter *filter);
void visible_rows_free(struct visible_rows *visible);

/* Makes ready for the rows of a block. */
enum narc_status visible_rows_enter(struct visible_rows *visible, struct locator *locator,
				    const struct block_entry *block, struct narc_error *error);

bool visible_rows_have(const struct visible_rows *visible, const struct narc_record *record);

#endif
