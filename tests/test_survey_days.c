/* SPDX-License-Identifier: BSD-2-Clause */
/* Posts by day, category and month: missing days and sudden drops. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "survey/activity.h"
#include "survey/categories.h"
#include "survey/months.h"

/* Monday, 3 January 2022. */
#define MONDAY day_of_date((struct date){ 2022, 1, 3 })

/* ---- days ------------------------------------------------------------------------------- */

/* Counts so many posts on each day from MONDAY on, and judges. */
static struct activity activity_of(const unsigned *posts, size_t days)
{
	struct activity activity = { .count = 0 };

	for (size_t i = 0; i < days; i++)
		for (unsigned k = 0; k < posts[i]; k++)
			assert_true(activity_add(&activity, MONDAY + (int32_t)i, 100));
	assert_true(activity_judge(&activity));
	return activity;
}

/* Twenty weeks of these posts on Monday to Sunday. */
enum { WEEKS = 20, DAYS = 7 * WEEKS };

static void fill_weeks(unsigned posts[DAYS], const unsigned week[7])
{
	for (size_t i = 0; i < DAYS; i++)
		posts[i] = week[i % 7];
}

static const unsigned busy_week[7] = { 40, 42, 41, 44, 39, 12, 8 };
static const unsigned working_week[7] = { 20, 21, 19, 22, 20, 0, 0 };

/* "2022-01-03..2022-01-04:2/80 ..." */
static const char *shown(const struct day_range *list, size_t count)
{
	static char text[4096];
	char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
	size_t size = 0;

	*text = '\0';
	for (size_t i = 0; i < count; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%s..%s:%llu/%llu",
					 i ? " " : "", format_day(list[i].first, first),
					 format_day(list[i].last, last),
					 (unsigned long long)list[i].posts,
					 (unsigned long long)list[i].expected);
	return text;
}

static const char *shown_drops(const struct activity *activity)
{
	return shown(activity->drops.list, activity->drops.count);
}

static const char *shown_missing(const struct activity *activity)
{
	return shown(activity->missing.list, activity->missing.count);
}

/* What is news of the missing days. */
static const char *shown_news(const struct activity *activity)
{
	struct day_range *list;
	const char *text;
	size_t count;

	assert_true(day_ranges_news(&activity->missing, &list, &count));
	text = shown(list, count);
	free(list);
	return text;
}

TEST(quiet_weekends_are_no_drops)
{
	unsigned posts[DAYS];
	struct activity activity;

	fill_weeks(posts, busy_week);
	activity = activity_of(posts, DAYS);
	assert_int_equal(activity.posts, WEEKS * 226);
	assert_int_equal(activity.size, WEEKS * 22600);
	assert_int_equal(activity_span(&activity), DAYS);
	assert_string_equal(shown_drops(&activity), "");
	assert_string_equal(shown_missing(&activity), "");
	activity_free(&activity);
}

TEST(a_day_with_few_posts_is_a_drop_and_those_that_follow_are_one)
{
	unsigned posts[DAYS];
	struct activity activity;

	fill_weeks(posts, busy_week);
	posts[50] = 5;
	posts[70] = 3;
	posts[71] = 4;
	posts[72] = 21; /* more than half of what is usual */
	activity = activity_of(posts, DAYS);
	assert_string_equal(shown_drops(&activity),
			    "2022-02-22..2022-02-22:5/42 2022-03-14..2022-03-15:7/82");
	activity_free(&activity);
}

TEST(what_varies_much_anyway_is_no_drop)
{
	unsigned posts[DAYS];
	struct activity activity;

	for (size_t i = 0; i < DAYS; i++)
		posts[i] = 20 + (unsigned)(i / 7 * 17 % 41);
	posts[50] = 12;
	activity = activity_of(posts, DAYS);
	assert_string_equal(shown_drops(&activity), "");
	activity_free(&activity);
}

TEST(few_posts_where_there_are_never_many_are_no_drop)
{
	unsigned posts[DAYS];
	struct activity activity;

	for (size_t i = 0; i < DAYS; i++)
		posts[i] = 6;
	posts[50] = 1;
	activity = activity_of(posts, DAYS);
	assert_string_equal(shown_drops(&activity), "");
	activity_free(&activity);
}

TEST(the_first_and_the_last_day_are_no_drops)
{
	unsigned posts[DAYS];
	struct activity activity;

	fill_weeks(posts, busy_week);
	posts[0] = posts[DAYS - 1] = 1;
	activity = activity_of(posts, DAYS);
	assert_string_equal(shown_drops(&activity), "");
	activity_free(&activity);
}

TEST(other_bad_days_do_not_hide_a_drop)
{
	unsigned posts[DAYS];
	struct activity activity;

	fill_weeks(posts, busy_week);
	for (size_t week = 5; week < 9; week++)
		posts[7 * week] = 2;
	activity = activity_of(posts, DAYS);
	assert_int_equal(activity.drops.days, 4);
	activity_free(&activity);
}

TEST(a_few_weeks_are_too_little_to_judge)
{
	unsigned posts[DAYS];
	struct activity activity;

	fill_weeks(posts, busy_week);
	posts[10] = 1;
	activity = activity_of(posts, 28);
	assert_string_equal(shown_drops(&activity), "");
	activity_free(&activity);
}

TEST(missing_days_are_ranges_with_what_was_to_be_expected)
{
	unsigned posts[DAYS];
	struct activity activity;

	fill_weeks(posts, busy_week);
	posts[50] = posts[51] = posts[80] = 0;
	activity = activity_of(posts, DAYS);
	assert_string_equal(shown_missing(&activity),
			    "2022-02-22..2022-02-23:0/83 2022-03-24..2022-03-24:0/44");
	assert_int_equal(activity.missing.days, 3);
	assert_int_equal(activity.count, DAYS - 3);
	assert_string_equal(shown_drops(&activity), "");
	activity_free(&activity);
}

TEST(weekends_of_who_never_works_on_them_are_no_news)
{
	unsigned posts[DAYS];
	struct activity activity;

	fill_weeks(posts, working_week);
	posts[50] = 0;
	/* It ends with a working day, as weekends at the end are not between others. */
	activity = activity_of(posts, DAYS - 2);
	assert_int_equal(activity.missing.days, 2 * (WEEKS - 1) + 1);
	assert_int_equal(day_ranges_news_days(&activity.missing), 1);
	assert_string_equal(shown_news(&activity), "2022-02-22..2022-02-22:0/21");
	activity_free(&activity);
}

TEST(a_weekend_that_makes_a_gap_longer_is_part_of_it)
{
	unsigned posts[DAYS];
	struct activity activity;

	fill_weeks(posts, working_week);
	posts[53] = posts[56] = 0; /* Friday, Monday */
	activity = activity_of(posts, DAYS - 2);
	assert_string_equal(shown_news(&activity), "2022-02-25..2022-02-28:0/40");
	activity_free(&activity);
}

TEST(a_gap_of_years_is_one_and_news)
{
	struct activity activity = { .count = 0 };

	assert_true(activity_add(&activity, MONDAY, 1));
	assert_true(activity_add(&activity, MONDAY + 1000, 1));
	assert_true(activity_judge(&activity));
	assert_int_equal(activity.missing.count, 1);
	assert_int_equal(activity.missing.days, 999);
	assert_string_equal(shown_news(&activity), "2022-01-04..2024-09-28:0/0");
	activity_free(&activity);
}

TEST(news_begin_with_what_lacks_the_most)
{
	unsigned posts[DAYS];
	struct activity activity;

	fill_weeks(posts, busy_week);
	posts[20] = posts[80] = posts[81] = 0;
	activity = activity_of(posts, DAYS);
	assert_string_equal(shown_news(&activity),
			    "2022-03-24..2022-03-25:0/83 2022-01-23..2022-01-23:0/8");
	activity_free(&activity);
}

TEST(all_days_that_there_are_can_be_judged)
{
	struct activity activity = { .count = 0 };

	assert_true(activity_judge(&activity));
	assert_int_equal(activity_span(&activity), 0);
	assert_true(activity_add(&activity, FIRST_DAY, 1));
	assert_true(activity_add(&activity, LAST_DAY, 1));
	assert_true(activity_judge(&activity));
	assert_int_equal(activity_span(&activity), 3652425);
	assert_int_equal(activity.missing.count, 1);
	activity_free(&activity);
}

/* ---- categories ------------------------------------------------------------------------- */

TEST(categories_have_their_posts_days_and_longest_gap)
{
	struct categories categories = { .count = 0 };

	assert_true(categories_add(&categories, "b\na", MONDAY, 10));
	assert_true(categories_add(&categories, "b", MONDAY, 20));
	assert_true(categories_add(&categories, "", MONDAY + 1, 5));
	assert_true(categories_add(&categories, "b", MONDAY + 3, 1));
	assert_true(categories_add(&categories, "b", MONDAY + 9, 1));
	assert_true(categories_add(&categories, "ab", MONDAY + 9, 1));
	categories_complete(&categories);
	assert_int_equal(categories.count, 3);
	assert_int_equal(categories.none, 1);
	assert_string_equal(categories.list[0].name, "b");
	assert_int_equal(categories.list[0].posts, 4);
	assert_int_equal(categories.list[0].size, 32);
	assert_int_equal(categories.list[0].days, 3);
	assert_int_equal(categories.list[0].first_day, MONDAY);
	assert_int_equal(categories.list[0].last_day, MONDAY + 9);
	assert_int_equal(categories.list[0].gap, 5);
	assert_int_equal(categories.list[0].gap_day, MONDAY + 4);
	assert_string_equal(categories.list[1].name, "a");
	assert_int_equal(categories.list[1].gap, 0);
	assert_string_equal(categories.list[2].name, "ab");
	categories_free(&categories);
}

TEST(categories_beyond_the_limit_are_only_counted)
{
	struct categories categories = { .count = 0 };
	char name[16];

	for (int i = 0; i < CATEGORIES_LIMIT + 10; i++) {
		snprintf(name, sizeof(name), "c%05d", i * 7919 % 10007);
		assert_true(categories_add(&categories, name, MONDAY, 1));
	}
	assert_true(categories_add(&categories, "c00000", MONDAY, 1));
	categories_complete(&categories);
	assert_int_equal(categories.count, CATEGORIES_LIMIT);
	assert_int_equal(categories.other, 10);
	assert_string_equal(categories.list[0].name, "c00000");
	assert_int_equal(categories.list[0].posts, 2);
	categories_free(&categories);
}

/* ---- months ----------------------------------------------------------------------------- */

static const struct narc_block block = { .frame_size = 1000, .descriptor_size = 100,
					 .content_size = 4000, .rows = 5 };

static void add_record(struct months *months, int32_t day, uint64_t size, bool owns,
		       bool is_redacted)
{
	const struct narc_record record = { .kind = NARC_KIND_POST,
					    .local_time = (int64_t)day * DAY_SECONDS + 3600,
					    .size = size,
					    .row = 7,
					    .owner = owns ? 7 : 3,
					    .is_redacted = is_redacted };

	assert_true(months_add_stored(months, &record, &block));
}

TEST(a_block_is_shared_out_to_its_months_by_the_size_of_contents)
{
	const int32_t january = day_of_date((struct date){ 2022, 1, 31 });
	struct months months = { .count = 0 };

	add_record(&months, january, 1000, true, false);
	add_record(&months, january, 500, false, false); /* a copy */
	add_record(&months, january + 1, 2000, true, false);
	add_record(&months, january + 1, 1000, true, false);
	add_record(&months, january + 1, 1000, true, true);
	assert_int_equal(months.count, 2);
	assert_int_equal(months.list[0].month, 12 * 2022);
	assert_int_equal(months.list[0].content_size, 1000);
	assert_int_equal((int)(months.list[0].stored_size + 0.5), 250 + 2 * 20);
	assert_int_equal(months.list[1].month, 12 * 2022 + 1);
	assert_int_equal(months.list[1].content_size, 3000);
	assert_int_equal((int)(months.list[1].stored_size + 0.5), 750 + 3 * 20);
	months_free(&months);
}

TEST(months_have_the_posts_of_their_days_and_are_in_order)
{
	const int32_t april = day_of_date((struct date){ 2022, 4, 1 });
	struct activity activity = { .count = 0 };
	struct months months = { .count = 0 };

	add_record(&months, april + 40, 1, true, false);
	add_record(&months, april - 100, 1, true, false);
	assert_true(activity_add(&activity, april - 1, 10));
	assert_true(activity_add(&activity, april, 20));
	assert_true(activity_add(&activity, april, 30));
	assert_true(activity_add(&activity, april + 29, 40));
	assert_true(months_add_posts(&months, &activity));
	assert_int_equal(months.count, 4);
	assert_int_equal(months.list[0].month, 12 * 2021 + 11);
	assert_int_equal(months.list[1].posts, 1);
	assert_int_equal(months.list[2].posts, 3);
	assert_int_equal(months.list[2].size, 90);
	assert_int_equal(months.list[2].days, 2);
	assert_int_equal(months.list[3].posts, 0);
	months_free(&months);
	activity_free(&activity);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_weekends_are_no_drops),
		cmocka_unit_test(a_day_with_few_posts_is_a_drop_and_those_that_follow_are_one),
		cmocka_unit_test(what_varies_much_anyway_is_no_drop),
		cmocka_unit_test(few_posts_where_there_are_never_many_are_no_drop),
		cmocka_unit_test(the_first_and_the_last_day_are_no_drops),
		cmocka_unit_test(other_bad_days_do_not_hide_a_drop),
		cmocka_unit_test(a_few_weeks_are_too_little_to_judge),
		cmocka_unit_test(missing_days_are_ranges_with_what_was_to_be_expected),
		cmocka_unit_test(weekends_of_who_never_works_on_them_are_no_news),
		cmocka_unit_test(a_weekend_that_makes_a_gap_longer_is_part_of_it),
		cmocka_unit_test(a_gap_of_years_is_one_and_news),
		cmocka_unit_test(news_begin_with_what_lacks_the_most),
		cmocka_unit_test(all_days_that_there_are_can_be_judged),
		cmocka_unit_test(categories_have_their_posts_days_and_longest_gap),
		cmocka_unit_test(categories_beyond_the_limit_are_only_counted),
		cmocka_unit_test(a_block_is_shared_out_to_its_months_by_the_size_of_contents),
		cmocka_unit_test(months_have_the_posts_of_their_days_and_are_in_order),
	};

	return cmocka_run_group_tests_name("survey_days", tests, NULL, NULL);
}
