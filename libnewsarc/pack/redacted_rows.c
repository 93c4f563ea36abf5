/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/redacted_rows.h"

#include <string.h>

#include "read/cursor.h"
#include "support/status.h"

enum narc_status check_redact_options(const struct narc_redact_options *options,
				      struct narc_error *error)
{
	if (options->key_count == 0)
		return narc_fail(error, NARC_MISUSE, "redact", NARC_NO_OFFSET,
				 "there is nothing to be redacted");
	if (strlen(options->reason) > REASON_SIZE_LIMIT)
		return narc_fail(error, NARC_MISUSE, "redact", NARC_NO_OFFSET,
				 "the reason is longer than %d bytes", REASON_SIZE_LIMIT);
	return NARC_OK;
}

enum narc_status fail_redacted(const char *key, struct narc_error *error)
{
	narc_fail(error, NARC_NOT_FOUND, "redact", NARC_NO_OFFSET, "was redacted already");
	narc_error_set_path(error, key);
	return NARC_NOT_FOUND;
}

/* The rows that were found, and what it takes to look at them. */
struct row_search {
	const struct narc_redact_options *options;
	narc_cursor *cursor;
	struct number_map *rows;
	struct owner_search search;
};

/* Adds a row and, as these are earlier states of its file, those that it replaced. */
static enum narc_status add_row(struct row_search *found, uint64_t number,
				struct narc_error *error)
{
	struct fetched_block here = { 0 }, *block;
	struct row row;
	enum narc_status status = NARC_OK;

	while (status == NARC_OK && !number_map_find(found->rows, number)) {
		status = find_row(&found->cursor->locator, &here, number, &found->search, &block,
				  &row, error);
		if (status != NARC_OK || row.record.is_redacted)
			break;
		status = number_map_put(found->rows, number, 1, error);
		if (found->options->keep_versions || row.replaces == 0)
			break;
		number -= (uint64_t)row.replaces;
	}
	return status;
}

static enum narc_status add_key(struct row_search *found, const char *key,
				struct narc_error *error)
{
	const struct narc_record *record;
	enum narc_status status = narc_cursor_find(found->cursor, key, error);

	while (status == NARC_OK) {
		status = narc_cursor_next(found->cursor, &record, error);
		if (status == NARC_OK)
			status = add_row(found, record->row, error);
	}
	return status == NARC_END ? NARC_OK : status;
}

enum narc_status find_redacted_rows(narc_archive *archive,
				    const struct narc_redact_options *options,
				    struct number_map *rows, const char **redacted,
				    struct narc_error *error)
{
	struct row_search found = { .options = options, .rows = rows };
	enum narc_status status = cursor_new_of_all(archive, &found.cursor, error);

	*redacted = NULL;
	if (status == NARC_OK)
		cursor_set_all_versions(found.cursor, !options->keep_versions);
	for (size_t i = 0; i < options->key_count && status == NARC_OK; i++) {
		size_t before = rows->count;

		status = add_key(&found, options->keys[i], error);
		if (rows->count == before && !*redacted)
			*redacted = options->keys[i];
	}
	owner_search_free(&found.search);
	if (status != NARC_OK)
		*redacted = NULL;
	narc_cursor_close(found.cursor);
	return volume_list_settle(archive->volumes, status, error);
}
