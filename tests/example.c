/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library from outside: packs two posts into an archive in memory, finds one by its
 * infoCode and prints it. Compiled against the installed header and library in the tests:
 *
 *     cc example.c $(pkg-config --cflags --libs newsarc)
 */
#include <newsarc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char first[] = "---\n"
			    "date: 2022-01-05 11:01:51 +0800\n"
			    "categories: emnews\n"
			    "---\n"
			    "The first post.\n"
			    "<http://example.com/share?infoCode=NW202201052237021712>\n";
static const char second[] = "---\n"
			     "date: 2022-01-06 08:30:00 +0800\n"
			     "---\n"
			     "The second post.\n"
			     "<http://example.com/news/1405,202201062237099999.html>\n";

static enum narc_status pack(void **data, size_t *size, struct narc_error *error)
{
	struct narc_entry entry = { .permissions = 0644, .mtime_seconds = 1641351711 };
	struct narc_pack_options options;
	struct narc_packer *packer;
	struct narc_sink sink;
	enum narc_status status;

	narc_pack_options_init(&options);
	status = narc_packer_new(&options, &packer, error);
	if (status != NARC_OK)
		return status;
	entry.path = "_posts/2022-01-05-NW202201052237021712.md";
	status = narc_packer_add(packer, &entry, first, strlen(first), error);
	entry.path = "_posts/2022-01-06-202201062237099999.md";
	if (status == NARC_OK)
		status = narc_packer_add(packer, &entry, second, strlen(second), error);
	if (status == NARC_OK)
		status = narc_memory_sink(data, size, &sink, error);
	if (status == NARC_OK)
		status = narc_packer_commit(packer, sink, NULL, error);
	narc_packer_free(packer);
	return status;
}

static enum narc_status print_post(narc_archive *archive, const char *code,
				   struct narc_error *error)
{
	const struct narc_record *record;
	const void *content;
	narc_cursor *cursor;
	enum narc_status status = narc_cursor_open(archive, NULL, &cursor, error);

	if (status != NARC_OK)
		return status;
	status = narc_cursor_find(cursor, code, error);
	if (status == NARC_OK)
		status = narc_cursor_next(cursor, &record, error);
	if (status == NARC_OK)
		status = narc_cursor_content(cursor, &content, error);
	if (status == NARC_OK) {
		printf("%s (%s):\n", record->path, record->info_code);
		fwrite(content, 1, (size_t)record->size, stdout);
	}
	narc_cursor_close(cursor);
	return status;
}

int main(void)
{
	struct narc_source source;
	struct narc_error error;
	narc_archive *archive = NULL;
	void *data = NULL;
	size_t size = 0;
	enum narc_status status = pack(&data, &size, &error);

	if (status == NARC_OK)
		status = narc_memory_source(data, size, &source, &error);
	if (status == NARC_OK)
		status = narc_archive_open(source, &archive, &error);
	/* The bare form finds the post too, as no post has that very code. */
	if (status == NARC_OK)
		status = print_post(archive, "202201052237021712", &error);
	if (status != NARC_OK)
		fprintf(stderr, "%s: %s\n", narc_status_name(status), error.message);
	narc_archive_close(archive);
	free(data);
	return status == NARC_OK ? 0 : 1;
}
