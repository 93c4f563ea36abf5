/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that fail, one after the other, in all that is done with archives on files: what
 * cannot be done is told, with its errno; every file is as it was before or as it was to become,
 * and there are no others; nothing stays open.
 */
#include "support_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_calls.h"
#include "support_folder.h"
#include "support_jobs.h"

static struct packed living;

static int make_living(void **state)
{
	(void)state;
	living = make_living_archive();
	return 0;
}

static int free_living(void **state)
{
	(void)state;
	packed_free(&living);
	return 0;
}

/* What a job does where nothing fails. */
struct expectation {
	struct snapshot before, after;
	uint64_t calls[CALL_COUNT];
	uint64_t written; /* bytes, temporary files included */
};

static void expect(struct expectation *expectation, enum job job)
{
	struct workplace place = workplace_new(&living);
	struct narc_error error;

	snapshot_take(&expectation->before, place.folder);
	calls_reset();
	ASSERT_OK(workplace_do(&place, job, &error), &error);
	for (enum file_call call = 0; call < CALL_COUNT; call++)
		expectation->calls[call] = calls_count(call);
	expectation->written = calls_written();
	assert_false(place.has_told);
	snapshot_take(&expectation->after, place.folder);
	workplace_remove(&place);
}

static void expectation_free(struct expectation *expectation)
{
	snapshot_free(&expectation->before);
	snapshot_free(&expectation->after);
}

/* Each file is as before, or as after; if all went well, as after. */
static void assert_as_expected(const struct expectation *expectation, const char *folder,
			       bool is_done)
{
	struct snapshot now;

	snapshot_take(&now, folder);
	for (size_t i = 0; i < now.count; i++) {
		bool is_right = snapshot_has(&expectation->after, &now.files[i]) ||
				(!is_done && snapshot_has(&expectation->before, &now.files[i]));

		if (!is_right)
			print_error("\"%s\" is not what it should be\n", now.files[i].path);
		assert_true(is_right);
	}
	/* Nothing that was there is gone, whatever happened. */
	for (size_t i = 0; i < expectation->before.count; i++)
		assert_non_null(snapshot_find(&now, expectation->before.files[i].path));
	if (is_done)
		assert_int_equal(now.count, expectation->after.count);
	snapshot_free(&now);
}

/* What let_fail made to fail. */
struct failure {
	int with_errno;
	bool has_failed;
	enum narc_status status;
	struct narc_error error;
};

/* Does a job with calls failing as they were told to. */
static struct failure do_failing(const struct expectation *expectation, struct workplace *place,
				 enum job job, int with_errno)
{
	const size_t descriptors = test_open_descriptors();
	struct failure failure = { .with_errno = with_errno };

	failure.status = workplace_do(place, job, &failure.error);
	failure.has_failed = calls_have_failed();
	assert_int_equal(test_open_descriptors(), descriptors);
	if (failure.status != NARC_OK) {
		assert_true(failure.has_failed);
		ASSERT_STATUS(failure.status, NARC_IO, &failure.error);
		ASSERT_ERROR_IS_TOLD(&failure.error, NARC_IO);
		assert_int_equal(failure.error.system_errno, with_errno);
	}
	/* A file of the tree that could not be read is told of, and left out. */
	if (!place->has_told)
		assert_as_expected(expectation, place->folder, failure.status == NARC_OK);
	return failure;
}

/* ---- calls that fail once ------------------------------------------------------------------ */

/* All of them only where there is time: of many, as many of the first and of the last, with which
 * archives are given their names, and some between. */
static uint64_t next_number(uint64_t number, uint64_t count)
{
	const uint64_t ends = 6, step = count / 6 + 1;

	if (getenv("NARC_LONG") || number < ends || number + ends > count)
		return number + 1;
	return number + step + ends > count ? count - ends + 1 : number + step;
}

/* How many calls were made to fail, and how many of them failed the job. */
struct failures {
	uint64_t made, told;
};

static void fail_each(enum job job, const struct expectation *expectation, enum file_call call,
		      int with_errno, struct failures *failures)
{
	const uint64_t count = expectation->calls[call];

	for (uint64_t number = 1; number <= count; number = next_number(number, count)) {
		struct workplace place = workplace_new(&living);
		struct failure failure;

		calls_fail(call, number, with_errno);
		failure = do_failing(expectation, &place, job, with_errno);
		assert_true(failure.has_failed);
		failures->made++;
		failures->told += failure.status != NARC_OK;
		/* There is another way only to open, and to cut off what was given up. */
		if (call == CALL_SYNC || call == CALL_RENAME || call == CALL_WRITE)
			assert_true(failure.status != NARC_OK);
		workplace_remove(&place);
	}
}

static void assert_each_may_fail(enum file_call call, int with_errno)
{
	struct failures failures = { 0 };

	for (enum job job = 0; job < JOBS; job++) {
		struct expectation expectation;

		expect(&expectation, job);
		fail_each(job, &expectation, call, with_errno, &failures);
		expectation_free(&expectation);
	}
	print_message("%llu calls that failed, %llu of them told as errors\n",
		      (unsigned long long)failures.made, (unsigned long long)failures.told);
	assert_true(failures.told > 0);
}

TEST(every_write_may_fail)
{
	assert_each_may_fail(CALL_WRITE, EIO);
	assert_each_may_fail(CALL_WRITE, ENOSPC);
}

TEST(every_read_may_fail)
{
	assert_each_may_fail(CALL_READ, EIO);
}

TEST(every_sync_may_fail_and_is_not_tried_again_as_if_it_had_not)
{
	assert_each_may_fail(CALL_SYNC, EIO);
	assert_each_may_fail(CALL_SYNC, ENOSPC);
}

TEST(every_opening_may_fail)
{
	assert_each_may_fail(CALL_OPEN, EMFILE);
}

TEST(every_change_of_names_may_fail)
{
	assert_each_may_fail(CALL_LINK, ENOSPC);
	assert_each_may_fail(CALL_RENAME, EIO);
}

TEST(cutting_off_may_fail)
{
	assert_each_may_fail(CALL_TRUNCATE, EIO);
}

/* ---- full disks and slow ones -------------------------------------------------------------- */

TEST(a_disk_that_is_full_anywhere_is_told)
{
	const uint64_t steps = getenv("NARC_LONG") ? 500 : 20;

	for (enum job job = 0; job < JOBS; job++) {
		struct expectation expectation;
		uint64_t full = 0;

		expect(&expectation, job);
		for (uint64_t step = 0; step <= steps; step++) {
			struct workplace place = workplace_new(&living);
			struct failure failure;

			calls_fill_disk(expectation.written * step / steps);
			failure = do_failing(&expectation, &place, job, ENOSPC);
			assert_int_equal(failure.has_failed, failure.status != NARC_OK);
			full += failure.has_failed;
			workplace_remove(&place);
		}
		print_message("%s: %llu of %llu disks were too small\n", job_name(job),
			      (unsigned long long)full, (unsigned long long)steps + 1);
		expectation_free(&expectation);
	}
}

/* Does a job once, with all calls as these are. */
static struct failure do_with_all(enum job job, void (*spoil_calls)(void), int with_errno)
{
	struct expectation expectation;
	struct workplace place = workplace_new(&living);
	struct failure failure;

	expect(&expectation, job);
	spoil_calls();
	failure = do_failing(&expectation, &place, job, with_errno);
	workplace_remove(&place);
	expectation_free(&expectation);
	return failure;
}

TEST(short_and_interrupted_reads_and_writes_change_nothing)
{
	for (enum job job = 0; job < JOBS; job++) {
		struct failure failure = do_with_all(job, calls_shorten, 0);

		ASSERT_OK(failure.status, &failure.error);
	}
}

TEST(a_disk_that_takes_nothing_and_does_not_say_why_is_told)
{
	for (enum job job = 0; job < JOBS; job++) {
		struct failure failure = do_with_all(job, calls_write_nothing, EIO);

		assert_int_equal(failure.has_failed, failure.status != NARC_OK);
	}
}

/* Where files cannot be made without a name. */
TEST(two_writers_of_one_file_do_not_take_each_other_for_killed)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct narc_sink sinks[2];
	struct narc_error error;

	test_path(path, folder, "a.narc");
	for (size_t i = 0; i < COUNT_OF(sinks); i++) {
		calls_fail(CALL_OPEN, i + 1, EOPNOTSUPP);
		ASSERT_OK(narc_file_sink(path, true, &sinks[i], &error), &error);
		assert_true(calls_have_failed());
		assert_int_equal(test_folder_count(folder), i + 1);
	}
	for (size_t i = 0; i < COUNT_OF(sinks); i++) {
		ASSERT_OK(sinks[i].ops->publish(sinks[i].context, &error), &error);
		sinks[i].ops->close(sinks[i].context);
	}
	assert_int_equal(test_folder_count(folder), 1);
	test_folder_remove(folder);
}

/* ---- the order of calls -------------------------------------------------------------------- */

/* What is done to the names in a folder, and to the file that was opened in it last to be written,
 * a word a call. */
struct call_order {
	const char *folder;
	int folder_fd, file_fd; /* while they are open */
	char words[4096];
};

static void add_word(struct call_order *order, const char *word)
{
	size_t size = strlen(order->words);

	snprintf(order->words + size, sizeof(order->words) - size, " %s", word);
}

static void note_opened(struct call_order *order, const struct call_made *made)
{
	size_t size = strlen(order->folder);

	if (strncmp(made->path, order->folder, size) != 0)
		return;
	if (made->is_to_write)
		order->file_fd = made->fd;
	else if (made->path[size] == '\0')
		order->folder_fd = made->fd;
}

static void note_order(void *context, const struct call_made *made)
{
	static const char *const words[CALL_COUNT] = {
		[CALL_WRITE] = "write", [CALL_TRUNCATE] = "cut", [CALL_SYNC] = "sync",
		[CALL_LINK] = "link",	[CALL_RENAME] = "rename", [CALL_UNLINK] = "unlink",
	};
	struct call_order *order = context;

	if (made->call == CALL_OPEN)
		note_opened(order, made);
	else if (made->call == CALL_SYNC && made->fd == order->folder_fd)
		add_word(order, "sync-folder");
	else if (words[made->call] && (made->fd < 0 || made->fd == order->file_fd))
		add_word(order, words[made->call]);
}

/* Fails unless what the job does ends with these words, or those. */
static void assert_order(enum job job, const char *these, const char *those)
{
	struct workplace place = workplace_new(&living);
	struct call_order order = { .folder = place.folder, .folder_fd = -1,
				    .file_fd = -1 };
	struct narc_error error;
	const char *end;

	calls_reset();
	calls_watch(note_order, &order);
	ASSERT_OK(workplace_do(&place, job, &error), &error);
	calls_watch(NULL, NULL);
	end = order.words + strlen(order.words);
	if (strlen(order.words) < strlen(these) || strcmp(end - strlen(these), these) != 0)
		these = those;
	if (strlen(order.words) < strlen(these) || strcmp(end - strlen(these), these) != 0)
		fail_msg("%s:%s", job_name(job), order.words);
	workplace_remove(&place);
}

/* Where files can be made without a name, they are given a temporary one first. */
TEST(a_new_file_is_synced_before_it_has_its_name_and_the_folder_behind_that)
{
	static const enum job replacing[] = { JOB_PACK_OVER, JOB_MERGE, JOB_COMPACT, JOB_REDACT,
					      JOB_SPLIT, JOB_SAVE };

	assert_order(JOB_PACK, " write sync write sync link link unlink sync-folder",
		     " write sync write sync link unlink sync-folder");
	for (size_t i = 0; i < COUNT_OF(replacing); i++)
		assert_order(replacing[i], " write sync write sync link rename sync-folder",
			     " write sync write sync rename sync-folder");
	assert_order(JOB_MEND, " write sync link rename sync-folder",
		     " write sync rename sync-folder");
}

TEST(an_append_cuts_off_writes_and_commits_each_behind_a_sync_of_what_was_before)
{
	assert_order(JOB_APPEND, " cut sync write sync write sync",
		     " cut sync write write sync write sync");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_write_may_fail),
		cmocka_unit_test(every_read_may_fail),
		cmocka_unit_test(every_sync_may_fail_and_is_not_tried_again_as_if_it_had_not),
		cmocka_unit_test(every_opening_may_fail),
		cmocka_unit_test(every_change_of_names_may_fail),
		cmocka_unit_test(cutting_off_may_fail),
		cmocka_unit_test(a_disk_that_is_full_anywhere_is_told),
		cmocka_unit_test(short_and_interrupted_reads_and_writes_change_nothing),
		cmocka_unit_test(a_disk_that_takes_nothing_and_does_not_say_why_is_told),
		cmocka_unit_test(two_writers_of_one_file_do_not_take_each_other_for_killed),
		cmocka_unit_test(a_new_file_is_synced_before_it_has_its_name_and_the_folder_behind_that),
		cmocka_unit_test(an_append_cuts_off_writes_and_commits_each_behind_a_sync_of_what_was_before),
	};

	return cmocka_run_group_tests_name("calls", tests, make_living, free_living);
}
