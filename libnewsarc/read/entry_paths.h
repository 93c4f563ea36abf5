/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a path is that of a record: asked of each folder that is to be made. */
#ifndef NARC_READ_ENTRY_PATHS_H
#define NARC_READ_ENTRY_PATHS_H

#include "newsarc.h"

/* Belongs to one thread. */
struct entry_paths;

/* Of the records that pass filter (NULL: all), whose strings have to outlive it. */
enum narc_status entry_paths_new(narc_archive *archive, const struct narc_filter *filter,
				 struct entry_paths **paths, struct narc_error *error);
void entry_paths_free(struct entry_paths *paths);

/* A record that cannot be seen for damage is as good as not there. */
enum narc_status entry_paths_has(struct entry_paths *paths, const char *path, bool *has,
				 struct narc_error *error);

#endif
