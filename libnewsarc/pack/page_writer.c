/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/page_writer.h"

static enum narc_status put_in_tail(struct page_writer *writer, unsigned level,
				    size_t child_place, struct extent *extent,
				    struct narc_error *error)
{
	struct archive_tail *tail = writer->tail;

	*extent = (struct extent){ tail->bytes.size, writer->section.size };
	byte_buffer_append(&tail->bytes, writer->section.data, writer->section.size);
	/* The children of others are leaves. */
	if (level > 1)
		archive_tail_note(tail, extent->offset + child_place, extent->offset);
	byte_buffer_clear(&writer->section);
	return archive_tail_status(tail, error);
}

enum narc_status page_writer_put(struct page_writer *writer, unsigned level, size_t child_place,
				 struct extent *extent, struct narc_error *error)
{
	enum narc_status status;

	if (level > 0 || writer->leaf_is_root)
		return put_in_tail(writer, level, child_place, extent, error);
	status = writer->sink.ops->append(writer->sink.context, writer->section.data,
					  writer->section.size, error);
	if (status != NARC_OK)
		return status;
	*extent = (struct extent){ writer->offset, writer->section.size };
	writer->offset += writer->section.size;
	byte_buffer_clear(&writer->section);
	return NARC_OK;
}

enum narc_status page_writer_put_levels(struct page_writer *writer, void *entries,
					size_t entry_size, uint64_t count, write_page_fn write,
					struct narc_error *error)
{
	uint8_t *places = entries;
	unsigned level = 0;
	enum narc_status status = NARC_OK;

	/* Each level's entries take the place of those of the level below. */
	for (; status == NARC_OK && count > 1; count = pages_for(count)) {
		level++;
		for (uint64_t i = 0; i < count && status == NARC_OK; i += PAGE_ENTRIES) {
			uint64_t left = count - i;

			status = write(writer, level, places + i * entry_size,
				       left < PAGE_ENTRIES ? (uint32_t)left : PAGE_ENTRIES,
				       places + i / PAGE_ENTRIES * entry_size, error);
		}
	}
	return status;
}
