/* SPDX-License-Identifier: BSD-2-Clause */
#include "matter.h"

struct narc_front_matter matter_of(narc_front_matter_reader *reader, const void *content,
				   uint64_t size)
{
	struct narc_front_matter matter;

	if (size <= PAGE_CONTENT_LIMIT &&
	    narc_front_matter_read(reader, content, (size_t)size, &matter, NULL) == NARC_OK)
		return matter;
	return NO_MATTER;
}

struct narc_front_matter matter_read(narc_front_matter_reader *reader, narc_cursor *cursor)
{
	const uint64_t size = narc_cursor_record(cursor)->size;
	const void *content;

	if (size > PAGE_CONTENT_LIMIT || narc_cursor_content(cursor, &content, NULL) != NARC_OK)
		return NO_MATTER;
	return matter_of(reader, content, size);
}
