/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/verify_history.h"

#include <string.h>

#include "format/limits.h"
#include "support/byte_order.h"
#include "support/status.h"

#define SORT_MEMORY ((size_t)64 << 20)

enum narc_status history_check_init(struct history_check *check, const char *folder,
				    struct narc_error *error)
{
	enum narc_status status;

	memset(check, 0, sizeof(*check));
	status = external_sort_new(SORT_MEMORY, folder, &check->paths, error);
	if (status == NARC_OK)
		status = external_sort_new(SORT_MEMORY, folder, &check->superseded, error);
	if (status == NARC_OK)
		status = external_sort_new(SORT_MEMORY, folder, &check->expected, error);
	return status;
}

void history_check_free(struct history_check *check)
{
	external_sort_free(check->paths);
	external_sort_free(check->superseded);
	external_sort_free(check->expected);
	byte_buffer_free(&check->key);
}

/* ---- what rows say -------------------------------------------------------------------------- */

/* Keys are numbers with their greatest byte first, so that they sort as the numbers do. */
static void append_number(struct byte_buffer *key, uint64_t number)
{
	uint8_t bytes[8];

	store_be64(bytes, number);
	byte_buffer_append(key, bytes, sizeof(bytes));
}

static enum narc_status add_key(struct history_check *check, struct external_sort *sort,
				struct narc_error *error)
{
	const struct sort_item item = { .key = check->key.data, .key_size = check->key.size };

	return check->key.failed ? narc_fail_memory(error) : external_sort_add(sort, &item, error);
}

static enum narc_status add_superseded(struct history_check *check, uint64_t row,
				       uint64_t generation, struct narc_error *error)
{
	byte_buffer_clear(&check->key);
	append_number(&check->key, row);
	append_number(&check->key, generation);
	return add_key(check, check->superseded, error);
}

enum narc_status history_check_add(struct history_check *check, const struct row *row,
				   struct narc_error *error)
{
	const struct narc_record *record = &row->record;
	enum narc_status status;

	byte_buffer_clear(&check->key);
	byte_buffer_append(&check->key, record->path, strlen(record->path) + 1);
	append_number(&check->key, record->generation);
	append_number(&check->key, record->row);
	status = add_key(check, check->paths, error);
	if (status == NARC_OK && row->replaces)
		status = add_superseded(check, record->row - (uint64_t)row->replaces,
					record->generation, error);
	return status;
}

/* Two rows of one path, one after the other in generation. */
static enum narc_status take_pair(struct history_check *check, const uint8_t *before,
				  const uint8_t *item, size_t path_size, struct narc_error *error)
{
	uint64_t generation = load_be64(item + path_size);
	enum narc_status status;

	if (load_be64(before + path_size) != generation)
		return add_superseded(check, load_be64(before + path_size + 8), generation, error);
	status = narc_fail(error, NARC_CORRUPT, "descriptor", NARC_NO_OFFSET,
			   "two entries of one generation have this path");
	narc_error_set_path(error, (const char *)item);
	return status;
}

/* A row gives way to the next one of its path. */
static enum narc_status go_through_paths(struct history_check *check, struct narc_error *error)
{
	struct byte_buffer last = BYTE_BUFFER_EMPTY;
	struct sort_item item;
	enum narc_status status = external_sort_finish(check->paths, error);

	while (status == NARC_OK &&
	       (status = external_sort_next(check->paths, &item, error)) == NARC_OK) {
		size_t path_size = item.key_size - 16;

		if (last.size == item.key_size && memcmp(last.data, item.key, path_size) == 0)
			status = take_pair(check, last.data, item.key, path_size, error);
		if (status != NARC_OK)
			break;
		byte_buffer_clear(&last);
		byte_buffer_append(&last, item.key, item.key_size);
		status = byte_buffer_status(&last, error);
	}
	byte_buffer_free(&last);
	return status == NARC_END ? NARC_OK : status;
}

static size_t segment_of_generation(const struct narc_archive *archive, uint64_t generation)
{
	size_t place = archive->manifest.segment_count;

	while (place > 0 && archive->segments[place - 1].first_generation > generation)
		place--;
	return place - 1;
}

/* Of all generations that supersede a row, the first does: it is the one that has to stand in
 * the pages, of its own segment. */
static enum narc_status expect_entries(struct history_check *check,
				       const struct narc_archive *archive,
				       struct narc_error *error)
{
	struct sort_item item;
	uint64_t last = UINT64_MAX; /* no row's number */
	enum narc_status status = external_sort_finish(check->superseded, error);

	while (status == NARC_OK &&
	       (status = external_sort_next(check->superseded, &item, error)) == NARC_OK) {
		uint64_t row = load_be64(item.key);
		uint64_t generation = load_be64(item.key + 8);

		if (row == last)
			continue;
		last = row;
		byte_buffer_clear(&check->key);
		append_number(&check->key, segment_of_generation(archive, generation));
		append_number(&check->key, row);
		append_number(&check->key, generation);
		status = add_key(check, check->expected, error);
	}
	if (status != NARC_END)
		return status;
	return external_sort_finish(check->expected, error);
}

/* ---- what the pages say ---------------------------------------------------------------------- */

struct page_walk {
	struct history_check *check;
	struct locator *locator;
	size_t segment;
	bool complete;
	bool has_last;
	uint64_t last_row;
	uint64_t bytes; /* of all pages */
	uint64_t first; /* where the first stands */
};

static enum narc_status fail_page(struct extent extent, struct narc_error *error,
				  const char *what)
{
	return narc_fail(error, NARC_CORRUPT, "superseded page", extent.offset, "%s", what);
}

/* Whether the next entry to be expected is this one. */
static enum narc_status expect(struct page_walk *walk, const struct superseded_entry *entry,
			       struct extent extent, struct narc_error *error)
{
	struct sort_item item;
	enum narc_status status;

	if (!walk->complete)
		return NARC_OK;
	status = external_sort_next(walk->check->expected, &item, error);
	if (status != NARC_OK && status != NARC_END)
		return status;
	if (status == NARC_END || load_be64(item.key) != walk->segment ||
	    load_be64(item.key + 8) != entry->row ||
	    load_be64(item.key + 16) != entry->generation)
		return fail_page(extent, error, "holds something else than the rows say");
	return NARC_OK;
}

static enum narc_status check_leaf(struct page_walk *walk, const struct superseded_page *page,
				   struct extent extent, struct narc_error *error)
{
	const struct segment *segment = &walk->locator->archive->segments[walk->segment];
	enum narc_status status = NARC_OK;

	for (uint32_t i = 0; i < page->count && status == NARC_OK; i++) {
		const struct superseded_entry *entry = &page->entries[i];

		if (entry->generation - segment->first_generation >= segment->generation_count)
			return fail_page(extent, error,
					 "names a generation that its segment does not have");
		if (walk->has_last && entry->row <= walk->last_row)
			return fail_page(extent, error, "rows do not ascend");
		walk->has_last = true;
		walk->last_row = entry->row;
		status = expect(walk, entry, extent, error);
	}
	return status;
}

/* first_row: what the page above says that this one starts with. */
static enum narc_status walk_pages(struct page_walk *walk, struct extent extent,
				   unsigned parent_level, uint64_t first_row,
				   struct narc_error *error)
{
	const struct superseded_page *page;
	unsigned level;
	enum narc_status status = locate_superseded_page(walk->locator, extent, &page, error);

	if (status != NARC_OK)
		return status;
	level = page->level;
	walk->bytes += extent.size;
	if (extent.offset < walk->first)
		walk->first = extent.offset;
	if ((parent_level < TREE_LEVELS_LIMIT && level + 1 != parent_level) ||
	    walk->bytes > walk->locator->archive->trailer.manifest.offset)
		return fail_page(extent, error, "the pages are not a tree");
	if (parent_level < TREE_LEVELS_LIMIT && page->entries[0].row != first_row)
		return fail_page(extent, error, "starts with another row than the page above says");
	if (level == 0)
		return check_leaf(walk, page, extent, error);
	for (uint32_t i = 0; status == NARC_OK; i++) {
		struct superseded_entry entry;

		/* Going down may have taken its place in the cache. */
		status = locate_superseded_page(walk->locator, extent, &page, error);
		if (status != NARC_OK || i == page->count)
			break;
		entry = page->entries[i];
		status = walk_pages(walk, entry.child, level, entry.row, error);
	}
	return status;
}

static enum narc_status check_segment(struct page_walk *walk, struct narc_error *error)
{
	struct extent root = walk->locator->archive->segments[walk->segment].superseded_root;
	enum narc_status status;

	if (root.size == 0)
		return NARC_OK;
	walk->first = UINT64_MAX;
	status = walk_pages(walk, root, TREE_LEVELS_LIMIT, 0, error);
	if (status == NARC_OK && walk->bytes != extent_end(root) - walk->first)
		status = fail_page(root, error, "there is a gap between the pages");
	return status;
}

enum narc_status history_check_run(struct history_check *check, struct locator *locator,
				   bool complete, struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;
	struct sort_item item;
	enum narc_status status = go_through_paths(check, error);

	if (status == NARC_OK)
		status = expect_entries(check, archive, error);
	for (size_t i = 0; i < archive->manifest.segment_count && status == NARC_OK; i++) {
		struct page_walk walk = { .check = check, .locator = locator, .segment = i,
					  .complete = complete };

		status = check_segment(&walk, error);
	}
	if (status != NARC_OK || !complete)
		return status;
	status = external_sort_next(check->expected, &item, error);
	if (status == NARC_OK)
		return narc_fail(error, NARC_CORRUPT, "superseded page", NARC_NO_OFFSET,
				 "row %llu is missing from those that were superseded",
				 (unsigned long long)load_be64(item.key + 8));
	return status == NARC_END ? NARC_OK : status;
}
