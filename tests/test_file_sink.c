/* SPDX-License-Identifier: BSD-2-Clause */
/* Where archives are written to and read from: files, memory, and temporary files. */
#include "support_check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/spill_file.h"
#include "support/temporary_name.h"
#include "support_folder.h"

static struct narc_sink file_sink(const char *path, bool replace)
{
	struct narc_sink sink = { 0 };
	struct narc_error error;

	ASSERT_OK(narc_file_sink(path, replace, &sink, &error), &error);
	return sink;
}

static void append(struct narc_sink sink, const void *data, size_t size)
{
	struct narc_error error;

	ASSERT_OK(sink.ops->append(sink.context, data, size, &error), &error);
}

static void sync_and_publish(struct narc_sink sink)
{
	struct narc_error error;

	ASSERT_OK(sink.ops->sync(sink.context, &error), &error);
	ASSERT_OK(sink.ops->publish(sink.context, &error), &error);
}

static void assert_file_holds(const char *path, const char *text)
{
	size_t size = 0;
	char *data = test_file_read(path, &size);

	assert_non_null(data);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(data, text, size);
	free(data);
}

TEST(a_file_has_its_name_only_once_it_is_published)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct narc_sink sink;
	size_t size;

	test_path(path, folder, "a.narc");
	sink = file_sink(path, false);
	append(sink, "one", 3);
	assert_null(test_file_read(path, &size));
	assert_int_equal(sink.ops->sync(sink.context, NULL), NARC_OK);
	append(sink, "two", 3);
	assert_null(test_file_read(path, &size));
	sync_and_publish(sink);
	assert_file_holds(path, "onetwo");
	sink.ops->close(sink.context);
	assert_file_holds(path, "onetwo");
	assert_int_equal(test_folder_count(folder), 1);
	test_folder_remove(folder);
}

TEST(a_sink_that_is_closed_without_publishing_leaves_nothing_behind)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	size_t descriptors = test_open_descriptors();
	struct narc_sink sink;

	test_path(path, folder, "a.narc");
	sink = file_sink(path, false);
	append(sink, "one", 3);
	assert_int_equal(sink.ops->sync(sink.context, NULL), NARC_OK);
	sink.ops->close(sink.context);
	assert_int_equal(test_folder_count(folder), 0);
	assert_int_equal(test_open_descriptors(), descriptors);
	test_folder_remove(folder);
}

TEST(a_sink_that_must_not_replace_says_so_at_once)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct narc_sink sink;
	struct narc_error error = { 0 };

	test_path(path, folder, "a.narc");
	test_file_write(path, "old", 3);
	ASSERT_STATUS(narc_file_sink(path, false, &sink, &error), NARC_EXISTS, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_EXISTS);
	assert_string_equal(error.path, path);
	assert_file_holds(path, "old");
	assert_int_equal(test_folder_count(folder), 1);
	test_folder_remove(folder);
}

TEST(a_sink_that_must_not_replace_leaves_alone_what_came_while_it_was_written)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct narc_sink sink;
	struct narc_error error = { 0 };

	test_path(path, folder, "a.narc");
	sink = file_sink(path, false);
	append(sink, "new", 3);
	test_file_write(path, "old", 3);
	assert_int_equal(sink.ops->sync(sink.context, NULL), NARC_OK);
	ASSERT_STATUS(sink.ops->publish(sink.context, &error), NARC_EXISTS, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_EXISTS);
	sink.ops->close(sink.context);
	assert_file_holds(path, "old");
	assert_int_equal(test_folder_count(folder), 1);
	test_folder_remove(folder);
}

TEST(a_symbolic_link_to_nothing_is_in_the_way_too)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct narc_sink sink;
	struct narc_error error = { 0 };
	enum narc_status status;

	test_path(path, folder, "a.narc");
	assert_int_equal(symlink("nowhere", path), 0);
	status = narc_file_sink(path, false, &sink, &error);
	if (status == NARC_OK) {
		append(sink, "new", 3);
		assert_int_equal(sink.ops->sync(sink.context, NULL), NARC_OK);
		status = sink.ops->publish(sink.context, &error);
		sink.ops->close(sink.context);
	}
	ASSERT_STATUS(status, NARC_EXISTS, &error);
	assert_int_equal(test_folder_count(folder), 1);
	test_folder_remove(folder);
}

TEST(a_file_is_replaced_only_when_the_new_one_is_published)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct narc_sink sink;

	test_path(path, folder, "a.narc");
	test_file_write(path, "old", 3);
	sink = file_sink(path, true);
	append(sink, "new!", 4);
	assert_int_equal(sink.ops->sync(sink.context, NULL), NARC_OK);
	assert_file_holds(path, "old");
	assert_int_equal(sink.ops->publish(sink.context, NULL), NARC_OK);
	sink.ops->close(sink.context);
	assert_file_holds(path, "new!");
	assert_int_equal(test_folder_count(folder), 1);
	test_folder_remove(folder);
}

TEST(replacing_where_nothing_is_makes_the_file)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct narc_sink sink;

	test_path(path, folder, "a.narc");
	sink = file_sink(path, true);
	append(sink, "new", 3);
	sync_and_publish(sink);
	sink.ops->close(sink.context);
	assert_file_holds(path, "new");
	test_folder_remove(folder);
}

TEST(a_folder_that_is_not_there_is_told)
{
	struct narc_sink sink;
	struct narc_error error = { 0 };

	ASSERT_STATUS(narc_file_sink("/nonexistent/folder/a.narc", false, &sink, &error), NARC_IO,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	assert_true(error.system_errno != 0);
}

/* ---- what killed writers leave ------------------------------------------------------------- */

/* Makes what may look like a left-over of a.narc. */
static void make_left_overs(const char *folder)
{
	static const char *const names[] = { ".a.narc.tmp-1-0",	 ".a.narc.tmp-23-456",
					     ".b.narc.tmp-1-0",	 ".a.narc.tmp-1",
					     ".a.narc.tmp-1-0b", "a.narc.tmp-1-0" };
	char path[TEST_PATH_SIZE];

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		test_path(path, folder, names[i]);
		test_file_write(path, "left", 4);
	}
	test_path(path, folder, ".a.narc.tmp-2-0");
	assert_int_equal(symlink("a.narc.tmp-1-0", path), 0);
}

static bool is_there(const char *folder, const char *name)
{
	char path[TEST_PATH_SIZE];

	test_path(path, folder, name);
	return access(path, F_OK) == 0;
}

TEST(what_a_killed_writer_left_is_removed_by_the_next_one_and_nothing_else)
{
	for (int appends = 0; appends < 2; appends++) {
		char *folder = test_folder_new();
		char path[TEST_PATH_SIZE];
		struct narc_sink sink;
		struct narc_error error;

		test_path(path, folder, "a.narc");
		test_file_write(path, "archive", 7);
		make_left_overs(folder);
		if (appends)
			ASSERT_OK(narc_append_sink(path, &sink, &error), &error);
		else
			sink = file_sink(path, true);
		assert_false(is_there(folder, ".a.narc.tmp-1-0"));
		assert_false(is_there(folder, ".a.narc.tmp-23-456"));
		sink.ops->close(sink.context);
		assert_int_equal(test_folder_count(folder), 6);
		test_folder_remove(folder);
	}
}

TEST(a_second_name_that_a_killed_writer_left_of_the_file_is_removed)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE], temporary[TEST_PATH_SIZE];
	struct narc_sink sink;
	struct narc_error error;

	test_path(path, folder, "a.narc");
	test_path(temporary, folder, ".a.narc.tmp-1-0");
	test_file_write(path, "archive", 7);
	assert_int_equal(link(path, temporary), 0);
	ASSERT_OK(narc_append_sink(path, &sink, &error), &error);
	sink.ops->close(sink.context);
	assert_int_equal(test_folder_count(folder), 1);
	assert_file_holds(path, "archive");
	test_folder_remove(folder);
}

TEST(what_another_writer_has_locked_stays)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct narc_sink sink;
	int fd;

	test_path(path, folder, ".a.narc.tmp-1-0");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	assert_true(fd >= 0 && temporary_lock(fd, true));
	test_path(path, folder, "a.narc");
	sink = file_sink(path, true);
	assert_true(is_there(folder, ".a.narc.tmp-1-0"));
	close(fd);
	sink.ops->close(sink.context);
	sink = file_sink(path, true);
	assert_false(is_there(folder, ".a.narc.tmp-1-0"));
	sink.ops->close(sink.context);
	test_folder_remove(folder);
}

TEST(who_finds_that_its_file_was_taken_for_a_left_over_is_told)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	int fd;

	test_path(path, folder, ".a.narc.tmp-1-0");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_false(temporary_lock(fd, true));
	assert_true(temporary_lock(fd, false));
	close(fd);
	test_folder_remove(folder);
}

/* ---- reading back -------------------------------------------------------------------------- */

static void assert_reads_back(struct narc_sink sink, const uint8_t *data, size_t size)
{
	static const size_t places[] = { 0, 1, 4095, 100000, 262143, 262144, 299999 };
	uint8_t piece[257];
	struct narc_error error;

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		size_t length = size - places[i] < sizeof(piece) ? size - places[i] : sizeof(piece);

		ASSERT_OK(sink.ops->read_at(sink.context, places[i], piece, length, &error),
			  &error);
		assert_memory_equal(piece, data + places[i], length);
	}
	assert_true(sink.ops->read_at(sink.context, size - 1, piece, 2, &error) != NARC_OK);
	ASSERT_OK(sink.ops->read_at(sink.context, size, piece, 0, &error), &error);
}

TEST(what_was_appended_is_read_back_while_it_is_written)
{
	enum { SIZE = 300000 }; /* more than is held back before writing */
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	uint8_t *data = malloc(SIZE);
	struct test_random random = { 1 };
	void *collected = NULL;
	size_t collected_size = 0;
	struct narc_sink sinks[2];
	struct narc_error error;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)random_next(&random);
	test_path(path, folder, "a.narc");
	sinks[0] = file_sink(path, false);
	ASSERT_OK(narc_memory_sink(&collected, &collected_size, &sinks[1], &error), &error);
	for (size_t i = 0; i < COUNT_OF(sinks); i++) {
		for (size_t place = 0; place < SIZE; place += 7500)
			append(sinks[i], data + place, 7500);
		assert_reads_back(sinks[i], data, SIZE);
		append(sinks[i], data, 10);
		assert_null(collected);
		sync_and_publish(sinks[i]);
		sinks[i].ops->close(sinks[i].context);
	}
	assert_int_equal(collected_size, SIZE + 10);
	assert_memory_equal(collected, data, SIZE);
	free(collected);
	collected = test_file_read(path, &collected_size);
	assert_int_equal(collected_size, SIZE + 10);
	assert_memory_equal(collected, data, SIZE);
	free(collected);
	free(data);
	test_folder_remove(folder);
}

TEST(a_memory_sink_that_is_not_published_sets_nothing)
{
	void *data = &data;
	size_t size = 77;
	struct narc_sink sink;
	struct narc_error error;

	ASSERT_OK(narc_memory_sink(&data, &size, &sink, &error), &error);
	append(sink, "abc", 3);
	sink.ops->close(sink.context);
	assert_ptr_equal(data, &data);
	assert_int_equal(size, 77);
}

static void assert_source_holds(struct narc_source source, const char *text)
{
	char piece[64];
	uint64_t size = 0;
	struct narc_error error = { 0 };

	ASSERT_OK(source.ops->size(source.context, &size, &error), &error);
	assert_int_equal(size, strlen(text));
	ASSERT_OK(source.ops->read_at(source.context, 0, piece, size, &error), &error);
	assert_memory_equal(piece, text, size);
	ASSERT_OK(source.ops->read_at(source.context, 2, piece, 3, &error), &error);
	assert_memory_equal(piece, text + 2, 3);
	ASSERT_OK(source.ops->read_at(source.context, size, piece, 0, &error), &error);
	ASSERT_STATUS(source.ops->read_at(source.context, size - 1, piece, 2, &error), NARC_CORRUPT,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	ASSERT_STATUS(source.ops->read_at(source.context, size + 1, piece, 1, &error), NARC_CORRUPT,
		      &error);
	source.ops->close(source.context);
}

TEST(sources_read_what_is_there_and_no_further)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct narc_source source;
	struct narc_error error;

	test_path(path, folder, "a.narc");
	test_file_write(path, "0123456789", 10);
	ASSERT_OK(narc_file_source(path, &source, &error), &error);
	assert_source_holds(source, "0123456789");
	ASSERT_OK(narc_memory_source("0123456789", 10, &source, &error), &error);
	assert_source_holds(source, "0123456789");
	test_folder_remove(folder);
}

TEST(what_is_no_file_is_no_source)
{
	struct narc_source source;
	struct narc_error error = { 0 };

	ASSERT_STATUS(narc_file_source("/nonexistent", &source, &error), NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	assert_string_equal(error.path, "/nonexistent");
	ASSERT_STATUS(narc_file_source("/tmp", &source, &error), NARC_NOT_NEWSARC, &error);
	ASSERT_STATUS(narc_file_source("/dev/null", &source, &error), NARC_NOT_NEWSARC, &error);
}

TEST(a_spill_file_gives_back_what_it_was_given)
{
	struct spill_file spill = spill_file_in("/tmp");
	size_t descriptors = test_open_descriptors();
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint8_t *mapped = NULL;
	char piece[8];
	struct narc_error error;

	assert_int_equal(spill.fd, -1);
	ASSERT_OK(spill_file_append(&spill, "0123456789", 10, &error), &error);
	ASSERT_OK(spill_file_read_at(&spill, 3, piece, 4, &error), &error);
	assert_memory_equal(piece, "3456", 4);
	ASSERT_STATUS(spill_file_read_at(&spill, 8, piece, 4, &error), NARC_CORRUPT, &error);
	ASSERT_OK(spill_file_align(&spill, &error), &error);
	assert_true(spill.size == page);
	ASSERT_OK(spill_file_align(&spill, &error), &error);
	assert_true(spill.size == page);
	ASSERT_OK(spill_file_append(&spill, "abc", 3, &error), &error);
	ASSERT_OK(spill_file_map(&spill, page, 3, &mapped, &error), &error);
	assert_memory_equal(mapped, "abc", 3);
	/* A mapping stays when the file grows on. */
	ASSERT_OK(spill_file_append(&spill, "def", 3, &error), &error);
	assert_memory_equal(mapped, "abc", 3);
	spill_file_unmap(mapped, 3);
	spill_file_close(&spill);
	spill_file_close(&spill);
	assert_int_equal(test_open_descriptors(), descriptors);
}

TEST(a_spill_file_that_was_never_written_to_was_never_made)
{
	struct spill_file spill = spill_file_in("/nonexistent");
	struct narc_error error = { 0 };

	ASSERT_OK(spill_file_align(&spill, &error), &error);
	assert_int_equal(spill.fd, -1);
	ASSERT_STATUS(spill_file_append(&spill, "a", 1, &error), NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	assert_string_equal(error.path, "/nonexistent");
	spill_file_close(&spill);
}

TEST(a_spill_file_has_no_name)
{
	char *folder = test_folder_new();
	struct spill_file spill = spill_file_in(folder);
	struct narc_error error;

	ASSERT_OK(spill_file_append(&spill, "a", 1, &error), &error);
	assert_int_equal(test_folder_count(folder), 0);
	spill_file_close(&spill);
	test_folder_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_its_name_only_once_it_is_published),
		cmocka_unit_test(a_sink_that_is_closed_without_publishing_leaves_nothing_behind),
		cmocka_unit_test(a_sink_that_must_not_replace_says_so_at_once),
		cmocka_unit_test(a_sink_that_must_not_replace_leaves_alone_what_came_while_it_was_written),
		cmocka_unit_test(a_symbolic_link_to_nothing_is_in_the_way_too),
		cmocka_unit_test(a_file_is_replaced_only_when_the_new_one_is_published),
		cmocka_unit_test(replacing_where_nothing_is_makes_the_file),
		cmocka_unit_test(a_folder_that_is_not_there_is_told),
		cmocka_unit_test(what_a_killed_writer_left_is_removed_by_the_next_one_and_nothing_else),
		cmocka_unit_test(a_second_name_that_a_killed_writer_left_of_the_file_is_removed),
		cmocka_unit_test(what_another_writer_has_locked_stays),
		cmocka_unit_test(who_finds_that_its_file_was_taken_for_a_left_over_is_told),
		cmocka_unit_test(what_was_appended_is_read_back_while_it_is_written),
		cmocka_unit_test(a_memory_sink_that_is_not_published_sets_nothing),
		cmocka_unit_test(sources_read_what_is_there_and_no_further),
		cmocka_unit_test(what_is_no_file_is_no_source),
		cmocka_unit_test(a_spill_file_gives_back_what_it_was_given),
		cmocka_unit_test(a_spill_file_that_was_never_written_to_was_never_made),
		cmocka_unit_test(a_spill_file_has_no_name),
	};

	return cmocka_run_group_tests_name("file_sink", tests, NULL, NULL);
}
