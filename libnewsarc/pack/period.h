/* SPDX-License-Identifier: BSD-2-Clause */
/* Years and months, by which archives and sets are divided. */
#ifndef NARC_PACK_PERIOD_H
#define NARC_PACK_PERIOD_H

#include <stddef.h>

#include "newsarc.h"

/* The number of the period that has a local time. */
int32_t period_of(enum narc_period period, int64_t local_time);

/* The number of the period that has a month, given by its own number. */
int32_t period_of_month(enum narc_period period, int32_t month);

/* What it is called: "2022", or "2022-01". */
void period_format(enum narc_period period, int32_t number, char name[NARC_PERIOD_SIZE]);

/* How many files are of each month; zeroed, there are none. */
struct month_files {
	int32_t month;
	uint64_t files;
};

struct month_counts {
	struct month_files *months; /* in their order */
	size_t count, capacity;
};

/* Counts a file of this local time. */
enum narc_status month_counts_add(struct month_counts *counts, int64_t local_time,
				  struct narc_error *error);
void month_counts_free(struct month_counts *counts);

#endif
