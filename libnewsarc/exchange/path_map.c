/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/path_map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { CAPACITY_AT_FIRST = 64 };

/* The slot of a path, or the empty one where it would be. */
static struct path_state *slot_of(const struct path_map *map, const char *path)
{
	size_t place = (size_t)XXH3_64bits(path, strlen(path)) & (map->capacity - 1);

	while (map->slots[place].path && strcmp(map->slots[place].path, path) != 0)
		place = (place + 1) & (map->capacity - 1);
	return &map->slots[place];
}

const struct path_state *path_map_find(const struct path_map *map, const char *path)
{
	const struct path_state *state = map->capacity ? slot_of(map, path) : NULL;

	return state && state->path ? state : NULL;
}

static bool grow(struct path_map *map)
{
	struct path_map larger = *map;

	larger.capacity = map->capacity ? 2 * map->capacity : CAPACITY_AT_FIRST;
	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < map->capacity; i++)
		if (map->slots[i].path)
			*slot_of(&larger, map->slots[i].path) = map->slots[i];
	free(map->slots);
	*map = larger;
	return true;
}

bool path_map_put(struct path_map *map, const char *path, const git_tree_entry *entry)
{
	struct path_state *state;

	if (4 * map->count >= 3 * map->capacity && !grow(map))
		return false;
	state = slot_of(map, path);
	if (!state->path) {
		state->path = strdup(path);
		if (!state->path)
			return false;
		map->count++;
	}
	state->mode = entry ? git_tree_entry_filemode(entry) : GIT_FILEMODE_UNREADABLE;
	if (entry)
		state->id = *git_tree_entry_id(entry);
	return true;
}

static int by_path(const void *a, const void *b)
{
	const struct path_state *left = a;
	const struct path_state *right = b;

	return strcmp(left->path, right->path);
}

void path_map_sort(struct path_map *map)
{
	size_t count = 0;

	for (size_t i = 0; i < map->capacity; i++) {
		struct path_state state = map->slots[i];

		if (!state.path)
			continue;
		map->slots[i].path = NULL;
		map->slots[count++] = state;
	}
	if (count)
		qsort(map->slots, count, sizeof(*map->slots), by_path);
}

void path_map_clear(struct path_map *map)
{
	for (size_t i = 0; i < map->capacity; i++)
		free(map->slots[i].path);
	free(map->slots);
	*map = (struct path_map){ 0 };
}
