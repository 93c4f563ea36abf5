/* SPDX-License-Identifier: BSD-2-Clause */
/* Front matter as the posts of real sites have it, and what a post's date is. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack/parse_post.h"
#include "support/civil_time.h"

static struct front_matter matter;

static int close_matter(void **state)
{
	(void)state;
	front_matter_free(&matter);
	return 0;
}

static struct post_facts parse_bytes(const char *path, const void *text, size_t size)
{
	struct narc_entry entry = { .path = path, .mtime_seconds = 1000000000 };
	struct post_facts facts;
	uint8_t *copy = malloc(size ? size : 1); /* of just this size, for sanitizers */

	memcpy(copy, text, size);
	memset(&facts, 0xee, sizeof(facts));
	parse_post(&matter, &entry, copy, size, &facts);
	free(copy);
	return facts;
}

static struct post_facts parse(const char *path, const char *text)
{
	return parse_bytes(path, text, strlen(text));
}

/* ---- the values of keys ------------------------------------------------------------ */

static void assert_buffer(const struct byte_buffer *buffer, const char *wanted)
{
	if (buffer->size != strlen(wanted) ||
	    (buffer->size && memcmp(buffer->data, wanted, buffer->size) != 0))
		print_error("\"%.*s\" instead of \"%s\"\n", (int)buffer->size,
			    buffer->data ? (const char *)buffer->data : "", wanted);
	assert_int_equal(buffer->size, strlen(wanted));
	if (buffer->size)
		assert_memory_equal(buffer->data, wanted, buffer->size);
}

static void assert_categories(const struct post_facts *facts, const char *wanted)
{
	if (facts->categories_size != strlen(wanted) ||
	    memcmp(facts->categories, wanted, facts->categories_size) != 0)
		print_error("\"%.*s\" instead of \"%s\"\n", (int)facts->categories_size,
			    facts->categories, wanted);
	assert_int_equal(facts->categories_size, strlen(wanted));
	assert_memory_equal(facts->categories, wanted, facts->categories_size);
}

/* Seconds of a civil time. */
static int64_t civil(int64_t year, unsigned month, unsigned day, int hour, int minute, int second)
{
	return civil_days_from_date((struct civil_date){ year, month, day }) * SECONDS_PER_DAY +
	       hour * 3600 + minute * 60 + second;
}

/* That this is the time of 2022-01-05 11:01:51 +0800, from the front matter. */
static void assert_usual_date(const struct post_facts *facts)
{
	assert_int_equal(facts->kind, NARC_KIND_POST);
	assert_int_equal(facts->origin, NARC_DATE_FRONT_MATTER);
	assert_true(facts->local_time == civil(2022, 1, 5, 11, 1, 51));
	assert_true(facts->has_zone);
	assert_int_equal(facts->zone_minutes, 480);
}

/* Front matter with this title line among others; date and categories must be found. */
static void assert_header_survives(const char *title_line, size_t size)
{
	static const char before[] = "---\nlayout: post\n";
	static const char behind[] =
		"date: 2022-01-05 11:01:51 +0800\ncategories: emnews\n---\n\nText\n";
	static const char other_before[] =
		"---\ndate: 2022-01-05 11:01:51 +0800\ncategories: emnews\n";
	static const char other_behind[] = "---\n\nText: \"text\"\n";
	struct post_facts facts;
	char text[1024];
	size_t place;

	memcpy(text, before, place = sizeof(before) - 1);
	memcpy(text + place, title_line, size);
	place += size;
	memcpy(text + place, behind, sizeof(behind) - 1);
	facts = parse_bytes("a.md", text, place + sizeof(behind) - 1);
	assert_usual_date(&facts);
	assert_categories(&facts, "emnews");
	/* The title last. */
	memcpy(text, other_before, place = sizeof(other_before) - 1);
	memcpy(text + place, title_line, size);
	place += size;
	memcpy(text + place, other_behind, sizeof(other_behind) - 1);
	facts = parse_bytes("a.md", text, place + sizeof(other_behind) - 1);
	assert_usual_date(&facts);
	assert_categories(&facts, "emnews");
}

static void assert_title_survives(const char *line, const char *title)
{
	static const char *const line_ends[] = { "\n", "\r\n" };

	for (size_t i = 0; i < COUNT_OF(line_ends); i++) {
		char whole[256];
		int size = snprintf(whole, sizeof(whole), "%s%s", line, line_ends[i]);

		assert_header_survives(whole, (size_t)size);
		assert_buffer(&matter.title, title);
	}
}

TEST(a_plain_title_leaves_date_and_categories_alone)
{
	assert_title_survives("title: Plain words", "Plain words");
	assert_null(matter.problem);
	assert_title_survives("title: \"Quoted words\"", "Quoted words");
	assert_title_survives("title: 'Quoted words'", "Quoted words");
	assert_null(matter.problem);
}

TEST(a_title_with_quotes_that_are_not_escaped_leaves_date_and_categories_alone)
{
	assert_title_survives("title: \"他说\"好\"了\"", "他说\"好\"了");
	assert_non_null(matter.problem);
	assert_title_survives("title: \"\"好\"了\"", "\"好\"了");
	assert_title_survives("title: \"他说\"好\"\"", "他说\"好\"");
	assert_title_survives("title: 'it's'", "it's");
	assert_title_survives("title: \"not closed", "\"not closed");
	assert_title_survives("title: \"", "\"");
}

TEST(an_empty_title_leaves_date_and_categories_alone)
{
	assert_title_survives("title: \"\"", "");
	assert_title_survives("title:", "");
	assert_title_survives("title:   ", "");
	assert_title_survives("title: ''", "");
}

TEST(a_title_with_a_colon_leaves_date_and_categories_alone)
{
	assert_title_survives("title: News: good: bad", "News: good: bad");
	assert_title_survives("title: \"News: good\"", "News: good");
	assert_title_survives("title: 11:30 news", "11:30 news");
	assert_title_survives("title: date: 1999-01-01", "date: 1999-01-01");
	assert_title_survives("title: a:", "a:");
}

TEST(a_title_with_a_backslash_leaves_date_and_categories_alone)
{
	assert_title_survives("title: \"C:\\windows\\system\"", "C:\\windows\\system");
	assert_title_survives("title: C:\\windows", "C:\\windows");
	assert_title_survives("title: \"ends with \\\"", "ends with \\");
	assert_title_survives("title: \"a \\\"quote\\\" escaped\"", "a \"quote\" escaped");
}

TEST(a_title_with_an_emoji_leaves_date_and_categories_alone)
{
	assert_title_survives("title: \"🚀 涨停\"", "🚀 涨停");
	assert_title_survives("title: 🚀", "🚀");
}

TEST(a_title_with_signs_that_mean_something_in_yaml_leaves_date_and_categories_alone)
{
	assert_title_survives("title: @someone", "@someone");
	assert_title_survives("title: `code`", "`code`");
	assert_title_survives("title: [a list that is not closed", "[a list that is not closed");
	assert_title_survives("title: {curly", "{curly");
	assert_title_survives("title: *star", "*star");
	assert_title_survives("title: *star* and more", "*star* and more");
	assert_title_survives("title: %percent", "%percent");
	assert_title_survives("title: - dash", "- dash");
	assert_title_survives("title: a\tb", "a\tb");
	assert_title_survives("title:\t\"tab\"", "tab");
	assert_header_survives("title: >- folded\n", 17);
	assert_header_survives("title: !tag value\n", 18);
	assert_header_survives("title: &anchor value\n", 21);
	assert_header_survives("title: [a, list]\n", 17);
	assert_header_survives("title: {a: map}\n", 16);
	assert_header_survives("? complex\n", 10);
	assert_header_survives("no key at all\n", 14);
	assert_header_survives("\n", 1);
	assert_header_survives("# comment: here\n", 16);
	assert_header_survives("\ttab: indented\n", 15);
	assert_header_survives("<p class=\"a\">: html</p>\n", 24);
}

TEST(a_title_with_a_nul_byte_leaves_date_and_categories_alone)
{
	assert_header_survives("title: a\0b\n", 11);
	assert_int_equal(matter.title.size, 3);
	assert_memory_equal(matter.title.data, "a\0b", 3);
	assert_header_survives("title: \"a\x01\"\n", 12);
	assert_header_survives("ti\0tle: a\n", 10);
}

TEST(a_title_of_invalid_utf_8_leaves_date_and_categories_alone)
{
	assert_title_survives("title: \xd6\xd0\xce\xc4", "\xd6\xd0\xce\xc4"); /* GBK */
	assert_title_survives("title: \xff", "\xff");
	assert_title_survives("title: \"cut \xe4\xb8\"", "cut \xe4\xb8");
	assert_title_survives("title: \xed\xa0\x80", "\xed\xa0\x80"); /* a surrogate */
}

TEST(a_key_that_comes_twice_counts_the_last_time)
{
	struct post_facts facts = parse("a.md", "---\ndate: 2001-02-03\n"
						"date: 2022-01-05 11:01:51 +0800\n"
						"categories: a\ncategories: b\n---\n");

	assert_usual_date(&facts);
	assert_categories(&facts, "b");
	facts = parse("a.md", "---\ndate: 2001-02-03\ntitle: \"a\"b\"\n"
			      "date: 2022-01-05 11:01:51 +0800\n"
			      "categories: a\ncategories: b\n---\n");
	assert_usual_date(&facts);
	assert_categories(&facts, "b");
}

TEST(keys_inside_of_other_keys_do_not_count)
{
	struct post_facts facts = parse("a.md", "---\nother:\n  date: 2001-02-03\n  categories: x\n"
						"date: 2022-01-05 11:01:51 +0800\n"
						"more: [date, categories]\ncategories: a\n---\n");

	assert_usual_date(&facts);
	assert_categories(&facts, "a");
	facts = parse("a.md", "---\nother:\n  date: 2001-02-03\n---\n");
	assert_int_equal(facts.origin, NARC_DATE_MTIME);
	facts = parse("a.md", "---\ntitle: \"a\"b\"\nother:\n  date: 2001-02-03\n---\n");
	assert_int_equal(facts.origin, NARC_DATE_MTIME);
}

TEST(what_one_post_said_is_forgotten_at_the_next)
{
	struct post_facts facts = parse("a.md", "---\ntitle: t\ndate: 2022-01-05\ncategories: c\n"
						"tags: g\n---\n");

	assert_int_equal(facts.origin, NARC_DATE_FRONT_MATTER);
	facts = parse("b.md", "---\nlayout: post\n---\n");
	assert_int_equal(facts.origin, NARC_DATE_MTIME);
	assert_categories(&facts, "");
	assert_buffer(&matter.title, "");
	assert_buffer(&matter.tags, "");
	facts = parse("c.md", "no front matter");
	assert_categories(&facts, "");
}

/* ---- lists ------------------------------------------------------------------------- */

/* Lines of categories, read as YAML and, behind a line that is not, line by line. */
static void assert_list(const char *lines, const char *wanted)
{
	char text[512];
	struct post_facts facts;

	snprintf(text, sizeof(text), "---\n%sdate: 2022-01-05 11:01:51 +0800\n---\n", lines);
	facts = parse("a.md", text);
	assert_usual_date(&facts);
	assert_categories(&facts, wanted);
	snprintf(text, sizeof(text),
		 "---\ntitle: \"a\" b\n%sdate: 2022-01-05 11:01:51 +0800\n---\n", lines);
	facts = parse("a.md", text);
	assert_non_null(matter.problem);
	assert_usual_date(&facts);
	assert_categories(&facts, wanted);
}

TEST(categories_of_one_word_are_one)
{
	assert_list("categories: emnews\n", "emnews");
	assert_list("category: emnews\n", "emnews");
	assert_list("categories: \"emnews\"\n", "emnews");
	assert_list("categories: '财经'\n", "财经");
}

TEST(categories_between_spaces_are_several)
{
	assert_list("categories: a b\n", "a\nb");
	assert_list("categories: a  b\n", "a\nb");
	assert_list("categories:   a \t b   \n", "a\nb");
	assert_list("categories: a b a\n", "a\nb");
}

TEST(categories_that_are_missing_or_empty_are_none)
{
	assert_list("", "");
	assert_list("categories:\n", "");
	assert_list("categories: \"\"\n", "");
	assert_list("categories: []\n", "");
	assert_list("categories: [ ]\n", "");
}

TEST(categories_in_a_flow_list_keep_their_spaces)
{
	assert_list("categories: [a, b]\n", "a\nb");
	assert_list("categories: [ \"a b\" , 'c' ]\n", "a b\nc");
	assert_list("categories: [a]\n", "a");
	assert_list("categories: [a, a, b]\n", "a\nb");
	assert_list("categories: [a,b]\n", "a\nb");
}

TEST(categories_in_a_block_list_keep_their_spaces)
{
	assert_list("categories:\n- a\n- b c\n", "a\nb c");
	assert_list("categories:\n  - a\n  - \"b c\"\n  - 'd'\n", "a\nb c\nd");
	assert_list("categories:\n- a\nlayout: post\n", "a");
}

TEST(categories_may_hold_parentheses_and_differ_by_case_alone)
{
	assert_list("categories: 财经(要闻) EMNews emnews\n", "财经(要闻)\nEMNews\nemnews");
	assert_list("categories: [\"(a)\", A, a]\n", "(a)\nA\na");
	assert_list("categories: a(b c)\n", "a(b\nc)");
}

TEST(a_category_of_several_lines_is_one_name_without_line_ends)
{
	struct post_facts facts = parse("a.md", "---\ncategories:\n- |\n  a\n  b\n- c\n---\n");

	assert_categories(&facts, "a b\nc");
	facts = parse("a.md", "---\ncategories: [\"a\\nb\", \"a b\", \"\\n\"]\n---\n");
	assert_categories(&facts, "a b");
}

TEST(a_nul_ends_a_category)
{
	struct post_facts facts = parse("a.md", "---\ncategories: [\"a\\0b\", c]\n---\n");

	assert_categories(&facts, "a\nc");
}

TEST(no_categories_are_kept_where_they_are_too_long_together)
{
	char *text = calloc(1, 10000);
	struct post_facts facts;

	strcpy(text, "---\ncategories: ");
	memset(text + strlen(text), 'x', NAME_SIZE_LIMIT);
	strcat(text, "\n---\n");
	facts = parse("a.md", text);
	assert_int_equal(facts.categories_size, NAME_SIZE_LIMIT);
	strcpy(text, "---\ncategories: ");
	memset(text + strlen(text), 'x', NAME_SIZE_LIMIT + 1);
	strcat(text, "\n---\n");
	text[strlen(text)] = '\0';
	facts = parse("a.md", text);
	assert_int_equal(facts.categories_size, 0);
	free(text);
}

TEST(tags_are_read_as_categories_are)
{
	parse("a.md", "---\ntags: a  b\n---\n");
	assert_buffer(&matter.tags, "a\nb");
	parse("a.md", "---\ntags: [a, \"b c\"]\n---\n");
	assert_buffer(&matter.tags, "a\nb c");
	parse("a.md", "---\ntitle: \"a\"b\"\ntag:\n- a\n- b c\n---\n");
	assert_buffer(&matter.tags, "a\nb c");
}

/* ---- finding it -------------------------------------------------------------------- */

TEST(a_file_without_front_matter_is_no_post)
{
	static const char *const texts[] = { "", "text", "-", "--", "---", "----\na: b\n---\n",
					     " ---\na: b\n---\n", "\n---\na: b\n---\n",
					     "--- a\na: b\n---\n", "date: 2022-01-05\n" };

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct post_facts facts = parse("2021-02-03-NW202102030000000001.md", texts[i]);

		assert_int_equal(facts.kind, NARC_KIND_FILE);
		assert_string_equal(facts.code, "");
		assert_categories(&facts, "");
		assert_int_equal(facts.origin, NARC_DATE_FILE_NAME);
	}
}

TEST(an_empty_front_matter_makes_a_post)
{
	static const char *const texts[] = { "---\n---\n", "---\n---", "---\n...\n", "---\n\n---\n",
					     "---  \r\n---\t\r\n" };

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct post_facts facts = parse("a.md", texts[i]);

		assert_int_equal(facts.kind, NARC_KIND_POST);
		assert_int_equal(facts.origin, NARC_DATE_MTIME);
	}
}

TEST(front_matter_that_is_never_closed_counts_up_to_the_text)
{
	struct post_facts facts = parse("a.md", "---\nlayout: post\n"
						"date: 2022-01-05 11:01:51 +0800\n"
						"categories: emnews\n\n# Text\n\n"
						"date: 1999-01-01\ncategories: wrong\n");

	assert_usual_date(&facts);
	assert_categories(&facts, "emnews");
	facts = parse("a.md", "---\ndate: 2022-01-05 11:01:51 +0800\ncategories: emnews");
	assert_usual_date(&facts);
	assert_categories(&facts, "emnews");
	facts = parse("a.md", "---\ndate: 2022-01-05 11:01:51 +0800\ncategories:\n- emnews\n"
			      "<p>date: 1999-01-01</p>\ndate: 1999-01-01\n");
	assert_usual_date(&facts);
	assert_categories(&facts, "emnews");
}

TEST(a_rule_in_the_text_does_not_close_front_matter_of_dashes_and_words)
{
	struct post_facts facts = parse("a.md", "---\ndate: 2022-01-05 11:01:51 +0800\n"
						"---- not the end\ncategories: emnews\n---\n"
						"date: 1999-01-01\n");

	assert_usual_date(&facts);
	assert_categories(&facts, "emnews");
}

TEST(lines_may_end_as_on_windows)
{
	struct post_facts facts = parse("a.md", "---\r\ntitle: t\r\n"
						"date: 2022-01-05 11:01:51 +0800\r\n"
						"categories:\r\n- a\r\n- b\r\n---\r\n\r\nText\r\n");

	assert_usual_date(&facts);
	assert_null(matter.problem);
	assert_categories(&facts, "a\nb");
	assert_buffer(&matter.title, "t");
	facts = parse("a.md", "---\r\ntitle: \"a\"b\"\r\n"
			      "date: 2022-01-05 11:01:51 +0800\r\n"
			      "categories: [a, b]\r\n---\r\n");
	assert_usual_date(&facts);
	assert_categories(&facts, "a\nb");
}

TEST(a_byte_order_mark_may_stand_before_it)
{
	struct post_facts facts = parse("a.md", "\xef\xbb\xbf---\n"
						"date: 2022-01-05 11:01:51 +0800\n---\n");

	assert_usual_date(&facts);
	facts = parse("a.md", "\xef\xbb\xbf");
	assert_int_equal(facts.kind, NARC_KIND_FILE);
	facts = parse("a.md", "\xef\xbb");
	assert_int_equal(facts.kind, NARC_KIND_FILE);
}

TEST(an_html_file_is_a_post_if_it_has_front_matter)
{
	struct post_facts facts = parse("a.html", "---\ndate: 2022-01-05 11:01:51 +0800\n---\n"
						  "<html></html>\n");

	assert_usual_date(&facts);
	facts = parse("a.html", "<html></html>\n");
	assert_int_equal(facts.kind, NARC_KIND_FILE);
}

TEST(only_files_that_may_be_posts_are_looked_into)
{
	static const char text[] = "---\ndate: 2022-01-05 11:01:51 +0800\n---\n";
	static const char *const posts[] = { "a.md", "a.MD", "a.markdown", "a.mkd", "a.mkdown",
					     "a.htm", "a.Html", "a.xhtml", "x/y.z/a.b.md", ".md" };
	static const char *const others[] = { "a.txt", "a", "a.md.bak", "md", "a.md/b", "a.mdx",
					      "_config.yml" };

	for (size_t i = 0; i < COUNT_OF(posts); i++)
		assert_int_equal(parse(posts[i], text).kind, NARC_KIND_POST);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_int_equal(parse(others[i], text).kind, NARC_KIND_FILE);
}

TEST(a_symbolic_link_is_never_a_post)
{
	static const char text[] = "---\ndate: 2022-01-05 11:01:51 +0800\n---\n";
	struct narc_entry entry = { .path = "2021-02-03-a.md", .type = NARC_TYPE_SYMLINK };
	struct post_facts facts;

	parse_post(&matter, &entry, (const uint8_t *)text, sizeof(text) - 1, &facts);
	assert_int_equal(facts.kind, NARC_KIND_FILE);
	assert_int_equal(facts.origin, NARC_DATE_FILE_NAME);
}

TEST(a_configuration_names_its_time_zone)
{
	static const char yaml[] = "title: Site\ntimezone: Asia/Shanghai\nother:\n  timezone: no\n";
	static const char lines[] = "title: \"a\"b\"\ntimezone: \"Asia/Shanghai\" \n";

	front_matter_parse_yaml(&matter, (const uint8_t *)yaml, sizeof(yaml) - 1);
	assert_buffer(&matter.timezone, "Asia/Shanghai");
	front_matter_parse_yaml(&matter, (const uint8_t *)lines, sizeof(lines) - 1);
	assert_buffer(&matter.timezone, "Asia/Shanghai");
	front_matter_parse_yaml(&matter, (const uint8_t *)"", 0);
	assert_buffer(&matter.timezone, "");
}

/* ---- dates ------------------------------------------------------------------------- */

/* A post of this date line, in a file whose name has the date 2021-02-03. */
static struct post_facts parse_date(const char *line)
{
	char text[256];

	snprintf(text, sizeof(text), "---\n%s\n---\n", line);
	return parse("_posts/2021-02-03-NW202012310000000001.md", text);
}

static void assert_date(const char *line, int64_t time, bool has_zone, int zone)
{
	struct post_facts facts = parse_date(line);

	assert_int_equal(facts.origin, NARC_DATE_FRONT_MATTER);
	assert_true(facts.local_time == time);
	assert_int_equal(facts.has_zone, has_zone);
	if (has_zone)
		assert_int_equal(facts.zone_minutes, zone);
}

TEST(a_date_with_a_zone_is_taken_as_it_stands)
{
	const int64_t time = civil(2022, 1, 5, 11, 1, 51);

	assert_date("date: 2022-01-05 11:01:51 +0800", time, true, 480);
	assert_date("date:   2022-01-05 11:01:51   +0800  ", time, true, 480);
	assert_date("date: \"2022-01-05 11:01:51 +0800\"", time, true, 480);
	assert_date("date: 2022-01-05T11:01:51+08:00", time, true, 480);
	assert_date("date: 2022-01-05T11:01:51.250Z", time, true, 0);
	assert_date("date: 2022-01-05 11:01:51 UTC", time, true, 0);
	assert_date("date: 2022-01-05 11:01:51 -0330", time, true, -210);
	assert_date("date: 2022-01-05 11:01:51 +08", time, true, 480);
	assert_date("date: 2022-1-5 11:01:51 +2359", time, true, 1439);
}

TEST(a_date_without_a_zone_or_with_an_unknown_one_has_none)
{
	const int64_t time = civil(2022, 1, 5, 11, 1, 51);

	assert_date("date: 2022-01-05 11:01:51", time, false, 0);
	assert_date("date: 2022-01-05 11:01:51 +2400", time, false, 0);
	assert_date("date: 2022-01-05 11:01:51 +0860", time, false, 0);
	assert_date("date: 2022-01-05 11:01:51 Asia/Shanghai", time, false, 0);
}

TEST(a_date_may_have_no_seconds_or_no_time)
{
	assert_date("date: 2022-01-05 11:01", civil(2022, 1, 5, 11, 1, 0), false, 0);
	assert_date("date: 2022-01-05 11:01 +0800", civil(2022, 1, 5, 11, 1, 0), true, 480);
	assert_date("date: 2022-01-05", civil(2022, 1, 5, 0, 0, 0), false, 0);
	assert_date("date: 2022/01/05", civil(2022, 1, 5, 0, 0, 0), false, 0);
	assert_date("date: 2022-01-05 +0800", civil(2022, 1, 5, 0, 0, 0), true, 480);
	assert_date("date: 2022-01-05 25:01:51", civil(2022, 1, 5, 0, 0, 0), false, 0);
	assert_date("date: 2022-01-05 23:59:60", civil(2022, 1, 5, 23, 59, 59), false, 0);
}

TEST(a_date_that_is_none_leaves_it_to_the_file_name)
{
	static const char *const lines[] = {
		"date:  +0800", "date:", "date: ''", "date: yesterday", "date: 2022-02-30",
		"date: 2022-13-01", "date: 22-01-05", "date: 05.01.2022", "layout: post",
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct post_facts facts = parse_date(lines[i]);

		assert_int_equal(facts.kind, NARC_KIND_POST);
		assert_int_equal(facts.origin, NARC_DATE_FILE_NAME);
		assert_true(facts.local_time == civil(2021, 2, 3, 0, 0, 0));
		assert_false(facts.has_zone);
	}
}

TEST(a_file_name_without_a_date_leaves_it_to_the_infocode)
{
	static const char text[] = "---\nlayout: post\n---\n?infoCode=NW202012310000000001\n";
	static const char *const paths[] = { "_posts/a.md", "2021-02-03/a.md", "2021-02-30-a.md",
					     "2021-02-031.md", "202102-03-a.md" };

	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct post_facts facts = parse(paths[i], text);

		assert_int_equal(facts.origin, NARC_DATE_INFO_CODE);
		assert_true(facts.local_time == civil(2020, 12, 31, 0, 0, 0));
		assert_false(facts.has_zone);
	}
}

TEST(an_infocode_without_a_date_leaves_it_to_the_modification_time)
{
	static const char *const codes[] = { "NW202013310000000001", "NW2020", "A1B20201231",
					     "x", "" };

	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		char text[128];
		struct post_facts facts;

		snprintf(text, sizeof(text), "---\nlayout: post\n---\n?infoCode=%s\n", codes[i]);
		facts = parse("a.md", text);
		assert_string_equal(facts.code, codes[i]);
		assert_int_equal(facts.origin, NARC_DATE_MTIME);
		assert_true(facts.local_time == 1000000000);
		assert_true(facts.has_zone);
		assert_int_equal(facts.zone_minutes, 0);
	}
}

TEST(a_file_that_is_no_post_has_the_date_of_its_name_or_its_modification_time)
{
	struct post_facts facts = parse("img/2021-02-03-a.png", "\x89PNG");

	assert_int_equal(facts.origin, NARC_DATE_FILE_NAME);
	assert_true(facts.local_time == civil(2021, 2, 3, 0, 0, 0));
	facts = parse("img/a.png", "\x89PNG");
	assert_int_equal(facts.origin, NARC_DATE_MTIME);
	assert_true(facts.local_time == 1000000000);
}

/* ---- for those who use the library ------------------------------------------------------- */

static enum narc_status read_matter(narc_front_matter_reader *reader, const char *text,
				    struct narc_front_matter *read)
{
	struct narc_error error = { 0 };
	enum narc_status status = narc_front_matter_read(reader, text, strlen(text), read, &error);

	if (status != NARC_OK)
		ASSERT_ERROR_IS_TOLD(&error, status);
	return status;
}

TEST(a_reader_gives_what_a_post_says_of_itself)
{
	static const char header[] = "---\ntitle: 'it''s'\ndate: 2022-01-05\ntags: [a b, c]\n---\n";
	char text[200];
	narc_front_matter_reader *reader = NULL;
	struct narc_front_matter read;

	snprintf(text, sizeof(text), "%sThe text\n---\n", header);
	ASSERT_OK(narc_front_matter_reader_new(&reader, NULL), NULL);
	for (size_t i = 0; i < 2; i++) {
		ASSERT_OK(read_matter(reader, text, &read), NULL);
		assert_string_equal(read.title, "it's");
		assert_string_equal(read.date, "2022-01-05");
		assert_string_equal(read.tags, "a b\nc");
		assert_string_equal(read.categories, "");
		assert_int_equal(read.size, strlen(header));
	}
	assert_int_equal(read_matter(reader, "no front matter\n", &read), NARC_NOT_FOUND);
	assert_int_equal(read_matter(reader, "", &read), NARC_NOT_FOUND);
	assert_string_equal(read.title, "it's");
	narc_front_matter_reader_free(reader);
	narc_front_matter_reader_free(NULL);
}

TEST(a_reader_knows_where_the_text_begins)
{
	static const struct {
		const char *header, *text;
	} posts[] = {
		{ "---\n---\n", "text" },
		{ "---\n---", "" },
		{ "---\r\ntitle: a\r\n---\r\n", "\r\ntext" },
		{ "\xef\xbb\xbf---\ntitle: a\n...\n", "text" },
		{ "---\ntitle: \"a\"b\"\n---\n", "text" },
		{ "---\ntitle: never closed\n", "<p>text</p>\n" },
		{ "---\ntitle: nothing else", "" },
	};
	narc_front_matter_reader *reader = NULL;
	struct narc_front_matter read;
	char text[100];

	ASSERT_OK(narc_front_matter_reader_new(&reader, NULL), NULL);
	for (size_t i = 0; i < COUNT_OF(posts); i++) {
		snprintf(text, sizeof(text), "%s%s", posts[i].header, posts[i].text);
		ASSERT_OK(read_matter(reader, text, &read), NULL);
		assert_int_equal(read.size, strlen(posts[i].header));
	}
	narc_front_matter_reader_free(reader);
}

TEST(a_title_ends_at_a_nul)
{
	narc_front_matter_reader *reader = NULL;
	struct narc_front_matter read;

	ASSERT_OK(narc_front_matter_reader_new(&reader, NULL), NULL);
	ASSERT_OK(read_matter(reader, "---\ntitle: \"a\\0b\"\n---\n", &read), NULL);
	assert_string_equal(read.title, "a");
	ASSERT_OK(read_matter(reader, "---\ntitle: >\n  folded\n  line\n---\n", &read), NULL);
	assert_string_equal(read.title, "folded line\n");
	narc_front_matter_reader_free(reader);
}

TEST(a_reader_says_in_which_line_front_matter_is_no_yaml)
{
	static const struct {
		const char *text;
		size_t line;
	} posts[] = {
		{ "---\ntitle: a: b\n---\n", 2 },
		{ "---\ntitle: a\ndate: 2022-01-05\ntags: [x\n---\n", 5 },
		{ "---\ntitle: a\ntags: *x\n---\n", 3 },
		{ "---\ntitle: a\nnote: \xc4\xe3\n---\n", 3 },
		{ "\xef\xbb\xbf---\ntitle: \"a\"b\"\n---\n", 2 },
		{ "---\n- a\n---\n", 2 },
		{ "---\nwords\n---\n", 2 },
		{ "---\ntitle: a\n? [b]\n: c\n---\n", 3 },
		{ "---\ntitle: never closed\n\nText\n", 1 },
	};
	narc_front_matter_reader *reader = NULL;
	struct narc_front_matter read;

	ASSERT_OK(narc_front_matter_reader_new(&reader, NULL), NULL);
	for (size_t i = 0; i < COUNT_OF(posts); i++) {
		ASSERT_OK(read_matter(reader, posts[i].text, &read), NULL);
		assert_non_null(read.problem);
		assert_true(strlen(read.problem) > 0);
		assert_int_equal(read.problem_line, posts[i].line);
		ASSERT_OK(read_matter(reader, "---\ntitle: a\n---\n", &read), NULL);
		assert_null(read.problem);
		assert_int_equal(read.problem_line, 0);
	}
	narc_front_matter_reader_free(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_title_leaves_date_and_categories_alone),
		cmocka_unit_test(a_title_with_quotes_that_are_not_escaped_leaves_date_and_categories_alone),
		cmocka_unit_test(an_empty_title_leaves_date_and_categories_alone),
		cmocka_unit_test(a_title_with_a_colon_leaves_date_and_categories_alone),
		cmocka_unit_test(a_title_with_a_backslash_leaves_date_and_categories_alone),
		cmocka_unit_test(a_title_with_an_emoji_leaves_date_and_categories_alone),
		cmocka_unit_test(a_title_with_signs_that_mean_something_in_yaml_leaves_date_and_categories_alone),
		cmocka_unit_test(a_title_with_a_nul_byte_leaves_date_and_categories_alone),
		cmocka_unit_test(a_title_of_invalid_utf_8_leaves_date_and_categories_alone),
		cmocka_unit_test(a_key_that_comes_twice_counts_the_last_time),
		cmocka_unit_test(keys_inside_of_other_keys_do_not_count),
		cmocka_unit_test(what_one_post_said_is_forgotten_at_the_next),
		cmocka_unit_test(categories_of_one_word_are_one),
		cmocka_unit_test(categories_between_spaces_are_several),
		cmocka_unit_test(categories_that_are_missing_or_empty_are_none),
		cmocka_unit_test(categories_in_a_flow_list_keep_their_spaces),
		cmocka_unit_test(categories_in_a_block_list_keep_their_spaces),
		cmocka_unit_test(categories_may_hold_parentheses_and_differ_by_case_alone),
		cmocka_unit_test(a_category_of_several_lines_is_one_name_without_line_ends),
		cmocka_unit_test(a_nul_ends_a_category),
		cmocka_unit_test(no_categories_are_kept_where_they_are_too_long_together),
		cmocka_unit_test(tags_are_read_as_categories_are),
		cmocka_unit_test(a_file_without_front_matter_is_no_post),
		cmocka_unit_test(an_empty_front_matter_makes_a_post),
		cmocka_unit_test(front_matter_that_is_never_closed_counts_up_to_the_text),
		cmocka_unit_test(a_rule_in_the_text_does_not_close_front_matter_of_dashes_and_words),
		cmocka_unit_test(lines_may_end_as_on_windows),
		cmocka_unit_test(a_byte_order_mark_may_stand_before_it),
		cmocka_unit_test(an_html_file_is_a_post_if_it_has_front_matter),
		cmocka_unit_test(only_files_that_may_be_posts_are_looked_into),
		cmocka_unit_test(a_symbolic_link_is_never_a_post),
		cmocka_unit_test(a_configuration_names_its_time_zone),
		cmocka_unit_test(a_date_with_a_zone_is_taken_as_it_stands),
		cmocka_unit_test(a_date_without_a_zone_or_with_an_unknown_one_has_none),
		cmocka_unit_test(a_date_may_have_no_seconds_or_no_time),
		cmocka_unit_test(a_date_that_is_none_leaves_it_to_the_file_name),
		cmocka_unit_test(a_file_name_without_a_date_leaves_it_to_the_infocode),
		cmocka_unit_test(an_infocode_without_a_date_leaves_it_to_the_modification_time),
		cmocka_unit_test(a_file_that_is_no_post_has_the_date_of_its_name_or_its_modification_time),
		cmocka_unit_test(a_reader_gives_what_a_post_says_of_itself),
		cmocka_unit_test(a_reader_knows_where_the_text_begins),
		cmocka_unit_test(a_title_ends_at_a_nul),
		cmocka_unit_test(a_reader_says_in_which_line_front_matter_is_no_yaml),
	};

	return cmocka_run_group_tests_name("front_matter", tests, NULL, close_matter);
}
