/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/cursor.h"

#include <stdlib.h>
#include <string.h>

#include "read/filter.h"
#include "support/status.h"

/* ---- where it goes ------------------------------------------------------------------------ */

enum narc_status cursor_new(struct narc_archive *archive, const struct narc_filter *filter,
			    struct narc_cursor **out, struct narc_error *error)
{
	struct narc_cursor *cursor = calloc(1, sizeof(*cursor));
	enum narc_status status;

	if (!cursor)
		return narc_fail_memory(error);
	cursor->archive = archive;
	cursor->source.with_frame = true;
	if (filter)
		cursor->filter = *filter;
	else
		narc_filter_init(&cursor->filter);
	cursor->decompressor = ZSTD_createDCtx();
	locator_init(&cursor->locator, archive, cursor->decompressor);
	status = cursor->decompressor ? cursor_add_reader(cursor, error) : narc_fail_memory(error);
	if (status != NARC_OK) {
		narc_cursor_close(cursor);
		return status;
	}
	*out = cursor;
	return NARC_OK;
}

void narc_cursor_close(narc_cursor *cursor)
{
	if (!cursor)
		return;
	read_ahead_end(cursor->ahead);
	for (size_t i = 0; i < cursor->reader_count; i++)
		row_reader_free(cursor->readers[i]);
	free(cursor->readers);
	owner_search_free(&cursor->source);
	locator_free(&cursor->locator);
	ZSTD_freeDCtx(cursor->decompressor);
	free(cursor->key);
	free(cursor->ranges);
	free(cursor->waiting);
	free(cursor);
}

void cursor_start_over(struct narc_cursor *cursor)
{
	struct row_reader *reader;

	read_ahead_end(cursor->ahead);
	cursor->ahead = NULL;
	while (cursor->reader_count > 1)
		cursor_drop_reader(cursor, cursor->reader_count - 1);
	free(cursor->waiting);
	cursor->waiting = NULL;
	cursor->waiting_next = cursor->waiting_end = 0;
	reader = cursor->readers[0];
	reader->ranges = cursor->ranges;
	reader->range_count = cursor->range_count;
	reader->walking = reader->is_ready = reader->has_entry = false;
	cursor->is_started = cursor->has_row = false;
}

enum narc_status cursor_set_ranges(struct narc_cursor *cursor, enum cursor_match match,
				   const char *key, struct block_range *ranges, size_t count,
				   struct narc_error *error)
{
	char *copy = key ? strdup(key) : NULL;

	if (key && !copy) {
		free(ranges);
		return narc_fail_memory(error);
	}
	free(cursor->key);
	free(cursor->ranges);
	cursor->match = match;
	cursor->key = copy;
	cursor->ranges = ranges;
	cursor->range_count = count;
	cursor_start_over(cursor);
	return NARC_OK;
}

enum narc_status cursor_set_block(struct narc_cursor *cursor, uint64_t number,
				  struct narc_error *error)
{
	if (!cursor->ranges)
		cursor->ranges = malloc(sizeof(*cursor->ranges));
	if (!cursor->ranges)
		return narc_fail_memory(error);
	cursor->ranges[0] = (struct block_range){ number, number + 1 };
	cursor->range_count = 1;
	cursor->match = MATCH_ANY;
	cursor_start_over(cursor);
	return NARC_OK;
}

enum narc_status cursor_new_of_all(struct narc_archive *archive, struct narc_cursor **cursor,
				   struct narc_error *error)
{
	struct narc_filter filter;
	enum narc_status status;

	narc_filter_init(&filter);
	filter.all_versions = filter.with_redacted = true;
	status = cursor_new(archive, &filter, cursor, error);
	if (status == NARC_OK)
		(*cursor)->rows_only = true;
	return status;
}

/* The blocks that have the rows, as far as they are to be found. */
static size_t blocks_of_rows(struct narc_cursor *cursor, const struct row_ranges *rows,
			     struct block_range *ranges)
{
	size_t count = 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct block_entry first, last;
		struct block_range *before = count ? &ranges[count - 1] : NULL;

		if (locate_row(&cursor->locator, rows->ranges[i].first, &first, NULL) != NARC_OK ||
		    locate_row(&cursor->locator, rows->ranges[i].end - 1, &last, NULL) != NARC_OK)
			continue;
		if (before && before->end > first.first_block)
			before->end = last.first_block + 1;
		else
			ranges[count++] = (struct block_range){ first.first_block,
								last.first_block + 1 };
	}
	return count;
}

enum narc_status cursor_new_of_rows(struct narc_archive *archive, const struct row_ranges *rows,
				    struct narc_cursor **out, struct narc_error *error)
{
	struct narc_cursor *cursor;
	struct block_range *ranges;
	enum narc_status status = cursor_new_of_all(archive, &cursor, error);

	if (status != NARC_OK)
		return status;
	cursor->only = rows;
	ranges = calloc(rows->count + 1, sizeof(*ranges));
	status = ranges ? cursor_set_ranges(cursor, MATCH_ANY, NULL, ranges,
					    blocks_of_rows(cursor, rows, ranges), error)
			: narc_fail_memory(error);
	if (status != NARC_OK) {
		narc_cursor_close(cursor);
		return status;
	}
	*out = cursor;
	return NARC_OK;
}

void cursor_set_all_versions(struct narc_cursor *cursor, bool all_versions)
{
	cursor_start_over(cursor);
	cursor->filter.all_versions = all_versions;
}

/* Tells the source of the blocks from one on up to the last that may have a row of the filter's
 * dates. */
static void expect_blocks(struct narc_cursor *cursor, const struct archive_run *run,
			  const struct block_entry *first)
{
	struct block_entry last;

	if (cursor->archive->source.ops->expect && first->rows &&
	    cursor->filter.to < run->run->last_local_time &&
	    locate_time(&cursor->locator, run, cursor->filter.to + 1, &last, NULL) == NARC_OK &&
	    last.offset >= first->offset)
		archive_expect(cursor->archive,
			       (struct extent){ first->offset,
						last.offset + last.frame_size +
							last.section_size - first->offset });
}

/* The blocks of a run from the first that may have a row of the filter's dates. */
static enum narc_status range_of(struct narc_cursor *cursor, const struct archive_run *run,
				 struct block_range *range, struct narc_error *error)
{
	struct block_entry entry = { .first_block = run->run->first_block };
	enum narc_status status = NARC_OK;

	if (cursor->filter.from > run->run->first_local_time)
		status = locate_time(&cursor->locator, run, cursor->filter.from, &entry, error);
	if (status == NARC_OK)
		expect_blocks(cursor, run, &entry);
	*range = (struct block_range){ entry.first_block,
				       run->run->first_block + run->run->block_count };
	return status;
}

static bool run_has_dates(const struct run *run, const struct narc_filter *filter)
{
	return run->last_local_time >= filter->from && run->first_local_time <= filter->to;
}

static int by_time(const void *a, const void *b)
{
	const struct waiting_run *left = a;
	const struct waiting_run *right = b;

	if (left->time != right->time)
		return left->time < right->time ? -1 : 1;
	return (left->range > right->range) - (left->range < right->range);
}

/* Points the cursor at all runs: if there are several, each waits for its turn. */
static enum narc_status start_runs(struct narc_cursor *cursor, struct narc_error *error)
{
	const struct narc_archive *archive = cursor->archive;
	struct block_range *ranges = calloc(archive->run_count + 1, sizeof(*ranges));
	struct waiting_run *waiting = calloc(archive->run_count + 1, sizeof(*waiting));
	size_t count = 0;
	enum narc_status status = ranges && waiting ? NARC_OK : narc_fail_memory(error);

	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++) {
		const struct run *run = archive->runs[i].run;

		if (!run_has_dates(run, &cursor->filter))
			continue;
		waiting[count] = (struct waiting_run){ run->first_local_time, &ranges[count] };
		status = range_of(cursor, &archive->runs[i], &ranges[count++], error);
	}
	if (status == NARC_OK)
		status = cursor_set_ranges(cursor, MATCH_ANY, NULL, ranges, count, error);
	else
		free(ranges);
	if (status != NARC_OK || count < 2) {
		free(waiting);
		return status;
	}
	qsort(waiting, count, sizeof(*waiting), by_time);
	cursor->waiting = waiting;
	cursor->waiting_end = count;
	cursor->readers[0]->range_count = 0;
	return NARC_OK;
}

static enum narc_status check_generation(const struct narc_archive *archive,
					 const struct narc_filter *filter,
					 struct narc_error *error)
{
	if (!filter || filter->as_of <= archive->trailer.generation)
		return NARC_OK;
	return narc_fail(error, NARC_NOT_FOUND, "find", NARC_NO_OFFSET,
			 "there is no generation %lu: the last is %lu",
			 (unsigned long)filter->as_of, (unsigned long)archive->trailer.generation);
}

enum narc_status narc_cursor_open(narc_archive *archive, const struct narc_filter *filter,
				  narc_cursor **out, struct narc_error *error)
{
	narc_cursor *cursor = NULL;
	const char *code;
	enum narc_status status = check_generation(archive, filter, error);

	if (status == NARC_OK)
		status = cursor_new(archive, filter, &cursor, error);
	if (status != NARC_OK)
		return status;
	code = cursor->filter.code_glob;
	if (code && *code && glob_is_plain(code))
		status = cursor_start_code(cursor, code, error);
	else
		status = start_runs(cursor, error);
	if (status != NARC_OK) {
		narc_cursor_close(cursor);
		return volume_list_settle(archive->volumes, status, error);
	}
	*out = cursor;
	return NARC_OK;
}

enum narc_status cursor_open_all(struct narc_archive *archive, struct narc_cursor **cursor,
				 struct narc_error *error)
{
	struct narc_filter filter;

	narc_filter_init(&filter);
	filter.all_versions = filter.with_redacted = true;
	return narc_cursor_open(archive, &filter, cursor, error);
}

/* ---- going through ------------------------------------------------------------------------ */

enum narc_status narc_cursor_next(narc_cursor *cursor, const struct narc_record **record,
				  struct narc_error *error)
{
	enum narc_status status;

	if (cursor->has_row)
		cursor->readers[0]->is_ready = false;
	cursor->has_checked = false;
	cursor->handed_out = 0;
	status = cursor_find_next(cursor, error);
	cursor->has_row = status == NARC_OK;
	if (cursor->has_row)
		*record = &cursor->readers[0]->row.record;
	return volume_list_settle(cursor->archive->volumes, status, error);
}

const struct narc_record *narc_cursor_record(const narc_cursor *cursor)
{
	return cursor->has_row ? &cursor->readers[0]->row.record : NULL;
}

enum narc_status narc_cursor_block(const narc_cursor *cursor, struct narc_block *out,
				   struct narc_error *error)
{
	const struct fetched_block *block = &cursor->readers[0]->block;
	const struct block_facts *facts = &block->descriptor.facts;

	if (!cursor->has_row)
		return narc_fail(error, NARC_MISUSE, "find", NARC_NO_OFFSET,
				 "the cursor is not at a record");
	*out = (struct narc_block){ .offset = block->entry.offset,
				    .frame_size = facts->frame_size,
				    .descriptor_size = block->entry.section_size,
				    .content_size = facts->content_size,
				    .rows = facts->row_count };
	return NARC_OK;
}

/* Leaves out the blocks at the end of a range that hold nothing early enough. */
static void limit_range(struct narc_cursor *cursor, struct block_range *range)
{
	const struct archive_run *run = archive_run_of_block(cursor->archive, range->next);
	struct block_entry last;

	if (cursor->filter.to < run->run->last_local_time &&
	    locate_time(&cursor->locator, run, cursor->filter.to + 1, &last, NULL) == NARC_OK &&
	    last.first_block >= range->next)
		range->end = last.first_block + 1;
}

void cursor_read_ahead(struct narc_cursor *cursor, const struct narc_work *work, bool by_date)
{
	struct ahead_plan plan = { .filter = &cursor->filter, .work = *work };

	if (cursor->match != MATCH_ANY || cursor->ahead || cursor->is_started)
		return;
	if (!by_date)
		cursor_start_over(cursor);
	for (size_t i = 0; i < cursor->range_count; i++)
		limit_range(cursor, &cursor->ranges[i]);
	/* Where few records are wanted, most data frames are not. */
	cursor->with_frames = filter_is_of_dates(&cursor->filter);
	plan.ranges = cursor->ranges;
	plan.range_count = cursor->range_count;
	plan.by_date = cursor->waiting != NULL;
	plan.with_frames = cursor->with_frames;
	plan.takes_results = cursor->work.work != NULL;
	cursor->ahead = read_ahead_start(cursor->archive, &plan);
}

struct row_work *cursor_row_work(const struct narc_cursor *cursor)
{
	const struct row_reader *reader = cursor->readers[0];

	return block_work_on(&reader->done, &reader->block, reader->row.record.row);
}

/* A narc_work_fn. Copies are left to the cursor: what they share may be in a block that is not
 * kept. */
static enum narc_status check_ahead(void *context, unsigned thread, narc_cursor *cursor,
				    void **result, struct narc_error *error)
{
	const void *data;

	(void)context;
	(void)thread;
	(void)result;
	return cursor->readers[0]->row.source == 0 ? cursor_read_content(cursor, &data, error)
						   : NARC_OK;
}

void narc_cursor_read_ahead(narc_cursor *cursor, unsigned threads)
{
	cursor_read_ahead(cursor,
			  &(struct narc_work){ .threads = threads, .work = check_ahead },
			  false);
}

void narc_cursor_work_ahead(narc_cursor *cursor, const struct narc_work *work)
{
	if (cursor->is_started || cursor->ahead)
		return;
	cursor->work = *work;
	cursor_read_ahead(cursor, work, true);
}

enum narc_status narc_cursor_take_result(narc_cursor *cursor, void **result,
					 struct narc_error *error)
{
	const struct narc_work *work = &cursor->work;
	struct row_work *done;
	void *made = NULL;
	enum narc_status status;

	if (!work->work || !cursor->has_row)
		return narc_fail(error, NARC_MISUSE, "work", NARC_NO_OFFSET,
				 "the cursor is not at a record, or there is no work");
	done = cursor_row_work(cursor);
	/* Where the limit is reached, the work is done again, and comes to that itself. */
	if (done && done->is_done && archive_take_output(cursor->archive, done->output)) {
		*result = done->result;
		done->result = NULL;
		return NARC_OK;
	}
	status = work->work(work->context, read_ahead_caller(cursor->ahead), cursor, &made, error);
	if (status == NARC_OK)
		*result = made;
	return status;
}

bool narc_record_is_newer(const struct narc_record *newer, const struct narc_record *older)
{
	int64_t newer_instant = record_instant(newer);
	int64_t older_instant = record_instant(older);

	if (newer->generation != older->generation)
		return newer->generation > older->generation;
	if (newer_instant != older_instant)
		return newer_instant > older_instant;
	if (newer->mtime_seconds != older->mtime_seconds)
		return newer->mtime_seconds > older->mtime_seconds;
	if (newer->mtime_nanoseconds != older->mtime_nanoseconds)
		return newer->mtime_nanoseconds > older->mtime_nanoseconds;
	return strcmp(newer->path, older->path) > 0;
}
