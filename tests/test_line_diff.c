/* SPDX-License-Identifier: BSD-2-Clause */
/* What has to be done to a text to make another one of it. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/line_diff.h"

enum { LIMIT = 100 };

typedef bool (*split_fn)(const char *text, size_t size, struct pieces *pieces);

/* The edits as text: " kept", "-removed", "+added", without line ends. */
static const char *edits_of(split_fn split, const char *old, const char *new, size_t limit)
{
	static char shown[8192];
	struct pieces pieces[2] = { { .list = NULL }, { .list = NULL } };
	struct edits edits = { .list = NULL };
	size_t size = 0;

	assert_true(split(old, strlen(old), &pieces[0]));
	assert_true(split(new, strlen(new), &pieces[1]));
	assert_true(diff_pieces(&pieces[0], &pieces[1], limit, &edits));
	*shown = '\0';
	for (size_t i = 0; i < edits.count; i++) {
		const struct edit *edit = &edits.list[i];
		bool is_new = edit->kind == EDIT_ADD;

		for (size_t j = 0; j < edit->count; j++) {
			const struct piece *piece =
				&pieces[is_new].list[(is_new ? edit->new : edit->old) + j];

			size += (size_t)sprintf(shown + size, "%c%.*s", " -+"[edit->kind],
						(int)strcspn(piece->text, "\n") < (int)piece->size
							? (int)strcspn(piece->text, "\n")
							: (int)piece->size,
						piece->text);
		}
	}
	if (edits.is_coarse)
		strcat(shown, " (coarse)");
	edits_free(&edits);
	pieces_free(&pieces[0]);
	pieces_free(&pieces[1]);
	return shown;
}

static const char *lines(const char *old, const char *new)
{
	return edits_of(split_lines, old, new, LIMIT);
}

TEST(texts_that_are_the_same_have_nothing_to_be_done)
{
	assert_string_equal(lines("", ""), "");
	assert_string_equal(lines("a\nb\n", "a\nb\n"), " a b");
}

TEST(lines_are_removed_and_added_in_the_order_of_the_text)
{
	assert_string_equal(lines("a\nb\nc\n", "a\nx\nc\n"), " a-b+x c");
	assert_string_equal(lines("", "a\n"), "+a");
	assert_string_equal(lines("a\n", ""), "-a");
	assert_string_equal(lines("a\nb\n", "b\n"), "-a b");
	assert_string_equal(lines("a\n", "a\nb\n"), " a+b");
	assert_string_equal(lines("a\nb\n", "c\nd\n"), "-a-b+c+d");
}

TEST(a_line_end_at_the_end_makes_a_difference)
{
	assert_string_equal(lines("a\nb", "a\nb\n"), " a-b+b");
}

TEST(the_edits_are_the_fewest)
{
	assert_string_equal(lines("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n"),
			    "-a-b c+b a b-b a+c");
}

TEST(words_are_runs_of_letters_and_characters_beyond_ascii_stand_alone)
{
	assert_string_equal(edits_of(split_words, "in 2024, ok", "in 2025, ok", LIMIT),
			    " in  -2024+2025 ,   ok");
	assert_string_equal(edits_of(split_words, "今天晴", "今天阴", LIMIT), " 今 天-晴+阴");
	assert_string_equal(edits_of(split_words, "a\xff", "a\xfe", LIMIT), " a-\xff+\xfe");
}

TEST(texts_with_more_edits_than_the_limit_are_replaced_as_a_whole)
{
	assert_string_equal(edits_of(split_lines, "k\na\nb\nc\nk\n", "k\nx\nb\nz\nk\n", 3),
			    " k-a-b-c+x+b+z k (coarse)");
	assert_string_equal(edits_of(split_lines, "a\n", "b\n", 2), "-a+b");
}

/* Makes the new text of the old one by the edits, and counts these. */
static size_t apply(const struct edits *edits, const struct pieces *old, const struct pieces *new,
		    char *out)
{
	size_t x = 0, count = 0, size = 0;

	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->list[i];
		const struct piece *pieces = edit->kind == EDIT_ADD ? new->list + edit->new
								    : old->list + edit->old;

		for (size_t j = 0; j < edit->count && edit->kind != EDIT_REMOVE; j++) {
			memcpy(out + size, pieces[j].text, pieces[j].size);
			size += pieces[j].size;
		}
		assert_true(edit->kind == EDIT_ADD || edit->old == x);
		x += edit->kind == EDIT_ADD ? 0 : edit->count;
		count += edit->kind == EDIT_KEEP ? 0 : edit->count;
	}
	assert_int_equal(x, old->count);
	out[size] = '\0';
	return count;
}

/* The length of the longest common subsequence, by the square of the sizes. */
static size_t common_length(const char *a, const char *b)
{
	size_t lengths[64][64] = { { 0 } };
	size_t a_size = strlen(a), b_size = strlen(b);

	for (size_t i = 1; i <= a_size; i++)
		for (size_t j = 1; j <= b_size; j++) {
			size_t up = lengths[i - 1][j], left = lengths[i][j - 1];

			lengths[i][j] = a[i - 1] == b[j - 1] ? lengths[i - 1][j - 1] + 1
					: up > left	     ? up
							     : left;
		}
	return lengths[a_size][b_size];
}

TEST(of_random_texts_the_edits_make_the_other_and_are_the_fewest)
{
	struct test_random random = { 7 };

	for (int round = 0; round < 2000; round++) {
		char texts[2][64] = { "", "" }, made[128];
		struct pieces pieces[2] = { { .list = NULL }, { .list = NULL } };
		struct edits edits = { .list = NULL };

		for (int side = 0; side < 2; side++) {
			size_t size = random_below(&random, 40);

			for (size_t i = 0; i < size; i++)
				texts[side][i] = "!#$%"[random_below(&random, 4)];
			assert_true(split_words(texts[side], size, &pieces[side]));
		}
		assert_true(diff_pieces(&pieces[0], &pieces[1], LIMIT, &edits));
		assert_int_equal(apply(&edits, &pieces[0], &pieces[1], made),
				 strlen(texts[0]) + strlen(texts[1]) -
					 2 * common_length(texts[0], texts[1]));
		assert_string_equal(made, texts[1]);
		edits_free(&edits);
		pieces_free(&pieces[0]);
		pieces_free(&pieces[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_that_are_the_same_have_nothing_to_be_done),
		cmocka_unit_test(lines_are_removed_and_added_in_the_order_of_the_text),
		cmocka_unit_test(a_line_end_at_the_end_makes_a_difference),
		cmocka_unit_test(the_edits_are_the_fewest),
		cmocka_unit_test(words_are_runs_of_letters_and_characters_beyond_ascii_stand_alone),
		cmocka_unit_test(texts_with_more_edits_than_the_limit_are_replaced_as_a_whole),
		cmocka_unit_test(of_random_texts_the_edits_make_the_other_and_are_the_fewest),
	};

	return cmocka_run_group_tests_name("line_diff", tests, NULL, NULL);
}
