/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/build_superseded.h"

#include <stdlib.h>
#include <string.h>

#include "format/superseded_page.h"
#include "support/byte_order.h"
#include "support/status.h"

/* An item of the sorter is the row, with its greatest byte first, and the generation. */
enum { ROW_SIZE = 8, GENERATION_SIZE = 4, ITEM_SIZE = ROW_SIZE + GENERATION_SIZE };

enum narc_status superseded_builder_init(struct superseded_builder *builder, size_t memory,
					 const char *folder, struct narc_error *error)
{
	builder->count = 0;
	return external_sort_new(memory, folder, &builder->sort, error);
}

void superseded_builder_free(struct superseded_builder *builder)
{
	external_sort_free(builder->sort);
}

enum narc_status superseded_builder_add(struct superseded_builder *builder, uint64_t row,
					uint32_t generation, struct narc_error *error)
{
	uint8_t key[ITEM_SIZE];

	store_be64(key, row);
	store_le32(key + ROW_SIZE, generation);
	builder->count++;
	return external_sort_add(builder->sort,
				 &(struct sort_item){ .key = key, .key_size = sizeof(key) }, error);
}

/* A write_page_fn. */
static enum narc_status write_page(struct page_writer *pages, unsigned level, const void *page,
				   uint32_t count, void *parent, struct narc_error *error)
{
	const struct superseded_entry *entries = page;
	struct superseded_entry above = { .row = entries[0].row };
	enum narc_status status = superseded_page_encode(&pages->section, level, entries, count,
							 pages->compressor, error);

	if (status == NARC_OK)
		status = page_writer_put(pages, level, SUPERSEDED_PAGE_CHILD, &above.child, error);
	if (status == NARC_OK)
		memcpy(parent, &above, sizeof(above));
	return status;
}

/* Takes up to a page of entries from the sorter. */
static enum narc_status take_entries(struct superseded_builder *builder,
				     struct superseded_entry *entries, uint32_t *count,
				     struct narc_error *error)
{
	struct sort_item item;
	enum narc_status status = NARC_OK;

	for (*count = 0; *count < PAGE_ENTRIES; (*count)++) {
		status = external_sort_next(builder->sort, &item, error);
		if (status != NARC_OK)
			break;
		entries[*count] = (struct superseded_entry){
			.row = load_be64(item.key),
			.generation = load_le32(item.key + ROW_SIZE),
		};
	}
	return status == NARC_END ? NARC_OK : status;
}

static enum narc_status write_leaves(struct superseded_builder *builder,
				     struct page_writer *pages, struct superseded_entry *parents,
				     struct narc_error *error)
{
	struct superseded_entry entries[PAGE_ENTRIES];
	enum narc_status status = external_sort_finish(builder->sort, error);

	pages->leaf_is_root = pages_for(builder->count) == 1;
	for (uint64_t page = 0; page < pages_for(builder->count) && status == NARC_OK; page++) {
		uint32_t count;

		status = take_entries(builder, entries, &count, error);
		if (status == NARC_OK)
			status = write_page(pages, 0, entries, count, &parents[page], error);
	}
	return status;
}

enum narc_status superseded_builder_write(struct superseded_builder *builder,
					  struct page_writer *pages, struct extent *root,
					  struct narc_error *error)
{
	uint64_t count = pages_for(builder->count);
	struct superseded_entry *entries;
	enum narc_status status;

	if (count == 0)
		return NARC_OK;
	entries = calloc(count, sizeof(*entries));
	if (!entries)
		return narc_fail_memory(error);
	status = write_leaves(builder, pages, entries, error);
	if (status == NARC_OK)
		status = page_writer_put_levels(pages, entries, sizeof(*entries), count, write_page,
						error);
	if (status == NARC_OK)
		*root = entries[0].child;
	free(entries);
	return status;
}
