/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/superseded_page.h"

#include <stdlib.h>

#include "format/limits.h"
#include "format/packed_body.h"
#include "format/section.h"
#include "support/checked_math.h"
#include "support/status.h"

static const char stage[] = "superseded page";

static uint32_t lowest_generation(const struct superseded_entry *entries, uint32_t count)
{
	uint32_t lowest = entries[0].generation;

	for (uint32_t i = 1; i < count; i++)
		if (entries[i].generation < lowest)
			lowest = entries[i].generation;
	return lowest;
}

enum narc_status superseded_page_encode(struct byte_buffer *out, unsigned level,
					const struct superseded_entry *entries, uint32_t count,
					ZSTD_CCtx *compressor, struct narc_error *error)
{
	struct byte_buffer raw = BYTE_BUFFER_EMPTY;
	uint64_t last = entries[0].row;
	uint64_t lowest = level ? 0 : lowest_generation(entries, count);
	enum narc_status status;
	size_t start = section_begin(out, SECTION_SUPERSEDED);

	byte_buffer_append_u8(out, (uint8_t)level);
	if (level)
		byte_buffer_append_u64(out, entries[0].child.offset);
	byte_buffer_append_varint(out, count);
	byte_buffer_append_varint(out, entries[0].row);
	if (!level)
		byte_buffer_append_varint(out, lowest);
	for (uint32_t i = 0; i < count; i++) {
		byte_buffer_append_varint(&raw, entries[i].row - last);
		last = entries[i].row;
	}
	for (uint32_t i = 0; i < count; i++)
		byte_buffer_append_varint(&raw, level ? entries[i].child.size
						      : entries[i].generation - lowest);
	status = packed_body_encode(out, &raw, PAGE_SIZE_LIMIT, compressor, stage, error);
	section_end(out, start);
	byte_buffer_free(&raw);
	return status == NARC_OK ? byte_buffer_status(out, error) : status;
}

void superseded_page_free(struct superseded_page *page)
{
	free(page->entries);
	*page = (struct superseded_page){ 0 };
}

static bool read_rows(struct byte_reader *raw, struct superseded_page *page, uint64_t row)
{
	for (uint32_t i = 0; i < page->count; i++) {
		uint64_t step = byte_reader_varint(raw);

		if ((step == 0) != (i == 0) || !checked_add(row, step, &row) || row > ROWS_LIMIT)
			return false;
		page->entries[i].row = row;
	}
	return true;
}

static bool read_generations(struct byte_reader *raw, struct superseded_page *page,
			     uint64_t lowest)
{
	for (uint32_t i = 0; i < page->count; i++) {
		uint64_t generation;

		if (!checked_add(lowest, byte_reader_varint(raw), &generation) ||
		    generation == 0 || generation > UINT32_MAX)
			return false;
		page->entries[i].generation = (uint32_t)generation;
	}
	return lowest_generation(page->entries, page->count) == lowest;
}

static bool read_children(struct byte_reader *raw, struct superseded_page *page, uint64_t offset)
{
	for (uint32_t i = 0; i < page->count; i++) {
		uint64_t size = byte_reader_varint(raw);

		if (size < SECTION_MIN_SIZE || size > PAGE_SIZE_LIMIT)
			return false;
		page->entries[i].child = (struct extent){ offset, size };
		if (!checked_add(offset, size, &offset))
			return false;
	}
	return true;
}

enum narc_status superseded_page_decode(const uint8_t *section, size_t size, uint64_t offset,
					ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
					struct superseded_page *out, struct narc_error *error)
{
	struct superseded_page page = { 0 };
	struct byte_reader payload, raw;
	uint64_t count, first_row, first_child, lowest;
	bool good;
	enum narc_status status = section_open(section, size, SECTION_SUPERSEDED, offset, &payload,
					       error);

	if (status != NARC_OK)
		return status;
	page.level = byte_reader_u8(&payload);
	first_child = page.level ? byte_reader_u64(&payload) : 0;
	count = byte_reader_varint(&payload);
	first_row = byte_reader_varint(&payload);
	lowest = page.level ? 0 : byte_reader_varint(&payload);
	if (!byte_reader_ok(&payload) || page.level >= TREE_LEVELS_LIMIT || count == 0 ||
	    count > PAGE_ENTRIES_LIMIT)
		return narc_fail(error, NARC_CORRUPT, stage, offset, "a field is out of range");
	page.count = (uint32_t)count;
	status = packed_body_decode(&payload, PAGE_SIZE_LIMIT, decompressor, scratch, stage,
				    offset, &raw, error);
	if (status != NARC_OK)
		return status;
	page.entries = calloc(page.count, sizeof(*page.entries));
	if (!page.entries)
		return narc_fail_memory(error);
	good = read_rows(&raw, &page, first_row) &&
	       (page.level ? read_children(&raw, &page, first_child)
			   : read_generations(&raw, &page, lowest));
	status = good ? section_close(&raw, SECTION_SUPERSEDED, offset, error)
		      : narc_fail(error, NARC_CORRUPT, stage, offset, "an entry is malformed");
	if (status != NARC_OK) {
		superseded_page_free(&page);
		return status;
	}
	*out = page;
	return NARC_OK;
}

uint32_t superseded_page_search(const struct superseded_page *page, uint64_t row)
{
	uint32_t low = 0;
	uint32_t high = page->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (page->entries[middle].row < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
