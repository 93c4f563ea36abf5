/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/base_reader.h"

#include <string.h>

enum narc_status base_reader_open(struct base_reader *reader, narc_archive *archive,
				  struct narc_error *error)
{
	struct narc_filter filter;
	enum narc_status status;

	narc_filter_init(&filter);
	filter.with_redacted = true;
	status = narc_cursor_open(archive, &filter, &reader->current, error);
	filter.all_versions = true;
	if (status == NARC_OK)
		status = narc_cursor_open(archive, &filter, &reader->all, error);
	return status;
}

void base_reader_close(struct base_reader *reader)
{
	narc_cursor_close(reader->current);
	narc_cursor_close(reader->all);
	*reader = (struct base_reader){ 0 };
}

enum narc_status base_find_path(struct base_reader *reader, const char *path,
				const struct narc_record **record, struct narc_error *error)
{
	enum narc_status status = narc_cursor_find_path(reader->current, path, error);

	*record = NULL;
	if (status == NARC_OK)
		status = narc_cursor_next(reader->current, record, error);
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

enum narc_status base_compare(narc_cursor *cursor, const uint8_t *content, uint64_t size,
			      uint64_t hash, bool *is_equal, struct narc_error *error)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	struct comparison comparison = { content, true };
	enum narc_status status;

	*is_equal = false;
	if (record->size != size || record->hash != hash || record->is_redacted)
		return NARC_OK;
	status = narc_cursor_stream(cursor, compare_piece, &comparison, error);
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

enum narc_status base_has_redacted(struct base_reader *reader, const char *path,
				   const char *code, uint64_t hash, bool *has,
				   struct narc_error *error)
{
	const struct narc_record *record;
	enum narc_status status = *code ? narc_cursor_find_code(reader->all, code, error)
					: narc_cursor_find_path(reader->all, path, error);

	*has = false;
	while (status == NARC_OK && !*has) {
		status = narc_cursor_next(reader->all, &record, error);
		if (status == NARC_OK)
			*has = record->is_redacted && record->hash == hash;
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
	return base_compare(reader->current, content, size, hash, has, error);
}
