/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/recovery.h"
#include "support/status.h"

/* ---- one reader --------------------------------------------------------------------------- */

void row_reader_free(struct row_reader *reader)
{
	if (!reader)
		return;
	fetched_block_free(&reader->block);
	block_work_free(&reader->done);
	visible_rows_free(&reader->visible);
	free(reader);
}

enum narc_status cursor_add_reader(struct narc_cursor *cursor, struct narc_error *error)
{
	struct row_reader *reader = calloc(1, sizeof(*reader));
	struct row_reader **readers =
		realloc(cursor->readers, (cursor->reader_count + 1) * sizeof(*readers));

	if (readers)
		cursor->readers = readers;
	if (!reader || !readers) {
		free(reader);
		return narc_fail_memory(error);
	}
	visible_rows_init(&reader->visible, cursor->archive, &cursor->filter);
	readers[cursor->reader_count++] = reader;
	return NARC_OK;
}

/* Takes the next block of the reader's ranges; false if there is none. */
static bool next_number(struct row_reader *reader, uint64_t *number)
{
	while (reader->range_count && reader->ranges->next == reader->ranges->end) {
		reader->ranges++;
		reader->range_count--;
	}
	if (reader->range_count)
		*number = reader->ranges->next++;
	return reader->range_count > 0;
}

/* Whether data frames are read along with the descriptors, in one call: of a walk if most of them
 * will be wanted; of a look-up if only one block may have the key. Of several, most have not. */
static bool wants_frames(const struct narc_cursor *cursor)
{
	return cursor->with_frames ||
	       (cursor->range_count == 1 && !cursor->rows_only &&
		(cursor->match == MATCH_CODE || cursor->match == MATCH_PATH ||
		 cursor->match == MATCH_ROW));
}

/* Whether the last thing told of was a hole at this place, which stands for several blocks. */
static bool has_told(struct row_reader *reader, uint64_t offset)
{
	bool told = reader->has_hole && reader->hole == offset;

	reader->has_hole = true;
	reader->hole = offset;
	return told;
}

/* Finds the next block to go through; NARC_END if there is none. */
static enum narc_status find_block(struct narc_cursor *cursor, struct row_reader *reader,
				   struct block_entry *entry, struct narc_error *error)
{
	uint64_t number;
	enum narc_status status;

	for (;;) {
		if (!next_number(reader, &number))
			return NARC_END;
		entry->offset = NARC_NO_OFFSET;
		status = locate_block(&cursor->locator, number, entry, error);
		if (status != NARC_OK && cursor->archive->recovery &&
		    has_told(reader, entry->offset))
			continue;
		/* A damaged page hides many blocks: that is told once. */
		if (status != NARC_OK && !cursor->archive->recovery)
			reader->range_count = 0;
		if (status != NARC_OK || cursor->match != MATCH_ANY ||
		    entry->first_local_time <= cursor->filter.to)
			return status;
		/* The rest of the run is later still. */
		reader->ranges->next = reader->ranges->end;
	}
}

/* Says how many rows cannot be read with a block. */
static void note_lost(struct narc_error *error, uint64_t rows)
{
	size_t used = error ? strlen(error->message) : 0;

	if (error)
		snprintf(error->message + used, sizeof(error->message) - used,
			 "; %llu rows (entries or versions) are lost", (unsigned long long)rows);
}

/* Fetches the block that was found. */
static enum narc_status enter_block(struct narc_cursor *cursor, struct row_reader *reader,
				    struct narc_error *error)
{
	const struct block_entry *entry = &reader->entry;
	enum narc_status status =
		read_ahead_fetch(cursor->ahead, &cursor->locator, entry, wants_frames(cursor),
				 &reader->block, &reader->done, error);

	reader->has_entry = false;
	if (status == NARC_CORRUPT && cursor->archive->recovery)
		note_lost(error, entry->rows);
	if (status == NARC_OK)
		status = visible_rows_enter(&reader->visible, &cursor->locator, entry, error);
	if (status != NARC_OK)
		return status;
	row_walk_begin(&reader->walk, &reader->block.descriptor, reader->block.names);
	reader->walking = true;
	return NARC_OK;
}

static bool row_matches(const struct narc_cursor *cursor, const struct row_reader *reader)
{
	const struct narc_record *record = &reader->row.record;

	if (cursor->match == MATCH_CODE && strcmp(record->info_code, cursor->key) != 0)
		return false;
	if (cursor->match == MATCH_PATH && strcmp(record->path, cursor->key) != 0)
		return false;
	if (cursor->match == MATCH_CONTENT && (*record->info_code || record->hash != cursor->hash))
		return false;
	if (cursor->match == MATCH_ROW && record->row != cursor->number)
		return false;
	return (!cursor->only || row_ranges_have(cursor->only, record->row)) &&
	       visible_rows_have(&reader->visible, record);
}

/* Moves to the next row of the block that matches; NARC_END if there is none. */
static enum narc_status next_row(struct narc_cursor *cursor, struct row_reader *reader,
				 struct narc_error *error)
{
	enum narc_status status;

	do {
		status = row_walk_next(&reader->walk, &reader->row, error);
		if (status == NARC_OK)
			status = check_references(cursor->archive, &reader->block, &reader->row,
						  error);
	} while (status == NARC_OK && !row_matches(cursor, reader));
	reader->is_ready = status == NARC_OK;
	/* The rest of a damaged block is not trusted. */
	reader->walking = reader->is_ready;
	return status;
}

/* Moves a reader to its next row that matches; or, if there are other runs, only to the next block,
 * which is entered when it is before their rows. NARC_END if there is neither. */
static enum narc_status advance(struct narc_cursor *cursor, struct row_reader *reader,
				struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	while (status == NARC_OK) {
		if (reader->walking) {
			status = next_row(cursor, reader, error);
			if (status != NARC_END)
				return status;
			status = NARC_OK;
		} else if (reader->has_entry) {
			status = enter_block(cursor, reader, error);
		} else {
			status = find_block(cursor, reader, &reader->entry, error);
			reader->has_entry = status == NARC_OK;
			if (cursor->reader_count > 1 || cursor->waiting_next < cursor->waiting_end)
				return status;
		}
	}
	return status;
}

/* ---- several readers ---------------------------------------------------------------------- */

/* When the row is that a reader is at; or the first one of the block that is next. */
static int64_t time_of(const struct row_reader *reader)
{
	return reader->is_ready ? reader->row.record.local_time : reader->entry.first_local_time;
}

/* The order of section 4 of the format, and then that of the file; a block that may have a row that
 * is before another comes before it. */
static bool reader_is_before(const struct row_reader *a, const struct row_reader *b)
{
	const struct narc_record *left = &a->row.record;
	const struct narc_record *right = &b->row.record;
	int order;

	if (time_of(a) != time_of(b))
		return time_of(a) < time_of(b);
	if (!a->is_ready && !b->is_ready)
		return a->entry.first_block < b->entry.first_block;
	if (!a->is_ready || !b->is_ready)
		return !a->is_ready;
	order = strcmp(left->info_code, right->info_code);
	if (order == 0)
		order = strcmp(left->path, right->path);
	if (order != 0)
		return order < 0;
	return left->row < right->row;
}

/* Moves the reader in this place of the heap down to where it belongs. */
static void sift_down(struct narc_cursor *cursor, size_t place)
{
	struct row_reader **readers = cursor->readers;

	for (;;) {
		size_t least = place;
		struct row_reader *moved = readers[place];

		for (size_t child = 2 * place + 1;
		     child <= 2 * place + 2 && child < cursor->reader_count; child++)
			if (reader_is_before(readers[child], readers[least]))
				least = child;
		if (least == place)
			return;
		readers[place] = readers[least];
		readers[least] = moved;
		place = least;
	}
}

/* Puts the last reader in the place of one that has ended. One always stays. */
void cursor_drop_reader(struct narc_cursor *cursor, size_t place)
{
	struct row_reader *ended = cursor->readers[place];

	cursor->readers[place] = cursor->readers[--cursor->reader_count];
	if (cursor->decoded == ended)
		cursor->decoded = NULL;
	row_reader_free(ended);
}

/* Has a reader go through a run that waited. Until it has found its first block, no more is known
 * of it than when its rows may begin. */
static void begin_run(struct row_reader *reader, const struct waiting_run *run)
{
	reader->ranges = run->range;
	reader->range_count = 1;
	reader->walking = reader->is_ready = reader->has_entry = false;
	reader->entry = (struct block_entry){ .first_local_time = run->time,
					      .first_block = run->range->next };
}

/* Moves the last reader of the heap up to where it belongs. */
static void sift_up(struct narc_cursor *cursor)
{
	struct row_reader **readers = cursor->readers;
	size_t place = cursor->reader_count - 1;

	while (place > 0 && reader_is_before(readers[place], readers[(place - 1) / 2])) {
		struct row_reader *moved = readers[place];

		readers[place] = readers[(place - 1) / 2];
		place = (place - 1) / 2;
		readers[place] = moved;
	}
}

/* Gives readers to the runs that may have rows before those of all that have one. */
static enum narc_status admit_runs(struct narc_cursor *cursor, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	while (cursor->waiting_next < cursor->waiting_end && status == NARC_OK &&
	       cursor->waiting[cursor->waiting_next].time <= time_of(cursor->readers[0])) {
		status = cursor_add_reader(cursor, error);
		if (status != NARC_OK)
			break;
		begin_run(cursor->readers[cursor->reader_count - 1],
			  &cursor->waiting[cursor->waiting_next++]);
		sift_up(cursor);
	}
	return status;
}

/* Moves the first reader on, and then has another as the first if that is before it. Where one
 * fails, the next call goes on behind what failed. */
static enum narc_status move_first(struct narc_cursor *cursor, struct narc_error *error)
{
	enum narc_status status = advance(cursor, cursor->readers[0], error);

	if (status == NARC_END && cursor->reader_count > 1)
		cursor_drop_reader(cursor, 0);
	else if (status == NARC_END && cursor->waiting_next < cursor->waiting_end)
		begin_run(cursor->readers[0], &cursor->waiting[cursor->waiting_next++]);
	else if (status != NARC_OK)
		return status;
	sift_down(cursor, 0);
	return admit_runs(cursor, error);
}

enum narc_status cursor_find_next(struct narc_cursor *cursor, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	cursor->is_started = true;
	while (status == NARC_OK && !cursor->readers[0]->is_ready)
		status = move_first(cursor, error);
	return status;
}
