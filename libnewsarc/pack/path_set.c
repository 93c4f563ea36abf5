/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/path_set.h"

#include <stdlib.h>
#include <string.h>

#include "support/content_hash.h"
#include "support/status.h"

enum { CAPACITY_AT_FIRST = 1024 };

struct repeated_path {
	char *path;
	uint64_t sequence; /* of an arrival that was not the first */
	uint64_t content;  /* its hash */
};

static uint64_t hash_of(const char *path)
{
	uint64_t hash = content_hash(path, strlen(path));

	return hash ? hash : 1;
}

/* The slot of a hash, or the empty one where it would be. */
static uint64_t *slot_of(const struct path_set *set, uint64_t hash)
{
	size_t place = (size_t)hash & (set->capacity - 1);

	while (set->hashes[place] && set->hashes[place] != hash)
		place = (place + 1) & (set->capacity - 1);
	return &set->hashes[place];
}

static enum narc_status grow(struct path_set *set, struct narc_error *error)
{
	struct path_set larger = *set;

	larger.capacity = set->capacity ? 2 * set->capacity : CAPACITY_AT_FIRST;
	larger.hashes = calloc(larger.capacity, sizeof(*larger.hashes));
	if (!larger.hashes)
		return narc_fail_memory(error);
	for (size_t i = 0; i < set->capacity; i++)
		if (set->hashes[i])
			*slot_of(&larger, set->hashes[i]) = set->hashes[i];
	free(set->hashes);
	*set = larger;
	return NARC_OK;
}

static enum narc_status note_repeated(struct path_set *set, const char *path, uint64_t sequence,
				      uint64_t content, struct narc_error *error)
{
	char *copy;

	if (set->repeated_count == set->repeated_capacity) {
		size_t capacity = set->repeated_capacity ? 2 * set->repeated_capacity : 16;
		struct repeated_path *repeated = realloc(set->repeated,
							 capacity * sizeof(*repeated));

		if (!repeated)
			return narc_fail_memory(error);
		set->repeated = repeated;
		set->repeated_capacity = capacity;
	}
	copy = strdup(path);
	if (!copy)
		return narc_fail_memory(error);
	set->repeated[set->repeated_count++] = (struct repeated_path){ copy, sequence, content };
	return NARC_OK;
}

enum narc_status path_set_add(struct path_set *set, const char *path, uint64_t sequence,
			      uint64_t content, struct narc_error *error)
{
	uint64_t hash = hash_of(path);
	uint64_t *slot;
	enum narc_status status = NARC_OK;

	if (4 * set->count >= 3 * set->capacity)
		status = grow(set, error);
	if (status != NARC_OK)
		return status;
	slot = slot_of(set, hash);
	if (*slot)
		return note_repeated(set, path, sequence, content, error);
	*slot = hash;
	set->count++;
	return NARC_OK;
}

bool path_set_has(const struct path_set *set, const char *path)
{
	return set->capacity && *slot_of(set, hash_of(path)) != 0;
}

void path_set_forget(struct path_set *set, uint64_t sequence)
{
	/* The hash may stay: it only has later arrivals kept in full. */
	if (set->repeated_count &&
	    set->repeated[set->repeated_count - 1].sequence == sequence)
		free(set->repeated[--set->repeated_count].path);
}

/* By path; of one path, the last arrival first. */
static int by_path(const void *a, const void *b)
{
	const struct repeated_path *left = a;
	const struct repeated_path *right = b;
	int order = strcmp(left->path, right->path);

	return order ? order
		     : (left->sequence < right->sequence) - (left->sequence > right->sequence);
}

void path_set_finish(struct path_set *set)
{
	if (set->repeated_count)
		qsort(set->repeated, set->repeated_count, sizeof(*set->repeated), by_path);
}

enum path_fate path_set_fate(const struct path_set *set, const char *path, uint64_t sequence,
			     uint64_t content)
{
	const struct repeated_path *last;
	size_t low = 0;
	size_t high = set->repeated_count;

	/* The first of its path is the last arrival. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(set->repeated[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	last = &set->repeated[low];
	if (low == set->repeated_count || strcmp(last->path, path) != 0 ||
	    sequence >= last->sequence)
		return PATH_KEPT;
	return content == last->content ? PATH_REPEATED : PATH_REPLACED;
}

void path_set_free(struct path_set *set)
{
	for (size_t i = 0; i < set->repeated_count; i++)
		free(set->repeated[i].path);
	free(set->repeated);
	free(set->hashes);
	*set = (struct path_set){ 0 };
}
