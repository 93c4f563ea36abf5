/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/verify_successions.h"

#include "format/supersession.h"
#include "read/cursor.h"
#include "support/status.h"

#define SORT_MEMORY ((size_t)64 << 20)

static enum narc_status add_rows(narc_archive *set, struct supersession *supersession,
				 struct narc_error *error)
{
	const struct narc_record *record;
	narc_cursor *cursor;
	enum narc_status status = cursor_open_all(set, &cursor, error);

	if (status != NARC_OK)
		return status;
	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = supersession_add(supersession, &cursor->readers[0]->row, error);
	}
	narc_cursor_close(cursor);
	return status == NARC_END ? supersession_finish(supersession, error) : status;
}

/* The manifest tells of a row if one of another volume was the first to supersede it. It need not
 * if the row was redacted: a writer who did not find it current does not. */
static bool is_told(const struct volume_list *list, const struct superseded_row *row,
		    const struct succession *succession)
{
	const struct volume *volume = volume_of_row(list, row->row);

	if (succession)
		return succession->generation == row->generation;
	return row->is_redacted ||
	       row->generation <= volume->generations_before + volume->generations;
}

static enum narc_status check_rows(const struct volume_list *list,
				   struct supersession *supersession, struct narc_error *error)
{
	const struct set_manifest *manifest = &list->manifest;
	const struct succession *next = manifest->successions;
	const struct succession *end = next + manifest->succession_count;
	uint64_t rows = 0, posts = 0, size = 0;
	struct superseded_row row;
	enum narc_status status;

	while ((status = supersession_next(supersession, &row, error)) == NARC_OK) {
		bool is_next = next < end && next->row == row.row;

		if (!is_told(list, &row, is_next ? next : NULL))
			return narc_fail(error, NARC_CORRUPT, "set", NARC_NO_OFFSET,
					 "what superseded row %llu is not what the rows say",
					 (unsigned long long)row.row);
		next += is_next;
		if (row.generation || row.is_redacted)
			continue;
		rows++;
		posts += row.is_post;
		size += row.size;
	}
	if (status != NARC_END)
		return status;
	if (rows == manifest->current_rows && posts == manifest->current_posts &&
	    size == manifest->current_size)
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "set", NARC_NO_OFFSET,
			 "counts other current rows, posts or bytes than there are");
}

enum narc_status verify_successions(narc_archive *set, const char *folder,
				    struct narc_error *error)
{
	struct supersession supersession;
	enum narc_status status =
		supersession_init(&supersession, SORT_MEMORY, folder ? folder : "/tmp", error);

	if (status == NARC_OK)
		status = add_rows(set, &supersession, error);
	if (status == NARC_OK)
		status = check_rows(set->volumes, &supersession, error);
	supersession_free(&supersession);
	return status;
}
