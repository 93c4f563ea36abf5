/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/build_index.h"

#include <stdlib.h>
#include <string.h>

#include "support/status.h"

/* ---- collecting ------------------------------------------------------------------------- */

enum narc_status index_builder_init(struct index_builder *builder, size_t memory,
				    const char *folder, struct narc_error *error)
{
	enum narc_status status;

	memset(builder, 0, sizeof(*builder));
	builder->blocks = spill_file_in(folder);
	status = row_keys_init(&builder->keys, memory, folder, error);
	if (status == NARC_OK)
		status = superseded_builder_init(&builder->superseded, memory, folder, error);
	return status;
}

void index_builder_free(struct index_builder *builder)
{
	row_keys_free(&builder->keys);
	superseded_builder_free(&builder->superseded);
	spill_file_close(&builder->blocks);
}

enum narc_status index_add_block(struct index_builder *builder, const struct block_entry *entry,
				 struct narc_error *error)
{
	enum narc_status status = spill_file_append(&builder->blocks, entry, sizeof(*entry),
						    error);

	if (status == NARC_OK)
		builder->block_count++;
	return status;
}

static enum narc_status read_block(struct index_builder *builder, uint64_t number,
				   struct block_entry *entry, struct narc_error *error)
{
	return spill_file_read_at(&builder->blocks, number * sizeof(*entry), entry, sizeof(*entry),
				  error);
}

enum narc_status index_find_block(struct index_builder *builder, uint64_t row,
				  struct block_entry *entry, struct narc_error *error)
{
	uint64_t low = 0;
	uint64_t high = builder->block_count;

	while (low + 1 < high) {
		uint64_t middle = low + (high - low) / 2;
		enum narc_status status = read_block(builder, middle, entry, error);

		if (status != NARC_OK)
			return status;
		if (entry->first_row > row)
			high = middle;
		else
			low = middle;
	}
	return read_block(builder, low, entry, error);
}

/* ---- key trees ---------------------------------------------------------------------------- */

/* Pages written, with their first separators, for the level above. */
struct child_list {
	struct byte_buffer separators; /* strings: a varint size, then the bytes */
	struct byte_buffer extents;    /* a struct extent each */
	size_t count;
};

static void child_list_free(struct child_list *list)
{
	byte_buffer_free(&list->separators);
	byte_buffer_free(&list->extents);
}

static void child_list_clear(struct child_list *list)
{
	byte_buffer_clear(&list->separators);
	byte_buffer_clear(&list->extents);
	list->count = 0;
}

struct key_tree_writer {
	struct page_writer *pages;
	struct key_page_builder page;
	struct byte_buffer first; /* separator of the page being built */
	struct child_list children;
};

static enum narc_status flush_key_page(struct key_tree_writer *tree, struct narc_error *error)
{
	struct extent extent;
	enum narc_status status = key_page_encode(&tree->pages->section, &tree->page,
						  tree->pages->compressor, error);

	if (status == NARC_OK)
		status = page_writer_put(tree->pages, tree->page.level, KEY_PAGE_CHILD, &extent, error);
	if (status != NARC_OK)
		return status;
	byte_buffer_append_string(&tree->children.separators, tree->first.data, tree->first.size);
	byte_buffer_append(&tree->children.extents, &extent, sizeof(extent));
	tree->children.count++;
	if (tree->first.failed || tree->children.separators.failed ||
	    tree->children.extents.failed)
		return narc_fail_memory(error);
	return NARC_OK;
}

/* Makes room in the page for one entry more, whose separator this is. */
static enum narc_status before_entry(struct key_tree_writer *tree, const uint8_t *separator,
				     size_t size, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (tree->page.count == PAGE_ENTRIES)
		status = flush_key_page(tree, error);
	if (tree->page.count == 0) {
		byte_buffer_clear(&tree->first);
		byte_buffer_append(&tree->first, separator, size);
	}
	return status;
}

static enum narc_status put_leaf_entry(struct key_tree_writer *tree,
				       const struct sorted_keys *keys, struct narc_error *error)
{
	size_t size = sorted_keys_separator_size(keys);
	size_t count;
	const uint64_t *blocks = sorted_keys_blocks(keys, &count);
	enum narc_status status = before_entry(tree, keys->key.data, size, error);

	if (status == NARC_OK)
		key_page_add_blocks(&tree->page, keys->key.data, keys->key.size, size, blocks,
				    count);
	return status;
}

static enum narc_status write_leaves(struct key_tree_writer *tree, struct sorted_keys *keys,
				     struct narc_error *error)
{
	enum narc_status status = sorted_keys_finish(keys, error);

	tree->pages->leaf_is_root = false;
	while (status == NARC_OK && (status = sorted_keys_next(keys, error)) == NARC_OK)
		status = put_leaf_entry(tree, keys, error);
	if (status != NARC_END)
		return status;
	tree->pages->leaf_is_root = tree->children.count == 0;
	return tree->page.count ? flush_key_page(tree, error) : NARC_OK;
}

/* Writes the level above the pages in below. */
static enum narc_status write_key_level(struct key_tree_writer *tree,
					const struct child_list *below, struct narc_error *error)
{
	struct byte_reader separators = byte_reader_over(below->separators.data,
							 below->separators.size);
	struct byte_reader extents = byte_reader_over(below->extents.data, below->extents.size);
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < below->count && status == NARC_OK; i++) {
		struct extent child;
		size_t size;
		const uint8_t *separator = byte_reader_string(&separators, &size);

		memcpy(&child, byte_reader_bytes(&extents, sizeof(child)), sizeof(child));
		status = before_entry(tree, separator, size, error);
		if (status == NARC_OK)
			key_page_add_child(&tree->page, separator, size, child.offset, child.size);
	}
	if (status == NARC_OK)
		status = flush_key_page(tree, error);
	return status;
}

/* Fingerprints are of use where most keys looked up are in another segment: the first. */
static enum narc_status write_key_tree(struct page_writer *pages, const struct segment *segment,
				       enum key_index index, struct sorted_keys *keys,
				       struct extent *root, struct narc_error *error)
{
	struct key_tree_writer tree = { .pages = pages,
					.page = { .index = index,
						  .with_fingerprints = segment->first_row > 0 } };
	struct child_list below = { .count = 0 };
	enum narc_status status = write_leaves(&tree, keys, error);

	while (status == NARC_OK && tree.children.count > 1) {
		struct child_list emptied = below;

		below = tree.children;
		tree.children = emptied;
		child_list_clear(&tree.children);
		tree.page.level++;
		status = write_key_level(&tree, &below, error);
	}
	if (status == NARC_OK && tree.children.count)
		memcpy(root, tree.children.extents.data, sizeof(*root));
	key_page_builder_free(&tree.page);
	byte_buffer_free(&tree.first);
	child_list_free(&tree.children);
	child_list_free(&below);
	return status;
}

/* ---- the block tree ----------------------------------------------------------------------- */

/* A write_page_fn. */
static enum narc_status write_block_page(struct page_writer *pages, unsigned level,
					 const void *page, uint32_t count, void *parent,
					 struct narc_error *error)
{
	const struct block_entry *entries = page;
	struct block_entry above;
	struct extent extent;
	enum narc_status status = block_page_encode(&pages->section, level, entries, count,
						    pages->compressor, error);

	if (status == NARC_OK)
		status = page_writer_put(pages, level, BLOCK_PAGE_CHILD, &extent, error);
	if (status != NARC_OK)
		return status;
	above = entries[0];
	above.rows = 0;
	above.blocks = 0;
	for (uint32_t i = 0; i < count; i++) {
		above.rows += entries[i].rows;
		above.blocks += entries[i].blocks;
	}
	above.offset = extent.offset;
	above.frame_size = 0;
	above.section_size = extent.size;
	memcpy(parent, &above, sizeof(above));
	return NARC_OK;
}

/* Leaves are made from the spill file, a page at a time. */
static enum narc_status write_block_leaves(struct index_builder *builder,
					   struct page_writer *pages, struct block_entry *parents,
					   struct narc_error *error)
{
	struct block_entry *entries = calloc(PAGE_ENTRIES, sizeof(*entries));
	enum narc_status status = entries ? NARC_OK : narc_fail_memory(error);

	pages->leaf_is_root = pages_for(builder->block_count) == 1;
	for (uint64_t i = 0; i < builder->block_count && status == NARC_OK;
	     i += PAGE_ENTRIES) {
		uint64_t left = builder->block_count - i;
		uint32_t count = left < PAGE_ENTRIES ? (uint32_t)left : PAGE_ENTRIES;

		status = spill_file_read_at(&builder->blocks, i * sizeof(*entries), entries,
					    count * sizeof(*entries), error);
		if (status == NARC_OK)
			status = write_block_page(pages, 0, entries, count,
						  &parents[i / PAGE_ENTRIES], error);
	}
	free(entries);
	return status;
}

static enum narc_status write_block_tree(struct index_builder *builder, struct page_writer *pages,
					 struct extent *root, struct narc_error *error)
{
	uint64_t count = pages_for(builder->block_count);
	struct block_entry *entries;
	enum narc_status status;

	if (count == 0)
		return NARC_OK;
	entries = calloc(count, sizeof(*entries));
	if (!entries)
		return narc_fail_memory(error);
	status = write_block_leaves(builder, pages, entries, error);
	if (status == NARC_OK)
		status = page_writer_put_levels(pages, entries, sizeof(*entries), count,
						write_block_page, error);
	*root = (struct extent){ entries[0].offset, entries[0].section_size };
	free(entries);
	return status;
}

static enum narc_status write_trees(struct index_builder *builder, struct page_writer *pages,
				    struct segment *segment, struct narc_error *error)
{
	enum narc_status status = write_key_tree(pages, segment, KEY_INDEX_CODES,
						 &builder->keys.codes, &segment->code_root,
						 error);

	if (status == NARC_OK)
		status = write_key_tree(pages, segment, KEY_INDEX_PATHS, &builder->keys.paths,
					&segment->path_root, error);
	if (status == NARC_OK)
		status = write_key_tree(pages, segment, KEY_INDEX_CONTENTS,
					&builder->keys.contents, &segment->content_root, error);
	if (status == NARC_OK)
		status = write_block_tree(builder, pages, &segment->block_root, error);
	if (status == NARC_OK)
		status = superseded_builder_write(&builder->superseded, pages,
						  &segment->superseded_root, error);
	return status;
}

enum narc_status index_write(struct index_builder *builder, struct narc_sink sink,
			     uint64_t *offset, struct archive_tail *tail,
			     struct segment *segment, struct narc_error *error)
{
	struct page_writer pages = { .sink = sink, .offset = *offset, .tail = tail,
				     .compressor = ZSTD_createCCtx() };
	enum narc_status status = pages.compressor ? write_trees(builder, &pages, segment, error)
						   : narc_fail_memory(error);

	*offset = pages.offset;
	byte_buffer_free(&pages.section);
	ZSTD_freeCCtx(pages.compressor);
	return status;
}
