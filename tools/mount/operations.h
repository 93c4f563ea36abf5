/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel asks of a mounted archive. */
#ifndef NARC_MOUNT_OPERATIONS_H
#define NARC_MOUNT_OPERATIONS_H

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

#include "contents.h"
#include "read_on.h"
#include "tree.h"

struct mounted {
	const char *name; /* of the archive */
	const struct tree *tree;
	struct cursor_pool *cursors;
	struct contents *contents;
	uid_t uid; /* whose all files are */
	gid_t gid;
	struct fuse_session *session;
	struct reading_on reading_on;
	bool with_attributes; /* extended ones */
	bool without_open; /* whether the kernel need not tell which files are open; */
	bool without_opendir; /* folders */
};

/* FUSE's root is 1. */
static inline fuse_ino_t to_inode(uint32_t number)
{
	return (fuse_ino_t)number + FUSE_ROOT_ID;
}

/* They take a struct mounted as user data. */
extern const struct fuse_lowlevel_ops mounted_operations;

#endif
