/* SPDX-License-Identifier: BSD-2-Clause */
/* The trees of a repository: in what two of them differ, and what is at a path of one. */
#ifndef NARC_EXCHANGE_GIT_TREES_H
#define NARC_EXCHANGE_GIT_TREES_H

#include <git2.h>
#include <stdbool.h>

#include "newsarc.h"

/* The longest path that an archive takes; what is deeper is told of as one. */
enum { GIT_PATH_LIMIT = 4095 };

/* Only what is at or below these paths counts, everything if there are none. */
struct git_scope {
	char **paths; /* without "." and with single slashes between components */
	size_t count;
	bool *found; /* of each path, whether a tree had it */
};

enum narc_status git_scope_init(struct git_scope *scope, const char *const *paths, size_t count,
				struct narc_error *error);
void git_scope_free(struct git_scope *scope);

/* Told of a file, symbolic link or submodule that differs: what there is after; NULL if it is not
 * there any more. So is what there was not before of a name that cannot be in a path: is_nameable
 * is false then. */
typedef enum narc_status (*git_change_fn)(void *context, const char *path, bool is_nameable,
					  const git_tree_entry *after, struct narc_error *error);

/* Trees that were read lately: one of many posts takes long to be read, and each commit is
 * compared with the one before. All but repository is zero at first. */
enum { GIT_TREES_KEPT = 32 };

struct git_trees {
	git_repository *repository;
	git_tree *kept[GIT_TREES_KEPT]; /* the oldest first */
	size_t count;
	size_t entries; /* of all of them */
};

void git_trees_free(struct git_trees *trees);

/* Compares two trees, or one with nothing if before is NULL, in the order of git. Folders that
 * are the same are not looked into. */
enum narc_status git_compare_trees(struct git_trees *trees, const struct git_scope *scope,
				   const git_oid *before, const git_oid *after,
				   git_change_fn change, void *context, struct narc_error *error);

/* Gives what is at a path of a tree: belongs to trees, and is valid until the next call. NULL if
 * that is no file, symbolic link or submodule. */
enum narc_status git_find_path(struct git_trees *trees, const git_oid *root, const char *path,
			       const git_tree_entry **entry, struct narc_error *error);

#endif
