/* SPDX-License-Identifier: BSD-2-Clause */
/* Which path an entry of an archive has in a mounted tree. */
#ifndef NARC_MOUNT_VIEWS_H
#define NARC_MOUNT_VIEWS_H

#include "tree.h"

enum view {
	VIEW_TREE, /* its own */
	VIEW_DATE, /* 2022/01/05/NAME; clashing names are numbered */
	VIEW_CODE, /* INFOCODE.EXTENSION, likewise; what has no infoCode is not there */
	VIEW_ALL   /* these three below tree/, by-date/ and by-code/ */
};

/* Told of an entry, or of all below a path, that is left out of the tree. */
typedef void (*view_left_out_fn)(void *context, const char *path, const char *why);

/* Told of what could not be read. Whether to go on behind it. */
typedef bool (*view_damage_fn)(void *context, const struct narc_error *damage);

struct view_events {
	view_left_out_fn left_out;
	view_damage_fn damaged;
	void *context;
};

/* Makes a tree of all records that the cursor gives from here on, with folders of this time. What
 * cannot have a place in it is left out. NARC_LIMIT if it takes more than memory bytes. *tree is the
 * caller's. */
enum narc_status view_make(enum view view, narc_cursor *cursor, int64_t folder_time,
			   uint64_t memory, const struct view_events *events, struct tree **tree,
			   struct narc_error *error);

#endif
