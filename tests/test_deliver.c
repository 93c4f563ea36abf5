/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing records below a folder: as they were, never outside of it, and without harm to
 * what is there where it fails. */
#include "support_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support_delivery.h"

TEST(files_come_out_with_content_permissions_and_time)
{
	struct given_file files[] = { given_text("a.md", "---\n---\na"),
				      given_text("x/y/b", "b"), given_text("x/y/empty", ""),
				      given_text("x/c", "c") };
	struct delivery delivery;
	struct narc_error error;

	files[1].entry.permissions = 07751;
	files[1].entry.mtime_seconds = -5;
	files[1].entry.mtime_nanoseconds = 123456789;
	files[3].entry.permissions = 0400;
	open_delivery(&delivery, files, COUNT_OF(files));
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		char path[TEST_PATH_SIZE];
		struct stat about;

		ASSERT_OK(write_path(&delivery, files[i].entry.path, &error), &error);
		assert_file_is(delivery.target, files[i].entry.path, files[i].content);
		test_path(path, delivery.target, files[i].entry.path);
		assert_int_equal(lstat(path, &about), 0);
		/* Set-id and sticky bits are not given back. */
		assert_int_equal(about.st_mode & 07777, files[i].entry.permissions & 0777);
		assert_true(about.st_mtim.tv_sec == files[i].entry.mtime_seconds);
		assert_int_equal(about.st_mtim.tv_nsec, files[i].entry.mtime_nanoseconds);
	}
	close_delivery(&delivery);
}

TEST(set_id_and_sticky_bits_come_out_where_they_are_asked_for)
{
	struct given_file file = given_text("program", "x");
	const struct narc_extract_options options = { .threads = 1 };
	struct narc_extract_result result = { 0 };
	struct delivery delivery;
	char path[TEST_PATH_SIZE];
	struct stat about;
	struct narc_error error;

	file.entry.permissions = 07711;
	open_delivery(&delivery, &file, 1);
	ASSERT_OK(narc_folder_write_all(delivery.folder, delivery.archive, NULL, &options, &result,
					&error),
		  &error);
	test_path(path, delivery.target, "program");
	assert_int_equal(lstat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0711);
	narc_folder_keep_set_id(delivery.folder);
	ASSERT_OK(write_path(&delivery, "program", &error), &error);
	assert_int_equal(lstat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 07711);
	assert_int_equal(unlink(path), 0);
	/* By the threads of a whole extraction, too. */
	ASSERT_OK(narc_folder_write_all(delivery.folder, delivery.archive, NULL, &options, &result,
					&error),
		  &error);
	assert_int_equal(lstat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 07711);
	close_delivery(&delivery);
}

TEST(symbolic_links_come_out_with_target_and_time)
{
	const struct given_file file = given_link("x/link", "../nowhere");
	struct delivery delivery;
	char path[TEST_PATH_SIZE], target[64] = "";
	struct stat about;
	struct narc_error error;

	open_delivery(&delivery, &file, 1);
	for (size_t turn = 0; turn < 2; turn++) {
		ASSERT_OK(write_path(&delivery, "x/link", &error), &error);
		test_path(path, delivery.target, "x/link");
		assert_int_equal(readlink(path, target, sizeof(target)), 10);
		assert_memory_equal(target, "../nowhere", 10);
		assert_int_equal(lstat(path, &about), 0);
		assert_true(about.st_mtim.tv_sec == file.entry.mtime_seconds);
	}
	close_delivery(&delivery);
}

TEST(a_folder_is_made_with_its_parents)
{
	char *place = test_folder_new();
	char path[TEST_PATH_SIZE];
	narc_folder *folder = NULL;
	struct narc_error error = { 0 };
	struct stat about;

	test_path(path, place, "a//b/c/");
	ASSERT_OK(narc_folder_open(path, &folder, &error), &error);
	narc_folder_close(folder);
	assert_int_equal(stat(path, &about), 0);
	ASSERT_OK(narc_folder_open(path, &folder, &error), &error);
	narc_folder_close(folder);
	ASSERT_STATUS(narc_folder_open("", &folder, &error), NARC_MISUSE, &error);
	test_path(path, place, "file");
	test_file_write(path, "x", 1);
	ASSERT_STATUS(narc_folder_open(path, &folder, &error), NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	narc_folder_close(NULL);
	test_tree_remove(place);
}

TEST(what_has_the_name_already_is_replaced)
{
	const struct given_file files[] = { given_text("file", "new"),
					    given_link("link", "new-target"),
					    given_text("was-link", "new") };
	struct delivery delivery;
	char path[TEST_PATH_SIZE], outside[TEST_PATH_SIZE], target[64];
	struct stat about;
	struct narc_error error;

	open_delivery(&delivery, files, COUNT_OF(files));
	test_path(path, delivery.target, "file");
	test_file_write(path, "old and longer", 14);
	assert_int_equal(chmod(path, 0400), 0);
	test_path(path, delivery.target, "link");
	test_file_write(path, "old", 3);
	/* A link that leads out: itself is replaced, and not what it leads to. */
	test_path(outside, delivery.place, "outside");
	test_file_write(outside, "outside", 7);
	test_path(path, delivery.target, "was-link");
	assert_int_equal(symlink("../outside", path), 0);
	for (size_t i = 0; i < COUNT_OF(files); i++)
		ASSERT_OK(write_path(&delivery, files[i].entry.path, &error), &error);
	assert_file_is(delivery.target, "file", "new");
	assert_file_is(delivery.target, "was-link", "new");
	assert_int_equal(lstat(path, &about), 0);
	assert_true(S_ISREG(about.st_mode));
	assert_file_is(delivery.target, "../outside", "outside");
	test_path(path, delivery.target, "link");
	assert_int_equal(readlink(path, target, sizeof(target)), 10);
	assert_int_equal(test_folder_count(delivery.target), 3);
	close_delivery(&delivery);
}

TEST(a_symbolic_link_on_the_way_is_not_followed)
{
	const struct given_file files[] = { given_link("escape", "../outside"),
					    given_text("escape/file", "must not get out"),
					    given_text("deep/escape/file", "must not get out") };
	struct delivery delivery;
	char path[TEST_PATH_SIZE];
	struct narc_error error = { 0 };

	open_delivery(&delivery, files, COUNT_OF(files));
	test_path(path, delivery.place, "outside");
	assert_int_equal(mkdir(path, 0777), 0);
	test_path(path, delivery.target, "deep");
	assert_int_equal(mkdir(path, 0777), 0);
	test_path(path, delivery.target, "deep/escape");
	assert_int_equal(symlink("../../outside", path), 0);
	ASSERT_OK(write_path(&delivery, "escape", &error), &error);
	for (size_t i = 1; i < COUNT_OF(files); i++) {
		ASSERT_STATUS(write_path(&delivery, files[i].entry.path, &error), NARC_IO, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
		assert_string_equal(error.path, files[i].entry.path);
	}
	test_path(path, delivery.place, "outside");
	assert_int_equal(test_folder_count(path), 0);
	close_delivery(&delivery);
}

TEST(a_file_on_the_way_and_a_folder_of_the_name_are_told_and_left_alone)
{
	const struct given_file files[] = { given_text("a", "a"), given_text("a/b", "b"),
					    given_text("folder", "file"), given_text("c", "c") };
	struct delivery delivery;
	char path[TEST_PATH_SIZE];
	struct narc_error error = { 0 };

	open_delivery(&delivery, files, COUNT_OF(files));
	test_path(path, delivery.target, "folder");
	assert_int_equal(mkdir(path, 0777), 0);
	test_path(path, delivery.target, "folder/inside");
	test_file_write(path, "x", 1);
	ASSERT_OK(write_path(&delivery, "a", &error), &error);
	ASSERT_STATUS(write_path(&delivery, "a/b", &error), NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	ASSERT_STATUS(write_path(&delivery, "folder", &error), NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	/* And it goes on behind that. */
	ASSERT_OK(write_path(&delivery, "c", &error), &error);
	assert_file_is(delivery.target, "a", "a");
	assert_file_is(delivery.target, "folder/inside", "x");
	assert_int_equal(test_folder_count(delivery.target), 3);
	close_delivery(&delivery);
}

/* Writes a record that cannot be had, where there is a file of its name, or none. */
static void assert_failure_does_no_harm(struct delivery *delivery, const char *name,
					enum narc_status wanted)
{
	char path[TEST_PATH_SIZE];
	struct narc_error error = { 0 };
	size_t size;

	test_path(path, delivery->target, name);
	ASSERT_STATUS(write_path(delivery, name, &error), wanted, &error);
	ASSERT_ERROR_IS_TOLD(&error, wanted);
	assert_null(test_file_read(path, &size));
	assert_int_equal(test_folder_count(delivery->target), 0);
	test_file_write(path, "was there before", 16);
	ASSERT_STATUS(write_path(delivery, name, &error), wanted, &error);
	assert_file_is(delivery->target, name, "was there before");
	assert_int_equal(test_folder_count(delivery->target), 1);
	assert_int_equal(unlink(path), 0);
}

TEST(a_damaged_file_or_link_leaves_what_has_its_name)
{
	const struct given_file files[] = { given_text("file", "some content, some content"),
					    given_link("link", "some-target-some-target") };
	struct delivery delivery;
	struct narc_info info;
	struct narc_error error;

	open_delivery(&delivery, files, COUNT_OF(files));
	ASSERT_OK(narc_archive_info(delivery.archive, &info, &error), &error);
	/* In the data frame, where each of the contents stands as it is. */
	((uint8_t *)delivery.packed.data)[info.blocks_offset + 20] ^= 0x55;
	((uint8_t *)delivery.packed.data)[info.blocks_offset + 32] ^= 0x55;
	assert_failure_does_no_harm(&delivery, "file", NARC_CORRUPT);
	assert_failure_does_no_harm(&delivery, "link", NARC_CORRUPT);
	close_delivery(&delivery);
}

TEST(too_many_open_files_leave_what_has_the_name)
{
	const struct given_file file = given_text("file", "new");
	struct delivery delivery;
	struct rlimit limit, none;
	char path[TEST_PATH_SIZE];
	enum narc_status status;
	struct narc_error error = { 0 };

	open_delivery(&delivery, &file, 1);
	/* Once as it should be: from here on its folder is open. */
	ASSERT_OK(write_path(&delivery, "file", &error), &error);
	test_path(path, delivery.target, "file");
	test_file_write(path, "was there before", 16);
	find_path(delivery.cursor, "file");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	status = narc_folder_write(delivery.folder, delivery.cursor, &error);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ASSERT_STATUS(status, NARC_IO, &error);
	assert_int_equal(error.system_errno, EMFILE);
	assert_file_is(delivery.target, "file", "was there before");
	close_delivery(&delivery);
}

TEST(a_cursor_that_is_at_no_record_writes_nothing)
{
	const struct given_file file = given_text("file", "new");
	struct delivery delivery;
	struct narc_error error = { 0 };

	open_delivery(&delivery, &file, 1);
	ASSERT_STATUS(narc_folder_write(delivery.folder, delivery.cursor, &error), NARC_MISUSE,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
	assert_int_equal(narc_folder_write(delivery.folder, delivery.cursor, NULL), NARC_MISUSE);
	assert_int_equal(test_folder_count(delivery.target), 0);
	close_delivery(&delivery);
}

TEST(no_descriptor_stays_open)
{
	const struct given_file files[] = { given_text("a/b/c", "x"), given_text("a/d/e", "y"),
					    given_text("f", "z"), given_text("f/g", "no") };
	size_t descriptors = test_open_descriptors();
	struct delivery delivery;

	open_delivery(&delivery, files, COUNT_OF(files));
	for (size_t turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < COUNT_OF(files); i++)
			write_path(&delivery, files[i].entry.path, NULL);
	close_delivery(&delivery);
	assert_int_equal(test_open_descriptors(), descriptors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_come_out_with_content_permissions_and_time),
		cmocka_unit_test(set_id_and_sticky_bits_come_out_where_they_are_asked_for),
		cmocka_unit_test(symbolic_links_come_out_with_target_and_time),
		cmocka_unit_test(a_folder_is_made_with_its_parents),
		cmocka_unit_test(what_has_the_name_already_is_replaced),
		cmocka_unit_test(a_symbolic_link_on_the_way_is_not_followed),
		cmocka_unit_test(a_file_on_the_way_and_a_folder_of_the_name_are_told_and_left_alone),
		cmocka_unit_test(a_damaged_file_or_link_leaves_what_has_its_name),
		cmocka_unit_test(too_many_open_files_leave_what_has_the_name),
		cmocka_unit_test(a_cursor_that_is_at_no_record_writes_nothing),
		cmocka_unit_test(no_descriptor_stays_open),
	};

	return cmocka_run_group_tests_name("deliver", tests, NULL, NULL);
}
