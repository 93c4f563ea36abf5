/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checking a whole archive: every block with its rows and their content, run by run; that the
 * indexes of each segment hold what its rows say and no more; what generations superseded; and
 * that between the runs there are sections and nothing else. A damage is told and the check
 * goes on behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "read/cursor.h"
#include "read/verify_history.h"
#include "read/verify_index.h"
#include "read/verify_sections.h"
#include "support/content_hash.h"
#include "support/status.h"

/* For the sorting of each kind of keys. */
#define SORT_MEMORY ((size_t)64 << 20)

struct verification {
	struct narc_archive *archive;
	struct locator locator;
	bool quick;
	const char *folder; /* for what does not fit into memory */
	bool *dictionary_is_bad; /* of each dictionary: content that needs it cannot be checked */
	uint64_t damaged_place;  /* the last that was told of, for a page or names hide many blocks */
	narc_damage_fn report;
	void *context;
	struct narc_verify_result result;

	unsigned threads;
	struct block_range *ranges;
	struct read_ahead *ahead;
	struct fetched_block block;
	struct byte_buffer done; /* marks of its rows, if it was read ahead */
	struct row_walk walk;
	struct owner_search source;
	struct owner_search replaced;

	/* The row before in the run, to check the order. */
	bool has_last;
	int64_t last_time;
	char last_code[CODE_SIZE_LIMIT + 1];
	char last_path[PATH_SIZE_LIMIT + 1];
	uint32_t last_generation;

	/* What the trailer and the index have to agree with. */
	uint64_t rows;
	uint64_t content_size;
	uint64_t owned_size;
	uint64_t redacted;
	struct narc_filter all;
	struct narc_filter none; /* passes what is current */
	struct visible_rows current;
	uint64_t current_rows;
	uint64_t current_posts;
	uint64_t current_size;
	struct row_keys keys; /* of the segment at hand */
	struct history_check history;
};

/* Tells of a damage. NOMEM and IO are not damage: they end the check. */
static enum narc_status tell(struct verification *check, enum narc_status status,
			     const struct narc_error *damage, struct narc_error *error)
{
	if (status == NARC_OK || status == NARC_END)
		return NARC_OK;
	if (status == NARC_NOMEM || status == NARC_IO || status == NARC_CANCELLED) {
		if (error)
			*error = *damage;
		return status;
	}
	check->result.damages++;
	if (check->report && !check->report(check->context, damage))
		return narc_fail(error, NARC_CANCELLED, "verify", NARC_NO_OFFSET,
				 "stopped by the receiver");
	return NARC_OK;
}

static enum narc_status check_order(struct verification *check, const struct narc_record *record,
				    struct narc_error *error)
{
	int order = check->has_last ? 0 : 1;

	if (!order)
		order = (record->local_time > check->last_time) -
			(record->local_time < check->last_time);
	if (!order)
		order = strcmp(record->info_code, check->last_code);
	if (!order)
		order = strcmp(record->path, check->last_path);
	if (!order)
		order = (record->generation > check->last_generation) -
			(record->generation < check->last_generation);
	check->has_last = true;
	check->last_generation = record->generation;
	check->last_time = record->local_time;
	strcpy(check->last_code, record->info_code);
	strcpy(check->last_path, record->path);
	if (order > 0)
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "descriptor", check->block.descriptor.offset,
			 "row %llu is not behind the row before it in order",
			 (unsigned long long)record->row);
}

/* ---- one block ------------------------------------------------------------------------ */

/* Checks that the row that a copy names is what the copy says. */
static enum narc_status check_source(struct verification *check, const struct row *row,
				     struct narc_error *error)
{
	struct fetched_block *block;
	struct row owner;

	return find_owner(&check->locator, &check->block, row, &check->source, &block, &owner,
			  error);
}

/* The same in a thread, of the row that a cursor is at. */
static bool source_is_right(narc_cursor *cursor)
{
	struct fetched_block *block;
	struct row owner;

	struct row_reader *reader = cursor->readers[0];

	cursor->source.with_frame = false;
	return find_owner(&cursor->locator, &reader->block, &reader->row, &cursor->source, &block,
			  &owner, NULL) == NARC_OK;
}

static bool check_ahead(void *context, unsigned thread, narc_cursor *cursor)
{
	const void *data;

	(void)context;
	(void)thread;
	return cursor->readers[0]->row.source
		       ? source_is_right(cursor)
		       : narc_cursor_content(cursor, &data, NULL) == NARC_OK;
}

static enum narc_status check_content(struct verification *check, const struct row *row,
				      struct narc_error *error)
{
	const uint8_t *content = check->block.content.data + row->content_start;
	enum narc_status status;

	if (row->record.size == 0)
		content = (const uint8_t *)"";
	if (content_hash(content, (size_t)row->record.size) == row->record.hash)
		return NARC_OK;
	status = narc_fail(error, NARC_CORRUPT, "content", check->block.entry.offset,
			   "the content does not match its hash");
	narc_error_set_path(error, row->record.path);
	return status;
}

static bool feed_hash(void *context, const void *data, size_t size)
{
	XXH3_64bits_update(context, data, size);
	return true;
}

/* The content of a row that is too large for memory, and alone in its block. */
static enum narc_status check_large_content(struct verification *check, const struct row *row,
					    struct narc_error *error)
{
	XXH3_state_t *state = XXH3_createState();
	enum narc_status status;

	if (!state)
		return narc_fail_memory(error);
	XXH3_64bits_reset(state);
	status = stream_block(&check->locator, &check->block, feed_hash, state, error);
	if (status == NARC_OK && XXH3_64bits_digest(state) != row->record.hash) {
		status = narc_fail(error, NARC_CORRUPT, "content", check->block.entry.offset,
				   "the content does not match its hash");
		narc_error_set_path(error, row->record.path);
	}
	XXH3_freeState(state);
	return status;
}

/* Whether the content of the block at hand is to be checked, and can be. */
static bool content_is_wanted(const struct verification *check)
{
	const struct manifest *manifest = &check->archive->manifest;

	for (size_t i = 0; i < manifest->dictionary_count; i++)
		if (check->dictionary_is_bad[i] && manifest->dictionaries[i].identifier ==
							   check->block.descriptor.facts.dictionary)
			return false;
	return !check->quick;
}

/* A row takes the place of one of an older generation. */
static enum narc_status check_generation(struct verification *check, const struct row *row,
					 struct narc_error *error)
{
	struct fetched_block *block;
	struct row replaced = { .record = { .generation = 0 } };
	enum narc_status status =
		check_references(check->archive, &check->block, row, error);

	if (status == NARC_OK && row->replaces)
		status = find_row(&check->locator, &check->block,
				  row->record.row - (uint64_t)row->replaces, &check->replaced,
				  &block, &replaced, error);
	if (status == NARC_OK && replaced.record.generation >= row->record.generation)
		status = narc_fail(error, NARC_CORRUPT, "descriptor",
				   check->block.descriptor.offset,
				   "row %llu replaces one that is not older",
				   (unsigned long long)row->record.row);
	return status;
}

static enum narc_status check_tombstone(struct verification *check, const struct row *row,
					struct narc_error *error)
{
	check->redacted++;
	if (manifest_tombstone(&check->archive->manifest, row->record.row))
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "descriptor", check->block.descriptor.offset,
			 "row %llu was redacted, but has no tombstone",
			 (unsigned long long)row->record.row);
}

static enum narc_status check_row(struct verification *check, const struct row *row,
				  struct narc_error *error)
{
	const struct narc_record *record = &row->record;
	struct narc_error damage;
	enum narc_status status = tell(check, check_order(check, record, &damage), &damage, error);

	if (status == NARC_OK)
		status = tell(check, check_generation(check, row, &damage), &damage, error);
	if (status != NARC_OK || read_ahead_did(&check->done, &check->block, record->row))
		return status;
	if (row->record.is_redacted)
		return tell(check, check_tombstone(check, row, &damage), &damage, error);
	if (row->source)
		status = tell(check, check_source(check, row, &damage), &damage, error);
	else if (check->block.has_content || row->record.size == 0)
		status = tell(check, check_content(check, row, &damage), &damage, error);
	else if (content_is_wanted(check) && row->record.size > BLOCK_CONTENT_LIMIT)
		status = tell(check, check_large_content(check, row, &damage), &damage, error);
	return status;
}

static void count_row(struct verification *check, const struct row *row)
{
	check->rows++;
	if (visible_rows_have(&check->current, &row->record)) {
		check->current_rows++;
		check->current_posts += row->record.kind == NARC_KIND_POST;
		check->current_size += row->record.size;
	}
	check->content_size += row->record.size;
	if (!row->source)
		check->owned_size += row->record.size;
	check->result.rows_checked++;
	if (!check->quick)
		check->result.bytes_checked += row->record.size;
}

/* Goes through the rows of the block that is fetched. */
static enum narc_status check_rows(struct verification *check, struct narc_error *error)
{
	struct narc_error damage;
	struct row row;
	enum narc_status status;

	row_walk_begin(&check->walk, &check->block.descriptor, check->block.names);
	for (;;) {
		status = row_walk_next(&check->walk, &row, &damage);
		if (status != NARC_OK)
			break;
		count_row(check, &row);
		status = check_row(check, &row, error);
		if (status == NARC_OK)
			status = row_keys_add(&check->keys, &row.record,
					      check->block.entry.first_block, error);
		if (status == NARC_OK)
			status = history_check_add(&check->history, &row, error);
		if (status != NARC_OK)
			return status;
	}
	return tell(check, status, &damage, error);
}

/* Fetches the block, which stands at *place, and moves *place behind it. */
static enum narc_status fetch(struct verification *check, uint64_t number, uint64_t *place,
			      struct narc_error *error)
{
	struct block_entry entry;
	enum narc_status status = locate_block(&check->locator, number, &entry, error);

	if (status == NARC_OK && entry.offset != *place)
		status = narc_fail(error, NARC_CORRUPT, "block page", entry.offset,
				   "block %llu does not follow the one before it",
				   (unsigned long long)number);
	if (status != NARC_OK)
		return status;
	*place = block_entry_end(&entry);
	status = read_ahead_fetch(check->ahead, &check->locator, &entry, !check->quick,
				  &check->block, &check->done, error);
	if (status == NARC_OK)
		status = visible_rows_enter(&check->current, &check->locator, &entry, error);
	return status;
}

static enum narc_status check_block(struct verification *check, uint64_t number,
				    uint64_t *place, struct narc_error *error)
{
	struct narc_error damage;
	enum narc_status status = fetch(check, number, place, &damage);

	if (status == NARC_CORRUPT || status == NARC_LIMIT) {
		if (damage.offset == check->damaged_place)
			return NARC_OK;
		check->damaged_place = damage.offset;
	}
	if (status != NARC_OK)
		return tell(check, status, &damage, error);
	if (content_is_wanted(check) &&
	    check->block.descriptor.facts.content_size <= BLOCK_CONTENT_LIMIT)
		status = tell(check, decode_block(&check->locator, &check->block, &damage), &damage,
			      error);
	if (status == NARC_OK && !check->quick)
		status = tell(check, check_frame_hash(&check->locator, &check->block, &damage),
			      &damage, error);
	return status == NARC_OK ? check_rows(check, error) : status;
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* What the segment says of a run, whose rows were all gone through. */
static enum narc_status check_run_facts(const struct verification *check, const struct run *run,
					int64_t first_time, uint64_t end,
					struct narc_error *error)
{
	if (check->result.damages)
		return NARC_OK; /* what is missing was told already */
	if (end != extent_end(run->blocks) || check->rows != run->first_row + run->rows ||
	    first_time != run->first_local_time ||
	    check->last_time != run->last_local_time)
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

	check->has_last = false;
	for (uint64_t i = 0; i < run->block_count && status == NARC_OK; i++) {
		status = check_block(check, run->first_block + i, &place, error);
		if (i == 0)
			first_time = check->block.descriptor.facts.first_local_time;
	}
	if (status == NARC_OK)
		status = tell(check, check_run_facts(check, run, first_time, place, &damage),
			      &damage, error);
	return status;
}

/* What was not read cannot be looked for in the index: then only its form is checked. */
static enum narc_status check_segment(struct verification *check, const struct segment *segment,
				      struct narc_error *error)
{
	struct narc_error damage;
	enum narc_status status = row_keys_init(&check->keys, SORT_MEMORY, check->folder, error);

	for (size_t i = 0; i < segment->run_count && status == NARC_OK; i++)
		status = check_run(check, &segment->runs[i], error);
	if (status == NARC_OK)
		status = tell(check,
			      verify_index(&check->keys, &check->locator, segment,
					   check->result.damages == 0, &damage),
			      &damage, error);
	row_keys_free(&check->keys);
	return status;
}

static enum narc_status check_counts(struct verification *check, struct narc_error *error)
{
	const struct trailer *trailer = &check->archive->trailer;

	if (check->result.damages)
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

/* Only content is worth threads. */
static enum narc_status start_threads(struct verification *check, struct narc_error *error)
{
	struct narc_archive *archive = check->archive;
	struct ahead_plan plan = { .range_count = archive->run_count,
				   .with_frames = true,
				   .filter = &check->all,
				   .threads = check->threads,
				   .work = check_ahead };

	check->ranges = calloc(archive->run_count + 1, sizeof(*check->ranges));
	if (!check->ranges)
		return narc_fail_memory(error);
	for (size_t i = 0; i < archive->run_count; i++) {
		const struct run *run = archive->runs[i].run;

		check->ranges[i] = (struct block_range){ run->first_block,
							 run->first_block + run->block_count };
	}
	plan.ranges = check->ranges;
	if (!check->quick)
		check->ahead = read_ahead_start(archive, &plan);
	return NARC_OK;
}

static enum narc_status check_dictionaries(struct verification *check, struct narc_error *error)
{
	size_t count = check->archive->manifest.dictionary_count;
	enum narc_status status = NARC_OK;

	check->dictionary_is_bad = calloc(count + 1, sizeof(*check->dictionary_is_bad));
	if (!check->dictionary_is_bad)
		return narc_fail_memory(error);
	for (size_t i = 0; i < count && status == NARC_OK; i++) {
		const struct archive_dictionary *dictionary;
		struct narc_error damage;

		status = archive_dictionary_at(check->archive, i, check->locator.decompressor,
					       &dictionary, &damage);
		check->dictionary_is_bad[i] = status != NARC_OK;
		status = tell(check, status, &damage, error);
	}
	return status;
}

static enum narc_status run_checks(struct verification *check, struct narc_error *error)
{
	const struct narc_archive *archive = check->archive;
	struct narc_error damage;
	enum narc_status status = check_dictionaries(check, error);

	if (status == NARC_OK)
		status = start_threads(check, error);
	for (size_t i = 0; i < archive->manifest.segment_count && status == NARC_OK; i++)
		status = check_segment(check, &archive->segments[i], error);
	if (status == NARC_OK)
		status = tell(check, check_counts(check, &damage), &damage, error);
	if (status == NARC_OK)
		status = tell(check,
			      history_check_run(&check->history, &check->locator,
						check->result.damages == 0, &damage),
			      &damage, error);
	if (status == NARC_OK)
		status = tell(check, verify_sections(archive, &damage), &damage, error);
	return status;
}

enum narc_status narc_archive_verify(narc_archive *archive,
				     const struct narc_verify_options *options,
				     struct narc_verify_result *result, struct narc_error *error)
{
	struct verification *check = calloc(1, sizeof(*check));
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	enum narc_status status;

	if (!check || !decompressor) {
		status = narc_fail_memory(error);
		goto done;
	}
	check->archive = archive;
	check->quick = options->quick;
	check->threads = options->threads;
	check->report = options->report;
	check->context = options->context;
	check->damaged_place = NARC_NO_OFFSET - 1; /* no place's offset */
	check->folder = options->temporary_folder ? options->temporary_folder : "/tmp";
	narc_filter_init(&check->all);
	check->all.all_versions = check->all.with_redacted = true;
	narc_filter_init(&check->none);
	visible_rows_init(&check->current, archive, &check->none);
	locator_init(&check->locator, archive, decompressor);
	status = history_check_init(&check->history, check->folder, error);
	if (status == NARC_OK)
		status = run_checks(check, error);
	if (status == NARC_OK)
		*result = check->result;
	read_ahead_end(check->ahead);
	history_check_free(&check->history);
	locator_free(&check->locator);
	fetched_block_free(&check->block);
	visible_rows_free(&check->current);
	byte_buffer_free(&check->done);
	owner_search_free(&check->source);
	owner_search_free(&check->replaced);
	free(check->ranges);
	free(check->dictionary_is_bad);
done:
	ZSTD_freeDCtx(decompressor);
	free(check);
	return status;
}
