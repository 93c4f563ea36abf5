/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that runs out while a set is written: that is told, the set is what it was or what it was
 * to become, and the same call brings it there. */
#include "support_check.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "support_archive.h"
#include "support_folder.h"
#include "support_memory.h"

enum { CONTENT_SIZE = 5000 };

/* Calls of the library, which would wait for the disk (ld --wrap). */
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);

int __wrap_fsync(int fd)
{
	(void)fd;
	return 0;
}

int __wrap_fdatasync(int fd)
{
	(void)fd;
	return 0;
}

/* ---- sets in folders ------------------------------------------------------------------------- */

static struct narc_store open_folder(const char *folder)
{
	struct narc_store store;
	struct narc_error error;

	ASSERT_OK(narc_folder_store(folder, false, &store, &error), &error);
	return store;
}

static enum narc_status add_file_volume(struct narc_store store, const char *folder,
					const struct given_file *file, struct narc_error *error)
{
	struct narc_pack_options options = plain_options();
	narc_packer *packer = NULL;
	narc_archive *set = NULL;
	struct narc_store own = { 0 };
	enum narc_status status;

	options.parity = 1000;
	options.time = 1700000000;
	status = narc_packer_new(&options, &packer, error);
	if (status == NARC_OK)
		status = narc_folder_store(folder, false, &own, error);
	if (status == NARC_OK)
		status = narc_set_open(own, &set, error);
	if (status == NARC_OK)
		status = narc_packer_append_to(packer, set, error);
	else if (status == NARC_NOT_FOUND)
		status = NARC_OK;
	if (status == NARC_OK)
		status = narc_packer_add(packer, &file->entry, file->content, file->size, error);
	if (status == NARC_OK)
		status = narc_packer_commit_volume(packer, store, NULL, error);
	narc_packer_free(packer);
	narc_archive_close(set);
	return status;
}

/* Two versions of a file that does not compress, and another beside them. */
static char *make_set(void)
{
	char *folder = test_folder_new();
	struct narc_store store = open_folder(folder);
	struct test_random random = { 23 };
	uint8_t *content = malloc(CONTENT_SIZE);
	struct narc_error error;

	for (unsigned i = 0; i < 3; i++) {
		struct given_file file = given_text(i == 1 ? "b.bin" : "a.bin", "");

		for (size_t k = 0; k < CONTENT_SIZE; k++)
			content[k] = (uint8_t)random_next(&random);
		file.content = content;
		file.size = CONTENT_SIZE;
		ASSERT_OK(add_file_volume(store, folder, &file, &error), &error);
	}
	free(content);
	store.ops->close(store.context);
	return folder;
}

static char *copy_set(const char *folder)
{
	char *copy = test_folder_new();
	DIR *entries = opendir(folder);
	struct dirent *entry;

	assert_non_null(entries);
	while ((entry = readdir(entries))) {
		char path[TEST_PATH_SIZE];
		void *data;
		size_t size;

		if (entry->d_name[0] == '.')
			continue;
		test_path(path, folder, entry->d_name);
		data = test_file_read(path, &size);
		test_path(path, copy, entry->d_name);
		test_file_write(path, data, size);
		free(data);
	}
	closedir(entries);
	return copy;
}

/* A wrong byte in the last volume, and in the filter of it. */
static void damage_set(const char *folder)
{
	struct narc_store store = open_folder(folder);
	narc_archive *set;
	struct narc_volume last;
	struct narc_error error;

	ASSERT_OK(narc_set_open(store, &set, &error), &error);
	assert_true(narc_archive_volume(set, 2, &last));
	for (unsigned i = 0; i < 2; i++) {
		char path[TEST_PATH_SIZE];
		uint8_t *data;
		size_t size;

		test_path(path, folder, i ? NARC_SET_MANIFEST : last.name);
		data = test_file_read(path, &size);
		data[i ? size - 1 : 2000] ^= 1;
		test_file_write(path, data, size);
		free(data);
	}
	narc_archive_close(set);
}

static void assert_set_is_good(const char *folder, uint64_t rows)
{
	struct narc_store store = open_folder(folder);
	narc_archive *set;
	struct narc_error error;

	ASSERT_OK(narc_set_open(store, &set, &error), &error);
	assert_verifies(set, rows);
	narc_archive_close(set);
}

/* ---- what is done to them -------------------------------------------------------------------- */

enum writing { ADDING, JOINING, REDACTING_SET, REPAIRING };

static enum narc_status redact(struct narc_store store, struct narc_error *error)
{
	static const char *const key = "a.bin";
	struct narc_redact_options options;
	struct narc_redact_result result;
	struct told told = { .count = 0 };

	narc_redact_options_init(&options);
	options.keys = &key;
	options.key_count = 1;
	options.reason = "a slip";
	options.time = 1700000000;
	options.notice = note_told;
	options.notice_context = &told;
	return narc_set_redact(store, &options, &result, error);
}

static enum narc_status repair(struct narc_store store, struct narc_error *error)
{
	struct narc_set_repair_options options;
	struct narc_set_repair_result result;
	enum narc_status status;

	narc_set_repair_options_init(&options);
	status = narc_set_repair(store, &options, &result, error);
	assert_true(status != NARC_OK || result.lost == 0);
	return status;
}

static enum narc_status write_set(enum writing writing, struct narc_store store,
				  const char *folder, struct narc_error *error)
{
	const struct given_file file = given_text("b.bin", "another text");
	struct narc_compact_options options;
	struct narc_compact_result result;

	if (writing == ADDING)
		return add_file_volume(store, folder, &file, error);
	if (writing == REDACTING_SET)
		return redact(store, error);
	if (writing == REPAIRING)
		return repair(store, error);
	narc_compact_options_init(&options);
	return narc_set_compact(store, &options, &result, error);
}

/* Does so with an allocation failing; false if none failed. */
static bool write_without(uint64_t number, enum writing writing, const char *source)
{
	char *folder = copy_set(source);
	struct narc_store store = open_folder(folder);
	const size_t descriptors = test_open_descriptors();
	const int64_t held = memory_held();
	struct narc_error error = { 0 };
	enum narc_status status;
	bool has_failed;

	memory_fail(number);
	status = write_set(writing, store, folder, &error);
	has_failed = memory_has_failed();
	assert_true(memory_held() == held);
	assert_int_equal(test_open_descriptors(), descriptors);
	if (status != NARC_OK) {
		assert_true(has_failed);
		ASSERT_ERROR_IS_TOLD(&error, NARC_NOMEM);
		status = write_set(writing, store, folder, &error);
		/* What was redacted before is so already. */
		assert_true(status == NARC_OK ||
			    (status == NARC_NOT_FOUND && writing == REDACTING_SET));
	}
	assert_set_is_good(folder, writing == ADDING ? 4 : 3);
	store.ops->close(store.context);
	test_folder_remove(folder);
	return has_failed;
}

/* Of very many calls, a part fails if there is no time for all. */
static void assert_survives(enum writing writing)
{
	const uint64_t step = getenv("NARC_LONG") ? 1 : 7;
	char *folder = make_set();
	uint64_t number = 1;

	if (writing == REPAIRING)
		damage_set(folder);
	while (write_without(number, writing, folder))
		number += step;
	assert_true(number > 100);
	test_folder_remove(folder);
}

TEST(adding_a_volume_survives_the_want_of_an_allocation)
{
	assert_survives(ADDING);
}

TEST(joining_volumes_survives_the_want_of_an_allocation)
{
	assert_survives(JOINING);
}

TEST(redacting_a_set_survives_the_want_of_an_allocation)
{
	assert_survives(REDACTING_SET);
}

TEST(repairing_a_set_survives_the_want_of_an_allocation)
{
	assert_survives(REPAIRING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adding_a_volume_survives_the_want_of_an_allocation),
		cmocka_unit_test(joining_volumes_survives_the_want_of_an_allocation),
		cmocka_unit_test(redacting_a_set_survives_the_want_of_an_allocation),
		cmocka_unit_test(repairing_a_set_survives_the_want_of_an_allocation),
	};

	return cmocka_run_group_tests_name("set_memory", tests, NULL, NULL);
}
