/* SPDX-License-Identifier: BSD-2-Clause */
#include "days.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

int32_t day_of_date(struct date date)
{
	struct tm split = { .tm_year = date.year - 1900, .tm_mon = date.month - 1,
			    .tm_mday = date.day };

	return (int32_t)(timegm(&split) / DAY_SECONDS);
}

struct date date_of_day(int32_t day)
{
	time_t seconds = (time_t)day * DAY_SECONDS;
	struct tm split;

	gmtime_r(&seconds, &split);
	return (struct date){ split.tm_year + 1900, split.tm_mon + 1, split.tm_mday };
}

int32_t day_of_time(int64_t local_time)
{
	int64_t day = local_time / DAY_SECONDS - (local_time % DAY_SECONDS < 0);

	return day < FIRST_DAY ? FIRST_DAY : day > LAST_DAY ? LAST_DAY : (int32_t)day;
}

int weekday_of_day(int32_t day)
{
	int weekday = (day + 3) % 7; /* 1970 began on a Thursday */

	return weekday < 0 ? weekday + 7 : weekday;
}

int days_in_month(int year, int month)
{
	static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

const char *format_day(int32_t day, char text[DAY_TEXT_SIZE])
{
	struct date date = date_of_day(day);

	snprintf(text, DAY_TEXT_SIZE, "%04d-%02d-%02d", date.year % 10000, date.month % 100,
		 date.day % 100);
	return text;
}

const char *format_clock(int64_t local_time, char text[DAY_TEXT_SIZE])
{
	int64_t second = local_time % DAY_SECONDS;
	int minute = (int)(second < 0 ? second + DAY_SECONDS : second) / 60;

	snprintf(text, DAY_TEXT_SIZE, "%02d:%02d", minute / 60 % 24, minute % 60);
	return text;
}
