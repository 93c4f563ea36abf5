/* SPDX-License-Identifier: BSD-2-Clause */
/* Redacting a set: in all of its volumes and files, whoever else writes, and whatever fails. */
#include "support_check.h"

#include <string.h>

#include "pack/set_edition.h"
#include "support_set.h"

/* Texts that are stored as they are, so that they are seen in a file that has them. */
#define SECRET "a53cret-0fPe0p1e"
#define OLDER  "n0body-m4y-R3ad!"
#define PLAIN  "a-pla1n-Tex7-her"

static const char *const before[][2] = { { "a.txt", SECRET }, { "b.txt", PLAIN } };
static const char *const after[][2] = { { "b.txt", PLAIN } };

/* The secret was written anew in a later volume. */
static struct memory_store make_set(void)
{
	struct memory_store memory = { .clock = 1000 };

	add_text_volume(&memory, "a.txt", OLDER);
	add_text_volume(&memory, "b.txt", PLAIN);
	add_text_volume(&memory, "a.txt", SECRET);
	return memory;
}

/* In how many files of the store a text is. */
static unsigned files_with(const struct memory_store *memory, const char *text)
{
	unsigned count = 0;

	for (size_t i = 0; i < memory->count; i++)
		count += memmem(memory->files[i].data, memory->files[i].size, text,
				strlen(text)) != NULL;
	return count;
}

static struct narc_redact_options redact_options(const char *const *key)
{
	struct narc_redact_options options;

	narc_redact_options_init(&options);
	options.keys = key;
	options.key_count = 1;
	options.reason = "court order of 5 May";
	options.time = options.now = 2000;
	return options;
}

static enum narc_status redact_with(struct memory_store *memory,
				    const struct narc_redact_options *options,
				    struct narc_redact_result *result, struct narc_error *error)
{
	struct narc_store store = memory_store_open(memory);
	enum narc_status status = narc_set_redact(store, options, result, error);

	store.ops->close(store.context);
	return status;
}

static enum narc_status redact(struct memory_store *memory, const char *key,
			       struct narc_redact_result *result, struct narc_error *error)
{
	const struct narc_redact_options options = redact_options(&key);

	return redact_with(memory, &options, result, error);
}

/* ---- what goes, and what stays ----------------------------------------------------------------- */

TEST(what_is_redacted_is_gone_from_all_files_of_a_set)
{
	struct memory_store memory = make_set();
	struct narc_redact_result result;
	struct narc_error error;

	assert_int_equal(files_with(&memory, SECRET), 1);
	assert_int_equal(files_with(&memory, OLDER), 1);
	ASSERT_OK(redact(&memory, "a.txt", &result, &error), &error);
	assert_int_equal(result.rows, 2);
	assert_int_equal(result.volumes, 2);
	assert_int_equal(result.removed, 2);
	assert_int_equal(result.waiting, 0);
	assert_int_equal(files_with(&memory, SECRET), 0);
	assert_int_equal(files_with(&memory, OLDER), 0);
	assert_int_equal(memory.count, 4);
	assert_set_has(&memory, after, 1);
	memory_store_free(&memory);
}

TEST(rows_and_generations_of_a_set_stay_what_they_were)
{
	struct memory_store memory = make_set();
	struct narc_filter filter;
	struct narc_redact_result result;
	struct narc_tombstone tombstone;
	const struct narc_record *record;
	struct narc_error error;
	narc_archive *set;
	narc_cursor *cursor;
	uint64_t row = 0;

	ASSERT_OK(redact(&memory, "a.txt", &result, &error), &error);
	set = open_memory_set(&memory);
	narc_filter_init(&filter);
	filter.all_versions = filter.with_redacted = true;
	cursor = open_cursor(set, &filter);
	for (; row < 3; row++) {
		ASSERT_OK(narc_cursor_find_row(cursor, row, &error), &error);
		ASSERT_OK(narc_cursor_next(cursor, &record, &error), &error);
		assert_string_equal(record->path, row == 1 ? "b.txt" : "a.txt");
		assert_int_equal(record->generation, row + 1);
		assert_int_equal(record->is_redacted, row != 1);
		if (row == 1)
			continue;
		ASSERT_OK(narc_archive_tombstone(set, row, &tombstone, &error), &error);
		assert_string_equal(tombstone.reason, "court order of 5 May");
		assert_int_equal(tombstone.time, 2000);
	}
	narc_cursor_close(cursor);
	narc_archive_close(set);
	memory_store_free(&memory);
}

TEST(older_versions_in_other_volumes_stay_if_asked_to)
{
	struct memory_store memory = make_set();
	const char *key = "a.txt";
	struct narc_redact_options options = redact_options(&key);
	struct narc_redact_result result;
	struct narc_error error;

	options.keep_versions = true;
	ASSERT_OK(redact_with(&memory, &options, &result, &error), &error);
	assert_int_equal(result.rows, 1);
	assert_int_equal(files_with(&memory, SECRET), 0);
	assert_int_equal(files_with(&memory, OLDER), 1);
	assert_set_has(&memory, after, 1);
	memory_store_free(&memory);
}

TEST(a_copy_in_another_volume_keeps_its_content_and_is_told)
{
	static const char *const files[][2] = { { "b.txt", PLAIN }, { "copy.txt", SECRET } };
	struct memory_store memory = make_set();
	const char *key = "a.txt";
	struct narc_redact_options options = redact_options(&key);
	struct narc_redact_result result;
	struct told told = { .count = 0 };
	struct narc_error error;

	/* It is no move, as the first one is still there. */
	add_text_volume(&memory, "copy.txt", SECRET);
	options.notice = note_told;
	options.notice_context = &told;
	ASSERT_OK(redact_with(&memory, &options, &result, &error), &error);
	assert_int_equal(result.kept_copies, 1);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.kind, NARC_NOTICE_KEPT);
	assert_string_equal(told.path, "copy.txt");
	assert_set_has(&memory, files, 2);
	memory_store_free(&memory);
}

TEST(what_was_redacted_in_a_set_does_not_come_again)
{
	struct memory_store memory = make_set();
	struct narc_redact_result result;
	struct narc_error error;

	ASSERT_OK(redact(&memory, "a.txt", &result, &error), &error);
	add_text_volume(&memory, "a.txt", SECRET);
	assert_int_equal(files_with(&memory, SECRET), 0);
	assert_set_has(&memory, after, 1);
	memory_store_free(&memory);
}

TEST(a_key_that_is_not_there_leaves_a_set_as_it_is)
{
	static const char *const keys[] = { "a.txt", "nothing.txt" };
	struct memory_store memory = make_set();
	struct narc_redact_options options = redact_options(keys);
	struct narc_redact_result result;
	struct narc_error error;

	options.key_count = 2;
	ASSERT_STATUS(redact_with(&memory, &options, &result, &error), NARC_NOT_FOUND, &error);
	assert_string_equal(error.path, "nothing.txt");
	assert_int_equal(memory.count, 4);
	assert_set_has(&memory, before, 2);
	ASSERT_OK(redact(&memory, "a.txt", &result, &error), &error);
	ASSERT_STATUS(redact(&memory, "a.txt", &result, &error), NARC_NOT_FOUND, &error);
	assert_string_equal(error.message, "was redacted already");
	memory_store_free(&memory);
}

TEST(a_store_without_a_set_has_nothing_to_redact)
{
	struct memory_store memory = { .clock = 1000 };
	struct narc_redact_result result;
	struct narc_error error;

	ASSERT_STATUS(redact(&memory, "a.txt", &result, &error), NARC_NOT_FOUND, &error);
	assert_int_equal(memory.count, 0);
	memory_store_free(&memory);
}

TEST(a_set_is_not_redacted_as_an_archive)
{
	struct memory_store memory = make_set();
	narc_archive *set = open_memory_set(&memory);
	const char *key = "a.txt";
	const struct narc_redact_options options = redact_options(&key);
	struct narc_redact_result result;
	struct narc_error error;
	struct narc_sink sink;
	void *data = NULL;
	size_t size;

	ASSERT_OK(narc_memory_sink(&data, &size, &sink, &error), &error);
	ASSERT_STATUS(narc_archive_redact(set, &options, sink, &result, &error), NARC_MISUSE,
		      &error);
	assert_null(data);
	narc_archive_close(set);
	memory_store_free(&memory);
}

/* ---- files that are of the set no more --------------------------------------------------------- */

TEST(files_that_were_joined_before_go_at_once)
{
	struct memory_store memory = make_set();
	struct narc_compact_result compacted;
	struct narc_redact_result result;
	struct narc_error error;

	ASSERT_OK(compact_set(&memory, 1999, &compacted, &error), &error);
	assert_int_equal(files_with(&memory, SECRET), 2);
	ASSERT_OK(redact(&memory, "a.txt", &result, &error), &error);
	assert_int_equal(result.volumes, 1);
	assert_int_equal(result.removed, 4);
	assert_int_equal(files_with(&memory, SECRET), 0);
	assert_int_equal(files_with(&memory, OLDER), 0);
	assert_set_has(&memory, after, 1);
	memory_store_free(&memory);
}

TEST(files_stay_for_a_grace_that_is_asked_for_and_are_told)
{
	struct memory_store memory = make_set();
	const char *key = "a.txt";
	struct narc_redact_options options = redact_options(&key);
	struct narc_redact_result result;
	struct told told = { .count = 0 };
	struct narc_error error;

	options.grace = 60;
	options.notice = note_told;
	options.notice_context = &told;
	ASSERT_OK(redact_with(&memory, &options, &result, &error), &error);
	assert_int_equal(result.removed, 0);
	assert_int_equal(result.waiting, 2);
	assert_int_equal(told.count, 2);
	assert_int_equal(told.kind, NARC_NOTICE_LEFT);
	assert_int_equal(files_with(&memory, SECRET), 1);
	assert_set_has(&memory, after, 1);

	/* Once more, when it is over. */
	options.now += 60;
	ASSERT_STATUS(redact_with(&memory, &options, &result, &error), NARC_NOT_FOUND, &error);
	assert_int_equal(files_with(&memory, SECRET), 0);
	memory_store_free(&memory);
}

/* By the clock of the store, all was written in the future. */
TEST(files_go_where_the_clock_of_the_store_is_ahead)
{
	struct memory_store memory = make_set();
	struct narc_redact_result result;
	struct narc_error error;

	for (size_t i = 0; i < memory.count; i++)
		memory.files[i].time = 5000;
	ASSERT_OK(redact(&memory, "a.txt", &result, &error), &error);
	assert_int_equal(result.removed, 2);
	assert_int_equal(files_with(&memory, SECRET), 0);
	memory_store_free(&memory);
}

TEST(an_archive_that_the_set_knows_nothing_of_is_told)
{
	struct memory_store memory = make_set();
	const char *key = "a.txt";
	struct narc_redact_options options = redact_options(&key);
	struct narc_redact_result result;
	struct told told = { .count = 0 };
	struct narc_error error;
	struct stored_file *volume = &memory.files[0];

	/* As of a writer that was killed. */
	if (strcmp(volume->name, NARC_SET_MANIFEST) == 0)
		volume++;
	memory_store_put(&memory, "killed.narc", volume->data, volume->size);
	options.notice = note_told;
	options.notice_context = &told;
	ASSERT_OK(redact_with(&memory, &options, &result, &error), &error);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.kind, NARC_NOTICE_LEFT);
	assert_string_equal(told.path, "killed.narc");
	assert_non_null(memory_store_find(&memory, "killed.narc"));
	memory_store_free(&memory);
}

TEST(who_opened_a_set_before_is_told_that_a_volume_is_missing)
{
	struct memory_store memory = make_set();
	narc_archive *set = open_memory_set(&memory);
	narc_cursor *cursor = open_cursor(set, NULL);
	struct narc_redact_result result;
	struct narc_error error;

	ASSERT_OK(redact(&memory, "a.txt", &result, &error), &error);
	ASSERT_STATUS(narc_cursor_find_path(cursor, "a.txt", &error), NARC_CORRUPT, &error);
	assert_non_null(strstr(error.message, "is missing in the set"));
	assert_non_null(find_path(cursor, "b.txt"));
	narc_cursor_close(cursor);
	narc_archive_close(set);
	memory_store_free(&memory);
}

/* ---- other writers ------------------------------------------------------------------------------ */

static void add_version(struct memory_store *memory)
{
	add_text_volume(memory, "a.txt", "th3-n3xt-5ecret!");
}

TEST(a_version_that_is_added_meanwhile_is_redacted_too)
{
	struct memory_store memory = make_set();
	struct narc_redact_result result;
	struct narc_error error;

	memory.rival = add_version;
	ASSERT_OK(redact(&memory, "a.txt", &result, &error), &error);
	assert_int_equal(result.rows, 3);
	assert_int_equal(files_with(&memory, "th3-n3xt-5ecret!"), 0);
	assert_int_equal(files_with(&memory, SECRET), 0);
	assert_int_equal(memory.count, 5);
	assert_set_has(&memory, after, 1);
	memory_store_free(&memory);
}

static void join_all(struct memory_store *memory)
{
	struct narc_compact_result result;
	struct narc_error error;

	ASSERT_OK(compact_set(memory, 1999, &result, &error), &error);
	assert_int_equal(result.joined, 3);
}

TEST(volumes_that_are_joined_meanwhile_are_redacted_as_they_are_then)
{
	struct memory_store memory = make_set();
	struct narc_redact_result result;
	struct narc_error error;

	memory.rival = join_all;
	ASSERT_OK(redact(&memory, "a.txt", &result, &error), &error);
	assert_int_equal(result.rows, 2);
	assert_int_equal(result.volumes, 1);
	assert_int_equal(files_with(&memory, SECRET), 0);
	assert_int_equal(files_with(&memory, OLDER), 0);
	assert_int_equal(memory.count, 2);
	assert_set_has(&memory, after, 1);
	memory_store_free(&memory);
}

static void redact_now(struct memory_store *memory)
{
	struct narc_redact_result result;
	struct narc_error error;

	ASSERT_OK(redact(memory, "a.txt", &result, &error), &error);
}

TEST(what_somebody_else_redacts_meanwhile_is_redacted_once)
{
	struct memory_store memory = make_set();
	struct narc_redact_result result;
	struct narc_error error;

	memory.rival = redact_now;
	ASSERT_OK(redact(&memory, "a.txt", &result, &error), &error);
	assert_int_equal(result.rows, 0);
	assert_int_equal(memory.count, 4);
	assert_int_equal(files_with(&memory, SECRET), 0);
	assert_set_has(&memory, after, 1);
	memory_store_free(&memory);
}

TEST(what_is_joined_while_it_is_redacted_is_not_left_behind)
{
	struct memory_store memory = make_set();
	struct narc_compact_result result;
	struct narc_error error;

	memory.rival = redact_now;
	ASSERT_OK(compact_set(&memory, 2000, &result, &error), &error);
	assert_int_equal(result.joined, 0);
	assert_int_equal(files_with(&memory, SECRET), 0);
	assert_int_equal(files_with(&memory, OLDER), 0);
	assert_set_has(&memory, after, 1);
	memory_store_free(&memory);
}

/* ---- what fails --------------------------------------------------------------------------------- */

TEST(a_damaged_volume_is_told_and_the_set_stays_as_it_is)
{
	struct memory_store memory = make_set();
	struct memory_store damaged;
	struct narc_redact_result result;
	struct narc_error error;
	narc_archive *set = open_memory_set(&memory);
	struct narc_volume last;
	struct stored_file *file;
	char *byte;

	assert_true(narc_archive_volume(set, 2, &last));
	damaged = memory_store_copy(&memory);
	file = memory_store_find(&damaged, last.name);
	byte = memmem(file->data, file->size, SECRET, strlen(SECRET));
	*byte ^= 1;
	ASSERT_STATUS(redact(&damaged, "a.txt", &result, &error), NARC_CORRUPT, &error);
	assert_string_equal(error.path, last.name);
	assert_int_equal(damaged.count, memory.count);
	*byte ^= 1;
	assert_set_has(&damaged, before, 2);
	narc_archive_close(set);
	memory_store_free(&damaged);
	memory_store_free(&memory);
}

/* Has the manifest count no current rows, which only a full check finds. */
static void count_none(struct memory_store *memory)
{
	struct narc_store store = memory_store_open(memory);
	struct set_edition edition;
	struct next_edition next;
	struct narc_error error;

	ASSERT_OK(set_edition_load(store, &edition, &error), &error);
	ASSERT_OK(next_edition_begin(&edition, 0, 0, &next, &error), &error);
	next.manifest.current_rows = next.manifest.current_posts = next.manifest.current_size = 0;
	ASSERT_OK(next_edition_write(&edition, &next, &error), &error);
	next_edition_free(&next);
	set_edition_free(&edition);
	store.ops->close(store.context);
}

TEST(a_set_that_counts_fewer_rows_than_it_has_is_refused)
{
	struct memory_store memory = make_set();
	struct narc_redact_result result;
	struct narc_error error;
	narc_archive *set;

	count_none(&memory);
	ASSERT_STATUS(redact(&memory, "a.txt", &result, &error), NARC_CORRUPT, &error);
	set = open_memory_set(&memory);
	narc_archive_close(set);
	memory_store_free(&memory);
}

/* Whatever call fails, that is told, and the set is what it was, or what it was to become; and the
 * same call finishes it. */
TEST(any_call_of_a_store_may_fail_while_a_set_is_redacted)
{
	uint64_t failed = 0;
	bool has_failed = true;

	for (uint64_t number = 1; has_failed; number++) {
		struct memory_store memory = make_set();
		struct narc_redact_result result;
		struct narc_error error = { 0 };
		enum narc_status status;

		memory.calls = 0;
		memory.fail_at = number;
		status = redact(&memory, "a.txt", &result, &error);
		memory.fail_at = 0;
		has_failed = memory.has_failed;
		if (status != NARC_OK) {
			failed++;
			ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
			status = redact(&memory, "a.txt", &result, &error);
			assert_true(status == NARC_OK || status == NARC_NOT_FOUND);
		}
		assert_int_equal(files_with(&memory, SECRET), 0);
		assert_int_equal(files_with(&memory, OLDER), 0);
		assert_set_has(&memory, after, 1);
		memory_store_free(&memory);
	}
	assert_true(failed > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_redacted_is_gone_from_all_files_of_a_set),
		cmocka_unit_test(rows_and_generations_of_a_set_stay_what_they_were),
		cmocka_unit_test(older_versions_in_other_volumes_stay_if_asked_to),
		cmocka_unit_test(a_copy_in_another_volume_keeps_its_content_and_is_told),
		cmocka_unit_test(what_was_redacted_in_a_set_does_not_come_again),
		cmocka_unit_test(a_key_that_is_not_there_leaves_a_set_as_it_is),
		cmocka_unit_test(a_store_without_a_set_has_nothing_to_redact),
		cmocka_unit_test(a_set_is_not_redacted_as_an_archive),
		cmocka_unit_test(files_that_were_joined_before_go_at_once),
		cmocka_unit_test(files_stay_for_a_grace_that_is_asked_for_and_are_told),
		cmocka_unit_test(files_go_where_the_clock_of_the_store_is_ahead),
		cmocka_unit_test(an_archive_that_the_set_knows_nothing_of_is_told),
		cmocka_unit_test(who_opened_a_set_before_is_told_that_a_volume_is_missing),
		cmocka_unit_test(a_version_that_is_added_meanwhile_is_redacted_too),
		cmocka_unit_test(volumes_that_are_joined_meanwhile_are_redacted_as_they_are_then),
		cmocka_unit_test(what_somebody_else_redacts_meanwhile_is_redacted_once),
		cmocka_unit_test(what_is_joined_while_it_is_redacted_is_not_left_behind),
		cmocka_unit_test(a_damaged_volume_is_told_and_the_set_stays_as_it_is),
		cmocka_unit_test(a_set_that_counts_fewer_rows_than_it_has_is_refused),
		cmocka_unit_test(any_call_of_a_store_may_fail_while_a_set_is_redacted),
	};

	return cmocka_run_group_tests_name("redact_set", tests, NULL, NULL);
}
