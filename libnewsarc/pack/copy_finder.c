/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/copy_finder.h"

#include <stdlib.h>

#include "support/status.h"

/* A slot: the upper bits of the hash, and below them the row number plus 1. */
enum { ROW_BITS = 40 };
#define ROW_MASK (((uint64_t)1 << ROW_BITS) - 1)

enum narc_status copy_finder_init(struct copy_finder *finder, uint64_t count,
				  struct narc_error *error)
{
	size_t capacity = 64;

	while (capacity < count + count / 2)
		capacity *= 2;
	finder->slots = calloc(capacity, sizeof(*finder->slots));
	finder->mask = capacity - 1;
	return finder->slots ? NARC_OK : narc_fail_memory(error);
}

void copy_finder_free(struct copy_finder *finder)
{
	free(finder->slots);
	finder->slots = NULL;
}

static size_t place_of(const struct copy_finder *finder, uint64_t hash, size_t probe)
{
	return ((size_t)hash + probe) & finder->mask;
}

bool copy_finder_next(const struct copy_finder *finder, uint64_t hash, size_t *probe,
		      uint64_t *row)
{
	for (;;) {
		uint64_t slot = finder->slots[place_of(finder, hash, *probe)];

		if (slot == 0)
			return false;
		(*probe)++;
		if ((slot ^ hash) & ~ROW_MASK)
			continue;
		*row = (slot & ROW_MASK) - 1;
		return true;
	}
}

void copy_finder_add(struct copy_finder *finder, uint64_t hash, uint64_t row)
{
	size_t probe = 0;

	/* A row too far on for a slot just goes without copies. */
	if (row >= ROW_MASK - 1)
		return;
	while (finder->slots[place_of(finder, hash, probe)])
		probe++;
	finder->slots[place_of(finder, hash, probe)] = (hash & ~ROW_MASK) | (row + 1);
}
