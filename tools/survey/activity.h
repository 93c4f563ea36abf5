/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Posts by day: on which days there are none, and when there were suddenly few.
 *
 * What is to be expected of a day is the median of the same weekday in the six weeks before and
 * after: so weekends are compared with weekends. A day is a sudden drop if it has at most half of
 * that, and is farther below it than 3.5 times the standard deviation, as the median absolute
 * deviation says it to be (Hampel, "The influence curve and its role in robust estimation", 1974;
 * 3.5: Iglewicz and Hoaglin, "How to detect and handle outliers", 1993), but at least that of posts
 * that come by chance, the root of the median. The first day and the last are part of a day, so
 * they are none.
 */
#ifndef NARC_SURVEY_ACTIVITY_H
#define NARC_SURVEY_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct activity_day {
	int32_t day; /* as in days.h */
	uint32_t posts;
	uint64_t size; /* of their contents, in bytes */
};

/* Days that follow each other. */
struct day_range {
	int32_t first;
	int32_t last;
	uint64_t posts;
	uint64_t expected; /* posts, as above; 0 too where there are too few weeks to tell */
};

struct day_ranges {
	struct day_range *list; /* in order */
	size_t count;
	size_t capacity;
	uint64_t days;
};

/* All zero when it is empty. */
struct activity {
	struct activity_day *days; /* that have posts, in order */
	size_t count;
	size_t capacity;
	uint64_t posts;
	uint64_t size;
	struct day_ranges missing; /* days without posts between the first and the last */
	struct day_ranges drops;
};

/* Counts a post of a day that is not before the last. False if there is no memory. */
bool activity_add(struct activity *activity, int32_t day, uint64_t size);

/* Finds missing days and drops, when all posts are counted. Takes four bytes for each day from the
 * first to the last, of which there are 3,652,425 at most. False if there is no memory. */
bool activity_judge(struct activity *activity);

/* Makes a list of the ranges that are news: not the weekends of who never works on them, but those
 * of which posts were to be expected, or that are longer than a week. Those that lack the most
 * come first. *list, to be freed with free(), has *count of them. False if there is no memory. */
bool day_ranges_news(const struct day_ranges *ranges, struct day_range **list, size_t *count);

/* How many days are in these. */
uint64_t day_ranges_news_days(const struct day_ranges *ranges);

/* How many days there are from the first to the last. */
uint32_t activity_span(const struct activity *activity);

void activity_free(struct activity *activity);

#endif
