/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/archive_tail.h"

#include "format/section.h"

void archive_tail_free(struct archive_tail *tail)
{
	byte_buffer_free(&tail->bytes);
	byte_buffer_free(&tail->notes);
}

enum narc_status archive_tail_status(const struct archive_tail *tail, struct narc_error *error)
{
	enum narc_status status = byte_buffer_status(&tail->bytes, error);

	return status == NARC_OK ? byte_buffer_status(&tail->notes, error) : status;
}

void archive_tail_note(struct archive_tail *tail, size_t place, size_t section)
{
	byte_buffer_append_u64(&tail->notes, place);
	byte_buffer_append_u64(&tail->notes, section);
}

void archive_tail_settle(struct archive_tail *tail, uint64_t start)
{
	struct byte_reader notes = byte_reader_over(tail->notes.data, tail->notes.size);

	while (byte_reader_left(&notes)) {
		uint64_t place = byte_reader_u64(&notes), section = byte_reader_u64(&notes);

		section_move_offset(tail->bytes.data + section, (size_t)(place - section), start);
	}
}
