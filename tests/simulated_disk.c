/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking down what is done to the files of a folder. */
#include "disk_record.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_calls.h"
#include "support_check.h"
#include "support_folder.h"

static struct disk_change *add_change(struct simulated_disk *disk, enum change_kind kind,
				      size_t file)
{
	struct disk_change *change;

	if (disk->change_count == disk->change_capacity) {
		disk->change_capacity = disk->change_capacity * 2 + 64;
		disk->changes = realloc(disk->changes,
					disk->change_capacity * sizeof(*disk->changes));
		assert_non_null(disk->changes);
	}
	change = &disk->changes[disk->change_count++];
	*change = (struct disk_change){ .kind = kind, .file = file };
	return change;
}

static void add_name(struct simulated_disk *disk, size_t file, const char *name)
{
	struct disk_change *change = add_change(disk, CHANGE_NAME, file);

	change->name = strdup(name);
	assert_non_null(change->name);
}

size_t disk_file_named(const struct simulated_disk *disk, const char *name, size_t moment)
{
	while (moment-- > 0)
		if (disk->changes[moment].kind == CHANGE_NAME &&
		    strcmp(disk->changes[moment].name, name) == 0)
			return disk->changes[moment].file;
	return NO_FILE;
}

/* ---- descriptors and names ----------------------------------------------------------------- */

static struct disk_descriptor *descriptor_of(struct simulated_disk *disk, int fd)
{
	for (size_t i = 0; i < disk->descriptor_count; i++)
		if (disk->descriptors[i].fd == fd)
			return &disk->descriptors[i];
	return NULL;
}

/* What path is called in the folder; NULL if it is elsewhere. */
static const char *name_in_folder(const struct simulated_disk *disk, const char *path)
{
	size_t size = strlen(disk->folder);

	if (strncmp(path, disk->folder, size) != 0 || path[size] != '/')
		return NULL;
	return strchr(path + size + 1, '/') ? NULL : path + size + 1;
}

/* The file at path, which may be a descriptor's in /proc. */
static size_t file_at(struct simulated_disk *disk, const char *path)
{
	const char *name = name_in_folder(disk, path);
	struct disk_descriptor *descriptor;
	int fd;

	if (name)
		return disk_file_named(disk, name, disk->change_count);
	if (sscanf(path, "/proc/self/fd/%d", &fd) != 1)
		return NO_FILE;
	descriptor = descriptor_of(disk, fd);
	return descriptor ? descriptor->file : NO_FILE;
}

static size_t add_file(struct simulated_disk *disk)
{
	assert_true(disk->file_count < DISK_FILES);
	return disk->file_count++;
}

static void open_file(struct simulated_disk *disk, const struct call_made *made)
{
	const char *name = name_in_folder(disk, made->path);
	bool is_folder = strcmp(made->path, disk->folder) == 0;
	size_t file = NO_FILE;

	if (!name && !is_folder)
		return;
	if (made->makes_file) {
		file = add_file(disk);
		if (name)
			add_name(disk, file, name);
	} else if (name) {
		file = disk_file_named(disk, name, disk->change_count);
	}
	if (name && file == NO_FILE)
		return;
	assert_true(disk->descriptor_count < DISK_DESCRIPTORS);
	disk->descriptors[disk->descriptor_count++] = (struct disk_descriptor){ made->fd, file };
}

/* ---- what is done -------------------------------------------------------------------------- */

static void change_file(struct simulated_disk *disk, const struct call_made *made)
{
	struct disk_descriptor *descriptor = descriptor_of(disk, made->fd);
	struct disk_change *change;

	if (!descriptor)
		return;
	if (made->call == CALL_CLOSE) {
		*descriptor = disk->descriptors[--disk->descriptor_count];
	} else if (made->call == CALL_SYNC) {
		change = add_change(disk,
				    descriptor->file == NO_FILE ? CHANGE_SYNC_FOLDER : CHANGE_SYNC,
				    descriptor->file);
		change->has_failed = made->has_failed;
	} else if (made->call == CALL_TRUNCATE) {
		change = add_change(disk, CHANGE_TRUNCATE, descriptor->file);
		change->size = (size_t)made->offset;
	} else {
		change = add_change(disk, CHANGE_WRITE, descriptor->file);
		change->offset = made->offset;
		change->size = made->size;
		change->data = malloc(made->size);
		assert_non_null(change->data);
		memcpy(change->data, made->data, made->size);
	}
}

static void change_names(struct simulated_disk *disk, const struct call_made *made)
{
	const char *name = name_in_folder(disk, made->path);
	const char *target = made->target ? name_in_folder(disk, made->target) : NULL;

	if (target)
		add_name(disk, file_at(disk, made->path), target);
	if (name && made->call != CALL_LINK)
		add_name(disk, NO_FILE, name);
}

static void take_down(void *context, const struct call_made *made)
{
	struct simulated_disk *disk = context;

	switch (made->call) {
	case CALL_OPEN:
		open_file(disk, made);
		break;
	case CALL_WRITE:
	case CALL_TRUNCATE:
	case CALL_SYNC:
	case CALL_CLOSE:
		change_file(disk, made);
		break;
	default:
		change_names(disk, made);
	}
}

/* ---- beginning and end --------------------------------------------------------------------- */

struct simulated_disk *disk_new(const char *folder)
{
	struct simulated_disk *disk = calloc(1, sizeof(*disk));
	DIR *open = opendir(folder);
	struct dirent *entry;

	assert_non_null(disk);
	assert_non_null(open);
	disk->folder = folder;
	while ((entry = readdir(open))) {
		char path[TEST_PATH_SIZE];
		struct disk_file *file;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		add_name(disk, add_file(disk), entry->d_name);
		file = &disk->files[disk->file_count - 1];
		test_path(path, folder, entry->d_name);
		file->data = test_file_read(path, &file->size);
		assert_non_null(file->data);
	}
	closedir(open);
	add_change(disk, CHANGE_SYNC_FOLDER, NO_FILE);
	calls_watch(take_down, disk);
	return disk;
}

void disk_free(struct simulated_disk *disk)
{
	calls_watch(NULL, NULL);
	for (size_t i = 0; i < disk->file_count; i++)
		free(disk->files[i].data);
	for (size_t i = 0; i < disk->change_count; i++) {
		free(disk->changes[i].data);
		free(disk->changes[i].name);
	}
	free(disk->changes);
	free(disk);
}

void disk_expect(struct simulated_disk *disk, unsigned lowest, unsigned highest)
{
	struct disk_change *change = add_change(disk, CHANGE_EXPECT, NO_FILE);

	change->lowest = lowest;
	change->highest = highest;
}
