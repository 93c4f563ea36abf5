/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/block_list.h"

#include <stdlib.h>

#include "support/status.h"

enum narc_status block_list_add(struct block_list *list, const struct block_entry *entry,
				struct narc_error *error)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 256;
		struct block_entry *grown = realloc(list->entries, capacity * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		list->entries = grown;
		list->capacity = capacity;
	}
	list->entries[list->count++] = *entry;
	return NARC_OK;
}

/* Finds the last entry whose number, or first row, is not above wanted. */
static const struct block_entry *search(const struct block_list *list, bool by_row,
					uint64_t wanted)
{
	size_t low = 0;
	size_t high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct block_entry *entry = &list->entries[middle];

		if ((by_row ? entry->first_row : entry->first_block) > wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return low ? &list->entries[low - 1] : NULL;
}

const struct block_entry *block_list_number(const struct block_list *list, uint64_t number)
{
	return search(list, false, number);
}

const struct block_entry *block_list_row(const struct block_list *list, uint64_t row)
{
	return search(list, true, row);
}

void block_list_free(struct block_list *list)
{
	if (list)
		free(list->entries);
	free(list);
}
