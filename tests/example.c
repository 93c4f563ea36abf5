/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library from outside: prints the post with an infoCode, and lists the posts of a day.
 *
 *     cc -o example example.c $(pkg-config --cflags --libs newsarc)
 *     ./example news.narc NW202203052237780530 2022-03-05
 */
#include <newsarc.h>
#include <stdio.h>

static enum narc_status print_post(narc_archive *archive, const char *code,
				   struct narc_error *error)
{
	const struct narc_record *record;
	const void *content;
	narc_cursor *cursor;
	/* NULL: without a filter. */
	enum narc_status status = narc_cursor_open(archive, NULL, &cursor, error);

	if (status != NARC_OK)
		return status;
	status = narc_cursor_find(cursor, code, error);
	if (status == NARC_OK)
		status = narc_cursor_next(cursor, &record, error);
	/* The content is checked, and the cursor's until it moves. */
	if (status == NARC_OK)
		status = narc_cursor_content(cursor, &content, error);
	if (status == NARC_OK)
		fwrite(content, 1, (size_t)record->size, stdout);
	narc_cursor_close(cursor);
	return status;
}

static enum narc_status list_day(narc_archive *archive, const char *day, struct narc_error *error)
{
	const struct narc_record *record;
	struct narc_filter filter;
	narc_cursor *cursor;
	enum narc_status status;

	narc_filter_init(&filter);
	filter.kind = NARC_KIND_ONLY_POSTS;
	status = narc_filter_set_dates(&filter, day, error);
	if (status == NARC_OK)
		status = narc_cursor_open(archive, &filter, &cursor, error);
	if (status != NARC_OK)
		return status;
	while ((status = narc_cursor_next(cursor, &record, error)) == NARC_OK)
		printf("%-20s %8llu  %s\n", record->info_code, (unsigned long long)record->size,
		       record->path);
	narc_cursor_close(cursor);
	return status == NARC_END ? NARC_OK : status;
}

int main(int argc, char **argv)
{
	narc_archive *archive = NULL;
	struct narc_source source;
	struct narc_error error;
	enum narc_status status;

	if (argc != 4) {
		fprintf(stderr, "usage: %s ARCHIVE INFOCODE DAY\n", argv[0]);
		return 2;
	}
	status = narc_file_source(argv[1], &source, &error);
	/* From here on, the source is the archive's. */
	if (status == NARC_OK)
		status = narc_archive_open(source, &archive, &error);
	if (status == NARC_OK)
		status = print_post(archive, argv[2], &error);
	if (status == NARC_OK)
		status = list_day(archive, argv[3], &error);
	if (status != NARC_OK)
		fprintf(stderr, "%s: %s: %s\n", argv[1], narc_status_name(status), error.message);
	narc_archive_close(archive);
	return status == NARC_OK ? 0 : 1;
}
