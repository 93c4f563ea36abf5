/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_CURSOR_H
#define NARC_READ_CURSOR_H

#include "read/find_owner.h"
#include "read/read_ahead.h"

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
	bool with_frames; /* blocks of the range are read with their data frames */
	struct read_ahead *ahead;

	struct fetched_block block;
	struct byte_buffer done; /* marks of its rows, if it was read ahead */
	bool walking;            /* rows of block are left */
	struct row_walk walk;
	struct row row;
	bool has_row;
	bool row_is_pending; /* found already, to be given next */

	struct owner_search source; /* where a copy's content is */
};

/* A cursor that goes nowhere yet. */
enum narc_status cursor_new(struct narc_archive *archive, const struct narc_filter *filter,
			    struct narc_cursor **cursor, struct narc_error *error);

/* Points it at the rows of blocks first to end - 1. */
void cursor_set_range(struct narc_cursor *cursor, uint64_t first, uint64_t end);

/* As narc_cursor_read_ahead, with work to be done in the threads. */
void cursor_read_ahead(struct narc_cursor *cursor, unsigned threads, ahead_work_fn work,
		       void *context);

/* Whether that was done with the row that the cursor is at. */
bool cursor_row_is_done(const struct narc_cursor *cursor);

#endif
