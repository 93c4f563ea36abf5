/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey/listed.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"

struct listing {
	narc_cursor *cursor;
	narc_front_matter_reader *reader;
};

enum narc_status listing_open(narc_archive *archive, struct listing **out,
			      struct narc_error *error)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	struct narc_filter filter;
	enum narc_status status;

	if (!listing)
		return fail_memory(error);
	narc_filter_init(&filter);
	filter.all_versions = true;
	status = narc_cursor_open(archive, &filter, &listing->cursor, error);
	if (status == NARC_OK)
		status = narc_front_matter_reader_new(&listing->reader, error);
	if (status == NARC_OK)
		*out = listing;
	else
		listing_close(listing);
	return status;
}

void listing_close(struct listing *listing)
{
	if (!listing)
		return;
	narc_cursor_close(listing->cursor);
	narc_front_matter_reader_free(listing->reader);
	free(listing);
}

static enum narc_status read_title(struct listing *listing, const struct narc_record *record,
				   const char **title, struct narc_error *error)
{
	struct narc_front_matter matter;
	const void *content;
	enum narc_status status;

	*title = "";
	if (record->kind != NARC_KIND_POST || narc_cursor_is_large(listing->cursor))
		return NARC_OK;
	status = narc_cursor_content(listing->cursor, &content, error);
	if (status == NARC_OK)
		status = narc_front_matter_read(listing->reader, content, record->size, &matter,
						error);
	if (status == NARC_OK)
		*title = matter.title + strspn(matter.title, " \t\r\n");
	return status == NARC_NOT_FOUND ? NARC_OK : status;
}

enum narc_status listing_read(struct listing *listing, uint64_t row,
			      const struct narc_record **record, const char **title,
			      struct narc_error *error)
{
	enum narc_status status = narc_cursor_find_row(listing->cursor, row, error);

	if (status == NARC_OK)
		status = narc_cursor_next(listing->cursor, record, error);
	if (status == NARC_END)
		status = fail_at(error, NARC_CORRUPT, "survey", "row %llu is not there any more",
				 (unsigned long long)row);
	return status == NARC_OK ? read_title(listing, *record, title, error) : status;
}
