/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/block_page.h"

#include <stdlib.h>

#include "format/limits.h"
#include "format/packed_body.h"
#include "format/section.h"
#include "support/checked_math.h"
#include "support/status.h"

static const char stage[] = "block page";

enum narc_status block_page_encode(struct byte_buffer *out, unsigned level,
				   const struct block_entry *entries, uint32_t count,
				   ZSTD_CCtx *compressor, struct narc_error *error)
{
	struct byte_buffer raw = BYTE_BUFFER_EMPTY;
	uint64_t last_time = 0;
	enum narc_status status;
	size_t start = section_begin(out, SECTION_BLOCK_PAGE);

	byte_buffer_append_u8(out, (uint8_t)level);
	byte_buffer_append_u64(out, entries[0].offset);
	byte_buffer_append_varint(out, count);
	byte_buffer_append_varint(out, entries[0].first_block);
	byte_buffer_append_varint(out, entries[0].first_row);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t time = (uint64_t)entries[i].first_local_time;

		byte_buffer_append_zigzag(&raw, (int64_t)(time - last_time));
		last_time = time;
	}
	for (uint32_t i = 0; i < count; i++)
		byte_buffer_append_varint(&raw, entries[i].rows);
	for (uint32_t i = 0; i < count; i++)
		byte_buffer_append_varint(&raw, level ? entries[i].blocks : entries[i].frame_size);
	for (uint32_t i = 0; i < count; i++)
		byte_buffer_append_varint(&raw, entries[i].section_size);
	for (uint32_t i = 0; i < count && level == 0; i++)
		byte_buffer_append_varint(
			&raw, i ? entries[i].offset - block_entry_end(&entries[i - 1]) : 0);
	status = packed_body_encode(out, &raw, PAGE_SIZE_LIMIT, compressor, stage, error);
	section_end(out, start);
	byte_buffer_free(&raw);
	return status == NARC_OK ? byte_buffer_status(out, error) : status;
}

void block_page_free(struct block_page *page)
{
	free(page->entries);
	*page = (struct block_page){ 0 };
}

static void read_columns(struct byte_reader *raw, struct block_page *page)
{
	uint64_t time = 0;

	for (uint32_t i = 0; i < page->count; i++) {
		time += (uint64_t)byte_reader_zigzag(raw);
		page->entries[i].first_local_time = (int64_t)time;
	}
	for (uint32_t i = 0; i < page->count; i++)
		page->entries[i].rows = byte_reader_varint(raw);
	for (uint32_t i = 0; i < page->count; i++) {
		uint64_t value = byte_reader_varint(raw);

		page->entries[i].blocks = page->level ? value : 1;
		page->entries[i].frame_size = page->level ? 0 : value;
	}
	for (uint32_t i = 0; i < page->count; i++)
		page->entries[i].section_size = byte_reader_varint(raw);
	/* For now, the gap before each; of the first, which has none, it must be 0. */
	for (uint32_t i = 0; i < page->count && page->level == 0; i++)
		page->entries[i].offset = byte_reader_varint(raw);
}

/* Fills in what follows from the entries before. */
static bool add_up(struct block_page *page, uint64_t block, uint64_t row, uint64_t offset)
{
	for (uint32_t i = 0; i < page->count; i++) {
		struct block_entry *entry = &page->entries[i];

		if (entry->rows == 0 || entry->blocks == 0 ||
		    entry->section_size < SECTION_MIN_SIZE || (i == 0 && entry->offset) ||
		    !checked_add(offset, entry->offset, &offset))
			return false;
		entry->first_block = block;
		entry->first_row = row;
		entry->offset = offset;
		if (!checked_add(block, entry->blocks, &block) ||
		    !checked_add(row, entry->rows, &row) ||
		    !checked_add(offset, entry->frame_size, &offset) ||
		    !checked_add(offset, entry->section_size, &offset))
			return false;
	}
	return block <= ROWS_LIMIT && row <= ROWS_LIMIT && offset <= INT64_MAX;
}

enum narc_status block_page_decode(const uint8_t *section, size_t size, uint64_t offset,
				   ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
				   struct block_page *out, struct narc_error *error)
{
	struct block_page page = { 0 };
	struct byte_reader payload, raw;
	uint64_t count, first_block, first_row, first_offset;
	enum narc_status status = section_open(section, size, SECTION_BLOCK_PAGE, offset, &payload,
					       error);

	if (status != NARC_OK)
		return status;
	page.level = byte_reader_u8(&payload);
	first_offset = byte_reader_u64(&payload);
	count = byte_reader_varint(&payload);
	first_block = byte_reader_varint(&payload);
	first_row = byte_reader_varint(&payload);
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
	read_columns(&raw, &page);
	status = section_close(&raw, SECTION_BLOCK_PAGE, offset, error);
	if (status == NARC_OK && !add_up(&page, first_block, first_row, first_offset))
		status = narc_fail(error, NARC_CORRUPT, stage, offset, "an entry is malformed");
	if (status != NARC_OK) {
		block_page_free(&page);
		return status;
	}
	*out = page;
	return NARC_OK;
}
