/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_DELIVER_H
#define NARC_READ_DELIVER_H

#include "format/limits.h"
#include "read/entry_paths.h"

/* Belongs to one thread. */
struct narc_folder {
	int root;
	bool has_beneath;  /* the system opens folders beneath root by itself */
	bool keeps_set_id; /* set-id and sticky bits are given to files */
	/* The folder of the last record, as the next is mostly in the same. */
	int parent; /* -1: none */
	char parent_path[PATH_SIZE_LIMIT + 1];
	uint64_t temporaries;
	/* Of the records that will be written, in whatever order: none of their paths is made a
	 * folder. NULL where they are written in order, and the first to come gets its way. */
	struct entry_paths *entries;
};

/* The same folder for another thread. */
enum narc_status folder_open_again(const struct narc_folder *folder, struct narc_folder **again,
				   struct narc_error *error);

/* Sets *same if both paths, which were written, are one file. */
enum narc_status folder_has_one_file(struct narc_folder *folder, const char *path,
				     const char *other, bool *same, struct narc_error *error);

#endif
