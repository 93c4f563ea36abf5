/* SPDX-License-Identifier: BSD-2-Clause */
/* Shingles, sketches, and posts that have something in common. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "survey/groups.h"
#include "survey/shingles.h"

/* ---- shingles ------------------------------------------------------------------------------ */

enum { SHINGLES_MOST = 256 };

struct taken {
	uint64_t hashes[SHINGLES_MOST];
	size_t count;
};

static void take(void *context, uint64_t hash)
{
	struct taken *taken = context;

	assert_true(taken->count < SHINGLES_MOST);
	taken->hashes[taken->count++] = hash;
}

/* Of a copy of just this size, for sanitizers. */
static struct taken shingles_of(const char *text, bool has_markup)
{
	struct taken taken = { .count = 0 };
	size_t size = strlen(text), count;
	char *copy = malloc(size ? size : 1);

	memcpy(copy, text, size);
	count = shingles_take(copy, size, has_markup, take, &taken);
	assert_int_equal(count, taken.count);
	free(copy);
	return taken;
}

static void assert_same_shingles(const char *text, const char *plain)
{
	struct taken left = shingles_of(text, true), right = shingles_of(plain, false);

	if (left.count != right.count)
		print_error("\"%s\": %zu instead of %zu\n", text, left.count, right.count);
	assert_int_equal(left.count, right.count);
	assert_memory_equal(left.hashes, right.hashes, left.count * sizeof(*left.hashes));
}

TEST(a_shingle_begins_at_each_word_that_three_follow)
{
	assert_int_equal(shingles_of("", false).count, 0);
	assert_int_equal(shingles_of("one two three", false).count, 0);
	assert_int_equal(shingles_of("one two three four", false).count, 1);
	assert_int_equal(shingles_of("one two three four five", false).count, 2);
	assert_int_equal(shingles_of("今天的经济", false).count, 2);
	assert_int_equal(shingles_of("GDP增长5个", false).count, 2);
	assert_int_equal(shingles_of("\xff\xfe a \x80 b c\xe5 d \xed\xa0\x80", false).count, 1);
}

TEST(signs_and_capitals_make_no_other_shingles)
{
	assert_same_shingles("One, two -- THREE; (four)!", "one two three four");
	assert_same_shingles("今天，的“经济”。", "今天的经济");
	assert_same_shingles("今天\n的  经\t济", "今天的经济");
}

TEST(other_words_or_another_order_make_other_shingles)
{
	struct taken left = shingles_of("one two three four", false);
	struct taken other = shingles_of("one two four three", false);
	struct taken joined = shingles_of("onetwo three four five", false);

	assert_true(left.hashes[0] != other.hashes[0]);
	assert_true(left.hashes[0] != joined.hashes[0]);
}

TEST(what_is_not_seen_makes_no_shingles)
{
	static const char plain[] = "one two three four five";

	assert_same_shingles("<p class=\"a b\">one <b>two</b>\nthree</p> four five", plain);
	assert_same_shingles("one <script>var a, b;</script> two three four <STYLE>p {}</STYLE>five",
			     plain);
	assert_same_shingles("one <!-- not > seen --> two three&nbsp;four&amp; five", plain);
	assert_same_shingles("one [two](http://a.example/b?c=d) three four five", plain);
	assert_same_shingles("<http://a.example/x> one two three https://b.example/y four five",
			     plain);
	assert_same_shingles("one two three four five <img src=\"data:image/png;base64,AAAA\"/>", plain);
	assert_same_shingles("one two three four five <script>never closed", plain);
}

TEST(what_only_looks_like_markup_is_text)
{
	assert_same_shingles("1 < 2 three four five", "1 2 three four five");
	assert_same_shingles("a<b two three four", "a b two three four");
	assert_same_shingles("R&D two three four five", "R D two three four five");
	assert_same_shingles("one [two] (three) four five](six", "one two three four five six");
}

TEST(markup_that_never_ends_takes_no_longer_than_other_text)
{
	const size_t size = 4 << 20;
	char *text = malloc(size);
	struct sketch sketch;

	/* By the square, each would take hours. */
	for (size_t i = 0; i < size; i++)
		text[i] = "<a"[i % 2];
	assert_true(sketch_make(text, size, true, &sketch));
	for (size_t i = 0; i < size; i++)
		text[i] = "](x "[i % 4];
	assert_true(sketch_make(text, size, true, &sketch));
	for (size_t i = 0; i < size; i++)
		text[i] = "&a  "[i % 4];
	assert_true(sketch_make(text, size, true, &sketch));
	free(text);
}

/* ---- sketches ------------------------------------------------------------------------------ */

enum { TEXT_SIZE = 16384 };

/* Puts words that look random, from one on. */
static void put_words(char *text, unsigned from, unsigned count)
{
	text += strlen(text);
	for (unsigned i = from; i < from + count; i++) {
		struct test_random random = { .state = i };

		text += sprintf(text, "%llx ", (unsigned long long)(random_next(&random) >> 40));
	}
}

static struct sketch sketch_of(const char *text)
{
	struct sketch sketch;

	assert_true(sketch_make(text, strlen(text), true, &sketch));
	return sketch;
}

TEST(a_text_of_few_words_has_no_sketch)
{
	char text[TEXT_SIZE] = "";
	struct sketch sketch;

	put_words(text, 0, SKETCH_SHINGLES_LEAST + 2);
	assert_false(sketch_make(text, strlen(text), true, &sketch));
	assert_false(sketch_make("", 0, true, &sketch));
	put_words(text, 500, 1);
	assert_true(sketch_make(text, strlen(text), true, &sketch));
}

TEST(the_same_text_has_the_same_sketch_whatever_its_markup)
{
	char text[TEXT_SIZE] = "", marked[TEXT_SIZE] = "<div><p>";
	struct sketch left, right;

	put_words(text, 0, 40);
	put_words(marked, 0, 40);
	strcat(marked, "</p></div>");
	left = sketch_of(text);
	right = sketch_of(marked);
	assert_memory_equal(&left, &right, sizeof(left));
	assert_int_equal(sketch_resemblance(&left, &right), 100);
}

/* The mean resemblance of texts that have so many of their 400 words in common, at their start. */
static unsigned mean_resemblance(unsigned common)
{
	enum { ROUNDS = 200, WORDS = 400 };
	unsigned sum = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		char left[TEXT_SIZE] = "", right[TEXT_SIZE] = "";
		const unsigned from = i * 10000;
		struct sketch a, b;

		put_words(left, from, WORDS);
		put_words(right, from, common);
		put_words(right, from + 5000, WORDS - common);
		a = sketch_of(left);
		b = sketch_of(right);
		sum += sketch_resemblance(&a, &b);
	}
	return sum / ROUNDS;
}

TEST(resemblance_is_the_share_that_texts_have_in_common)
{
	/* 397 shingles each, of which n are the same: n / (794 - n). */
	assert_in_range(mean_resemblance(400), 100, 100);
	assert_in_range(mean_resemblance(360), 77, 85); /* 0.81 */
	assert_in_range(mean_resemblance(200), 29, 37); /* 0.33 */
	assert_in_range(mean_resemblance(0), 0, 2);
}

/* ---- groups -------------------------------------------------------------------------------- */

static struct surveyed_post post_of(const char *text, uint64_t code, uint32_t category, int32_t day)
{
	struct surveyed_post post = { .row = 1, .code = code, .category = category, .day = day,
				      .size = strlen(text) };
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		post.hash = (post.hash ^ (unsigned char)text[i]) * 0x100000001b3;
	if (sketch_make(text, size, true, &post.sketch))
		post.category |= SURVEYED_HAS_SKETCH;
	return post;
}

/* A story of 200 words; its last words are others if edit is not 0. */
static struct surveyed_post story(unsigned number, unsigned edit, uint64_t code, uint32_t category,
				  int32_t day)
{
	char text[TEXT_SIZE] = "";

	put_words(text, number * 10000, edit ? 190 : 200);
	if (edit)
		put_words(text, number * 10000 + 1000 * edit, 10);
	return post_of(text, code, category, day);
}

/* "0,2 1,3": the members of each group; with "*" behind those of several categories. */
static const char *shown(const struct post_groups *groups)
{
	static char text[1024];
	size_t size = 0;

	*text = '\0';
	for (size_t i = 0; i < groups->count; i++) {
		const struct post_group *group = &groups->groups[i];

		for (uint32_t k = 0; k < group->count; k++)
			size += (size_t)sprintf(text + size, "%s%u", k ? "," : i ? " " : "",
						groups->members[group->first + k]);
		size += (size_t)sprintf(text + size, "%s",
					group->has_several_categories ? "*" : "");
	}
	return text;
}

typedef enum narc_status (*group_fn)(const struct surveyed_post *, uint32_t, struct post_groups *,
				     struct narc_error *);

static void assert_groups(group_fn group, const struct surveyed_post *posts, uint32_t count,
			  const char *wanted)
{
	struct post_groups groups = { .count = 0 };
	struct narc_error error;

	ASSERT_OK(group(posts, count, &groups, &error), &error);
	assert_string_equal(shown(&groups), wanted);
	post_groups_free(&groups);
}

TEST(equal_contents_are_grouped_and_those_that_take_the_most_come_first)
{
	const struct surveyed_post posts[] = {
		post_of("short", 1, 1, 0),      post_of("a longer one", 2, 1, 1),
		post_of("short", 3, 1, 2),      post_of("alone", 4, 1, 3),
		post_of("a longer one", 5, 2, 4), post_of("a longer one", 6, 2, 5),
	};
	struct post_groups groups = { .count = 0 };

	assert_groups(group_by_content, posts, COUNT_OF(posts), "1,4,5* 0,2");
	ASSERT_OK(group_by_content(posts, COUNT_OF(posts), &groups, NULL), NULL);
	assert_int_equal(groups.posts, 5);
	assert_int_equal(groups.spare_size, 2 * strlen("a longer one") + strlen("short"));
	assert_int_equal(groups.differing, 0);
	assert_int_equal(groups.groups[0].days, 5);
	post_groups_free(&groups);
	assert_groups(group_by_content, posts, 0, "");
}

TEST(codes_with_several_contents_come_before_others)
{
	const struct surveyed_post posts[] = {
		post_of("a", 7, 1, 0), post_of("a", 7, 1, 1), post_of("b", 8, 1, 2),
		post_of("c", 8, 1, 3), post_of("d", 0, 1, 4), post_of("e", 0, 1, 5),
	};

	assert_groups(group_by_code, posts, COUNT_OF(posts), "2,3 0,1");
}

TEST(similar_texts_of_different_posts_are_grouped_first_those_of_several_categories)
{
	const struct surveyed_post posts[] = {
		story(1, 0, 1, 1, 0),  story(2, 0, 2, 1, 1),   story(1, 1, 3, 1, 2),
		story(3, 0, 4, 1, 3),  story(2, 1, 5, 2, 30),  story(4, 0, 6, 1, 31),
		story(4, 1, 7, 2, 32),
	};

	assert_groups(group_by_text, posts, COUNT_OF(posts), "5,6* 1,4* 0,2");
}

TEST(versions_and_copies_of_one_post_are_no_story_of_several)
{
	const struct surveyed_post posts[] = {
		story(1, 0, 1, 1, 0), story(1, 1, 1, 1, 1), /* one code */
		story(2, 0, 2, 1, 2), story(2, 0, 3, 1, 3), /* one content */
		story(3, 0, 4, 1, 4), story(3, 1, 4, 1, 5), story(3, 2, 5, 1, 6),
		story(4, 0, 0, 1, 7), story(4, 1, 0, 1, 8), /* no codes */
	};

	assert_groups(group_by_text, posts, COUNT_OF(posts), "4,5,6 7,8");
}

TEST(short_posts_are_in_no_group_of_similar_texts)
{
	const struct surveyed_post posts[] = { post_of("a b c d e f", 1, 1, 0),
					       post_of("a b c d e f g", 2, 1, 0) };

	assert_groups(group_by_text, posts, COUNT_OF(posts), "");
}

/* A post with a sketch of these bytes. */
static struct surveyed_post made_post(uint64_t number, const struct sketch *sketch)
{
	return (struct surveyed_post){ .hash = number + 1, .code = number + 1, .size = 1,
				       .category = 1 | SURVEYED_HAS_SKETCH, .sketch = *sketch };
}

TEST(a_hundred_thousand_equal_texts_are_one_group_at_once)
{
	enum { POSTS = 100000 };
	struct surveyed_post *posts = calloc(POSTS, sizeof(*posts));
	const struct sketch sketch = { { 1, 2, 3 } };
	struct post_groups groups = { .count = 0 };

	for (size_t i = 0; i < POSTS; i++)
		posts[i] = made_post(i, &sketch);
	ASSERT_OK(group_by_text(posts, POSTS, &groups, NULL), NULL);
	assert_int_equal(groups.count, 1);
	assert_int_equal(groups.groups[0].count, POSTS);
	assert_int_equal(groups.cut_buckets, 0);
	post_groups_free(&groups);
	free(posts);
}

TEST(a_hundred_thousand_nearly_equal_texts_are_one_group_soon)
{
	enum { POSTS = 100000 };
	struct surveyed_post *posts = calloc(POSTS, sizeof(*posts));
	struct post_groups groups = { .count = 0 };

	for (size_t i = 0; i < POSTS; i++) {
		struct sketch sketch = { { 0 } };

		for (unsigned byte = 0; byte < 3; byte++)
			sketch.minima[byte] = (uint8_t)(i >> 8 * byte);
		posts[i] = made_post(i, &sketch);
	}
	ASSERT_OK(group_by_text(posts, POSTS, &groups, NULL), NULL);
	assert_int_equal(groups.count, 1);
	assert_int_equal(groups.groups[0].count, POSTS);
	assert_int_equal(groups.cut_buckets, 0);
	post_groups_free(&groups);
	free(posts);
}

TEST(texts_that_only_fall_into_one_bucket_are_bounded_and_that_is_said)
{
	enum { POSTS = 100000 };
	struct surveyed_post *posts = calloc(POSTS, sizeof(*posts));
	struct test_random random = { .state = 1 };
	struct post_groups groups = { .count = 0 };

	for (size_t i = 0; i < POSTS; i++) {
		struct sketch sketch = { { 9, 9, 9, 9 } }; /* the first band, and no other */

		for (unsigned byte = 4; byte < SKETCH_SIZE; byte++)
			sketch.minima[byte] = (uint8_t)random_next(&random);
		posts[i] = made_post(i, &sketch);
	}
	ASSERT_OK(group_by_text(posts, POSTS, &groups, NULL), NULL);
	assert_int_equal(groups.count, 0);
	assert_int_equal(groups.cut_buckets, 1);
	post_groups_free(&groups);
	free(posts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shingle_begins_at_each_word_that_three_follow),
		cmocka_unit_test(signs_and_capitals_make_no_other_shingles),
		cmocka_unit_test(other_words_or_another_order_make_other_shingles),
		cmocka_unit_test(what_is_not_seen_makes_no_shingles),
		cmocka_unit_test(what_only_looks_like_markup_is_text),
		cmocka_unit_test(markup_that_never_ends_takes_no_longer_than_other_text),
		cmocka_unit_test(a_text_of_few_words_has_no_sketch),
		cmocka_unit_test(the_same_text_has_the_same_sketch_whatever_its_markup),
		cmocka_unit_test(resemblance_is_the_share_that_texts_have_in_common),
		cmocka_unit_test(equal_contents_are_grouped_and_those_that_take_the_most_come_first),
		cmocka_unit_test(codes_with_several_contents_come_before_others),
		cmocka_unit_test(similar_texts_of_different_posts_are_grouped_first_those_of_several_categories),
		cmocka_unit_test(versions_and_copies_of_one_post_are_no_story_of_several),
		cmocka_unit_test(short_posts_are_in_no_group_of_similar_texts),
		cmocka_unit_test(a_hundred_thousand_equal_texts_are_one_group_at_once),
		cmocka_unit_test(a_hundred_thousand_nearly_equal_texts_are_one_group_soon),
		cmocka_unit_test(texts_that_only_fall_into_one_bucket_are_bounded_and_that_is_said),
	};

	return cmocka_run_group_tests_name("survey_texts", tests, NULL, NULL);
}
