/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/row_subset.h"

#include <stdlib.h>
#include <string.h>

#include "support/number_map.h"
#include "support/status.h"

struct subset_writer {
	const struct row_subset *subset;
	struct rewriter rewriter;
	uint64_t *numbers;        /* of each row of the archive, its number in the new one */
	struct number_map owners; /* of contents whose owners are left out: the row that has it now */
	struct owner_search search;
};

static bool is_in(const struct subset_writer *writer, uint64_t row)
{
	const struct row_subset *subset = writer->subset;

	return row < subset->archive->trailer.rows && subset->has(subset->context, row);
}

static enum narc_status number_rows(struct subset_writer *writer, struct narc_error *error)
{
	uint64_t rows = writer->subset->archive->trailer.rows;
	uint64_t next = 0;

	writer->numbers = malloc((rows + 1) * sizeof(*writer->numbers));
	if (!writer->numbers)
		return narc_fail_memory(error);
	for (uint64_t i = 0; i < rows; i++) {
		writer->numbers[i] = next;
		next += is_in(writer, i);
	}
	progress_begin(writer->rewriter.progress, NARC_ACTIVITY_COPYING, next, 0);
	return NARC_OK;
}

/* Leaves in the job the rows that go into the part. */
static void keep_rows(const struct subset_writer *writer, struct block_job *job)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < job->facts.row_count; i++)
		if (is_in(writer, job->rows[i].record.row))
			job->rows[kept++] = job->rows[i];
	job->facts.row_count = kept;
}

/* Has a row that shares a content share it with one in the part; or own it, if it is the first
 * that has it. */
static enum narc_status settle_source(struct subset_writer *writer, struct row *row, uint64_t number,
				      enum block_edit *edit, struct narc_error *error)
{
	uint64_t owner = number - (uint64_t)row->source;
	const uint64_t *first;

	if (row->source == 0)
		return NARC_OK;
	first = number_map_find(&writer->owners, owner);
	if (first || is_in(writer, owner)) {
		row->source = (int64_t)(row->record.row - writer->numbers[first ? *first : owner]);
		return NARC_OK;
	}
	row->source = 0;
	*edit = BLOCK_CONTENT_CHANGES;
	return number_map_put(&writer->owners, owner, number, error);
}

static enum narc_status edit_row(struct subset_writer *writer, struct row *row, enum block_edit *edit,
				 struct narc_error *error)
{
	uint64_t number = row->record.row;
	uint64_t replaced = number - (uint64_t)row->replaces;

	row->record.row = writer->numbers[number];
	if (row->replaces)
		row->replaces = is_in(writer, replaced)
					? (int64_t)(row->record.row - writer->numbers[replaced])
					: 0;
	return settle_source(writer, row, number, edit, error);
}

/* Where the rows are whole, the data frame may still be damaged: then it cannot be copied. */
static enum narc_status mend_frame(struct subset_writer *writer, struct fetched_block *block,
				   enum block_edit *edit, struct narc_error *error)
{
	enum narc_status status;

	if (!writer->subset->mends_frames || *edit != BLOCK_ROWS_CHANGE)
		return NARC_OK;
	status = check_frame_hash(&writer->rewriter.locator, block, error);
	if (status != NARC_CORRUPT)
		return status;
	*edit = BLOCK_CONTENT_CHANGES;
	return NARC_OK;
}

/* An edit_block_fn. */
static enum narc_status edit_block(void *context, struct fetched_block *block,
				   struct block_job *job, enum block_edit *edit,
				   struct narc_error *error)
{
	struct subset_writer *writer = context;
	uint32_t before = job->facts.row_count;
	enum narc_status status = NARC_OK;
	struct row *old;

	keep_rows(writer, job);
	*edit = job->facts.row_count == 0	  ? BLOCK_GOES
		: job->facts.row_count < before ? BLOCK_CONTENT_CHANGES
						  : BLOCK_ROWS_CHANGE;
	if (*edit == BLOCK_GOES)
		return NARC_OK;
	status = mend_frame(writer, block, edit, error);
	if (status != NARC_OK)
		return status;
	old = copy_rows(job);
	if (!old)
		return narc_fail_memory(error);
	for (uint32_t i = 0; i < job->facts.row_count && status == NARC_OK; i++)
		status = edit_row(writer, &job->rows[i], edit, error);
	job->facts.first_row = job->rows[0].record.row;
	job->facts.first_local_time = job->rows[0].record.local_time;
	if (status == NARC_OK && *edit == BLOCK_CONTENT_CHANGES)
		status = rewriter_gather(&writer->rewriter, &writer->search, block, job, old, error);
	free(old);
	return status;
}

static enum narc_status add_tombstones(struct subset_writer *writer, struct narc_error *error)
{
	const struct manifest *manifest = &writer->subset->archive->manifest;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < manifest->tombstone_count && status == NARC_OK; i++) {
		struct tombstone tombstone = manifest->tombstones[i];

		if (!is_in(writer, tombstone.row))
			continue;
		tombstone.row = writer->numbers[tombstone.row];
		status = rewriter_add_tombstone(&writer->rewriter, &tombstone, error);
	}
	return status;
}

static bool has_rows(const struct subset_writer *writer, const struct run *run)
{
	for (uint64_t i = 0; i < run->rows; i++)
		if (is_in(writer, run->first_row + i))
			return true;
	return false;
}

/* Writes what stands before the first run, whose names are loaded. */
static enum narc_status begin(struct subset_writer *writer, struct narc_error *error)
{
	const narc_archive *archive = writer->subset->archive;
	int64_t *times = generation_times(archive);
	enum narc_status status = times ? rewriter_add_dictionaries(&writer->rewriter, error)
					: narc_fail_memory(error);

	if (status == NARC_OK)
		status = rewriter_begin(&writer->rewriter, archive->run_count, times,
					archive->trailer.generation, error);
	free(times);
	return status;
}

static enum narc_status copy_runs(struct subset_writer *writer, struct narc_error *error)
{
	const narc_archive *archive = writer->subset->archive;
	struct rewriter *rewriter = &writer->rewriter;
	bool has_begun = false;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++) {
		const struct archive_run *run = &archive->runs[i];

		if (!has_rows(writer, run->run))
			continue;
		status = rewriter_load_names(rewriter, run->run, error);
		if (status == NARC_OK && !has_begun)
			status = begin(writer, error);
		has_begun = true;
		if (status == NARC_OK)
			status = rewriter_copy_run(rewriter, run, edit_block, writer, error);
	}
	return status;
}

enum narc_status write_row_subset(const struct row_subset *subset, struct narc_sink sink,
				  struct narc_error *error)
{
	struct subset_writer writer = { .subset = subset, .search = { .with_frame = true } };
	enum narc_status status =
		rewriter_init(&writer.rewriter, sink, &subset->options, error);

	rewriter_set_archive(&writer.rewriter, subset->archive);
	if (status == NARC_OK)
		status = number_rows(&writer, error);
	if (status == NARC_OK)
		status = copy_runs(&writer, error);
	if (status == NARC_OK)
		status = add_tombstones(&writer, error);
	if (status == NARC_OK)
		status = rewriter_commit(&writer.rewriter, error);
	number_map_free(&writer.owners);
	owner_search_free(&writer.search);
	free(writer.numbers);
	rewriter_free(&writer.rewriter);
	return status;
}
