/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/cursor.h"

#include <stdlib.h>
#include <string.h>

#include "format/info_code.h"
#include "format/post_path.h"
#include "read/filter.h"
#include "support/content_hash.h"
#include "support/status.h"

enum narc_status cursor_new(struct narc_archive *archive, const struct narc_filter *filter,
			    struct narc_cursor **out, struct narc_error *error)
{
	struct narc_cursor *cursor = calloc(1, sizeof(*cursor));

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
	if (!cursor->decompressor) {
		narc_cursor_close(cursor);
		return narc_fail_memory(error);
	}
	*out = cursor;
	return NARC_OK;
}

void narc_cursor_close(narc_cursor *cursor)
{
	if (!cursor)
		return;
	read_ahead_end(cursor->ahead);
	fetched_block_free(&cursor->block);
	byte_buffer_free(&cursor->done);
	owner_search_free(&cursor->source);
	locator_free(&cursor->locator);
	ZSTD_freeDCtx(cursor->decompressor);
	free(cursor->key);
	free(cursor->list);
	free(cursor);
}

/* Ends a walk under way. */
static void leave_walk(struct narc_cursor *cursor)
{
	read_ahead_end(cursor->ahead);
	cursor->ahead = NULL;
	cursor->walking = false;
	cursor->has_row = cursor->row_is_pending = false;
}

void cursor_set_range(struct narc_cursor *cursor, uint64_t first, uint64_t end)
{
	leave_walk(cursor);
	cursor->match = MATCH_ANY;
	cursor->list_next = cursor->list_size;
	cursor->range_next = first;
	cursor->range_end = end;
}

static enum narc_status start_range(struct narc_cursor *cursor, struct narc_error *error)
{
	const struct trailer *trailer = &cursor->archive->trailer;
	struct block_entry entry = { .first_block = 0 };
	enum narc_status status = NARC_OK;

	if (trailer->rows && cursor->filter.from != INT64_MIN)
		status = locate_time(&cursor->locator, cursor->filter.from, &entry, error);
	if (status == NARC_OK)
		cursor_set_range(cursor, entry.first_block, trailer->block_count);
	return status;
}

/* Makes the cursor go through the blocks that may hold key. */
static enum narc_status start_list(struct narc_cursor *cursor, enum cursor_match match,
				   enum key_index index, const char *lookup, const char *key,
				   struct narc_error *error)
{
	const uint64_t *blocks = NULL;
	size_t count;
	uint64_t *list = NULL;
	char *copy = NULL;
	enum narc_status status = locate_key(&cursor->locator, index, lookup, &blocks, &count,
					     error);

	if (status != NARC_OK)
		return status;
	copy = strdup(key);
	list = malloc((count + 1) * sizeof(*list));
	if (!copy || !list) {
		free(copy);
		free(list);
		return narc_fail_memory(error);
	}
	if (count)
		memcpy(list, blocks, count * sizeof(*list));
	leave_walk(cursor);
	free(cursor->list);
	free(cursor->key);
	cursor->match = match;
	cursor->key = copy;
	cursor->list = list;
	cursor->list_size = count;
	cursor->list_next = 0;
	cursor->range_next = cursor->range_end = 0;
	return NARC_OK;
}

enum narc_status narc_cursor_open(narc_archive *archive, const struct narc_filter *filter,
				  narc_cursor **out, struct narc_error *error)
{
	narc_cursor *cursor = NULL;
	const char *code;
	enum narc_status status = cursor_new(archive, filter, &cursor, error);

	if (status != NARC_OK)
		return status;
	code = cursor->filter.code_glob;
	if (code && *code && glob_is_plain(code))
		status = start_list(cursor, MATCH_CODE, KEY_INDEX_CODES, code, code, error);
	else
		status = start_range(cursor, error);
	if (status != NARC_OK) {
		narc_cursor_close(cursor);
		return status;
	}
	*out = cursor;
	return NARC_OK;
}

/* ---- going through ---------------------------------------------------------------------- */

/* Fetches the next block to go through; NARC_END if there is none. */
static enum narc_status next_block(struct narc_cursor *cursor, struct narc_error *error)
{
	const struct names *names;
	struct block_entry entry;
	uint64_t number;
	enum narc_status status;

	if (cursor->list_next < cursor->list_size)
		number = cursor->list[cursor->list_next++];
	else if (cursor->range_next < cursor->range_end)
		number = cursor->range_next++;
	else
		return NARC_END;
	status = locate_block(&cursor->locator, number, &entry, error);
	if (status != NARC_OK) {
		/* A damaged page hides many blocks: that is told once. */
		cursor->list_next = cursor->list_size;
		cursor->range_next = cursor->range_end;
		return status;
	}
	if (cursor->match == MATCH_ANY && entry.first_local_time > cursor->filter.to) {
		cursor->range_next = cursor->range_end;
		return NARC_END;
	}
	status = archive_names(cursor->archive, cursor->decompressor, &names, error);
	if (status == NARC_OK)
		status = read_ahead_fetch(cursor->ahead, &cursor->locator, &entry,
					  cursor->match != MATCH_ANY || cursor->with_frames,
					  &cursor->block, &cursor->done, error);
	if (status != NARC_OK)
		return status;
	row_walk_begin(&cursor->walk, &cursor->block.descriptor, names);
	cursor->walking = true;
	return NARC_OK;
}

static bool row_matches(const struct narc_cursor *cursor)
{
	const struct narc_record *record = &cursor->row.record;

	if (cursor->match == MATCH_CODE && strcmp(record->info_code, cursor->key) != 0)
		return false;
	if (cursor->match == MATCH_PATH && strcmp(record->path, cursor->key) != 0)
		return false;
	return filter_passes(&cursor->filter, record);
}

/* Moves to the next row that matches. */
static enum narc_status advance(struct narc_cursor *cursor, struct narc_error *error)
{
	for (;;) {
		enum narc_status status;

		if (!cursor->walking) {
			status = next_block(cursor, error);
			if (status != NARC_OK)
				return status;
		}
		status = row_walk_next(&cursor->walk, &cursor->row, error);
		if (status == NARC_END)
			cursor->walking = false;
		else if (status != NARC_OK)
			return status;
		else if (row_matches(cursor))
			return NARC_OK;
	}
}

enum narc_status narc_cursor_next(narc_cursor *cursor, const struct narc_record **record,
				  struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (!cursor->row_is_pending)
		status = advance(cursor, error);
	cursor->row_is_pending = false;
	cursor->has_row = status == NARC_OK;
	if (cursor->has_row)
		*record = &cursor->row.record;
	else if (status != NARC_END)
		cursor->walking = false; /* the rest of a damaged block is not trusted */
	return status;
}

const struct narc_record *narc_cursor_record(const narc_cursor *cursor)
{
	return cursor->has_row ? &cursor->row.record : NULL;
}

/* Leaves out the blocks at the end of the range that hold nothing early enough. */
static void limit_range(struct narc_cursor *cursor)
{
	struct block_entry last;

	if (cursor->range_next < cursor->range_end && cursor->filter.to < INT64_MAX &&
	    locate_time(&cursor->locator, cursor->filter.to + 1, &last, NULL) == NARC_OK &&
	    last.first_block >= cursor->range_next)
		cursor->range_end = last.first_block + 1;
}

void cursor_read_ahead(struct narc_cursor *cursor, unsigned threads, ahead_work_fn work,
		       void *context)
{
	struct ahead_plan plan = { .filter = &cursor->filter, .threads = threads, .work = work,
				   .context = context };

	if (cursor->match != MATCH_ANY || cursor->ahead || cursor->walking)
		return;
	limit_range(cursor);
	/* Where few records are wanted, most data frames are not. */
	cursor->with_frames = filter_is_of_dates(&cursor->filter);
	plan.first = cursor->range_next;
	plan.end = cursor->range_end;
	plan.with_frames = cursor->with_frames;
	cursor->ahead = read_ahead_start(cursor->archive, &plan);
}

bool cursor_row_is_done(const struct narc_cursor *cursor)
{
	return read_ahead_did(&cursor->done, &cursor->block, cursor->row.record.row);
}

/* Starts a list and moves to its first match; NARC_END if it has none. */
static enum narc_status find_first(struct narc_cursor *cursor, enum cursor_match match,
				   enum key_index index, const char *lookup, const char *key,
				   struct narc_error *error)
{
	enum narc_status status = start_list(cursor, match, index, lookup, key, error);

	if (status == NARC_OK)
		status = advance(cursor, error);
	cursor->row_is_pending = status == NARC_OK;
	if (status != NARC_OK)
		cursor->walking = false; /* the rest of a damaged block is not trusted */
	return status;
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
	if (status == NARC_END)
		status = find_first(cursor, MATCH_PATH, KEY_INDEX_PATHS, path, path, error);
	return status;
}

enum narc_status narc_cursor_find(narc_cursor *cursor, const char *key, struct narc_error *error)
{
	char other[CODE_MEMBER_SIZE];
	enum narc_status status = NARC_END;

	if (*key)
		status = find_first(cursor, MATCH_CODE, KEY_INDEX_CODES, key, key, error);
	if (status == NARC_END && code_other_family(key, other))
		status = find_first(cursor, MATCH_CODE, KEY_INDEX_CODES, other, other, error);
	if (status == NARC_END && *key)
		status = find_path(cursor, key, error);
	if (status == NARC_END) {
		status = narc_fail(error, NARC_NOT_FOUND, "find", NARC_NO_OFFSET,
				   "there is no such infoCode or path in the archive");
		narc_error_set_path(error, key);
	}
	return status;
}

/* ---- content -------------------------------------------------------------------------- */

/* Finds the row that owns the content of the cursor's row, and its block. */
static enum narc_status find_content(struct narc_cursor *cursor, struct fetched_block **block,
				     struct row *owner, struct narc_error *error)
{
	return find_owner(&cursor->locator, cursor->walk.names, &cursor->block, &cursor->row,
			  &cursor->source, block, owner, error);
}

static enum narc_status fail_hash(const struct narc_cursor *cursor,
				  const struct fetched_block *block, struct narc_error *error)
{
	enum narc_status status = narc_fail(error, NARC_CORRUPT, "content", block->entry.offset,
					    "the content does not match its hash: it is damaged");

	narc_error_set_path(error, cursor->row.record.path);
	return status;
}

/* Whether the content was found right when it was read ahead. */
static bool is_checked(const struct narc_cursor *cursor)
{
	return cursor->row.source == 0 && cursor_row_is_done(cursor);
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
		narc_error_set_path(error, cursor->row.record.path);
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

	if (cursor->has_row && cursor->row.record.size > BLOCK_CONTENT_LIMIT) {
		status = find_content(cursor, &block, &owner, error);
		if (status == NARC_OK)
			status = stream_large(cursor, block, &owner, write, context, error);
		if (status != NARC_OK)
			narc_error_set_path(error, cursor->row.record.path);
		return status;
	}
	status = narc_cursor_content(cursor, &data, error);
	if (status == NARC_OK && cursor->row.record.size &&
	    !write(context, data, (size_t)cursor->row.record.size))
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
	return cursor->row.source == 0 && narc_cursor_content(cursor, &data, NULL) == NARC_OK;
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
