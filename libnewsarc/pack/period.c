/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/period.h"

#include <stdio.h>

#include "support/civil_time.h"

int32_t period_of(enum narc_period period, int64_t local_time)
{
	struct civil_date date = civil_date_of(local_time);

	return (int32_t)(period == NARC_PERIOD_YEAR ? date.year
						    : date.year * 12 + (int)date.month - 1);
}

void period_format(enum narc_period period, int32_t number, char name[NARC_PERIOD_SIZE])
{
	int32_t year = period == NARC_PERIOD_YEAR ? number
						  : (number - (number % 12 + 12) % 12) / 12;

	if (period == NARC_PERIOD_YEAR)
		snprintf(name, NARC_PERIOD_SIZE, "%04d", (int)year);
	else
		snprintf(name, NARC_PERIOD_SIZE, "%04d-%02d", (int)year,
			 (int)(number - year * 12) + 1);
}
