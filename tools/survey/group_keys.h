/* SPDX-License-Identifier: BSD-2-Clause */
/* How groups.h makes its groups: of posts that have the same key. */
#ifndef NARC_SURVEY_GROUP_KEYS_H
#define NARC_SURVEY_GROUP_KEYS_H

#include "survey/groups.h"

struct group_key {
	uint64_t key;
	uint32_t post; /* its place */
};

/* Sorts by key, then by place. */
void group_keys_sort(struct group_key *keys, uint32_t count);

/* How interesting a group is, whose keys these are; 0: it is none. spare: as in post_groups. */
typedef uint64_t (*group_rank_fn)(const struct surveyed_post *posts, const struct group_key *keys,
				  const struct post_group *group, uint64_t spare);

/* Sorts the keys, and makes groups of those that are equal. */
enum narc_status group_by_keys(const struct surveyed_post *posts, struct group_key *keys,
			       uint32_t count, group_rank_fn rank, struct post_groups *groups,
			       struct narc_error *error);

#endif
