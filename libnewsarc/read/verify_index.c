/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/verify_index.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "read/page_rows.h"
#include "support/status.h"

/* ---- trees -------------------------------------------------------------------------------- */

/* Going through a tree. */
struct tree_walk {
	struct locator *locator;
	struct page_rows rows;
	struct sorted_keys *keys; /* of a key tree, if the rows are known */
	struct damage_list *damages;
	bool is_damaged;
	enum key_index index;
	uint8_t separator[PATH_SIZE_LIMIT + 1]; /* of the entry before, in the leaf at hand */
};

static enum narc_status fail_page(struct extent extent, struct narc_error *error,
				  const char *what)
{
	return narc_fail_text(error, NARC_CORRUPT, "index", extent.offset, what);
}

static enum narc_status enter_page(struct tree_walk *walk, struct extent extent, unsigned level,
				   unsigned parent_level, struct narc_error *error)
{
	if (page_rows_add(&walk->rows, extent, level, parent_level,
			  walk->locator->archive->trailer.manifest.offset))
		return NARC_OK;
	return fail_page(extent, error, "the pages are not a tree");
}

/* Builds the separator of an entry over that of the one before it; returns its size. */
static size_t build_separator(const struct key_page *page, uint32_t place, uint8_t *separator)
{
	size_t added = page->suffix_start[place + 1] - page->suffix_start[place];

	memcpy(separator + page->shared[place], page->suffixes + page->suffix_start[place], added);
	return page->shared[place] + added;
}

/* Whether the entry is the one that the key makes. */
static bool entry_is_right(const struct key_page *page, uint32_t place,
			   const uint8_t *separator, size_t size, const struct sorted_keys *keys)
{
	uint32_t start = page->value_start[place];
	size_t count;
	const uint64_t *blocks = sorted_keys_blocks(keys, &count);

	return size == sorted_keys_separator_size(keys) &&
	       memcmp(separator, keys->key.data, size) == 0 &&
	       key_page_may_have(page, place, keys->key.data, keys->key.size) &&
	       count == page->value_start[place + 1] - start &&
	       memcmp(page->values + start, blocks, count * sizeof(*blocks)) == 0;
}

static enum narc_status check_leaf(struct tree_walk *walk, const struct key_page *page,
				   struct extent extent, struct narc_error *error)
{
	for (uint32_t i = 0; walk->keys && i < page->count; i++) {
		size_t size = build_separator(page, i, walk->separator);
		enum narc_status status = sorted_keys_next(walk->keys, error);

		if (status != NARC_OK && status != NARC_END)
			return status;
		if (status == NARC_END ||
		    !entry_is_right(page, i, walk->separator, size, walk->keys))
			return fail_page(extent, error,
					 "the index holds something else than the entries say");
	}
	return NARC_OK;
}

/* A copy of what an inner page says, for going down may take its place in the cache. */
struct inner_page {
	uint32_t count;
	struct extent *children;
	struct byte_buffer separators; /* strings */
};

static void inner_page_free(struct inner_page *inner)
{
	free(inner->children);
	byte_buffer_free(&inner->separators);
}

static enum narc_status copy_inner(const struct key_page *page, struct inner_page *inner,
				   struct narc_error *error)
{
	uint8_t separator[PATH_SIZE_LIMIT + 1];

	inner->children = calloc(page->count, sizeof(*inner->children));
	if (!inner->children)
		return narc_fail_memory(error);
	inner->count = page->count;
	for (uint32_t i = 0; i < page->count; i++) {
		size_t size = build_separator(page, i, separator);

		byte_buffer_append_string(&inner->separators, separator, size);
		inner->children[i] = (struct extent){ page->values[i],
						      page->values[i + 1] - page->values[i] };
	}
	return byte_buffer_status(&inner->separators, error);
}

/* Notes what is wrong with a page, and goes on behind it: with what it has not, the rest of the
 * keys cannot be compared. */
static enum narc_status settle_page(struct tree_walk *walk, struct extent extent,
				    enum narc_status status, const struct narc_error *damage,
				    struct narc_error *error)
{
	if (status == NARC_CORRUPT || status == NARC_LIMIT) {
		walk->keys = NULL;
		walk->is_damaged = true;
	}
	return damage_list_tell(walk->damages, status, damage, extent.size, NULL, error);
}

static enum narc_status walk_keys(struct tree_walk *walk, struct extent extent,
				  unsigned parent_level, const uint8_t *wanted,
				  size_t wanted_size, struct narc_error *error);

static enum narc_status walk_key_children(struct tree_walk *walk, const struct inner_page *inner,
					  unsigned level, struct narc_error *error)
{
	struct byte_reader separators =
		byte_reader_over(inner->separators.data, inner->separators.size);
	enum narc_status status = NARC_OK;

	for (uint32_t i = 0; i < inner->count && status == NARC_OK; i++) {
		struct narc_error damage;
		size_t size;
		const uint8_t *separator = byte_reader_string(&separators, &size);

		status = walk_keys(walk, inner->children[i], level, separator, size, &damage);
		status = settle_page(walk, inner->children[i], status, &damage, error);
	}
	return status;
}

/* wanted: what the page above says that this one starts with; NULL for the root. */
static enum narc_status walk_keys(struct tree_walk *walk, struct extent extent,
				  unsigned parent_level, const uint8_t *wanted,
				  size_t wanted_size, struct narc_error *error)
{
	struct inner_page inner = { .count = 0 };
	const struct key_page *page;
	unsigned level;
	enum narc_status status = locate_key_page(walk->locator, extent, &page, error);

	if (status != NARC_OK)
		return status;
	level = page->level;
	status = enter_page(walk, extent, level, parent_level, error);
	if (status == NARC_OK && page->index != walk->index)
		status = fail_page(extent, error, "the page is of another index");
	if (status == NARC_OK && wanted &&
	    (page->suffix_start[1] != wanted_size ||
	     memcmp(page->suffixes, wanted, wanted_size) != 0))
		status = fail_page(extent, error, "the page starts with another entry than the "
						  "page above says");
	if (status != NARC_OK)
		return status;
	if (level == 0)
		return check_leaf(walk, page, extent, error);
	status = copy_inner(page, &inner, error);
	if (status == NARC_OK)
		status = walk_key_children(walk, &inner, level, error);
	inner_page_free(&inner);
	return status;
}

/* Whether a page of blocks is what the entry for it in the page above says. */
static bool agrees_with_parent(const struct block_page *page, const struct block_entry *parent)
{
	const struct block_entry *first = &page->entries[0];
	const struct block_entry *last = &page->entries[page->count - 1];

	return first->first_row == parent->first_row &&
	       first->first_block == parent->first_block &&
	       first->first_local_time == parent->first_local_time &&
	       last->first_row + last->rows - first->first_row == parent->rows &&
	       last->first_block + last->blocks - first->first_block == parent->blocks;
}

static enum narc_status walk_blocks(struct tree_walk *walk, struct extent extent,
				    unsigned parent_level, const struct block_entry *parent,
				    struct narc_error *error)
{
	const struct block_page *page;
	struct block_entry *entries;
	uint32_t count;
	unsigned level;
	enum narc_status status = locate_block_page(walk->locator, extent, &page, error);

	if (status != NARC_OK)
		return status;
	level = page->level;
	count = page->count;
	status = enter_page(walk, extent, level, parent_level, error);
	if (status == NARC_OK && !agrees_with_parent(page, parent))
		status = fail_page(extent, error, "the page holds other blocks than the page above "
						  "or the segment says");
	if (status != NARC_OK || level == 0)
		return status;
	entries = malloc(count * sizeof(*entries));
	if (!entries)
		return narc_fail_memory(error);
	memcpy(entries, page->entries, count * sizeof(*entries));
	for (uint32_t i = 0; i < count && status == NARC_OK; i++) {
		struct extent child = { entries[i].offset, entries[i].section_size };
		struct narc_error damage;

		status = walk_blocks(walk, child, level, &entries[i], &damage);
		status = settle_page(walk, child, status, &damage, error);
	}
	free(entries);
	return status;
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* Checks that the pages of the tree just walked stand without a gap. */
static enum narc_status leave_tree(const struct tree_walk *walk, struct extent root,
				   struct narc_error *error)
{
	if (walk->is_damaged || page_rows_are_whole(&walk->rows, root))
		return NARC_OK;
	return fail_page(root, error, "there is a gap between the pages of an index");
}

static enum narc_status check_keys(struct tree_walk *walk, struct extent root,
				   struct sorted_keys *keys, struct narc_error *error)
{
	struct narc_error damage;
	enum narc_status status = NARC_OK;

	if (root.size)
		status = walk_keys(walk, root, TREE_LEVELS_LIMIT, NULL, 0, &damage);
	if (status == NARC_OK && root.size)
		status = leave_tree(walk, root, &damage);
	if (status == NARC_OK && walk->keys && keys->has_item)
		status = narc_fail(&damage, NARC_CORRUPT, "index", root.offset,
				   "entries are missing from the index");
	return settle_page(walk, root, status, &damage, error);
}

/* Where something is damaged, not all rows are known, and the pages are checked by themselves. */
static enum narc_status check_key_tree(struct locator *locator, struct extent root,
				       enum key_index index, struct sorted_keys *keys,
				       struct damage_list *damages, struct narc_error *error)
{
	struct tree_walk walk = { .locator = locator,
				  .index = index,
				  .keys = damages->count ? NULL : keys,
				  .damages = damages };
	enum narc_status status = sorted_keys_finish(keys, error);

	return status == NARC_OK ? check_keys(&walk, root, keys, error) : status;
}

static enum narc_status check_blocks(struct locator *locator, const struct segment *segment,
				     struct damage_list *damages, struct narc_error *error)
{
	struct tree_walk walk = { .locator = locator, .damages = damages };
	struct block_entry whole = { .first_local_time = segment->runs[0].first_local_time,
				     .first_row = segment->first_row,
				     .rows = segment->rows,
				     .first_block = segment->first_block,
				     .blocks = segment->block_count };
	struct narc_error damage;
	enum narc_status status =
		walk_blocks(&walk, segment->block_root, TREE_LEVELS_LIMIT, &whole, &damage);

	if (status == NARC_OK)
		status = leave_tree(&walk, segment->block_root, &damage);
	return settle_page(&walk, segment->block_root, status, &damage, error);
}

/* The tops of the trees stand one behind the other; of the last segment, it is known behind what. */
static enum narc_status check_order(const struct narc_archive *archive,
				    const struct segment *segment, struct narc_error *error)
{
	const struct manifest *manifest = &archive->manifest;
	const struct extent roots[] = { segment->code_root, segment->path_root,
					segment->content_root, segment->block_root,
					segment->superseded_root };
	bool is_last = segment == &archive->segments[manifest->segment_count - 1];
	uint64_t last = is_last ? manifest->parity_end : 0;

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (roots[i].size && roots[i].offset < last)
			return fail_page(roots[i], error, "the indexes are not in their order");
		if (roots[i].size)
			last = roots[i].offset;
	}
	return NARC_OK;
}

enum narc_status verify_index(struct row_keys *keys, struct locator *locator,
			      const struct segment *segment, struct damage_list *damages,
			      struct narc_error *error)
{
	struct narc_error damage;
	enum narc_status status = check_key_tree(locator, segment->code_root, KEY_INDEX_CODES,
						 &keys->codes, damages, error);

	if (status == NARC_OK)
		status = check_key_tree(locator, segment->path_root, KEY_INDEX_PATHS, &keys->paths,
					damages, error);
	if (status == NARC_OK)
		status = check_key_tree(locator, segment->content_root, KEY_INDEX_CONTENTS,
					&keys->contents, damages, error);
	if (status == NARC_OK && segment->block_root.size)
		status = check_blocks(locator, segment, damages, error);
	if (status != NARC_OK)
		return status;
	return damage_list_tell(damages, check_order(locator->archive, segment, &damage), &damage,
				0, NULL, error);
}
