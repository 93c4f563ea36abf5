/* SPDX-License-Identifier: BSD-2-Clause */
/* The day arithmetic is Howard Hinnant's, "chrono-Compatible Low-Level Date Algorithms":
 * years begin in March, so that the leap day is the last day of a year, and 400-year eras
 * have a fixed length. */
#include "support/civil_time.h"

#include <stdio.h>

enum { DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 };

static bool is_leap_year(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned civil_days_in_month(int64_t year, unsigned month)
{
	static const unsigned char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

bool civil_date_is_valid(struct civil_date date)
{
	return date.year >= 0 && date.year <= 9999 && date.month >= 1 && date.month <= 12 &&
	       date.day >= 1 && date.day <= civil_days_in_month(date.year, date.month);
}

int64_t civil_days_from_date(struct civil_date date)
{
	int64_t year = date.year - (date.month <= 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t month = (date.month + 9) % 12;
	int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

struct civil_date civil_date_from_days(int64_t days)
{
	int64_t shifted = days + DAYS_TO_1970;
	int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	int64_t day_of_era = shifted - era * DAYS_PER_ERA;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			       day_of_era / (DAYS_PER_ERA - 1)) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	struct civil_date date = {
		.month = (unsigned)(month < 10 ? month + 3 : month - 9),
		.day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1),
	};

	date.year = year_of_era + era * 400 + (date.month <= 2);
	return date;
}

int64_t civil_days_of(int64_t local_time)
{
	return local_time / SECONDS_PER_DAY - (local_time % SECONDS_PER_DAY < 0);
}

struct civil_date civil_date_of(int64_t local_time)
{
	return civil_date_from_days(civil_days_of(local_time));
}

size_t civil_date_format(struct civil_date date, char text[CIVIL_DATE_TEXT_SIZE])
{
	int size;

	if (date.year >= 0 && date.year <= 9999) {
		/* Every regular path is written with this: no snprintf. */
		unsigned year = (unsigned)date.year;
		unsigned digits[8] = { year / 1000, year / 100 % 10, year / 10 % 10, year % 10,
				       date.month / 10, date.month % 10, date.day / 10,
				       date.day % 10 };
		size_t place = 0;

		for (size_t i = 0; i < 8; i++) {
			if (i == 4 || i == 6)
				text[place++] = '-';
			text[place++] = (char)('0' + digits[i]);
		}
		text[place] = '\0';
		return place;
	}
	size = snprintf(text, CIVIL_DATE_TEXT_SIZE, "%lld-%02u-%02u", (long long)date.year,
			date.month, date.day);
	return (size_t)size;
}
