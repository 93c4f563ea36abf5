/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/cursor.h"

#include <stdlib.h>
#include <string.h>

#include "format/info_code.h"
#include "format/post_path.h"
#include "format/row_keys.h"
#include "read/filter.h"
#include "support/content_hash.h"
#include "support/status.h"

/* ---- readers ------------------------------------------------------------------------------ */

static void reader_free(struct row_reader *reader)
{
	if (!reader)
		return;
	fetched_block_free(&reader->block);
	byte_buffer_free(&reader->done);
	visible_rows_free(&reader->visible);
	free(reader);
}

static enum narc_status add_reader(struct narc_cursor *cursor, struct narc_error *error)
{
	struct row_reader *reader = calloc(1, sizeof(*reader));
	struct row_reader **readers =
		realloc(cursor->readers, (cursor->reader_count + 1) * sizeof(*readers));

	if (readers)
		cursor->readers = readers;
	if (!reader || !readers) {
		free(reader);
		return narc_fail_memory(error);
	}
	visible_rows_init(&reader->visible, cursor->archive, &cursor->filter);
	readers[cursor->reader_count++] = reader;
	return NARC_OK;
}

/* Takes the next block of the reader's ranges; false if there is none. */
static bool next_number(struct row_reader *reader, uint64_t *number)
{
	while (reader->range_count && reader->ranges->next == reader->ranges->end) {
		reader->ranges++;
		reader->range_count--;
	}
	if (reader->range_count)
		*number = reader->ranges->next++;
	return reader->range_count > 0;
}

/* Whether data frames are read along with the descriptors, in one call: of a walk if most of them
 * will be wanted; of a look-up if only one block may have the key. Of several, most have not. */
static bool wants_frames(const struct narc_cursor *cursor)
{
	return cursor->with_frames ||
	       (cursor->range_count == 1 && !cursor->rows_only &&
		(cursor->match == MATCH_CODE || cursor->match == MATCH_PATH));
}

/* Fetches the next block to go through; NARC_END if there is none. */
static enum narc_status next_block(struct narc_cursor *cursor, struct row_reader *reader,
				   struct narc_error *error)
{
	struct block_entry entry;
	uint64_t number;
	enum narc_status status;

	do {
		if (!next_number(reader, &number))
			return NARC_END;
		status = locate_block(&cursor->locator, number, &entry, error);
		if (status != NARC_OK) {
			/* A damaged page hides many blocks: that is told once. */
			reader->range_count = 0;
			return status;
		}
		/* The rest of the run is later still. */
		if (cursor->match == MATCH_ANY && entry.first_local_time > cursor->filter.to)
			reader->ranges->next = reader->ranges->end;
	} while (cursor->match == MATCH_ANY && entry.first_local_time > cursor->filter.to);
	status = read_ahead_fetch(cursor->ahead, &cursor->locator, &entry, wants_frames(cursor),
				  &reader->block, &reader->done, error);
	if (status == NARC_OK)
		status = visible_rows_enter(&reader->visible, &cursor->locator, &entry, error);
	if (status != NARC_OK)
		return status;
	row_walk_begin(&reader->walk, &reader->block.descriptor, reader->block.names);
	reader->walking = true;
	return NARC_OK;
}

static bool row_matches(const struct narc_cursor *cursor, const struct row_reader *reader)
{
	const struct narc_record *record = &reader->row.record;

	if (cursor->match == MATCH_CODE && strcmp(record->info_code, cursor->key) != 0)
		return false;
	if (cursor->match == MATCH_PATH && strcmp(record->path, cursor->key) != 0)
		return false;
	if (cursor->match == MATCH_CONTENT && (*record->info_code || record->hash != cursor->hash))
		return false;
	return visible_rows_have(&reader->visible, record);
}

/* Moves a reader to its next row that matches. */
static enum narc_status advance(struct narc_cursor *cursor, struct row_reader *reader,
				struct narc_error *error)
{
	for (;;) {
		enum narc_status status = NARC_OK;

		if (!reader->walking)
			status = next_block(cursor, reader, error);
		if (status != NARC_OK)
			return status;
		status = row_walk_next(&reader->walk, &reader->row, error);
		if (status == NARC_OK)
			status = check_references(cursor->archive, &reader->block, &reader->row,
						  error);
		if (status == NARC_OK && row_matches(cursor, reader))
			return NARC_OK;
		/* The rest of a damaged block is not trusted. */
		if (status != NARC_OK)
			reader->walking = false;
		if (status != NARC_OK && status != NARC_END)
			return status;
	}
}

/* ---- several readers ---------------------------------------------------------------------- */

/* The order of section 4 of the format, and then that of the file. */
static bool row_is_before(const struct row_reader *a, const struct row_reader *b)
{
	const struct narc_record *left = &a->row.record;
	const struct narc_record *right = &b->row.record;
	int order;

	if (left->local_time != right->local_time)
		return left->local_time < right->local_time;
	order = strcmp(left->info_code, right->info_code);
	if (order == 0)
		order = strcmp(left->path, right->path);
	if (order != 0)
		return order < 0;
	return left->row < right->row;
}

/* Moves the reader in this place of the heap down to where it belongs. */
static void sift_down(struct narc_cursor *cursor, size_t place)
{
	struct row_reader **readers = cursor->readers;

	for (;;) {
		size_t least = place;
		struct row_reader *moved = readers[place];

		for (size_t child = 2 * place + 1;
		     child <= 2 * place + 2 && child < cursor->reader_count; child++)
			if (row_is_before(readers[child], readers[least]))
				least = child;
		if (least == place)
			return;
		readers[place] = readers[least];
		readers[least] = moved;
		place = least;
	}
}

/* Puts the last reader in the place of one that has ended. One always stays. */
static void drop_reader(struct narc_cursor *cursor, size_t place)
{
	struct row_reader *ended = cursor->readers[place];

	cursor->readers[place] = cursor->readers[--cursor->reader_count];
	if (cursor->decoded == ended)
		cursor->decoded = NULL;
	reader_free(ended);
}

/* Moves each reader to its first row, and makes a heap of those that have one. Where one fails,
 * the next call goes on behind what failed. */
static enum narc_status start_readers(struct narc_cursor *cursor, struct narc_error *error)
{
	for (size_t place = cursor->reader_count; place-- > 0;) {
		struct row_reader *reader = cursor->readers[place];
		enum narc_status status = NARC_OK;

		if (!reader->is_ready)
			status = advance(cursor, reader, error);
		reader->is_ready = status == NARC_OK;
		if (status == NARC_END && cursor->reader_count > 1)
			drop_reader(cursor, place);
		else if (status != NARC_OK)
			return status;
	}
	for (size_t place = cursor->reader_count / 2; place-- > 0;)
		sift_down(cursor, place);
	cursor->is_started = true;
	return NARC_OK;
}

/* Moves the first reader on, and then has another as the first if that is before it. */
static enum narc_status move_first(struct narc_cursor *cursor, struct narc_error *error)
{
	struct row_reader *first = cursor->readers[0];
	enum narc_status status = advance(cursor, first, error);

	first->is_ready = status == NARC_OK;
	if (status == NARC_END && cursor->reader_count > 1)
		drop_reader(cursor, 0);
	else if (status != NARC_OK)
		return status;
	sift_down(cursor, 0);
	return NARC_OK;
}

/* Makes the first reader's row the next one of all. */
static enum narc_status find_next(struct narc_cursor *cursor, struct narc_error *error)
{
	if (!cursor->is_started)
		return start_readers(cursor, error);
	return cursor->readers[0]->is_ready ? NARC_OK : move_first(cursor, error);
}

/* ---- where it goes ------------------------------------------------------------------------ */

enum narc_status cursor_new(struct narc_archive *archive, const struct narc_filter *filter,
			    struct narc_cursor **out, struct narc_error *error)
{
	struct narc_cursor *cursor = calloc(1, sizeof(*cursor));
	enum narc_status status;

	if (!cursor)
		return narc_fail_memory(error);
	cursor->archive = archive;
	cursor->source.with_frame = true;
	if (filter)
		cursor->filter = *filter;
	else
		narc_filter_init(&cursor->filter);
	cursor->decompressor = ZSTD_createDCtx();
	locator_init(&cursor->locator, archive, cursor->decompressor);
	status = cursor->decompressor ? add_reader(cursor, error) : narc_fail_memory(error);
	if (status != NARC_OK) {
		narc_cursor_close(cursor);
		return status;
	}
	*out = cursor;
	return NARC_OK;
}

void narc_cursor_close(narc_cursor *cursor)
{
	if (!cursor)
		return;
	read_ahead_end(cursor->ahead);
	for (size_t i = 0; i < cursor->reader_count; i++)
		reader_free(cursor->readers[i]);
	free(cursor->readers);
	owner_search_free(&cursor->source);
	locator_free(&cursor->locator);
	ZSTD_freeDCtx(cursor->decompressor);
	free(cursor->key);
	free(cursor->ranges);
	free(cursor);
}

/* Ends a walk under way, and has one reader go through all ranges. */
static void start_over(struct narc_cursor *cursor)
{
	struct row_reader *reader;

	read_ahead_end(cursor->ahead);
	cursor->ahead = NULL;
	while (cursor->reader_count > 1)
		drop_reader(cursor, cursor->reader_count - 1);
	reader = cursor->readers[0];
	reader->ranges = cursor->ranges;
	reader->range_count = cursor->range_count;
	reader->walking = reader->is_ready = false;
	cursor->is_started = cursor->has_row = false;
}

/* Points the cursor at these ranges, which it takes over, and at rows that match key. */
static enum narc_status set_ranges(struct narc_cursor *cursor, enum cursor_match match,
				   const char *key, struct block_range *ranges, size_t count,
				   struct narc_error *error)
{
	char *copy = key ? strdup(key) : NULL;

	if (key && !copy) {
		free(ranges);
		return narc_fail_memory(error);
	}
	free(cursor->key);
	free(cursor->ranges);
	cursor->match = match;
	cursor->key = copy;
	cursor->ranges = ranges;
	cursor->range_count = count;
	start_over(cursor);
	return NARC_OK;
}

enum narc_status cursor_set_block(struct narc_cursor *cursor, uint64_t number,
				  struct narc_error *error)
{
	if (!cursor->ranges)
		cursor->ranges = malloc(sizeof(*cursor->ranges));
	if (!cursor->ranges)
		return narc_fail_memory(error);
	cursor->ranges[0] = (struct block_range){ number, number + 1 };
	cursor->range_count = 1;
	start_over(cursor);
	return NARC_OK;
}

void cursor_want_rows_only(struct narc_cursor *cursor)
{
	cursor->rows_only = true;
}

void cursor_set_all_versions(struct narc_cursor *cursor, bool all_versions)
{
	start_over(cursor);
	cursor->filter.all_versions = all_versions;
}

/* The blocks of a run from the first that may have a row of the filter's dates. */
static enum narc_status range_of(struct narc_cursor *cursor, const struct archive_run *run,
				 struct block_range *range, struct narc_error *error)
{
	struct block_entry entry = { .first_block = run->run->first_block };
	enum narc_status status = NARC_OK;

	if (cursor->filter.from > run->run->first_local_time)
		status = locate_time(&cursor->locator, run, cursor->filter.from, &entry, error);
	*range = (struct block_range){ entry.first_block,
				       run->run->first_block + run->run->block_count };
	return status;
}

static bool run_has_dates(const struct run *run, const struct narc_filter *filter)
{
	return run->last_local_time >= filter->from && run->first_local_time <= filter->to;
}

/* Points the cursor at all runs, with a reader for each. */
static enum narc_status start_runs(struct narc_cursor *cursor, struct narc_error *error)
{
	const struct narc_archive *archive = cursor->archive;
	struct block_range *ranges = calloc(archive->run_count + 1, sizeof(*ranges));
	size_t count = 0;
	enum narc_status status = ranges ? NARC_OK : narc_fail_memory(error);

	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++)
		if (run_has_dates(archive->runs[i].run, &cursor->filter))
			status = range_of(cursor, &archive->runs[i], &ranges[count++], error);
	if (status != NARC_OK) {
		free(ranges);
		return status;
	}
	status = set_ranges(cursor, MATCH_ANY, NULL, ranges, count, error);
	while (status == NARC_OK && cursor->reader_count < count)
		status = add_reader(cursor, error);
	for (size_t i = 0; i < count && status == NARC_OK && count > 1; i++) {
		cursor->readers[i]->ranges = &ranges[i];
		cursor->readers[i]->range_count = 1;
	}
	return status;
}

/* Adds to ranges the blocks of a segment that may hold key. */
static enum narc_status add_blocks(struct narc_cursor *cursor, const struct segment *segment,
				   enum key_index index, const void *key, size_t size,
				   struct block_range **ranges, size_t *range_count,
				   struct narc_error *error)
{
	const uint64_t *blocks = NULL;
	struct block_range *grown;
	size_t count;
	enum narc_status status = locate_key(&cursor->locator, segment, index, key, size, &blocks,
					     &count, error);

	if (status != NARC_OK || count == 0)
		return status;
	grown = realloc(*ranges, (*range_count + count) * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	*ranges = grown;
	for (size_t i = 0; i < count; i++)
		grown[(*range_count)++] = (struct block_range){ blocks[i], blocks[i] + 1 };
	return NARC_OK;
}

/* Makes the cursor go through the blocks that may hold a key of an index. */
static enum narc_status start_key(struct narc_cursor *cursor, enum cursor_match match,
				  enum key_index index, const void *lookup, size_t size,
				  const char *key, struct narc_error *error)
{
	const struct narc_archive *archive = cursor->archive;
	struct block_range *ranges = NULL;
	size_t count = 0;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < archive->manifest.segment_count && status == NARC_OK; i++)
		status = add_blocks(cursor, &archive->segments[i], index, lookup, size, &ranges,
				    &count, error);
	if (status != NARC_OK) {
		free(ranges);
		return status;
	}
	return set_ranges(cursor, match, key, ranges, count, error);
}

static enum narc_status check_generation(const struct narc_archive *archive,
					 const struct narc_filter *filter,
					 struct narc_error *error)
{
	if (!filter || filter->as_of <= archive->trailer.generation)
		return NARC_OK;
	return narc_fail(error, NARC_NOT_FOUND, "find", NARC_NO_OFFSET,
			 "there is no generation %lu: the last is %lu",
			 (unsigned long)filter->as_of, (unsigned long)archive->trailer.generation);
}

enum narc_status narc_cursor_open(narc_archive *archive, const struct narc_filter *filter,
				  narc_cursor **out, struct narc_error *error)
{
	narc_cursor *cursor = NULL;
	const char *code;
	enum narc_status status = check_generation(archive, filter, error);

	if (status == NARC_OK)
		status = cursor_new(archive, filter, &cursor, error);
	if (status != NARC_OK)
		return status;
	code = cursor->filter.code_glob;
	if (code && *code && glob_is_plain(code))
		status = start_key(cursor, MATCH_CODE, KEY_INDEX_CODES, code, strlen(code), code,
				   error);
	else
		status = start_runs(cursor, error);
	if (status != NARC_OK) {
		narc_cursor_close(cursor);
		return status;
	}
	*out = cursor;
	return NARC_OK;
}

/* ---- going through ---------------------------------------------------------------------- */

enum narc_status narc_cursor_next(narc_cursor *cursor, const struct narc_record **record,
				  struct narc_error *error)
{
	enum narc_status status;

	if (cursor->has_row)
		cursor->readers[0]->is_ready = false;
	status = find_next(cursor, error);
	cursor->has_row = status == NARC_OK;
	if (cursor->has_row)
		*record = &cursor->readers[0]->row.record;
	return status;
}

const struct narc_record *narc_cursor_record(const narc_cursor *cursor)
{
	return cursor->has_row ? &cursor->readers[0]->row.record : NULL;
}

/* Leaves out the blocks at the end of a range that hold nothing early enough. */
static void limit_range(struct narc_cursor *cursor, struct block_range *range)
{
	const struct archive_run *run = archive_run_of_block(cursor->archive, range->next);
	struct block_entry last;

	if (cursor->filter.to < run->run->last_local_time &&
	    locate_time(&cursor->locator, run, cursor->filter.to + 1, &last, NULL) == NARC_OK &&
	    last.first_block >= range->next)
		range->end = last.first_block + 1;
}

void cursor_read_ahead(struct narc_cursor *cursor, unsigned threads, ahead_work_fn work,
		       void *context)
{
	struct ahead_plan plan = { .filter = &cursor->filter, .threads = threads, .work = work,
				   .context = context };

	if (cursor->match != MATCH_ANY || cursor->ahead || cursor->is_started)
		return;
	start_over(cursor);
	for (size_t i = 0; i < cursor->range_count; i++)
		limit_range(cursor, &cursor->ranges[i]);
	/* Where few records are wanted, most data frames are not. */
	cursor->with_frames = filter_is_of_dates(&cursor->filter);
	plan.ranges = cursor->ranges;
	plan.range_count = cursor->range_count;
	plan.with_frames = cursor->with_frames;
	cursor->ahead = read_ahead_start(cursor->archive, &plan);
}

bool cursor_row_is_done(const struct narc_cursor *cursor)
{
	const struct row_reader *reader = cursor->readers[0];

	return read_ahead_did(&reader->done, &reader->block, reader->row.record.row);
}

/* Starts on a key and moves to its first match; NARC_END if it has none. */
static enum narc_status find_first(struct narc_cursor *cursor, enum cursor_match match,
				   enum key_index index, const char *lookup, const char *key,
				   struct narc_error *error)
{
	enum narc_status status =
		start_key(cursor, match, index, lookup, strlen(lookup), key, error);

	return status == NARC_OK ? find_next(cursor, error) : status;
}

static enum narc_status find_code(struct narc_cursor *cursor, const char *code,
				  struct narc_error *error)
{
	return *code ? find_first(cursor, MATCH_CODE, KEY_INDEX_CODES, code, code, error)
		     : NARC_END;
}

/* A path leads to its row by the infoCode in it, or by the index of paths. */
static enum narc_status find_path(struct narc_cursor *cursor, const char *path,
				  struct narc_error *error)
{
	const char *code;
	size_t code_size;
	char lookup[CODE_SIZE_LIMIT + 1];
	enum narc_status status = NARC_END;

	if (post_path_split(path, &code, &code_size) && code_size <= CODE_SIZE_LIMIT) {
		memcpy(lookup, code, code_size);
		lookup[code_size] = '\0';
		status = find_first(cursor, MATCH_PATH, KEY_INDEX_CODES, lookup, path, error);
	}
	if (status == NARC_END && *path)
		status = find_first(cursor, MATCH_PATH, KEY_INDEX_PATHS, path, path, error);
	return status;
}

static enum narc_status find_key(struct narc_cursor *cursor, const char *key,
				 struct narc_error *error)
{
	char other[CODE_MEMBER_SIZE];
	enum narc_status status = find_code(cursor, key, error);

	if (status == NARC_END && code_other_family(key, other))
		status = find_code(cursor, other, error);
	return status == NARC_END ? find_path(cursor, key, error) : status;
}

/* Whether a key is only not found because what it names was redacted. */
static bool was_redacted(struct narc_cursor *cursor, const char *key)
{
	struct narc_filter filter = cursor->filter;
	bool was = false;

	if (cursor->archive->manifest.tombstone_count == 0)
		return false;
	cursor->filter.all_versions = cursor->filter.with_redacted = true;
	for (enum narc_status status = find_key(cursor, key, NULL); status == NARC_OK && !was;) {
		was = cursor->readers[0]->row.record.is_redacted;
		cursor->readers[0]->is_ready = false;
		status = find_next(cursor, NULL);
	}
	start_over(cursor);
	cursor->filter = filter;
	return was;
}

/* NARC_END becomes an error. */
static enum narc_status settle_find(struct narc_cursor *cursor, enum narc_status status,
				    const char *key, struct narc_error *error)
{
	if (status != NARC_END)
		return status;
	if (was_redacted(cursor, key))
		status = narc_fail(error, NARC_NOT_FOUND, "redacted", NARC_NO_OFFSET,
				   "its content was redacted: \"narc history\" says when and why");
	else
		status = narc_fail(error, NARC_NOT_FOUND, "find", NARC_NO_OFFSET,
				   "there is no such infoCode or path in the archive: "
				   "\"narc list\" shows what there is");
	narc_error_set_path(error, key);
	return status;
}

enum narc_status narc_cursor_find(narc_cursor *cursor, const char *key, struct narc_error *error)
{
	return settle_find(cursor, find_key(cursor, key, error), key, error);
}

enum narc_status narc_cursor_find_code(narc_cursor *cursor, const char *code,
				       struct narc_error *error)
{
	return settle_find(cursor, find_code(cursor, code, error), code, error);
}

enum narc_status narc_cursor_find_path(narc_cursor *cursor, const char *path,
				       struct narc_error *error)
{
	return settle_find(cursor, find_path(cursor, path, error), path, error);
}

enum narc_status narc_cursor_find_content(narc_cursor *cursor, uint64_t hash,
					  struct narc_error *error)
{
	uint8_t key[CONTENT_KEY_SIZE];
	enum narc_status status;

	content_key(hash, key);
	cursor->hash = hash;
	status = start_key(cursor, MATCH_CONTENT, KEY_INDEX_CONTENTS, key, sizeof(key), NULL,
			   error);
	if (status == NARC_OK)
		status = find_next(cursor, error);
	return settle_find(cursor, status, "", error);
}

/* ---- content -------------------------------------------------------------------------- */

/* Finds the row that owns the content of the cursor's row, and its block. */
static enum narc_status find_content(struct narc_cursor *cursor, struct fetched_block **block,
				     struct row *owner, struct narc_error *error)
{
	struct row_reader *reader = cursor->readers[0];

	if (reader->row.record.is_redacted)
		return narc_fail(error, NARC_NOT_FOUND, "content", NARC_NO_OFFSET,
				 "the content was redacted (\"narc history\" says when and why)");
	/* Of the readers, one keeps a content. */
	if (cursor->decoded && cursor->decoded != reader)
		fetched_block_drop_content(&cursor->decoded->block);
	cursor->decoded = reader;
	return find_owner(&cursor->locator, &reader->block, &reader->row, &cursor->source, block,
			  owner, error);
}

static enum narc_status fail_hash(const struct narc_cursor *cursor,
				  const struct fetched_block *block, struct narc_error *error)
{
	enum narc_status status = narc_fail(error, NARC_CORRUPT, "content", block->entry.offset,
					    "the content does not match its hash: it is damaged");

	narc_error_set_path(error, narc_cursor_record(cursor)->path);
	return status;
}

/* Whether the content was found right when it was read ahead. */
static bool is_checked(const struct narc_cursor *cursor)
{
	return cursor->readers[0]->row.source == 0 && cursor_row_is_done(cursor);
}

/* How much of its block the content needs: who goes through a range needs all of it. */
static uint64_t content_end(const struct narc_cursor *cursor, const struct row *owner)
{
	return cursor->match == MATCH_ANY ? UINT64_MAX
					  : owner->content_start + owner->record.size;
}

enum narc_status narc_cursor_content(narc_cursor *cursor, const void **data,
				     struct narc_error *error)
{
	struct fetched_block *block;
	struct row owner;
	const uint8_t *content;
	enum narc_status status;

	if (!cursor->has_row)
		return narc_fail(error, NARC_MISUSE, "content", NARC_NO_OFFSET,
				 "the cursor is not at a record");
	status = find_content(cursor, &block, &owner, error);
	/* What is empty needs no data frame, which may be a large file's. */
	if (status == NARC_OK && owner.record.size)
		status = decode_block_until(&cursor->locator, block, content_end(cursor, &owner),
					    error);
	if (status != NARC_OK) {
		narc_error_set_path(error, narc_cursor_record(cursor)->path);
		return status;
	}
	content = owner.record.size ? block->content.data + owner.content_start
				    : (const uint8_t *)"";
	if (!is_checked(cursor) &&
	    content_hash(content, (size_t)owner.record.size) != owner.record.hash)
		return fail_hash(cursor, block, error);
	*data = content;
	return NARC_OK;
}

/* Passes pieces on and hashes them. */
struct hashing_writer {
	XXH3_state_t *state;
	narc_write_fn write;
	void *context;
};

static bool hash_and_write(void *context, const void *data, size_t size)
{
	struct hashing_writer *writer = context;

	XXH3_64bits_update(writer->state, data, size);
	return writer->write(writer->context, data, size);
}

/* Content too large for memory is alone in its block. */
static enum narc_status stream_large(struct narc_cursor *cursor,
				     const struct fetched_block *block, const struct row *owner,
				     narc_write_fn write, void *context, struct narc_error *error)
{
	struct hashing_writer writer = { XXH3_createState(), write, context };
	enum narc_status status;

	if (!writer.state)
		return narc_fail_memory(error);
	XXH3_64bits_reset(writer.state);
	if (owner->record.size != block->descriptor.facts.content_size)
		status = narc_fail(error, NARC_LIMIT, "data frame", block->entry.offset,
				   "a block of several rows holds more than %llu bytes",
				   (unsigned long long)BLOCK_CONTENT_LIMIT);
	else
		status = stream_block(&cursor->locator, block, hash_and_write, &writer, error);
	if (status == NARC_OK && XXH3_64bits_digest(writer.state) != owner->record.hash)
		status = fail_hash(cursor, block, error);
	XXH3_freeState(writer.state);
	return status;
}

enum narc_status narc_cursor_stream(narc_cursor *cursor, narc_write_fn write, void *context,
				    struct narc_error *error)
{
	struct fetched_block *block;
	struct row owner;
	const void *data;
	enum narc_status status;

	if (cursor->has_row && narc_cursor_record(cursor)->size > BLOCK_CONTENT_LIMIT) {
		status = find_content(cursor, &block, &owner, error);
		if (status == NARC_OK)
			status = stream_large(cursor, block, &owner, write, context, error);
		if (status != NARC_OK)
			narc_error_set_path(error, narc_cursor_record(cursor)->path);
		return status;
	}
	status = narc_cursor_content(cursor, &data, error);
	if (status == NARC_OK && narc_cursor_record(cursor)->size &&
	    !write(context, data, (size_t)narc_cursor_record(cursor)->size))
		status = narc_fail(error, NARC_CANCELLED, "content", NARC_NO_OFFSET,
				   "stopped by the receiver");
	return status;
}

/* Copies are left to the cursor: what they share may be in a block that is not kept. */
static bool check_ahead(void *context, unsigned thread, narc_cursor *cursor)
{
	const void *data;

	(void)context;
	(void)thread;
	return cursor->readers[0]->row.source == 0 &&
	       narc_cursor_content(cursor, &data, NULL) == NARC_OK;
}

void narc_cursor_read_ahead(narc_cursor *cursor, unsigned threads)
{
	cursor_read_ahead(cursor, threads, check_ahead, NULL);
}

bool narc_record_is_newer(const struct narc_record *newer, const struct narc_record *older)
{
	int64_t newer_instant = record_instant(newer);
	int64_t older_instant = record_instant(older);

	if (newer->generation != older->generation)
		return newer->generation > older->generation;
	if (newer_instant != older_instant)
		return newer_instant > older_instant;
	if (newer->mtime_seconds != older->mtime_seconds)
		return newer->mtime_seconds > older->mtime_seconds;
	if (newer->mtime_nanoseconds != older->mtime_nanoseconds)
		return newer->mtime_nanoseconds > older->mtime_nanoseconds;
	return strcmp(newer->path, older->path) > 0;
}
