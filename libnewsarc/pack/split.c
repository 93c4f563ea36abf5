/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking a part of an archive, by date, as an archive of its own. A file goes with the date of
 * its last state, so that all of its history is in one of the parts. Blocks of which all rows
 * go into the part are copied; of others, what goes is compressed anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack/rewrite.h"
#include "read/cursor.h"
#include "read/scan_segment.h"
#include "support/civil_time.h"
#include "support/number_map.h"
#include "support/status.h"

struct split {
	narc_archive *archive;
	const struct narc_split_options *options;
	int32_t *periods;  /* of each row: where it goes */
	int32_t *parts;    /* the periods that there are, ascending */
	size_t part_count;
};

/* One part being written. */
struct part {
	const struct split *split;
	int32_t period;
	struct rewriter rewriter;
	uint64_t *numbers;        /* of each row of the archive, its number in the part */
	struct number_map owners; /* of contents whose owners go elsewhere: the row that has it here */
	struct owner_search search;
};

static int32_t period_of(enum narc_period period, int64_t local_time)
{
	struct civil_date date = civil_date_of(local_time);

	return (int32_t)(period == NARC_PERIOD_YEAR ? date.year
						    : date.year * 12 + (int)date.month - 1);
}

/* ---- where rows go ------------------------------------------------------------------------ */

/* Of each row that is replaced, the row that takes its place. */
struct successors {
	struct split *split;
	struct number_map by_row;
	narc_cursor *cursor;
};

static enum narc_status note_row(void *context, const struct row *row, uint64_t block,
				 struct narc_error *error)
{
	struct successors *successors = context;
	struct split *split = successors->split;

	(void)block;
	split->periods[row->record.row] = period_of(split->options->period, row->record.local_time);
	if (row->replaces == 0)
		return NARC_OK;
	return number_map_put(&successors->by_row, row->record.row - (uint64_t)row->replaces,
			      row->record.row, error);
}

/* Finds the row of a generation that is at the path of another. */
static enum narc_status find_successor(struct successors *successors, uint64_t number,
				       uint32_t generation, struct narc_error *error)
{
	narc_cursor *cursor = successors->cursor;
	const struct narc_record *record;
	char *path = NULL;
	enum narc_status status = cursor_go_to_row(cursor, number, &record, error);

	if (status == NARC_OK) {
		path = strdup(record->path);
		status = path ? narc_cursor_find_path(cursor, path, error)
			      : narc_fail_memory(error);
	}
	do {
		if (status == NARC_OK)
			status = narc_cursor_next(cursor, &record, error);
	} while (status == NARC_OK && record->generation != generation);
	free(path);
	if (status == NARC_OK)
		status = number_map_put(&successors->by_row, number, record->row, error);
	return status == NARC_END ? NARC_OK : status;
}

/* Of archives that were merged, the rows of one supersede those of another by their paths alone. */
static enum narc_status note_superseded(void *context, uint64_t row, uint32_t generation,
					struct narc_error *error)
{
	struct successors *successors = context;

	return number_map_find(&successors->by_row, row)
		       ? NARC_OK
		       : find_successor(successors, row, generation, error);
}

/* The last of the rows that took the place of this one, one after the other. */
static uint64_t last_successor(const struct successors *successors, uint64_t row)
{
	const uint64_t *next = number_map_find(&successors->by_row, row);

	/* In a damaged archive, they may go in circles. */
	for (size_t i = 0; next && i < successors->by_row.count; i++) {
		row = *next;
		next = number_map_find(&successors->by_row, row);
	}
	return row;
}

/* A row that is replaced goes where the row goes that took its place. */
static enum narc_status settle_periods(struct split *split, struct narc_error *error)
{
	struct successors successors = { .split = split };
	const struct segment_visitor visitor = { note_row, NULL, note_superseded, &successors };
	narc_archive *archive = split->archive;
	enum narc_status status = cursor_new_of_all(archive, &successors.cursor, error);

	for (size_t i = 0; i < archive->manifest.segment_count && status == NARC_OK; i++)
		status = scan_segment(archive, &archive->segments[i], &visitor, error);
	for (uint64_t row = 0; row < archive->trailer.rows && status == NARC_OK; row++)
		split->periods[row] = split->periods[last_successor(&successors, row)];
	number_map_free(&successors.by_row);
	narc_cursor_close(successors.cursor);
	return status;
}

static int by_value(const void *a, const void *b)
{
	int32_t left = *(const int32_t *)a;
	int32_t right = *(const int32_t *)b;

	return (left > right) - (left < right);
}

static enum narc_status list_parts(struct split *split, struct narc_error *error)
{
	size_t rows = (size_t)split->archive->trailer.rows;

	split->parts = malloc((rows + 1) * sizeof(*split->parts));
	if (!split->parts)
		return narc_fail_memory(error);
	memcpy(split->parts, split->periods, rows * sizeof(*split->parts));
	qsort(split->parts, rows, sizeof(*split->parts), by_value);
	for (size_t i = 0; i < rows; i++)
		if (i == 0 || split->parts[i] != split->parts[split->part_count - 1])
			split->parts[split->part_count++] = split->parts[i];
	return NARC_OK;
}

/* ---- one part ----------------------------------------------------------------------------- */

static bool is_in(const struct part *part, uint64_t row)
{
	return row < part->split->archive->trailer.rows && part->split->periods[row] == part->period;
}

static enum narc_status number_rows(struct part *part, struct narc_error *error)
{
	uint64_t rows = part->split->archive->trailer.rows;
	uint64_t next = 0;

	part->numbers = malloc((rows + 1) * sizeof(*part->numbers));
	if (!part->numbers)
		return narc_fail_memory(error);
	for (uint64_t i = 0; i < rows; i++) {
		part->numbers[i] = next;
		next += is_in(part, i);
	}
	return NARC_OK;
}

/* Leaves in the job the rows that go into the part. */
static void keep_rows(const struct part *part, struct block_job *job)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < job->facts.row_count; i++)
		if (is_in(part, job->rows[i].record.row))
			job->rows[kept++] = job->rows[i];
	job->facts.row_count = kept;
}

/* Has a row that shares a content share it with one in the part; or own it, if it is the first
 * that has it. */
static enum narc_status settle_source(struct part *part, struct row *row, uint64_t number,
				      enum block_edit *edit, struct narc_error *error)
{
	uint64_t owner = number - (uint64_t)row->source;
	const uint64_t *first;

	if (row->source == 0)
		return NARC_OK;
	first = number_map_find(&part->owners, owner);
	if (first || is_in(part, owner)) {
		row->source = (int64_t)(row->record.row - part->numbers[first ? *first : owner]);
		return NARC_OK;
	}
	row->source = 0;
	*edit = BLOCK_CONTENT_CHANGES;
	return number_map_put(&part->owners, owner, number, error);
}

static enum narc_status edit_row(struct part *part, struct row *row, enum block_edit *edit,
				 struct narc_error *error)
{
	uint64_t number = row->record.row;
	uint64_t replaced = number - (uint64_t)row->replaces;

	row->record.row = part->numbers[number];
	if (row->replaces)
		row->replaces = is_in(part, replaced)
					? (int64_t)(row->record.row - part->numbers[replaced])
					: 0;
	return settle_source(part, row, number, edit, error);
}

/* An edit_block_fn. */
static enum narc_status edit_block(void *context, struct fetched_block *block,
				   struct block_job *job, enum block_edit *edit,
				   struct narc_error *error)
{
	struct part *part = context;
	uint32_t before = job->facts.row_count;
	enum narc_status status = NARC_OK;
	struct row *old;

	keep_rows(part, job);
	*edit = job->facts.row_count == 0	  ? BLOCK_GOES
		: job->facts.row_count < before ? BLOCK_CONTENT_CHANGES
						  : BLOCK_ROWS_CHANGE;
	if (*edit == BLOCK_GOES)
		return NARC_OK;
	old = copy_rows(job);
	if (!old)
		return narc_fail_memory(error);
	for (uint32_t i = 0; i < job->facts.row_count && status == NARC_OK; i++)
		status = edit_row(part, &job->rows[i], edit, error);
	job->facts.first_row = job->rows[0].record.row;
	job->facts.first_local_time = job->rows[0].record.local_time;
	if (status == NARC_OK && *edit == BLOCK_CONTENT_CHANGES)
		status = rewriter_gather(&part->rewriter, &part->search, block, job, old, error);
	free(old);
	return status;
}

static enum narc_status add_tombstones(struct part *part, struct narc_error *error)
{
	const struct manifest *manifest = &part->split->archive->manifest;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < manifest->tombstone_count && status == NARC_OK; i++) {
		struct tombstone tombstone = manifest->tombstones[i];

		if (!is_in(part, tombstone.row))
			continue;
		tombstone.row = part->numbers[tombstone.row];
		status = rewriter_add_tombstone(&part->rewriter, &tombstone, error);
	}
	return status;
}

static bool has_rows(const struct part *part, const struct run *run)
{
	for (uint64_t i = 0; i < run->rows; i++)
		if (is_in(part, run->first_row + i))
			return true;
	return false;
}

/* Writes what stands before the first run, whose names are loaded. */
static enum narc_status begin(struct part *part, struct narc_error *error)
{
	const narc_archive *archive = part->split->archive;
	int64_t *times = generation_times(archive);
	enum narc_status status = times ? rewriter_add_dictionaries(&part->rewriter, error)
					: narc_fail_memory(error);

	if (status == NARC_OK)
		status = rewriter_begin(&part->rewriter, archive->run_count, times,
					archive->trailer.generation, error);
	free(times);
	return status;
}

static enum narc_status copy_runs(struct part *part, struct narc_error *error)
{
	const narc_archive *archive = part->split->archive;
	struct rewriter *rewriter = &part->rewriter;
	bool has_begun = false;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++) {
		const struct archive_run *run = &archive->runs[i];

		if (!has_rows(part, run->run))
			continue;
		status = rewriter_load_names(rewriter, run->run, error);
		if (status == NARC_OK && !has_begun)
			status = begin(part, error);
		has_begun = true;
		if (status == NARC_OK)
			status = rewriter_copy_run(rewriter, run, edit_block, part, error);
	}
	return status;
}

static enum narc_status write_part(struct part *part, struct narc_sink sink,
				   struct narc_error *error)
{
	const struct narc_split_options *options = part->split->options;
	enum narc_status status =
		rewriter_init(&part->rewriter, sink,
			      &(struct rewrite_options){ options->level, options->memory,
							 options->temporary_folder },
			      error);

	rewriter_set_archive(&part->rewriter, part->split->archive);
	if (status == NARC_OK)
		status = number_rows(part, error);
	if (status == NARC_OK)
		status = copy_runs(part, error);
	if (status == NARC_OK)
		status = add_tombstones(part, error);
	if (status == NARC_OK)
		status = rewriter_commit(&part->rewriter, error);
	number_map_free(&part->owners);
	owner_search_free(&part->search);
	free(part->numbers);
	rewriter_free(&part->rewriter);
	return status;
}

/* ---- all of them -------------------------------------------------------------------------- */

static void format_period(enum narc_period period, int32_t value, char name[NARC_PERIOD_SIZE])
{
	int32_t year = period == NARC_PERIOD_YEAR ? value : (value - (value % 12 + 12) % 12) / 12;

	if (period == NARC_PERIOD_YEAR)
		snprintf(name, NARC_PERIOD_SIZE, "%04d", (int)year);
	else
		snprintf(name, NARC_PERIOD_SIZE, "%04d-%02d", (int)year,
			 (int)(value - year * 12) + 1);
}

static enum narc_status write_parts(struct split *split, struct narc_error *error)
{
	const struct narc_split_options *options = split->options;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < split->part_count && status == NARC_OK; i++) {
		struct part part = { .split = split, .period = split->parts[i],
				     .search = { .with_frame = true } };
		char name[NARC_PERIOD_SIZE];
		struct narc_sink sink;

		format_period(options->period, part.period, name);
		status = options->make_sink(options->context, name, &sink, error);
		if (status != NARC_OK)
			break;
		status = write_part(&part, sink, error);
		sink.ops->close(sink.context);
	}
	return status;
}

void narc_split_options_init(struct narc_split_options *options)
{
	struct narc_pack_options pack;

	narc_pack_options_init(&pack);
	*options = (struct narc_split_options){
		.level = pack.level,
		.memory = pack.memory,
		.temporary_folder = pack.temporary_folder,
	};
}

enum narc_status narc_archive_split(narc_archive *archive,
				    const struct narc_split_options *options,
				    struct narc_error *error)
{
	struct split split = { .archive = archive, .options = options };
	enum narc_status status = NARC_OK;

	split.periods = malloc(((size_t)archive->trailer.rows + 1) * sizeof(*split.periods));
	if (!split.periods)
		return narc_fail_memory(error);
	status = settle_periods(&split, error);
	if (status == NARC_OK)
		status = list_parts(&split, error);
	if (status == NARC_OK)
		status = write_parts(&split, error);
	free(split.periods);
	free(split.parts);
	return status;
}
