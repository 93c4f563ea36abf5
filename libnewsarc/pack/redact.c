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
#include <zdict.h>

#include "pack/rewrite.h"
#include "pack/scrub_dictionary.h"
#include "read/find_owner.h"
#include "support/status.h"

/* Which names of the run at hand rows refer to that stay, and which those that go. */
struct name_use {
	uint8_t *stays;
	uint8_t *goes;
};

struct redaction {
	narc_archive *archive;
	const struct narc_redact_options *options;
	struct rewriter rewriter;
	struct number_map rows;   /* that are redacted */
	struct number_map owners; /* of these that own a content which another row keeps: that row */
	struct scrub scrub;
	ZSTD_DDict **scrubbed;    /* of each dictionary, if it changed */
	struct name_use name_use;
	struct byte_buffer decoded;
	struct owner_search search;
	struct narc_redact_result result;
};

static bool is_redacted(const struct redaction *redaction, uint64_t row)
{
	return number_map_find(&redaction->rows, row) != NULL;
}

/* ---- which rows --------------------------------------------------------------------------- */

/* Adds a row and, as these are earlier states of its file, those that it replaced. */
static enum narc_status add_row(struct redaction *redaction, uint64_t number,
				struct narc_error *error)
{
	struct locator *locator = &redaction->rewriter.locator;
	struct fetched_block here = { 0 }, *block;
	struct row row;
	enum narc_status status = NARC_OK;

	while (status == NARC_OK && !is_redacted(redaction, number)) {
		status = find_row(locator, &here, number, &redaction->search, &block, &row, error);
		if (status != NARC_OK || row.record.is_redacted)
			break;
		status = number_map_put(&redaction->rows, number, 1, error);
		if (redaction->options->keep_versions || row.replaces == 0)
			break;
		number -= (uint64_t)row.replaces;
	}
	return status;
}

static enum narc_status add_key(struct redaction *redaction, const char *key,
				struct narc_error *error)
{
	const struct narc_record *record;
	struct narc_filter filter;
	size_t before = redaction->rows.count;
	narc_cursor *cursor = NULL;
	enum narc_status status;

	narc_filter_init(&filter);
	filter.all_versions = !redaction->options->keep_versions;
	filter.with_redacted = true;
	status = narc_cursor_open(redaction->archive, &filter, &cursor, error);
	if (status == NARC_OK)
		status = narc_cursor_find(cursor, key, error);
	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = add_row(redaction, record->row, error);
	}
	narc_cursor_close(cursor);
	if (status != NARC_END)
		return status;
	if (redaction->rows.count > before)
		return NARC_OK;
	status = narc_fail(error, NARC_NOT_FOUND, "redact", NARC_NO_OFFSET,
			   "was redacted already");
	narc_error_set_path(error, key);
	return status;
}

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
				"has the same content as what is redacted, and keeps it");
	if (number_map_find(&redaction->owners, owner))
		return NARC_OK;
	return number_map_put(&redaction->owners, owner, row->record.row, error);
}

/* NARC_END ends the visit. */
typedef enum narc_status (*visit_block_fn)(struct redaction *redaction,
					   struct fetched_block *block, struct narc_error *error);

static enum narc_status visit_blocks(struct redaction *redaction, const struct run *run,
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

static enum narc_status visit_runs(struct redaction *redaction, bool with_frames,
				   visit_block_fn visit, struct narc_error *error)
{
	const narc_archive *archive = redaction->archive;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++)
		status = visit_blocks(redaction, archive->runs[i].run, with_frames, visit, error);
	return status == NARC_END ? NARC_OK : status;
}

/* A visit_block_fn: finds copies that stay of contents whose owners go. */
static enum narc_status find_copies(struct redaction *redaction, struct fetched_block *block,
				    struct narc_error *error)
{
	struct row_walk *walk = &redaction->search.walk;
	struct row row;
	enum narc_status status = NARC_OK;

	row_walk_begin(walk, &block->descriptor, block->names);
	while (status == NARC_OK && (status = row_walk_next(walk, &row, error)) == NARC_OK)
		if (row.source && is_redacted(redaction, row.record.owner) &&
		    !is_redacted(redaction, row.record.row))
			status = keep_content(redaction, &row, error);
	return status == NARC_END ? NARC_OK : status;
}

/* Whether the content that a row owns stays, in its own or in another row. */
static bool content_stays(const struct redaction *redaction, uint64_t row)
{
	return !is_redacted(redaction, row) || number_map_find(&redaction->owners, row);
}

/* ---- dictionaries ------------------------------------------------------------------------- */

/* Gives the content of a row, which owns it, to scrub. */
static enum narc_status add_text(struct redaction *redaction, uint64_t number,
				 struct narc_error *error)
{
	struct locator *locator = &redaction->rewriter.locator;
	struct fetched_block here = { 0 }, *block;
	struct row row;
	enum narc_status status =
		find_row(locator, &here, number, &redaction->search, &block, &row, error);

	/* No dictionary was trained on what does not fit into memory. */
	if (status != NARC_OK || row.source || row.record.size == 0 ||
	    row.record.size > BLOCK_CONTENT_LIMIT)
		return status;
	status = decode_block(locator, block, error);
	return status == NARC_OK
		       ? scrub_add_text(&redaction->scrub,
					block->content.data + row.content_start,
					(size_t)row.record.size, error)
		       : status;
}

static enum narc_status add_texts(struct redaction *redaction, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < redaction->rows.capacity && status == NARC_OK; i++)
		if (redaction->rows.slots[i].key)
			status = add_text(redaction, redaction->rows.slots[i].key - 1, error);
	return status;
}

/* A visit_block_fn: spares in the dictionaries what contents that stay have. Ends where nothing
 * is left that might go. */
static enum narc_status spare(struct redaction *redaction, struct fetched_block *block,
			      struct narc_error *error)
{
	struct row_walk *walk = &redaction->search.walk;
	struct row row;
	enum narc_status status;

	if (!scrub_has_pieces(&redaction->scrub))
		return NARC_END;
	if (block->descriptor.facts.content_size > BLOCK_CONTENT_LIMIT)
		return NARC_OK;
	status = decode_block(&redaction->rewriter.locator, block, error);
	row_walk_begin(walk, &block->descriptor, block->names);
	while (status == NARC_OK && (status = row_walk_next(walk, &row, error)) == NARC_OK)
		if (row.source == 0 && content_stays(redaction, row.record.row))
			scrub_spare(&redaction->scrub, block->content.data + row.content_start,
				    (size_t)row.record.size);
	return status == NARC_END ? NARC_OK : status;
}

/* Looks for pieces of what goes in a dictionary. Its entropy tables stay. */
static enum narc_status search_dictionary(struct redaction *redaction, size_t place,
					  struct narc_error *error)
{
	const struct byte_buffer *dictionary = &redaction->rewriter.dictionaries[place];
	size_t header = ZDICT_getDictHeaderSize(dictionary->data, dictionary->size);

	return scrub_search(&redaction->scrub, dictionary->data + header, dictionary->size - header,
			    error);
}

static enum narc_status overwrite_dictionary(struct redaction *redaction, size_t place,
					     struct narc_error *error)
{
	struct byte_buffer *dictionary = &redaction->rewriter.dictionaries[place];
	size_t header = ZDICT_getDictHeaderSize(dictionary->data, dictionary->size);
	size_t overwritten = 0;
	enum narc_status status = scrub_overwrite(&redaction->scrub, dictionary->data + header,
						  dictionary->size - header, &overwritten, error);

	if (status != NARC_OK || overwritten == 0)
		return status;
	redaction->result.scrubbed_size += overwritten;
	redaction->scrubbed[place] =
		ZSTD_createDDict_byReference(dictionary->data, dictionary->size);
	return redaction->scrubbed[place] ? NARC_OK : narc_fail_memory(error);
}

static enum narc_status scrub_dictionaries(struct redaction *redaction, struct narc_error *error)
{
	enum narc_status status = rewriter_add_dictionaries(&redaction->rewriter, error);
	size_t count = redaction->rewriter.dictionary_count;

	if (status != NARC_OK)
		return status;
	redaction->scrubbed = calloc(count + 1, sizeof(*redaction->scrubbed));
	if (!redaction->scrubbed)
		return narc_fail_memory(error);
	status = add_texts(redaction, error);
	for (size_t i = 0; i < count && status == NARC_OK; i++)
		status = search_dictionary(redaction, i, error);
	if (status != NARC_OK || !scrub_has_pieces(&redaction->scrub))
		return status;
	status = visit_runs(redaction, true, spare, error);
	for (size_t i = 0; i < count && status == NARC_OK; i++)
		status = overwrite_dictionary(redaction, i, error);
	return status;
}

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

		if (is_redacted(redaction, row->record.row)) {
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
	size_t place = 0;
	enum narc_status status;
	uint8_t *bytes;
	size_t size;

	*needs = false;
	while (place < rewriter->dictionary_count &&
	       rewriter->identifiers[place] != facts->dictionary)
		place++;
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
static enum narc_status edit_block(void *context, struct fetched_block *block,
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
			(is_redacted(redaction, row) ? use->goes
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

static enum narc_status edit_names(struct redaction *redaction, const struct run *run,
				   struct narc_error *error)
{
	struct names *names = &redaction->rewriter.names;
	struct name_use *use = &redaction->name_use;
	enum narc_status status;

	*use = (struct name_use){ calloc((size_t)names->count + 1, 1),
				  calloc((size_t)names->count + 1, 1) };
	status = use->stays && use->goes ? visit_blocks(redaction, run, false, mark_names, error)
					 : narc_fail_memory(error);
	if (status == NARC_OK)
		blank_names(names, use);
	free(use->stays);
	free(use->goes);
	return status;
}

/* Whether the run has a row that goes. */
static bool has_redacted(const struct redaction *redaction, const struct run *run)
{
	const struct number_map *rows = &redaction->rows;

	for (size_t i = 0; i < rows->capacity; i++)
		if (rows->slots[i].key && rows->slots[i].key - 1 - run->first_row < run->rows)
			return true;
	return false;
}

/* Loads the names of a run, and takes out of them what goes. */
static enum narc_status load_names(struct redaction *redaction, const struct run *run,
				   struct narc_error *error)
{
	enum narc_status status = rewriter_load_names(&redaction->rewriter, run, error);

	if (status != NARC_OK || redaction->rewriter.names.count == 0 ||
	    !has_redacted(redaction, run))
		return status;
	return edit_names(redaction, run, error);
}

/* ---- all of it ---------------------------------------------------------------------------- */

static enum narc_status add_tombstones(struct redaction *redaction, struct narc_error *error)
{
	const struct manifest *old = &redaction->archive->manifest;
	const struct narc_redact_options *options = redaction->options;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < old->tombstone_count && status == NARC_OK; i++)
		status = rewriter_add_tombstone(&redaction->rewriter, old->tombstones[i].row,
						old->tombstones[i].time,
						old->tombstones[i].reason, error);
	for (size_t i = 0; i < redaction->rows.capacity && status == NARC_OK; i++)
		if (redaction->rows.slots[i].key)
			status = rewriter_add_tombstone(&redaction->rewriter,
							redaction->rows.slots[i].key - 1,
							options->time, options->reason, error);
	return status;
}

static enum narc_status find_rows(struct redaction *redaction, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < redaction->options->key_count && status == NARC_OK; i++)
		status = add_key(redaction, redaction->options->keys[i], error);
	redaction->result.rows = redaction->rows.count;
	return status == NARC_OK ? visit_runs(redaction, false, find_copies, error) : status;
}

static enum narc_status write_runs(struct redaction *redaction, struct narc_error *error)
{
	const narc_archive *archive = redaction->archive;
	struct rewriter *rewriter = &redaction->rewriter;
	int64_t *times = generation_times(archive);
	enum narc_status status = times ? load_names(redaction, archive->runs[0].run, error)
					: narc_fail_memory(error);

	if (status == NARC_OK)
		status = rewriter_begin(rewriter, archive->run_count, times,
					archive->trailer.generation, error);
	free(times);
	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++) {
		if (i > 0)
			status = load_names(redaction, archive->runs[i].run, error);
		if (status == NARC_OK)
			status = rewriter_copy_run(rewriter, &archive->runs[i], edit_block,
						   redaction, error);
	}
	return status;
}

static enum narc_status check_options(const struct narc_redact_options *options,
				      struct narc_error *error)
{
	if (options->key_count == 0)
		return narc_fail(error, NARC_MISUSE, "redact", NARC_NO_OFFSET,
				 "there is nothing to be redacted");
	if (strlen(options->reason) > REASON_SIZE_LIMIT)
		return narc_fail(error, NARC_MISUSE, "redact", NARC_NO_OFFSET,
				 "the reason is longer than %d bytes", REASON_SIZE_LIMIT);
	return NARC_OK;
}

static void redaction_free(struct redaction *redaction)
{
	for (size_t i = 0; redaction->scrubbed && i < redaction->rewriter.dictionary_count; i++)
		ZSTD_freeDDict(redaction->scrubbed[i]);
	free(redaction->scrubbed);
	number_map_free(&redaction->rows);
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
	};
}

enum narc_status narc_archive_redact(narc_archive *archive,
				     const struct narc_redact_options *options,
				     struct narc_sink sink, struct narc_redact_result *result,
				     struct narc_error *error)
{
	struct redaction *redaction = calloc(1, sizeof(*redaction));
	enum narc_status status;

	if (!redaction) {
		sink.ops->close(sink.context);
		return narc_fail_memory(error);
	}
	redaction->archive = archive;
	redaction->options = options;
	redaction->search.with_frame = true;
	status = rewriter_init(&redaction->rewriter, sink,
			       &(struct rewrite_options){ options->level, options->memory,
							  options->temporary_folder },
			       error);
	rewriter_set_archive(&redaction->rewriter, archive);
	if (status == NARC_OK)
		status = check_options(options, error);
	if (status == NARC_OK)
		status = find_rows(redaction, error);
	if (status == NARC_OK)
		status = scrub_dictionaries(redaction, error);
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
