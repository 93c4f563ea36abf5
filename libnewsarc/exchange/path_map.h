/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of some paths of a repository. All zero when it is empty. */
#ifndef NARC_EXCHANGE_PATH_MAP_H
#define NARC_EXCHANGE_PATH_MAP_H

#include <git2.h>
#include <stdbool.h>

/* What is at a path. */
struct path_state {
	char *path;
	git_oid id;
	git_filemode_t mode; /* GIT_FILEMODE_UNREADABLE: nothing */
};

struct path_map {
	struct path_state *slots; /* open addressing; path is NULL where there is none */
	size_t capacity;
	size_t count;
};

/* NULL if it is not there. */
const struct path_state *path_map_find(const struct path_map *map, const char *path);

/* Adds a path, or changes what is at it; entry is NULL if nothing is. False if there is no
 * memory. */
bool path_map_put(struct path_map *map, const char *path, const git_tree_entry *entry);

/* Puts the states at the front of the slots, in order of path; nothing can be found or put until
 * the map is emptied. */
void path_map_sort(struct path_map *map);
void path_map_clear(struct path_map *map);

#endif
