/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/verify_history.h"

#include <string.h>

#include "format/limits.h"
#include "read/page_rows.h"
#include "support/byte_order.h"
#include "support/status.h"

#define SORT_MEMORY ((size_t)64 << 20)

/* An expected entry: segment, row, generation, with their greatest bytes first. */
enum { NUMBER_SIZE = 8, EXPECTED_SIZE = 3 * NUMBER_SIZE };

enum narc_status history_check_init(struct history_check *check, const char *folder,
				    struct narc_error *error)
{
	enum narc_status status;

	memset(check, 0, sizeof(*check));
	status = supersession_init(&check->supersession, SORT_MEMORY, folder, error);
	if (status == NARC_OK)
		status = external_sort_new(SORT_MEMORY, folder, &check->expected, error);
	return status;
}

void history_check_free(struct history_check *check)
{
	supersession_free(&check->supersession);
	external_sort_free(check->expected);
}

enum narc_status history_check_add(struct history_check *check, const struct row *row,
				   struct narc_error *error)
{
	return supersession_add(&check->supersession, row, error);
}

static enum narc_status expect_entry(struct history_check *check,
				     const struct narc_archive *archive,
				     const struct superseded_row *row, struct narc_error *error)
{
	uint8_t key[EXPECTED_SIZE];

	store_be64(key, archive_segment_of_generation(archive, row->generation));
	store_be64(key + NUMBER_SIZE, row->row);
	store_be64(key + 2 * NUMBER_SIZE, row->generation);
	return external_sort_add(check->expected,
				 &(struct sort_item){ .key = key, .key_size = sizeof(key) }, error);
}

/* A superseded row has to stand in the pages of the segment that has the generation. */
static enum narc_status expect_entries(struct history_check *check,
				       const struct narc_archive *archive,
				       struct narc_error *error)
{
	struct superseded_row row;
	enum narc_status status = supersession_finish(&check->supersession, error);

	while (status == NARC_OK &&
	       (status = supersession_next(&check->supersession, &row, error)) == NARC_OK)
		if (row.generation)
			status = expect_entry(check, archive, &row, error);
	return status == NARC_END ? external_sort_finish(check->expected, error) : status;
}

/* ---- what the pages say ------------------------------------------------------------------- */

struct page_walk {
	struct history_check *check;
	struct locator *locator;
	size_t segment;
	bool complete;
	struct damage_list *damages;
	bool is_damaged;
	bool has_last;
	uint64_t last_row;
	struct page_rows rows;
};

static enum narc_status fail_page(struct extent extent, struct narc_error *error,
				  const char *what)
{
	return narc_fail_text(error, NARC_CORRUPT, "superseded page", extent.offset, what);
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
	    load_be64(item.key + NUMBER_SIZE) != entry->row ||
	    load_be64(item.key + 2 * NUMBER_SIZE) != entry->generation)
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

/* Notes what is wrong with a page, and goes on behind it. */
static enum narc_status settle_page(struct page_walk *walk, struct extent extent,
				    enum narc_status status, const struct narc_error *damage,
				    struct narc_error *error)
{
	if (status == NARC_CORRUPT || status == NARC_LIMIT) {
		walk->complete = false;
		walk->is_damaged = true;
	}
	return damage_list_tell(walk->damages, status, damage, extent.size, NULL, error);
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
	if (!page_rows_add(&walk->rows, extent, level, parent_level,
			   walk->locator->archive->trailer.manifest.offset))
		return fail_page(extent, error, "the pages are not a tree");
	if (parent_level < TREE_LEVELS_LIMIT && page->entries[0].row != first_row)
		return fail_page(extent, error, "starts with another row than the page above says");
	if (level == 0)
		return check_leaf(walk, page, extent, error);
	for (uint32_t i = 0; status == NARC_OK; i++) {
		struct superseded_entry entry;
		struct narc_error damage;

		/* Going down may have taken its place in the cache. */
		status = locate_superseded_page(walk->locator, extent, &page, error);
		if (status != NARC_OK || i == page->count)
			break;
		entry = page->entries[i];
		status = walk_pages(walk, entry.child, level, entry.row, &damage);
		status = settle_page(walk, entry.child, status, &damage, error);
	}
	return status;
}

static enum narc_status check_segment(struct page_walk *walk, struct narc_error *error)
{
	struct extent root = walk->locator->archive->segments[walk->segment].superseded_root;
	enum narc_status status;

	if (root.size == 0)
		return NARC_OK;
	status = walk_pages(walk, root, TREE_LEVELS_LIMIT, 0, error);
	if (status == NARC_OK && !walk->is_damaged && !page_rows_are_whole(&walk->rows, root))
		status = fail_page(root, error, "there is a gap between the pages");
	return status;
}

static enum narc_status check_segments(struct history_check *check, struct locator *locator,
				       struct damage_list *damages, bool *complete,
				       struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < archive->manifest.segment_count && status == NARC_OK; i++) {
		struct page_walk walk = { .check = check, .locator = locator, .segment = i,
					  .complete = *complete, .damages = damages };
		struct extent root = archive->segments[i].superseded_root;
		struct narc_error damage;

		status = check_segment(&walk, &damage);
		status = settle_page(&walk, root, status, &damage, error);
		*complete = walk.complete;
	}
	return status;
}

enum narc_status history_check_run(struct history_check *check, struct locator *locator,
				   struct damage_list *damages, struct narc_error *error)
{
	bool complete = damages->count == 0;
	struct narc_error damage;
	struct sort_item item;
	enum narc_status status = expect_entries(check, locator->archive, &damage);

	complete = complete && status == NARC_OK;
	status = damage_list_tell(damages, status, &damage, 0, NULL, error);
	if (status == NARC_OK)
		status = check_segments(check, locator, damages, &complete, error);
	if (status != NARC_OK || !complete)
		return status;
	status = external_sort_next(check->expected, &item, error);
	if (status != NARC_OK)
		return status == NARC_END ? NARC_OK : status;
	narc_fail(&damage, NARC_CORRUPT, "superseded page", NARC_NO_OFFSET,
		  "row %llu is missing from those that were superseded",
		  (unsigned long long)load_be64(item.key + NUMBER_SIZE));
	return damage_list_tell(damages, NARC_CORRUPT, &damage, 0, NULL, error);
}
