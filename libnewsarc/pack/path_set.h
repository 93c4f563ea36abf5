/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which stored paths came already. Millions of paths are not kept in memory, only their
 * hashes; a path whose hash was there before is kept in full, with the number of its
 * arrival, and decides by comparison which of the files that came are to be stored.
 */
#ifndef NARC_PACK_PATH_SET_H
#define NARC_PACK_PATH_SET_H

#include "newsarc.h"

struct repeated_path;

struct path_set {
	uint64_t *hashes; /* open addressing; 0 is empty */
	size_t capacity;
	size_t count;
	struct repeated_path *repeated;
	size_t repeated_count;
	size_t repeated_capacity;
};

/* content is the hash of what came under the path. */
enum narc_status path_set_add(struct path_set *set, const char *path, uint64_t sequence,
			      uint64_t content, struct narc_error *error);

/* Whether a file came with this path, as far as its hash says. */
bool path_set_has(const struct path_set *set, const char *path);

/* Takes back what was added last, which did not come after all. */
void path_set_forget(struct path_set *set, uint64_t sequence);

/* Makes ready for questions; may be called again after more were added. */
void path_set_finish(struct path_set *set);

/* Whether a later file came with the same path: then that one is stored. */
enum path_fate {
	PATH_KEPT,     /* none did */
	PATH_REPEATED, /* with the same content, so nothing is lost */
	PATH_REPLACED  /* with another */
};
enum path_fate path_set_fate(const struct path_set *set, const char *path, uint64_t sequence,
			     uint64_t content);
void path_set_free(struct path_set *set);

#endif
