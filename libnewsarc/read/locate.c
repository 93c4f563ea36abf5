/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/locate.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
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

/* Pages lie between the blocks and the trailer. */
static enum narc_status read_page(struct locator *locator, struct extent extent,
				  struct narc_error *error)
{
	const struct trailer *trailer = &locator->archive->trailer;

	if (extent.size > PAGE_SIZE_LIMIT ||
	    !range_inside(extent.offset, extent.size, extent_end(trailer->blocks),
			  trailer->end - TRAILER_SECTION_SIZE))
		return narc_fail(error, NARC_CORRUPT, "index", extent.offset,
				 "a page would lie outside of the index");
	return archive_read_section(locator->archive, extent, &locator->section, error);
}

/* Reads a page that is not in the cache, and puts it there. */
static enum narc_status load_page(struct locator *locator, enum section_tag tag,
				  struct extent extent, struct cached_page **out,
				  struct narc_error *error)
{
	struct cached_page *page = calloc(1, sizeof(*page));
	enum narc_status status = page ? read_page(locator, extent, error)
				       : narc_fail_memory(error);

	if (status == NARC_OK && tag == SECTION_KEY_PAGE)
		status = key_page_decode(locator->section.data, locator->section.size,
					 extent.offset, locator->decompressor, &locator->scratch,
					 &page->key_page, error);
	else if (status == NARC_OK)
		status = block_page_decode(locator->section.data, locator->section.size,
					   extent.offset, locator->decompressor,
					   &locator->scratch, &page->block_page, error);
	if (status != NARC_OK) {
		free(page);
		return status;
	}
	page->tag = tag;
	page->extent = extent;
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

static enum narc_status fail_level(struct extent extent, struct narc_error *error)
{
	return narc_fail(error, NARC_CORRUPT, "index", extent.offset,
			 "a page is not of the level or the index that it should be");
}

enum narc_status locate_key(struct locator *locator, enum key_index index, const char *key,
			    const uint64_t **blocks, size_t *count, struct narc_error *error)
{
	const struct trailer *trailer = &locator->archive->trailer;
	struct extent extent = index == KEY_INDEX_CODES ? trailer->code_root : trailer->path_root;
	size_t size = strlen(key);
	unsigned level = TREE_LEVELS_LIMIT;

	*count = 0;
	while (extent.size) {
		const struct key_page *page;
		uint32_t place;
		enum narc_status status = locate_key_page(locator, extent, &page, error);

		if (status != NARC_OK)
			return status;
		if (page->index != index || page->level >= level ||
		    (level < TREE_LEVELS_LIMIT && page->level != level - 1))
			return fail_level(extent, error);
		if (!key_page_search(page, (const uint8_t *)key, size, &place))
			return NARC_OK;
		if (page->level == 0) {
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

static enum narc_status descend(struct locator *locator, enum block_order order, uint64_t wanted,
				struct block_entry *found, struct narc_error *error)
{
	const struct trailer *trailer = &locator->archive->trailer;
	struct extent extent = trailer->block_root;
	unsigned level = TREE_LEVELS_LIMIT;

	for (;;) {
		const struct block_page *page;
		const struct block_entry *entry;
		enum narc_status status = locate_block_page(locator, extent, &page, error);

		if (status != NARC_OK)
			return status;
		if (page->level >= level ||
		    (level < TREE_LEVELS_LIMIT && page->level != level - 1))
			return fail_level(extent, error);
		level = page->level;
		entry = search_page(page, order, wanted);
		if (level > 0) {
			extent = (struct extent){ entry->offset, entry->section_size };
			continue;
		}
		if (!range_inside(entry->offset, entry->frame_size, trailer->blocks.offset,
				  extent_end(trailer->blocks)) ||
		    !range_inside(entry->offset + entry->frame_size, entry->section_size,
				  trailer->blocks.offset, extent_end(trailer->blocks)))
			return narc_fail(error, NARC_CORRUPT, "block page", extent.offset,
					 "a block would lie outside of the blocks");
		*found = *entry;
		return NARC_OK;
	}
}

enum narc_status locate_block(struct locator *locator, uint64_t number, struct block_entry *entry,
			      struct narc_error *error)
{
	enum narc_status status = NARC_CORRUPT;

	if (number < locator->archive->trailer.block_count)
		status = descend(locator, BY_NUMBER, number, entry, error);
	else
		narc_fail(error, NARC_CORRUPT, "index", NARC_NO_OFFSET,
			  "names block %llu, which there is not", (unsigned long long)number);
	if (status == NARC_OK && entry->first_block != number)
		status = narc_fail(error, NARC_CORRUPT, "index", NARC_NO_OFFSET,
				   "does not lead to block %llu", (unsigned long long)number);
	return status;
}

enum narc_status locate_row(struct locator *locator, uint64_t row, struct block_entry *entry,
			    struct narc_error *error)
{
	enum narc_status status = NARC_CORRUPT;

	if (row < locator->archive->trailer.rows)
		status = descend(locator, BY_ROW, row, entry, error);
	else
		narc_fail(error, NARC_CORRUPT, "index", NARC_NO_OFFSET,
			  "there is no row %llu", (unsigned long long)row);
	if (status == NARC_OK && (row < entry->first_row || row - entry->first_row >= entry->rows))
		status = narc_fail(error, NARC_CORRUPT, "index", NARC_NO_OFFSET,
				   "does not lead to row %llu", (unsigned long long)row);
	return status;
}

enum narc_status locate_time(struct locator *locator, int64_t local_time,
			     struct block_entry *entry, struct narc_error *error)
{
	return descend(locator, BY_TIME, (uint64_t)local_time, entry, error);
}
