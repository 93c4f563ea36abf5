/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey/months.h"

#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "grow.h"

/* The place of the first month that is not before this one. */
static size_t place_of(const struct months *months, int32_t month)
{
	size_t low = 0, high = months->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (months->list[middle].month < month)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The month of a day, which is made if it is not there; NULL if there is no memory. */
static struct month *month_of(struct months *months, int32_t day)
{
	const struct date date = date_of_day(day);
	const int32_t month = 12 * date.year + date.month - 1;
	const size_t place = place_of(months, month);

	if (place < months->count && months->list[place].month == month)
		return &months->list[place];
	if (!grow_list((void **)&months->list, months->count, &months->capacity,
		       sizeof(*months->list)))
		return NULL;
	memmove(months->list + place + 1, months->list + place,
		(months->count - place) * sizeof(*months->list));
	months->list[place] = (struct month){ .month = month };
	months->count++;
	return &months->list[place];
}

bool months_add_stored(struct months *months, const struct narc_record *record,
		       const struct narc_block *block)
{
	struct month *month = record->kind == NARC_KIND_POST
				      ? month_of(months, day_of_time(record->local_time))
				      : &months->others;

	if (!month)
		return false;
	if (block->rows)
		month->stored_size += (double)block->descriptor_size / block->rows;
	if (record->owner != record->row || record->is_redacted || block->content_size == 0)
		return true;
	month->content_size += record->size;
	month->stored_size += (double)block->frame_size * (double)record->size /
			      (double)block->content_size;
	return true;
}

bool months_add_posts(struct months *months, const struct activity *activity)
{
	for (size_t i = 0; i < activity->count; i++) {
		const struct activity_day *day = &activity->days[i];
		struct month *month = month_of(months, day->day);

		if (!month)
			return false;
		month->posts += day->posts;
		month->size += day->size;
		month->days++;
	}
	return true;
}

void months_free(struct months *months)
{
	free(months->list);
}
