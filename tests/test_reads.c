/* SPDX-License-Identifier: BSD-2-Clause */
/* How much is read to find what is sought, and reading by several threads at once. */
#include "support_check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faulty_io.h"
#include "support_archive.h"
#include "support_folder.h"

/* A packed archive, opened through a source that counts. */
struct counted {
	struct made_posts posts;
	struct packed packed;
	struct faulty_io io;
	narc_archive *archive;
	struct narc_info info;
};

static void open_counted(struct counted *counted)
{
	struct narc_error error;

	faulty_io_init(&counted->io);
	ASSERT_OK(narc_archive_open(faulty_memory_source(&counted->io, counted->packed.data,
							 counted->packed.size),
				    &counted->archive, &error),
		  &error);
}

static void make_counted(struct counted *counted, size_t posts, size_t block_size,
			 size_t dictionary_size)
{
	struct narc_pack_options options = plain_options();
	narc_archive *archive;
	struct narc_error error;

	options.block_size = block_size;
	options.dictionary_size = dictionary_size;
	counted->posts = make_posts(posts, 31);
	counted->packed = pack_files(&options, counted->posts.files, counted->posts.count);
	archive = open_packed(&counted->packed);
	ASSERT_OK(narc_archive_info(archive, &counted->info, &error), &error);
	narc_archive_close(archive);
}

static void close_counted(struct counted *counted)
{
	narc_archive_close(counted->archive);
	assert_int_equal(counted->io.opened, 0);
	packed_free(&counted->packed);
	made_posts_free(&counted->posts);
}

TEST(opening_reads_header_and_tail_whatever_the_size)
{
	static const size_t sizes[] = { 0, 1, 100, 5000 };

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct counted *counted = calloc(1, sizeof(*counted));

		make_counted(counted, sizes[i], (size_t)64 << 10, 0);
		open_counted(counted);
		assert_true(counted->io.calls[IO_SOURCE_READ] <= 3);
		assert_true(counted->io.bytes_read <= 8192);
		close_counted(counted);
		free(counted);
	}
}

/* Opens, looks key up, and reads the content of what is found, in at most so many reads. */
static void look_up_and_read(struct counted *counted, const char *key,
			     const struct given_file *file, uint64_t reads_limit)
{
	const struct narc_record *record;
	narc_cursor *cursor;

	open_counted(counted);
	cursor = open_cursor(counted->archive, NULL);
	record = find_record(cursor, key);
	while (record && strcmp(record->path, file->entry.path) != 0)
		record = next_record(cursor);
	assert_non_null(record);
	assert_is_file(cursor, file);
	narc_cursor_close(cursor);
	assert_true(counted->io.calls[IO_SOURCE_READ] <= reads_limit);
	assert_true(counted->io.bytes_read - counted->info.dictionary_size <= 200 << 10);
	narc_archive_close(counted->archive);
	counted->archive = NULL;
}

/* The infoCode in the text of a made-up post, to be freed. */
static char *code_in_text(const struct given_file *file)
{
	const char *code = strstr(file->content, "infoCode=") + strlen("infoCode=");

	return strndup(code, strcspn(code, ")"));
}

static void assert_look_ups_are_short(size_t block_size, size_t dictionary_size)
{
	struct counted *counted = calloc(1, sizeof(*counted));

	make_counted(counted, 6000, block_size, dictionary_size);
	assert_true((counted->info.dictionary_size > 0) == (dictionary_size > 0));
	for (size_t i = 0; i < counted->posts.count; i += 97) {
		const struct given_file *file = &counted->posts.files[i];
		char *code = code_in_text(file);

		/* Header, trailer, names, dictionary, pages, and a block. A path is taken for
		 * an infoCode first, and a copy's content is in a block of its own. */
		if (strstr(file->entry.path, code))
			look_up_and_read(counted, code, file, 12);
		look_up_and_read(counted, file->entry.path, file, 18);
		free(code);
	}
	close_counted(counted);
	free(counted);
}

TEST(a_look_up_reads_a_few_pages_and_one_block)
{
	assert_look_ups_are_short((size_t)64 << 10, 0);
}

TEST(a_look_up_with_a_dictionary_reads_little_besides_it)
{
	assert_look_ups_are_short((size_t)64 << 10, 200000);
}

TEST(a_look_up_among_blocks_of_one_post_reads_little)
{
	assert_look_ups_are_short(0, 100000);
}

TEST(a_key_that_is_not_there_reads_no_content)
{
	struct counted *counted = calloc(1, sizeof(*counted));
	narc_cursor *cursor;

	make_counted(counted, 5000, (size_t)64 << 10, 100000);
	open_counted(counted);
	cursor = open_cursor(counted->archive, NULL);
	assert_null(find_record(cursor, "NW199901010000000001"));
	assert_null(find_record(cursor, "AAA"));
	assert_null(find_record(cursor, "zzz/zzz"));
	assert_true(counted->io.bytes_read < 200 << 10);
	narc_cursor_close(cursor);
	close_counted(counted);
	free(counted);
}

static void assert_reads_at_most(struct counted *counted, narc_cursor *cursor,
				 const struct given_file *file, uint64_t limit)
{
	char *code = code_in_text(file);

	faulty_io_reset(&counted->io);
	assert_non_null(find_record(cursor, code));
	assert_is_file(cursor, file);
	assert_true(counted->io.calls[IO_SOURCE_READ] <= limit);
	free(code);
}

TEST(a_second_look_up_reads_no_page_again)
{
	struct counted *counted = calloc(1, sizeof(*counted));
	narc_cursor *cursor;

	make_counted(counted, 5000, (size_t)64 << 10, 100000);
	open_counted(counted);
	cursor = open_cursor(counted->archive, NULL);
	assert_reads_at_most(counted, cursor, &counted->posts.files[2], 12);
	/* The same block, then one far away: a leaf, and the block. */
	assert_reads_at_most(counted, cursor, &counted->posts.files[2], 0);
	assert_reads_at_most(counted, cursor, &counted->posts.files[4998], 2);
	assert_reads_at_most(counted, cursor, &counted->posts.files[2], 1);
	narc_cursor_close(cursor);
	close_counted(counted);
	free(counted);
}

/* How many reads were of blocks. */
static size_t count_block_reads(const struct counted *counted)
{
	size_t count = 0;

	assert_true(counted->io.calls[IO_SOURCE_READ] <= IO_EXTENTS_LIMIT);
	for (size_t i = 0; i < counted->io.calls[IO_SOURCE_READ]; i++)
		count += counted->io.extents[i].offset >= counted->info.blocks_offset &&
			 counted->io.extents[i].offset <
				 counted->info.blocks_offset + counted->info.blocks_size;
	return count;
}

TEST(a_range_of_dates_touches_only_the_blocks_that_it_needs)
{
	struct counted *counted = calloc(1, sizeof(*counted));
	struct narc_filter filter;
	narc_cursor *cursor;
	size_t found = 0;

	make_counted(counted, 3000, 0, 0);
	open_counted(counted);
	narc_filter_init(&filter);
	ASSERT_OK(narc_filter_set_dates(&filter, "2021-12-05..2021-12-06", NULL), NULL);
	cursor = open_cursor(counted->archive, &filter);
	while (next_record(cursor))
		found++;
	assert_true(found > 100);
	/* Each record is a block, and one more tells where the range begins. Plain files and
	 * copies of them bring no block of their own. */
	assert_true(count_block_reads(counted) <= found + 1);
	narc_cursor_close(cursor);
	close_counted(counted);
	free(counted);
}

TEST(listing_reads_no_content)
{
	struct counted *counted = calloc(1, sizeof(*counted));
	narc_cursor *cursor;
	size_t found = 0;

	make_counted(counted, 3000, (size_t)64 << 10, 0);
	open_counted(counted);
	cursor = open_cursor(counted->archive, NULL);
	while (next_record(cursor))
		found++;
	assert_int_equal(found, 3000);
	assert_true(counted->io.bytes_read < counted->info.file_size -
						     counted->info.blocks_size +
						     counted->info.descriptors_size + 4096);
	narc_cursor_close(cursor);
	close_counted(counted);
	free(counted);
}

/* ---- threads ----------------------------------------------------------------------- */

enum { THREADS = 8 };

struct reader_thread {
	pthread_t thread;
	struct counted *counted;
	uint64_t seed;
	size_t right;
};

/* cmocka's checks are for the main thread: this one counts what was right. */
static void *read_at_random(void *argument)
{
	struct reader_thread *reader = argument;
	struct test_random random = { reader->seed };
	narc_cursor *cursor = NULL;

	if (narc_cursor_open(reader->counted->archive, NULL, &cursor, NULL) != NARC_OK)
		return NULL;
	for (size_t i = 0; i < 300; i++) {
		const struct given_file *file =
			&reader->counted->posts.files[random_below(&random, 3000)];
		const struct narc_record *record;
		const void *content;

		if (narc_cursor_find(cursor, file->entry.path, NULL) == NARC_OK &&
		    narc_cursor_next(cursor, &record, NULL) == NARC_OK &&
		    narc_cursor_content(cursor, &content, NULL) == NARC_OK &&
		    record->size == file->size && memcmp(content, file->content, file->size) == 0)
			reader->right++;
	}
	narc_cursor_close(cursor);
	return NULL;
}

/* Has several threads do the same to one open archive, at once; each gets right what is wanted. */
static void assert_threads_get_right(void *(*do_reader)(void *), size_t wanted)
{
	struct counted *counted = calloc(1, sizeof(*counted));
	struct reader_thread readers[THREADS];

	make_counted(counted, 3000, (size_t)16 << 10, 100000);
	open_counted(counted);
	for (size_t i = 0; i < THREADS; i++) {
		readers[i] = (struct reader_thread){ .counted = counted, .seed = i };
		assert_int_equal(pthread_create(&readers[i].thread, NULL, do_reader, &readers[i]),
				 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(readers[i].thread, NULL);
		assert_int_equal(readers[i].right, wanted);
	}
	close_counted(counted);
	free(counted);
}

TEST(several_threads_read_one_open_archive_at_once)
{
	assert_threads_get_right(read_at_random, 300);
}

static void *verify_and_inform(void *argument)
{
	struct reader_thread *reader = argument;
	const struct narc_verify_options options = { .quick = reader->seed % 2 };
	struct narc_verify_result result = { 0 };
	struct narc_info info;

	if (narc_archive_verify(reader->counted->archive, &options, &result, NULL) == NARC_OK &&
	    result.damages == 0 && result.rows_checked == 3000 &&
	    narc_archive_info(reader->counted->archive, &info, NULL) == NARC_OK &&
	    info.rows == 3000)
		reader->right++;
	return NULL;
}

TEST(several_threads_check_one_open_archive_at_once)
{
	assert_threads_get_right(verify_and_inform, 1);
}

/* ---- a file that is cut off while it is opened ------------------------------------------- */

/* A source over a file, that is cut before one of its reads. */
struct cut_source {
	struct narc_source inner;
	const char *path;
	uint64_t reads, cut_at;
	size_t size; /* that it is cut to */
};

static enum narc_status cut_and_read_at(void *context, uint64_t offset, void *buffer, size_t length,
					struct narc_error *error)
{
	struct cut_source *source = context;

	if (++source->reads == source->cut_at)
		assert_int_equal(truncate(source->path, (off_t)source->size), 0);
	return source->inner.ops->read_at(source->inner.context, offset, buffer, length, error);
}

static enum narc_status inner_size(void *context, uint64_t *size, struct narc_error *error)
{
	struct cut_source *source = context;

	return source->inner.ops->size(source->inner.context, size, error);
}

static void close_inner(void *context)
{
	struct cut_source *source = context;

	source->inner.ops->close(source->inner.context);
}

TEST(an_archive_is_opened_while_a_writer_cuts_off_what_a_torn_append_left)
{
	enum { TORN_SIZE = 300000 };
	static const struct narc_source_ops ops = { .read_at = cut_and_read_at, .size = inner_size,
						    .close = close_inner };
	const struct given_file file = given_text("a", "text");
	struct packed base = pack_files(NULL, &file, 1);
	uint8_t *torn = calloc(1, base.size + TORN_SIZE);
	struct cut_source source = { .size = base.size };
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];

	memcpy(torn, base.data, base.size);
	test_path(path, folder, "a.narc");
	source.path = path;
	do {
		narc_archive *archive = NULL;
		struct narc_error error;

		test_file_write(path, torn, base.size + TORN_SIZE);
		source.cut_at++;
		source.reads = 0;
		ASSERT_OK(narc_file_source(path, &source.inner, &error), &error);
		ASSERT_OK(narc_archive_open((struct narc_source){ &ops, &source }, &archive,
					    &error),
			  &error);
		assert_holds_files(archive, &file, 1);
		narc_archive_close(archive);
	} while (source.reads >= source.cut_at);
	assert_true(source.cut_at > 5);
	test_folder_remove(folder);
	packed_free(&base);
	free(torn);
}

TEST(the_blocks_of_all_records_are_all_that_is_stored_of_them)
{
	struct counted counted;
	struct narc_filter filter;
	struct narc_block block, last = { .offset = NARC_NO_OFFSET };
	struct narc_error error;
	narc_cursor *cursor;
	uint64_t stored = 0, content = 0, rows = 0;

	make_counted(&counted, 500, 4096, 0);
	open_counted(&counted);
	narc_filter_init(&filter);
	filter.all_versions = true;
	cursor = open_cursor(counted.archive, &filter);
	ASSERT_STATUS(narc_cursor_block(cursor, &block, &error), NARC_MISUSE, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
	while (next_record(cursor)) {
		ASSERT_OK(narc_cursor_block(cursor, &block, &error), &error);
		if (block.offset == last.offset)
			continue;
		assert_true(block.offset > last.offset || last.offset == NARC_NO_OFFSET);
		stored += block.frame_size + block.descriptor_size;
		content += block.content_size;
		rows += block.rows;
		last = block;
	}
	assert_true(counted.info.blocks > 10);
	assert_int_equal(stored, counted.info.blocks_size);
	assert_int_equal(content, counted.info.owned_size);
	assert_int_equal(rows, counted.info.rows);
	ASSERT_STATUS(narc_cursor_block(cursor, &block, &error), NARC_MISUSE, &error);
	narc_cursor_close(cursor);
	close_counted(&counted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opening_reads_header_and_tail_whatever_the_size),
		cmocka_unit_test(a_look_up_reads_a_few_pages_and_one_block),
		cmocka_unit_test(a_look_up_with_a_dictionary_reads_little_besides_it),
		cmocka_unit_test(a_look_up_among_blocks_of_one_post_reads_little),
		cmocka_unit_test(a_key_that_is_not_there_reads_no_content),
		cmocka_unit_test(a_second_look_up_reads_no_page_again),
		cmocka_unit_test(a_range_of_dates_touches_only_the_blocks_that_it_needs),
		cmocka_unit_test(listing_reads_no_content),
		cmocka_unit_test(the_blocks_of_all_records_are_all_that_is_stored_of_them),
		cmocka_unit_test(several_threads_read_one_open_archive_at_once),
		cmocka_unit_test(several_threads_check_one_open_archive_at_once),
		cmocka_unit_test(an_archive_is_opened_while_a_writer_cuts_off_what_a_torn_append_left),
	};

	return cmocka_run_group_tests_name("reads", tests, NULL, NULL);
}
