/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/number_set.h"

#include <stdlib.h>

#include "support/status.h"

enum { CAPACITY_AT_FIRST = 64 };

/* The slot of a number, or the empty one where it would be. */
static uint64_t *slot_of(const struct number_set *set, uint64_t number)
{
	/* Fibonacci hashing: consecutive numbers are spread. */
	size_t place = (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (set->capacity - 1);

	while (set->slots[place] && set->slots[place] != number + 1)
		place = (place + 1) & (set->capacity - 1);
	return &set->slots[place];
}

bool number_set_has(const struct number_set *set, uint64_t number)
{
	return set->capacity && *slot_of(set, number) != 0;
}

static enum narc_status grow(struct number_set *set, struct narc_error *error)
{
	struct number_set larger = *set;

	larger.capacity = set->capacity ? 2 * set->capacity : CAPACITY_AT_FIRST;
	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return narc_fail_memory(error);
	for (size_t i = 0; i < set->capacity; i++)
		if (set->slots[i])
			*slot_of(&larger, set->slots[i] - 1) = set->slots[i];
	free(set->slots);
	*set = larger;
	return NARC_OK;
}

enum narc_status number_set_add(struct number_set *set, uint64_t number, struct narc_error *error)
{
	enum narc_status status = NARC_OK;
	uint64_t *slot;

	if (4 * set->count >= 3 * set->capacity)
		status = grow(set, error);
	if (status != NARC_OK)
		return status;
	slot = slot_of(set, number);
	set->count += *slot == 0;
	*slot = number + 1;
	return NARC_OK;
}

void number_set_free(struct number_set *set)
{
	free(set->slots);
	*set = (struct number_set){ 0 };
}
