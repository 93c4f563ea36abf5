/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/period.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/civil_time.h"
#include "support/status.h"

int32_t period_of(enum narc_period period, int64_t local_time)
{
	struct civil_date date = civil_date_of(local_time);

	return (int32_t)(period == NARC_PERIOD_YEAR ? date.year
						    : date.year * 12 + (int)date.month - 1);
}

static int32_t year_of_month(int32_t month)
{
	return (month - (month % 12 + 12) % 12) / 12;
}

int32_t period_of_month(enum narc_period period, int32_t month)
{
	return period == NARC_PERIOD_YEAR ? year_of_month(month) : month;
}

void period_format(enum narc_period period, int32_t number, char name[NARC_PERIOD_SIZE])
{
	int32_t year = period == NARC_PERIOD_YEAR ? number : year_of_month(number);

	if (period == NARC_PERIOD_YEAR)
		snprintf(name, NARC_PERIOD_SIZE, "%04d", (int)year);
	else
		snprintf(name, NARC_PERIOD_SIZE, "%04d-%02d", (int)year,
			 (int)(number - year * 12) + 1);
}

/* ---- files of months ------------------------------------------------------------------------ */

/* Where a month is, or belongs. */
static size_t find_month(const struct month_counts *counts, int32_t month)
{
	size_t low = 0, high = counts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (counts->months[middle].month < month)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum narc_status month_counts_add(struct month_counts *counts, int64_t local_time,
				  struct narc_error *error)
{
	int32_t month = period_of(NARC_PERIOD_MONTH, local_time);
	size_t at = find_month(counts, month);

	if (at < counts->count && counts->months[at].month == month) {
		counts->months[at].files++;
		return NARC_OK;
	}
	if (counts->count == counts->capacity) {
		size_t capacity = counts->capacity ? 2 * counts->capacity : 64;
		struct month_files *grown = realloc(counts->months, capacity * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		counts->months = grown;
		counts->capacity = capacity;
	}
	memmove(&counts->months[at + 1], &counts->months[at],
		(counts->count - at) * sizeof(*counts->months));
	counts->months[at] = (struct month_files){ month, 1 };
	counts->count++;
	return NARC_OK;
}

void month_counts_free(struct month_counts *counts)
{
	free(counts->months);
	*counts = (struct month_counts){ 0 };
}
