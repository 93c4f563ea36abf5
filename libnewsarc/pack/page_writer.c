/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/page_writer.h"

enum narc_status page_writer_put(struct page_writer *writer, struct extent *extent,
				 struct narc_error *error)
{
	enum narc_status status = writer->sink.ops->append(
		writer->sink.context, writer->section.data, writer->section.size, error);

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
