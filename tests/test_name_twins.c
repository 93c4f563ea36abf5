/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that some file system takes for one are found, told of, and no content is lost without a
 * word where it does. */
#include "support_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read/name_twins.h"
#include "support/fold_name.h"
#include "support_archive.h"
#include "support_folder.h"

static bool are_alike(const char *a, const char *b)
{
	struct byte_buffer left = BYTE_BUFFER_EMPTY, right = BYTE_BUFFER_EMPTY;
	struct narc_error error;
	bool alike;

	ASSERT_OK(fold_name(a, &left, &error), &error);
	ASSERT_OK(fold_name(b, &right, &error), &error);
	assert_int_equal(left.data[left.size - 1], 0);
	assert_int_equal(strlen((const char *)left.data), left.size - 1);
	alike = strcmp((const char *)left.data, (const char *)right.data) == 0;
	byte_buffer_free(&left);
	byte_buffer_free(&right);
	return alike;
}

TEST(names_that_differ_in_case_or_unicode_form_are_alike_and_others_are_not)
{
	static const char *const alike[][2] = {
		{ "a", "A" }, { "_posts/2022-01-05-NW1.md", "_POSTS/2022-01-05-nw1.MD" },
		{ "\xc3\xa9", "e\xcc\x81" },             /* an accent, composed or not */
		{ "\xc3\x89", "e\xcc\x81" },             /* and in upper case */
		{ "stra\xc3\x9f" "e", "STRASSE" },       /* sharp s */
		{ "\xce\xa3", "\xcf\x82" },              /* sigma, and at the end of a word */
		{ "\xe2\x84\xab", "\xc3\xa5" },          /* the Angstrom sign, and the letter */
		{ "\xed\x95\x9c", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab" }, /* Hangul */
		{ "a\xe2\x80\x8b" "b", "ab" },           /* with a character that is not seen */
		{ "\xff" "A", "\xff" "a" },              /* what is not UTF-8 has ASCII letters */
	};
	static const char *const others[][2] = {
		{ "a", "b" }, { "a/b", "ab" }, { "\xc3\xa9", "e" }, { "a", "\xd0\xb0" },
		{ "\xff", "\xfe" }, { "\xe5\xad\x97", "\xe5\x90\x8d" }, { "1", "\xc2\xb9" },
		{ "@", "`" }, { "[", "{" },
	};

	for (size_t i = 0; i < COUNT_OF(alike); i++)
		assert_true(are_alike(alike[i][0], alike[i][1]));
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_false(are_alike(others[i][0], others[i][1]));
}

/* Paths, of which those with the same letter in front of the dash are alike. */
static const char *const paths[] = {
	"1-README",         "folder/2-\xc3\xa9", "1-readme", "3-alone",
	"Folder/2-e\xcc\x81", "1-ReadMe",          "4-alone",
};

struct extraction_check {
	char *target;
	char told[8][2][64];
	size_t count;
	size_t failures;
	bool makes_one_file; /* when told of the first, of the files that come next */
};

/* Does as a file system that takes 1-README for 1-readme. */
static void make_one_file(const struct extraction_check *check)
{
	char path[TEST_PATH_SIZE], other[TEST_PATH_SIZE];
	bool was_one = strncmp(check->told[0][0], "1-", 2) == 0;

	test_path(path, check->target, was_one ? paths[1] : paths[0]);
	test_path(other, check->target, was_one ? paths[4] : paths[2]);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(link(path, other), 0);
}

static void note_alike(void *context, const char *path, const char *other)
{
	struct extraction_check *check = context;

	assert_true(check->count < COUNT_OF(check->told));
	snprintf(check->told[check->count][0], 64, "%s", path);
	snprintf(check->told[check->count++][1], 64, "%s", other);
	if (check->makes_one_file && check->count == 1)
		make_one_file(check);
}

static bool note_failure(void *context, const struct narc_error *failure)
{
	struct extraction_check *check = context;

	ASSERT_ERROR_IS_TOLD(failure, NARC_IO);
	assert_non_null(strstr(failure->message, "one of the two is lost"));
	assert_true(are_alike(failure->path, "1-readme") ||
		    are_alike(failure->path, "folder/2-\xc3\xa9"));
	check->failures++;
	return true;
}

static struct narc_extract_result extract_twins(struct extraction_check *check, unsigned threads,
						bool says)
{
	const struct narc_extract_options options = { .threads = threads,
						      .failed = note_failure,
						      .context = check,
						      .alike = says ? note_alike : NULL };
	struct narc_pack_options pack_options = plain_options();
	struct given_file files[COUNT_OF(paths)];
	struct narc_extract_result result = { 0 };
	struct packed packed;
	narc_archive *archive;
	narc_folder *folder;
	struct narc_error error;

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		files[i] = given_text(paths[i], paths[i]);
	pack_options.block_size = 0;
	packed = pack_files(&pack_options, files, COUNT_OF(paths));
	archive = open_packed(&packed);
	check->target = test_folder_new();
	ASSERT_OK(narc_folder_open(check->target, &folder, &error), &error);
	ASSERT_OK(narc_folder_write_all(folder, archive, NULL, &options, &result, &error), &error);
	narc_folder_close(folder);
	narc_archive_close(archive);
	packed_free(&packed);
	return result;
}

TEST(twins_are_told_of_and_both_are_written_where_the_file_system_keeps_both)
{
	for (unsigned threads = 1; threads < 4; threads++) {
		struct extraction_check check = { .count = 0 };
		struct narc_extract_result result = extract_twins(&check, threads, true);

		assert_true(result.written == COUNT_OF(paths) && result.failed == 0);
		assert_int_equal(check.failures, 0);
		for (size_t i = 0; i < COUNT_OF(paths); i++)
			assert_file_is(check.target, paths[i], paths[i]);
		/* Three names make two pairs with the first, and two names one. */
		assert_int_equal(check.count, 3);
		for (size_t i = 0; i < 3; i++) {
			assert_true(are_alike(check.told[i][0], check.told[i][1]));
			assert_string_not_equal(check.told[i][0], check.told[i][1]);
		}
		test_tree_remove(check.target);
		assert_true(extract_twins(&check, threads, false).written == COUNT_OF(paths));
		assert_int_equal(check.count, 3);
		test_tree_remove(check.target);
	}
}

TEST(twins_that_are_one_file_are_a_failure)
{
	struct extraction_check check = { .makes_one_file = true };
	struct narc_extract_result result = extract_twins(&check, 1, true);

	assert_int_equal(check.failures, 1);
	assert_true(result.failed == 1 && result.written == COUNT_OF(paths) - 1);
	test_tree_remove(check.target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			names_that_differ_in_case_or_unicode_form_are_alike_and_others_are_not),
		cmocka_unit_test(
			twins_are_told_of_and_both_are_written_where_the_file_system_keeps_both),
		cmocka_unit_test(twins_that_are_one_file_are_a_failure),
	};

	return cmocka_run_group_tests_name("name_twins", tests, NULL, NULL);
}
