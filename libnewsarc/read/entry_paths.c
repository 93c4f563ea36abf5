/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index names the block that a path would be in, but only the block's rows say whether it
 * is. Folders that are made one after the other are mostly asked for of the same few blocks:
 * so the hashes of the paths of these are kept.
 */
#include "read/entry_paths.h"

#include <stdlib.h>
#include <string.h>

#include "format/post_path.h"
#include "read/visible_rows.h"
#include "support/content_hash.h"
#include "support/status.h"

enum { KEPT_BLOCKS = 16 };

/* A hash table with open addressing; 0 is an empty slot. */
struct path_hashes {
	bool is_known;
	uint64_t block;
	size_t slot_count; /* a power of two */
	uint64_t *slots;
};

struct entry_paths {
	struct narc_archive *archive;
	struct narc_filter filter;
	ZSTD_DCtx *decompressor;
	struct locator locator;
	struct fetched_block block;
	struct visible_rows visible;
	struct row_walk walk;
	/* Of block n at n modulo KEPT_BLOCKS. */
	struct path_hashes kept[KEPT_BLOCKS];
};

enum narc_status entry_paths_new(narc_archive *archive, const struct narc_filter *filter,
				 struct entry_paths **out, struct narc_error *error)
{
	struct entry_paths *paths = calloc(1, sizeof(*paths));

	if (!paths)
		return narc_fail_memory(error);
	paths->archive = archive;
	if (filter)
		paths->filter = *filter;
	else
		narc_filter_init(&paths->filter);
	paths->decompressor = ZSTD_createDCtx();
	locator_init(&paths->locator, archive, paths->decompressor);
	visible_rows_init(&paths->visible, archive, &paths->filter);
	if (!paths->decompressor) {
		entry_paths_free(paths);
		return narc_fail_memory(error);
	}
	*out = paths;
	return NARC_OK;
}

void entry_paths_free(struct entry_paths *paths)
{
	if (!paths)
		return;
	for (size_t i = 0; i < KEPT_BLOCKS; i++)
		free(paths->kept[i].slots);
	fetched_block_free(&paths->block);
	visible_rows_free(&paths->visible);
	locator_free(&paths->locator);
	ZSTD_freeDCtx(paths->decompressor);
	free(paths);
}

static uint64_t hash_of(const char *path)
{
	uint64_t hash = content_hash(path, strlen(path));

	return hash ? hash : 1;
}

/* The slot that the hash is in, or would be. */
static uint64_t *find_slot(const struct path_hashes *hashes, uint64_t hash)
{
	size_t place = (size_t)hash & (hashes->slot_count - 1);

	while (hashes->slots[place] && hashes->slots[place] != hash)
		place = (place + 1) & (hashes->slot_count - 1);
	return &hashes->slots[place];
}

/* Makes the table ready for the paths of the block that is fetched. */
static enum narc_status clear_hashes(struct path_hashes *hashes, size_t row_count,
				     struct narc_error *error)
{
	size_t slot_count = 64;
	uint64_t *slots;

	while (slot_count < 2 * row_count)
		slot_count *= 2;
	slots = calloc(slot_count, sizeof(*slots));
	if (!slots)
		return narc_fail_memory(error);
	free(hashes->slots);
	hashes->slots = slots;
	hashes->slot_count = slot_count;
	return NARC_OK;
}

static enum narc_status collect(struct entry_paths *paths, uint64_t number,
				struct path_hashes *hashes, struct narc_error *error)
{
	struct block_entry entry;
	struct row row;
	enum narc_status status = locate_block(&paths->locator, number, &entry, error);

	hashes->is_known = false;
	if (status == NARC_OK)
		status = fetch_block(&paths->locator, &entry, false, &paths->block, error);
	if (status == NARC_OK)
		status = visible_rows_enter(&paths->visible, &paths->locator, &entry, error);
	if (status == NARC_OK)
		status = clear_hashes(hashes, entry.rows, error);
	if (status != NARC_OK)
		return status;
	row_walk_begin(&paths->walk, &paths->block.descriptor, paths->block.names);
	while ((status = row_walk_next(&paths->walk, &row, error)) == NARC_OK) {
		if (visible_rows_have(&paths->visible, &row.record)) {
			uint64_t hash = hash_of(row.record.path);

			*find_slot(hashes, hash) = hash;
		}
	}
	if (status != NARC_END)
		return status;
	hashes->block = number;
	hashes->is_known = true;
	return NARC_OK;
}

static enum narc_status look_into_block(struct entry_paths *paths, uint64_t number, uint64_t hash,
					bool *has, struct narc_error *error)
{
	struct path_hashes *hashes = &paths->kept[number % KEPT_BLOCKS];
	enum narc_status status = NARC_OK;

	if (!hashes->is_known || hashes->block != number)
		status = collect(paths, number, hashes, error);
	if (status == NARC_OK)
		*has = *find_slot(hashes, hash) != 0;
	return status;
}

/* Looks into the blocks that the index of a segment names for the key. */
static enum narc_status look_into_segment(struct entry_paths *paths,
					  const struct segment *segment, enum key_index index,
					  const char *key, const char *path, bool *has,
					  struct narc_error *error)
{
	const uint64_t *found = NULL;
	uint64_t *blocks;
	size_t count;
	enum narc_status status = locate_key(&paths->locator, segment, index, key, strlen(key),
					     &found, &count, error);

	if (status != NARC_OK || count == 0)
		return status;
	blocks = malloc(count * sizeof(*blocks)); /* they go with the next page */
	if (!blocks)
		return narc_fail_memory(error);
	memcpy(blocks, found, count * sizeof(*blocks));
	for (size_t i = 0; i < count && status == NARC_OK && !*has; i++)
		status = look_into_block(paths, blocks[i], hash_of(path), has, error);
	free(blocks);
	return status;
}

static enum narc_status look_up(struct entry_paths *paths, enum key_index index, const char *key,
				const char *path, bool *has, struct narc_error *error)
{
	const struct narc_archive *archive = paths->archive;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < archive->manifest.segment_count && status == NARC_OK && !*has; i++)
		status = look_into_segment(paths, &archive->segments[i], index, key, path, has,
					   error);
	return status;
}

enum narc_status entry_paths_has(struct entry_paths *paths, const char *path, bool *out,
				 struct narc_error *error)
{
	const char *code;
	size_t code_size;
	char key[CODE_SIZE_LIMIT + 1];
	bool has = false;
	enum narc_status status = NARC_OK;

	if (post_path_split(path, &code, &code_size) && code_size <= CODE_SIZE_LIMIT) {
		memcpy(key, code, code_size);
		key[code_size] = '\0';
		status = look_up(paths, KEY_INDEX_CODES, key, path, &has, error);
	}
	if ((status == NARC_OK || status == NARC_CORRUPT || status == NARC_LIMIT) && !has)
		status = look_up(paths, KEY_INDEX_PATHS, path, path, &has, error);
	if (status != NARC_OK && status != NARC_CORRUPT && status != NARC_LIMIT)
		return status;
	*out = has;
	return NARC_OK;
}
