/* SPDX-License-Identifier: BSD-2-Clause */
/* Calendar arithmetic in the proleptic Gregorian calendar, without time zones. */
#ifndef NARC_SUPPORT_CIVIL_TIME_H
#define NARC_SUPPORT_CIVIL_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECONDS_PER_DAY = 86400 };

struct civil_date {
	int64_t year;
	unsigned month; /* 1 to 12 */
	unsigned day;   /* 1 to 31 */
};

/* Whether there is such a day, in the years 0 to 9999. */
bool civil_date_is_valid(struct civil_date date);

unsigned civil_days_in_month(int64_t year, unsigned month);

/* Days since 1970-01-01. The two functions are each other's inverse. */
int64_t civil_days_from_date(struct civil_date date);
struct civil_date civil_date_from_days(int64_t days);

/* The day of a local time in seconds, since 1970-01-01, and as a date. */
int64_t civil_days_of(int64_t local_time);
struct civil_date civil_date_of(int64_t local_time);

/* Writes "YYYY-MM-DD" and a NUL; a year outside of 0 to 9999 takes more room, with a sign
 * if negative. */
enum { CIVIL_DATE_TEXT_SIZE = 32 };
size_t civil_date_format(struct civil_date date, char text[CIVIL_DATE_TEXT_SIZE]);

/* YYYYMMDD as a number; the year is in 0 to 9999. */
static inline uint64_t civil_date_as_number(struct civil_date date)
{
	return (uint64_t)date.year * 10000 + date.month * 100 + date.day;
}

#endif
