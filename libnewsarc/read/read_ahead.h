/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that read blocks before they are asked for, in the order of the file.
 *
 * Each is a cursor over one block at a time. It marks the rows that it could do its work
 * with, and tells of nothing: what is not marked, and what could not be read, is done again,
 * by the one who asks for the block, as if there were no threads. So neither what is
 * delivered nor what is told, nor the order of it, can depend on their number.
 */
#ifndef NARC_READ_READ_AHEAD_H
#define NARC_READ_READ_AHEAD_H

#include "read/fetch_block.h"

struct read_ahead;

/* Works on the record that the cursor of thread number thread is at, whose block is decoded.
 * Returns whether nothing is left to be done with it. */
typedef bool (*ahead_work_fn)(void *context, unsigned thread, narc_cursor *cursor);

/* Blocks next to end - 1. */
struct block_range {
	uint64_t next;
	uint64_t end;
};

struct ahead_plan {
	const struct block_range *ranges; /* ascending; those behind the one at hand stay as is */
	size_t range_count;
	bool with_frames; /* read at once; otherwise where there is work */
	const struct narc_filter *filter; /* what there is work with; NULL: all */
	unsigned threads; /* at most; 0: one a processor */
	ahead_work_fn work;
	void *context;
};

/* How many threads it would start for so many blocks: none where they would not pay. */
unsigned read_ahead_threads(unsigned threads, uint64_t blocks);

/* Starts the threads. NULL if there are none, or none can be had: it goes without. */
struct read_ahead *read_ahead_start(struct narc_archive *archive, const struct ahead_plan *plan);

/* As fetch_block; if the block was read ahead, it takes it over, with a mark for each row in
 * done: 1 if it was worked on. Otherwise done is empty. Blocks are asked for in ascending
 * order. ahead may be NULL. */
enum narc_status read_ahead_fetch(struct read_ahead *ahead, struct locator *locator,
				  const struct block_entry *entry, bool with_frame,
				  struct fetched_block *block, struct byte_buffer *done,
				  struct narc_error *error);

/* Whether done has the mark of this row of the block. */
static inline bool read_ahead_did(const struct byte_buffer *done,
				  const struct fetched_block *block, uint64_t row)
{
	uint64_t place = row - block->entry.first_row;

	return place < done->size && done->data[place];
}

/* Waits for the blocks under way and ends the threads. */
void read_ahead_end(struct read_ahead *ahead);

#endif
