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
