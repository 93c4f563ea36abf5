/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_CURSOR_H
#define NARC_READ_CURSOR_H

#include "read/fetch_block.h"

/* What a row must be besides passing the filter. */
enum cursor_match { MATCH_ANY, MATCH_CODE, MATCH_PATH };

/* Gives rows of blocks that it goes through: of a list (from a key page), or of a range of
 * numbers. */
struct narc_cursor {
	struct narc_archive *archive;
	struct narc_filter filter;
	ZSTD_DCtx *decompressor;
	struct locator locator;

	enum cursor_match match;
	char *key;
	uint64_t *list;
	size_t list_size;
	size_t list_next;
	uint64_t range_next;
	uint64_t range_end;

	struct fetched_block block;
	bool walking; /* rows of block are left */
	struct row_walk walk;
	struct row row;
	bool has_row;
	bool row_is_pending; /* found already, to be given next */

	struct fetched_block source; /* where a copy's content is */
	struct row_walk source_walk;
};

#endif
