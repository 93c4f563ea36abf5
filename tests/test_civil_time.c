/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_check.h"

#include <string.h>

#include "support/civil_time.h"

static bool same_date(struct civil_date a, struct civil_date b)
{
	return a.year == b.year && a.month == b.month && a.day == b.day;
}

TEST(days_and_dates_are_inverse_and_go_on_day_by_day)
{
	/* 3000 years around the epoch, every day. */
	struct civil_date date = civil_date_from_days(-550000);

	for (int64_t days = -550000; days < 550000; days++) {
		struct civil_date next = civil_date_from_days(days + 1);

		assert_true(civil_days_from_date(date) == days);
		if (next.day != 1) {
			assert_true(next.day == date.day + 1 && next.month == date.month &&
				    next.year == date.year);
		} else {
			assert_int_equal(date.day, civil_days_in_month(date.year, date.month));
			assert_true(next.month == date.month % 12 + 1);
			assert_true(next.year == date.year + (date.month == 12));
		}
		date = next;
	}
}

TEST(days_and_dates_are_inverse_as_far_as_seconds_reach)
{
	const int64_t furthest = INT64_MAX / SECONDS_PER_DAY;

	for (int64_t days = furthest; days > 1; days /= 3) {
		assert_true(civil_days_from_date(civil_date_from_days(days)) == days);
		assert_true(civil_days_from_date(civil_date_from_days(-days)) == -days);
	}
}

TEST(known_days_have_their_dates)
{
	static const struct {
		int64_t days;
		struct civil_date date;
	} known[] = {
		{ 0, { 1970, 1, 1 } },      { -1, { 1969, 12, 31 } },   { 11016, { 2000, 2, 29 } },
		{ 11017, { 2000, 3, 1 } },  { 18997, { 2022, 1, 5 } },  { -719528, { 0, 1, 1 } },
		{ -719529, { -1, 12, 31 } }, { 2932896, { 9999, 12, 31 } },
		{ 2932897, { 10000, 1, 1 } },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		assert_true(civil_days_from_date(known[i].date) == known[i].days);
		assert_true(same_date(civil_date_from_days(known[i].days), known[i].date));
	}
}

TEST(a_second_before_midnight_is_of_the_day_that_ends)
{
	assert_true(same_date(civil_date_of(0), (struct civil_date){ 1970, 1, 1 }));
	assert_true(same_date(civil_date_of(-1), (struct civil_date){ 1969, 12, 31 }));
	assert_true(same_date(civil_date_of(-SECONDS_PER_DAY),
			      (struct civil_date){ 1969, 12, 31 }));
	assert_true(same_date(civil_date_of(-SECONDS_PER_DAY - 1),
			      (struct civil_date){ 1969, 12, 30 }));
	assert_true(same_date(civil_date_of(SECONDS_PER_DAY - 1),
			      (struct civil_date){ 1970, 1, 1 }));
	assert_true(civil_date_of(INT64_MAX).year > INT64_C(292000000000));
	assert_true(civil_date_of(INT64_MIN).year < INT64_C(-292000000000));
}

TEST(leap_years_are_every_fourth_but_centuries_unless_every_fourth_of_these)
{
	assert_int_equal(civil_days_in_month(2024, 2), 29);
	assert_int_equal(civil_days_in_month(2023, 2), 28);
	assert_int_equal(civil_days_in_month(1900, 2), 28);
	assert_int_equal(civil_days_in_month(2000, 2), 29);
	assert_int_equal(civil_days_in_month(0, 2), 29);
	assert_int_equal(civil_days_in_month(-4, 2), 29);
	assert_int_equal(civil_days_in_month(-100, 2), 28);
}

TEST(a_date_is_valid_only_if_there_is_such_a_day)
{
	assert_true(civil_date_is_valid((struct civil_date){ 0, 1, 1 }));
	assert_true(civil_date_is_valid((struct civil_date){ 9999, 12, 31 }));
	assert_true(civil_date_is_valid((struct civil_date){ 2024, 2, 29 }));
	assert_false(civil_date_is_valid((struct civil_date){ 2023, 2, 29 }));
	assert_false(civil_date_is_valid((struct civil_date){ -1, 12, 31 }));
	assert_false(civil_date_is_valid((struct civil_date){ 10000, 1, 1 }));
	assert_false(civil_date_is_valid((struct civil_date){ 2022, 0, 1 }));
	assert_false(civil_date_is_valid((struct civil_date){ 2022, 13, 1 }));
	assert_false(civil_date_is_valid((struct civil_date){ 2022, 4, 31 }));
	assert_false(civil_date_is_valid((struct civil_date){ 2022, 4, 0 }));
}

TEST(dates_are_written_with_four_digits_of_year_or_more)
{
	static const struct {
		struct civil_date date;
		const char *text;
	} cases[] = {
		{ { 2022, 1, 5 }, "2022-01-05" },    { { 0, 12, 31 }, "0000-12-31" },
		{ { 9999, 12, 31 }, "9999-12-31" },  { { 987, 6, 5 }, "0987-06-05" },
		{ { 10000, 1, 1 }, "10000-01-01" },  { { -1, 12, 31 }, "-1-12-31" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[CIVIL_DATE_TEXT_SIZE];

		assert_int_equal(civil_date_format(cases[i].date, text),
				 strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
	}
}

TEST(the_dates_furthest_away_fit_into_their_text)
{
	char text[CIVIL_DATE_TEXT_SIZE];

	assert_true(civil_date_format(civil_date_of(INT64_MIN), text) < sizeof(text));
	assert_true(civil_date_format(civil_date_of(INT64_MAX), text) < sizeof(text));
}

TEST(a_date_as_a_number_reads_as_its_digits)
{
	assert_true(civil_date_as_number((struct civil_date){ 2022, 1, 5 }) == 20220105);
	assert_true(civil_date_as_number((struct civil_date){ 0, 1, 1 }) == 101);
	assert_true(civil_date_as_number((struct civil_date){ 9999, 12, 31 }) == 99991231);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_and_dates_are_inverse_and_go_on_day_by_day),
		cmocka_unit_test(days_and_dates_are_inverse_as_far_as_seconds_reach),
		cmocka_unit_test(known_days_have_their_dates),
		cmocka_unit_test(a_second_before_midnight_is_of_the_day_that_ends),
		cmocka_unit_test(leap_years_are_every_fourth_but_centuries_unless_every_fourth_of_these),
		cmocka_unit_test(a_date_is_valid_only_if_there_is_such_a_day),
		cmocka_unit_test(dates_are_written_with_four_digits_of_year_or_more),
		cmocka_unit_test(the_dates_furthest_away_fit_into_their_text),
		cmocka_unit_test(a_date_as_a_number_reads_as_its_digits),
	};

	return cmocka_run_group_tests_name("civil_time", tests, NULL, NULL);
}
