/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing all of an archive below a folder, on several threads: what is in whose way does not
 * depend on who comes first, and what fails is told of in order. */
#include "support_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "support_archive.h"
#include "support_folder.h"

static const unsigned thread_counts[] = { 1, 2, 8 };

enum { FILLERS = 60 };

/* An archive, open, and a folder to write it into. */
struct delivery {
	struct packed packed;
	narc_archive *archive;
	char *place; /* the folder, and what is around it */
	char target[TEST_PATH_SIZE];
	narc_folder *folder;
};

/* Two files and a link, of which each has the path of a folder that another file is in: with
 * many others between, and in a block each. The file that is in the way comes last, or first. */
static void open_conflict(struct delivery *delivery, bool folder_first)
{
	struct narc_pack_options options = plain_options();
	struct given_file files[FILLERS + 4];
	char paths[FILLERS][32];
	const size_t last = FILLERS + 1;
	struct narc_error error;

	for (size_t i = 0; i < FILLERS; i++) {
		snprintf(paths[i], sizeof(paths[i]), "filler-%zu", i);
		files[i + 1] = given_text(paths[i], paths[i]);
	}
	files[folder_first ? last : 0] = given_text("a/b", "a file");
	files[folder_first ? 0 : last] = given_text("a/b/c", "in a folder");
	files[last + 1] = given_text("a/link", "../filler-1");
	files[last + 1].entry.type = NARC_TYPE_SYMLINK;
	files[last + 2] = given_text("a/link/d", "in a folder");
	for (size_t i = 0; i < COUNT_OF(files); i++)
		files[i].entry.mtime_seconds += (int64_t)i;
	options.block_size = 0;
	delivery->packed = pack_files(&options, files, COUNT_OF(files));
	delivery->archive = open_packed(&delivery->packed);
	delivery->place = test_folder_new();
	test_path(delivery->target, delivery->place, "target");
	ASSERT_OK(narc_folder_open(delivery->target, &delivery->folder, &error), &error);
}

static void close_delivery(struct delivery *delivery)
{
	narc_folder_close(delivery->folder);
	narc_archive_close(delivery->archive);
	packed_free(&delivery->packed);
	test_tree_remove(delivery->place);
}

/* Counts what failed. */
static bool expect_in_the_way(void *context, const struct narc_error *failure)
{
	size_t *failures = context;

	ASSERT_ERROR_IS_TOLD(failure, NARC_IO);
	assert_int_equal(failure->system_errno, ENOTDIR);
	assert_string_equal(failure->path, ++*failures == 1 ? "a/b/c" : "a/link/d");
	return true;
}

TEST(of_a_file_and_a_folder_with_one_name_the_file_is_written_whichever_comes_first)
{
	for (size_t i = 0; i < 2 * COUNT_OF(thread_counts); i++) {
		size_t failures = 0;
		const struct narc_extract_options options = { .threads = thread_counts[i / 2],
							      .failed = expect_in_the_way,
							      .context = &failures };
		struct narc_extract_result result = { 0 };
		struct delivery delivery;
		struct narc_error error;

		open_conflict(&delivery, i % 2);
		ASSERT_OK(narc_folder_write_all(delivery.folder, delivery.archive, NULL, &options,
						&result, &error),
			  &error);
		assert_int_equal(failures, 2);
		assert_true(result.failed == 2 && result.written == FILLERS + 2);
		assert_file_is(delivery.target, "a/b", "a file");
		assert_file_is(delivery.target, "a/link", "filler-1");
		close_delivery(&delivery);
	}
}

TEST(a_record_that_is_not_wanted_is_in_nobody_s_way)
{
	for (size_t i = 0; i < 2 * COUNT_OF(thread_counts); i++) {
		const struct narc_extract_options options = { .threads = thread_counts[i / 2] };
		struct narc_extract_result result = { 0 };
		struct narc_filter filter;
		struct delivery delivery;
		struct narc_error error;

		open_conflict(&delivery, i % 2);
		narc_filter_init(&filter);
		filter.path_glob = "a/*/*";
		ASSERT_OK(narc_folder_write_all(delivery.folder, delivery.archive, &filter,
						&options, &result, &error),
			  &error);
		assert_true(result.failed == 0 && result.written == 2);
		assert_file_is(delivery.target, "a/b/c", "in a folder");
		assert_file_is(delivery.target, "a/link/d", "in a folder");
		close_delivery(&delivery);
	}
}

TEST(all_files_replace_what_has_their_names_and_leave_nothing_else)
{
	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		const struct narc_extract_options options = { .threads = thread_counts[i] };
		size_t descriptors = test_open_descriptors();
		struct narc_extract_result result = { 0 };
		struct delivery delivery;
		struct narc_error error;

		open_conflict(&delivery, true);
		for (size_t turn = 0; turn < 2; turn++) {
			ASSERT_OK(narc_folder_write_all(delivery.folder, delivery.archive, NULL,
							&options, &result, &error),
				  &error);
			assert_true(result.failed == 2 && result.written == FILLERS + 2);
			/* The folder "a" too. */
			assert_int_equal(test_folder_count(delivery.target), FILLERS + 1);
		}
		close_delivery(&delivery);
		assert_int_equal(test_open_descriptors(), descriptors);
	}
}

TEST(many_threads_do_with_few_descriptors)
{
	const struct narc_extract_options options = { .threads = 64 };
	struct narc_extract_result result = { 0 };
	struct delivery delivery;
	struct rlimit limit, few;
	enum narc_status status;
	struct narc_error error;

	open_conflict(&delivery, true);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = 20;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	status = narc_folder_write_all(delivery.folder, delivery.archive, NULL, &options, &result,
				       &error);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ASSERT_OK(status, &error);
	assert_true(result.failed == 2 && result.written == FILLERS + 2);
	close_delivery(&delivery);
}

/* Lets so many failures pass. */
static bool count_down(void *context, const struct narc_error *failure)
{
	size_t *left = context;

	ASSERT_ERROR_IS_TOLD(failure, failure->status);
	return (*left)-- > 0;
}

TEST(where_nothing_can_be_written_each_record_is_told_of_or_it_stops)
{
	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		size_t left = SIZE_MAX;
		const struct narc_extract_options options = { .threads = thread_counts[i],
							      .failed = count_down,
							      .context = &left };
		struct narc_extract_result result = { 0 };
		struct delivery delivery;
		struct narc_error error;

		open_conflict(&delivery, true);
		test_tree_remove(strdup(delivery.target));
		ASSERT_OK(narc_folder_write_all(delivery.folder, delivery.archive, NULL, &options,
						&result, &error),
			  &error);
		assert_true(result.written == 0 && result.failed == FILLERS + 4);
		assert_true(left == SIZE_MAX - (FILLERS + 4));
		left = 3;
		ASSERT_STATUS(narc_folder_write_all(delivery.folder, delivery.archive, NULL,
						    &options, &result, &error),
			      NARC_CANCELLED, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CANCELLED);
		close_delivery(&delivery);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			of_a_file_and_a_folder_with_one_name_the_file_is_written_whichever_comes_first),
		cmocka_unit_test(a_record_that_is_not_wanted_is_in_nobody_s_way),
		cmocka_unit_test(all_files_replace_what_has_their_names_and_leave_nothing_else),
		cmocka_unit_test(many_threads_do_with_few_descriptors),
		cmocka_unit_test(where_nothing_can_be_written_each_record_is_told_of_or_it_stops),
	};

	return cmocka_run_group_tests_name("deliver_all", tests, NULL, NULL);
}
