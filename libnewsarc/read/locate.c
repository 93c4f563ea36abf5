/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/locate.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "read/recovery.h"
#include "support/checked_math.h"
#include "support/status.h"

void locator_init(struct locator *locator, struct narc_archive *archive, ZSTD_DCtx *decompressor)
{
	memset(locator, 0, sizeof(*locator));
	locator->archive = archive;
	locator->decompressor = decompressor;
}

void locator_free(struct locator *locator)
{
	page_cache_free(&locator->pages);
	ZSTD_freeDCtx(locator->frames);
	byte_buffer_free(&locator->section);
	byte_buffer_free(&locator->scratch);
}

/* Pages lie between the header and the manifest. */
static enum narc_status read_page(struct locator *locator, struct extent extent,
				  struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;

	if (extent.size > PAGE_SIZE_LIMIT ||
	    !range_inside(extent.offset, extent.size, archive->header_size,
			  archive->trailer.manifest.offset))
		return narc_fail(error, NARC_CORRUPT, "index", extent.offset,
				 "a page would lie outside of the index");
	return archive_read_section(archive, extent, &locator->section, error);
}

static enum narc_status decode_page(struct locator *locator, enum section_tag tag,
				    uint64_t offset, struct cached_page *page,
				    struct narc_error *error)
{
	const struct byte_buffer *section = &locator->section;

	switch (tag) {
	case SECTION_KEY_PAGE:
		return key_page_decode(section->data, section->size, offset,
				       locator->decompressor, &locator->scratch, &page->key_page,
				       error);
	case SECTION_BLOCK_PAGE:
		return block_page_decode(section->data, section->size, offset,
					 locator->decompressor, &locator->scratch,
					 &page->block_page, error);
	default:
		return superseded_page_decode(section->data, section->size, offset,
					      locator->decompressor, &locator->scratch,
					      &page->superseded_page, error);
	}
}

/* Reads a page that is not in the cache, and puts it there. */
static enum narc_status load_page(struct locator *locator, enum section_tag tag,
				  struct extent extent, struct cached_page **out,
				  struct narc_error *error)
{
	struct cached_page *page = calloc(1, sizeof(*page));
	enum narc_status status = page ? read_page(locator, extent, error)
				       : narc_fail_memory(error);

	if (status == NARC_OK)
		status = decode_page(locator, tag, extent.offset, page, error);
	if (status != NARC_OK) {
		free(page);
		return status;
	}
	page->tag = tag;
	page->extent = extent;
	if (locator->archive->volumes)
		volume_move_page(volume_at(locator->archive->volumes, extent.offset), page);
	page_cache_add(&locator->pages, page);
	*out = page;
	return NARC_OK;
}

static enum narc_status get_page(struct locator *locator, enum section_tag tag,
				 struct extent extent, struct cached_page **page,
				 struct narc_error *error)
{
	*page = page_cache_find(&locator->pages, tag, extent);
	return *page ? NARC_OK : load_page(locator, tag, extent, page, error);
}

enum narc_status locate_key_page(struct locator *locator, struct extent extent,
				 const struct key_page **page, struct narc_error *error)
{
	struct cached_page *cached;
	enum narc_status status = get_page(locator, SECTION_KEY_PAGE, extent, &cached, error);

	if (status == NARC_OK)
		*page = &cached->key_page;
	return status;
}

enum narc_status locate_block_page(struct locator *locator, struct extent extent,
				   const struct block_page **page, struct narc_error *error)
{
	struct cached_page *cached;
	enum narc_status status = get_page(locator, SECTION_BLOCK_PAGE, extent, &cached, error);

	if (status == NARC_OK)
		*page = &cached->block_page;
	return status;
}

enum narc_status locate_superseded_page(struct locator *locator, struct extent extent,
					const struct superseded_page **page,
					struct narc_error *error)
{
	struct cached_page *cached;
	enum narc_status status = get_page(locator, SECTION_SUPERSEDED, extent, &cached, error);

	if (status == NARC_OK)
		*page = &cached->superseded_page;
	return status;
}

/* Whether a page is of the level below its parent's, which is TREE_LEVELS_LIMIT of the root. */
static bool level_is_right(unsigned level, unsigned parent_level)
{
	return level < parent_level &&
	       (parent_level == TREE_LEVELS_LIMIT || level == parent_level - 1);
}

static enum narc_status fail_level(struct extent extent, struct narc_error *error)
{
	return narc_fail(error, NARC_CORRUPT, "index", extent.offset,
			 "a page is not of the level or the index that it should be");
}

static struct extent key_root(const struct segment *segment, enum key_index index)
{
	switch (index) {
	case KEY_INDEX_CODES:
		return segment->code_root;
	case KEY_INDEX_PATHS:
		return segment->path_root;
	case KEY_INDEX_CONTENTS:
		break;
	}
	return segment->content_root;
}

enum narc_status locate_key(struct locator *locator, const struct segment *segment,
			    enum key_index index, const void *key, size_t size,
			    const uint64_t **blocks, size_t *count, struct narc_error *error)
{
	struct extent extent = key_root(segment, index);
	unsigned level = TREE_LEVELS_LIMIT;

	*count = 0;
	while (extent.size) {
		const struct key_page *page;
		uint32_t place;
		enum narc_status status = locate_key_page(locator, extent, &page, error);

		if (status != NARC_OK)
			return status;
		if (page->index != index || !level_is_right(page->level, level))
			return fail_level(extent, error);
		if (!key_page_search(page, key, size, &place))
			return NARC_OK;
		if (page->level == 0) {
			if (!key_page_may_have(page, place, key, size))
				return NARC_OK;
			*blocks = page->values + page->value_start[place];
			*count = page->value_start[place + 1] - page->value_start[place];
			return NARC_OK;
		}
		level = page->level;
		extent.offset = page->values[place];
		extent.size = page->values[place + 1] - extent.offset;
	}
	return NARC_OK;
}

/* What a search among block entries goes by: the last entry whose number is not above
 * wanted (for times: is less than wanted, or the first) is the one. */
enum block_order { BY_NUMBER, BY_ROW, BY_TIME };

static bool entry_is_behind(const struct block_entry *entry, enum block_order order,
			    uint64_t wanted)
{
	switch (order) {
	case BY_NUMBER:
		return entry->first_block > wanted;
	case BY_ROW:
		return entry->first_row > wanted;
	case BY_TIME:
		break;
	}
	return entry->first_local_time >= (int64_t)wanted;
}

static const struct block_entry *search_page(const struct block_page *page,
					     enum block_order order, uint64_t wanted)
{
	uint32_t low = 0;
	uint32_t high = page->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (entry_is_behind(&page->entries[middle], order, wanted))
			high = middle;
		else
			low = middle + 1;
	}
	return &page->entries[low ? low - 1 : 0];
}

static enum narc_status fail_outside(struct extent page, struct narc_error *error)
{
	return narc_fail(error, NARC_CORRUPT, "block page", page.offset,
			 "a block would lie outside of its run");
}

/* A block lies in the run that has its number. */
static enum narc_status check_place(const struct locator *locator, struct extent page,
				    const struct block_entry *entry, struct narc_error *error)
{
	const struct run *run;

	if (entry->first_block >= locator->archive->trailer.blocks)
		return fail_outside(page, error);
	run = archive_run_of_block(locator->archive, entry->first_block)->run;
	if (!range_inside(entry->offset, entry->frame_size, run->blocks.offset,
			  extent_end(run->blocks)) ||
	    !range_inside(entry->offset + entry->frame_size, entry->section_size,
			  run->blocks.offset, extent_end(run->blocks)))
		return fail_outside(page, error);
	return NARC_OK;
}

static enum narc_status descend(struct locator *locator, const struct segment *segment,
				enum block_order order, uint64_t wanted,
				struct block_entry *found, struct narc_error *error)
{
	struct extent extent = segment->block_root;
	unsigned level = TREE_LEVELS_LIMIT;

	for (;;) {
		const struct block_page *page;
		const struct block_entry *entry;
		enum narc_status status = locate_block_page(locator, extent, &page, error);

		if (status != NARC_OK)
			return status;
		if (!level_is_right(page->level, level))
			return fail_level(extent, error);
		level = page->level;
		entry = search_page(page, order, wanted);
		if (level > 0) {
			extent = (struct extent){ entry->offset, entry->section_size };
			continue;
		}
		*found = *entry;
		return check_place(locator, extent, entry, error);
	}
}

static enum narc_status take_found(const struct block_entry *found,
				       struct block_entry *entry, struct narc_error *error)
{
	if (!found)
		return narc_fail(error, NARC_CORRUPT, "blocks", NARC_NO_OFFSET,
				 "the blocks of the first rows are not to be found");
	*entry = *found;
	if (!is_hole(found))
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "blocks", found->offset,
			 "the blocks of %llu rows are not to be found",
			 (unsigned long long)found->rows);
}

enum narc_status locate_block(struct locator *locator, uint64_t number, struct block_entry *entry,
			      struct narc_error *error)
{
	enum narc_status status;

	if (number >= locator->archive->trailer.blocks)
		return narc_fail(error, NARC_CORRUPT, "index", NARC_NO_OFFSET,
				 "names block %llu, which there is not",
				 (unsigned long long)number);
	if (locator->archive->found_blocks)
		return take_found(block_list_number(locator->archive->found_blocks, number),
				  entry, error);
	status = descend(locator, archive_run_of_block(locator->archive, number)->segment,
			 BY_NUMBER, number, entry, error);
	if (status == NARC_OK && entry->first_block != number)
		status = narc_fail(error, NARC_CORRUPT, "index", NARC_NO_OFFSET,
				   "does not lead to block %llu", (unsigned long long)number);
	return status;
}

enum narc_status locate_row(struct locator *locator, uint64_t row, struct block_entry *entry,
			    struct narc_error *error)
{
	enum narc_status status;

	if (row >= locator->archive->trailer.rows)
		return narc_fail(error, NARC_CORRUPT, "index", NARC_NO_OFFSET,
				 "there is no row %llu", (unsigned long long)row);
	if (locator->archive->found_blocks)
		status = take_found(block_list_row(locator->archive->found_blocks, row), entry,
				    error);
	else
		status = descend(locator, archive_run_of_row(locator->archive, row)->segment,
				 BY_ROW, row, entry, error);
	if (status == NARC_OK && (row < entry->first_row || row - entry->first_row >= entry->rows))
		status = narc_fail(error, NARC_CORRUPT, "index", NARC_NO_OFFSET,
				   "does not lead to row %llu", (unsigned long long)row);
	return status;
}

/* Of several runs in a segment, the times do not ascend from one to the next: so the blocks of
 * this one are searched by their numbers. */
static enum narc_status bisect_run(struct locator *locator, const struct run *run,
				   int64_t local_time, struct block_entry *entry,
				   struct narc_error *error)
{
	uint64_t low = run->first_block;
	uint64_t high = run->first_block + run->block_count;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		enum narc_status status = locate_block(locator, middle, entry, error);

		if (status != NARC_OK)
			return status;
		if (entry->first_local_time >= local_time)
			high = middle;
		else
			low = middle;
	}
	return locate_block(locator, low, entry, error);
}

enum narc_status locate_time(struct locator *locator, const struct archive_run *run,
			     int64_t local_time, struct block_entry *entry,
			     struct narc_error *error)
{
	if (locator->archive->found_blocks) {
		*entry = (struct block_entry){ .first_block = run->run->first_block };
		return NARC_OK;
	}
	if (run->segment->run_count > 1)
		return bisect_run(locator, run->run, local_time, entry, error);
	return descend(locator, run->segment, BY_TIME, (uint64_t)local_time, entry, error);
}

/* Looks in the page at extent and below. */
static enum narc_status find_superseded(struct locator *locator, struct extent extent,
					unsigned parent_level, uint64_t row,
					struct superseded_entry *entry, bool *found,
					struct narc_error *error)
{
	const struct superseded_page *page;
	uint32_t place;
	enum narc_status status = locate_superseded_page(locator, extent, &page, error);

	*found = false;
	if (status != NARC_OK)
		return status;
	if (!level_is_right(page->level, parent_level))
		return fail_level(extent, error);
	place = superseded_page_search(page, row);
	if (page->level == 0) {
		*found = place < page->count;
		if (*found)
			*entry = page->entries[place];
		return NARC_OK;
	}
	/* The child that begins before the row may have it, and else the one behind that. */
	for (uint32_t i = place ? place - 1 : 0; !*found; i++) {
		status = locate_superseded_page(locator, extent, &page, error);
		if (status != NARC_OK || i > place || i == page->count)
			return status;
		status = find_superseded(locator, page->entries[i].child, page->level, row, entry,
					 found, error);
		if (status != NARC_OK)
			return status;
	}
	return NARC_OK;
}

enum narc_status locate_superseded(struct locator *locator, const struct segment *segment,
				   uint64_t row, struct superseded_entry *entry, bool *found,
				   struct narc_error *error)
{
	const struct recovery *recovery = locator->archive->recovery;

	*found = false;
	if (recovery && recovery->superseded) {
		const struct superseded_entry *next = recovery_superseded(
			&recovery->superseded[segment - locator->archive->segments], row);

		*found = next != NULL;
		if (next)
			*entry = *next;
		return NARC_OK;
	}
	if (segment->superseded_root.size == 0)
		return NARC_OK;
	return find_superseded(locator, segment->superseded_root, TREE_LEVELS_LIMIT, row, entry,
			       found, error);
}
