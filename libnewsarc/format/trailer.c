/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/trailer.h"

#include <string.h>

#include "format/section.h"
#include "support/checked_math.h"
#include "support/status.h"

static const char end_mark[12] = { 'n', 'e', 'w', 's', 'a', 'r', 'c', ' ', 'e', 'n', 'd', '\n' };

static void append_extent(struct byte_buffer *out, struct extent extent)
{
	byte_buffer_append_u64(out, extent.offset);
	byte_buffer_append_u64(out, extent.size);
}

static struct extent read_extent(struct byte_reader *payload)
{
	struct extent extent;

	extent.offset = byte_reader_u64(payload);
	extent.size = byte_reader_u64(payload);
	return extent;
}

void trailer_encode(struct byte_buffer *out, const struct trailer *trailer)
{
	size_t start = section_begin(out, SECTION_TRAILER);

	byte_buffer_append_u32(out, trailer->generation);
	byte_buffer_append_u32(out, 0);
	append_extent(out, trailer->names);
	append_extent(out, trailer->dictionary);
	append_extent(out, trailer->blocks);
	byte_buffer_append_u64(out, trailer->rows);
	byte_buffer_append_u64(out, trailer->block_count);
	byte_buffer_append_u64(out, trailer->posts);
	byte_buffer_append_u64(out, trailer->content_size);
	byte_buffer_append_u64(out, trailer->owned_size);
	byte_buffer_append_u64(out, trailer->code_root.offset);
	byte_buffer_append_u64(out, trailer->path_root.offset);
	byte_buffer_append_u64(out, trailer->block_root.offset);
	byte_buffer_append_u32(out, (uint32_t)trailer->code_root.size);
	byte_buffer_append_u32(out, (uint32_t)trailer->path_root.size);
	byte_buffer_append_u32(out, (uint32_t)trailer->block_root.size);
	byte_buffer_append_u32(out, 0);
	byte_buffer_append_u64(out, trailer->end);
	byte_buffer_append(out, end_mark, sizeof(end_mark));
	section_end(out, start);
}

enum narc_status trailer_decode(const uint8_t *section, uint64_t offset, struct trailer *out,
				struct narc_error *error)
{
	struct trailer trailer;
	struct byte_reader payload;
	uint32_t reserved, reserved_too;
	const uint8_t *mark;
	enum narc_status status = section_open(section, TRAILER_SECTION_SIZE, SECTION_TRAILER,
					       offset, &payload, error);

	if (status != NARC_OK)
		return status;
	trailer.generation = byte_reader_u32(&payload);
	reserved = byte_reader_u32(&payload);
	trailer.names = read_extent(&payload);
	trailer.dictionary = read_extent(&payload);
	trailer.blocks = read_extent(&payload);
	trailer.rows = byte_reader_u64(&payload);
	trailer.block_count = byte_reader_u64(&payload);
	trailer.posts = byte_reader_u64(&payload);
	trailer.content_size = byte_reader_u64(&payload);
	trailer.owned_size = byte_reader_u64(&payload);
	trailer.code_root.offset = byte_reader_u64(&payload);
	trailer.path_root.offset = byte_reader_u64(&payload);
	trailer.block_root.offset = byte_reader_u64(&payload);
	trailer.code_root.size = byte_reader_u32(&payload);
	trailer.path_root.size = byte_reader_u32(&payload);
	trailer.block_root.size = byte_reader_u32(&payload);
	reserved_too = byte_reader_u32(&payload);
	trailer.end = byte_reader_u64(&payload);
	mark = byte_reader_bytes(&payload, sizeof(end_mark));
	status = section_close(&payload, SECTION_TRAILER, offset, error);
	if (status != NARC_OK)
		return status;
	if (trailer.generation == 0 || reserved || reserved_too ||
	    memcmp(mark, end_mark, sizeof(end_mark)) != 0)
		return narc_fail(error, NARC_CORRUPT, "trailer", offset,
				 "a field has a value that it must not have");
	if (trailer.end != offset + TRAILER_SECTION_SIZE)
		return narc_fail(error, NARC_CORRUPT, "trailer", offset,
				 "is not the trailer of this file");
	*out = trailer;
	return NARC_OK;
}

/* Whether an optional section stands just at *place; moves *place behind it. */
static bool follows(struct extent extent, enum section_tag tag, uint64_t limit, uint64_t *place)
{
	if (extent.size == 0)
		return extent.offset == 0;
	if (extent.offset != *place || extent.size < SECTION_MIN_SIZE ||
	    extent.size > section_size_limit(tag) ||
	    !range_inside(extent.offset, extent.size, 0, limit))
		return false;
	*place += extent.size;
	return true;
}

static bool root_is_inside(struct extent root, uint64_t start, uint64_t end)
{
	if (root.size == 0)
		return root.offset == 0;
	return root.size >= SECTION_MIN_SIZE && root.size <= PAGE_SIZE_LIMIT &&
	       range_inside(root.offset, root.size, start, end);
}

static bool counts_agree(const struct trailer *trailer)
{
	bool empty = trailer->rows == 0;

	return (trailer->block_count == 0) == empty && (trailer->block_root.size == 0) == empty &&
	       (trailer->blocks.size == 0) == empty && trailer->block_count <= trailer->rows &&
	       trailer->posts <= trailer->rows && trailer->owned_size <= trailer->content_size;
}

enum narc_status trailer_check(const struct trailer *trailer, uint64_t header_size,
			       struct narc_error *error)
{
	uint64_t start = trailer->end - TRAILER_SECTION_SIZE;
	uint64_t place = header_size;

	if (trailer->rows > ROWS_LIMIT)
		return narc_fail(error, NARC_LIMIT, "trailer", start,
				 "%llu rows are over the limit", (unsigned long long)trailer->rows);
	if (header_size > start ||
	    !follows(trailer->names, SECTION_NAMES, start, &place) ||
	    !follows(trailer->dictionary, SECTION_DICTIONARY, start, &place) ||
	    trailer->blocks.offset != place ||
	    !range_inside(trailer->blocks.offset, trailer->blocks.size, place, start))
		return narc_fail(error, NARC_CORRUPT, "trailer", start,
				 "a part of the file is not where it can be");
	place = extent_end(trailer->blocks);
	if (!root_is_inside(trailer->code_root, place, start) ||
	    !root_is_inside(trailer->path_root, place, start) ||
	    !root_is_inside(trailer->block_root, place, start) || !counts_agree(trailer))
		return narc_fail(error, NARC_CORRUPT, "trailer", start,
				 "the parts of the file contradict each other");
	return NARC_OK;
}
