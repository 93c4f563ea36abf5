/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking contents out of an archive for good. The rows stay as tombstones, so that nothing
 * else is numbered anew. The archive is gone through up to four times: for the rows that share
 * a content with one that goes; if a dictionary has pieces of what goes, for what other contents
 * have of these; in runs that something goes from, for the names that are left; and to write
 * what stays.
 */
#include <stdlib.h>
#include <string.h>

#include "pack/redacted_rows.h"
#include "pack/redaction.h"
#include "read/content_digest.h"
#include "read/cursor.h"
#include "support/status.h"
#include "support/translate.h"

/* ---- what stays of their contents --------------------------------------------------------- */

/* Tells of a row that keeps the content of one that goes. */
static enum narc_status keep_content(struct redaction *redaction, const struct row *row,
				     struct narc_error *error)
{
	const struct narc_redact_options *options = redaction->options;
	uint64_t owner = row->record.owner;

	redaction->result.kept_copies++;
	if (options->notice)
		options->notice(options->notice_context, NARC_NOTICE_KEPT, row->record.path,
				translated("has the same content as what is redacted, and keeps "
					   "it"));
	if (number_map_find(&redaction->owners, owner))
		return NARC_OK;
	return number_map_put(&redaction->owners, owner, row->record.row, error);
}

enum narc_status redaction_visit_blocks(struct redaction *redaction, const struct run *run,
					bool with_frames, visit_block_fn visit,
					struct narc_error *error)
{
	struct fetched_block block = { 0 };
	enum narc_status status = NARC_OK;

	for (uint64_t i = 0; i < run->block_count && status == NARC_OK; i++) {
		struct block_entry entry;

		status = locate_block(&redaction->rewriter.locator, run->first_block + i, &entry,
				      error);
		if (status == NARC_OK)
			status = fetch_block(&redaction->rewriter.locator, &entry, with_frames,
					     &block, error);
		if (status == NARC_OK)
			status = visit(redaction, &block, error);
	}
	fetched_block_free(&block);
	return status;
}

enum narc_status redaction_visit_runs(struct redaction *redaction, bool with_frames,
				      visit_block_fn visit, struct narc_error *error)
{
	const narc_archive *archive = redaction->archive;
	enum narc_status status = NARC_OK;

	progress_begin(&redaction->progress, NARC_ACTIVITY_READING, archive->trailer.rows, 0);
	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++)
		status = redaction_visit_blocks(redaction, archive->runs[i].run, with_frames, visit,
						error);
	return status == NARC_END ? NARC_OK : status;
}

/* A visit_block_fn: finds copies that stay of contents whose owners go. */
static enum narc_status find_copies(struct redaction *redaction, struct fetched_block *block,
				    struct narc_error *error)
{
	struct row_walk *walk = &redaction->search.walk;
	struct row row;
	enum narc_status status = NARC_OK;

	progress_add(&redaction->progress, block->entry.rows, 0);
	row_walk_begin(walk, &block->descriptor, block->names);
	while (status == NARC_OK && (status = row_walk_next(walk, &row, error)) == NARC_OK)
		if (row.source && redaction_has(redaction, row.record.owner) &&
		    !redaction_has(redaction, row.record.row))
			status = keep_content(redaction, &row, error);
	return status == NARC_END ? NARC_OK : status;
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* Adds the tombstone of a row, which cursor is moved to. */
static enum narc_status add_tombstone(struct redaction *redaction, narc_cursor *cursor,
				      uint64_t number, struct narc_error *error)
{
	const struct narc_redact_options *options = redaction->options;
	struct tombstone tombstone = { .row = number, .time = options->time,
				       .reason = (char *)(uintptr_t)options->reason };
	const struct narc_record *record;
	enum narc_status status = narc_cursor_find_row(cursor, number, error);

	if (status == NARC_OK)
		status = narc_cursor_next(cursor, &record, error);
	if (status == NARC_OK)
		status = digest_record(cursor, tombstone.digest, error);
	return status == NARC_OK
		       ? rewriter_add_tombstone(&redaction->rewriter, &tombstone, error)
		       : status;
}

static enum narc_status add_tombstones(struct redaction *redaction, struct narc_error *error)
{
	const struct manifest *old = &redaction->archive->manifest;
	narc_cursor *cursor = NULL;
	enum narc_status status = cursor_new_of_all(redaction->archive, &cursor, error);

	for (size_t i = 0; i < old->tombstone_count && status == NARC_OK; i++)
		status = rewriter_add_tombstone(&redaction->rewriter, &old->tombstones[i], error);
	for (size_t i = 0; i < redaction->rows->capacity && status == NARC_OK; i++)
		if (redaction->rows->slots[i].key)
			status = add_tombstone(redaction, cursor,
					       redaction->rows->slots[i].key - 1, error);
	narc_cursor_close(cursor);
	return status;
}

static enum narc_status write_runs(struct redaction *redaction, struct narc_error *error)
{
	const narc_archive *archive = redaction->archive;
	struct rewriter *rewriter = &redaction->rewriter;
	int64_t *times = generation_times(archive);
	enum narc_status status = times ? NARC_OK : narc_fail_memory(error);

	if (status == NARC_OK)
		status = redaction_load_names(redaction, &archive->runs[0], error);
	if (status == NARC_OK)
		status = rewriter_begin(rewriter, archive->run_count, times,
					archive->trailer.generation, error);
	free(times);
	progress_begin(&redaction->progress, NARC_ACTIVITY_COPYING, archive->trailer.rows,
		       archive->trailer.owned_size);
	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++) {
		if (i > 0)
			status = redaction_load_names(redaction, &archive->runs[i], error);
		if (status == NARC_OK)
			status = rewriter_copy_run(rewriter, &archive->runs[i],
						   redaction_edit_block, redaction, error);
	}
	return status;
}

static void redaction_free(struct redaction *redaction)
{
	for (size_t i = 0; redaction->scrubbed && i < redaction->rewriter.dictionary_count; i++)
		ZSTD_freeDDict(redaction->scrubbed[i]);
	free(redaction->scrubbed);
	number_map_free(&redaction->owners);
	scrub_free(&redaction->scrub);
	byte_buffer_free(&redaction->decoded);
	owner_search_free(&redaction->search);
	rewriter_free(&redaction->rewriter);
}

void narc_redact_options_init(struct narc_redact_options *options)
{
	struct narc_pack_options pack;

	narc_pack_options_init(&pack);
	*options = (struct narc_redact_options){
		.reason = "",
		.time = pack.time,
		.level = pack.level,
		.memory = pack.memory,
		.temporary_folder = pack.temporary_folder,
		.now = pack.time,
	};
}

enum narc_status redact_rows(narc_archive *archive, const struct number_map *rows,
			     const struct narc_redact_options *options, struct narc_sink sink,
			     struct narc_redact_result *result, struct narc_error *error)
{
	struct redaction *redaction = calloc(1, sizeof(*redaction));
	enum narc_status status;

	if (!redaction) {
		sink.ops->close(sink.context);
		return narc_fail_memory(error);
	}
	redaction->archive = archive;
	redaction->options = options;
	redaction->rows = rows;
	redaction->result.rows = rows->count;
	redaction->progress = (struct progress){ .tell = options->progress,
						 .context = options->progress_context };
	redaction->search.with_frame = true;
	status = rewriter_init(&redaction->rewriter, sink,
			       &(struct rewrite_options){ options->level, options->memory,
							  options->temporary_folder,
							  &redaction->progress },
			       error);
	rewriter_set_archive(&redaction->rewriter, archive);
	if (status == NARC_OK)
		status = redaction_visit_runs(redaction, false, find_copies, error);
	if (status == NARC_OK)
		status = redaction_scrub_dictionaries(redaction, error);
	if (status == NARC_OK)
		status = write_runs(redaction, error);
	if (status == NARC_OK)
		status = add_tombstones(redaction, error);
	if (status == NARC_OK)
		status = rewriter_commit(&redaction->rewriter, error);
	if (status == NARC_OK && result) {
		redaction->result.blocks = redaction->rewriter.writer.trailer.blocks;
		redaction->result.recompressed = redaction->rewriter.recompressed;
		redaction->result.archive_size = redaction->rewriter.writer.trailer.end;
		*result = redaction->result;
	}
	redaction_free(redaction);
	free(redaction);
	sink.ops->close(sink.context);
	return status;
}

enum narc_status narc_archive_redact(narc_archive *archive,
				     const struct narc_redact_options *options,
				     struct narc_sink sink, struct narc_redact_result *result,
				     struct narc_error *error)
{
	struct number_map rows = { 0 };
	const char *redacted;
	enum narc_status status = check_redact_options(options, error);

	if (status == NARC_OK && archive->volumes)
		status = narc_fail(error, NARC_MISUSE, "redact", NARC_NO_OFFSET,
				   "this is a set, which narc_set_redact takes");
	if (status == NARC_OK)
		status = find_redacted_rows(archive, options, &rows, &redacted, error);
	if (status == NARC_OK && redacted)
		status = fail_redacted(redacted, error);
	if (status == NARC_OK)
		status = redact_rows(archive, &rows, options, sink, result, error);
	else
		sink.ops->close(sink.context);
	number_map_free(&rows);
	return status;
}
