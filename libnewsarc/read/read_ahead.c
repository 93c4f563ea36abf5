/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/read_ahead.h"

#include <stdlib.h>
#include <string.h>

#include "read/cursor.h"
#include "support/work_queue.h"

/* Blocks under way for each thread: one at work, and some that wait for it or are done, so that nobody
 * waits for a thread that is kept from running for a moment. A block whose content is larger than the
 * limit is not decoded ahead, so memory is bounded; and for fewer blocks than these a thread is not
 * worth its start. */
enum { BLOCKS_PER_THREAD = 6, BLOCKS_WORTH_A_THREAD = 4 };
#define AHEAD_CONTENT_LIMIT ((uint64_t)4 << 20)

struct ahead_block {
	struct block_place place;
	bool is_ready;
	struct fetched_block block;
	struct block_work done;
};

struct read_ahead {
	struct ahead_plan plan;
	struct block_order order; /* what is given next to the threads */
	unsigned threads; /* the one that asks for blocks is the last of them */
	narc_cursor **cursors;
	/* The block given as number n is at n modulo capacity; likewise the one taken. */
	uint64_t given;
	uint64_t taken;
	size_t capacity;
	struct ahead_block *blocks;
	struct work_queue *queue;
};

/* ---- what was done ------------------------------------------------------------------------ */

void block_work_clear(struct block_work *done)
{
	for (size_t i = 0; done->free_result && i < done->count; i++)
		if (done->rows[i].result)
			done->free_result(done->rows[i].result);
	done->count = 0;
}

void block_work_free(struct block_work *done)
{
	block_work_clear(done);
	free(done->rows);
}

/* Makes it of so many rows, with which nothing was done. */
static bool block_work_start(struct block_work *done, size_t rows, const struct narc_work *work)
{
	if (done->capacity < rows) {
		free(done->rows);
		done->rows = malloc(rows * sizeof(*done->rows));
		done->capacity = done->rows ? rows : 0;
	}
	if (!done->rows)
		return false;
	memset(done->rows, 0, rows * sizeof(*done->rows));
	done->count = rows;
	done->free_result = work->free_result;
	return true;
}

/* ---- in the threads ----------------------------------------------------------------------- */

/* Decodes the content of the block that the cursor is in. */
static bool begin_work(const struct narc_work *work, narc_cursor *cursor, struct block_work *done)
{
	struct fetched_block *block = &cursor->readers[0]->block;
	const struct block_facts *facts = &block->descriptor.facts;

	return facts->content_size <= AHEAD_CONTENT_LIMIT &&
	       decode_block(&cursor->locator, block, NULL) == NARC_OK &&
	       block_work_start(done, facts->row_count, work);
}

static void work_on_rows(const struct read_ahead *ahead, unsigned thread,
			 struct block_work *done)
{
	const struct narc_work *work = &ahead->plan.work;
	narc_cursor *cursor = ahead->cursors[thread];
	const struct narc_record *record;

	while (narc_cursor_next(cursor, &record, NULL) == NARC_OK) {
		struct row_work *row;

		if (done->count == 0 && !begin_work(work, cursor, done))
			break;
		row = &done->rows[record->row - cursor->readers[0]->block.entry.first_row];
		row->is_done = work->work(work->context, thread, cursor, &row->result, NULL) ==
			       NARC_OK;
		row->is_checked = cursor->has_checked;
		row->output = cursor->handed_out;
	}
}

/* A work_fn: what was read is left in the ahead_block, whose old memory is used for the next. */
static void read_block(void *context, unsigned thread, void *job)
{
	const struct read_ahead *ahead = context;
	narc_cursor *cursor = ahead->cursors[thread];
	struct ahead_block *block = job;
	struct fetched_block *read = &cursor->readers[0]->block;
	struct fetched_block old = block->block;

	block_work_clear(&block->done);
	if (cursor_set_block(cursor, block->place.number, NULL) == NARC_OK)
		work_on_rows(ahead, thread, &block->done);
	block->is_ready = read->entry.rows && read->entry.first_block == block->place.number;
	block->block = *read;
	*read = old;
}

/* ---- outside of them ---------------------------------------------------------------------- */

/* How many threads to start for so many blocks: none where they would not pay. */
static unsigned choose_threads(unsigned threads, uint64_t blocks)
{
	uint64_t most = blocks / BLOCKS_WORTH_A_THREAD;

	if (threads == 0)
		threads = work_queue_processors();
	if (most > NARC_THREADS_LIMIT)
		most = NARC_THREADS_LIMIT;
	if (threads > most)
		threads = (unsigned)most;
	return threads > 1 ? threads : 0;
}

static void give_blocks(struct read_ahead *ahead)
{
	struct block_place place;

	while (!work_queue_is_full(ahead->queue) && block_order_next(&ahead->order, &place)) {
		struct ahead_block *block = &ahead->blocks[ahead->given++ % ahead->capacity];

		block->place = place;
		work_queue_give(ahead->queue, block);
	}
}

static enum narc_status make_cursors(struct read_ahead *ahead, struct narc_archive *archive)
{
	enum narc_status status = NARC_OK;

	ahead->cursors = calloc(ahead->threads, sizeof(*ahead->cursors));
	if (!ahead->cursors)
		return NARC_NOMEM;
	for (unsigned i = 0; i < ahead->threads; i++) {
		status = cursor_new(archive, ahead->plan.filter, &ahead->cursors[i], NULL);
		if (status != NARC_OK)
			break;
		ahead->cursors[i]->with_frames = ahead->plan.with_frames;
		ahead->cursors[i]->counts_later = ahead->plan.takes_results;
	}
	return status;
}

struct read_ahead *read_ahead_start(struct narc_archive *archive, const struct ahead_plan *plan)
{
	struct read_ahead *ahead = NULL;
	uint64_t blocks = 0;
	unsigned threads;

	for (size_t i = 0; i < plan->range_count; i++)
		blocks += plan->ranges[i].end - plan->ranges[i].next;
	threads = choose_threads(plan->work.threads, blocks);
	if (threads)
		ahead = calloc(1, sizeof(*ahead));
	if (!ahead)
		return NULL;
	ahead->plan = *plan;
	ahead->threads = threads;
	ahead->capacity = BLOCKS_PER_THREAD * (size_t)threads;
	ahead->blocks = calloc(ahead->capacity, sizeof(*ahead->blocks));
	if (!ahead->blocks || make_cursors(ahead, archive) != NARC_OK ||
	    block_order_init(&ahead->order, archive, plan->ranges, plan->range_count,
			     plan->by_date, NULL) != NARC_OK ||
	    work_queue_new(threads - 1, ahead->capacity, read_block, ahead, &ahead->queue, NULL) !=
		    NARC_OK) {
		read_ahead_end(ahead);
		return NULL;
	}
	give_blocks(ahead);
	return ahead;
}

void read_ahead_end(struct read_ahead *ahead)
{
	if (!ahead)
		return;
	work_queue_free(ahead->queue);
	for (unsigned i = 0; ahead->cursors && i < ahead->threads; i++)
		narc_cursor_close(ahead->cursors[i]);
	for (size_t i = 0; ahead->blocks && i < ahead->capacity; i++) {
		fetched_block_free(&ahead->blocks[i].block);
		block_work_free(&ahead->blocks[i].done);
	}
	block_order_free(&ahead->order);
	free(ahead->cursors);
	free(ahead->blocks);
	free(ahead);
}

static void swap_contents(struct ahead_block *ready, struct fetched_block *block,
			  struct block_work *done)
{
	struct fetched_block old_block = *block;
	struct block_work old_done = *done;

	*block = ready->block;
	*done = ready->done;
	ready->block = old_block;
	ready->done = old_done;
}

/* Takes over the block of this entry if it was read; those before it are of no use any more. */
static bool take_block(struct read_ahead *ahead, const struct block_entry *entry,
		       struct fetched_block *block, struct block_work *done)
{
	while (!work_queue_is_empty(ahead->queue)) {
		struct ahead_block *next = &ahead->blocks[ahead->taken % ahead->capacity];
		int order = block_order_compare(&ahead->order, &next->place, entry);
		bool is_ready;

		if (order > 0)
			return false;
		work_queue_help(ahead->queue, ahead->threads - 1);
		work_queue_take(ahead->queue);
		ahead->taken++;
		is_ready = order == 0 && next->is_ready &&
			   next->block.entry.offset == entry->offset;
		if (is_ready)
			swap_contents(next, block, done);
		give_blocks(ahead); /* to the place of next, too */
		if (order == 0)
			return is_ready;
	}
	return false;
}

enum narc_status read_ahead_fetch(struct read_ahead *ahead, struct locator *locator,
				  const struct block_entry *entry, bool with_frame,
				  struct fetched_block *block, struct block_work *done,
				  struct narc_error *error)
{
	block_work_clear(done);
	if (ahead && take_block(ahead, entry, block, done))
		return NARC_OK;
	return fetch_block(locator, entry, with_frame, block, error);
}

unsigned read_ahead_caller(const struct read_ahead *ahead)
{
	return ahead ? ahead->threads - 1 : 0;
}
