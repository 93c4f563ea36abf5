/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/base_reader.h"

#include <string.h>

#include "read/content_digest.h"
#include "read/cursor.h"

enum narc_status base_reader_open(struct base_reader *reader, narc_archive *archive,
				  struct narc_error *error)
{
	return cursor_new_of_all(archive, &reader->cursor, error);
}

void base_reader_close(struct base_reader *reader)
{
	narc_cursor_close(reader->cursor);
	*reader = (struct base_reader){ 0 };
}

enum narc_status base_find_path(struct base_reader *reader, const char *path,
				const struct narc_record **record, struct narc_error *error)
{
	enum narc_status status;

	*record = NULL;
	cursor_set_all_versions(reader->cursor, false);
	status = narc_cursor_find_path(reader->cursor, path, error);
	if (status == NARC_OK)
		status = narc_cursor_next(reader->cursor, record, error);
	return status == NARC_NOT_FOUND ? NARC_OK : status;
}

/* What is left to be compared with the content that comes. */
struct comparison {
	const uint8_t *content;
	bool is_equal;
};

static bool compare_piece(void *context, const void *piece, size_t size)
{
	struct comparison *comparison = context;

	comparison->is_equal = memcmp(comparison->content, piece, size) == 0;
	comparison->content += size;
	return comparison->is_equal;
}

enum narc_status base_compare(struct base_reader *reader, const uint8_t *content, uint64_t size,
			      uint64_t hash, bool *is_equal, struct narc_error *error)
{
	const struct narc_record *record = narc_cursor_record(reader->cursor);
	struct comparison comparison = { content, true };
	enum narc_status status;

	*is_equal = false;
	if (record->size != size || record->hash != hash || record->is_redacted)
		return NARC_OK;
	status = narc_cursor_stream(reader->cursor, compare_piece, &comparison, error);
	*is_equal = status == NARC_OK;
	/* A content that differs ends the stream. */
	return status == NARC_CANCELLED ? NARC_OK : status;
}

bool base_has_state(const struct narc_record *record, const struct narc_entry *entry,
		    uint64_t size)
{
	return !record->is_redacted && record->type == entry->type && record->size == size &&
	       record->mtime_seconds == entry->mtime_seconds &&
	       record->mtime_nanoseconds == entry->mtime_nanoseconds;
}

/* A content that is gone cannot be compared: its tombstone has a cryptographic hash. */
static bool was_content_of(const struct base_reader *reader, const struct narc_record *record,
			   const struct pack_item *item)
{
	const struct tombstone *tombstone =
		manifest_tombstone(&reader->cursor->archive->manifest, record->row);
	uint8_t digest[CONTENT_DIGEST_SIZE];

	if (!record->is_redacted || record->hash != item->hash || !tombstone)
		return false;
	digest_content(item->content, item->size, digest);
	return memcmp(digest, tombstone->digest, sizeof(digest)) == 0;
}

enum narc_status base_has_redacted(struct base_reader *reader, const struct pack_item *item,
				   bool *has, struct narc_error *error)
{
	const struct narc_record *record;
	enum narc_status status;

	*has = false;
	cursor_set_all_versions(reader->cursor, true);
	status = *item->code ? narc_cursor_find_code(reader->cursor, item->code, error)
			     : narc_cursor_find_path(reader->cursor, item->entry.path, error);
	while (status == NARC_OK && !*has) {
		status = narc_cursor_next(reader->cursor, &record, error);
		if (status == NARC_OK)
			*has = was_content_of(reader, record, item);
	}
	return status == NARC_END || status == NARC_NOT_FOUND ? NARC_OK : status;
}

enum narc_status base_has_content(struct base_reader *reader, const struct narc_entry *entry,
				  const uint8_t *content, uint64_t size, uint64_t hash, bool *has,
				  struct narc_error *error)
{
	const struct narc_record *record;
	enum narc_status status = base_find_path(reader, entry->path, &record, error);

	*has = false;
	if (status != NARC_OK || !record || record->type != entry->type)
		return status;
	return base_compare(reader, content, size, hash, has, error);
}
