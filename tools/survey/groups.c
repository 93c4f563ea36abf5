/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey/group_keys.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"

/* ---- a group ------------------------------------------------------------------------------ */

/* Says of a run of keys what group it is. */
static struct post_group describe(const struct surveyed_post *posts, const struct group_key *keys,
				  uint32_t count)
{
	const struct surveyed_post *first = &posts[keys[0].post];
	struct post_group group = { .count = count };
	int32_t last_day = first->day;

	for (uint32_t i = 1; i < count; i++) {
		const struct surveyed_post *post = &posts[keys[i].post];

		group.has_several_contents |= post->hash != first->hash;
		group.has_several_categories |=
			(post->category | SURVEYED_HAS_SKETCH) !=
			(first->category | SURVEYED_HAS_SKETCH);
		last_day = post->day > last_day ? post->day : last_day;
	}
	group.days = (uint32_t)(last_day - first->day) + 1;
	return group;
}

static uint64_t spare_size(const struct surveyed_post *posts, const struct group_key *keys,
			   uint32_t count)
{
	uint64_t size = 0;

	for (uint32_t i = 1; i < count; i++)
		size += posts[keys[i].post].size;
	return size;
}

/* ---- all of them -------------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
	const struct group_key *left = a, *right = b;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	return left->post < right->post ? -1 : left->post > right->post;
}

void group_keys_sort(struct group_key *keys, uint32_t count)
{
	if (count)
		qsort(keys, count, sizeof(*keys), compare_keys);
}

/* The end of the run of equal keys that begins at start. */
static uint32_t run_end(const struct group_key *keys, uint32_t count, uint32_t start)
{
	uint32_t end = start + 1;

	while (end < count && keys[end].key == keys[start].key)
		end++;
	return end;
}

/* A group with its rank, to be sorted. */
struct ranked {
	struct post_group group;
	uint64_t rank;
	uint32_t post; /* the place of its first: of equal ranks, the earlier comes first */
};

static int compare_ranks(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;

	if (left->rank != right->rank)
		return left->rank > right->rank ? -1 : 1;
	return left->post < right->post ? -1 : left->post > right->post;
}

/* Counts groups and their members, or with ranked, which has room for all of them, makes them. */
static void collect(const struct surveyed_post *posts, const struct group_key *keys,
		    uint32_t count, group_rank_fn rank, struct post_groups *groups,
		    struct ranked *ranked)
{
	uint32_t end;

	groups->count = 0;
	groups->posts = groups->spare_size = groups->crossing = groups->differing = 0;
	for (uint32_t start = 0; start < count; start = end) {
		struct ranked made;
		uint64_t spare;

		end = run_end(keys, count, start);
		if (end - start < 2)
			continue;
		made.group = describe(posts, keys + start, end - start);
		spare = spare_size(posts, keys + start, end - start);
		made.rank = rank(posts, keys + start, &made.group, spare);
		if (made.rank == 0)
			continue;
		made.group.first = (uint32_t)groups->posts;
		made.post = keys[start].post;
		for (uint32_t i = start; i < end && ranked; i++)
			groups->members[groups->posts + (i - start)] = keys[i].post;
		if (ranked)
			ranked[groups->count] = made;
		groups->count++;
		groups->posts += end - start;
		groups->spare_size += spare;
		groups->crossing += made.group.has_several_categories;
		groups->differing += made.group.has_several_contents;
	}
}

enum narc_status group_by_keys(const struct surveyed_post *posts, struct group_key *keys,
			       uint32_t count, group_rank_fn rank, struct post_groups *groups,
			       struct narc_error *error)
{
	struct ranked *ranked;

	group_keys_sort(keys, count);
	collect(posts, keys, count, rank, groups, NULL);
	ranked = calloc(groups->count + 1, sizeof(*ranked));
	groups->members = calloc(groups->posts + 1, sizeof(*groups->members));
	groups->groups = calloc(groups->count + 1, sizeof(*groups->groups));
	if (!ranked || !groups->members || !groups->groups) {
		free(ranked);
		return fail_memory(error);
	}
	collect(posts, keys, count, rank, groups, ranked);
	qsort(ranked, groups->count, sizeof(*ranked), compare_ranks);
	for (size_t i = 0; i < groups->count; i++)
		groups->groups[i] = ranked[i].group;
	free(ranked);
	return NARC_OK;
}

void post_groups_free(struct post_groups *groups)
{
	free(groups->members);
	free(groups->groups);
	*groups = (struct post_groups){ .members = NULL };
}

/* ---- by content and infoCode -------------------------------------------------------------- */

static uint64_t rank_content(const struct surveyed_post *posts, const struct group_key *keys,
			     const struct post_group *group, uint64_t spare)
{
	(void)posts;
	(void)keys;
	(void)group;
	return spare + 1;
}

static uint64_t rank_code(const struct surveyed_post *posts, const struct group_key *keys,
			  const struct post_group *group, uint64_t spare)
{
	(void)posts;
	(void)keys;
	(void)spare;
	return ((uint64_t)group->has_several_contents << 32) + group->count;
}

enum narc_status group_by_content(const struct surveyed_post *posts, uint32_t count,
				  struct post_groups *groups, struct narc_error *error)
{
	struct group_key *keys = calloc((size_t)count + 1, sizeof(*keys));
	enum narc_status status = keys ? NARC_OK : fail_memory(error);

	for (uint32_t i = 0; i < count && keys; i++)
		keys[i] = (struct group_key){ posts[i].hash, i };
	if (status == NARC_OK)
		status = group_by_keys(posts, keys, count, rank_content, groups, error);
	free(keys);
	return status;
}

enum narc_status group_by_code(const struct surveyed_post *posts, uint32_t count,
			       struct post_groups *groups, struct narc_error *error)
{
	struct group_key *keys = calloc((size_t)count + 1, sizeof(*keys));
	enum narc_status status = keys ? NARC_OK : fail_memory(error);
	uint32_t used = 0;

	for (uint32_t i = 0; i < count && keys; i++)
		if (posts[i].code)
			keys[used++] = (struct group_key){ posts[i].code, i };
	if (status == NARC_OK)
		status = group_by_keys(posts, keys, used, rank_code, groups, error);
	free(keys);
	return status;
}
