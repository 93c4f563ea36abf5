/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checking a whole archive: every block with its rows and their content, in order; then
 * that the indexes hold what the rows say and no more; then that nothing stands between
 * the parts. A damage is told and the check goes on behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "read/cursor.h"
#include "read/verify_index.h"
#include "support/content_hash.h"
#include "support/status.h"

struct verification {
	struct narc_archive *archive;
	struct locator locator;
	bool quick;
	bool has_dictionary_damage; /* then no content can be checked */
	uint64_t damaged_page;      /* the last that was told of, for it hides many blocks */
	narc_damage_fn report;
	void *context;
	struct narc_verify_result result;

	unsigned threads;
	struct read_ahead *ahead;
	struct fetched_block block;
	struct byte_buffer done; /* marks of its rows, if it was read ahead */
	struct row_walk walk;
	struct owner_search source;
	const struct names *names;

	/* The row before, to check the order. */
	bool has_last;
	int64_t last_time;
	char last_code[CODE_SIZE_LIMIT + 1];
	char last_path[PATH_SIZE_LIMIT + 1];

	/* What the trailer and the index have to agree with. */
	uint64_t rows;
	uint64_t posts;
	uint64_t content_size;
	uint64_t owned_size;
	struct index_check index;
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
	check->has_last = true;
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

	return find_owner(&check->locator, check->names, &check->block, row, &check->source,
			  &block, &owner, error);
}

/* The same in a thread, of the row that a cursor is at. */
static bool source_is_right(narc_cursor *cursor)
{
	struct fetched_block *block;
	struct row owner;

	cursor->source.with_frame = false;
	return find_owner(&cursor->locator, cursor->walk.names, &cursor->block, &cursor->row,
			  &cursor->source, &block, &owner, NULL) == NARC_OK;
}

static bool check_ahead(void *context, unsigned thread, narc_cursor *cursor)
{
	const void *data;

	(void)context;
	(void)thread;
	return cursor->row.source ? source_is_right(cursor)
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

static enum narc_status check_row(struct verification *check, const struct row *row,
				  struct narc_error *error)
{
	const struct narc_record *record = &row->record;
	struct narc_error damage;
	enum narc_status status = tell(check, check_order(check, record, &damage), &damage, error);

	if (status != NARC_OK || read_ahead_did(&check->done, &check->block, record->row))
		return status;
	if (row->source)
		status = tell(check, check_source(check, row, &damage), &damage, error);
	else if (check->block.has_content || row->record.size == 0)
		status = tell(check, check_content(check, row, &damage), &damage, error);
	else if (!check->quick && !check->has_dictionary_damage &&
		 row->record.size > BLOCK_CONTENT_LIMIT)
		status = tell(check, check_large_content(check, row, &damage), &damage, error);
	return status;
}

static void count_row(struct verification *check, const struct row *row)
{
	check->rows++;
	check->posts += row->record.kind == NARC_KIND_POST;
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

	row_walk_begin(&check->walk, &check->block.descriptor, check->names);
	for (;;) {
		status = row_walk_next(&check->walk, &row, &damage);
		if (status != NARC_OK)
			break;
		count_row(check, &row);
		status = check_row(check, &row, error);
		if (status == NARC_OK)
			status = index_check_add(&check->index, &row.record,
						 check->block.entry.first_block, error);
		if (status != NARC_OK)
			return status;
	}
	return tell(check, status, &damage, error);
}

static enum narc_status check_block(struct verification *check, uint64_t number,
				    uint64_t *place, struct narc_error *error)
{
	struct narc_error damage;
	struct block_entry entry;
	bool small;
	enum narc_status status = locate_block(&check->locator, number, &entry, &damage);

	if (status == NARC_CORRUPT || status == NARC_LIMIT) {
		if (damage.offset == check->damaged_page)
			return NARC_OK;
		check->damaged_page = damage.offset;
	}
	if (status == NARC_OK && entry.offset != *place)
		status = narc_fail(&damage, NARC_CORRUPT, "block page", entry.offset,
				   "block %llu does not follow the one before it",
				   (unsigned long long)number);
	if (status == NARC_OK) {
		*place = entry.offset + entry.frame_size + entry.section_size;
		status = read_ahead_fetch(check->ahead, &check->locator, &entry, !check->quick,
					  &check->block, &check->done, &damage);
	}
	if (status != NARC_OK)
		return tell(check, status, &damage, error);
	small = check->block.descriptor.facts.content_size <= BLOCK_CONTENT_LIMIT;
	if (!check->quick && small && !check->has_dictionary_damage) {
		status = tell(check, decode_block(&check->locator, &check->block, &damage), &damage,
			      error);
		if (status != NARC_OK)
			return status;
	}
	return check_rows(check, error);
}

/* ---- all of it ---------------------------------------------------------------------------- */

static enum narc_status check_counts(struct verification *check, uint64_t blocks_end,
				     struct narc_error *error)
{
	const struct trailer *trailer = &check->archive->trailer;

	if (check->result.damages)
		return NARC_OK; /* what is missing was told already */
	if (check->rows != trailer->rows || check->posts != trailer->posts ||
	    check->content_size != trailer->content_size ||
	    check->owned_size != trailer->owned_size || blocks_end != extent_end(trailer->blocks))
		return narc_fail(error, NARC_CORRUPT, "trailer",
				 trailer->end - TRAILER_SECTION_SIZE,
				 "counts other rows or bytes than there are");
	return NARC_OK;
}

/* Only content is worth threads, and without the dictionary there is none. */
static void start_threads(struct verification *check)
{
	const struct ahead_plan plan = { .end = check->archive->trailer.block_count,
					 .with_frames = true,
					 .threads = check->threads,
					 .work = check_ahead };

	if (!check->quick && !check->has_dictionary_damage)
		check->ahead = read_ahead_start(check->archive, &plan);
}

static enum narc_status check_blocks(struct verification *check, struct narc_error *error)
{
	const struct trailer *trailer = &check->archive->trailer;
	uint64_t place = trailer->blocks.offset;
	struct narc_error damage;
	enum narc_status status = NARC_OK;

	start_threads(check);
	for (uint64_t i = 0; i < trailer->block_count && status == NARC_OK; i++)
		status = check_block(check, i, &place, error);
	if (status == NARC_OK)
		status = tell(check, check_counts(check, place, &damage), &damage, error);
	return status;
}

static enum narc_status run_checks(struct verification *check, struct narc_error *error)
{
	struct narc_error damage;
	const ZSTD_DDict *dictionary;
	uint32_t identifier;
	enum narc_status status = archive_names(check->archive, check->locator.decompressor,
						&check->names, &damage);

	/* Without the names no row can be told from another. */
	if (status != NARC_OK)
		return tell(check, status, &damage, error);
	status = archive_dictionary(check->archive, check->locator.decompressor, &dictionary,
				    &identifier, &damage);
	check->has_dictionary_damage = status != NARC_OK;
	status = tell(check, status, &damage, error);
	if (status == NARC_OK)
		status = check_blocks(check, error);
	/* What was not read cannot be looked for in the index: then only its form is checked. */
	if (status == NARC_OK)
		status = tell(check,
			      index_check_run(&check->index, &check->locator,
					      check->result.damages == 0, &damage),
			      &damage, error);
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
	check->damaged_page = NARC_NO_OFFSET - 1; /* no page's offset */
	locator_init(&check->locator, archive, decompressor);
	status = index_check_init(&check->index, options->temporary_folder, error);
	if (status == NARC_OK)
		status = run_checks(check, error);
	if (status == NARC_OK)
		*result = check->result;
	index_check_free(&check->index);
	locator_free(&check->locator);
	read_ahead_end(check->ahead);
	fetched_block_free(&check->block);
	byte_buffer_free(&check->done);
	owner_search_free(&check->source);
done:
	ZSTD_freeDCtx(decompressor);
	free(check);
	return status;
}
