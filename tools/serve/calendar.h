/* SPDX-License-Identifier: BSD-2-Clause */
/* Calendars that show at a glance on which days there are posts, and how many. */
#ifndef NARC_SERVE_CALENDAR_H
#define NARC_SERVE_CALENDAR_H

#include "catalog.h"
#include "language.h"

/* The days that an archive is about: from the first to the last with posts. A day between them
 * without any is missing. */
struct span {
	int32_t first;
	int32_t last;
};

struct span span_of(const struct day_counts *counts);

/* How many days from first to last are missing. */
unsigned missing_days(const struct day_counts *counts, struct span span, int32_t first,
		      int32_t last);

/* A shade for a number of posts, from 1, the lightest, to SHADE_COUNT for the most there are; 0 for
 * none. */
enum { SHADE_COUNT = 5 };
unsigned shade_of(uint64_t posts, uint64_t most);

/* The most posts of a day from first to last. */
uint32_t most_of_day(const struct day_counts *counts, int32_t first, int32_t last);

/* Puts a table of a month, week by week. most: of the days that are shown with it. with_link: the
 * caption is a link to the month. */
void put_month_table(struct text *page, enum language language, const struct day_counts *counts,
		     struct span span, int year, int month, uint32_t most, bool with_link);

/* Puts a table of all years, with a column a month. */
void put_years_table(struct text *page, enum language language, const struct day_counts *counts);

#endif
