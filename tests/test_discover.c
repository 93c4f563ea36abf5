/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking in trees and files by their names. */
#include "support_check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support_archive.h"
#include "support_folder.h"

/* A tree on disk, a packer that takes it in, and what it was told. */
struct intake {
	char *place;
	narc_packer *packer;
	unsigned notices;
	enum narc_notice_kind kind;
	char path[1024];
	bool is_ordered; /* each path told comes after the one before */
	struct packed packed;
	narc_archive *archive;
	narc_cursor *cursor;
};

static void note(void *context, enum narc_notice_kind kind, const char *path, const char *text)
{
	struct intake *intake = context;

	assert_true(*text != '\0');
	intake->notices++;
	intake->kind = kind;
	intake->is_ordered &= strcmp(intake->path, path) < 0;
	snprintf(intake->path, sizeof(intake->path), "%s", path);
}

static void open_intake_of(struct intake *intake, unsigned threads)
{
	struct narc_pack_options options = plain_options();

	memset(intake, 0, sizeof(*intake));
	options.threads = threads;
	intake->is_ordered = true;
	options.notice = note;
	options.notice_context = intake;
	intake->place = test_folder_new();
	intake->packer = new_packer(&options);
}

static void open_intake(struct intake *intake)
{
	open_intake_of(intake, 2);
}

/* Commits and opens what was taken in. */
static void finish_intake(struct intake *intake)
{
	intake->packed = commit_packer(intake->packer);
	intake->archive = open_packed(&intake->packed);
	intake->cursor = open_cursor(intake->archive, NULL);
	assert_verifies(intake->archive, intake->packed.result.rows);
}

static void close_intake(struct intake *intake)
{
	narc_cursor_close(intake->cursor);
	narc_archive_close(intake->archive);
	packed_free(&intake->packed);
	test_tree_remove(intake->place);
}

static void make_file(const struct intake *intake, const char *name, const char *text)
{
	char path[TEST_PATH_SIZE];

	test_path(path, intake->place, name);
	test_file_write(path, text, strlen(text));
}

static void make_folder(const struct intake *intake, const char *name)
{
	char path[TEST_PATH_SIZE];

	test_path(path, intake->place, name);
	assert_int_equal(mkdir(path, 0777), 0);
}

static void make_link(const struct intake *intake, const char *name, const char *target)
{
	char path[TEST_PATH_SIZE];

	test_path(path, intake->place, name);
	assert_int_equal(symlink(target, path), 0);
}

static void add_tree(struct intake *intake, const char *name)
{
	char path[TEST_PATH_SIZE];
	struct narc_error error;

	test_path(path, intake->place, name);
	ASSERT_OK(narc_packer_add_tree(intake->packer, path, &error), &error);
}

static void assert_has(struct intake *intake, const char *path, const char *text)
{
	const void *content;
	struct narc_error error;

	assert_true(find_path(intake->cursor, path)->size == strlen(text));
	ASSERT_OK(narc_cursor_content(intake->cursor, &content, &error), &error);
	assert_memory_equal(content, text, strlen(text));
}

TEST(a_tree_is_taken_in_with_paths_relative_to_it)
{
	static const char *const names[] = { "", "/", "." };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct intake intake;

		open_intake(&intake);
		make_file(&intake, "a.md", "a");
		make_folder(&intake, "x");
		make_folder(&intake, "x/y");
		make_folder(&intake, "x/empty");
		make_file(&intake, "x/y/b", "b");
		make_file(&intake, ".hidden", "h");
		make_link(&intake, "x/link", "../a.md");
		make_link(&intake, "broken", "nowhere");
		make_link(&intake, "to-folder", "x");
		add_tree(&intake, names[i]);
		assert_int_equal(intake.notices, 0);
		finish_intake(&intake);
		assert_true(intake.packed.result.rows == 6);
		assert_has(&intake, "a.md", "a");
		assert_has(&intake, "x/y/b", "b");
		assert_has(&intake, ".hidden", "h");
		assert_has(&intake, "x/link", "../a.md");
		assert_int_equal(narc_cursor_record(intake.cursor)->type, NARC_TYPE_SYMLINK);
		assert_has(&intake, "broken", "nowhere");
		assert_has(&intake, "to-folder", "x");
		close_intake(&intake);
	}
}

TEST(permissions_and_times_are_those_of_the_files)
{
	struct intake intake;
	char path[TEST_PATH_SIZE];
	struct timespec times[2] = { { 0, UTIME_OMIT }, { -7, 123456789 } };
	const struct narc_record *record;

	open_intake(&intake);
	make_file(&intake, "a", "a");
	test_path(path, intake.place, "a");
	assert_int_equal(chmod(path, 04711), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	add_tree(&intake, "");
	finish_intake(&intake);
	record = find_path(intake.cursor, "a");
	assert_int_equal(record->permissions, 04711);
	assert_true(record->mtime_seconds == -7);
	assert_int_equal(record->mtime_nanoseconds, 123456789);
	close_intake(&intake);
}

TEST(a_file_and_a_link_may_be_given_as_trees)
{
	struct intake intake;

	open_intake(&intake);
	make_folder(&intake, "real");
	make_file(&intake, "real/inside", "i");
	make_file(&intake, "file", "f");
	make_link(&intake, "link-to-file", "file");
	make_link(&intake, "link-to-folder", "real");
	add_tree(&intake, "file");
	add_tree(&intake, "link-to-file");
	add_tree(&intake, "link-to-folder");
	finish_intake(&intake);
	assert_true(intake.packed.result.rows == 3);
	assert_has(&intake, "file", "f");
	assert_has(&intake, "link-to-file", "file");
	assert_has(&intake, "inside", "i");
	close_intake(&intake);
}

TEST(what_cannot_be_kept_is_told_and_does_not_end_the_walk)
{
	struct intake intake;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[TEST_PATH_SIZE];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	open_intake(&intake);
	make_file(&intake, "a", "a");
	make_file(&intake, "z", "z");
	test_path(path, intake.place, "fifo");
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", intake.place);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	add_tree(&intake, "");
	close(fd);
	assert_int_equal(intake.notices, 2);
	assert_int_equal(intake.kind, NARC_NOTICE_SKIPPED);
	assert_string_equal(intake.path, address.sun_path);
	finish_intake(&intake);
	assert_true(intake.packed.result.rows == 2);
	assert_true(intake.packed.result.notices == 2);
	close_intake(&intake);
}

TEST(a_tree_that_is_not_there_is_an_error)
{
	struct intake intake;
	struct narc_error error = { 0 };

	open_intake(&intake);
	ASSERT_STATUS(narc_packer_add_tree(intake.packer, "/nonexistent/tree", &error), NARC_IO,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	assert_string_equal(error.path, "/nonexistent/tree");
	finish_intake(&intake);
	close_intake(&intake);
}

TEST(the_configuration_of_a_tree_gives_its_dates_their_zone)
{
	struct intake intake;

	open_intake(&intake);
	make_folder(&intake, "one");
	make_folder(&intake, "two");
	make_folder(&intake, "two/sub");
	make_file(&intake, "one/_config.yml", "timezone: \"+08:00\"\n");
	make_file(&intake, "one/a.md", "---\ndate: 2022-01-05\n---\n");
	make_file(&intake, "two/b.md", "---\ndate: 2022-01-05\n---\n");
	make_file(&intake, "two/sub/_config.yml", "timezone: \"+09:00\"\n");
	add_tree(&intake, "one");
	add_tree(&intake, "two");
	finish_intake(&intake);
	assert_int_equal(find_path(intake.cursor, "a.md")->zone_minutes, 480);
	assert_int_equal(find_path(intake.cursor, "b.md")->zone_minutes, 0);
	close_intake(&intake);
}

TEST(single_files_are_added_under_the_path_that_is_given)
{
	struct intake intake;
	char path[TEST_PATH_SIZE], twice[TEST_PATH_SIZE + 2];
	struct narc_error error;

	open_intake(&intake);
	make_folder(&intake, "x");
	make_file(&intake, "x/a", "a");
	make_file(&intake, "x/b", "b");
	make_file(&intake, "x/c", "c");
	make_file(&intake, "x/d", "d");
	ASSERT_OK(narc_packer_add_path(intake.packer, intake.place, "x/a", &error), &error);
	ASSERT_OK(narc_packer_add_path(intake.packer, intake.place, "./x//b", &error), &error);
	/* Absolute paths below the root, the second with two slashes behind it. */
	test_path(path, intake.place, "x/c");
	ASSERT_OK(narc_packer_add_path(intake.packer, intake.place, path, &error), &error);
	snprintf(twice, sizeof(twice), "%s//x/d", intake.place);
	ASSERT_OK(narc_packer_add_path(intake.packer, intake.place, twice, &error), &error);
	assert_int_equal(intake.notices, 0);
	finish_intake(&intake);
	assert_has(&intake, "x/a", "a");
	assert_has(&intake, "x/b", "b");
	assert_has(&intake, "x/c", "c");
	assert_has(&intake, "x/d", "d");
	close_intake(&intake);
}

TEST(the_root_of_all_may_be_the_root)
{
	struct intake intake;
	char path[TEST_PATH_SIZE];
	struct narc_error error;

	open_intake(&intake);
	make_file(&intake, "a", "a");
	test_path(path, intake.place, "a");
	ASSERT_OK(narc_packer_add_path(intake.packer, "/", path + 1, &error), &error);
	ASSERT_OK(narc_packer_add_path(intake.packer, "/", path, &error), &error);
	assert_int_equal(intake.notices, 0);
	finish_intake(&intake);
	assert_true(intake.packed.result.rows == 1);
	assert_has(&intake, path + 1, "a");
	close_intake(&intake);
}

TEST(single_files_that_cannot_be_kept_are_told)
{
	static const char *const names[] = { "missing", "../outside", "/etc/hostname" };
	struct intake intake;
	struct narc_error error;

	open_intake(&intake);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		ASSERT_OK(narc_packer_add_path(intake.packer, intake.place, names[i], &error),
			  &error);
	finish_intake(&intake);
	assert_int_equal(intake.notices, COUNT_OF(names));
	assert_int_equal(intake.kind, NARC_NOTICE_SKIPPED);
	assert_true(intake.packed.result.rows == 0);
	close_intake(&intake);
}

TEST(the_archive_that_is_to_be_replaced_is_left_out)
{
	struct intake intake;
	char path[TEST_PATH_SIZE];

	open_intake(&intake);
	make_file(&intake, "a", "a");
	make_file(&intake, "old.narc", "old");
	make_link(&intake, "link", "old.narc");
	test_path(path, intake.place, "old.narc");
	narc_packer_exclude(intake.packer, path);
	add_tree(&intake, "");
	assert_int_equal(intake.notices, 1);
	assert_int_equal(intake.kind, NARC_NOTICE_ITSELF);
	finish_intake(&intake);
	assert_true(intake.packed.result.rows == 2);
	assert_true(intake.packed.result.notices == 0);
	assert_has(&intake, "a", "a");
	assert_has(&intake, "link", "old.narc");
	close_intake(&intake);
}

TEST(a_deep_tree_is_taken_in_as_far_as_paths_may_be_long)
{
	enum { DEPTH = 120 };
	struct intake intake;
	char name[TEST_PATH_SIZE] = "";

	open_intake(&intake);
	for (unsigned i = 0; i < DEPTH; i++) {
		strcat(name, i ? "/d" : "d");
		make_folder(&intake, name);
	}
	strcat(name, "/file");
	make_file(&intake, name, "deep");
	add_tree(&intake, "");
	finish_intake(&intake);
	assert_has(&intake, name, "deep");
	close_intake(&intake);
}

TEST(files_are_told_of_in_their_order_for_any_number_of_threads)
{
	static const unsigned threads[] = { 1, 2, 5, 100 };

	for (size_t i = 0; i < COUNT_OF(threads); i++) {
		enum { FOLDERS = 5, FILES = 90 };
		struct intake intake;
		char name[64];

		open_intake_of(&intake, threads[i]);
		for (unsigned folder = 0; folder < FOLDERS; folder++) {
			snprintf(name, sizeof(name), "d%u", folder);
			make_folder(&intake, name);
			for (unsigned file = 0; file < FILES; file++) {
				char path[TEST_PATH_SIZE];

				snprintf(name, sizeof(name), "d%u/%02u", folder, file);
				test_path(path, intake.place, name);
				if (file % 7)
					make_file(&intake, name, name);
				else
					assert_int_equal(mkfifo(path, 0600), 0);
			}
		}
		add_tree(&intake, "");
		assert_int_equal(intake.notices, FOLDERS * (FILES / 7 + 1));
		assert_true(intake.is_ordered);
		finish_intake(&intake);
		assert_has(&intake, "d0/01", "d0/01");
		assert_has(&intake, "d4/89", "d4/89");
		close_intake(&intake);
	}
}

TEST(files_of_all_sizes_are_taken_in_for_any_number_of_threads)
{
	/* About where files are no more read ahead, and where they are large. */
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 1048575, 1048576, 1048577 };
	char *text = test_malloc(1048577 + 1);

	for (unsigned threads = 1; threads < 4; threads++) {
		struct intake intake;
		char name[64];

		open_intake_of(&intake, threads);
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			memset(text, 'a' + (int)i, sizes[i]);
			text[sizes[i]] = '\0';
			snprintf(name, sizeof(name), "%zu", sizes[i]);
			make_file(&intake, name, text);
		}
		add_tree(&intake, "");
		finish_intake(&intake);
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			memset(text, 'a' + (int)i, sizes[i]);
			text[sizes[i]] = '\0';
			snprintf(name, sizeof(name), "%zu", sizes[i]);
			assert_has(&intake, name, text);
		}
		assert_int_equal(intake.notices, 0);
		close_intake(&intake);
	}
	test_free(text);
}

TEST(files_on_their_way_are_given_up_with_the_packer)
{
	size_t descriptors = test_open_descriptors();
	struct intake intake;

	open_intake(&intake);
	make_file(&intake, "a", "a");
	assert_int_equal(narc_packer_add_path(intake.packer, intake.place, "a", NULL), NARC_OK);
	narc_packer_free(intake.packer);
	assert_int_equal(test_open_descriptors(), descriptors);
	test_tree_remove(intake.place);
}

TEST(no_descriptor_stays_open)
{
	size_t descriptors = test_open_descriptors();
	struct intake intake;

	open_intake(&intake);
	make_folder(&intake, "x");
	make_file(&intake, "x/a", "a");
	make_link(&intake, "x/b", "a");
	add_tree(&intake, "");
	add_tree(&intake, "x/a");
	narc_packer_add_path(intake.packer, intake.place, "x", NULL);
	narc_packer_add_path(intake.packer, NULL, "/nonexistent", NULL);
	finish_intake(&intake);
	close_intake(&intake);
	assert_int_equal(test_open_descriptors(), descriptors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_is_taken_in_with_paths_relative_to_it),
		cmocka_unit_test(permissions_and_times_are_those_of_the_files),
		cmocka_unit_test(a_file_and_a_link_may_be_given_as_trees),
		cmocka_unit_test(what_cannot_be_kept_is_told_and_does_not_end_the_walk),
		cmocka_unit_test(a_tree_that_is_not_there_is_an_error),
		cmocka_unit_test(the_configuration_of_a_tree_gives_its_dates_their_zone),
		cmocka_unit_test(single_files_are_added_under_the_path_that_is_given),
		cmocka_unit_test(the_root_of_all_may_be_the_root),
		cmocka_unit_test(single_files_that_cannot_be_kept_are_told),
		cmocka_unit_test(the_archive_that_is_to_be_replaced_is_left_out),
		cmocka_unit_test(a_deep_tree_is_taken_in_as_far_as_paths_may_be_long),
		cmocka_unit_test(files_are_told_of_in_their_order_for_any_number_of_threads),
		cmocka_unit_test(files_of_all_sizes_are_taken_in_for_any_number_of_threads),
		cmocka_unit_test(files_on_their_way_are_given_up_with_the_packer),
		cmocka_unit_test(no_descriptor_stays_open),
	};

	return cmocka_run_group_tests_name("discover", tests, NULL, NULL);
}
