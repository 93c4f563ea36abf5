/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checking a whole archive: every block with its rows and their content, run by run; that the
 * indexes of each segment hold what its rows say and no more; what generations superseded; and
 * that between the runs there are sections and nothing else. A damage is noted and the check
 * goes on behind it; what it touches is found out in the end.
 */
#include "read/verify.h"

#include <stdlib.h>

#include "read/verify_sections.h"
#include "read/verify_set.h"
#include "support/status.h"

/* For the sorting of each kind of keys. */
#define SORT_MEMORY ((size_t)64 << 20)

enum narc_status verify_tell(struct verification *check, enum narc_status status,
			     const struct narc_error *damage, struct narc_error *error)
{
	return damage_list_tell(&check->damages, status, damage, 0, NULL, error);
}

/* ---- in the threads ----------------------------------------------------------------------- */

/* Checks what the row that a cursor is at says of the one that owns its content. */
static enum narc_status check_owner(narc_cursor *cursor, struct narc_error *error)
{
	struct row_reader *reader = cursor->readers[0];
	struct fetched_block *block;
	struct row owner;

	cursor->source.with_frame = false;
	return find_owner(&cursor->locator, &reader->block, &reader->row, &cursor->source, &block,
			  &owner, error);
}

/* A narc_work_fn. */
static enum narc_status check_ahead(void *context, unsigned thread, narc_cursor *cursor,
				    void **result, struct narc_error *error)
{
	const void *data;

	(void)context;
	(void)thread;
	(void)result;
	return cursor->readers[0]->row.source ? check_owner(cursor, error)
					      : cursor_read_content(cursor, &data, error);
}

/* The blocks of a run whose content is to be looked at. */
static size_t wanted_ranges(const struct verification *check, const struct run *run,
			    struct block_range *ranges)
{
	const struct narc_verify_options *options = check->options;
	uint64_t end = run->first_block + run->block_count;
	size_t count = 0;

	if (!options->parts) {
		ranges[0] = (struct block_range){ run->first_block, end };
		return 1;
	}
	for (uint64_t i = run->first_block; i < end; i++)
		if (verify_wants_content(check, i))
			ranges[count++] = (struct block_range){ i, i + 1 };
	return count;
}

/* Only content is worth threads. */
static enum narc_status start_threads(struct verification *check, struct narc_error *error)
{
	struct narc_archive *archive = check->archive;
	uint32_t parts = check->options->parts;
	size_t most = archive->run_count + 1;
	struct ahead_plan plan = { .with_frames = true,
				   .filter = &check->all,
				   .work = { .threads = check->options->threads,
					     .work = check_ahead } };

	if (check->options->quick)
		return NARC_OK;
	if (parts)
		most = (size_t)(archive->trailer.blocks / parts) + 2;
	check->ranges = calloc(most, sizeof(*check->ranges));
	if (!check->ranges)
		return narc_fail_memory(error);
	for (size_t i = 0; i < archive->run_count; i++)
		plan.range_count += wanted_ranges(check, archive->runs[i].run,
						  check->ranges + plan.range_count);
	plan.ranges = check->ranges;
	check->ahead = plan.range_count ? read_ahead_start(archive, &plan) : NULL;
	return NARC_OK;
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* What the segment says of a run, whose rows were all gone through. */
static enum narc_status check_run_facts(const struct verification *check, const struct run *run,
					int64_t first_time, uint64_t end,
					struct narc_error *error)
{
	if (check->damages.count)
		return NARC_OK; /* what is missing was told already */
	if (end != extent_end(run->blocks) || check->rows != run->first_row + run->rows ||
	    first_time != run->first_local_time ||
	    check->order.time != run->last_local_time)
		return narc_fail(error, NARC_CORRUPT, "segment", run->blocks.offset,
				 "says other things of a run than its rows");
	return NARC_OK;
}

static enum narc_status check_run(struct verification *check, const struct run *run,
				  struct narc_error *error)
{
	uint64_t place = run->blocks.offset;
	int64_t first_time = 0;
	struct narc_error damage;
	enum narc_status status = NARC_OK;

	check->order.has_last = false;
	for (uint64_t i = 0; i < run->block_count && status == NARC_OK; i++) {
		const uint64_t rows = check->rows, bytes = check->owned_size;

		status = verify_block(check, run->first_block + i, &place, error);
		check->result.blocks_checked += verify_wants_content(check, run->first_block + i);
		progress_add(&check->progress, check->rows - rows, check->owned_size - bytes);
		if (i == 0)
			first_time = check->block.descriptor.facts.first_local_time;
	}
	if (status == NARC_OK)
		status = verify_tell(check, check_run_facts(check, run, first_time, place, &damage),
			      &damage, error);
	return status;
}

/* What was not read cannot be looked for in the index: then only its form is checked. */
static enum narc_status check_segment(struct verification *check, const struct segment *segment,
				      struct narc_error *error)
{
	enum narc_status status = row_keys_init(&check->keys, SORT_MEMORY, check->folder, error);

	for (size_t i = 0; i < segment->run_count && status == NARC_OK; i++)
		status = check_run(check, &segment->runs[i], error);
	if (status == NARC_OK)
		status = verify_index(&check->keys, &check->locator, segment, &check->damages,
				      error);
	row_keys_free(&check->keys);
	return status;
}

static enum narc_status check_counts(struct verification *check, struct narc_error *error)
{
	const struct trailer *trailer = &check->archive->trailer;

	if (check->damages.count)
		return NARC_OK;
	if (check->rows != trailer->rows || check->content_size != trailer->content_size ||
	    check->owned_size != trailer->owned_size ||
	    check->current_rows != trailer->current_rows ||
	    check->current_posts != trailer->current_posts ||
	    check->current_size != trailer->current_size)
		return narc_fail(error, NARC_CORRUPT, "trailer",
				 trailer->end - TRAILER_SECTION_SIZE,
				 "counts other rows or bytes than there are");
	if (check->redacted != check->archive->manifest.tombstone_count)
		return narc_fail(error, NARC_CORRUPT, "manifest", trailer->manifest.offset,
				 "has tombstones of rows that were not redacted");
	return NARC_OK;
}

static enum narc_status check_dictionaries(struct verification *check, struct narc_error *error)
{
	const struct manifest *manifest = &check->archive->manifest;
	enum narc_status status = NARC_OK;

	check->bad_dictionary = calloc(manifest->dictionary_count + 1,
				       sizeof(*check->bad_dictionary));
	if (!check->bad_dictionary)
		return narc_fail_memory(error);
	for (size_t i = 0; i < manifest->dictionary_count && status == NARC_OK; i++) {
		const struct archive_dictionary *dictionary;
		struct narc_error damage;

		status = archive_dictionary_at(check->archive, i, check->locator.decompressor,
					       &dictionary, &damage);
		status = damage_list_tell(&check->damages, status, &damage,
					  manifest->dictionaries[i].extent.size,
					  &check->bad_dictionary[i], error);
	}
	return status;
}

static enum narc_status check_names(struct verification *check, struct narc_error *error)
{
	struct narc_archive *archive = check->archive;
	enum narc_status status = NARC_OK;

	check->bad_names = calloc(archive->run_count + 1, sizeof(*check->bad_names));
	if (!check->bad_names)
		return narc_fail_memory(error);
	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++) {
		const struct names *names;
		struct narc_error damage;

		status = archive_names(archive, &archive->runs[i], check->locator.decompressor,
				       &names, &damage);
		status = damage_list_tell(&check->damages, status, &damage,
					  archive->runs[i].run->names.size, &check->bad_names[i],
					  error);
	}
	return status;
}

/* A generation behind the last valid trailer, which is not read. */
static enum narc_status check_end(struct verification *check, struct narc_error *error)
{
	const struct narc_archive *archive = check->archive;
	struct narc_error damage;
	uint64_t size = archive->file_size - archive->trailer.end;

	if (!archive->lost_generation)
		return NARC_OK;
	narc_fail(&damage, NARC_CORRUPT, "trailer", archive->trailer.end,
		  "the trailer at the end of the file is damaged: all that stands behind the "
		  "one before it, %llu bytes of a later generation, is ignored",
		  (unsigned long long)size);
	return damage_list_tell(&check->damages, NARC_CORRUPT, &damage, size, NULL, error);
}

static enum narc_status run_checks(struct verification *check, struct narc_error *error)
{
	const struct narc_archive *archive = check->archive;
	struct narc_error damage;
	enum narc_status status = check_dictionaries(check, error);

	if (status == NARC_OK)
		status = check_names(check, error);
	if (status == NARC_OK)
		status = start_threads(check, error);
	progress_begin(&check->progress, NARC_ACTIVITY_CHECKING, archive->trailer.rows,
		       archive->trailer.owned_size);
	for (size_t i = 0; i < archive->manifest.segment_count && status == NARC_OK; i++)
		status = check_segment(check, &archive->segments[i], error);
	if (status == NARC_OK)
		status = verify_tell(check, check_counts(check, &damage), &damage, error);
	if (status == NARC_OK)
		status = history_check_run(&check->history, &check->locator, &check->damages,
					   error);
	if (status == NARC_OK)
		status = verify_sections(archive, check->options->quick ? NULL : check->folder,
					 &check->damages, error);
	if (status == NARC_OK)
		status = check_end(check, error);
	if (status == NARC_OK)
		status = verify_find_touched(check, error);
	return status == NARC_OK ? verify_report(check, error) : status;
}

static enum narc_status begin(struct verification *check, narc_archive *archive,
			      struct narc_error *error)
{
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	enum narc_status status =
		decompressor ? archive_view_new(archive, &check->archive, error)
			     : narc_fail_memory(error);

	narc_filter_init(&check->all);
	check->all.all_versions = check->all.with_redacted = true;
	narc_filter_init(&check->none);
	locator_init(&check->locator, check->archive, decompressor);
	if (status != NARC_OK)
		return status;
	visible_rows_init(&check->current, check->archive, &check->none);
	if (archive->is_made_up)
		status = damage_list_tell(&check->damages, archive->opening_error.status,
					  &archive->opening_error, 0, NULL, error);
	if (status != NARC_OK)
		return status;
	status = archive_recover(check->archive, check->folder, &check->damages, error);
	return status == NARC_OK ? history_check_init(&check->history, check->folder, error)
				 : status;
}

static void end(struct verification *check)
{
	ZSTD_DCtx *decompressor = check->locator.decompressor;

	read_ahead_end(check->ahead);
	history_check_free(&check->history);
	locator_free(&check->locator);
	fetched_block_free(&check->block);
	visible_rows_free(&check->current);
	block_work_free(&check->done);
	owner_search_free(&check->source);
	owner_search_free(&check->replaced);
	damage_list_free(&check->damages);
	number_map_free(&check->lost);
	free(check->ranges);
	free(check->bad_dictionary);
	free(check->bad_names);
	archive_view_free(check->archive);
	ZSTD_freeDCtx(decompressor);
	free(check);
}

enum narc_status narc_archive_verify(narc_archive *archive,
				     const struct narc_verify_options *options,
				     struct narc_verify_result *result, struct narc_error *error)
{
	struct verification *check;
	enum narc_status status;

	if (archive->volumes)
		return verify_set(archive, options, result, error);
	check = calloc(1, sizeof(*check));
	if (!check)
		return narc_fail_memory(error);
	check->options = options;
	check->folder = options->temporary_folder ? options->temporary_folder : "/tmp";
	check->progress = (struct progress){ .tell = options->progress,
					     .context = options->progress_context };
	status = begin(check, archive, error);
	if (status == NARC_OK)
		status = run_checks(check, error);
	if (status == NARC_OK)
		*result = check->result;
	end(check);
	return status;
}
