/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing that fails, at every place where it can. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faulty_io.h"
#include "support_archive.h"
#include "support_folder.h"

/* Files that make a packer do all that it can do: several blocks, a dictionary, copies in
 * blocks already written, a large file, and a hard link. */
struct busy_files {
	struct made_posts posts;
	struct given_file large;
	struct given_file copies[4];
};

enum { LARGE_SIZE = (1 << 20) + 12345, BUSY_POSTS = 150, BUSY_ROWS = BUSY_POSTS + 6 };

static void make_busy_files(struct busy_files *files)
{
	static const char *const paths[] = { "2021-11-01-copy.txt", "2021-12-01-copy.txt",
					     "2022-01-01-copy.txt", "2022-02-01-copy.txt" };
	struct test_random random = { 41 };
	uint8_t *data = malloc(LARGE_SIZE);

	files->posts = make_posts(BUSY_POSTS, 42);
	for (size_t i = 0; i < LARGE_SIZE; i++)
		data[i] = (uint8_t)(random_next(&random) & 0x11);
	files->large = given_text("2021-12-01-large.bin", "");
	files->large.content = data;
	files->large.size = LARGE_SIZE;
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		files->copies[i] = given_text(paths[i], "the same text in all of them");
}

static void free_busy_files(struct busy_files *files)
{
	made_posts_free(&files->posts);
	free((void *)(uintptr_t)files->large.content);
}

static struct narc_pack_options busy_options(void)
{
	struct narc_pack_options options = plain_options();

	options.block_size = (size_t)16 << 10;
	options.dictionary_size = 5000;
	options.threads = 3;
	return options;
}

static narc_packer *new_busy_packer(const struct busy_files *files)
{
	struct narc_pack_options options = busy_options();
	narc_packer *packer = new_packer(&options);

	for (size_t i = 0; i < files->posts.count; i++)
		add_file(packer, &files->posts.files[i]);
	add_file(packer, &files->large);
	for (size_t i = 0; i < COUNT_OF(files->copies); i++)
		add_file(packer, &files->copies[i]);
	add_link(packer, "2021-12-02-link.bin", files->large.entry.path);
	return packer;
}

/* How many temporary files, which have no names, are mapped into memory. */
static size_t count_mapped_files(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[1024];
	size_t count = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, "/tmp/") && strstr(line, "(deleted)");
	fclose(maps);
	return count;
}

/* ---- packing ----------------------------------------------------------------------- */

/* Commits with a call that fails; false if none did, and so all went well. */
static bool commit_fails_as_it_should(const struct busy_files *files, struct faulty_io *io,
				      enum io_call call, uint64_t number, enum narc_status with)
{
	narc_packer *packer = new_busy_packer(files);
	struct narc_pack_result result;
	struct narc_sink inner;
	struct narc_error error = { 0 };
	const size_t mapped = count_mapped_files();
	void *data = NULL;
	size_t size = 0;
	enum narc_status status;

	ASSERT_OK(narc_memory_sink(&data, &size, &inner, &error), &error);
	faulty_io_fail(io, call, number, with);
	memset(&result, 0xee, sizeof(result));
	status = narc_packer_commit(packer, faulty_sink(io, inner), &result, &error);
	assert_int_equal(io->opened, 0);
	narc_packer_free(packer);
	assert_int_equal(count_mapped_files(), mapped);
	if (!io->has_failed) {
		ASSERT_OK(status, &error);
		assert_true(result.archive_size == size);
		free(data);
		return false;
	}
	ASSERT_STATUS(status, with, &error);
	assert_fault_is_told(io, &error);
	assert_null(data);
	return true;
}

static void assert_every_call_may_fail(enum io_call call, uint64_t least_calls)
{
	struct busy_files files;
	struct faulty_io io;
	uint64_t number = 1;
	size_t descriptors = test_open_descriptors();

	make_busy_files(&files);
	faulty_io_init(&io);
	while (commit_fails_as_it_should(&files, &io, call, number,
					 number % 2 ? NARC_IO : NARC_NOMEM))
		number++;
	assert_true(number > least_calls);
	assert_int_equal(test_open_descriptors(), descriptors);
	free_busy_files(&files);
}

TEST(packing_fails_with_what_appending_fails_with)
{
	assert_every_call_may_fail(IO_SINK_APPEND, 20);
}

TEST(packing_fails_with_what_reading_back_fails_with)
{
	assert_every_call_may_fail(IO_SINK_READ, 3);
}

TEST(packing_fails_with_what_syncing_fails_with)
{
	assert_every_call_may_fail(IO_SINK_SYNC, 2);
}

TEST(packing_fails_with_what_publishing_fails_with)
{
	assert_every_call_may_fail(IO_SINK_PUBLISH, 1);
}

TEST(the_trailer_is_written_between_two_syncs_and_publishing_comes_last)
{
	struct busy_files files;
	struct faulty_io io;

	make_busy_files(&files);
	faulty_io_init(&io);
	assert_false(commit_fails_as_it_should(&files, &io, IO_SINK_SYNC, 0, NARC_IO));
	assert_int_equal(io.calls[IO_SINK_SYNC], 2);
	assert_int_equal(io.calls[IO_SINK_PUBLISH], 1);
	/* With the second sync, the trailer is there; with the first, it is not. */
	assert_true(commit_fails_as_it_should(&files, &io, IO_SINK_SYNC, 1, NARC_IO));
	assert_int_equal(io.calls[IO_SINK_PUBLISH], 0);
	assert_true(commit_fails_as_it_should(&files, &io, IO_SINK_SYNC, 2, NARC_IO));
	assert_int_equal(io.calls[IO_SINK_PUBLISH], 0);
	free_busy_files(&files);
}

TEST(a_file_that_could_not_be_finished_is_not_there)
{
	static const enum io_call calls[] = { IO_SINK_APPEND, IO_SINK_READ, IO_SINK_SYNC,
					      IO_SINK_PUBLISH };
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct busy_files files;

	test_path(path, folder, "a.narc");
	make_busy_files(&files);
	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		narc_packer *packer = new_busy_packer(&files);
		struct faulty_io io;
		struct narc_sink inner;
		struct narc_error error;

		faulty_io_init(&io);
		faulty_io_fail(&io, calls[i], 1, NARC_IO);
		ASSERT_OK(narc_file_sink(path, false, &inner, &error), &error);
		ASSERT_STATUS(narc_packer_commit(packer, faulty_sink(&io, inner), NULL, &error),
			      NARC_IO, &error);
		narc_packer_free(packer);
		assert_int_equal(test_folder_count(folder), 0);
	}
	free_busy_files(&files);
	test_folder_remove(folder);
}

TEST(a_temporary_folder_that_is_not_there_is_told)
{
	static const size_t sizes[] = { 10, LARGE_SIZE };
	struct busy_files files;

	make_busy_files(&files);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct narc_pack_options options = plain_options();
		narc_packer *packer;
		struct narc_error error = { 0 };
		enum narc_status status = NARC_OK;

		options.temporary_folder = "/nonexistent/folder";
		options.memory = 1;
		packer = new_packer(&options);
		for (size_t k = 0; k < 2 && status == NARC_OK; k++)
			status = narc_packer_add(packer, &files.large.entry, files.large.content,
						 sizes[i], &error);
		ASSERT_STATUS(status, NARC_IO, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
		assert_string_equal(error.path, "/nonexistent/folder");
		narc_packer_free(packer);
	}
	free_busy_files(&files);
}

/* A stream that fails behind so many bytes. */
struct failing_stream {
	size_t left;
};

static enum narc_status read_and_fail(void *context, void *buffer, size_t size, size_t *got,
				      struct narc_error *error)
{
	struct failing_stream *stream = context;

	if (stream->left == 0) {
		if (error)
			*error = (struct narc_error){ .status = NARC_IO, .stage = "stream",
						      .message = "failed" };
		return NARC_IO;
	}
	*got = size < stream->left ? size : stream->left;
	if (*got > 100000)
		*got = 100000;
	memset(buffer, 'x', *got);
	stream->left -= *got;
	return NARC_OK;
}

TEST(a_stream_that_fails_is_told_and_leaves_the_packer_as_it_was)
{
	static const size_t sizes[] = { 0, 1, 99999, 1 << 20, 3 << 20 };
	const struct given_file good = given_text("good", "good");
	const size_t mapped = count_mapped_files();
	narc_packer *packer = new_packer(NULL);

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct given_file file = given_text("bad", "");
		struct failing_stream stream = { sizes[i] };
		struct narc_error error = { 0 };

		ASSERT_STATUS(narc_packer_add_stream(packer, &file.entry, read_and_fail, &stream,
						     &error),
			      NARC_IO, &error);
		assert_string_equal(error.stage, "stream");
	}
	add_file(packer, &good);
	assert_packer_makes(packer, &good, 1);
	assert_int_equal(count_mapped_files(), mapped);
}

TEST(a_disk_that_was_full_for_a_while_is_told_and_does_no_harm)
{
	enum { SIZE = 3 << 20 };
	struct test_random random = { 43 };
	uint8_t *data = malloc(SIZE);
	struct given_file lost = given_text("lost", "");
	struct given_file files[2] = { given_text("kept", ""), given_text("small", "small") };
	struct narc_pack_options options = plain_options();
	narc_packer *packer;
	struct narc_error error = { 0 };

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)random_next(&random);
	lost.content = data;
	lost.size = SIZE;
	files[0].content = data + 1;
	files[0].size = SIZE - 1;
	packer = new_packer(&options);
	/* Half of what is written at once finds room. */
	test_limit_file_size((1 << 20) + (1 << 19));
	ASSERT_STATUS(narc_packer_add(packer, &lost.entry, lost.content, lost.size, &error),
		      NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	test_limit_file_size(TEST_NO_LIMIT);
	for (size_t i = 0; i < COUNT_OF(files); i++)
		add_file(packer, &files[i]);
	assert_packer_makes(packer, files, COUNT_OF(files));
	free(data);
}

TEST(sorting_goes_on_where_a_disk_was_full_for_a_while)
{
	struct made_posts posts = make_posts(300, 44);
	struct narc_pack_options options = plain_options();
	narc_packer *packer;
	unsigned failures = 0;

	options.memory = 200000;
	packer = new_packer(&options);
	for (size_t i = 0; i < posts.count; i++) {
		struct narc_error error = { 0 };
		enum narc_status status;

		test_limit_file_size(20000);
		status = narc_packer_add(packer, &posts.files[i].entry, posts.files[i].content,
					 posts.files[i].size, &error);
		test_limit_file_size(TEST_NO_LIMIT);
		if (status != NARC_OK) {
			ASSERT_STATUS(status, NARC_IO, &error);
			failures++;
			add_file(packer, &posts.files[i]);
		}
	}
	assert_true(failures > 1);
	assert_packer_makes(packer, posts.files, posts.count);
	made_posts_free(&posts);
}

/* ---- reading ----------------------------------------------------------------------- */

/* What a reader may come to, but not wrong bytes. */
struct reading {
	struct faulty_io io;
	const struct busy_files *files;
	enum narc_status status; /* the first that is not NARC_OK */
	struct narc_error error;
};

static bool note_status(struct reading *reading, enum narc_status status,
			const struct narc_error *error)
{
	if (status == NARC_OK)
		return true;
	if (reading->status == NARC_OK) {
		reading->status = status;
		reading->error = *error;
	}
	return false;
}

static const struct given_file *given_for(const struct busy_files *files, const char *path)
{
	if (strcmp(path, files->large.entry.path) == 0 || strcmp(path, "2021-12-02-link.bin") == 0)
		return &files->large;
	for (size_t i = 0; i < COUNT_OF(files->copies); i++)
		if (strcmp(path, files->copies[i].entry.path) == 0)
			return &files->copies[i];
	for (size_t i = 0; i < files->posts.count; i++)
		if (strcmp(path, files->posts.files[i].entry.path) == 0)
			return &files->posts.files[i];
	return NULL;
}

/* Whatever was delivered must be right. */
static void check_content(struct reading *reading, narc_cursor *cursor)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	const struct given_file *file = given_for(reading->files, record->path);
	struct narc_error error = { 0 };
	const void *content;

	assert_non_null(file);
	if (note_status(reading, narc_cursor_content(cursor, &content, &error), &error)) {
		assert_true(record->size == file->size);
		assert_memory_equal(content, file->content, file->size);
	}
}

/* Goes through all; an error ends nothing, as a program may go on behind it. */
static size_t walk_all(struct reading *reading, narc_archive *archive)
{
	narc_cursor *cursor = NULL;
	const struct narc_record *record;
	struct narc_error error = { 0 };
	size_t rows = 0;

	if (!note_status(reading, narc_cursor_open(archive, NULL, &cursor, &error), &error))
		return 0;
	for (unsigned calls = 0; calls < 10 * BUSY_ROWS; calls++) {
		enum narc_status status = narc_cursor_next(cursor, &record, &error);

		if (status == NARC_END)
			break;
		if (!note_status(reading, status, &error))
			continue;
		rows++;
		check_content(reading, cursor);
	}
	narc_cursor_close(cursor);
	return rows;
}

static void find_some(struct reading *reading, narc_archive *archive)
{
	narc_cursor *cursor = NULL;
	const struct narc_record *record;
	struct narc_error error = { 0 };

	if (!note_status(reading, narc_cursor_open(archive, NULL, &cursor, &error), &error))
		return;
	for (size_t i = 0; i < reading->files->posts.count; i += 29) {
		const char *path = reading->files->posts.files[i].entry.path;

		if (note_status(reading, narc_cursor_find(cursor, path, &error), &error) &&
		    note_status(reading, narc_cursor_next(cursor, &record, &error), &error)) {
			assert_string_equal(record->path, path);
			check_content(reading, cursor);
		}
	}
	narc_cursor_close(cursor);
}

/* Opens, asks, walks, finds, and checks; on one thread, where each read is needed. */
static void read_everything(struct reading *reading, const struct packed *packed)
{
	const struct narc_verify_options options = { .threads = 1 };
	struct narc_verify_result result;
	narc_archive *archive = NULL;
	struct narc_error error = { 0 };
	struct narc_info info;

	reading->status = NARC_OK;
	if (!note_status(reading,
			 narc_archive_open(faulty_memory_source(&reading->io, packed->data,
								packed->size),
					   &archive, &error),
			 &error))
		return;
	if (note_status(reading, narc_archive_info(archive, &info, &error), &error))
		assert_true(info.rows == BUSY_ROWS);
	if (walk_all(reading, archive) != BUSY_ROWS)
		assert_true(reading->status != NARC_OK);
	find_some(reading, archive);
	if (note_status(reading, narc_archive_verify(archive, &options, &result, &error), &error))
		assert_true(result.damages == 0 || reading->io.fail_with == NARC_CORRUPT);
	narc_archive_close(archive);
}

static void assert_every_read_may_fail(enum narc_status with)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	struct busy_files files;
	struct packed packed;
	uint64_t number = 1;

	make_busy_files(&files);
	packed = commit_packer(new_busy_packer(&files));
	faulty_io_init(&reading->io);
	reading->files = &files;
	for (;; number++) {
		faulty_io_fail(&reading->io, IO_SOURCE_READ, number, with);
		read_everything(reading, &packed);
		assert_int_equal(reading->io.opened, 0);
		if (!reading->io.has_failed)
			break;
		if (with == NARC_CORRUPT && reading->status == NARC_OK)
			continue; /* verify told of it */
		ASSERT_STATUS(reading->status, with, &reading->error);
		assert_fault_is_told(&reading->io, &reading->error);
	}
	ASSERT_OK(reading->status, &reading->error);
	assert_true(number > 50);
	packed_free(&packed);
	free_busy_files(&files);
	free(reading);
}

TEST(reading_fails_with_what_the_source_fails_with)
{
	assert_every_read_may_fail(NARC_IO);
}

TEST(reading_fails_for_want_of_memory_where_the_source_does)
{
	assert_every_read_may_fail(NARC_NOMEM);
}

TEST(a_source_that_ends_early_is_a_damaged_archive)
{
	assert_every_read_may_fail(NARC_CORRUPT);
}

TEST(a_source_that_does_not_know_its_size_cannot_be_opened)
{
	struct faulty_io *io = calloc(1, sizeof(*io));
	struct packed packed = pack_files(NULL, NULL, 0);
	narc_archive *archive = NULL;
	struct narc_error error = { 0 };

	faulty_io_init(io);
	faulty_io_fail(io, IO_SOURCE_SIZE, 1, NARC_IO);
	ASSERT_STATUS(narc_archive_open(faulty_memory_source(io, packed.data, packed.size),
					&archive, &error),
		      NARC_IO, &error);
	assert_fault_is_told(io, &error);
	assert_null(archive);
	assert_int_equal(io->opened, 0);
	packed_free(&packed);
	free(io);
}

/* Verifies with a read that fails, and reports a damage found before it. */
static bool stop_at_once(void *context, const struct narc_damage *damage)
{
	unsigned *told = context;

	ASSERT_ERROR_IS_TOLD(&damage->error, damage->error.status);
	(*told)++;
	return false;
}

TEST(a_check_ends_when_its_receiver_says_so)
{
	struct packed packed;
	struct busy_files files;
	narc_archive *archive;
	unsigned told = 0;
	const struct narc_verify_options options = { .report = stop_at_once, .context = &told };
	struct narc_verify_result result;
	struct narc_info info;
	struct narc_error error = { 0 };

	make_busy_files(&files);
	packed = commit_packer(new_busy_packer(&files));
	archive = open_packed(&packed);
	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	memset((uint8_t *)packed.data + info.blocks_offset, 0, info.blocks_size / 2);
	ASSERT_STATUS(narc_archive_verify(archive, &options, &result, &error), NARC_CANCELLED,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_CANCELLED);
	assert_int_equal(told, 1);
	narc_archive_close(archive);
	packed_free(&packed);
	free_busy_files(&files);
}

TEST(every_call_does_without_an_error_object)
{
	struct faulty_io *io = calloc(1, sizeof(*io));
	struct packed packed;
	struct busy_files files;

	make_busy_files(&files);
	packed = commit_packer(new_busy_packer(&files));
	faulty_io_init(io);
	for (uint64_t number = 1; number < 60; number++) {
		const struct narc_verify_options options = { .quick = false };
		struct narc_verify_result result;
		narc_archive *archive = NULL;
		narc_cursor *cursor = NULL;
		const struct narc_record *record;
		const void *content;
		struct narc_info info;

		faulty_io_fail(io, IO_SOURCE_READ, number, NARC_IO);
		if (narc_archive_open(faulty_memory_source(io, packed.data, packed.size), &archive,
				      NULL) != NARC_OK)
			continue;
		narc_archive_info(archive, &info, NULL);
		if (narc_cursor_open(archive, NULL, &cursor, NULL) == NARC_OK) {
			narc_cursor_find(cursor, files.copies[1].entry.path, NULL);
			if (narc_cursor_next(cursor, &record, NULL) == NARC_OK)
				narc_cursor_content(cursor, &content, NULL);
			narc_cursor_find(cursor, "nothing", NULL);
			narc_cursor_close(cursor);
		}
		narc_archive_verify(archive, &options, &result, NULL);
		narc_archive_close(archive);
	}
	assert_int_equal(io->opened, 0);
	packed_free(&packed);
	free_busy_files(&files);
	free(io);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packing_fails_with_what_appending_fails_with),
		cmocka_unit_test(packing_fails_with_what_reading_back_fails_with),
		cmocka_unit_test(packing_fails_with_what_syncing_fails_with),
		cmocka_unit_test(packing_fails_with_what_publishing_fails_with),
		cmocka_unit_test(the_trailer_is_written_between_two_syncs_and_publishing_comes_last),
		cmocka_unit_test(a_file_that_could_not_be_finished_is_not_there),
		cmocka_unit_test(a_temporary_folder_that_is_not_there_is_told),
		cmocka_unit_test(a_stream_that_fails_is_told_and_leaves_the_packer_as_it_was),
		cmocka_unit_test(a_disk_that_was_full_for_a_while_is_told_and_does_no_harm),
		cmocka_unit_test(sorting_goes_on_where_a_disk_was_full_for_a_while),
		cmocka_unit_test(reading_fails_with_what_the_source_fails_with),
		cmocka_unit_test(reading_fails_for_want_of_memory_where_the_source_does),
		cmocka_unit_test(a_source_that_ends_early_is_a_damaged_archive),
		cmocka_unit_test(a_source_that_does_not_know_its_size_cannot_be_opened),
		cmocka_unit_test(a_check_ends_when_its_receiver_says_so),
		cmocka_unit_test(every_call_does_without_an_error_object),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
