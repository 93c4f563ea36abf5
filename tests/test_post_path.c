/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths that follow from date and infoCode, and the families of infoCodes. */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "format/info_code.h"
#include "format/limits.h"
#include "format/post_path.h"

enum { DAY_2022_01_05 = 1641340800 };

/* ---- paths ------------------------------------------------------------------------- */

TEST(a_name_has_a_date_if_it_starts_with_digits_and_dashes_at_their_places)
{
	assert_true(post_name_has_date("2022-01-05"));
	assert_true(post_name_has_date("2022-01-05-x.md"));
	assert_true(post_name_has_date("9999-99-99"));
	assert_false(post_name_has_date(""));
	assert_false(post_name_has_date("2022-01-0"));
	assert_false(post_name_has_date("2022-1-05-x"));
	assert_false(post_name_has_date("2022_01_05"));
	assert_false(post_name_has_date("x2022-01-05"));
	assert_false(post_name_has_date("-2022-01-05"));
}

static void assert_split(const char *path, const char *wanted)
{
	const char *code;
	size_t size;

	if (!wanted) {
		assert_false(post_path_split(path, &code, &size));
		return;
	}
	assert_true(post_path_split(path, &code, &size));
	assert_int_equal(size, strlen(wanted));
	assert_memory_equal(code, wanted, size);
}

TEST(what_stands_between_date_and_extension_is_split_off)
{
	assert_split("_posts/2022-01-05-NW1.md", "NW1");
	assert_split("2022-01-05-NW1.md", "NW1");
	assert_split("2022-01-05-NW1", "NW1");
	assert_split("2022-01-05-a.b.md", "a.b");
	assert_split("2022-01-05-a.", "a");
	assert_split("2022-01-05--a.md", "-a");
	assert_split("9999-99-99-a", "a");
	assert_split("2022-01-05/2022-01-05-a.md", "a");
	assert_split("x.y/2022-01-05-a", "a");
	assert_split("2022-01-05-.md", NULL);
	assert_split("2022-01-05-", NULL);
	assert_split("2022-01-05", NULL);
	assert_split("2022-01-05.md", NULL);
	assert_split("2022-01-05-a/b.md", NULL);
	assert_split("a.md", NULL);
}

TEST(a_path_is_regular_if_its_code_is_the_row_s)
{
	assert_true(post_path_is_regular("p/2022-01-05-NW1.md", "NW1"));
	assert_true(post_path_is_regular("2022-13-99-NW1", "NW1"));
	assert_false(post_path_is_regular("p/2022-01-05-NW1.md", "NW2"));
	assert_false(post_path_is_regular("p/2022-01-05-NW1.md", "NW"));
	assert_false(post_path_is_regular("p/2022-01-05-NW1.md", "NW11"));
	assert_false(post_path_is_regular("p/2022-01-05-NW1.md", ""));
	assert_false(post_path_is_regular("p/2022-01-05-.md", ""));
	assert_false(post_path_is_regular("p/NW1.md", "NW1"));
	/* The last dot ends the code, not the first. */
	assert_false(post_path_is_regular("p/2022-01-05-NW1.md.bak", "NW1"));
	assert_true(post_path_is_regular("p/2022-01-05-NW1.md.bak", "NW1.md"));
}

static void assert_shape(const char *path, const char *code, const char *wanted, size_t size,
			 const char *wanted_rest)
{
	char shape[PATH_SIZE_LIMIT + 2];
	const char *rest;

	assert_int_equal(post_path_shape(path, DAY_2022_01_05, code, shape, &rest), size);
	assert_memory_equal(shape, wanted, size);
	assert_string_equal(rest, wanted_rest);
}

TEST(the_shape_of_a_regular_path_has_a_nul_for_date_and_code)
{
	assert_shape("_posts/2022-01-05-NW1.md", "NW1", "_posts/\0.md", 11, "");
	assert_shape("2022-01-05-NW1.md", "NW1", "\0.md", 4, "");
	assert_shape("2022-01-05-NW1", "NW1", "\0", 1, "");
	assert_shape("a/b/2022-01-05-a.b.html", "a.b", "a/b/\0.html", 10, "");
}

TEST(the_shape_of_any_other_path_is_its_folder)
{
	assert_shape("_posts/2022-01-06-NW1.md", "NW1", "_posts/", 7, "2022-01-06-NW1.md");
	assert_shape("_posts/2022-01-05-NW1.md", "NW2", "_posts/", 7, "2022-01-05-NW1.md");
	assert_shape("_posts/2022-01-05-NW1.md", "", "_posts/", 7, "2022-01-05-NW1.md");
	assert_shape("about.md", "NW1", "", 0, "about.md");
	assert_shape("a/b/c", "", "a/b/", 4, "c");
}

TEST(a_path_whose_row_has_a_date_without_four_digits_of_year_has_its_folder_as_shape)
{
	char shape[PATH_SIZE_LIMIT + 2];
	const char *rest;

	assert_int_equal(post_path_shape("p/2022-01-05-a.md", INT64_MAX, "a", shape, &rest), 2);
	assert_string_equal(rest, "2022-01-05-a.md");
	assert_int_equal(post_path_shape("p/2022-01-05-a.md", INT64_MIN, "a", shape, &rest), 2);
}

TEST(the_longest_paths_have_shapes)
{
	char path[PATH_SIZE_LIMIT + 1];
	char shape[PATH_SIZE_LIMIT + 2];
	const char *rest;

	memset(path, 'a', PATH_SIZE_LIMIT);
	path[PATH_SIZE_LIMIT] = '\0';
	assert_int_equal(post_path_shape(path, 0, "", shape, &rest), 0);
	path[PATH_SIZE_LIMIT - 2] = '/';
	assert_int_equal(post_path_shape(path, 0, "", shape, &rest), PATH_SIZE_LIMIT - 1);
	memcpy(path, "1970-01-01-c.", 13);
	path[PATH_SIZE_LIMIT - 2] = 'a';
	assert_int_equal(post_path_shape(path, 0, "c", shape, &rest), PATH_SIZE_LIMIT - 11);
}

TEST(only_paths_that_stay_below_their_folder_may_be_stored)
{
	static const char *const good[] = { "a", "a/b", ".a", "..a", "a..", "...", "a/.../b",
					    "a b", "\xff", "a\nb", "a\\b", "-" };
	static const char *const bad[] = { "", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a",
					   "a/.", "a/..", "a/./b", "a/../b", "//" };
	char path[PATH_SIZE_LIMIT + 2];

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(post_path_is_storable(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(post_path_is_storable(bad[i]));
	memset(path, 'a', sizeof(path));
	path[PATH_SIZE_LIMIT] = '\0';
	assert_true(post_path_is_storable(path));
	path[PATH_SIZE_LIMIT] = 'a';
	path[PATH_SIZE_LIMIT + 1] = '\0';
	assert_false(post_path_is_storable(path));
}

/* ---- infoCodes --------------------------------------------------------------------- */

static void assert_form(const char *code, enum code_form wanted, uint64_t wanted_number)
{
	uint64_t number = 0;

	assert_int_equal(code_form_of(code, strlen(code), &number), wanted);
	if (wanted == CODE_NW || wanted == CODE_BARE) {
		char text[CODE_MEMBER_SIZE];

		assert_true(number == wanted_number);
		assert_int_equal(code_format(wanted, number, text), strlen(code));
		assert_string_equal(text, code);
	}
}

TEST(codes_are_of_a_family_only_if_they_have_just_its_letters_and_digits)
{
	assert_form("", CODE_NONE, 0);
	assert_form("NW202201050123456789", CODE_NW, UINT64_C(202201050123456789));
	assert_form("202201050123456789", CODE_BARE, UINT64_C(202201050123456789));
	assert_form("NW000000000000000000", CODE_NW, 0);
	assert_form("000000000000000001", CODE_BARE, 1);
	assert_form("999999999999999999", CODE_BARE, UINT64_C(999999999999999999));
	assert_form("nw202201050123456789", CODE_LITERAL, 0);
	assert_form("AP202201050123456789", CODE_LITERAL, 0);
	assert_form("NW20220105012345678", CODE_LITERAL, 0);
	assert_form("NW2022010501234567890", CODE_LITERAL, 0);
	assert_form("20220105012345678", CODE_LITERAL, 0);
	assert_form("2022010501234567890", CODE_LITERAL, 0);
	assert_form("20220105012345678x", CODE_LITERAL, 0);
	assert_form("NW20220105012345678x", CODE_LITERAL, 0);
	assert_form("20220105-123456789", CODE_LITERAL, 0);
	assert_form("NW", CODE_LITERAL, 0);
	assert_form("20220105012345678901", CODE_LITERAL, 0);
}

TEST(the_other_family_has_the_same_digits)
{
	char text[CODE_MEMBER_SIZE];

	assert_true(code_other_family("NW202201050123456789", text));
	assert_string_equal(text, "202201050123456789");
	assert_true(code_other_family("002201050123456789", text));
	assert_string_equal(text, "NW002201050123456789");
	assert_false(code_other_family("", text));
	assert_false(code_other_family("AP202201050123456789", text));
	assert_false(code_other_family("2022", text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_a_date_if_it_starts_with_digits_and_dashes_at_their_places),
		cmocka_unit_test(what_stands_between_date_and_extension_is_split_off),
		cmocka_unit_test(a_path_is_regular_if_its_code_is_the_row_s),
		cmocka_unit_test(the_shape_of_a_regular_path_has_a_nul_for_date_and_code),
		cmocka_unit_test(the_shape_of_any_other_path_is_its_folder),
		cmocka_unit_test(a_path_whose_row_has_a_date_without_four_digits_of_year_has_its_folder_as_shape),
		cmocka_unit_test(the_longest_paths_have_shapes),
		cmocka_unit_test(only_paths_that_stay_below_their_folder_may_be_stored),
		cmocka_unit_test(codes_are_of_a_family_only_if_they_have_just_its_letters_and_digits),
		cmocka_unit_test(the_other_family_has_the_same_digits),
	};

	return cmocka_run_group_tests_name("post_path", tests, NULL, NULL);
}
