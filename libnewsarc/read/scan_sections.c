/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/scan_sections.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "support/byte_order.h"
#include "support/status.h"

/* How much of the file is looked at at once. */
enum { WINDOW_SIZE = 1 << 20 };

struct scan {
	struct narc_source source;
	uint64_t end; /* where nothing is looked for any more */
	uint8_t *window;
	uint64_t window_start;
	size_t window_size;
	struct byte_buffer section;
	uint64_t walked_in_vain; /* bytes of frames that lead nowhere */
	bool has_found;
	/* Where an archive's header stands inside of another, of which the data frame is damaged;
	 * 0: nowhere. */
	uint64_t inner;
	uint64_t inner_end; /* behind its trailer, if that was the last section; else 0 */
};

/* A file that was cut off since it was opened has nothing there. */
static enum narc_status read_bytes(struct scan *scan, uint64_t start, uint8_t *bytes, size_t size,
				   struct narc_error *error)
{
	enum narc_status status =
		scan->source.ops->read_at(scan->source.context, start, bytes, size, error);

	if (status != NARC_CORRUPT)
		return status;
	memset(bytes, 0, size);
	return NARC_OK;
}

static enum narc_status read_window(struct scan *scan, uint64_t start, struct narc_error *error)
{
	uint64_t left = scan->end - start;

	scan->window_start = start;
	scan->window_size = left < WINDOW_SIZE ? (size_t)left : WINDOW_SIZE;
	return read_bytes(scan, start, scan->window, scan->window_size, error);
}

/* Finds the next heading that may be a section's from *place on; false if there is none. */
static enum narc_status find_heading(struct scan *scan, uint64_t *place, bool *found,
				     struct narc_error *error)
{
	uint8_t magic[4];
	enum narc_status status = NARC_OK;

	store_le32(magic, SECTION_MAGIC);
	*found = false;
	while (scan->end - *place >= SECTION_MIN_SIZE && status == NARC_OK) {
		const uint8_t *from, *at;
		size_t left;

		if (*place < scan->window_start ||
		    *place - scan->window_start + SECTION_HEADING_SIZE > scan->window_size)
			status = read_window(scan, *place, error);
		if (status != NARC_OK)
			break;
		from = scan->window + (*place - scan->window_start);
		left = scan->window_size - (size_t)(*place - scan->window_start);
		at = memmem(from, left, magic, sizeof(magic));
		if (!at) {
			/* The magic may begin at the end of the window. */
			*place += left - (sizeof(magic) - 1);
			continue;
		}
		*place += (uint64_t)(at - from);
		if (left - (size_t)(at - from) < SECTION_HEADING_SIZE)
			continue;
		*found = true;
		break;
	}
	return status;
}

/* Reads the section that this heading is of, if it is one and whole. */
static enum narc_status read_section(struct scan *scan, uint64_t place, enum section_tag *tag,
				     bool *is_whole, struct narc_error *error)
{
	const uint8_t *heading = scan->window + (place - scan->window_start);
	struct byte_reader payload;
	uint32_t size;
	uint8_t *bytes;
	enum narc_status status;

	*tag = (enum section_tag)load_le32(heading + 8);
	*is_whole = section_size_limit(*tag) > 0 &&
		    section_read_heading(heading, *tag, place, &size, NULL) == NARC_OK &&
		    size <= scan->end - place;
	if (!*is_whole)
		return NARC_OK;
	byte_buffer_clear(&scan->section);
	bytes = byte_buffer_reserve(&scan->section, size);
	if (!bytes)
		return narc_fail_memory(error);
	scan->section.size = size;
	status = read_bytes(scan, place, bytes, size, error);
	*is_whole = status == NARC_OK &&
		    section_open(bytes, size, *tag, place, &payload, NULL) == NARC_OK;
	return status;
}

/* ---- data frames -------------------------------------------------------------------------- */

enum { FRAME_CHECKSUM_SIZE = 4, BLOCK_HEADER_SIZE = 3, BLOCK_RLE = 1, BLOCK_RESERVED = 3 };

/* Makes sure that so many bytes from place on are in the window, or as many as there are. */
static enum narc_status look_at(struct scan *scan, uint64_t place, size_t size,
				const uint8_t **bytes, size_t *got, struct narc_error *error)
{
	uint64_t left = place < scan->end ? scan->end - place : 0;
	enum narc_status status = NARC_OK;

	*got = left < size ? (size_t)left : size;
	if (*got == 0)
		return NARC_OK;
	if (place < scan->window_start ||
	    place - scan->window_start + *got > scan->window_size)
		status = read_window(scan, place, error);
	*bytes = scan->window + (place - scan->window_start);
	return status;
}

/* Goes on behind the blocks of a frame (RFC 8878, section 3.1.1.2), by their headers. */
static enum narc_status pass_blocks(struct scan *scan, uint64_t *place, bool *passed,
				    struct narc_error *error)
{
	bool is_last = false;

	*passed = false;
	while (!is_last) {
		const uint8_t *bytes;
		size_t got;
		uint32_t header, type;
		enum narc_status status =
			look_at(scan, *place, BLOCK_HEADER_SIZE, &bytes, &got, error);

		if (status != NARC_OK || got < BLOCK_HEADER_SIZE)
			return status;
		header = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
		is_last = header & 1;
		type = header >> 1 & 3;
		if (type == BLOCK_RESERVED || header >> 3 > ZSTD_BLOCKSIZE_MAX)
			return NARC_OK;
		*place += BLOCK_HEADER_SIZE + (type == BLOCK_RLE ? 1 : header >> 3);
	}
	*passed = true;
	return NARC_OK;
}

/* Goes on behind the data frame that begins at *place, if one does. */
static enum narc_status pass_frame(struct scan *scan, uint64_t *place, bool *passed,
				   struct narc_error *error)
{
	ZSTD_frameHeader header;
	const uint8_t *bytes;
	size_t got;
	enum narc_status status =
		look_at(scan, *place, ZSTD_FRAMEHEADERSIZE_MAX, &bytes, &got, error);

	*passed = false;
	if (status != NARC_OK || got < sizeof(uint32_t) ||
	    load_le32(bytes) != ZSTD_MAGICNUMBER || ZSTD_getFrameHeader(&header, bytes, got) != 0 ||
	    !header.checksumFlag)
		return status;
	*place += header.headerSize;
	status = pass_blocks(scan, place, passed, error);
	*place += FRAME_CHECKSUM_SIZE;
	return status;
}

/* ---- going through the file --------------------------------------------------------------- */

/* Finds the next section that is whole from *place on, which is behind another, or where the
 * file begins. Between the two, a data frame is passed over: an archive may be stored in it. */
static enum narc_status find_behind_frame(struct scan *scan, uint64_t *place,
					  enum section_tag *tag, bool *is_whole,
					  struct narc_error *error)
{
	uint64_t start = *place;
	uint64_t end = start;
	const uint8_t *bytes;
	size_t got;
	bool passed = false;
	enum narc_status status = NARC_OK;

	*is_whole = false;
	/* Frames that only pretend to be are not to keep us busy. */
	if (scan->walked_in_vain <= scan->end)
		status = pass_frame(scan, &end, &passed, error);
	if (status == NARC_OK && passed)
		status = look_at(scan, end, SECTION_HEADING_SIZE, &bytes, &got, error);
	if (status == NARC_OK && passed && got == SECTION_HEADING_SIZE)
		status = read_section(scan, end, tag, is_whole, error);
	if (*is_whole)
		*place = end;
	else
		scan->walked_in_vain += end - start;
	return status;
}

static enum narc_status find_anywhere(struct scan *scan, uint64_t *place, enum section_tag *tag,
				      bool *is_whole, struct narc_error *error)
{
	bool has_heading = true;
	enum narc_status status = NARC_OK;

	*is_whole = false;
	while (status == NARC_OK && has_heading && !*is_whole) {
		status = find_heading(scan, place, &has_heading, error);
		if (status == NARC_OK && has_heading)
			status = read_section(scan, *place, tag, is_whole, error);
		if (!*is_whole)
			++*place;
	}
	return status;
}

/* Whether a section is of an archive inside of a data frame that is damaged. That begins with a
 * header; it ends with a descriptor whose data frame holds this header, or behind a trailer that is
 * followed by something else. */
static bool is_inner(struct scan *scan, enum section_tag tag, uint64_t offset)
{
	struct byte_reader payload =
		byte_reader_over(scan->section.data + SECTION_HEADING_SIZE,
				 scan->section.size - SECTION_MIN_SIZE);

	if (tag == SECTION_HEADER && scan->has_found)
		scan->inner = offset;
	else if (scan->inner_end && scan->inner_end != offset)
		scan->inner = 0;
	else if (scan->inner && tag == SECTION_DESCRIPTOR &&
		 byte_reader_varint(&payload) >= offset - scan->inner)
		scan->inner = 0;
	scan->inner_end = scan->inner && tag == SECTION_TRAILER ? offset + scan->section.size : 0;
	return scan->inner != 0;
}

static enum narc_status scan_all(struct scan *scan, uint64_t place, section_found_fn found,
				 void *context, struct narc_error *error)
{
	bool is_whole = true;
	enum section_tag tag;
	enum narc_status status = NARC_OK;

	while (status == NARC_OK && is_whole) {
		status = find_behind_frame(scan, &place, &tag, &is_whole, error);
		if (status == NARC_OK && !is_whole)
			status = find_anywhere(scan, &place, &tag, &is_whole, error);
		if (status != NARC_OK || !is_whole)
			break;
		if (!is_inner(scan, tag, place))
			status = found(context, tag, &scan->section, place, error);
		scan->has_found = true;
		place += scan->section.size;
	}
	return status;
}

enum narc_status scan_sections(struct narc_source source, uint64_t start, uint64_t end,
			       section_found_fn found, void *context, struct narc_error *error)
{
	struct scan scan = { .source = source, .window = malloc(WINDOW_SIZE) };
	enum narc_status status = scan.window ? NARC_OK : narc_fail_memory(error);

	if (status == NARC_OK)
		status = source.ops->size(source.context, &scan.end, error);
	if (end < scan.end)
		scan.end = end;
	if (status == NARC_OK && start < scan.end)
		status = scan_all(&scan, start, found, context, error);
	byte_buffer_free(&scan.section);
	free(scan.window);
	return status == NARC_END ? NARC_OK : status;
}
