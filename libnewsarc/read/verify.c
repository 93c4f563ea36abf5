/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checking a whole archive: every block with its rows and their content, in order; then
 * that the indexes hold what the rows say and no more; then that nothing stands between
 * the parts. A damage is told and the check goes on behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "format/post_path.h"
#include "read/fetch_block.h"
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

	struct fetched_block block;
	struct row_walk walk;
	struct fetched_block source;
	struct row_walk source_walk;
	const struct names *names;

	/* The row before, to check the order. */
	bool has_last;
	int64_t last_time;
	char last_code[CODE_SIZE_LIMIT + 1];
	char last_path[PATH_SIZE_LIMIT + 1];

	/* What the trailer and the indexes have to agree with. */
	uint64_t rows;
	uint64_t posts;
	uint64_t content_size;
	uint64_t owned_size;
	uint64_t code_places; /* pairs of an infoCode and a block that holds it */
	uint64_t path_places;
	uint64_t code_hashes[BLOCK_ROWS_LIMIT]; /* of the block's rows, to count them */
	uint64_t path_hashes[BLOCK_ROWS_LIMIT];
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

/* Checks that the index leads from key to the block being checked. */
static enum narc_status check_key(struct verification *check, enum key_index index,
				  const char *key, struct narc_error *error)
{
	const uint64_t *blocks = NULL;
	size_t count;
	enum narc_status status = locate_key(&check->locator, index, key, &blocks, &count, error);

	if (status != NARC_OK)
		return status;
	for (size_t i = 0; i < count; i++)
		if (blocks[i] == check->block.entry.first_block)
			return NARC_OK;
	status = narc_fail(error, NARC_CORRUPT, "index", check->block.descriptor.offset,
			   "the index by %s does not lead to this entry",
			   index == KEY_INDEX_CODES ? "infoCode" : "path");
	narc_error_set_path(error, check->walk.path);
	return status;
}

/* ---- one block ------------------------------------------------------------------------ */

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t *left = a;
	const uint64_t *right = b;

	return (*left > *right) - (*left < *right);
}

/* How many different keys the block has, by their hashes. */
static uint64_t count_distinct(uint64_t *hashes, size_t count)
{
	uint64_t places = 0;

	qsort(hashes, count, sizeof(*hashes), compare_numbers);
	for (size_t i = 0; i < count; i++)
		places += i == 0 || hashes[i] != hashes[i - 1];
	return places;
}

/* Finds the row that a copy names, and checks that it is what the copy says. */
static enum narc_status check_source(struct verification *check, const struct row *row,
				     struct narc_error *error)
{
	uint64_t number = row->record.row - row->source;
	struct block_entry entry;
	struct row owner;
	enum narc_status status = locate_row(&check->locator, number, &entry, error);

	if (status == NARC_OK)
		status = fetch_block(&check->locator, &entry, false, &check->source, error);
	if (status != NARC_OK)
		return status;
	row_walk_begin(&check->source_walk, &check->source.descriptor, check->names);
	do {
		status = row_walk_next(&check->source_walk, &owner, error);
	} while (status == NARC_OK && owner.record.row < number);
	if (status == NARC_OK && (owner.source || owner.record.size != row->record.size ||
				  owner.record.hash != row->record.hash)) {
		status = narc_fail(error, NARC_CORRUPT, "descriptor",
				   check->block.descriptor.offset,
				   "a copy is not what its source is");
		narc_error_set_path(error, row->record.path);
	}
	return status;
}

static enum narc_status check_content(struct verification *check, const struct row *row,
				      struct narc_error *error)
{
	const uint8_t *content = check->block.content.data + row->content_start;
	enum narc_status status;

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

	if (status == NARC_OK && *record->info_code)
		status = tell(check, check_key(check, KEY_INDEX_CODES, record->info_code, &damage),
			      &damage, error);
	if (status == NARC_OK && !post_path_is_regular(record->path, record->info_code))
		status = tell(check, check_key(check, KEY_INDEX_PATHS, record->path, &damage),
			      &damage, error);
	if (status == NARC_OK && row->source)
		status = tell(check, check_source(check, row, &damage), &damage, error);
	else if (status == NARC_OK && check->block.has_content)
		status = tell(check, check_content(check, row, &damage), &damage, error);
	else if (status == NARC_OK && !check->quick && !check->has_dictionary_damage &&
		 check->block.descriptor.facts.content_size > BLOCK_CONTENT_LIMIT)
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
	size_t codes = 0;
	size_t paths = 0;
	struct narc_error damage;
	struct row row;
	enum narc_status status;

	row_walk_begin(&check->walk, &check->block.descriptor, check->names);
	for (;;) {
		const struct narc_record *record = &row.record;

		status = row_walk_next(&check->walk, &row, &damage);
		if (status != NARC_OK)
			break;
		if (*record->info_code)
			check->code_hashes[codes++] =
				content_hash(record->info_code, strlen(record->info_code));
		if (!post_path_is_regular(record->path, record->info_code))
			check->path_hashes[paths++] =
				content_hash(record->path, strlen(record->path));
		count_row(check, &row);
		status = check_row(check, &row, error);
		if (status != NARC_OK)
			return status;
	}
	check->code_places += count_distinct(check->code_hashes, codes);
	check->path_places += count_distinct(check->path_hashes, paths);
	return tell(check, status, &damage, error);
}

static enum narc_status check_block(struct verification *check, uint64_t number,
				    uint64_t *place, struct narc_error *error)
{
	struct narc_error damage;
	struct block_entry entry;
	bool small;
	enum narc_status status = locate_block(&check->locator, number, &entry, &damage);

	if (status != NARC_OK && damage.offset == check->damaged_page)
		return NARC_OK;
	if (status != NARC_OK)
		check->damaged_page = damage.offset;
	if (status == NARC_OK && entry.offset != *place)
		status = narc_fail(&damage, NARC_CORRUPT, "block page", entry.offset,
				   "block %llu does not follow the one before it",
				   (unsigned long long)number);
	if (status == NARC_OK) {
		*place = entry.offset + entry.frame_size + entry.section_size;
		status = fetch_block(&check->locator, &entry, !check->quick, &check->block,
				     &damage);
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

/* ---- the indexes ------------------------------------------------------------------------ */

/* What going through a tree finds out. */
struct tree_walk {
	bool of_keys;
	uint64_t first;  /* where its first page stands */
	uint64_t bytes;  /* of all its pages */
	uint64_t places; /* of a key index */
};

/* Copies what a page says of its children, for going down may take the page's place in the
 * cache; count is 0 for a leaf. *children is to be freed. */
static enum narc_status read_children(struct verification *check, struct extent extent,
				      struct tree_walk *walk, unsigned *level,
				      struct extent **children, uint32_t *count,
				      struct narc_error *error)
{
	const struct key_page *keys = NULL;
	const struct block_page *blocks = NULL;
	struct extent *copy;
	enum narc_status status =
		walk->of_keys ? locate_key_page(&check->locator, extent, &keys, error)
			      : locate_block_page(&check->locator, extent, &blocks, error);

	if (status != NARC_OK)
		return status;
	*level = keys ? keys->level : blocks->level;
	*count = *level ? (keys ? keys->count : blocks->count) : 0;
	if (keys && *level == 0)
		walk->places += keys->value_start[keys->count];
	copy = calloc((size_t)*count + 1, sizeof(*copy));
	if (!copy)
		return narc_fail_memory(error);
	for (uint32_t i = 0; i < *count; i++) {
		if (keys)
			copy[i] = (struct extent){ keys->values[i],
						   keys->values[i + 1] - keys->values[i] };
		else
			copy[i] = (struct extent){ blocks->entries[i].offset,
						   blocks->entries[i].section_size };
	}
	*children = copy;
	return NARC_OK;
}

/* parent_level is TREE_LEVELS_LIMIT for the root. */
static enum narc_status walk_tree(struct verification *check, struct extent extent,
				  unsigned parent_level, struct tree_walk *walk,
				  struct narc_error *error)
{
	const struct trailer *trailer = &check->archive->trailer;
	struct extent *children = NULL;
	uint32_t count = 0;
	unsigned level = 0;
	enum narc_status status = read_children(check, extent, walk, &level, &children, &count,
						error);

	if (status != NARC_OK)
		return status;
	walk->bytes += extent.size;
	if (extent.offset < walk->first)
		walk->first = extent.offset;
	/* A tree cannot be larger than the index: pages that were children of several
	 * others would make this walk endless. */
	if ((parent_level < TREE_LEVELS_LIMIT && level + 1 != parent_level) ||
	    walk->bytes > trailer->end - extent_end(trailer->blocks))
		status = narc_fail(error, NARC_CORRUPT, "index", extent.offset,
				   "the pages are not a tree");
	for (uint32_t i = 0; i < count && status == NARC_OK; i++)
		status = walk_tree(check, children[i], level, walk, error);
	free(children);
	return status;
}

/* Checks that the tree's pages stand from *place to the end of its root without a gap. */
static enum narc_status check_tree(struct verification *check, struct extent root, bool of_keys,
				   uint64_t places, uint64_t *place, struct narc_error *error)
{
	struct tree_walk walk = { .of_keys = of_keys, .first = UINT64_MAX };
	enum narc_status status;

	if (root.size == 0 && places == 0)
		return NARC_OK;
	if (root.size == 0)
		return narc_fail(error, NARC_CORRUPT, "index", *place, "an index is missing");
	status = walk_tree(check, root, TREE_LEVELS_LIMIT, &walk, error);
	if (status != NARC_OK)
		return status;
	if (walk.first != *place || walk.bytes != extent_end(root) - *place)
		return narc_fail(error, NARC_CORRUPT, "index", *place,
				 "there is a gap before or between the pages of an index");
	*place = extent_end(root);
	if (of_keys && walk.places != places && check->result.damages == 0)
		return narc_fail(error, NARC_CORRUPT, "index", root.offset,
				 "an index names other places than the entries have");
	return NARC_OK;
}

static enum narc_status check_index(struct verification *check, struct narc_error *error)
{
	const struct trailer *trailer = &check->archive->trailer;
	uint64_t place = extent_end(trailer->blocks);
	enum narc_status status = check_tree(check, trailer->code_root, true, check->code_places,
					     &place, error);

	if (status == NARC_OK)
		status = check_tree(check, trailer->path_root, true, check->path_places, &place,
				    error);
	if (status == NARC_OK)
		status = check_tree(check, trailer->block_root, false, trailer->block_count,
				    &place, error);
	if (status == NARC_OK && place != trailer->end - TRAILER_SECTION_SIZE)
		status = narc_fail(error, NARC_CORRUPT, "index", place,
				   "there is something between the index and the trailer");
	return status;
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

static enum narc_status check_blocks(struct verification *check, struct narc_error *error)
{
	const struct trailer *trailer = &check->archive->trailer;
	uint64_t place = trailer->blocks.offset;
	struct narc_error damage;
	enum narc_status status = NARC_OK;

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
	if (status == NARC_OK)
		status = tell(check, check_index(check, &damage), &damage, error);
	return status;
}

enum narc_status narc_archive_verify(narc_archive *archive, bool quick, narc_damage_fn report,
				     void *context, struct narc_verify_result *result,
				     struct narc_error *error)
{
	struct verification *check = calloc(1, sizeof(*check));
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	enum narc_status status;

	if (!check || !decompressor) {
		status = narc_fail_memory(error);
		goto done;
	}
	check->archive = archive;
	check->quick = quick;
	check->report = report;
	check->context = context;
	check->damaged_page = NARC_NO_OFFSET - 1; /* no page's offset */
	locator_init(&check->locator, archive, decompressor);
	status = run_checks(check, error);
	if (status == NARC_OK)
		*result = check->result;
	locator_free(&check->locator);
	fetched_block_free(&check->block);
	fetched_block_free(&check->source);
done:
	ZSTD_freeDCtx(decompressor);
	free(check);
	return status;
}
