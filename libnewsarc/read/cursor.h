/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_CURSOR_H
#define NARC_READ_CURSOR_H

#include "read/damage_list.h"
#include "read/find_owner.h"
#include "read/read_ahead.h"
#include "read/visible_rows.h"

/* What a row must be besides being visible. */
enum cursor_match { MATCH_ANY, MATCH_CODE, MATCH_PATH, MATCH_CONTENT, MATCH_ROW };

/* Goes through the rows of blocks: of one range, or of several one after the other. */
struct row_reader {
	struct block_range *ranges; /* the cursor's */
	size_t range_count;
	struct block_entry entry; /* of the next block, if has_entry: it is entered in its turn */
	bool has_entry;
	struct fetched_block block;
	struct block_work done;  /* with its rows, if it was read ahead */
	struct visible_rows visible;
	bool walking;            /* rows of block are left */
	struct row_walk walk;
	struct row row;
	bool is_ready;           /* at a row that is still to be given */
	bool has_hole;           /* blocks that are not to be found were told of */
	uint64_t hole;           /* where the last of them are */
};

/* A run that has no reader yet, as none of its rows comes before those that are to be given. */
struct waiting_run {
	int64_t time; /* no row of it is before this */
	struct block_range *range;
};

/* Gives rows of blocks: of those that a key index names for a key, or of all runs. With one
 * reader, run after run; with a reader for each run at hand, in the order of the rows of all: then
 * the readers are a heap. */
struct narc_cursor {
	struct narc_archive *archive;
	struct narc_filter filter;
	ZSTD_DCtx *decompressor;
	struct locator locator;

	enum cursor_match match;
	char *key;
	uint64_t hash; /* the key of MATCH_CONTENT */
	uint64_t number; /* that of MATCH_ROW */
	struct block_range *ranges;
	size_t range_count;
	const struct row_ranges *only; /* not NULL: gives none but these rows */
	bool with_frames; /* a walk reads blocks with their data frames */
	bool rows_only;   /* a look-up does not */
	struct read_ahead *ahead;
	struct narc_work work; /* of which results are asked for */
	bool has_checked;      /* the content of the row that it is at was read, and is right */
	uint64_t handed_out;   /* content of that row, in bytes */
	bool counts_later;     /* that counts when it is asked what came of it */

	struct row_reader **readers;
	size_t reader_count;
	struct waiting_run *waiting; /* in order of time; NULL: one reader goes through all ranges */
	size_t waiting_next, waiting_end;
	bool is_started; /* it was moved */
	bool has_row;    /* that of the first reader was given */
	struct row_reader *decoded; /* the one that may keep a large content; NULL: none */

	struct owner_search source; /* where a copy's content is */
};

/* A cursor that goes nowhere yet. */
enum narc_status cursor_new(struct narc_archive *archive, const struct narc_filter *filter,
			    struct narc_cursor **cursor, struct narc_error *error);

/* One to look for any rows, those that were redacted among them, of which few contents will be
 * asked for. */
enum narc_status cursor_new_of_all(struct narc_archive *archive, struct narc_cursor **cursor,
				   struct narc_error *error);

/* One that goes through all rows, those that were redacted among them. */
enum narc_status cursor_open_all(struct narc_archive *archive, struct narc_cursor **cursor,
				 struct narc_error *error);

/* One over these rows, which must outlive it. */
enum narc_status cursor_new_of_rows(struct narc_archive *archive, const struct row_ranges *rows,
				    struct narc_cursor **cursor, struct narc_error *error);

/* Points it at the rows of a block. */
enum narc_status cursor_set_block(struct narc_cursor *cursor, uint64_t number,
				  struct narc_error *error);

/* Whether the next search finds rows of all generations, or those that are current. */
void cursor_set_all_versions(struct narc_cursor *cursor, bool all_versions);

/* As narc_cursor_read_ahead, with work to be done in the threads; by_date: the cursor keeps its
 * order. */
void cursor_read_ahead(struct narc_cursor *cursor, const struct narc_work *work, bool by_date);

/* As narc_cursor_content, of a cursor that is at a record, and without limits but the format's:
 * for what is read and not handed out. */
enum narc_status cursor_read_content(struct narc_cursor *cursor, const void **data,
				     struct narc_error *error);

/* What was done ahead with the row that the cursor is at; NULL if its block was not read ahead. */
struct row_work *cursor_row_work(const struct narc_cursor *cursor);

/* ---- between the files that a cursor is made of ------------------------------------------- */

/* row_reader.c. A cursor always has one reader. */
enum narc_status cursor_add_reader(struct narc_cursor *cursor, struct narc_error *error);
void cursor_drop_reader(struct narc_cursor *cursor, size_t place);
void row_reader_free(struct row_reader *reader);

/* Makes the next row that of the first reader; NARC_END if there is none. */
enum narc_status cursor_find_next(struct narc_cursor *cursor, struct narc_error *error);

/* cursor.c: ends a walk under way, and has one reader go through all ranges. */
void cursor_start_over(struct narc_cursor *cursor);

/* Points the cursor at these ranges, which it takes over, and at rows that match key. */
enum narc_status cursor_set_ranges(struct narc_cursor *cursor, enum cursor_match match,
				   const char *key, struct block_range *ranges, size_t count,
				   struct narc_error *error);

/* look_up.c: points it at the blocks that may hold an infoCode, which is not empty. */
enum narc_status cursor_start_code(struct narc_cursor *cursor, const char *code,
				   struct narc_error *error);

#endif
