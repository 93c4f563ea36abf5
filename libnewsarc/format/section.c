/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/section.h"

#include "format/limits.h"
#include "support/byte_order.h"
#include "support/content_hash.h"
#include "support/status.h"

const char *section_name(enum section_tag tag)
{
	switch (tag) {
	case SECTION_HEADER:
		return "header";
	case SECTION_NAMES:
		return "names";
	case SECTION_DICTIONARY:
		return "dictionary";
	case SECTION_DESCRIPTOR:
		return "descriptor";
	case SECTION_KEY_PAGE:
		return "key page";
	case SECTION_BLOCK_PAGE:
		return "block page";
	case SECTION_SUPERSEDED:
		return "superseded page";
	case SECTION_PARITY_TABLE:
		return "parity table";
	case SECTION_PARITY:
		return "parity";
	case SECTION_SEGMENT:
		return "segment";
	case SECTION_MANIFEST:
		return "manifest";
	case SECTION_TRAILER:
		return "trailer";
	case SECTION_SET:
		return "set";
	case SECTION_FILTER:
		return "filter";
	}
	return "section";
}

uint32_t section_size_limit(enum section_tag tag)
{
	switch (tag) {
	case SECTION_HEADER:
		return HEADER_SIZE_LIMIT;
	case SECTION_NAMES:
		return NAMES_SIZE_LIMIT;
	case SECTION_DICTIONARY:
		return DICTIONARY_SIZE_LIMIT;
	case SECTION_DESCRIPTOR:
		return DESCRIPTOR_SIZE_LIMIT;
	case SECTION_KEY_PAGE:
	case SECTION_BLOCK_PAGE:
	case SECTION_SUPERSEDED:
		return PAGE_SIZE_LIMIT;
	case SECTION_PARITY_TABLE:
		return PARITY_TABLE_SIZE_LIMIT;
	case SECTION_PARITY:
		return PARITY_SECTION_CONTENT_LIMIT + SECTION_MIN_SIZE;
	case SECTION_SEGMENT:
	case SECTION_MANIFEST:
		return MANIFEST_SIZE_LIMIT;
	case SECTION_TRAILER:
		return TRAILER_SECTION_SIZE;
	case SECTION_SET:
		return SET_SIZE_LIMIT;
	case SECTION_FILTER:
		return FILTER_SIZE_LIMIT;
	}
	return 0;
}

size_t section_begin(struct byte_buffer *buffer, enum section_tag tag)
{
	size_t start = buffer->size;

	byte_buffer_append_u32(buffer, SECTION_MAGIC);
	byte_buffer_append_u32(buffer, 0); /* known at the end */
	byte_buffer_append_u32(buffer, tag);
	return start;
}

void section_end(struct byte_buffer *buffer, size_t start)
{
	uint8_t *section;
	size_t size;

	if (buffer->failed)
		return;
	section = buffer->data + start;
	size = buffer->size - start;
	store_le32(section + 4, (uint32_t)(size + SECTION_CHECKSUM_SIZE - SECTION_SIZES_SIZE));
	byte_buffer_append_u64(buffer, content_hash(section, size));
}

void section_move_offset(uint8_t *section, size_t place, uint64_t distance)
{
	size_t size = load_le32(section + 4) + SECTION_SIZES_SIZE - SECTION_CHECKSUM_SIZE;

	store_le64(section + place, load_le64(section + place) + distance);
	store_le64(section + size, content_hash(section, size));
}

enum narc_status section_read_heading(const uint8_t *heading, enum section_tag tag,
				      uint64_t offset, uint32_t *section_size,
				      struct narc_error *error)
{
	uint64_t size = (uint64_t)load_le32(heading + 4) + SECTION_SIZES_SIZE;

	if (load_le32(heading) != SECTION_MAGIC)
		return narc_fail(error, NARC_CORRUPT, section_name(tag), offset,
				 "no section starts here");
	if (load_le32(heading + 8) != tag)
		return narc_fail(error, NARC_CORRUPT, section_name(tag), offset,
				 "another kind of section stands here");
	if (size < SECTION_MIN_SIZE)
		return narc_fail(error, NARC_CORRUPT, section_name(tag), offset,
				 "the section is too short");
	if (size > section_size_limit(tag))
		return narc_fail(error, NARC_LIMIT, section_name(tag), offset,
				 "a section of %llu bytes is over the limit of %lu",
				 (unsigned long long)size,
				 (unsigned long)section_size_limit(tag));
	*section_size = (uint32_t)size;
	return NARC_OK;
}

enum narc_status section_open(const uint8_t *section, size_t section_size, enum section_tag tag,
			      uint64_t offset, struct byte_reader *payload,
			      struct narc_error *error)
{
	uint32_t stated = 0;
	enum narc_status status;

	if (section_size < SECTION_MIN_SIZE)
		return narc_fail(error, NARC_CORRUPT, section_name(tag), offset,
				 "the section is too short");
	status = section_read_heading(section, tag, offset, &stated, error);
	if (status != NARC_OK)
		return status;
	if (stated != section_size)
		return narc_fail(error, NARC_CORRUPT, section_name(tag), offset,
				 "the section states %lu bytes, not the %zu that it should have",
				 (unsigned long)stated, section_size);
	section_size -= SECTION_CHECKSUM_SIZE;
	if (load_le64(section + section_size) != content_hash(section, section_size))
		return narc_fail(error, NARC_CORRUPT, section_name(tag), offset,
				 "the checksum does not match: the file is damaged here");
	*payload = byte_reader_over(section + SECTION_HEADING_SIZE,
				    section_size - SECTION_HEADING_SIZE);
	return NARC_OK;
}

enum narc_status section_close(const struct byte_reader *payload, enum section_tag tag,
			       uint64_t offset, struct narc_error *error)
{
	if (!byte_reader_ok(payload))
		return narc_fail(error, NARC_CORRUPT, section_name(tag), offset,
				 "a field is malformed or missing");
	if (byte_reader_left(payload) != 0)
		return narc_fail(error, NARC_CORRUPT, section_name(tag), offset,
				 "%zu bytes are left over", byte_reader_left(payload));
	return NARC_OK;
}
