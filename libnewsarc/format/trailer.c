/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/trailer.h"

#include <string.h>

#include "format/section.h"
#include "support/byte_order.h"
#include "support/status.h"

static const char end_mark[12] = { 'n', 'e', 'w', 's', 'a', 'r', 'c', ' ', 'e', 'n', 'd', '\n' };

void trailer_encode(struct byte_buffer *out, const struct trailer *trailer)
{
	size_t start = section_begin(out, SECTION_TRAILER);

	byte_buffer_append_u32(out, trailer->generation);
	byte_buffer_append_u32(out, 0);
	byte_buffer_append_u64(out, trailer->manifest.offset);
	byte_buffer_append_u64(out, trailer->manifest.size);
	byte_buffer_append_u64(out, trailer->rows);
	byte_buffer_append_u64(out, trailer->blocks);
	byte_buffer_append_u64(out, trailer->content_size);
	byte_buffer_append_u64(out, trailer->owned_size);
	byte_buffer_append_u64(out, trailer->current_rows);
	byte_buffer_append_u64(out, trailer->current_posts);
	byte_buffer_append_u64(out, trailer->current_size);
	byte_buffer_append_u64(out, trailer->end);
	byte_buffer_append(out, end_mark, sizeof(end_mark));
	section_end(out, start);
}

enum narc_status trailer_decode(const uint8_t *section, uint64_t offset, struct trailer *out,
				struct narc_error *error)
{
	struct trailer trailer;
	struct byte_reader payload;
	uint32_t reserved;
	const uint8_t *mark;
	enum narc_status status = section_open(section, TRAILER_SECTION_SIZE, SECTION_TRAILER,
					       offset, &payload, error);

	if (status != NARC_OK)
		return status;
	trailer.generation = byte_reader_u32(&payload);
	reserved = byte_reader_u32(&payload);
	trailer.manifest.offset = byte_reader_u64(&payload);
	trailer.manifest.size = byte_reader_u64(&payload);
	trailer.rows = byte_reader_u64(&payload);
	trailer.blocks = byte_reader_u64(&payload);
	trailer.content_size = byte_reader_u64(&payload);
	trailer.owned_size = byte_reader_u64(&payload);
	trailer.current_rows = byte_reader_u64(&payload);
	trailer.current_posts = byte_reader_u64(&payload);
	trailer.current_size = byte_reader_u64(&payload);
	trailer.end = byte_reader_u64(&payload);
	mark = byte_reader_bytes(&payload, sizeof(end_mark));
	status = section_close(&payload, SECTION_TRAILER, offset, error);
	if (status != NARC_OK)
		return status;
	if (trailer.generation == 0 || reserved || memcmp(mark, end_mark, sizeof(end_mark)) != 0)
		return narc_fail(error, NARC_CORRUPT, "trailer", offset,
				 "a field has a value that it must not have");
	if (trailer.end != offset + TRAILER_SECTION_SIZE)
		return narc_fail(error, NARC_CORRUPT, "trailer", offset,
				 "is not the trailer of this file");
	*out = trailer;
	return NARC_OK;
}

/* Of these signs, a damage in one place takes one, if any; a trailer that is torn has none but the
 * first ones. */
bool trailer_was_written(const uint8_t *section, uint64_t offset)
{
	const uint8_t *payload = section + SECTION_HEADING_SIZE;
	uint64_t manifest = load_le64(payload + 8);
	unsigned signs = load_le32(section) == SECTION_MAGIC &&
			 load_le32(section + 8) == SECTION_TRAILER;

	signs += manifest < offset && load_le64(payload + 16) == offset - manifest;
	signs += load_le64(payload + 80) == offset + TRAILER_SECTION_SIZE;
	signs += memcmp(payload + 88, end_mark, sizeof(end_mark)) == 0;
	return signs >= 3;
}

static bool counts_agree(const struct trailer *trailer)
{
	return (trailer->blocks == 0) == (trailer->rows == 0) &&
	       trailer->blocks <= trailer->rows && trailer->owned_size <= trailer->content_size &&
	       trailer->current_rows <= trailer->rows &&
	       trailer->current_posts <= trailer->current_rows &&
	       trailer->current_size <= trailer->content_size;
}

enum narc_status trailer_check(const struct trailer *trailer, uint64_t header_size,
			       struct narc_error *error)
{
	uint64_t start = trailer->end - TRAILER_SECTION_SIZE;

	if (trailer->rows > ROWS_LIMIT)
		return narc_fail(error, NARC_LIMIT, "trailer", start,
				 "%llu rows are over the limit", (unsigned long long)trailer->rows);
	/* As many as a segment may have that takes the place of all. */
	if (trailer->generation > GENERATIONS_LIMIT)
		return narc_fail(error, NARC_LIMIT, "trailer", start,
				 "%lu generations are over the limit",
				 (unsigned long)trailer->generation);
	if (trailer->manifest.size > MANIFEST_SIZE_LIMIT)
		return narc_fail(error, NARC_LIMIT, "trailer", start,
				 "a manifest of %llu bytes is over the limit",
				 (unsigned long long)trailer->manifest.size);
	if (trailer->manifest.offset < header_size || trailer->manifest.offset > start ||
	    trailer->manifest.size != start - trailer->manifest.offset)
		return narc_fail(error, NARC_CORRUPT, "trailer", start,
				 "the manifest is not where it can be");
	if (!counts_agree(trailer))
		return narc_fail(error, NARC_CORRUPT, "trailer", start,
				 "the counts contradict each other");
	return NARC_OK;
}
