/* SPDX-License-Identifier: BSD-2-Clause */
/* What a simulated disk has taken down. */
#ifndef TESTS_DISK_RECORD_H
#define TESTS_DISK_RECORD_H

#include "simulated_disk.h"

enum change_kind {
	CHANGE_WRITE,
	CHANGE_TRUNCATE, /* to size bytes */
	CHANGE_SYNC,
	CHANGE_NAME, /* file has the name from here on */
	CHANGE_SYNC_FOLDER,
	CHANGE_EXPECT
};

#define NO_FILE SIZE_MAX

struct disk_change {
	enum change_kind kind;
	size_t file;     /* NO_FILE, of CHANGE_NAME: none has the name any more */
	uint64_t offset; /* of a write */
	uint8_t *data;
	size_t size;
	bool has_failed; /* of a sync */
	char *name;
	unsigned lowest, highest;
};

/* What a file held at the beginning. */
struct disk_file {
	uint8_t *data;
	size_t size;
};

enum { DISK_FILES = 256, DISK_DESCRIPTORS = 64 };

struct disk_descriptor {
	int fd;
	size_t file; /* NO_FILE: the folder */
};

struct simulated_disk {
	const char *folder;
	struct disk_file files[DISK_FILES];
	size_t file_count;
	struct disk_descriptor descriptors[DISK_DESCRIPTORS]; /* that are open */
	size_t descriptor_count;
	struct disk_change *changes;
	size_t change_count, change_capacity;
};

/* The file that had the name before change number moment; NO_FILE if none had. */
size_t disk_file_named(const struct simulated_disk *disk, const char *name, size_t moment);

#endif
