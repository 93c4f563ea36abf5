/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives of several generations, in memory. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_io.h"
#include "read/archive.h"
#include "support_archive.h"
#include "support_folder.h"

/* Appends, in the place of base. */
static void append_to(struct packed *base, const struct given_file *files, size_t count)
{
	struct packed packed = append_files(base, NULL, files, count);

	if (packed.result.rows) {
		assert_true(packed.size > base->size);
		assert_memory_equal(packed.data, base->data, base->size);
	} else {
		assert_null(packed.data);
		packed.data = base->data;
		packed.size = base->size;
		base->data = NULL;
	}
	packed_free(base);
	*base = packed;
}

/* Fails unless the path has just this text at a generation (0: the last); NULL: it is not
 * there. */
static void assert_has(const struct packed *packed, uint32_t as_of, const char *path,
		       const char *text)
{
	narc_archive *archive = open_packed(packed);
	const struct narc_record *record;
	struct narc_filter filter;
	struct narc_error error;
	const void *content;
	narc_cursor *cursor;

	narc_filter_init(&filter);
	filter.as_of = as_of;
	cursor = open_cursor(archive, &filter);
	record = find_record(cursor, path);
	assert_int_equal(record != NULL, text != NULL);
	if (record) {
		assert_true(record->size == strlen(text));
		ASSERT_OK(narc_cursor_content(cursor, &content, &error), &error);
		assert_memory_equal(content, text, strlen(text));
		assert_null(next_record(cursor));
	}
	narc_cursor_close(cursor);
	narc_archive_close(archive);
}

static struct narc_record all_states(const struct packed *packed, const char *path, size_t number)
{
	narc_archive *archive = open_packed(packed);
	const struct narc_record *record;
	struct narc_filter filter;
	struct narc_record found;
	narc_cursor *cursor;

	narc_filter_init(&filter);
	filter.all_versions = true;
	cursor = open_cursor(archive, &filter);
	record = find_record(cursor, path);
	while (record && number-- > 0)
		record = next_record(cursor);
	assert_non_null(record);
	found = *record;
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	return found;
}

static void assert_verifies_packed(const struct packed *packed, uint64_t rows)
{
	narc_archive *archive = open_packed(packed);

	assert_verifies(archive, rows);
	narc_archive_close(archive);
}

/* ---- what changes ------------------------------------------------------------------------- */

TEST(a_file_that_is_there_already_is_not_appended)
{
	const struct given_file files[] = { given_text("a", "text"), given_text("b", "other") };
	struct given_file touched = given_text("a", "text");
	struct packed packed = pack_files(NULL, files, COUNT_OF(files));

	append_to(&packed, files, COUNT_OF(files));
	assert_true(packed.result.rows == 0 && packed.result.unchanged == 2);
	assert_int_equal(packed.result.generation, 1);
	touched.entry.mtime_seconds++;
	append_to(&packed, &touched, 1);
	assert_true(packed.result.rows == 0);
	assert_has(&packed, 0, "b", "other");
	packed_free(&packed);
}

TEST(a_file_with_another_content_is_the_next_version_and_the_old_one_stays)
{
	const struct given_file first = given_text("a", "first"), second = given_text("a", "second"),
				third = given_text("a", "first");
	struct packed packed = pack_files(NULL, &first, 1);

	append_to(&packed, &second, 1);
	append_to(&packed, &third, 1);
	assert_int_equal(packed.result.generation, 3);
	assert_has(&packed, 0, "a", "first");
	assert_has(&packed, 1, "a", "first");
	assert_has(&packed, 2, "a", "second");
	for (uint32_t i = 0; i < 3; i++) {
		struct narc_record record = all_states(&packed, "a", i);

		assert_int_equal(record.generation, i + 1);
		assert_int_equal(record.version, i + 1);
	}
	/* The content that came back is stored once. */
	assert_true(all_states(&packed, "a", 2).owner == all_states(&packed, "a", 0).row);
	assert_verifies_packed(&packed, 3);
	packed_free(&packed);
}

TEST(a_file_whose_old_path_did_not_come_was_moved)
{
	const struct given_file old = given_text("old", "text"), new = given_text("new", "text");
	struct packed packed = pack_files(NULL, &old, 1);

	append_to(&packed, &new, 1);
	assert_true(packed.result.moved == 1);
	assert_has(&packed, 0, "old", NULL);
	assert_has(&packed, 0, "new", "text");
	assert_has(&packed, 1, "old", "text");
	assert_has(&packed, 1, "new", NULL);
	assert_int_equal(all_states(&packed, "new", 0).version, 1);
	assert_true(all_states(&packed, "new", 0).owner == 0);
	assert_verifies_packed(&packed, 2);
	packed_free(&packed);
}

TEST(a_file_whose_old_path_came_is_a_copy)
{
	const struct given_file files[] = { given_text("old", "text"), given_text("new", "text") };
	struct packed packed = pack_files(NULL, files, 1);

	append_to(&packed, files, 2);
	assert_true(packed.result.moved == 0 && packed.result.owned_size == 0);
	assert_has(&packed, 0, "old", "text");
	assert_has(&packed, 0, "new", "text");
	assert_verifies_packed(&packed, 2);
	packed_free(&packed);
}

TEST(of_several_files_with_one_content_each_is_moved_once)
{
	const struct given_file old[] = { given_text("a", "text"), given_text("b", "text") };
	const struct given_file new[] = { given_text("c", "text"), given_text("d", "text"),
					  given_text("e", "text") };
	struct packed packed = pack_files(NULL, old, COUNT_OF(old));

	append_to(&packed, new, COUNT_OF(new));
	assert_true(packed.result.moved == 2);
	assert_has(&packed, 0, "a", NULL);
	assert_has(&packed, 0, "b", NULL);
	for (size_t i = 0; i < COUNT_OF(new); i++)
		assert_has(&packed, 0, new[i].entry.path, "text");
	assert_verifies_packed(&packed, 5);
	packed_free(&packed);
}

TEST(a_file_that_is_moved_over_another_takes_the_place_of_both)
{
	const struct given_file old[] = { given_text("a", "a's"), given_text("b", "b's") };
	const struct given_file moved = given_text("b", "a's");
	struct packed packed = pack_files(NULL, old, COUNT_OF(old));

	append_to(&packed, &moved, 1);
	assert_has(&packed, 0, "a", NULL);
	assert_has(&packed, 0, "b", "a's");
	assert_has(&packed, 1, "a", "a's");
	assert_has(&packed, 1, "b", "b's");
	assert_verifies_packed(&packed, 3);
	packed_free(&packed);
}

TEST(files_that_swap_their_paths_stay_two_files)
{
	const struct given_file old[] = { given_text("a", "a's"), given_text("b", "b's") };
	const struct given_file new[] = { given_text("a", "b's"), given_text("b", "a's") };
	struct packed packed = pack_files(NULL, old, COUNT_OF(old));

	append_to(&packed, new, COUNT_OF(new));
	assert_true(packed.result.owned_size == 0);
	assert_has(&packed, 0, "a", "b's");
	assert_has(&packed, 0, "b", "a's");
	assert_verifies_packed(&packed, 4);
	packed_free(&packed);
}

#define POST(text) "---\ndate: 2022-01-05\n---\n" text "\n<http://a/?infoCode=NW202201050000000001>\n"

TEST(a_post_that_is_rewritten_and_moved_is_the_next_version_of_its_infocode)
{
	const struct given_file old = given_text("_posts/a.md", POST("old"));
	const struct given_file new = given_text("old_post/b.md", POST("new"));
	struct packed packed = pack_files(NULL, &old, 1);

	append_to(&packed, &new, 1);
	assert_has(&packed, 0, "_posts/a.md", NULL);
	assert_has(&packed, 0, "NW202201050000000001", POST("new"));
	assert_int_equal(all_states(&packed, "NW202201050000000001", 1).version, 2);
	assert_verifies_packed(&packed, 2);
	packed_free(&packed);
}

TEST(a_path_leads_to_all_its_states_whether_its_infocode_is_in_it_or_not)
{
	const char path[] = "2022-01-05-NW202201050000000001.md";
	const struct given_file first = given_text(path, POST("First")),
				second = given_text(path, "<http://a/?infoCode=other>\n");
	struct packed packed = pack_files(NULL, &first, 1);

	append_to(&packed, &second, 1);
	assert_int_equal(all_states(&packed, path, 0).generation, 1);
	assert_int_equal(all_states(&packed, path, 1).generation, 2);
	assert_has(&packed, 0, path, "<http://a/?infoCode=other>\n");
	assert_has(&packed, 1, path, POST("First"));
	packed_free(&packed);
}

TEST(a_post_of_the_same_infocode_beside_the_old_one_is_a_version_of_its_own)
{
	const struct given_file files[] = { given_text("a.md", POST("old")),
					    given_text("b.md", POST("new")) };
	struct packed packed = pack_files(NULL, files, 1);

	append_to(&packed, files, 2);
	assert_has(&packed, 0, "a.md", POST("old"));
	assert_has(&packed, 0, "b.md", POST("new"));
	assert_int_equal(all_states(&packed, "b.md", 0).version, 2);
	assert_verifies_packed(&packed, 2);
	packed_free(&packed);
}

TEST(an_archive_without_files_can_be_appended_to)
{
	const struct given_file file = given_text("a", "text");
	struct packed packed = pack_files(NULL, NULL, 0);

	append_to(&packed, &file, 1);
	assert_int_equal(packed.result.generation, 2);
	assert_has(&packed, 1, "a", NULL);
	assert_has(&packed, 2, "a", "text");
	assert_verifies_packed(&packed, 1);
	packed_free(&packed);
}

/* Appends a file and a link to it. */
static struct packed append_linked(const struct packed *base, const struct given_file *file)
{
	struct packed packed = { NULL, 0, { 0 } };
	narc_archive *archive = open_packed(base);
	narc_packer *packer = new_appender(NULL, archive);
	struct narc_sink sink = sink_over(base, &packed);
	struct narc_error error;

	add_file(packer, file);
	add_link(packer, "link", file->entry.path);
	ASSERT_OK(narc_packer_commit(packer, sink, &packed.result, &error), &error);
	assert_true(packed.result.notices == 0);
	narc_packer_free(packer);
	narc_archive_close(archive);
	return packed;
}

TEST(a_hard_link_to_a_file_that_is_there_already_is_appended_once)
{
	const struct given_file files[] = { given_text("a", "text"), given_text("empty", "") };

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		struct packed base = pack_files(NULL, &files[i], 1);
		struct packed packed = append_linked(&base, &files[i]), again;

		assert_true(packed.result.rows == 1 && packed.result.owned_size == 0);
		assert_has(&packed, 0, files[i].entry.path, files[i].content);
		assert_has(&packed, 0, "link", files[i].content);
		assert_verifies_packed(&packed, 2);
		again = append_linked(&packed, &files[i]);
		assert_true(again.result.rows == 0 && again.result.unchanged == 2);
		packed_free(&again);
		packed_free(&packed);
		packed_free(&base);
	}
}

TEST(a_disk_that_is_full_of_what_a_hard_link_leads_to_is_told)
{
	enum { SIZE = 3 << 20 };
	char *text = test_malloc(SIZE);
	struct given_file file = given_text("large", "");
	struct packed base, packed = { NULL, 0, { 0 } };
	narc_archive *archive;
	narc_packer *packer;
	struct narc_error error = { 0 };
	enum narc_status status;

	memset(text, 'x', SIZE);
	file.content = text;
	file.size = SIZE;
	base = pack_files(NULL, &file, 1);
	archive = open_packed(&base);
	packer = new_appender(NULL, archive);
	add_file(packer, &file);
	add_link(packer, "link", "large");
	test_limit_file_size(1 << 20);
	status = narc_packer_commit(packer, sink_over(&base, &packed), NULL, &error);
	test_limit_file_size(TEST_NO_LIMIT);
	ASSERT_STATUS(status, NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	assert_null(packed.data);
	narc_packer_free(packer);
	narc_archive_close(archive);
	packed_free(&base);
	test_free(text);
}

TEST(large_files_are_compared_and_appended)
{
	enum { SIZE = (3 << 20) + 7 };
	char *text = test_malloc(SIZE);
	struct given_file file = given_text("large", "");
	struct packed packed;

	memset(text, 'x', SIZE);
	file.content = text;
	file.size = SIZE;
	packed = pack_files(NULL, &file, 1);
	append_to(&packed, &file, 1);
	assert_true(packed.result.rows == 0);
	text[SIZE - 1] = 'y';
	append_to(&packed, &file, 1);
	assert_true(packed.result.rows == 1 && packed.result.owned_size == SIZE);
	file.entry.path = "moved";
	append_to(&packed, &file, 1);
	assert_true(packed.result.moved == 1 && packed.result.owned_size == 0);
	assert_verifies_packed(&packed, 3);
	packed_free(&packed);
	test_free(text);
}

/* ---- many generations --------------------------------------------------------------------- */

/* What stands at a path at each generation. */
enum { GENERATIONS = 40, PATHS = 12 };

static void check_generations(const struct packed *packed, char texts[GENERATIONS][PATHS][16])
{
	for (uint32_t i = 0; i < GENERATIONS; i += 7)
		for (unsigned path = 0; path < PATHS; path++) {
			char name[16];

			snprintf(name, sizeof(name), "p%u", path);
			assert_has(packed, i + 1, name, *texts[i][path] ? texts[i][path] : NULL);
		}
}

TEST(segments_stay_few_and_every_generation_can_be_read)
{
	static char texts[GENERATIONS][PATHS][16];
	struct test_random random = { 77 };
	struct packed packed = pack_files(NULL, NULL, 0);
	narc_archive *archive;
	struct narc_info info;
	struct narc_error error;
	uint64_t rows = 0;

	for (uint32_t i = 1; i < GENERATIONS; i++) {
		struct given_file files[PATHS];
		char names[PATHS][16];
		size_t count = 0;

		memcpy(texts[i], texts[i - 1], sizeof(texts[i]));
		for (unsigned path = 0; path < PATHS; path++) {
			if (path != i % PATHS && random_below(&random, 3))
				continue;
			snprintf(texts[i][path], sizeof(texts[i][path]), "%u at %u", path, i);
			snprintf(names[count], sizeof(names[count]), "p%u", path);
			files[count] = given_text(names[count], texts[i][path]);
			count++;
		}
		append_to(&packed, files, count);
		assert_int_equal(packed.result.generation, i + 1);
		rows += packed.result.rows;
		archive = open_packed(&packed);
		ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
		assert_true(info.segments < 8);
		narc_archive_close(archive);
	}
	check_generations(&packed, texts);
	assert_verifies_packed(&packed, rows);
	packed_free(&packed);
}

TEST(records_of_all_generations_come_in_order)
{
	struct made_posts posts = make_posts(600, 9);
	struct packed packed = pack_files(NULL, posts.files, 200);
	narc_archive *archive;
	narc_cursor *cursor;
	const struct narc_record *record;
	int64_t last = INT64_MIN;
	size_t count = 0;

	/* Every other one, so that the generations lie between each other in time. */
	for (size_t start = 0; start < 3; start++) {
		struct given_file *some = test_malloc(posts.count * sizeof(*some));
		size_t some_count = 0;

		for (size_t i = start; i < posts.count; i += 3)
			some[some_count++] = posts.files[i];
		/* All of the old ones come too, so that nothing was moved. */
		for (size_t i = 0; i < posts.count; i++)
			if (i % 3 < start)
				some[some_count++] = posts.files[i];
		append_to(&packed, some, some_count);
		test_free(some);
	}
	archive = open_packed(&packed);
	cursor = open_cursor(archive, NULL);
	while ((record = next_record(cursor))) {
		assert_true(record->local_time >= last);
		last = record->local_time;
		count++;
	}
	assert_true(count > 400);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
	made_posts_free(&posts);
}

TEST(the_number_of_threads_does_not_change_what_is_appended)
{
	struct made_posts posts = make_posts(3000, 12);
	struct narc_pack_options options = plain_options();
	struct packed base, one, four;

	options.dictionary_size = 20000;
	options.time = 1700000000;
	base = pack_files(&options, posts.files, 1000);
	one = append_files(&base, &options, posts.files, posts.count);
	options.threads = 4;
	four = append_files(&base, &options, posts.files, posts.count);
	assert_true(one.size == four.size && memcmp(one.data, four.data, one.size) == 0);
	packed_free(&base);
	packed_free(&one);
	packed_free(&four);
	made_posts_free(&posts);
}

TEST(a_small_archive_that_grows_learns_another_dictionary)
{
	struct made_posts posts = make_posts(3000, 13);
	struct narc_pack_options options = plain_options();
	struct packed base, packed;
	narc_archive *archive;
	struct narc_info info;
	struct narc_error error;

	options.dictionary_size = NARC_DICTIONARY_AUTO;
	base = pack_files(&options, posts.files, 200);
	packed = append_files(&base, &options, posts.files, posts.count);
	archive = open_packed(&packed);
	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	assert_int_equal(info.dictionaries, 2);
	narc_archive_close(archive);
	assert_verifies_packed(&packed, base.result.rows + packed.result.rows);
	packed_free(&base);
	packed_free(&packed);
	made_posts_free(&posts);
}

TEST(a_look_up_reads_no_content_of_generations_that_have_not_the_key)
{
	enum { SIZE = 100000 };
	struct test_random random = { 15 };
	struct given_file files[] = { given_text("a", ""), given_text("b", "text") };
	uint8_t *content = test_malloc(SIZE);
	struct packed packed;
	struct faulty_io io;
	narc_archive *archive;
	narc_cursor *cursor;
	struct narc_error error;

	for (size_t i = 0; i < SIZE; i++)
		content[i] = (uint8_t)random_next(&random);
	files[0].content = content;
	files[0].size = SIZE;
	packed = pack_files(NULL, files, 1);
	append_to(&packed, files, 2);
	faulty_io_init(&io);
	ASSERT_OK(narc_archive_open(faulty_memory_source(&io, packed.data, packed.size), &archive,
				    &error),
		  &error);
	cursor = open_cursor(archive, NULL);
	assert_non_null(find_record(cursor, "b"));
	assert_true(io.bytes_read < SIZE);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
	test_free(content);
}

static bool reads_touch(const struct faulty_io *io, struct extent extent)
{
	for (uint64_t i = 0; i < io->calls[IO_SOURCE_READ]; i++)
		if (io->extents[i].offset < extent_end(extent) &&
		    io->extents[i].offset + io->extents[i].length > extent.offset)
			return true;
	return false;
}

TEST(a_look_up_reads_no_block_of_a_later_generation_that_has_not_the_key)
{
	struct given_file files[22] = { given_text("0", "in the first"),
					given_text("a", "in the second") };
	char paths[COUNT_OF(files)][4];
	struct packed packed;
	struct faulty_io io;
	narc_archive *archive;
	narc_cursor *cursor;
	struct narc_error error;

	for (size_t i = 2; i < COUNT_OF(files); i++) {
		snprintf(paths[i], sizeof(paths[i]), "b%02zu", i);
		files[i] = given_text(paths[i], "in the third");
	}
	packed = pack_files(NULL, files, 1);
	append_to(&packed, files, 2);
	append_to(&packed, files, COUNT_OF(files));
	faulty_io_init(&io);
	ASSERT_OK(narc_archive_open(faulty_memory_source(&io, packed.data, packed.size), &archive,
				    &error),
		  &error);
	cursor = open_cursor(archive, NULL);
	assert_int_equal(archive->manifest.segment_count, 3);
	faulty_io_reset(&io);
	for (size_t i = 2; i < COUNT_OF(files); i++)
		assert_non_null(find_record(cursor, paths[i]));
	assert_in_range(io.calls[IO_SOURCE_READ], 1, IO_EXTENTS_LIMIT);
	assert_true(reads_touch(&io, archive->segments[2].runs[0].blocks));
	assert_false(reads_touch(&io, archive->segments[1].runs[0].blocks));
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(an_append_reads_no_content_that_is_of_another_size)
{
	enum { SIZE = 100000 };
	struct test_random random = { 16 };
	struct given_file file = given_text("2022-01-05-NW202201050000000001.md", "");
	uint8_t *content = test_malloc(SIZE);
	struct packed base;
	struct packed packed = { NULL, 0, { 0 } };
	struct faulty_io io;
	narc_archive *archive;
	narc_packer *packer;
	struct narc_error error;

	for (size_t i = 0; i < SIZE; i++)
		content[i] = (uint8_t)random_next(&random);
	file.content = content;
	file.size = SIZE;
	base = pack_files(NULL, &file, 1);
	faulty_io_init(&io);
	ASSERT_OK(narc_archive_open(faulty_memory_source(&io, base.data, base.size), &archive,
				    &error),
		  &error);
	packer = new_appender(NULL, archive);
	ASSERT_OK(narc_packer_add(packer, &file.entry, content, SIZE - 1, &error), &error);
	ASSERT_OK(narc_packer_commit(packer, sink_over(&base, &packed), NULL, &error), &error);
	assert_true(io.bytes_read < SIZE);
	narc_packer_free(packer);
	narc_archive_close(archive);
	assert_verifies_packed(&packed, 2);
	packed_free(&base);
	packed_free(&packed);
	test_free(content);
}

/* ---- what goes wrong ---------------------------------------------------------------------- */

TEST(an_append_that_is_cut_off_anywhere_leaves_the_generation_before_it)
{
	const struct given_file first = given_text("a", "first"), second = given_text("a", "second");
	struct packed base = pack_files(NULL, &first, 1);
	struct packed packed = append_files(&base, NULL, &second, 1);

	for (size_t size = base.size; size < packed.size; size++) {
		struct packed torn = { packed.data, size, { 0 } };

		assert_has(&torn, 0, "a", "first");
	}
	assert_has(&packed, 0, "a", "second");
	packed_free(&base);
	packed_free(&packed);
}

TEST(an_append_cuts_off_what_a_torn_one_left)
{
	const struct given_file first = given_text("a", "first"), second = given_text("a", "second");
	struct packed base = pack_files(NULL, &first, 1);
	struct packed packed = append_files(&base, NULL, &second, 1);
	struct packed torn = { test_malloc(base.size + 1000), base.size + 1000, { 0 } };
	struct packed mended;

	memset(torn.data, 0xee, torn.size);
	memcpy(torn.data, base.data, base.size);
	mended = append_files(&torn, NULL, &second, 1);
	assert_true(mended.size == packed.size);
	assert_has(&mended, 0, "a", "second");
	assert_verifies_packed(&mended, 2);
	packed_free(&base);
	packed_free(&packed);
	packed_free(&mended);
	test_free(torn.data);
}

/* Appends with a call of the sink, or a read of the base, failing; false if there are not so
 * many. */
static bool append_with(const struct packed *base, const struct made_posts *posts,
			enum io_call call, uint64_t number)
{
	struct packed packed = { NULL, 0, { 0 } };
	struct faulty_io io;
	narc_archive *archive;
	narc_packer *packer;
	struct narc_sink sink;
	struct narc_error error = { 0 };
	enum narc_status status = NARC_OK;

	faulty_io_init(&io);
	ASSERT_OK(narc_archive_open(faulty_memory_source(&io, base->data, base->size), &archive,
				    &error),
		  &error);
	packer = new_appender(NULL, archive);
	sink = faulty_sink(&io, sink_over(base, &packed));
	faulty_io_fail(&io, call, number, NARC_IO);
	for (size_t i = 0; i < posts->count && status == NARC_OK; i++)
		status = narc_packer_add(packer, &posts->files[i].entry, posts->files[i].content,
					 posts->files[i].size, &error);
	if (status == NARC_OK)
		status = narc_packer_commit(packer, sink, NULL, &error);
	else
		sink.ops->close(sink.context);
	narc_packer_free(packer);
	narc_archive_close(archive);
	assert_int_equal(io.opened, 0);
	assert_int_equal(status == NARC_OK, !io.has_failed);
	if (status != NARC_OK) {
		assert_fault_is_told(&io, &error);
		assert_null(packed.data);
	}
	packed_free(&packed);
	return io.has_failed;
}

TEST(an_append_fails_with_what_reading_and_writing_fail_with)
{
	static const enum io_call calls[] = { IO_SOURCE_READ, IO_SINK_APPEND, IO_SINK_TRUNCATE,
					      IO_SINK_SYNC, IO_SINK_PUBLISH };
	struct made_posts posts = make_posts(40, 14);
	struct packed base = pack_files(NULL, posts.files, 20);

	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		uint64_t number = 1;

		while (append_with(&base, &posts, calls[i], number))
			number++;
		assert_true(number > 1);
	}
	packed_free(&base);
	made_posts_free(&posts);
}

TEST(files_that_were_added_before_cannot_be_appended)
{
	const struct given_file file = given_text("a", "text");
	struct packed base = pack_files(NULL, &file, 1);
	narc_archive *archive = open_packed(&base);
	narc_packer *packer = new_packer(NULL);
	struct narc_error error = { 0 };

	add_file(packer, &file);
	ASSERT_STATUS(narc_packer_append_to(packer, archive, &error), NARC_MISUSE, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
	narc_packer_free(packer);
	narc_archive_close(archive);
	packed_free(&base);
}

TEST(a_writer_that_gives_up_leaves_the_file_as_it_was)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	struct narc_sink sink;
	struct narc_error error;

	test_path(path, folder, "a");
	test_file_write(path, "before", 6);
	ASSERT_OK(narc_append_sink(path, &sink, &error), &error);
	ASSERT_OK(sink.ops->append(sink.context, " more", 5, &error), &error);
	ASSERT_OK(sink.ops->sync(sink.context, &error), &error);
	assert_file_is(folder, "a", "before more");
	sink.ops->close(sink.context);
	assert_file_is(folder, "a", "before");
	ASSERT_OK(narc_append_sink(path, &sink, &error), &error);
	ASSERT_OK(sink.ops->truncate(sink.context, 2, &error), &error);
	ASSERT_OK(sink.ops->append(sink.context, "st", 2, &error), &error);
	ASSERT_OK(sink.ops->sync(sink.context, &error), &error);
	ASSERT_OK(sink.ops->publish(sink.context, &error), &error);
	sink.ops->close(sink.context);
	assert_file_is(folder, "a", "best");
	ASSERT_STATUS(narc_append_sink("/nonexistent/a", &sink, &error), NARC_IO, &error);
	test_folder_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_is_there_already_is_not_appended),
		cmocka_unit_test(a_file_with_another_content_is_the_next_version_and_the_old_one_stays),
		cmocka_unit_test(a_file_whose_old_path_did_not_come_was_moved),
		cmocka_unit_test(a_file_whose_old_path_came_is_a_copy),
		cmocka_unit_test(of_several_files_with_one_content_each_is_moved_once),
		cmocka_unit_test(a_file_that_is_moved_over_another_takes_the_place_of_both),
		cmocka_unit_test(files_that_swap_their_paths_stay_two_files),
		cmocka_unit_test(a_post_that_is_rewritten_and_moved_is_the_next_version_of_its_infocode),
		cmocka_unit_test(a_path_leads_to_all_its_states_whether_its_infocode_is_in_it_or_not),
		cmocka_unit_test(a_post_of_the_same_infocode_beside_the_old_one_is_a_version_of_its_own),
		cmocka_unit_test(an_archive_without_files_can_be_appended_to),
		cmocka_unit_test(a_hard_link_to_a_file_that_is_there_already_is_appended_once),
		cmocka_unit_test(a_disk_that_is_full_of_what_a_hard_link_leads_to_is_told),
		cmocka_unit_test(large_files_are_compared_and_appended),
		cmocka_unit_test(segments_stay_few_and_every_generation_can_be_read),
		cmocka_unit_test(records_of_all_generations_come_in_order),
		cmocka_unit_test(the_number_of_threads_does_not_change_what_is_appended),
		cmocka_unit_test(a_small_archive_that_grows_learns_another_dictionary),
		cmocka_unit_test(a_look_up_reads_no_content_of_generations_that_have_not_the_key),
		cmocka_unit_test(a_look_up_reads_no_block_of_a_later_generation_that_has_not_the_key),
		cmocka_unit_test(an_append_reads_no_content_that_is_of_another_size),
		cmocka_unit_test(an_append_that_is_cut_off_anywhere_leaves_the_generation_before_it),
		cmocka_unit_test(an_append_cuts_off_what_a_torn_one_left),
		cmocka_unit_test(an_append_fails_with_what_reading_and_writing_fail_with),
		cmocka_unit_test(files_that_were_added_before_cannot_be_appended),
		cmocka_unit_test(a_writer_that_gives_up_leaves_the_file_as_it_was),
	};

	return cmocka_run_group_tests_name("append", tests, NULL, NULL);
}
