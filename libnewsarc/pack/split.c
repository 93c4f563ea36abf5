/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking a part of an archive, by date, as an archive of its own. A file goes with the date of
 * its last state, so that all of its history is in one of the parts.
 */
#include <stdlib.h>
#include <string.h>

#include "pack/period.h"
#include "pack/row_subset.h"
#include "read/cursor.h"
#include "read/scan_segment.h"
#include "support/number_map.h"
#include "support/status.h"

struct split {
	narc_archive *archive;
	const struct narc_split_options *options;
	int32_t *periods;  /* of each row: where it goes */
	int32_t *parts;    /* the periods that there are, ascending */
	size_t part_count;
	struct progress progress;
};

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
	enum narc_status status = narc_cursor_find_row(cursor, number, error);

	if (status == NARC_OK)
		status = narc_cursor_next(cursor, &record, error);
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

/* ---- all of them -------------------------------------------------------------------------- */

/* What one part has. */
struct part {
	const struct split *split;
	int32_t period;
};

static bool is_in_part(const void *context, uint64_t row)
{
	const struct part *part = context;

	return part->split->periods[row] == part->period;
}

static enum narc_status write_parts(struct split *split, struct narc_error *error)
{
	const struct narc_split_options *options = split->options;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < split->part_count && status == NARC_OK; i++) {
		const struct part part = { split, split->parts[i] };
		const struct row_subset subset = {
			split->archive, is_in_part, &part, false,
			{ options->level, options->memory, options->temporary_folder,
			  &split->progress }
		};
		char name[NARC_PERIOD_SIZE];
		struct narc_sink sink;

		period_format(options->period, part.period, name);
		status = options->make_sink(options->context, name, &sink, error);
		if (status != NARC_OK)
			break;
		status = write_row_subset(&subset, sink, error);
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

/* Every data frame goes into one of the parts, or what it has does. None is to be written if one is
 * damaged. */
static enum narc_status check_frames(struct split *split, struct narc_error *error)
{
	narc_archive *archive = split->archive;
	struct fetched_block block = { 0 };
	struct locator locator;
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	enum narc_status status = decompressor ? NARC_OK : narc_fail_memory(error);

	locator_init(&locator, archive, decompressor);
	progress_begin(&split->progress, NARC_ACTIVITY_CHECKING, archive->trailer.rows, 0);
	for (uint64_t i = 0; i < archive->trailer.blocks && status == NARC_OK; i++) {
		struct block_entry entry;

		status = locate_block(&locator, i, &entry, error);
		if (status == NARC_OK)
			status = fetch_block(&locator, &entry, true, &block, error);
		if (status == NARC_OK)
			status = check_frame_hash(&locator, &block, error);
		if (status == NARC_OK)
			progress_add(&split->progress, entry.rows, 0);
	}
	fetched_block_free(&block);
	locator_free(&locator);
	ZSTD_freeDCtx(decompressor);
	return status;
}

enum narc_status narc_archive_split(narc_archive *archive,
				    const struct narc_split_options *options,
				    struct narc_error *error)
{
	struct split split = { .archive = archive, .options = options,
			       .progress = { .tell = options->progress,
					     .context = options->progress_context } };
	enum narc_status status = NARC_OK;

	split.periods = malloc(((size_t)archive->trailer.rows + 1) * sizeof(*split.periods));
	if (!split.periods)
		return narc_fail_memory(error);
	status = settle_periods(&split, error);
	if (status == NARC_OK)
		status = list_parts(&split, error);
	if (status == NARC_OK)
		status = check_frames(&split, error);
	if (status == NARC_OK)
		status = write_parts(&split, error);
	free(split.periods);
	free(split.parts);
	return status;
}
