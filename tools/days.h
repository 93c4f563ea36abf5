/* SPDX-License-Identifier: BSD-2-Clause */
/* Days of the calendar, as numbers: 0 is 1970-01-01. */
#ifndef NARC_TOOLS_DAYS_H
#define NARC_TOOLS_DAYS_H

#include <stdint.h>

enum { DAY_SECONDS = 86400 };

/* 0000-01-01 and 9999-12-31; what is farther off counts as these. */
enum { FIRST_DAY = -719528, LAST_DAY = 2932896 };

struct date {
	int year; /* 0 to 9999 */
	int month;
	int day;
};

/* The day of a local time, which may be any number. */
int32_t day_of_time(int64_t local_time);

/* The two are each other's inverse. */
int32_t day_of_date(struct date date);
struct date date_of_day(int32_t day);

/* 0: Monday, to 6. */
int weekday_of_day(int32_t day);

int days_in_month(int year, int month);

/* "2022-01-05" */
enum { DAY_TEXT_SIZE = 16 };
const char *format_day(int32_t day, char text[DAY_TEXT_SIZE]);

/* "11:01" of a local time. */
const char *format_clock(int64_t local_time, char text[DAY_TEXT_SIZE]);

#endif
