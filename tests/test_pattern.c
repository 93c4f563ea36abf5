/* SPDX-License-Identifier: BSD-2-Clause */
/* Which lines of a text a pattern matches, and where in them. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/find_lines.h"

static struct pattern *pattern;
static struct matcher *matcher;

static void compile(const struct pattern_options *options)
{
	struct narc_error error;

	matcher_free(matcher);
	pattern_free(pattern);
	matcher = NULL;
	pattern = NULL;
	ASSERT_OK(pattern_new(options, &pattern, &error), &error);
	ASSERT_OK(matcher_new(pattern, &matcher, &error), &error);
}

static void compile_one(const char *expression)
{
	compile(&(struct pattern_options){ .expressions = &expression, .count = 1 });
}

static int tear_down(void **state)
{
	(void)state;
	matcher_free(matcher);
	pattern_free(pattern);
	matcher = NULL;
	pattern = NULL;
	return 0;
}

static enum narc_status try_to_compile(const char *expression, bool is_fixed)
{
	struct pattern_options options = { .expressions = &expression, .count = 1,
					   .is_fixed = is_fixed };
	struct pattern *made = NULL;
	struct narc_error error = { 0 };
	enum narc_status status = pattern_new(&options, &made, &error);

	if (status != NARC_OK)
		ASSERT_ERROR_IS_TOLD(&error, status);
	pattern_free(made);
	return status;
}

/* The numbers of the lines found in a text, as "1 3 4". */
static char *lines_of(const char *text, size_t size, bool stays_in_lines, bool inverts)
{
	char *copy = malloc(size ? size : 1); /* of just this size, for sanitizers */
	struct line_search search = { .matcher = matcher,
				      .stays_in_lines = stays_in_lines,
				      .inverts = inverts,
				      .text = copy,
				      .size = size };
	static char numbers[1000];
	struct found_line line;
	struct narc_error error = { 0 };
	enum narc_status status;
	uint64_t count;
	size_t found = 0;

	memcpy(copy, text, size);
	numbers[0] = '\0';
	while ((status = find_line(&search, &line, &error)) == NARC_OK) {
		const char *start = copy + line.start;

		assert_true(line.start + line.size <= size);
		assert_null(memchr(start, '\n', line.size));
		assert_true(line.start == 0 || start[-1] == '\n');
		assert_true(line.start + line.size == size || start[line.size] == '\n');
		sprintf(numbers + strlen(numbers), found++ ? " %llu" : "%llu",
			(unsigned long long)line.number);
	}
	ASSERT_STATUS(status, NARC_END, &error);
	search = (struct line_search){ .matcher = matcher, .stays_in_lines = stays_in_lines,
				       .inverts = inverts, .text = copy, .size = size };
	ASSERT_OK(count_lines(&search, UINT64_MAX, &count, &error), &error);
	assert_int_equal(count, found);
	free(copy);
	return numbers;
}

/* The lines are these, searched one by one, and if that may be at once. */
static void assert_lines_of(const char *text, size_t size, const char *wanted)
{
	assert_string_equal(lines_of(text, size, false, false), wanted);
	if (pattern_stays_in_lines(pattern))
		assert_string_equal(lines_of(text, size, true, false), wanted);
}

static void assert_lines(const char *text, const char *wanted)
{
	assert_lines_of(text, strlen(text), wanted);
}

static void assert_other_lines(const char *text, const char *wanted)
{
	assert_string_equal(lines_of(text, strlen(text), false, true), wanted);
	if (pattern_stays_in_lines(pattern))
		assert_string_equal(lines_of(text, strlen(text), true, true), wanted);
}

/* ---- lines --------------------------------------------------------------------------- */

TEST(a_line_matches_if_the_pattern_is_in_it)
{
	compile_one("b");
	assert_true(pattern_stays_in_lines(pattern));
	assert_lines("a\nb\nab\nc\nbb", "2 3 5");
	assert_lines("b\n", "1");
	assert_lines("b", "1");
	assert_lines("\n\nb\n\n", "3");
	assert_lines("", "");
	assert_lines("a\n", "");
}

TEST(other_lines_are_all_that_do_not_match)
{
	compile_one("b");
	assert_other_lines("a\nb\nab\nc\nbb", "1 4");
	assert_other_lines("b\n", "");
	assert_other_lines("b\n\n", "2");
	assert_other_lines("", "");
	assert_other_lines("a", "1");
	assert_other_lines("\n", "1");
	assert_other_lines("b\na\nc\nb", "2 3");
}

TEST(what_matches_nothing_matches_every_line_and_no_more)
{
	static const char *const expressions[] = { "", "x*", "^", "$", "(?=)", "\\B|\\b" };

	for (size_t i = 0; i < COUNT_OF(expressions); i++) {
		compile_one(expressions[i]);
		assert_lines("a\nb\n", "1 2");
		assert_lines("a\n\nb", "1 2 3");
		assert_lines("\n", "1");
		assert_lines("", "");
		assert_other_lines("a\n\nb\n", "");
	}
}

TEST(beginnings_and_ends_are_those_of_lines)
{
	static const struct {
		const char *expression, *lines;
	} cases[] = {
		{ "^b", "2 3" },  { "b$", "2 4" },    { "^$", "5" },        { "\\Ab", "2 3" },
		{ "b\\z", "2 4" }, { "b\\Z", "2 4" }, { "\\bb\\b", "2" },   { "a(?!.)", "1 7" },
		{ "(?<!.)a", "1 4 6" }, { "(?<=a)b", "4" }, { "\\Gab", "4" }, { "^a$|^bc", "1 3" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		compile_one(cases[i].expression);
		assert_lines("a\nb\nbc\nab\n\nac\nca\n", cases[i].lines);
	}
}

TEST(nothing_matches_over_a_line_end)
{
	static const char *const expressions[] = {
		"a\\sb", "a[^x]b", "a(?s:.)b", "a\\Wb", "a\\R?b",
		"a\\x0ab", "a[\\n]b", "a\\X+b", "(?s)a.*c",
	};

	for (size_t i = 0; i < COUNT_OF(expressions); i++) {
		compile_one(expressions[i]);
		assert_false(pattern_stays_in_lines(pattern));
		assert_lines("a\nb\nc\n", "");
	}
	compile_one("a[^x]*+$");
	assert_lines("a b\nx\n", "1");
	compile_one("a[^x]*b");
	assert_lines("ab\na b\naxb\na\nb\n", "1 2");
}

TEST(only_plain_patterns_are_looked_for_in_many_lines_at_once)
{
	static const char *const plain[] = {
		"word", "\xe5\xad\x97", "a.c", "a|b", "(a)(?:b)", "[a-z]+", "[]a]", "[\\d.]",
		"\\d+", "\\w*", "\\[\\(\\?", "^a$", "a{2,3}?", "\\bx\\B", "[[a]",
	};
	static const char *const others[] = {
		"\\s", "[^a]", "(?=a)", "(?i)a", "(*UTF)a", "\\Qa\\E", "[[:space:]]", "[\\s]",
		"\\p{L}", "\\A", "[\t-z]", "\\Da",
	};

	for (size_t i = 0; i < COUNT_OF(plain); i++) {
		compile_one(plain[i]);
		assert_true(pattern_stays_in_lines(pattern));
	}
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		compile_one(others[i]);
		assert_false(pattern_stays_in_lines(pattern));
	}
}

TEST(at_once_and_one_by_one_find_the_same_in_any_text)
{
	static const char *const expressions[] = { "a", "ab|c", "a.b", "^a", "b$", "[a-c]{3}",
						   "\\w+", "\\bab", "a*$", "^(a|b)*$",
						   "\\Ba", "" };
	static const char letters[] = "aabbc.\n\n\xe5\xad\x97\xff";
	struct test_random random = { 91 };
	char text[40], wanted[1000];

	for (size_t i = 0; i < COUNT_OF(expressions); i++) {
		compile_one(expressions[i]);
		assert_true(pattern_stays_in_lines(pattern));
		for (size_t round = 0; round < 300; round++) {
			size_t size = random_next(&random) % sizeof(text);

			for (size_t k = 0; k < size; k++)
				text[k] = letters[random_next(&random) % (sizeof(letters) - 1)];
			for (int inverts = 0; inverts < 2; inverts++) {
				strcpy(wanted, lines_of(text, size, false, inverts));
				assert_string_equal(lines_of(text, size, true, inverts), wanted);
			}
		}
	}
}

/* ---- characters ------------------------------------------------------------------------- */

TEST(one_chinese_character_is_found)
{
	compile_one("\xe6\xb5\x8e");
	assert_lines("\xe7\xbb\x8f\xe6\xb5\x8e\n\xe7\xbb\x8f\n", "1");
	compile_one("^..$");
	assert_lines("\xe7\xbb\x8f\xe6\xb5\x8e\n\xe7\xbb\x8f\n", "1");
	compile_one("[\xe4\xb8\x80-\xe9\xbe\xa5]{2}");
	assert_lines("\xe7\xbb\x8f\xe6\xb5\x8e\n\xe7\xbb\x8f\n", "1");
}

TEST(bytes_that_are_not_utf_8_match_nothing_and_do_no_harm)
{
	compile_one("a.?b");
	assert_lines("\xff\nab\xff\n\xe5\xadgab\na\xff" "b\n\x80\x80\xc0\xaf\nab", "2 3 6");
	compile_one("\xe5\xad\x97");
	assert_lines("\xe5\xad\n\xe5\xad\x97\n\xad\x97\xe5\xad\x97\xe5", "2 3");
	compile_one("^.*$");
	assert_lines("a\n\xe5\xad\nb", "1 3");
	assert_other_lines("a\n\xe5\xad\nb", "2");
}

/* PCRE2 knows a mark at the start by which it does without machine code. */
TEST(machine_code_finds_what_is_found_without_it_in_any_bytes)
{
	static const char *const expressions[] = {
		"a", "\xe5\xad\x97", "[^a]b", "a.*b", "\\w+\\s", "^.$", "(?i)\xc3\xa4",
		"\\bb", "(a|\xe5\xad\x97)+$", "(?<=a).", "(?<!\xe5\xad\x97)b", "\\p{L}{2}",
		"[\xe4\xb8\x80-\xe9\xbe\xa5]",
	};
	static const char letters[] = "aabb\n \xe5\xad\x97\xe5\xad\x97\xc3\xa4\x84\xff"
				      "\xf0\x9f\x98\x80";
	struct test_random random = { 92 };
	char text[40], wanted[1000], slow[100];

	for (size_t i = 0; i < COUNT_OF(expressions); i++)
		for (size_t round = 0; round < 1000; round++) {
			size_t size = random_below(&random, sizeof(text));

			for (size_t k = 0; k < size; k++)
				text[k] = letters[random_below(&random, sizeof(letters) - 1)];
			snprintf(slow, sizeof(slow), "(*NO_JIT)%s", expressions[i]);
			compile_one(slow);
			strcpy(wanted, lines_of(text, size, false, false));
			compile_one(expressions[i]);
			assert_lines_of(text, size, wanted);
		}
}

TEST(case_is_unicodes)
{
	const char *expression = "\xc3\x84pfel";
	struct pattern_options options = { .expressions = &expression, .count = 1 };

	compile(&options);
	assert_lines("\xc3\xa4pfel\n\xc3\x84pfel\n\xc3\x84PFEL\n", "2");
	options.ignores_case = true;
	compile(&options);
	assert_lines("\xc3\xa4pfel\n\xc3\x84pfel\n\xc3\x84PFEL\n", "1 2 3");
}

TEST(smart_case_ignores_it_unless_a_capital_letter_is_asked_for)
{
	static const struct {
		const char *expression, *lines;
		bool is_fixed;
	} cases[] = {
		{ "ab", "1 2", false },     { "Ab", "2", false },   { "\\Bb", "1 2", false },
		{ "\xc3\x84", "3", false }, { "\xc3\xa4", "3", false }, { "a\\B", "", true },
		{ "AB", "", true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		compile(&(struct pattern_options){ .expressions = &cases[i].expression,
						   .count = 1,
						   .is_smart = true,
						   .is_fixed = cases[i].is_fixed });
		assert_lines("ab\nAb\n\xc3\x84\n", cases[i].lines);
	}
}

/* ---- options ------------------------------------------------------------------------------ */

TEST(fixed_strings_are_taken_as_they_stand)
{
	static const char *const strings[] = { "a.b", "(", "[", "\\d", "^$",
					       "a|b", "{1}", "\\E", "#", "*" };

	for (size_t i = 0; i < COUNT_OF(strings); i++) {
		char text[100];

		compile(&(struct pattern_options){ .expressions = &strings[i], .count = 1,
						   .is_fixed = true });
		assert_true(pattern_stays_in_lines(pattern));
		snprintf(text, sizeof(text), "axb\n\n7\n%s\nb\na\n", strings[i]);
		assert_lines(text, "4");
	}
}

TEST(any_of_several_patterns_will_do)
{
	const char *expressions[] = { "(a)\\1", "(b)\\1", "c|d" };
	struct pattern_options options = { .expressions = expressions, .count = 3 };

	compile(&options);
	assert_lines("a\naa\nbb\nab\nd\n", "2 3 5");
	options.is_fixed = true;
	compile(&options);
	assert_lines("aa\nc|d\n(b)\\1\n", "2 3");
	expressions[2] = "";
	compile(&options);
	assert_lines("x\ny\n", "1 2");
}

static enum narc_status try_two(const char *first, const char *second, struct narc_error *error)
{
	const char *const two[] = { first, second };
	struct pattern *made = NULL;
	enum narc_status status =
		pattern_new(&(struct pattern_options){ .expressions = two, .count = 2 }, &made, error);

	pattern_free(made);
	return status;
}

/* The lines that the two match, in both orders. */
static void assert_lines_of_two(const char *first, const char *second, const char *text,
				const char *wanted)
{
	const char *const orders[][2] = { { first, second }, { second, first } };

	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		compile(&(struct pattern_options){ .expressions = orders[i], .count = 2 });
		assert_lines(text, wanted);
	}
}

TEST(what_one_of_several_patterns_says_of_itself_holds_for_no_other)
{
	assert_lines_of_two("a\\Qb.", "c.", "cx\nab.\nabx\nab.|c.)\n", "1 2 4");
	assert_lines_of_two("(?x) a  # a comment", "b b", "a\nb b\nbb\n", "1 2");
	assert_lines_of_two("(?i)a", "b", "A\nB\nb\n", "1 3");
	assert_lines_of_two("(a)\\1", "(b)\\1", "aa\nab\nbb\n", "1 3");
	assert_lines_of_two("(?<letter>a)\\k<letter>", "(?<letter>b)\\k<letter>", "aa\nab\nbb\n",
			    "1 3");
}

TEST(patterns_that_cannot_be_one_are_told)
{
	static const char *const expressions[] = {
		"(*UTF)a",  "a(*COMMIT)b", "a(*:NAME)b",    "x(?R)?y",	    "(x)(?1)", "(x)(?-1)",
		"(x)\\g<1>", "(x)\\g'1'",	   "(?<n>x)(?&n)", "(?<n>x)(?P>n)",
	};

	for (size_t i = 0; i < COUNT_OF(expressions); i++) {
		struct narc_error error = { 0 };

		compile_one(expressions[i]);
		assert_int_equal(try_two(expressions[i], "z", &error), NARC_MISUSE);
		assert_non_null(strstr(error.message, expressions[i]));
		assert_int_equal(try_two("z", expressions[i], &error), NARC_MISUSE);
	}
}

TEST(what_looks_like_a_verb_or_a_call_is_none)
{
	assert_lines_of_two("a\\(*B", "(?:b)(?-i)c(?=d)", "a((B\nbcd\nbc\n", "1 2");
	assert_lines_of_two("\\Q(*A)(?R)\\Ex", "(*atomic:a+)b", "(*A)(?R)x\naab\n(?R)\n", "1 2");
}

TEST(a_whole_word_has_no_letter_on_either_side)
{
	const char *expressions[] = { "ab|a", "\xe5\xad\x97" };
	struct pattern_options options = { .expressions = expressions, .count = 2,
					   .is_whole_words = true };

	compile(&options);
	assert_lines("ab\nabc\n-a-\nxa\na1\n\xe5\xad\x97\n\xe5\xad\x97\xe5\xad\x97\n"
		     "(\xe5\xad\x97)\n",
		     "1 3 6 8");
}

TEST(what_is_no_pattern_is_told)
{
	static const char *const wrong[] = { "(", "a)", "[a", "*", "a{2,1}", "\\",
					     "(?<a", "\\C", "\xff", "a\nb", "a\\nb", "(?<=a*)" };

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(try_to_compile(wrong[i], false), NARC_MISUSE);
	assert_int_equal(try_to_compile("a\nb", true), NARC_MISUSE);
	assert_int_equal(try_to_compile("\xff", true), NARC_MISUSE);
	assert_int_equal(try_to_compile("a\\nb", true), NARC_OK);
	assert_int_equal(try_to_compile("[^\\n]", false), NARC_OK);
	assert_int_equal(try_to_compile("a\\\\nb", false), NARC_OK);
}

TEST(one_of_several_that_is_no_pattern_is_told)
{
	const char *expressions[] = { "a)", "(b" };
	struct pattern_options options = { .expressions = expressions, .count = 2 };
	struct narc_error error;
	struct pattern *made = NULL;

	ASSERT_STATUS(pattern_new(&options, &made, &error), NARC_MISUSE, &error);
	assert_non_null(strstr(error.message, "a)"));
}

TEST(a_pattern_that_takes_too_long_is_given_up)
{
	char text[4000];
	struct match match;
	struct narc_error error = { 0 };

	memset(text, 'a', sizeof(text));
	compile_one("(a+)+(a+)+(a+)+b?$(?<=b)");
	ASSERT_STATUS(matcher_find(matcher, text, sizeof(text), 0, &match, &error), NARC_LIMIT,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_LIMIT);
	compile_one("(?:(a|b)(?1)?)*c");
	assert_int_not_equal(matcher_find(matcher, text, sizeof(text), 0, &match, &error), NARC_OK);
}

/* ---- where in a line ------------------------------------------------------------------------ */

/* The places found, as "0-1 3-4". */
static const char *places_of(const char *line)
{
	static char places[200];
	struct match match = { 0, 0 };
	struct narc_error error = { 0 };
	enum narc_status status;

	places[0] = '\0';
	while ((status = find_in_line(matcher, line, strlen(line), match.end, &match, &error)) ==
	       NARC_OK)
		sprintf(places + strlen(places), places[0] ? " %zu-%zu" : "%zu-%zu", match.start,
			match.end);
	ASSERT_STATUS(status, NARC_END, &error);
	return places;
}

TEST(all_places_in_a_line_are_found)
{
	compile_one("a+");
	assert_string_equal(places_of("aabaxa"), "0-2 3-4 5-6");
	assert_string_equal(places_of(""), "");
	compile_one("^a");
	assert_string_equal(places_of("aaa"), "0-1");
	compile_one("\xe5\xad\x97");
	assert_string_equal(places_of("\xe5\xad\x97\xe5\xad\x97"), "0-3 3-6");
}

TEST(places_where_nothing_is_matched_are_none)
{
	compile_one("x*");
	assert_string_equal(places_of("axxb\xe5\xad\x97x"), "1-3 7-8");
	compile_one("(?=a)|$");
	assert_string_equal(places_of("\xe5\xad\x97" "a\xff\x80"), "");
	compile_one("a\\Kb");
	assert_string_equal(places_of("abab"), "1-2 3-4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_matches_if_the_pattern_is_in_it),
		cmocka_unit_test(other_lines_are_all_that_do_not_match),
		cmocka_unit_test(what_matches_nothing_matches_every_line_and_no_more),
		cmocka_unit_test(beginnings_and_ends_are_those_of_lines),
		cmocka_unit_test(nothing_matches_over_a_line_end),
		cmocka_unit_test(only_plain_patterns_are_looked_for_in_many_lines_at_once),
		cmocka_unit_test(at_once_and_one_by_one_find_the_same_in_any_text),
		cmocka_unit_test(one_chinese_character_is_found),
		cmocka_unit_test(bytes_that_are_not_utf_8_match_nothing_and_do_no_harm),
		cmocka_unit_test(machine_code_finds_what_is_found_without_it_in_any_bytes),
		cmocka_unit_test(case_is_unicodes),
		cmocka_unit_test(smart_case_ignores_it_unless_a_capital_letter_is_asked_for),
		cmocka_unit_test(fixed_strings_are_taken_as_they_stand),
		cmocka_unit_test(any_of_several_patterns_will_do),
		cmocka_unit_test(what_one_of_several_patterns_says_of_itself_holds_for_no_other),
		cmocka_unit_test(patterns_that_cannot_be_one_are_told),
		cmocka_unit_test(what_looks_like_a_verb_or_a_call_is_none),
		cmocka_unit_test(a_whole_word_has_no_letter_on_either_side),
		cmocka_unit_test(what_is_no_pattern_is_told),
		cmocka_unit_test(one_of_several_that_is_no_pattern_is_told),
		cmocka_unit_test(a_pattern_that_takes_too_long_is_given_up),
		cmocka_unit_test(all_places_in_a_line_are_found),
		cmocka_unit_test(places_where_nothing_is_matched_are_none),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, tear_down);
}
