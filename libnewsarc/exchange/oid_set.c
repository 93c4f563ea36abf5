/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/oid_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_AT_FIRST = 64, SET_AT_FIRST = 1024 };

bool oid_list_add(struct oid_list *list, const git_oid *id)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : LIST_AT_FIRST;
		git_oid *ids = realloc(list->ids, capacity * sizeof(*ids));

		if (!ids)
			return false;
		list->ids = ids;
		list->capacity = capacity;
	}
	list->ids[list->count++] = *id;
	return true;
}

void oid_list_free(struct oid_list *list)
{
	free(list->ids);
	*list = (struct oid_list){ 0 };
}

/* The slot of a name, or the empty one where it would be. */
static git_oid *slot_of(const struct oid_set *set, const git_oid *id)
{
	size_t place;

	memcpy(&place, id->id, sizeof(place));
	place &= set->capacity - 1;
	while (!git_oid_is_zero(&set->slots[place]) && !git_oid_equal(&set->slots[place], id))
		place = (place + 1) & (set->capacity - 1);
	return &set->slots[place];
}

bool oid_set_has(const struct oid_set *set, const git_oid *id)
{
	return set->capacity && !git_oid_is_zero(slot_of(set, id));
}

static bool grow(struct oid_set *set)
{
	struct oid_set larger = *set;

	larger.capacity = set->capacity ? 2 * set->capacity : SET_AT_FIRST;
	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < set->capacity; i++)
		if (!git_oid_is_zero(&set->slots[i]))
			*slot_of(&larger, &set->slots[i]) = set->slots[i];
	free(set->slots);
	*set = larger;
	return true;
}

bool oid_set_add(struct oid_set *set, const git_oid *id)
{
	git_oid *slot;

	if (4 * set->count >= 3 * set->capacity && !grow(set))
		return false;
	slot = slot_of(set, id);
	set->count += git_oid_is_zero(slot);
	*slot = *id;
	return true;
}

void oid_set_free(struct oid_set *set)
{
	free(set->slots);
	*set = (struct oid_set){ 0 };
}
