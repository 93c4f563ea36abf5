/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a run's blocks, and of its names, when rows are redacted. */
#include <stdlib.h>
#include <string.h>

#include "pack/redaction.h"
#include "support/status.h"

/* ---- blocks ------------------------------------------------------------------------------- */

static void redact_row(struct narc_record *record)
{
	record->is_redacted = true;
	record->size = 0;
	record->categories = "";
}

/* Changes rows as they are to be; tells whether any changes, and whether the content does. */
static void edit_rows(struct redaction *redaction, struct block_job *job, enum block_edit *edit)
{
	for (uint32_t i = 0; i < job->facts.row_count; i++) {
		struct row *row = &job->rows[i];
		uint64_t owner = row->record.row - (uint64_t)row->source;
		const uint64_t *next_owner;

		if (redaction_has(redaction, row->record.row)) {
			if (row->source == 0 && row->record.size)
				*edit = BLOCK_CONTENT_CHANGES;
			row->source = 0;
			redact_row(&row->record);
		} else if (row->source && (next_owner = number_map_find(&redaction->owners, owner))) {
			if (*next_owner == row->record.row)
				*edit = BLOCK_CONTENT_CHANGES;
			row->source = (int64_t)(row->record.row - *next_owner);
		} else {
			continue;
		}
		if (*edit == BLOCK_STAYS)
			*edit = BLOCK_ROWS_CHANGE;
	}
}

/* Whether a block decodes to other bytes with the dictionary as it is now. */
static enum narc_status needs_pieces(struct redaction *redaction, struct fetched_block *block,
				     bool *needs, struct narc_error *error)
{
	const struct rewriter *rewriter = &redaction->rewriter;
	const struct block_facts *facts = &block->descriptor.facts;
	size_t place = rewriter_find_dictionary(rewriter, facts->dictionary);
	enum narc_status status;
	uint8_t *bytes;
	size_t size;

	*needs = false;
	if (place == rewriter->dictionary_count || !redaction->scrubbed[place])
		return NARC_OK;
	*needs = true;
	if (facts->content_size > BLOCK_CONTENT_LIMIT || !block->has_frame)
		return NARC_OK;
	status = decode_block(&redaction->rewriter.locator, block, error);
	if (status != NARC_OK)
		return status;
	byte_buffer_clear(&redaction->decoded);
	bytes = byte_buffer_reserve(&redaction->decoded, (size_t)facts->content_size + 1);
	if (!bytes)
		return narc_fail_memory(error);
	size = ZSTD_decompress_usingDDict(redaction->rewriter.decompressor, bytes,
					  (size_t)facts->content_size, block->bytes.data,
					  (size_t)facts->frame_size, redaction->scrubbed[place]);
	*needs = ZSTD_isError(size) || size != facts->content_size ||
		 memcmp(bytes, block->content.data, size) != 0;
	return NARC_OK;
}

/* An edit_block_fn. */
enum narc_status redaction_edit_block(void *context, struct fetched_block *block,
				      struct block_job *job, enum block_edit *edit,
				      struct narc_error *error)
{
	struct redaction *redaction = context;
	struct row *old = copy_rows(job);
	bool needs = false;
	enum narc_status status = old ? NARC_OK : narc_fail_memory(error);

	edit_rows(redaction, job, edit);
	if (status == NARC_OK && *edit != BLOCK_CONTENT_CHANGES)
		status = needs_pieces(redaction, block, &needs, error);
	if (needs)
		*edit = BLOCK_CONTENT_CHANGES;
	if (status == NARC_OK && *edit == BLOCK_CONTENT_CHANGES)
		status = rewriter_gather(&redaction->rewriter, &redaction->search, block, job, old,
					 error);
	free(old);
	return status;
}

/* ---- names -------------------------------------------------------------------------------- */

/* A visit_block_fn. */
static enum narc_status mark_names(struct redaction *redaction, struct fetched_block *block,
				   struct narc_error *error)
{
	const struct descriptor *descriptor = &block->descriptor;
	const struct name_use *use = &redaction->name_use;
	uint32_t count = redaction->rewriter.names.count;

	(void)error;
	for (uint32_t i = 0; i < descriptor->facts.row_count; i++) {
		uint64_t row = descriptor->facts.first_row + i;
		uint64_t categories = (uint64_t)packed_column_get(
			&descriptor->columns[COLUMN_CATEGORIES], i);
		uint64_t shape =
			(uint64_t)packed_column_get(&descriptor->columns[COLUMN_SHAPE], i);

		/* The path of a row stays in any case. */
		if (shape - NAME_FIRST < count)
			use->stays[shape - NAME_FIRST] = 1;
		if (categories - NAME_FIRST < count)
			(redaction_has(redaction, row) ? use->goes
						     : use->stays)[categories - NAME_FIRST] = 1;
	}
	return NARC_OK;
}

/* Names that only what goes had become others, as their numbers have to stay. */
static void blank_names(struct names *names, const struct name_use *use)
{
	for (uint32_t i = 0; i < names->count; i++)
		if (use->goes[i] && !use->stays[i])
			memset((char *)(uintptr_t)names->names[i].bytes, '-', names->names[i].size);
}

/* Whether the run has a row that goes. */
static bool has_redacted(const struct redaction *redaction, const struct run *run)
{
	const struct number_map *rows = redaction->rows;

	for (size_t i = 0; i < rows->capacity; i++)
		if (rows->slots[i].key && rows->slots[i].key - 1 - run->first_row < run->rows)
			return true;
	return false;
}

/* The run behind those that have the names of this one. */
static const struct archive_run *end_of_sharing(const struct redaction *redaction,
						const struct archive_run *run)
{
	const narc_archive *archive = redaction->archive;
	const struct archive_run *end = run + 1;

	while (end < archive->runs + archive->run_count && end->names == run->names)
		end++;
	return end;
}

static enum narc_status edit_names(struct redaction *redaction, const struct archive_run *run,
				   struct narc_error *error)
{
	const struct archive_run *end = end_of_sharing(redaction, run);
	struct names *names = &redaction->rewriter.names;
	struct name_use *use = &redaction->name_use;
	enum narc_status status;

	*use = (struct name_use){ calloc((size_t)names->count + 1, 1),
				  calloc((size_t)names->count + 1, 1) };
	status = use->stays && use->goes ? NARC_OK : narc_fail_memory(error);
	for (; run < end && status == NARC_OK; run++)
		status = redaction_visit_blocks(redaction, run->run, false, mark_names, error);
	if (status == NARC_OK)
		blank_names(names, use);
	free(use->stays);
	free(use->goes);
	return status;
}

/* Loads the names of a run, and takes out of them what goes: once for all runs that have them. */
enum narc_status redaction_load_names(struct redaction *redaction, const struct archive_run *run,
				      struct narc_error *error)
{
	const struct archive_run *end = end_of_sharing(redaction, run);
	enum narc_status status = rewriter_load_names(&redaction->rewriter, run->run, error);

	if (status != NARC_OK || redaction->rewriter.names_are_written)
		return status;
	for (const struct archive_run *i = run; i < end; i++)
		if (has_redacted(redaction, i->run))
			return edit_names(redaction, run, error);
	return NARC_OK;
}
