/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Putting archives together: the runs of all, one after the other, with rows numbered through.
 * Generations are numbered by the time at which they were written, so that the result is at any
 * time what all were together then. Of one archive, this leaves out what means nothing any more.
 */
#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "pack/rewrite.h"
#include "support/status.h"

/* A generation of one of the archives. */
struct merged_generation {
	int64_t time;
	size_t archive;
	uint32_t number;
};

struct merge {
	narc_archive *const *archives;
	size_t archive_count;
	const char *const *names; /* of them, for errors; or NULL */
	struct progress progress;
	struct rewriter rewriter;
	struct merged_generation *generations; /* in their order */
	size_t generation_count;
	uint32_t **numbers; /* of each archive's generations, what they become */
	uint64_t row_shift; /* of the archive at hand */
	const uint32_t *numbers_at_hand;
	bool is_same; /* descriptors stay as they are */
};

static void merge_free(struct merge *merge)
{
	for (size_t i = 0; merge->numbers && i < merge->archive_count; i++)
		free(merge->numbers[i]);
	free(merge->numbers);
	free(merge->generations);
	rewriter_free(&merge->rewriter);
}

/* ---- generations -------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct merged_generation *left = a;
	const struct merged_generation *right = b;

	if (left->time != right->time)
		return left->time < right->time ? -1 : 1;
	if (left->archive != right->archive)
		return left->archive < right->archive ? -1 : 1;
	return (left->number > right->number) - (left->number < right->number);
}

/* The generations of an archive stay in their order, whatever the clock was. */
static enum narc_status list_generations(struct merge *merge, size_t place,
					 struct narc_error *error)
{
	const narc_archive *archive = merge->archives[place];
	int64_t *times = generation_times(archive);

	if (!times)
		return narc_fail_memory(error);
	for (uint32_t i = 0; i < archive->trailer.generation; i++) {
		if (i > 0 && times[i] < times[i - 1])
			times[i] = times[i - 1];
		merge->generations[merge->generation_count++] =
			(struct merged_generation){ times[i], place, i };
	}
	free(times);
	return NARC_OK;
}

static enum narc_status number_generations(struct merge *merge, struct narc_error *error)
{
	size_t count = 0;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < merge->archive_count; i++)
		count += merge->archives[i]->trailer.generation;
	if (count > GENERATIONS_LIMIT)
		return narc_fail(error, NARC_LIMIT, "merge", NARC_NO_OFFSET,
				 "there are more generations than an archive can have");
	merge->generations = calloc(count, sizeof(*merge->generations));
	merge->numbers = calloc(merge->archive_count, sizeof(*merge->numbers));
	if (!merge->generations || !merge->numbers)
		return narc_fail_memory(error);
	for (size_t i = 0; i < merge->archive_count && status == NARC_OK; i++) {
		merge->numbers[i] = calloc(merge->archives[i]->trailer.generation,
					   sizeof(**merge->numbers));
		status = merge->numbers[i] ? list_generations(merge, i, error)
					   : narc_fail_memory(error);
	}
	if (status != NARC_OK)
		return status;
	qsort(merge->generations, count, sizeof(*merge->generations), by_time);
	for (size_t i = 0; i < count; i++) {
		const struct merged_generation *generation = &merge->generations[i];

		merge->numbers[generation->archive][generation->number] =
			(uint32_t)i + FIRST_GENERATION;
	}
	return NARC_OK;
}

/* Names the archive that an error is of; but not where it may be of a file that is written. */
static enum narc_status name_archive(const struct merge *merge, size_t place,
				     enum narc_status status, struct narc_error *error)
{
	bool is_of_archive = status == NARC_CORRUPT || status == NARC_LIMIT ||
			     status == NARC_UNSUPPORTED || status == NARC_MISUSE;

	if (is_of_archive && merge->names)
		narc_error_set_path(error, merge->names[place]);
	return status;
}

/* ---- rows --------------------------------------------------------------------------------- */

/* An edit_block_fn. Rows name others by their distance, which stays. */
static enum narc_status renumber(void *context, struct fetched_block *block,
				 struct block_job *job, enum block_edit *edit,
				 struct narc_error *error)
{
	const struct merge *merge = context;

	(void)block;
	(void)error;
	if (merge->is_same)
		return NARC_OK;
	*edit = BLOCK_ROWS_CHANGE;
	job->facts.first_row += merge->row_shift;
	for (uint32_t i = 0; i < job->facts.row_count; i++) {
		struct narc_record *record = &job->rows[i].record;

		record->row += merge->row_shift;
		record->owner += merge->row_shift;
		record->generation =
			merge->numbers_at_hand[record->generation - FIRST_GENERATION];
	}
	return NARC_OK;
}

static enum narc_status copy_tombstones(struct merge *merge, const struct manifest *manifest,
					struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < manifest->tombstone_count && status == NARC_OK; i++) {
		struct tombstone tombstone = manifest->tombstones[i];

		tombstone.row += merge->row_shift;
		status = rewriter_add_tombstone(&merge->rewriter, &tombstone, error);
	}
	return status;
}

static enum narc_status copy_archive(struct merge *merge, size_t place, struct narc_error *error)
{
	struct rewriter *rewriter = &merge->rewriter;
	narc_archive *archive = merge->archives[place];
	enum narc_status status;

	rewriter_set_archive(rewriter, archive);
	merge->row_shift = rewriter->writer.trailer.rows;
	merge->numbers_at_hand = merge->numbers[place];
	/* Those of volumes count theirs from the beginning. */
	merge->is_same = merge->archive_count == 1 && !archive->volumes;
	status = copy_tombstones(merge, &archive->manifest, error);
	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++) {
		status = rewriter_load_names(rewriter, archive->runs[i].run, error);
		if (status == NARC_OK)
			status = rewriter_copy_run(rewriter, &archive->runs[i], renumber, merge,
						   error);
	}
	return status;
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* Takes over all dictionaries, and the names of the first run, which stand before them. */
static enum narc_status begin(struct merge *merge, struct narc_error *error)
{
	struct rewriter *rewriter = &merge->rewriter;
	int64_t *times = calloc(merge->generation_count, sizeof(*times));
	const narc_archive *first = NULL;
	size_t runs = 0;
	enum narc_status status = times ? NARC_OK : narc_fail_memory(error);

	for (size_t i = 0; i < merge->generation_count && status == NARC_OK; i++)
		times[i] = merge->generations[i].time;
	for (size_t i = merge->archive_count; i-- > 0 && status == NARC_OK;) {
		runs += merge->archives[i]->run_count;
		if (merge->archives[i]->run_count)
			first = merge->archives[i];
	}
	for (size_t i = 0; i < merge->archive_count && status == NARC_OK; i++) {
		rewriter_set_archive(rewriter, merge->archives[i]);
		status = rewriter_add_dictionaries(rewriter, error);
		if (status == NARC_OK && merge->archives[i] == first)
			status = rewriter_load_names(rewriter, first->runs[0].run, error);
		status = name_archive(merge, i, status, error);
	}
	if (status == NARC_OK)
		status = rewriter_begin(rewriter, runs, times, merge->generation_count, error);
	free(times);
	return status;
}

static void begin_copying(struct merge *merge)
{
	uint64_t rows = 0, bytes = 0;

	for (size_t i = 0; i < merge->archive_count; i++) {
		rows += merge->archives[i]->trailer.rows;
		bytes += merge->archives[i]->trailer.owned_size;
	}
	progress_begin(&merge->progress, NARC_ACTIVITY_COPYING, rows, bytes);
}

static enum narc_status run_merge(struct merge *merge, struct narc_error *error)
{
	enum narc_status status = number_generations(merge, error);

	if (status == NARC_OK)
		status = begin(merge, error);
	if (status == NARC_OK)
		begin_copying(merge);
	for (size_t i = 0; i < merge->archive_count && status == NARC_OK; i++)
		status = name_archive(merge, i, copy_archive(merge, i, error), error);
	return status == NARC_OK ? rewriter_commit(&merge->rewriter, error) : status;
}

void narc_merge_options_init(struct narc_merge_options *options)
{
	struct narc_pack_options pack;

	narc_pack_options_init(&pack);
	*options = (struct narc_merge_options){
		.level = pack.level,
		.memory = pack.memory,
		.temporary_folder = pack.temporary_folder,
	};
}

enum narc_status narc_archives_merge(narc_archive *const *archives, size_t count,
				     const struct narc_merge_options *options,
				     struct narc_sink sink, struct narc_error *error)
{
	struct merge merge = { .archives = archives, .archive_count = count,
			       .names = options->names,
			       .progress = { .tell = options->progress,
					     .context = options->progress_context } };
	enum narc_status status =
		rewriter_init(&merge.rewriter, sink,
			      &(struct rewrite_options){ options->level, options->memory,
							 options->temporary_folder,
							 &merge.progress },
			      error);

	if (status == NARC_OK && count == 0)
		status = narc_fail(error, NARC_MISUSE, "merge", NARC_NO_OFFSET,
				   "there is nothing to be merged");
	if (status == NARC_OK)
		status = run_merge(&merge, error);
	merge_free(&merge);
	sink.ops->close(sink.context);
	return status;
}
