/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/damage_list.h"

#include <stdlib.h>
#include <string.h>

#include "support/status.h"

/* ---- rows --------------------------------------------------------------------------------- */

enum narc_status row_ranges_add(struct row_ranges *ranges, uint64_t row, struct narc_error *error)
{
	struct row_range *last = ranges->count ? &ranges->ranges[ranges->count - 1] : NULL;

	if (last && row < last->end)
		return NARC_OK;
	if (last && row == last->end) {
		last->end++;
		return NARC_OK;
	}
	if (ranges->count == ranges->capacity) {
		size_t capacity = ranges->capacity ? 2 * ranges->capacity : 4;
		struct row_range *grown = realloc(ranges->ranges, capacity * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		ranges->ranges = grown;
		ranges->capacity = capacity;
	}
	ranges->ranges[ranges->count++] = (struct row_range){ row, row + 1 };
	return NARC_OK;
}

bool row_ranges_have(const struct row_ranges *ranges, uint64_t row)
{
	size_t low = 0;
	size_t high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->ranges[middle].end > row)
			high = middle;
		else
			low = middle + 1;
	}
	return low < ranges->count && ranges->ranges[low].first <= row;
}

void row_ranges_free(struct row_ranges *ranges)
{
	free(ranges->ranges);
}

/* ---- damages ------------------------------------------------------------------------------ */

void damage_list_free(struct damage_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->damages[i].path);
		free(list->damages[i].message);
		row_ranges_free(&list->damages[i].touched);
	}
	free(list->damages);
	free(list->places);
}

/* The slot of the damage at this offset, or an empty one. */
static size_t *find_slot(const struct damage_list *list, uint64_t offset)
{
	size_t slot = (size_t)((offset * UINT64_C(0x9e3779b97f4a7c15)) >> 32) &
		      (list->place_count - 1);

	while (list->places[slot] && list->damages[list->places[slot] - 1].offset != offset)
		slot = (slot + 1) & (list->place_count - 1);
	return &list->places[slot];
}

size_t damage_list_find(const struct damage_list *list, uint64_t offset)
{
	return list->count ? *find_slot(list, offset) - 1 : NO_DAMAGE;
}

/* Makes room for one more damage. */
static enum narc_status make_room(struct damage_list *list, struct narc_error *error)
{
	size_t capacity = list->capacity ? 2 * list->capacity : 16;
	struct damage *grown;
	size_t *places;

	if (list->count < list->capacity)
		return NARC_OK;
	grown = realloc(list->damages, capacity * sizeof(*grown));
	if (grown)
		list->damages = grown;
	places = calloc(2 * capacity, sizeof(*places));
	if (!grown || !places) {
		free(places);
		return narc_fail_memory(error);
	}
	free(list->places);
	list->places = places;
	list->place_count = 2 * capacity;
	list->capacity = capacity;
	for (size_t i = 0; i < list->count; i++)
		*find_slot(list, list->damages[i].offset) = i + 1;
	return NARC_OK;
}

static enum narc_status add(struct damage_list *list, const struct narc_error *error_told,
			    struct narc_error *error)
{
	struct damage damage = { .status = error_told->status,
				 .offset = error_told->offset,
				 .path = strdup(error_told->path),
				 .message = strdup(error_told->message) };

	if (!damage.path || !damage.message || make_room(list, error) != NARC_OK) {
		free(damage.path);
		free(damage.message);
		return narc_fail_memory(error);
	}
	memcpy(damage.stage, error_told->stage, sizeof(damage.stage));
	*find_slot(list, damage.offset) = list->count + 1;
	list->damages[list->count++] = damage;
	return NARC_OK;
}

enum narc_status damage_list_tell(struct damage_list *list, enum narc_status status,
				  const struct narc_error *damage, uint64_t length, size_t *place,
				  struct narc_error *error)
{
	size_t found;

	if (place)
		*place = NO_DAMAGE;
	if (status == NARC_OK || status == NARC_END)
		return NARC_OK;
	if (status == NARC_NOMEM || status == NARC_IO) {
		if (error)
			*error = *damage;
		return status;
	}
	found = damage_list_find(list, damage->offset);
	if (found == NO_DAMAGE) {
		found = list->count;
		if (add(list, damage, error) != NARC_OK)
			return NARC_NOMEM;
	}
	if (list->damages[found].length == 0)
		list->damages[found].length = length;
	if (place)
		*place = found;
	return NARC_OK;
}

static int by_offset(const void *a, const void *b)
{
	const struct damage *left = a;
	const struct damage *right = b;

	return (left->offset > right->offset) - (left->offset < right->offset);
}

void damage_list_sort(struct damage_list *list)
{
	if (list->count)
		qsort(list->damages, list->count, sizeof(*list->damages), by_offset);
}
