/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/salvage.h"

#include <stdlib.h>
#include <string.h>

#include "format/descriptor.h"
#include "pack/row_subset.h"
#include "read/cursor.h"
#include "read/make_up.h"
#include "read/row_order.h"
#include "support/status.h"
#include "support/translate.h"

struct salvage {
	struct narc_repair_options options;
	struct progress progress;
	narc_archive *archive; /* of what was found */
	uint8_t *is_whole;     /* of each row */
	int64_t *newest;       /* of each generation, the last modification time of its rows */
	struct tombstone *tombstones; /* of those that are whole and were redacted, in order */
	size_t tombstone_count;
	size_t tombstone_capacity;
};

void salvage_free(struct salvage *salvage)
{
	if (!salvage)
		return;
	narc_archive_close(salvage->archive);
	free(salvage->is_whole);
	free(salvage->newest);
	for (size_t i = 0; i < salvage->tombstone_count; i++)
		free(salvage->tombstones[i].reason);
	free(salvage->tombstones);
	free(salvage);
}

/* ---- which blocks are well-formed ---------------------------------------------------------- */

/* Goes through the rows of a block, which come behind those before. NARC_END if nothing is
 * wrong. */
static enum narc_status walk_block(narc_cursor *cursor, uint64_t number, struct row_order *order,
				   struct narc_error *error)
{
	const struct narc_record *record;
	enum narc_status status = cursor_set_block(cursor, number, error);

	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK && !row_order_pass(order, record))
			status = NARC_CORRUPT;
	}
	return status;
}

/* Leaves out blocks; those behind get other numbers, their rows do not. */
static enum narc_status drop_blocks(narc_archive *archive, const bool *dropped,
				    struct narc_error *error)
{
	struct segment *segment = &archive->segments[0];
	struct block_list *blocks = archive->found_blocks;
	size_t kept = 0, runs = 0;

	for (size_t i = 0; i < segment->run_count; i++) {
		const struct run *old = &segment->runs[i];
		uint64_t end = old->first_block + old->block_count;
		struct run run = { .names = old->names };

		for (uint64_t k = old->first_block; k < end; k++) {
			if (dropped[k])
				continue;
			blocks->entries[kept] = blocks->entries[k];
			blocks->entries[kept].first_block = kept;
			run_extend(&run, &blocks->entries[kept++]);
		}
		if (run.block_count)
			segment->runs[runs++] = run;
	}
	segment->run_count = runs;
	blocks->count = kept;
	archive->trailer.blocks = kept;
	archive_unload(archive);
	return archive_list_runs(archive, error);
}

/* Leaves out holes; and blocks whose rows are not as they were, because their names are missing, or
 * that no archive can have. */
static enum narc_status drop_malformed(struct salvage *salvage, struct narc_repair_result *result,
				       struct narc_error *error)
{
	uint64_t count = salvage->archive->trailer.blocks;
	bool *dropped = calloc((size_t)count, sizeof(*dropped));
	const struct archive_run *run = NULL;
	struct row_order order, before = { 0 };
	narc_cursor *cursor = NULL;
	enum narc_status status = cursor_new_of_all(salvage->archive, &cursor, error);

	if (status == NARC_OK && !dropped)
		status = narc_fail_memory(error);
	for (uint64_t i = 0; i < count && status == NARC_OK; i++) {
		if (archive_run_of_block(salvage->archive, i) != run)
			before.has_last = false;
		run = archive_run_of_block(salvage->archive, i);
		order = before;
		status = walk_block(cursor, i, &order, error);
		if (status == NARC_NOMEM || status == NARC_IO)
			break;
		dropped[i] = status != NARC_END;
		result->lost_gaps += dropped[i];
		if (!dropped[i])
			before = order;
		status = NARC_OK;
	}
	narc_cursor_close(cursor);
	if (status == NARC_OK)
		status = drop_blocks(salvage->archive, dropped, error);
	free(dropped);
	return status;
}

/* ---- which rows are whole ------------------------------------------------------------------ */

/* Keeps the tombstone of a row, or makes it one, as none is left. */
static enum narc_status keep_tombstone(struct salvage *salvage, uint64_t row,
				       struct narc_error *error)
{
	const struct tombstone *known =
		manifest_tombstone(&salvage->archive->manifest, row);
	struct tombstone *kept;

	if (salvage->tombstone_count == salvage->tombstone_capacity) {
		size_t capacity = salvage->tombstone_capacity ? 2 * salvage->tombstone_capacity
							      : 16;
		struct tombstone *grown =
			realloc(salvage->tombstones, capacity * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		salvage->tombstones = grown;
		salvage->tombstone_capacity = capacity;
	}
	kept = &salvage->tombstones[salvage->tombstone_count];
	*kept = known ? *known : (struct tombstone){ .row = row };
	kept->reason = strdup(known ? known->reason : "what was said of it is lost");
	if (!kept->reason)
		return narc_fail_memory(error);
	salvage->tombstone_count++;
	return NARC_OK;
}

/* Makes them those of the archive. Others may be of an archive that is stored in this one. */
static void settle_tombstones(struct salvage *salvage)
{
	struct manifest *manifest = &salvage->archive->manifest;
	struct tombstone *kept = salvage->tombstones;
	size_t count = salvage->tombstone_count;

	salvage->tombstones = manifest->tombstones;
	salvage->tombstone_count = manifest->tombstone_count;
	manifest->tombstones = kept;
	manifest->tombstone_count = count;
}

static void tell_lost(const struct salvage *salvage, const struct narc_record *record)
{
	const struct narc_repair_options *options = &salvage->options;

	if (options->notice)
		options->notice(options->notice_context, NARC_NOTICE_LOST, record->path,
				translated("is damaged, and lost"));
}

static bool take_nothing(void *context, const void *data, size_t size)
{
	(void)context;
	(void)data;
	(void)size;
	return true;
}

/* Reads the content of the cursor's row to its end, which checks it. */
static enum narc_status check_row(struct salvage *salvage, narc_cursor *cursor,
				  struct narc_repair_result *result, struct narc_error *error)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	enum narc_status status =
		record->is_redacted ? NARC_OK
				    : narc_cursor_stream(cursor, take_nothing, NULL, error);

	if (status == NARC_NOMEM || status == NARC_IO)
		return status;
	if (status == NARC_OK && record->is_redacted)
		status = keep_tombstone(salvage, record->row, error);
	else if (status != NARC_OK)
		tell_lost(salvage, record);
	if (status == NARC_OK && record->mtime_seconds > salvage->newest[record->generation - 1])
		salvage->newest[record->generation - 1] = record->mtime_seconds;
	salvage->is_whole[record->row] = status == NARC_OK;
	progress_add(&salvage->progress, 1, record->size);
	result->rows += status == NARC_OK;
	return status == NARC_NOMEM ? status : NARC_OK;
}

static enum narc_status check_block(struct salvage *salvage, narc_cursor *cursor, uint64_t number,
				    struct narc_repair_result *result, struct narc_error *error)
{
	const struct narc_record *record;
	enum narc_status status = cursor_set_block(cursor, number, error);

	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = check_row(salvage, cursor, result, error);
	}
	/* The rest of a descriptor that is malformed is lost. */
	return status == NARC_NOMEM || status == NARC_IO ? status : NARC_OK;
}

/* Generations whose times are lost were written when their newest row was, at least. */
static void settle_times(struct salvage *salvage)
{
	struct segment *segment = &salvage->archive->segments[0];
	int64_t time = 0;

	for (size_t i = 0; i < segment->generation_count; i++) {
		if (segment->times[i] == TIME_UNKNOWN)
			segment->times[i] = i && time > salvage->newest[i] ? time
					    : salvage->newest[i] != TIME_UNKNOWN
						    ? salvage->newest[i]
						    : 0;
		time = segment->times[i];
	}
}

static enum narc_status check_blocks(struct salvage *salvage, struct narc_repair_result *result,
				     struct narc_error *error)
{
	narc_archive *archive = salvage->archive;
	size_t generations = archive->segments[0].generation_count;
	narc_cursor *cursor = NULL;
	enum narc_status status = cursor_new_of_all(archive, &cursor, error);

	salvage->is_whole = calloc((size_t)archive->trailer.rows + 1, 1);
	salvage->newest = malloc((generations + 1) * sizeof(*salvage->newest));
	if (status == NARC_OK && (!salvage->is_whole || !salvage->newest))
		status = narc_fail_memory(error);
	for (size_t i = 0; i < generations && status == NARC_OK; i++)
		salvage->newest[i] = TIME_UNKNOWN;
	progress_begin(&salvage->progress, NARC_ACTIVITY_CHECKING, archive->trailer.rows, 0);
	for (uint64_t i = 0; i < archive->trailer.blocks && status == NARC_OK; i++)
		status = check_block(salvage, cursor, i, result, error);
	if (status == NARC_OK) {
		settle_times(salvage);
		settle_tombstones(salvage);
	}
	narc_cursor_close(cursor);
	return status;
}

enum narc_status salvage_new(struct narc_source source, const struct narc_repair_options *options,
			     struct narc_repair_result *result, struct salvage **out,
			     struct narc_error *error)
{
	struct salvage *salvage = calloc(1, sizeof(*salvage));
	enum narc_status status;

	if (!salvage)
		return narc_fail_memory(error);
	salvage->options = *options;
	salvage->progress = (struct progress){ .tell = options->progress,
					       .context = options->progress_context };
	status = archive_open_made_up(source, &salvage->archive, error);
	if (status == NARC_OK)
		result->lost_gaps = salvage->archive->is_cut;
	if (status == NARC_OK)
		status = drop_malformed(salvage, result, error);
	if (status == NARC_OK)
		status = check_blocks(salvage, result, error);
	if (status == NARC_OK)
		result->lost_rows = salvage->archive->trailer.rows - result->rows;
	if (status == NARC_OK && result->rows == 0)
		status = narc_fail(error, NARC_CORRUPT, "repair", NARC_NO_OFFSET,
				   "nothing of an archive can be found in the file");
	if (status != NARC_OK) {
		salvage_free(salvage);
		return status;
	}
	result->outcome = NARC_REPAIR_SAVED;
	*out = salvage;
	return NARC_OK;
}

/* ---- writing them -------------------------------------------------------------------------- */

static bool is_whole(const void *context, uint64_t row)
{
	return ((const struct salvage *)context)->is_whole[row];
}

enum narc_status salvage_write(struct salvage *salvage, struct narc_sink sink,
			       struct narc_error *error)
{
	const struct narc_repair_options *options = &salvage->options;
	const struct row_subset subset = {
		salvage->archive, is_whole, salvage, true,
		{ options->level, options->memory, options->temporary_folder, &salvage->progress }
	};

	return write_row_subset(&subset, sink, error);
}
