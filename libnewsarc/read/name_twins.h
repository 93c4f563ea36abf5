/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths that differ only in case, or in how Unicode writes their letters. Some file systems take
 * them for one: then of two files one is left. They are found when all are written, as only sorting
 * needs no memory for each.
 */
#ifndef NARC_READ_NAME_TWINS_H
#define NARC_READ_NAME_TWINS_H

#include "format/sorted_keys.h"
#include "newsarc.h"

struct name_twins {
	narc_archive *archive;
	struct sorted_keys keys; /* hashes of folded paths, with rows for blocks */
	struct byte_buffer folded;
};

/* folder: for what does not fit into memory. */
enum narc_status name_twins_init(struct name_twins *twins, narc_archive *archive,
				 const char *folder, struct narc_error *error);
void name_twins_free(struct name_twins *twins);

enum narc_status name_twins_add(struct name_twins *twins, const struct narc_record *record,
				struct narc_error *error);

/* A record whose path is like that of another, which was added before it or has the same path.
 * What is not NARC_OK ends it. */
typedef enum narc_status (*name_twin_fn)(void *context, const char *path, const char *other,
					 struct narc_error *error);

/* Ends the adding, and tells of all that are alike. A row that cannot be read any more is told of
 * by nobody. */
enum narc_status name_twins_tell(struct name_twins *twins, name_twin_fn tell, void *context,
				 struct narc_error *error);

#endif
