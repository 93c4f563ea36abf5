/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/number_map.h"

#include <stdlib.h>

#include "support/status.h"

enum { CAPACITY_AT_FIRST = 64 };

/* The slot of a key, or the empty one where it would be. */
static struct number_slot *slot_of(const struct number_map *map, uint64_t key)
{
	/* Fibonacci hashing: consecutive numbers are spread. */
	size_t place = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (map->capacity - 1);

	while (map->slots[place].key && map->slots[place].key != key + 1)
		place = (place + 1) & (map->capacity - 1);
	return &map->slots[place];
}

uint64_t *number_map_find(const struct number_map *map, uint64_t key)
{
	struct number_slot *slot = map->capacity ? slot_of(map, key) : NULL;

	return slot && slot->key ? &slot->value : NULL;
}

static enum narc_status grow(struct number_map *map, struct narc_error *error)
{
	struct number_map larger = *map;

	larger.capacity = map->capacity ? 2 * map->capacity : CAPACITY_AT_FIRST;
	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return narc_fail_memory(error);
	for (size_t i = 0; i < map->capacity; i++)
		if (map->slots[i].key)
			*slot_of(&larger, map->slots[i].key - 1) = map->slots[i];
	free(map->slots);
	*map = larger;
	return NARC_OK;
}

enum narc_status number_map_put(struct number_map *map, uint64_t key, uint64_t value,
				struct narc_error *error)
{
	enum narc_status status = NARC_OK;
	struct number_slot *slot;

	if (4 * map->count >= 3 * map->capacity)
		status = grow(map, error);
	if (status != NARC_OK)
		return status;
	slot = slot_of(map, key);
	map->count += slot->key == 0;
	*slot = (struct number_slot){ key + 1, value };
	return NARC_OK;
}

void number_map_free(struct number_map *map)
{
	free(map->slots);
	*map = (struct number_map){ 0 };
}
