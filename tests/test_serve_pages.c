/* SPDX-License-Identifier: BSD-2-Clause */
/* What pages are made of: escaping, languages, the calendar, posts of strangers. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "html.h"
#include "serve/calendar.h"
#include "serve/page.h"
#include "serve/render.h"

/* ---- escaping --------------------------------------------------------------------------- */

/* Ends a text that was put together, and gives it; valid until the next call. */
static const char *taken(struct text *text)
{
	static char shown[16384];
	const char *string = text_string(text);

	assert_non_null(string);
	assert_true(strlen(string) < sizeof(shown));
	strcpy(shown, string);
	text_free(text);
	return shown;
}

static const char *escaped(const char *string)
{
	struct text page = { .bytes = NULL };

	html(&page, "%s", string);
	return taken(&page);
}

TEST(strings_are_escaped_for_text_and_attributes)
{
	assert_string_equal(escaped("plain 中文"), "plain 中文");
	assert_string_equal(escaped("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
}

TEST(controls_and_what_is_no_utf_8_are_shown)
{
	assert_string_equal(escaped("a\x1b[31m"), "a\\x1b[31m");
	assert_string_equal(escaped("a\xe2\x80\xae" "b"), "a\\u{202e}b");
	assert_string_equal(escaped("\xff\xc0\x80"), "\\xff\\xc0\\x80");
	assert_string_equal(escaped("a\nb\tc\r"), "a b c ");
	assert_string_equal(escaped("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80"),
			    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80");
}

TEST(text_of_several_lines_keeps_them)
{
	struct text page = { .bytes = NULL };

	html_lines(&page, "a\n\t<\x01", 5);
	assert_string_equal(taken(&page), "a\n\t&lt;\\x01");
}

TEST(markup_takes_strings_and_numbers)
{
	struct text page = { .bytes = NULL };

	html(&page, "<p>%d %02d %u %lu %llu %zu %.*s 100%%</p>", -1, 7, 2u, 3ul, 4ull, (size_t)5, 2,
	     "<abc");
	assert_string_equal(taken(&page), "<p>-1 07 2 3 4 5 &lt;a 100%</p>");
}

TEST(parts_of_an_address_are_escaped_whole)
{
	struct text page = { .bytes = NULL };

	html_url(&page, "a/b?c=d&e\"<>中-._~");
	assert_string_equal(taken(&page), "a%2Fb%3Fc%3Dd%26e%22%3C%3E%E4%B8%AD-._~");
}

/* ---- languages -------------------------------------------------------------------------- */

TEST(the_language_is_the_one_that_is_liked_best)
{
	assert_int_equal(language_choose(NULL), LANGUAGE_ENGLISH);
	assert_int_equal(language_choose("zh-CN,zh;q=0.9,en;q=0.8"), LANGUAGE_CHINESE);
	assert_int_equal(language_choose("en-US,en;q=0.9,zh;q=0.8"), LANGUAGE_ENGLISH);
	assert_int_equal(language_choose("fr, zh-TW;q=0.3"), LANGUAGE_CHINESE);
	assert_int_equal(language_choose("fr"), LANGUAGE_ENGLISH);
	assert_int_equal(language_choose("*"), LANGUAGE_ENGLISH);
}

/* How many places for a value a text has. */
static size_t places(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '%')); text++) {
		assert_int_equal(text[1], 's');
		count++;
	}
	return count;
}

TEST(every_text_is_there_in_all_languages_with_the_same_places_for_values)
{
	for (enum text_id id = 0; id < TEXT_COUNT; id++) {
		const char *english = text_in(LANGUAGE_ENGLISH, id);
		const char *chinese = text_in(LANGUAGE_CHINESE, id);

		assert_true(*english && *chinese);
		assert_int_equal(places(english), places(chinese));
		assert_true(places(english) <= 1);
	}
}

TEST(a_value_is_escaped_where_its_place_is)
{
	struct text page = { .bytes = NULL };

	put_phrase(&page, LANGUAGE_ENGLISH, TEXT_TAG_TITLE, "<b>");
	put_post_count(&page, LANGUAGE_CHINESE, 12142);
	put_post_count(&page, LANGUAGE_ENGLISH, 1);
	assert_string_equal(taken(&page), "Tag: &lt;b&gt;12,142 篇1 post");
}

TEST(days_are_named_as_the_language_does)
{
	struct text page = { .bytes = NULL };
	int32_t day = day_of_date((struct date){ 2022, 1, 5 });

	put_day(&page, LANGUAGE_ENGLISH, day);
	text_put(&page, "|");
	put_day(&page, LANGUAGE_CHINESE, day);
	text_put(&page, "|");
	put_month(&page, LANGUAGE_ENGLISH, 2022, 1);
	assert_string_equal(taken(&page),
			    "Wednesday, 5 January 2022|2022年1月5日 星期三|January 2022");
}

/* ---- days ------------------------------------------------------------------------------- */

TEST(days_and_dates_are_each_others_inverse)
{
	for (int32_t day = FIRST_DAY; day <= LAST_DAY; day += 97)
		assert_int_equal(day_of_date(date_of_day(day)), day);
	assert_int_equal(day_of_date((struct date){ 0, 1, 1 }), FIRST_DAY);
	assert_int_equal(day_of_date((struct date){ 9999, 12, 31 }), LAST_DAY);
	assert_int_equal(day_of_date((struct date){ 1970, 1, 1 }), 0);
}

TEST(a_time_before_1970_belongs_to_the_day_that_it_is_in)
{
	char clock[DAY_TEXT_SIZE];

	assert_int_equal(day_of_time(-1), -1);
	assert_int_equal(day_of_time(-DAY_SECONDS), -1);
	assert_int_equal(day_of_time(-DAY_SECONDS - 1), -2);
	assert_int_equal(day_of_time(INT64_MIN), FIRST_DAY);
	assert_int_equal(day_of_time(INT64_MAX), LAST_DAY);
	assert_string_equal(format_clock(-60, clock), "23:59");
	assert_int_equal(strlen(format_clock(INT64_MIN, clock)), 5);
}

/* ---- the calendar ----------------------------------------------------------------------- */

/* Posts on the 1st, twice on the 3rd, and on the 10th of March 2023. */
static void count_some(struct day_counts *counts)
{
	static const int days[] = { 1, 3, 3, 10 };

	*counts = (struct day_counts){ .days = NULL };
	for (size_t i = 0; i < COUNT_OF(days); i++)
		assert_true(day_counts_add(counts, day_of_date((struct date){ 2023, 3, days[i] })));
}

TEST(days_between_the_first_and_the_last_that_have_no_posts_are_missing)
{
	int32_t march = day_of_date((struct date){ 2023, 3, 1 });
	struct day_counts counts;
	struct span span;

	count_some(&counts);
	span = span_of(&counts);
	assert_int_equal(counts.count, 3);
	assert_int_equal(counts.posts, 4);
	assert_int_equal(span.first, march);
	assert_int_equal(span.last, march + 9);
	assert_int_equal(missing_days(&counts, span, march - 100, march + 100), 7);
	assert_int_equal(missing_days(&counts, span, march + 2, march + 3), 1);
	assert_int_equal(missing_days(&counts, span, march + 50, march + 60), 0);
	assert_int_equal(day_counts_between(&counts, march, march + 2), 3);
	assert_int_equal(most_of_day(&counts, march, march + 30), 2);
	free(counts.days);
}

TEST(nothing_is_missing_where_there_is_nothing)
{
	struct day_counts counts = { .days = NULL };

	assert_int_equal(missing_days(&counts, span_of(&counts), FIRST_DAY, LAST_DAY), 0);
	assert_int_equal(day_counts_between(&counts, FIRST_DAY, LAST_DAY), 0);
}

TEST(shades_grow_with_the_posts)
{
	assert_int_equal(shade_of(0, 10), 0);
	assert_int_equal(shade_of(1, 1000000), 1);
	assert_int_equal(shade_of(10, 10), SHADE_COUNT);
	for (unsigned posts = 1; posts < 100; posts++)
		assert_true(shade_of(posts, 100) <= shade_of(posts + 1, 100));
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

TEST(a_month_shows_each_day_as_what_it_is)
{
	struct text page = { .bytes = NULL };
	struct day_counts counts;
	const char *shown;

	count_some(&counts);
	put_month_table(&page, LANGUAGE_ENGLISH, &counts, span_of(&counts), 2023, 3, 2, true);
	shown = taken(&page);
	assert_int_equal(count_of(shown, "class=\"missing\""), 7);
	assert_int_equal(count_of(shown, "class=\"outside\""), 21);
	assert_int_equal(count_of(shown, "class=\"other\""), 4);
	assert_int_equal(count_of(shown, "<tr>"), 6);
	assert_int_equal(count_of(shown, "href=\"/2023/03/03\""), 1);
	assert_int_equal(count_of(shown, " 2 posts<"), 1);
	assert_int_equal(count_of(shown, "<caption><a href=\"/2023/03\">March</a>"), 1);
	assert_int_equal(count_of(shown, "scope=\"col\""), 7);
	free(counts.days);
}

/* ---- posts ------------------------------------------------------------------------------ */

static const char *rendered(const char *path, const char *text)
{
	struct text page = { .bytes = NULL };
	const char *shown;

	assert_true(render_post(&page, path, "a <title>", text, strlen(text)));
	shown = taken(&page);
	assert_int_equal(count_of(shown, "<title>a &lt;title&gt;</title>"), 1);
	return shown;
}

TEST(markdown_is_rendered_and_keeps_its_html)
{
	const char *shown = rendered("a.md", "**b** <p class=\"x\">c</p>\n\n"
					     "[d](http://e.example)\n");

	assert_int_equal(count_of(shown, "<strong>b</strong>"), 1);
	assert_int_equal(count_of(shown, "<p class=\"x\">c</p>"), 1);
	assert_int_equal(count_of(shown, "<a href=\"http://e.example\">d</a>"), 1);
}

TEST(html_is_shown_as_it_is)
{
	assert_int_equal(count_of(rendered("a.html", "**b** <i>c</i>"), "**b** <i>c</i>"), 1);
}

TEST(what_no_policy_stops_is_made_dead)
{
	const char *shown = rendered("a.html", "<link rel=preconnect href=//e.example>"
					       "<LiNk rel=x><META http-equiv=refresh><base href=/>"
					       "<iframe src=//e.example></iframe>"
					       "<p title='<link'>");

	assert_int_equal(count_of(shown, "<x-link rel=preconnect"), 1);
	assert_int_equal(count_of(shown, "<x-LiNk"), 1);
	assert_int_equal(count_of(shown, "<x-META"), 1);
	assert_int_equal(count_of(shown, "<x-base"), 1);
	assert_int_equal(count_of(shown, "<x-iframe"), 1);
	shown = rendered("a.md", "<link rel=dns-prefetch href=//e.example>\n");
	assert_int_equal(count_of(shown, "<link"), 0);
}

TEST(only_text_that_is_html_or_markdown_is_rendered)
{
	static char large[MARKDOWN_LIMIT + 1];

	memset(large, 'a', sizeof(large));
	assert_true(can_render("_posts/a.md", "a", 1));
	assert_true(can_render("a.HTML", "a", 1));
	assert_true(can_render("a.mkd", "a", 1));
	assert_true(can_render("a.xhtml", "a", 1));
	assert_false(can_render("a.md", "a\0b", 3));
	assert_false(can_render("a.png", "a", 1));
	assert_false(can_render("a.md/b", "a", 1));
	assert_false(can_render("a.md", large, sizeof(large)));
	assert_true(can_render("a.html", large, sizeof(large)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_escaped_for_text_and_attributes),
		cmocka_unit_test(controls_and_what_is_no_utf_8_are_shown),
		cmocka_unit_test(text_of_several_lines_keeps_them),
		cmocka_unit_test(markup_takes_strings_and_numbers),
		cmocka_unit_test(parts_of_an_address_are_escaped_whole),
		cmocka_unit_test(the_language_is_the_one_that_is_liked_best),
		cmocka_unit_test(
			every_text_is_there_in_all_languages_with_the_same_places_for_values),
		cmocka_unit_test(a_value_is_escaped_where_its_place_is),
		cmocka_unit_test(days_are_named_as_the_language_does),
		cmocka_unit_test(days_and_dates_are_each_others_inverse),
		cmocka_unit_test(a_time_before_1970_belongs_to_the_day_that_it_is_in),
		cmocka_unit_test(
			days_between_the_first_and_the_last_that_have_no_posts_are_missing),
		cmocka_unit_test(nothing_is_missing_where_there_is_nothing),
		cmocka_unit_test(shades_grow_with_the_posts),
		cmocka_unit_test(a_month_shows_each_day_as_what_it_is),
		cmocka_unit_test(markdown_is_rendered_and_keeps_its_html),
		cmocka_unit_test(html_is_shown_as_it_is),
		cmocka_unit_test(what_no_policy_stops_is_made_dead),
		cmocka_unit_test(only_text_that_is_html_or_markdown_is_rendered),
	};

	return cmocka_run_group_tests_name("serve_pages", tests, NULL, NULL);
}
