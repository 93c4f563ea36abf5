/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/find_section.h"

#include <string.h>

#include "support/byte_order.h"

enum { WINDOW_SIZE = 1 << 20, MAGIC_SIZE = 4 };

static bool is_tag(uint32_t tag)
{
	return section_size_limit((enum section_tag)tag) > 0;
}

/* A file that was cut off since it was opened has nothing there. */
static enum narc_status as_missing(enum narc_status status)
{
	return status == NARC_CORRUPT ? NARC_OK : status;
}

enum narc_status section_at(const struct narc_archive *archive, uint64_t offset, uint64_t end,
			    struct byte_buffer *section, bool *is_there, struct extent *found,
			    enum section_tag *tag, struct narc_error *error)
{
	uint8_t heading[SECTION_HEADING_SIZE];
	struct byte_reader payload;
	uint32_t size;
	enum narc_status status;

	*is_there = false;
	if (offset > end || end - offset < SECTION_MIN_SIZE)
		return NARC_OK;
	status = archive_read(archive, offset, heading, sizeof(heading), error);
	if (status != NARC_OK)
		return as_missing(status);
	*tag = (enum section_tag)load_le32(heading + 8);
	if (!is_tag(*tag) ||
	    section_read_heading(heading, *tag, offset, &size, NULL) != NARC_OK ||
	    size > end - offset)
		return NARC_OK;
	*found = (struct extent){ offset, size };
	status = archive_read_section(archive, *found, section, error);
	if (status == NARC_OK)
		*is_there = section_open(section->data, size, *tag, offset, &payload, NULL) ==
			    NARC_OK;
	return as_missing(status);
}

enum narc_status find_section_magic(const struct narc_archive *archive, uint64_t *place,
				    uint64_t end, struct byte_buffer *window,
				    struct narc_error *error)
{
	uint8_t magic[MAGIC_SIZE];

	store_le32(magic, SECTION_MAGIC);
	while (*place < end && end - *place >= MAGIC_SIZE) {
		struct extent extent = { *place, end - *place < WINDOW_SIZE ? end - *place
									  : WINDOW_SIZE };
		enum narc_status status = archive_read_section(archive, extent, window, error);
		const uint8_t *hit;

		if (status == NARC_CORRUPT)
			break;
		if (status != NARC_OK)
			return status;
		hit = memmem(window->data, window->size, magic, sizeof(magic));
		if (hit) {
			*place += (uint64_t)(hit - window->data);
			return NARC_OK;
		}
		*place += extent.size - (MAGIC_SIZE - 1);
	}
	*place = end;
	return NARC_OK;
}
