/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/key_page.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "format/packed_body.h"
#include "format/section.h"
#include "support/checked_math.h"
#include "support/content_hash.h"
#include "support/status.h"

static const char stage[] = "key page";

static size_t common_prefix(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	size_t size = 0;

	while (size < a_size && size < b_size && a[size] == b[size])
		size++;
	return size;
}

size_t key_separator_size(const uint8_t *previous, size_t previous_size, const uint8_t *key,
			  size_t key_size)
{
	size_t shared = common_prefix(previous, previous_size, key, key_size);

	assert(shared < key_size);
	return shared + 1;
}

static uint8_t fingerprint_of(const uint8_t *key, size_t size)
{
	return (uint8_t)(content_hash(key, size) >> 56);
}

/* ---- encoding -------------------------------------------------------------------------- */

void key_page_builder_free(struct key_page_builder *builder)
{
	byte_buffer_free(&builder->last);
	byte_buffer_free(&builder->shared);
	byte_buffer_free(&builder->added);
	byte_buffer_free(&builder->suffixes);
	byte_buffer_free(&builder->counts);
	byte_buffer_free(&builder->values);
	byte_buffer_free(&builder->fingerprints);
}

static void add_separator(struct key_page_builder *builder, const uint8_t *separator, size_t size)
{
	struct byte_buffer *last = &builder->last;
	size_t shared = common_prefix(last->data, last->size, separator, size);

	assert(builder->count < PAGE_ENTRIES_LIMIT);
	assert(builder->count == 0 || shared < size);
	byte_buffer_append_varint(&builder->shared, shared);
	byte_buffer_append_varint(&builder->added, size - shared);
	byte_buffer_append(&builder->suffixes, separator + shared, size - shared);
	last->size = shared;
	byte_buffer_append(last, separator + shared, size - shared);
	builder->count++;
}

void key_page_add_blocks(struct key_page_builder *builder, const uint8_t *key, size_t key_size,
			 size_t separator_size, const uint64_t *blocks, size_t count)
{
	add_separator(builder, key, separator_size);
	byte_buffer_append_varint(&builder->counts, count);
	byte_buffer_append_zigzag(&builder->values,
				  (int64_t)(blocks[0] - builder->last_block));
	for (size_t i = 1; i < count; i++)
		byte_buffer_append_varint(&builder->values, blocks[i] - blocks[i - 1] - 1);
	builder->last_block = blocks[0];
	if (builder->with_fingerprints)
		byte_buffer_append_u8(&builder->fingerprints, fingerprint_of(key, key_size));
}

void key_page_add_child(struct key_page_builder *builder, const uint8_t *separator, size_t size,
			uint64_t child_offset, uint64_t child_size)
{
	if (builder->count == 0)
		builder->first_child = child_offset;
	add_separator(builder, separator, size);
	byte_buffer_append_varint(&builder->counts, child_size);
}

enum narc_status key_page_encode(struct byte_buffer *out, struct key_page_builder *builder,
				 ZSTD_CCtx *compressor, struct narc_error *error)
{
	struct byte_buffer raw = BYTE_BUFFER_EMPTY;
	struct byte_buffer *columns[] = { &builder->shared, &builder->added, &builder->suffixes,
					  &builder->counts, &builder->values,
					  &builder->fingerprints };
	enum narc_status status = byte_buffer_status(&builder->last, error);
	size_t start = section_begin(out, SECTION_KEY_PAGE);

	byte_buffer_append_u8(out, (uint8_t)builder->index);
	byte_buffer_append_u8(out, (uint8_t)builder->level);
	byte_buffer_append_u8(out, builder->fingerprints.size > 0);
	if (builder->level > 0)
		byte_buffer_append_u64(out, builder->first_child);
	byte_buffer_append_varint(out, builder->count);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		byte_buffer_append(&raw, columns[i]->data, columns[i]->size);
		if (columns[i]->failed)
			status = narc_fail_memory(error);
		byte_buffer_clear(columns[i]);
	}
	if (status == NARC_OK)
		status = packed_body_encode(out, &raw, PAGE_SIZE_LIMIT, compressor, stage, error);
	section_end(out, start);
	byte_buffer_free(&raw);
	byte_buffer_clear(&builder->last);
	builder->count = 0;
	builder->last_block = 0;
	return status == NARC_OK ? byte_buffer_status(out, error) : status;
}

/* ---- decoding -------------------------------------------------------------------------- */

void key_page_free(struct key_page *page)
{
	free(page->memory);
	*page = (struct key_page){ 0 };
}

/* The columns of a body, as far as they say how much memory a page needs. */
struct page_columns {
	uint16_t shared[PAGE_ENTRIES_LIMIT];
	uint16_t added[PAGE_ENTRIES_LIMIT];
	uint32_t counts[PAGE_ENTRIES_LIMIT]; /* leaf: blocks; inner: child sizes */
	const uint8_t *suffixes;
	size_t suffixes_size;
	uint64_t first_child;
	size_t value_count;
	size_t fingerprints_size;
};

static bool read_separators(struct byte_reader *raw, uint32_t count, struct page_columns *columns)
{
	uint64_t size = 0; /* of the separator before */

	columns->suffixes_size = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t shared = byte_reader_varint(raw);

		if (shared > PATH_SIZE_LIMIT)
			return false;
		columns->shared[i] = (uint16_t)shared;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint64_t added = byte_reader_varint(raw);

		if (added == 0 || added > PATH_SIZE_LIMIT || columns->shared[i] > size ||
		    columns->shared[i] + added > PATH_SIZE_LIMIT)
			return false;
		columns->added[i] = (uint16_t)added;
		size = columns->shared[i] + added;
		columns->suffixes_size += added;
	}
	columns->suffixes = byte_reader_bytes(raw, columns->suffixes_size);
	return columns->suffixes != NULL;
}

/* Whether each separator is greater than the one before. */
static bool separators_ascend(const struct page_columns *columns, uint32_t count)
{
	const uint8_t *suffix = columns->suffixes;
	size_t size = 0; /* of the separator before */
	uint8_t last[PATH_SIZE_LIMIT];

	for (uint32_t i = 0; i < count; i++) {
		size_t shared = columns->shared[i];

		/* It goes on from the last separator's end, or with a greater byte. */
		if (shared < size && suffix[0] <= last[shared])
			return false;
		memcpy(last + shared, suffix, columns->added[i]);
		size = shared + columns->added[i];
		suffix += columns->added[i];
	}
	return true;
}

static bool read_block_counts(struct byte_reader *raw, uint32_t count,
			      struct page_columns *columns)
{
	/* Each block takes a byte at least. */
	size_t limit = byte_reader_left(raw);

	columns->value_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t blocks = byte_reader_varint(raw);

		if (blocks == 0 || blocks > limit - columns->value_count)
			return false;
		columns->counts[i] = (uint32_t)blocks;
		columns->value_count += blocks;
	}
	return true;
}

static bool read_child_sizes(struct byte_reader *raw, uint32_t count,
			     struct page_columns *columns)
{
	columns->value_count = count + 1;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t size = byte_reader_varint(raw);

		if (size < SECTION_MIN_SIZE || size > PAGE_SIZE_LIMIT)
			return false;
		columns->counts[i] = (uint32_t)size;
	}
	return true;
}

/* Makes room in a page, and fills in the separators. */
static enum narc_status fill_page(struct key_page *page, const struct page_columns *columns,
				  struct narc_error *error)
{
	uint32_t count = page->count;
	size_t values_size = columns->value_count * sizeof(*page->values);
	size_t starts_size = (count + 1) * sizeof(*page->suffix_start);
	size_t shared_size = count * sizeof(*page->shared);
	size_t size = values_size + 2 * starts_size + shared_size + columns->suffixes_size +
		      columns->fingerprints_size;
	uint8_t *memory = malloc(size);

	if (!memory)
		return narc_fail_memory(error);
	page->memory = memory;
	page->memory_size = size;
	page->values = (uint64_t *)(void *)memory;
	page->suffix_start = (uint32_t *)(void *)(memory + values_size);
	page->value_start = page->suffix_start + count + 1;
	page->shared = (uint16_t *)(void *)(page->value_start + count + 1);
	page->suffixes = (uint8_t *)(page->shared + count);
	if (columns->fingerprints_size)
		page->fingerprints = page->suffixes + columns->suffixes_size;
	memcpy(page->shared, columns->shared, shared_size);
	memcpy(page->suffixes, columns->suffixes, columns->suffixes_size);
	page->suffix_start[0] = 0;
	for (uint32_t i = 0; i < count; i++)
		page->suffix_start[i + 1] = page->suffix_start[i] + columns->added[i];
	return NARC_OK;
}

static bool read_blocks(struct byte_reader *raw, const struct page_columns *columns,
			struct key_page *page)
{
	uint64_t first = 0;

	page->value_start[0] = 0;
	for (uint32_t i = 0; i < page->count; i++) {
		uint64_t block = first + (uint64_t)byte_reader_zigzag(raw);

		page->value_start[i + 1] = page->value_start[i] + columns->counts[i];
		first = block;
		for (uint32_t k = page->value_start[i]; k < page->value_start[i + 1]; k++) {
			uint64_t gap = k > page->value_start[i] ? byte_reader_varint(raw) + 1 : 0;

			if (k > page->value_start[i] && (gap == 0 || gap > ROWS_LIMIT))
				return false;
			block += gap;
			if (block > ROWS_LIMIT)
				return false;
			page->values[k] = block;
		}
	}
	return true;
}

static bool read_fingerprints(struct byte_reader *raw, struct key_page *page)
{
	const uint8_t *fingerprints =
		page->fingerprints ? byte_reader_bytes(raw, page->count) : NULL;

	if (fingerprints)
		memcpy(page->fingerprints, fingerprints, page->count);
	return !page->fingerprints || fingerprints;
}

static bool add_up_children(const struct page_columns *columns, struct key_page *page)
{
	page->values[0] = columns->first_child;
	for (uint32_t i = 0; i < page->count; i++)
		if (!checked_add(page->values[i], columns->counts[i], &page->values[i + 1]))
			return false;
	return true;
}

static enum narc_status read_page(struct byte_reader *raw, size_t fingerprints_size,
				  uint64_t first_child, struct key_page *page, uint64_t offset,
				  struct narc_error *error)
{
	struct page_columns columns = { .fingerprints_size = fingerprints_size,
					.first_child = first_child };
	bool good = read_separators(raw, page->count, &columns) &&
		    separators_ascend(&columns, page->count) &&
		    (page->level ? read_child_sizes(raw, page->count, &columns)
				 : read_block_counts(raw, page->count, &columns));
	enum narc_status status = good ? fill_page(page, &columns, error) : NARC_OK;

	if (status != NARC_OK)
		return status;
	if (!good || !(page->level ? add_up_children(&columns, page)
				   : read_blocks(raw, &columns, page) &&
					     read_fingerprints(raw, page)))
		return narc_fail(error, NARC_CORRUPT, stage, offset, "an entry is malformed");
	return section_close(raw, SECTION_KEY_PAGE, offset, error);
}

enum narc_status key_page_decode(const uint8_t *section, size_t size, uint64_t offset,
				 ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
				 struct key_page *out, struct narc_error *error)
{
	struct key_page page = { 0 };
	struct byte_reader payload, raw;
	uint64_t count, fingerprint_size, first_child;
	enum narc_status status = section_open(section, size, SECTION_KEY_PAGE, offset, &payload,
					       error);

	if (status != NARC_OK)
		return status;
	page.index = (enum key_index)byte_reader_u8(&payload);
	page.level = byte_reader_u8(&payload);
	fingerprint_size = byte_reader_u8(&payload);
	first_child = page.level ? byte_reader_u64(&payload) : 0;
	count = byte_reader_varint(&payload);
	if (!byte_reader_ok(&payload) ||
	    page.index < KEY_INDEX_CODES || page.index > KEY_INDEX_CONTENTS ||
	    page.level >= TREE_LEVELS_LIMIT || fingerprint_size > (page.level == 0 ? 1 : 0) ||
	    count == 0 || count > PAGE_ENTRIES_LIMIT)
		return narc_fail(error, NARC_CORRUPT, stage, offset, "a field is out of range");
	page.count = (uint32_t)count;
	status = packed_body_decode(&payload, PAGE_SIZE_LIMIT, decompressor, scratch, stage,
				    offset, &raw, error);
	if (status != NARC_OK)
		return status;
	status = read_page(&raw, fingerprint_size * page.count, first_child, &page, offset, error);
	if (status != NARC_OK) {
		key_page_free(&page);
		return status;
	}
	*out = page;
	return NARC_OK;
}

/*
 * Goes through the separators without building them. All entries passed so far are less
 * than key; matched is how much of key the last of them has in common with it. An entry
 * that shares more than that with the one before is on the same side of key; one that
 * shares less is greater, for separators ascend; only one that shares just that much must
 * be looked at.
 */
bool key_page_search(const struct key_page *page, const uint8_t *key, size_t size,
		     uint32_t *place)
{
	size_t matched = 0;
	uint32_t i;

	for (i = 0; i < page->count; i++) {
		const uint8_t *suffix = page->suffixes + page->suffix_start[i];
		size_t suffix_size = page->suffix_start[i + 1] - page->suffix_start[i];
		size_t shared;

		if (page->shared[i] > matched)
			continue;
		if (page->shared[i] < matched)
			break;
		shared = common_prefix(suffix, suffix_size, key + matched, size - matched);
		if (shared < suffix_size &&
		    (matched + shared == size || suffix[shared] > key[matched + shared]))
			break;
		matched += shared;
	}
	if (i == 0)
		return false;
	*place = i - 1;
	return true;
}

bool key_page_may_have(const struct key_page *page, uint32_t place, const uint8_t *key,
		       size_t size)
{
	return !page->fingerprints || page->fingerprints[place] == fingerprint_of(key, size);
}
