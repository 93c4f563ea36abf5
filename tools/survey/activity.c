/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey/activity.h"

#include <stdlib.h>

#include "grow.h"

enum { WEEKS = 6, COMPARED_LEAST = 6, DAYS_A_WEEK = 7 };

bool activity_add(struct activity *activity, int32_t day, uint64_t size)
{
	struct activity_day *last = activity->count ? &activity->days[activity->count - 1] : NULL;

	if (!last || last->day != day) {
		if (!grow_list((void **)&activity->days, activity->count, &activity->capacity,
			       sizeof(*activity->days)))
			return false;
		last = &activity->days[activity->count++];
		*last = (struct activity_day){ .day = day };
	}
	last->posts++;
	last->size += size;
	activity->posts++;
	activity->size += size;
	return true;
}

uint32_t activity_span(const struct activity *activity)
{
	if (activity->count == 0)
		return 0;
	return (uint32_t)(activity->days[activity->count - 1].day - activity->days[0].day) + 1;
}

void activity_free(struct activity *activity)
{
	free(activity->days);
	free(activity->missing.list);
	free(activity->drops.list);
}

/* ---- what is to be expected --------------------------------------------------------------- */

/* What days of the same weekday have. */
struct expectation {
	bool is_known; /* there are enough of them */
	double median;
	double deviation; /* the median absolute deviation */
};

static void insert(double *values, size_t count, double value)
{
	size_t place = count;

	while (place && values[place - 1] > value) {
		values[place] = values[place - 1];
		place--;
	}
	values[place] = value;
}

static double middle_of(const double *sorted, size_t count)
{
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

/* Of the day at this place of the counts of all days. */
static struct expectation expect(const uint32_t *counts, size_t days, size_t place)
{
	double values[2 * WEEKS], deviations[2 * WEEKS];
	struct expectation expected = { .is_known = false };
	size_t count = 0;

	for (size_t distance = DAYS_A_WEEK; distance <= WEEKS * DAYS_A_WEEK;
	     distance += DAYS_A_WEEK) {
		if (place >= distance) {
			insert(values, count, counts[place - distance]);
			count++;
		}
		if (place + distance < days) {
			insert(values, count, counts[place + distance]);
			count++;
		}
	}
	if (count < COMPARED_LEAST)
		return expected;
	expected.is_known = true;
	expected.median = middle_of(values, count);
	for (size_t i = 0; i < count; i++) {
		double distance = values[i] - expected.median;

		insert(deviations, i, distance < 0 ? -distance : distance);
	}
	expected.deviation = middle_of(deviations, count);
	return expected;
}

static bool is_drop(const struct expectation *expected, uint32_t posts)
{
	/* 1.4826 times it is the standard deviation of what is distributed normally. */
	const double deviation = 1.4826 * expected->deviation;
	const double below = expected->median - posts;
	double variance = deviation * deviation;

	if (variance < expected->median)
		variance = expected->median;
	return expected->is_known && 2 * (double)posts <= expected->median && below > 0 &&
	       below * below > 3.5 * 3.5 * variance;
}

/* ---- judging ------------------------------------------------------------------------------ */

/* Adds a day to the last range, if it follows that, or as a new one. */
static bool add_day(struct day_ranges *ranges, int32_t day, uint32_t posts, double expected)
{
	struct day_range *last = ranges->count ? &ranges->list[ranges->count - 1] : NULL;

	if (!last || last->last + 1 != day) {
		if (!grow_list((void **)&ranges->list, ranges->count, &ranges->capacity,
			       sizeof(*ranges->list)))
			return false;
		last = &ranges->list[ranges->count++];
		*last = (struct day_range){ .first = day };
	}
	last->last = day;
	last->posts += posts;
	last->expected += (uint64_t)(expected + 0.5);
	ranges->days++;
	return true;
}

static bool judge_day(struct activity *activity, const uint32_t *counts, size_t days, size_t place)
{
	const struct expectation expected = expect(counts, days, place);
	const int32_t day = activity->days[0].day + (int32_t)place;

	if (counts[place] == 0)
		return add_day(&activity->missing, day, 0, expected.median);
	if (place && place + 1 < days && is_drop(&expected, counts[place]))
		return add_day(&activity->drops, day, counts[place], expected.median);
	return true;
}

bool activity_judge(struct activity *activity)
{
	const size_t days = activity_span(activity);
	uint32_t *counts = calloc(days + 1, sizeof(*counts));
	bool has_memory = counts != NULL;

	for (size_t i = 0; i < activity->count && has_memory; i++)
		counts[activity->days[i].day - activity->days[0].day] = activity->days[i].posts;
	for (size_t place = 0; place < days && has_memory; place++)
		has_memory = judge_day(activity, counts, days, place);
	free(counts);
	return has_memory;
}

/* ---- news --------------------------------------------------------------------------------- */

static bool is_news(const struct day_range *range)
{
	return range->expected || range->last - range->first >= DAYS_A_WEEK;
}

uint64_t day_ranges_news_days(const struct day_ranges *ranges)
{
	uint64_t days = 0;

	for (size_t i = 0; i < ranges->count; i++)
		if (is_news(&ranges->list[i]))
			days += (uint64_t)(ranges->list[i].last - ranges->list[i].first) + 1;
	return days;
}

static uint64_t lacking(const struct day_range *range)
{
	return range->expected > range->posts ? range->expected - range->posts : 0;
}

static int compare_news(const void *a, const void *b)
{
	const struct day_range *left = a, *right = b;

	if (lacking(left) != lacking(right))
		return lacking(left) > lacking(right) ? -1 : 1;
	return left->first < right->first ? -1 : 1;
}

bool day_ranges_news(const struct day_ranges *ranges, struct day_range **out, size_t *count)
{
	struct day_range *list = calloc(ranges->count + 1, sizeof(*list));

	if (!list)
		return false;
	*count = 0;
	for (size_t i = 0; i < ranges->count; i++)
		if (is_news(&ranges->list[i]))
			list[(*count)++] = ranges->list[i];
	qsort(list, *count, sizeof(*list), compare_news);
	*out = list;
	return true;
}
