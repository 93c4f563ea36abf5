/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters of so many keys that they are kept in files of their own. */
#include <stdio.h>
#include <string.h>

#include "support_check.h"
#include "support_set.h"

/* Of each volume two keys a file: the path, and what the content is. The filter of the first one
 * is a bit smaller than all that stay in the manifest may be, and the others are too much. */
enum { FIRST_FILES = 105000, MORE_FILES = 8000, PATH_SIZE = 16 };

/* Adds so many files, from number first on, which have their paths as content. */
static enum narc_status add_many_as(struct memory_store *memory, bool is_compared, size_t first,
				    size_t count, struct narc_error *error)
{
	char(*paths)[PATH_SIZE] = test_malloc(count * sizeof(*paths));
	struct given_file *files = test_malloc(count * sizeof(*files));
	struct narc_pack_options options = plain_options();
	enum narc_status status;

	/* Small ones, as files are small here, and a block is gone through to find one; and others
	 * each time, so that volumes of the same files differ. */
	options.block_size = 1024 + memory->count;
	for (size_t i = 0; i < count; i++) {
		snprintf(paths[i], sizeof(*paths), "f%zu", first + i);
		files[i] = given_text(paths[i], paths[i]);
	}
	status = add_files(memory, &options, is_compared, files, count, error);
	test_free(files);
	test_free(paths);
	return status;
}

static enum narc_status add_many(struct memory_store *memory, size_t first, size_t count,
				 struct narc_error *error)
{
	return add_many_as(memory, true, first, count, error);
}

/* Made once: a set with the first files, and one with more of them, whose filters are in a file. */
static struct memory_store first_set = { .clock = 1000 }, full_set;

static int make_sets(void **state)
{
	struct narc_error error;

	(void)state;
	ASSERT_OK(add_many(&first_set, 0, FIRST_FILES, &error), &error);
	full_set = memory_store_copy(&first_set);
	ASSERT_OK(add_many(&full_set, FIRST_FILES, MORE_FILES, &error), &error);
	return 0;
}

static int free_sets(void **state)
{
	(void)state;
	memory_store_free(&first_set);
	memory_store_free(&full_set);
	return 0;
}

/* Fails unless files 0 and count - 1 are found, and there is none behind. */
static void assert_finds(struct memory_store *memory, size_t count)
{
	narc_archive *set = open_memory_set(memory);
	narc_cursor *cursor = open_cursor(set, NULL);
	struct narc_error error;
	char path[PATH_SIZE];

	find_path(cursor, "f0");
	snprintf(path, sizeof(path), "f%zu", count - 1);
	find_path(cursor, path);
	snprintf(path, sizeof(path), "f%zu", count);
	ASSERT_STATUS(narc_cursor_find_path(cursor, path, &error), NARC_NOT_FOUND, &error);
	narc_cursor_close(cursor);
	narc_archive_close(set);
}

/* Fails unless the set is good and has files 0 to count - 1. */
static void assert_has_many(struct memory_store *memory, size_t count)
{
	narc_archive *set = open_memory_set(memory);
	struct narc_verify_options options = { .threads = 1 };
	struct narc_verify_result result;
	struct narc_error error;

	ASSERT_OK(narc_archive_verify(set, &options, &result, &error), &error);
	assert_int_equal(result.damages, 0);
	assert_int_equal(result.entries, count);
	narc_archive_close(set);
	assert_finds(memory, count);
}

/* The file of filters that there is; NULL if there is none. */
static const struct stored_file *filter_file_of(const struct memory_store *memory)
{
	const struct stored_file *found = NULL;

	for (size_t i = 0; i < memory->count; i++) {
		if (!strstr(memory->files[i].name, ".filters"))
			continue;
		assert_null(found);
		found = &memory->files[i];
	}
	return found;
}

TEST(filters_of_many_keys_leave_the_manifest_and_are_written_once)
{
	struct memory_store memory = memory_store_copy(&full_set);
	const void *filters = filter_file_of(&memory)->data;
	struct narc_error error;

	assert_null(filter_file_of(&first_set));
	assert_true(memory_store_find(&first_set, NARC_SET_MANIFEST)->size > 200000);
	assert_true(memory_store_find(&memory, NARC_SET_MANIFEST)->size < 4096);
	ASSERT_OK(add_many(&memory, FIRST_FILES + MORE_FILES, 1, &error), &error);
	assert_ptr_equal(filter_file_of(&memory)->data, filters);
	assert_has_many(&memory, FIRST_FILES + MORE_FILES + 1);
	memory_store_free(&memory);
}

TEST(a_file_of_filters_goes_when_all_of_its_volumes_were_joined)
{
	struct memory_store memory = memory_store_copy(&full_set);
	struct narc_compact_result result;
	struct narc_error error;

	ASSERT_OK(compact_set(&memory, 2000, &result, &error), &error);
	assert_int_equal(result.waiting, 3);
	ASSERT_OK(compact_set(&memory, 2000 + 3600, &result, &error), &error);
	assert_int_equal(result.removed, 3);
	assert_null(memory_store_find(&memory, filter_file_of(&full_set)->name));
	assert_non_null(filter_file_of(&memory));
	assert_int_equal(memory.count, 3);
	assert_finds(&memory, FIRST_FILES + MORE_FILES);
	memory_store_free(&memory);
}

TEST(volumes_with_the_same_keys_have_their_filters_in_one_file)
{
	struct memory_store memory = { .clock = 1000 };
	const size_t count = FIRST_FILES + MORE_FILES;
	struct narc_error error;

	ASSERT_OK(add_many_as(&memory, false, 0, count, &error), &error);
	assert_non_null(filter_file_of(&memory));
	ASSERT_OK(add_many_as(&memory, false, 0, count, &error), &error);
	assert_non_null(filter_file_of(&memory));
	assert_int_equal(memory.count, 4);
	assert_finds(&memory, count);
	memory_store_free(&memory);
}

TEST(a_lost_file_of_filters_is_made_again)
{
	struct memory_store memory = memory_store_copy(&full_set);
	struct narc_store store = memory_store_open(&memory);
	struct narc_set_repair_options options;
	struct narc_set_repair_result result;
	struct narc_error error;

	ASSERT_OK(store.ops->remove(store.context, filter_file_of(&memory)->name, &error), &error);
	assert_finds(&memory, FIRST_FILES + MORE_FILES);
	narc_set_repair_options_init(&options);
	ASSERT_OK(narc_set_repair(store, &options, &result, &error), &error);
	store.ops->close(store.context);
	assert_int_equal(result.filters, 2);
	assert_non_null(filter_file_of(&memory));
	assert_has_many(&memory, FIRST_FILES + MORE_FILES);
	memory_store_free(&memory);
}

/* A set to which no file can be added without that its filters leave the manifest; *count: how many
 * files it has. */
static struct memory_store make_full_manifest(size_t *count)
{
	struct memory_store memory = memory_store_copy(&first_set);
	struct memory_store next;
	struct narc_error error;

	*count = FIRST_FILES;
	for (size_t more = MORE_FILES; more > 0;) {
		next = memory_store_copy(&memory);
		ASSERT_OK(add_many(&next, *count, more, &error), &error);
		if (filter_file_of(&next)) {
			memory_store_free(&next);
			more /= 2;
			continue;
		}
		memory_store_free(&memory);
		memory = next;
		*count += more;
	}
	return memory;
}

TEST(any_call_of_a_store_may_fail_while_filters_are_moved)
{
	size_t count;
	struct memory_store before = make_full_manifest(&count);
	uint64_t failed = 0;
	bool has_failed = true;

	for (uint64_t number = 1; has_failed; number++) {
		struct memory_store memory = memory_store_copy(&before);
		struct narc_error error = { 0 };
		enum narc_status status;

		memory.calls = 0;
		memory.fail_at = number;
		status = add_many(&memory, count, 1, &error);
		memory.fail_at = 0;
		has_failed = memory.has_failed;
		assert_true(status == NARC_OK || has_failed);
		if (status != NARC_OK) {
			failed++;
			ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
			assert_finds(&memory, count);
			ASSERT_OK(add_many(&memory, count, 1, &error), &error);
		}
		assert_non_null(filter_file_of(&memory));
		assert_finds(&memory, count + 1);
		memory_store_free(&memory);
	}
	assert_true(failed > 20);
	memory_store_free(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_of_many_keys_leave_the_manifest_and_are_written_once),
		cmocka_unit_test(a_file_of_filters_goes_when_all_of_its_volumes_were_joined),
		cmocka_unit_test(volumes_with_the_same_keys_have_their_filters_in_one_file),
		cmocka_unit_test(a_lost_file_of_filters_is_made_again),
		cmocka_unit_test(any_call_of_a_store_may_fail_while_filters_are_moved),
	};

	return cmocka_run_group_tests_name("set_filters", tests, make_sets, free_sets);
}
