/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that read blocks before they are asked for, in the order of the file.
 *
 * Each is a cursor over one block at a time. It marks the rows that it could do its work
 * with, keeps what came of it, and tells of nothing: what is not marked, and what could not be
 * read, is done again, by the one who asks for the block, as if there were no threads. So neither
 * what is delivered nor what is told, nor the order of it, can depend on their number.
 */
#ifndef NARC_READ_READ_AHEAD_H
#define NARC_READ_READ_AHEAD_H

#include "read/block_order.h"
#include "read/fetch_block.h"

struct read_ahead;

/* What was done with a row. */
struct row_work {
	bool is_done;
	bool is_checked; /* its content was read, and matches its hash */
	uint64_t output; /* content that the work was given, in bytes: not counted yet */
	void *result;    /* of what is done, and was not taken */
};

/* The same of a block's rows; of none, if it was not read ahead. */
struct block_work {
	struct row_work *rows;
	size_t count;
	size_t capacity;
	void (*free_result)(void *result); /* or NULL */
};

void block_work_clear(struct block_work *done);
void block_work_free(struct block_work *done);

struct ahead_plan {
	const struct block_range *ranges; /* ascending; those behind the one at hand stay as is */
	size_t range_count;
	bool by_date;     /* blocks are come to by date, instead of range by range */
	bool with_frames; /* read at once; otherwise where there is work */
	const struct narc_filter *filter; /* what there is work with; NULL: all */
	struct narc_work work;            /* on a row whose block is decoded */
	bool takes_results; /* contents count as handed out when the result is taken */
};

/* Starts the threads. NULL if there are none, or none can be had: it goes without. */
struct read_ahead *read_ahead_start(struct narc_archive *archive, const struct ahead_plan *plan);

/* As fetch_block; if the block was read ahead, it takes it over, with what was done. Otherwise done
 * is empty. Blocks are asked for in the order of the plan. ahead may be NULL. */
enum narc_status read_ahead_fetch(struct read_ahead *ahead, struct locator *locator,
				  const struct block_entry *entry, bool with_frame,
				  struct fetched_block *block, struct block_work *done,
				  struct narc_error *error);

/* What was done with this row of the block; NULL if it was not read ahead. */
static inline struct row_work *block_work_on(const struct block_work *done,
					     const struct fetched_block *block, uint64_t row)
{
	uint64_t place = row - block->entry.first_row;

	return place < done->count ? &done->rows[place] : NULL;
}

static inline bool read_ahead_did(const struct block_work *done,
				  const struct fetched_block *block, uint64_t row)
{
	const struct row_work *work = block_work_on(done, block, row);

	return work && work->is_done;
}

/* The number that work has in the thread that asks for blocks. */
unsigned read_ahead_caller(const struct read_ahead *ahead);

/* Waits for the blocks under way and ends the threads. */
void read_ahead_end(struct read_ahead *ahead);

#endif
