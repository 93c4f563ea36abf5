/* SPDX-License-Identifier: BSD-2-Clause */
#include "sign/signed_row.h"

#include <string.h>

#include "format/descriptor.h"

static void append_text(struct byte_buffer *leaf, const char *text)
{
	size_t size = strlen(text);

	byte_buffer_append_u16(leaf, (uint16_t)size);
	byte_buffer_append(leaf, text, size);
}

enum narc_status signed_row_hash(const struct narc_signed_row *row, struct byte_buffer *scratch,
				 uint8_t hash[TREE_HASH_SIZE], struct narc_error *error)
{
	const struct narc_record *record = &row->record;
	enum narc_status status;

	byte_buffer_clear(scratch);
	byte_buffer_append_u64(scratch, record->row);
	byte_buffer_append_u32(scratch, record->generation);
	byte_buffer_append_u32(scratch, record->version);
	byte_buffer_append_u64(scratch, (uint64_t)row->replaces);
	byte_buffer_append_u64(scratch, (uint64_t)record->local_time);
	byte_buffer_append_u16(scratch, (uint16_t)record->zone_minutes);
	byte_buffer_append_u8(scratch, record_class(record));
	byte_buffer_append_u32(scratch, record_mode(record));
	byte_buffer_append_u64(scratch, (uint64_t)record->mtime_seconds);
	byte_buffer_append_u32(scratch, record->mtime_nanoseconds);
	byte_buffer_append(scratch, row->sha256, sizeof(row->sha256));
	append_text(scratch, record->info_code);
	append_text(scratch, record->path);
	status = byte_buffer_status(scratch, error);
	if (status == NARC_OK)
		tree_hash_leaf(scratch->data, scratch->size, hash);
	return status;
}
