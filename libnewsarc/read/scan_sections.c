/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/scan_sections.h"

#include <stdlib.h>
#include <string.h>

#include "support/byte_order.h"
#include "support/status.h"

/* How much of the file is looked at at once. */
enum { WINDOW_SIZE = 1 << 20 };

struct scan {
	struct narc_source source;
	uint64_t file_size;
	uint8_t *window;
	uint64_t window_start;
	size_t window_size;
	struct byte_buffer section;
};

static enum narc_status read_window(struct scan *scan, uint64_t start, struct narc_error *error)
{
	uint64_t left = scan->file_size - start;

	scan->window_start = start;
	scan->window_size = left < WINDOW_SIZE ? (size_t)left : WINDOW_SIZE;
	return scan->source.ops->read_at(scan->source.context, start, scan->window,
					 scan->window_size, error);
}

/* Finds the next heading that may be a section's from *place on; false if there is none. */
static enum narc_status find_heading(struct scan *scan, uint64_t *place, bool *found,
				     struct narc_error *error)
{
	uint8_t magic[4];
	enum narc_status status = NARC_OK;

	store_le32(magic, SECTION_MAGIC);
	*found = false;
	while (scan->file_size - *place >= SECTION_MIN_SIZE && status == NARC_OK) {
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
		    size <= scan->file_size - place;
	if (!*is_whole)
		return NARC_OK;
	byte_buffer_clear(&scan->section);
	bytes = byte_buffer_reserve(&scan->section, size);
	if (!bytes)
		return narc_fail_memory(error);
	scan->section.size = size;
	status = scan->source.ops->read_at(scan->source.context, place, bytes, size, error);
	*is_whole = status == NARC_OK &&
		    section_open(bytes, size, *tag, place, &payload, NULL) == NARC_OK;
	return status;
}

static enum narc_status scan_all(struct scan *scan, uint64_t place, section_found_fn found,
				 void *context, struct narc_error *error)
{
	bool has_heading, is_whole;
	enum section_tag tag;
	enum narc_status status = find_heading(scan, &place, &has_heading, error);

	while (status == NARC_OK && has_heading) {
		status = read_section(scan, place, &tag, &is_whole, error);
		if (status == NARC_OK && is_whole)
			status = found(context, tag, &scan->section, place, error);
		place += is_whole ? scan->section.size : 1;
		if (status == NARC_OK)
			status = find_heading(scan, &place, &has_heading, error);
	}
	return status;
}

enum narc_status scan_sections(struct narc_source source, uint64_t start, section_found_fn found,
			       void *context, struct narc_error *error)
{
	struct scan scan = { .source = source, .window = malloc(WINDOW_SIZE) };
	enum narc_status status = scan.window ? NARC_OK : narc_fail_memory(error);

	if (status == NARC_OK)
		status = source.ops->size(source.context, &scan.file_size, error);
	if (status == NARC_OK)
		status = scan_all(&scan, start, found, context, error);
	byte_buffer_free(&scan.section);
	free(scan.window);
	return status;
}
