/* SPDX-License-Identifier: BSD-2-Clause */
/* From numbers to numbers: a hash table with open addressing. All zero when it is empty. */
#ifndef NARC_SUPPORT_NUMBER_MAP_H
#define NARC_SUPPORT_NUMBER_MAP_H

#include "newsarc.h"

struct number_slot {
	uint64_t key; /* plus 1; 0 is empty, so UINT64_MAX is no key */
	uint64_t value;
};

struct number_map {
	struct number_slot *slots;
	size_t capacity;
	size_t count;
};

/* The value of a key, which may be changed; NULL if it is not there. */
uint64_t *number_map_find(const struct number_map *map, uint64_t key);

/* Adds a key, or gives it another value. */
enum narc_status number_map_put(struct number_map *map, uint64_t key, uint64_t value,
				struct narc_error *error);
void number_map_free(struct number_map *map);

#endif
