/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/scan_sections.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "support/byte_order.h"
#include "support/status.h"

/* How much of the file is looked at at once. */
enum { WINDOW_SIZE = 1 << 20 };

/* Classes of sizes by their power of two, up to the 64 MiB of the largest section. */
enum { SIZE_CLASSES = 27 };

struct section_scan {
	struct narc_source source;
	uint64_t start;
	uint64_t file_end;
	uint64_t end; /* where nothing is looked for any more */
	uint8_t *window;
	uint64_t window_start;
	size_t window_size;
	struct byte_buffer section;
	/* Bytes that were read of what is no section, and of frames that lead nowhere. */
	uint64_t read_in_vain[SIZE_CLASSES];
	uint64_t walked_in_vain;
	uint64_t no_section; /* the last place that was found to be of none */
};

/* A file that was cut off since it was opened has nothing there. */
static enum narc_status read_bytes(struct section_scan *scan, uint64_t start, uint8_t *bytes,
				   size_t size, struct narc_error *error)
{
	enum narc_status status =
		scan->source.ops->read_at(scan->source.context, start, bytes, size, error);

	if (status != NARC_CORRUPT)
		return status;
	memset(bytes, 0, size);
	return NARC_OK;
}

static enum narc_status read_window(struct section_scan *scan, uint64_t start,
				    struct narc_error *error)
{
	uint64_t left = scan->end - start;

	scan->window_start = start;
	scan->window_size = left < WINDOW_SIZE ? (size_t)left : WINDOW_SIZE;
	return read_bytes(scan, start, scan->window, scan->window_size, error);
}

/* Makes sure that so many bytes from place on are in the window, or as many as there are. */
static enum narc_status look_at(struct section_scan *scan, uint64_t place, size_t size,
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

/* ---- sections ----------------------------------------------------------------------------- */

static enum narc_status fail_place(uint64_t place, struct narc_error *error, const char *what)
{
	return narc_fail_text(error, NARC_CORRUPT, "section", place, what);
}

/* Reads tag and size of what may be a section at place. *damage is filled in if it is none. */
static enum narc_status read_heading(struct section_scan *scan, uint64_t place,
				     enum section_tag *tag, uint32_t *size,
				     struct narc_error *damage, struct narc_error *error)
{
	const uint8_t *heading;
	size_t got;
	enum narc_status status =
		look_at(scan, place, SECTION_HEADING_SIZE, &heading, &got, error);

	if (status != NARC_OK)
		return status;
	if (got < SECTION_HEADING_SIZE)
		return fail_place(place, damage, "there is something too short to be a section");
	*tag = (enum section_tag)load_le32(heading + 8);
	if (section_size_limit(*tag) == 0)
		return fail_place(place, damage, "there is something that does not belong here");
	status = section_read_heading(heading, *tag, place, size, damage);
	if (status == NARC_OK && *size > scan->end - place)
		status = fail_place(place, damage,
				    "a section reaches into what stands behind it");
	return status;
}

static unsigned size_class(uint32_t size)
{
	unsigned class = 0;

	while (size >>= 1)
		class++;
	return class;
}

/* Reads what has its heading in the window. */
static enum narc_status read_whole(struct section_scan *scan, uint64_t place, uint32_t size,
				   struct narc_error *error)
{
	size_t before = (size_t)(place - scan->window_start);
	uint8_t *bytes;

	byte_buffer_clear(&scan->section);
	bytes = byte_buffer_reserve(&scan->section, size);
	if (!bytes)
		return narc_fail_memory(error);
	scan->section.size = size;
	if (size > scan->window_size - before)
		return read_bytes(scan, place, bytes, size, error);
	memcpy(bytes, scan->window + before, size);
	return NARC_OK;
}

/*
 * Reads the section at place. NARC_CORRUPT or NARC_LIMIT, with *damage, if none stands there that
 * is whole. A heading is soon made up, and may state much: so what is read only to find a wrong
 * checksum is, of each class of sizes, no more than was passed so far, and one more. Sections that
 * do not overlap never come to that, however many of them are damaged.
 */
static enum narc_status read_section(struct section_scan *scan, uint64_t place,
				     enum section_tag *tag, struct narc_error *damage,
				     struct narc_error *error)
{
	struct byte_reader payload;
	uint32_t size = 0;
	uint64_t *in_vain;
	enum narc_status status = read_heading(scan, place, tag, &size, damage, error);

	if (status != NARC_OK)
		return status;
	in_vain = &scan->read_in_vain[size_class(size)];
	if (*in_vain > place - scan->start)
		return fail_place(place, damage,
				  "too much in front of this only seems to be sections");
	status = read_whole(scan, place, size, error);
	if (status != NARC_OK)
		return status;
	status = section_open(scan->section.data, size, *tag, place, &payload, damage);
	if (status != NARC_OK) {
		*in_vain += size;
		scan->no_section = place;
	}
	return status;
}

/* Finds out whether a section that is whole stands at place. */
static enum narc_status try_section(struct section_scan *scan, uint64_t place,
				    enum section_tag *tag, bool *is_whole,
				    struct narc_error *error)
{
	enum narc_status status = NARC_CORRUPT;

	if (place != scan->no_section)
		status = read_section(scan, place, tag, NULL, error);
	*is_whole = status == NARC_OK;
	return status == NARC_CORRUPT || status == NARC_LIMIT ? NARC_OK : status;
}

/* Finds the next heading that may be a section's from *place on; false if there is none. */
static enum narc_status find_heading(struct section_scan *scan, uint64_t *place, bool *found,
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

/* ---- data frames -------------------------------------------------------------------------- */

enum { FRAME_CHECKSUM_SIZE = 4, BLOCK_HEADER_SIZE = 3, BLOCK_RLE = 1, BLOCK_RESERVED = 3 };

/* Goes on behind the blocks of a frame (RFC 8878, section 3.1.1.2), by their headers. */
static enum narc_status pass_blocks(struct section_scan *scan, uint64_t *place, bool *passed,
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
static enum narc_status pass_frame(struct section_scan *scan, uint64_t *place, bool *passed,
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
static enum narc_status find_behind_frame(struct section_scan *scan, uint64_t *place,
					  enum section_tag *tag, bool *is_whole,
					  struct narc_error *error)
{
	uint64_t start = *place;
	uint64_t end = start;
	bool passed = false;
	enum narc_status status = NARC_OK;

	*is_whole = false;
	/* Frames that only pretend to be are not to keep us busy. */
	if (scan->walked_in_vain <= scan->file_end)
		status = pass_frame(scan, &end, &passed, error);
	if (status == NARC_OK && passed)
		status = try_section(scan, end, tag, is_whole, error);
	if (*is_whole)
		*place = end;
	else
		scan->walked_in_vain += end - start;
	return status;
}

static enum narc_status find_anywhere(struct section_scan *scan, uint64_t *place,
				      enum section_tag *tag, bool *is_whole,
				      struct narc_error *error)
{
	bool has_heading = true;
	enum narc_status status = NARC_OK;

	*is_whole = false;
	while (status == NARC_OK && has_heading && !*is_whole) {
		status = find_heading(scan, place, &has_heading, error);
		if (status == NARC_OK && has_heading)
			status = try_section(scan, *place, tag, is_whole, error);
		if (!*is_whole)
			++*place;
	}
	return status;
}

/* Finds the next section that is whole from *place on. */
static enum narc_status find_next(struct section_scan *scan, uint64_t *place,
				  enum section_tag *tag, bool *is_whole, struct narc_error *error)
{
	enum narc_status status = find_behind_frame(scan, place, tag, is_whole, error);

	if (status == NARC_OK && !*is_whole)
		status = find_anywhere(scan, place, tag, is_whole, error);
	return status;
}

/* Looks no further than end from here on. */
static void set_end(struct section_scan *scan, uint64_t end)
{
	scan->end = end < scan->file_end ? end : scan->file_end;
}

enum narc_status section_scan_new(struct narc_source source, uint64_t start,
				  struct section_scan **out, struct narc_error *error)
{
	struct section_scan *scan = calloc(1, sizeof(*scan));
	enum narc_status status;

	if (!scan)
		return narc_fail_memory(error);
	*scan = (struct section_scan){ .source = source, .start = start,
				       .no_section = UINT64_MAX, .window = malloc(WINDOW_SIZE) };
	status = scan->window ? source.ops->size(source.context, &scan->file_end, error)
			      : narc_fail_memory(error);
	if (status != NARC_OK) {
		section_scan_free(scan);
		return status;
	}
	*out = scan;
	return NARC_OK;
}

void section_scan_free(struct section_scan *scan)
{
	if (!scan)
		return;
	byte_buffer_free(&scan->section);
	free(scan->window);
	free(scan);
}

enum narc_status section_scan_read(struct section_scan *scan, uint64_t place, uint64_t end,
				   enum section_tag *tag, const struct byte_buffer **section,
				   struct narc_error *error)
{
	enum narc_status status;

	set_end(scan, end);
	status = read_section(scan, place, tag, error, error);
	*section = &scan->section;
	return status;
}

enum narc_status section_scan_find(struct section_scan *scan, uint64_t *place, uint64_t end,
				   struct narc_error *error)
{
	enum section_tag tag;
	bool is_whole = false;
	enum narc_status status = NARC_OK;

	set_end(scan, end);
	if (*place < scan->end)
		status = find_next(scan, place, &tag, &is_whole, error);
	if (status == NARC_OK && !is_whole)
		*place = end;
	return status;
}

/* ---- all of them -------------------------------------------------------------------------- */

/* Where an archive's header stands inside of another, of which the data frame is damaged. */
struct inner_archive {
	bool has_found;  /* any section */
	uint64_t header; /* 0: nowhere */
	uint64_t end;    /* behind its trailer, if that was the last section; else 0 */
};

/* Whether a section is of an archive inside of a data frame that is damaged. That begins with a
 * header; it ends with a descriptor whose data frame holds this header, or behind a trailer that is
 * followed by something else. */
static bool is_inner(struct inner_archive *inner, enum section_tag tag,
		     const struct byte_buffer *section, uint64_t offset)
{
	struct byte_reader payload =
		byte_reader_over(section->data + SECTION_HEADING_SIZE,
				 section->size - SECTION_MIN_SIZE);

	if (tag == SECTION_HEADER && inner->has_found)
		inner->header = offset;
	else if (inner->end && inner->end != offset)
		inner->header = 0;
	else if (inner->header && tag == SECTION_DESCRIPTOR &&
		 byte_reader_varint(&payload) >= offset - inner->header)
		inner->header = 0;
	inner->end = inner->header && tag == SECTION_TRAILER ? offset + section->size : 0;
	inner->has_found = true;
	return inner->header != 0;
}

static enum narc_status scan_all(struct section_scan *scan, section_found_fn found, void *context,
				 struct narc_error *error)
{
	struct inner_archive inner = { .header = 0 };
	uint64_t place = scan->start;
	bool is_whole = true;
	enum section_tag tag;
	enum narc_status status = NARC_OK;

	while (place < scan->end) {
		status = find_next(scan, &place, &tag, &is_whole, error);
		if (status != NARC_OK || !is_whole)
			break;
		if (!is_inner(&inner, tag, &scan->section, place))
			status = found(context, tag, &scan->section, place, error);
		if (status != NARC_OK)
			break;
		place += scan->section.size;
	}
	return status == NARC_END ? NARC_OK : status;
}

enum narc_status scan_sections(struct narc_source source, uint64_t start, uint64_t end,
			       section_found_fn found, void *context, struct narc_error *error)
{
	struct section_scan *scan;
	enum narc_status status = section_scan_new(source, start, &scan, error);

	if (status != NARC_OK)
		return status;
	set_end(scan, end);
	status = scan_all(scan, found, context, error);
	section_scan_free(scan);
	return status;
}
