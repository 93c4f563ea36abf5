/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a key leads to. */
#include <stdlib.h>
#include <string.h>

#include "format/info_code.h"
#include "format/post_path.h"
#include "format/row_keys.h"
#include "read/cursor.h"
#include "read/filter.h"
#include "read/volume_filters.h"
#include "support/status.h"

/* ---- blocks that may hold a key ----------------------------------------------------------- */

/* A key of an index. */
struct look_up {
	enum key_index index;
	const void *key;
	size_t size;
};

static enum narc_status add_range(struct block_range **ranges, size_t *count,
				  struct block_range range, struct narc_error *error)
{
	struct block_range *grown = realloc(*ranges, (*count + 1) * sizeof(*grown));

	if (!grown)
		return narc_fail_memory(error);
	*ranges = grown;
	grown[(*count)++] = range;
	return NARC_OK;
}

/* Adds to ranges the blocks of a segment that may hold the key. */
static enum narc_status add_blocks(struct narc_cursor *cursor, const struct segment *segment,
				   const struct look_up *look_up, struct block_range **ranges,
				   size_t *range_count, struct narc_error *error)
{
	const struct narc_archive *archive = cursor->archive;
	const uint64_t *blocks = NULL;
	size_t count = 0;
	enum narc_status status = NARC_OK;

	if (!archive->is_made_up)
		status = locate_key(&cursor->locator, segment, look_up->index, look_up->key,
				    look_up->size, &blocks, &count, error);
	/* Where the index cannot be read, or there is none, it may be in any block. */
	if (archive->is_made_up || (is_damage(status) && archive->recovery))
		return add_range(ranges, range_count,
				 (struct block_range){ segment->first_block,
						       segment->first_block + segment->block_count },
				 error);
	if (status != NARC_OK || count == 0)
		return status;
	for (size_t i = 0; i < count && status == NARC_OK; i++)
		status = add_range(ranges, range_count,
				   (struct block_range){ blocks[i], blocks[i] + 1 }, error);
	return status;
}

static int by_first_block(const void *a, const void *b)
{
	const struct block_range *left = a;
	const struct block_range *right = b;

	return (left->next > right->next) - (left->next < right->next);
}

/* Puts blocks in order, each once. */
static size_t sort_blocks(struct block_range *ranges, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(ranges, count, sizeof(*ranges), by_first_block);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || ranges[i].next != ranges[kept - 1].next)
			ranges[kept++] = ranges[i];
	return kept;
}

/* The same of some segments that follow each other. */
static enum narc_status add_blocks_of(struct narc_cursor *cursor, size_t first, size_t segments,
				      const struct look_up *look_up, struct block_range **ranges,
				      size_t *count, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < segments && status == NARC_OK; i++)
		status = add_blocks(cursor, &cursor->archive->segments[first + i], look_up, ranges,
				    count, error);
	return status;
}

/* The same of all segments; of a set, of those of volumes that may have the key. */
static enum narc_status add_all_blocks(struct narc_cursor *cursor, const struct look_up *look_up,
				       struct block_range **ranges, size_t *count,
				       struct narc_error *error)
{
	const struct narc_archive *archive = cursor->archive;
	struct volume_list *volumes = archive->volumes;
	struct volume_probe probe;
	size_t candidates = 0;
	enum narc_status status = NARC_OK;

	if (!volumes)
		return add_blocks_of(cursor, 0, archive->manifest.segment_count, look_up, ranges,
				     count, error);
	probe = volume_probe_of(look_up->index, look_up->key, look_up->size);
	for (size_t i = 0; i < volumes->count; i++)
		candidates += volume_is_candidate(volumes, &volumes->volumes[i], &probe);
	/* To look into one volume takes no more than to read its filter. */
	for (size_t i = 0; i < volumes->count && candidates && status == NARC_OK; i++) {
		struct volume *volume = &volumes->volumes[i];

		if (volume_is_candidate(volumes, volume, &probe) &&
		    (candidates == 1 || volume_may_have(volumes, volume, &probe)))
			status = add_blocks_of(cursor, volume->first_segment,
					       volume->segment_count, look_up, ranges, count,
					       error);
	}
	return status;
}

/* Makes the cursor go through the blocks that may hold what one or two look-ups lead to. */
static enum narc_status start_key(struct narc_cursor *cursor, enum cursor_match match,
				  const struct look_up *look_ups, size_t look_up_count,
				  const char *key, struct narc_error *error)
{
	struct block_range *ranges = NULL;
	size_t count = 0;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < look_up_count && status == NARC_OK; i++)
		status = add_all_blocks(cursor, &look_ups[i], &ranges, &count, error);
	if (status != NARC_OK) {
		free(ranges);
		return status;
	}
	if (look_up_count > 1)
		count = sort_blocks(ranges, count);
	return cursor_set_ranges(cursor, match, key, ranges, count, error);
}

/* ---- keys --------------------------------------------------------------------------------- */

/* Starts on look-ups and moves to the first match; NARC_END if there is none. */
static enum narc_status find_first(struct narc_cursor *cursor, enum cursor_match match,
				   const struct look_up *look_ups, size_t count, const char *key,
				   struct narc_error *error)
{
	enum narc_status status = start_key(cursor, match, look_ups, count, key, error);

	return status == NARC_OK ? cursor_find_next(cursor, error) : status;
}

enum narc_status cursor_start_code(struct narc_cursor *cursor, const char *code,
				   struct narc_error *error)
{
	return start_key(cursor, MATCH_CODE,
			 &(struct look_up){ KEY_INDEX_CODES, code, strlen(code) }, 1, code, error);
}

static enum narc_status find_code(struct narc_cursor *cursor, const char *code,
				  struct narc_error *error)
{
	enum narc_status status = *code ? cursor_start_code(cursor, code, error) : NARC_END;

	return status == NARC_OK ? cursor_find_next(cursor, error) : status;
}

/* A path leads to its row by the infoCode in it, or by the index of paths: to the one that is
 * current by one of them, to all its states maybe by both. */
static enum narc_status find_path(struct narc_cursor *cursor, const char *path,
				  struct narc_error *error)
{
	struct look_up look_ups[2] = { { KEY_INDEX_PATHS, path, strlen(path) } };
	struct look_up *by_code = &look_ups[1];
	const char *code;

	if (!*path)
		return NARC_END;
	by_code->index = KEY_INDEX_CODES;
	if (post_path_split(path, &code, &by_code->size) && by_code->size <= CODE_SIZE_LIMIT) {
		bool both = filter_is_of_all_states(&cursor->filter);
		enum narc_status status;

		by_code->key = code;
		status = find_first(cursor, MATCH_PATH, both ? look_ups : by_code, both ? 2 : 1,
				    path, error);
		if (both || status != NARC_END)
			return status;
	}
	return find_first(cursor, MATCH_PATH, look_ups, 1, path, error);
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
		status = cursor_find_next(cursor, NULL);
	}
	cursor_start_over(cursor);
	cursor->filter = filter;
	return was;
}

/* Whether a key is only not found because it has not the version that is asked for. */
static bool has_other_versions(struct narc_cursor *cursor, const char *key)
{
	const uint32_t version = cursor->filter.version;
	bool has;

	if (!version)
		return false;
	cursor->filter.version = 0;
	has = find_key(cursor, key, NULL) == NARC_OK;
	cursor_start_over(cursor);
	cursor->filter.version = version;
	return has;
}

/* NARC_END becomes an error. */
static enum narc_status settle_find(struct narc_cursor *cursor, enum narc_status status,
				    const char *key, struct narc_error *error)
{
	if (status != NARC_END)
		return volume_list_settle(cursor->archive->volumes, status, error);
	if (was_redacted(cursor, key))
		status = narc_fail(error, NARC_NOT_FOUND, "redacted", NARC_NO_OFFSET,
				   "its content was redacted: \"narc history\" says when and why");
	else if (has_other_versions(cursor, key))
		status = narc_fail(error, NARC_NOT_FOUND, "find", NARC_NO_OFFSET,
				   "it has no such version: \"narc history\" shows those there "
				   "are");
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
	status = find_first(cursor, MATCH_CONTENT,
			    &(struct look_up){ KEY_INDEX_CONTENTS, key, sizeof(key) }, 1, NULL,
			    error);
	return settle_find(cursor, status, "", error);
}

enum narc_status narc_cursor_find_row(narc_cursor *cursor, uint64_t row, struct narc_error *error)
{
	struct block_entry entry;
	struct block_range *ranges = NULL;
	size_t count = 0;
	enum narc_status status = NARC_OK;

	if (row < cursor->archive->trailer.rows)
		status = locate_row(&cursor->locator, row, &entry, error);
	if (status == NARC_OK && row < cursor->archive->trailer.rows)
		status = add_range(&ranges, &count,
				   (struct block_range){ entry.first_block, entry.first_block + 1 },
				   error);
	if (status == NARC_OK)
		status = cursor_set_ranges(cursor, MATCH_ROW, NULL, ranges, count, error);
	cursor->number = row;
	if (status == NARC_OK)
		status = cursor_find_next(cursor, error);
	if (status != NARC_END)
		return volume_list_settle(cursor->archive->volumes, status, error);
	return narc_fail(error, NARC_NOT_FOUND, "find", NARC_NO_OFFSET,
			 "there is no row %llu, or it is not among those asked for",
			 (unsigned long long)row);
}
