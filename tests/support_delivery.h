/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing records below a folder, and looking at what came out. */
#ifndef TESTS_SUPPORT_DELIVERY_H
#define TESTS_SUPPORT_DELIVERY_H

#include "support_archive.h"
#include "support_folder.h"

/* An archive of one file or more, open, and a folder to write into. */
struct delivery {
	struct packed packed;
	narc_archive *archive;
	narc_cursor *cursor;
	char *place; /* the folder, and what is around it */
	char target[TEST_PATH_SIZE];
	narc_folder *folder;
};

void open_delivery(struct delivery *delivery, const struct given_file *files, size_t count);
void close_delivery(struct delivery *delivery);

/* Writes the record with this path, which is there. */
enum narc_status write_path(struct delivery *delivery, const char *path,
			    struct narc_error *error);

/* A symbolic link. */
struct given_file given_link(const char *path, const char *target);

#endif
