/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an archive that is extracted, all at once and record by record. Whatever it has for
 * paths and links, nothing appears beside the folder that it goes into. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

enum { RECORDS_LIMIT = 200 };

static bool take_failure(void *context, const struct narc_error *failure)
{
	(void)context;
	HOLDS(!fuzz_succeeded(failure->status, failure));
	return true;
}

static void write_all(narc_archive *archive, narc_folder *folder)
{
	struct narc_extract_options options = { .threads = 1, .failed = take_failure };
	struct narc_extract_result result;
	struct narc_error error = { 0 };

	fuzz_succeeded(narc_folder_write_all(folder, archive, NULL, &options, &result, &error),
		       &error);
}

static void write_each(narc_archive *archive, narc_folder *folder)
{
	struct narc_filter filter;
	narc_cursor *cursor;
	struct narc_error error = { 0 };

	narc_filter_init(&filter);
	filter.all_versions = true;
	if (!fuzz_succeeded(narc_cursor_open(archive, &filter, &cursor, &error), &error))
		return;
	for (unsigned calls = 0; calls < RECORDS_LIMIT; calls++) {
		const struct narc_record *record;
		enum narc_status status = narc_cursor_next(cursor, &record, &error);

		if (status == NARC_END)
			break;
		if (fuzz_succeeded(status, &error))
			fuzz_succeeded(narc_folder_write(folder, cursor, &error), &error);
	}
	narc_cursor_close(cursor);
}

/* Removes what is in a folder, up to a folder that is not empty; its name goes into name. False if
 * there is none. */
static bool has_full_folder(int fd, char name[NAME_MAX + 1])
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;

	HOLDS(folder);
	do {
		entry = readdir(folder);
	} while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			   unlinkat(fd, entry->d_name, 0) == 0 ||
			   unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0));
	if (entry)
		snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
	closedir(folder);
	return entry;
}

/* Removes a folder with all that is in it, which may be deeper than a path or a table of open files
 * is long. */
static void remove_tree(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned depth = 0;

	for (;;) {
		char name[NAME_MAX + 1];
		bool down = has_full_folder(fd, name);
		int next;

		if (!down && depth == 0)
			break;
		next = openat(fd, down ? name : "..",
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		HOLDS(next >= 0);
		close(fd);
		fd = next;
		depth = down ? depth + 1 : depth - 1;
	}
	close(fd);
	HOLDS(rmdir(path) == 0);
}

static int is_stranger(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
	       strcmp(entry->d_name, "out") != 0;
}

/* Extracts into a folder of a new folder. */
static void extract(narc_archive *archive,
		    void (*write)(narc_archive *archive, narc_folder *folder))
{
	/* In memory, if there is such a folder. */
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	char outer[64], inner[sizeof(outer) + sizeof("/out")];
	struct dirent **strangers;
	narc_folder *folder;
	struct narc_error error;

	snprintf(outer, sizeof(outer), "%s/newsarc-fuzz.XXXXXX", base);
	HOLDS(mkdtemp(outer));
	snprintf(inner, sizeof(inner), "%s/out", outer);
	HOLDS(narc_folder_open(inner, &folder, &error) == NARC_OK);
	write(archive, folder);
	narc_folder_close(folder);
	HOLDS(scandir(outer, &strangers, is_stranger, alphasort) == 0);
	free(strangers);
	remove_tree(outer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	narc_archive *archive = fuzz_open(data, size);

	if (!archive)
		return 0;
	extract(archive, write_all);
	extract(archive, write_each);
	narc_archive_close(archive);
	return 0;
}
