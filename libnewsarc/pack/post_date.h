/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates as posts, file names and infoCodes write them. */
#ifndef NARC_PACK_POST_DATE_H
#define NARC_PACK_POST_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct post_date {
	int64_t local_time;
	bool has_zone;
	int zone_minutes;
};

/* "2022-01-05 11:01:51 +0800", "2022-01-05T11:01Z", "2022-1-5": a date, then perhaps a time,
 * then perhaps a zone. What follows and is none of these is ignored. False if it does not
 * start with a date that exists. */
bool post_date_parse(const char *text, size_t size, struct post_date *date);

/* The date at the start of a file name: "2022-01-05-...". */
bool post_date_from_name(const char *name, struct post_date *date);

/* The first eight digits of an infoCode. */
bool post_date_from_code(const char *code, struct post_date *date);

/* "Z", "UTC", "GMT", "+0800", "-03:30", "+08". */
bool zone_offset_parse(const char *text, size_t size, int *minutes);

#endif
