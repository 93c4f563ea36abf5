/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is written outside of the folder, whatever the archive says and whatever happens in the
 * folder meanwhile: where the system resolves paths beneath a folder, and where it does not. */
#include "support_check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "read/deliver.h"
#include "support/beneath.h"
#include "support_delivery.h"

/* The call fails from here on, as where the system does not have it or a sandbox forbids it. */
static bool openat2_is_refused;

static bool refuse_openat2(int error)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT_OF(steps), steps };

	openat2_is_refused = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
			     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
	return openat2_is_refused;
}

/* A folder beside the target, where nothing must get. */
static void make_outside(const struct delivery *delivery, char path[TEST_PATH_SIZE])
{
	test_path(path, delivery->place, "outside");
	assert_int_equal(mkdir(path, 0777), 0);
}

TEST(a_folder_goes_without_the_call_where_it_is_refused)
{
	const struct given_file file = given_text("a/b/c", "text");
	struct delivery delivery;
	struct narc_folder *again;
	struct narc_error error;

	open_delivery(&delivery, &file, 1);
	if (openat2_is_refused)
		assert_false(delivery.folder->has_beneath);
	else if (!delivery.folder->has_beneath)
		print_message("this system has no openat2\n");
	ASSERT_OK(folder_open_again(delivery.folder, &again, &error), &error);
	assert_int_equal(again->has_beneath, delivery.folder->has_beneath);
	narc_folder_close(again);
	ASSERT_OK(write_path(&delivery, "a/b/c", &error), &error);
	assert_file_is(delivery.target, "a/b/c", "text");
	close_delivery(&delivery);
}

TEST(what_is_opened_beneath_a_folder_is_inside_of_it)
{
	static const char *const paths[] = { "..", "a/../..", "/", "/tmp", "link", "a/link/b", "no",
					     "file", "../target" };
	const struct given_file files[] = { given_text("a/b/c", "text"), given_text("file", "x"),
					    given_link("link", "."), given_link("a/link", "..") };
	struct delivery delivery;
	int fd;

	open_delivery(&delivery, files, COUNT_OF(files));
	for (size_t i = 0; i < COUNT_OF(files); i++)
		assert_int_equal(write_path(&delivery, files[i].entry.path, NULL), NARC_OK);
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		assert_int_equal(beneath_open(delivery.folder->root, paths[i]), -1);
	fd = beneath_open(delivery.folder->root, "a/b");
	assert_int_equal(fd >= 0, delivery.folder->has_beneath);
	if (fd >= 0)
		close(fd);
	close_delivery(&delivery);
}

TEST(links_that_were_there_are_not_followed_wherever_they_stand)
{
	static const char *const places[] = { "a", "a/b", "a/b/c" };
	static const char *const targets[] = { "../outside", "../../outside", "../../../outside" };
	const struct given_file file = given_text("a/b/c/d/file", "must not get out");

	for (size_t n = 0; n < 2 * COUNT_OF(places); n++) {
		size_t i = n / 2;
		struct delivery delivery;
		char path[TEST_PATH_SIZE], outside[TEST_PATH_SIZE];
		struct narc_error error = { 0 };

		open_delivery(&delivery, &file, 1);
		make_outside(&delivery, outside);
		for (size_t k = 0; k < i; k++) {
			test_path(path, delivery.target, places[k]);
			assert_int_equal(mkdir(path, 0777), 0);
		}
		test_path(path, delivery.target, places[i]);
		assert_int_equal(symlink(n % 2 ? outside : targets[i], path), 0);
		ASSERT_STATUS(write_path(&delivery, file.entry.path, &error), NARC_IO, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
		assert_non_null(strstr(error.message, "a symbolic link or a file is in the way"));
		assert_int_equal(test_folder_count(outside), 0);
		close_delivery(&delivery);
	}
}

TEST(links_that_come_out_of_the_archive_are_not_followed)
{
	const struct given_file files[] = { given_link("up", "../outside"),
					    given_link("chain", "up"),
					    given_link("name", "../outside/made"),
					    given_text("up/file", "no"),
					    given_text("chain/file", "no"),
					    given_text("chain/deep/file", "no") };
	struct delivery delivery;
	char outside[TEST_PATH_SIZE];
	struct narc_error error;

	open_delivery(&delivery, files, COUNT_OF(files));
	make_outside(&delivery, outside);
	for (size_t i = 0; i < 3; i++)
		ASSERT_OK(write_path(&delivery, files[i].entry.path, &error), &error);
	for (size_t i = 3; i < COUNT_OF(files); i++)
		ASSERT_STATUS(write_path(&delivery, files[i].entry.path, &error), NARC_IO, &error);
	assert_int_equal(test_folder_count(outside), 0);
	assert_int_equal(test_folder_count(delivery.target), 3);
	close_delivery(&delivery);
}

TEST(a_folder_that_becomes_a_link_after_a_record_is_not_followed_for_the_next)
{
	const struct given_file files[] = { given_text("a/one", "1"), given_text("a/two", "2"),
					    given_text("b/x", "x"), given_text("a/three", "3") };
	struct delivery delivery;
	char path[TEST_PATH_SIZE], moved[TEST_PATH_SIZE], outside[TEST_PATH_SIZE];
	struct narc_error error = { 0 };

	open_delivery(&delivery, files, COUNT_OF(files));
	make_outside(&delivery, outside);
	ASSERT_OK(write_path(&delivery, "a/one", &error), &error);
	test_path(path, delivery.target, "a");
	test_path(moved, delivery.target, "moved");
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(symlink("../outside", path), 0);
	/* Its folder is still open, and stays the one that it was. */
	ASSERT_OK(write_path(&delivery, "a/two", &error), &error);
	assert_file_is(delivery.target, "moved/two", "2");
	ASSERT_OK(write_path(&delivery, "b/x", &error), &error);
	ASSERT_STATUS(write_path(&delivery, "a/three", &error), NARC_IO, &error);
	assert_int_equal(test_folder_count(outside), 0);
	close_delivery(&delivery);
}

TEST(what_stands_at_a_file_s_name_is_replaced_and_not_written_to)
{
	const struct given_file files[] = { given_text("fifo", "new"), given_text("hard", "new"),
					    given_text("link", "new"), given_link("to", "new") };
	struct delivery delivery;
	char outside[TEST_PATH_SIZE], kept[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
	struct stat about;
	struct narc_error error;

	open_delivery(&delivery, files, COUNT_OF(files));
	make_outside(&delivery, outside);
	test_path(kept, outside, "kept");
	test_file_write(kept, "kept", 4);
	test_path(path, delivery.target, "fifo");
	assert_int_equal(mkfifo(path, 0666), 0); /* nobody reads it */
	test_path(path, delivery.target, "hard");
	assert_int_equal(link(kept, path), 0);
	test_path(path, delivery.target, "link");
	assert_int_equal(symlink(kept, path), 0);
	test_path(path, delivery.target, "to");
	assert_int_equal(symlink(outside, path), 0);
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		ASSERT_OK(write_path(&delivery, files[i].entry.path, &error), &error);
		test_path(path, delivery.target, files[i].entry.path);
		assert_int_equal(lstat(path, &about), 0);
		assert_int_equal(about.st_mode & S_IFMT, i < 3 ? S_IFREG : S_IFLNK);
		assert_int_equal(about.st_nlink, 1);
	}
	assert_file_is(outside, "kept", "kept");
	assert_int_equal(test_folder_count(outside), 1);
	close_delivery(&delivery);
}

/* Lets a folder and a link that leads out change places, over and over. */
struct flipper {
	char folder[TEST_PATH_SIZE];
	char link[TEST_PATH_SIZE];
	atomic_bool ends;
};

static void *flip(void *context)
{
	struct flipper *flipper = context;

	while (!atomic_load(&flipper->ends))
		renameat2(AT_FDCWD, flipper->folder, AT_FDCWD, flipper->link, RENAME_EXCHANGE);
	return NULL;
}

TEST(a_link_that_comes_and_goes_during_the_extraction_leads_nothing_out)
{
	const struct given_file files[] = { given_text("flips/deep/file", "in"),
					    given_text("flips/made/by/us", "in"),
					    given_text("other/file", "in") };
	struct flipper flipper = { .ends = false };
	struct delivery delivery;
	char outside[TEST_PATH_SIZE], path[TEST_PATH_SIZE];
	pthread_t thread;
	size_t written = 0;

	open_delivery(&delivery, files, COUNT_OF(files));
	make_outside(&delivery, outside);
	test_path(path, outside, "deep");
	assert_int_equal(mkdir(path, 0777), 0);
	test_path(flipper.folder, delivery.target, "flips");
	test_path(flipper.link, delivery.target, "evil");
	assert_int_equal(mkdir(flipper.folder, 0777), 0);
	assert_int_equal(symlink("../outside", flipper.link), 0);
	assert_int_equal(pthread_create(&thread, NULL, flip, &flipper), 0);
	for (size_t i = 0; i < 600; i++)
		written += write_path(&delivery, files[i % 3].entry.path, NULL) == NARC_OK;
	atomic_store(&flipper.ends, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(written >= 200); /* the file in the other folder always is */
	assert_int_equal(test_folder_count(path), 0);
	assert_int_equal(test_folder_count(outside), 1);
	close_delivery(&delivery);
}

TEST(names_that_no_file_can_have_are_told_of_and_the_rest_is_written)
{
	char long_name[301], long_folder[310], longest[256], controls[300];
	struct given_file files[5];
	struct delivery delivery;
	struct narc_error error = { 0 };

	memset(long_name, 'x', 300);
	long_name[300] = '\0';
	snprintf(long_folder, sizeof(long_folder), "%s/file", long_name);
	memset(longest, 'y', 255);
	longest[255] = '\0';
	strcpy(controls, "\x01\x1b[31m\n\t\x7f\xff\xfe \xe2\x80\xae*?\\");
	files[0] = given_text(long_name, "a");
	files[1] = given_text(long_folder, "b");
	files[2] = given_text(longest, "c");
	files[3] = given_text(controls, "d");
	files[4] = given_text("folder/..hidden...", "e");
	open_delivery(&delivery, files, COUNT_OF(files));
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		enum narc_status wanted = i < 2 ? NARC_IO : NARC_OK;

		ASSERT_STATUS(write_path(&delivery, files[i].entry.path, &error), wanted, &error);
		if (wanted == NARC_IO)
			assert_int_equal(error.system_errno, ENAMETOOLONG);
		else
			assert_file_is(delivery.target, files[i].entry.path, files[i].content);
	}
	assert_int_equal(test_folder_count(delivery.target), 3);
	close_delivery(&delivery);
}

static int run_confined(const char *name)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folder_goes_without_the_call_where_it_is_refused),
		cmocka_unit_test(what_is_opened_beneath_a_folder_is_inside_of_it),
		cmocka_unit_test(links_that_were_there_are_not_followed_wherever_they_stand),
		cmocka_unit_test(links_that_come_out_of_the_archive_are_not_followed),
		cmocka_unit_test(
			a_folder_that_becomes_a_link_after_a_record_is_not_followed_for_the_next),
		cmocka_unit_test(what_stands_at_a_file_s_name_is_replaced_and_not_written_to),
		cmocka_unit_test(
			a_link_that_comes_and_goes_during_the_extraction_leads_nothing_out),
		cmocka_unit_test(names_that_no_file_can_have_are_told_of_and_the_rest_is_written),
	};

	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
	int failures = run_confined("confined");

	/* What is refused once is for good: so the runs come in this order. */
	if (!refuse_openat2(ENOSYS))
		print_message("system calls cannot be refused here\n");
	failures += run_confined("confined, on a system without openat2");
	refuse_openat2(EPERM);
	return failures + run_confined("confined, in a sandbox without openat2");
}
