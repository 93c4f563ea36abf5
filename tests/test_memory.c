/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out, at every place where it is asked for: what cannot be done is told
 * with NARC_NOMEM, what can is right, and nothing stays behind.
 */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support_archive.h"
#include "support_folder.h"
#include "support_memory.h"
#include "support_repair.h"
#include "support_rewrite.h"

enum { MADE_POSTS = 12, LARGE_SIZE = (1 << 20) + 100 };

/* Files of all kinds that a packer treats differently. */
struct all_kinds {
	struct made_posts posts;
	struct given_file files[40];
	size_t count;
	uint8_t *large;
	const char *tree; /* if not NULL, they are files in this folder */
};

static void add_kind(struct all_kinds *kinds, const char *path, const char *text)
{
	kinds->files[kinds->count++] = given_text(path, text);
}

static void make_all_kinds(struct all_kinds *kinds, bool with_large)
{
	struct test_random random = { 61 };

	memset(kinds, 0, sizeof(*kinds));
	kinds->posts = make_posts(MADE_POSTS, 62);
	memcpy(kinds->files, kinds->posts.files, MADE_POSTS * sizeof(*kinds->files));
	kinds->count = MADE_POSTS;
	add_kind(kinds, "_config.yml", "timezone: \"+08:00\"\n");
	add_kind(kinds, "lenient.md",
		 "---\ntitle: \"a\"b\"\ndate: 2022-01-05 11:01\ncategories: [a, b c]\n---\n");
	add_kind(kinds, "list.md",
		 "---\ntags: x\ndate: 2022-01-05\ncategories:\n- a\n- b c\n---\n");
	add_kind(kinds, "2021-11-01-copy.txt", "the same text");
	add_kind(kinds, "2022-01-01-copy.txt", "the same text");
	add_kind(kinds, "2021-12-01-copy.txt", "the same text");
	add_kind(kinds, "empty", "");
	if (!with_large)
		return;
	kinds->large = malloc(LARGE_SIZE);
	for (size_t i = 0; i < LARGE_SIZE; i++)
		kinds->large[i] = (uint8_t)(random_next(&random) & 0x11);
	for (size_t i = 0; i < 2; i++) {
		add_kind(kinds, i ? "2021-12-02-large" : "2021-12-01-large", "");
		kinds->files[kinds->count - 1].content = kinds->large;
		kinds->files[kinds->count - 1].size = LARGE_SIZE - i;
	}
}

static void free_all_kinds(struct all_kinds *kinds)
{
	made_posts_free(&kinds->posts);
	free(kinds->large);
}

static struct narc_pack_options kind_options(void)
{
	struct narc_pack_options options = plain_options();

	options.block_size = 4000;
	return options;
}

/* ---- packing ----------------------------------------------------------------------- */

/* The first status of a packer's calls that is not NARC_OK. All files are added first, then
 * one more time the first, and two links. */
static enum narc_status feed_packer(narc_packer *packer, const struct all_kinds *kinds,
				    struct narc_error *error)
{
	const struct narc_entry links[2] = { { .path = "link", .permissions = 0644 },
					     { .path = "broken", .permissions = 0644 } };
	enum narc_status status = NARC_OK;

	if (kinds->tree)
		status = narc_packer_add_tree(packer, kinds->tree, error);
	for (size_t i = 0; i < kinds->count && status == NARC_OK && !kinds->tree; i++)
		status = narc_packer_add(packer, &kinds->files[i].entry, kinds->files[i].content,
					 kinds->files[i].size, error);
	if (status == NARC_OK)
		status = narc_packer_add(packer, &kinds->files[0].entry, "replaced", 8, error);
	if (status == NARC_OK)
		status = narc_packer_begin_tree(packer, error);
	if (status == NARC_OK)
		status = narc_packer_add_link(packer, &links[0],
					      kinds->files[kinds->count - 1].entry.path, error);
	if (status == NARC_OK)
		status = narc_packer_add_link(packer, &links[1], "nowhere", error);
	return status;
}

static enum narc_status try_to_pack(const struct narc_pack_options *options,
				    const struct all_kinds *kinds, struct packed *packed,
				    struct narc_error *error)
{
	narc_packer *packer = NULL;
	struct narc_sink sink;
	enum narc_status status = narc_packer_new(options, &packer, error);

	if (status == NARC_OK)
		status = feed_packer(packer, kinds, error);
	if (status == NARC_OK)
		status = narc_memory_sink(&packed->data, &packed->size, &sink, error);
	if (status == NARC_OK)
		status = narc_packer_commit(packer, sink, &packed->result, error);
	narc_packer_free(packer);
	return status;
}

/* Fails unless a call that failed did so because an allocation had, and says it. */
static void assert_want_is_told(bool has_failed, enum narc_status status,
				const struct narc_error *error)
{
	assert_true(has_failed);
	ASSERT_STATUS(status, NARC_NOMEM, error);
	ASSERT_ERROR_IS_TOLD(error, NARC_NOMEM);
}

/* Packs once with the allocation of this number failing; false if there are not so many. */
static bool pack_without(uint64_t number, const struct narc_pack_options *options,
			 const struct all_kinds *kinds, const struct packed *wanted)
{
	const int64_t held = memory_held();
	struct packed packed = { NULL, 0, { 0 } };
	struct narc_error error = { 0 };
	enum narc_status status;
	bool has_failed;

	memory_fail(number);
	status = try_to_pack(options, kinds, &packed, &error);
	has_failed = memory_has_failed();
	if (status == NARC_OK) {
		/* zstd's trainer leaves out what it has no memory to look at, and tells nobody. */
		if (options->dictionary_size) {
			narc_archive *archive = open_packed(&packed);

			assert_verifies(archive, wanted->result.rows);
			narc_archive_close(archive);
		} else {
			assert_int_equal(packed.size, wanted->size);
			assert_true(memcmp(packed.data, wanted->data, wanted->size) == 0);
		}
	} else {
		if (status != NARC_NOMEM || memory_held() != held)
			print_error("without allocation %llu\n", (unsigned long long)number);
		assert_want_is_told(has_failed, status, &error);
		assert_null(packed.data);
	}
	packed_free(&packed);
	assert_true(memory_held() == held);
	return has_failed;
}

static void assert_packing_kinds_survives(const struct narc_pack_options *options,
					  const struct all_kinds *kinds)
{
	struct packed wanted = { NULL, 0, { 0 } };
	struct narc_error error;
	uint64_t number = 1;

	ASSERT_OK(try_to_pack(options, kinds, &wanted, &error), &error);
	while (pack_without(number, options, kinds, &wanted))
		number++;
	assert_true(number > 100);
	packed_free(&wanted);
}

static void assert_packing_survives(const struct narc_pack_options *options, bool with_large)
{
	struct all_kinds kinds;

	make_all_kinds(&kinds, with_large);
	assert_packing_kinds_survives(options, &kinds);
	free_all_kinds(&kinds);
}

TEST(packing_survives_the_want_of_any_allocation)
{
	struct narc_pack_options options = kind_options();

	assert_packing_survives(&options, false);
}

TEST(packing_a_tree_survives_the_want_of_any_allocation)
{
	struct narc_pack_options options = kind_options();
	struct all_kinds kinds;
	char *tree = test_folder_new();

	make_all_kinds(&kinds, true);
	kinds.tree = tree;
	for (size_t i = 0; i < kinds.count; i++) {
		char path[TEST_PATH_SIZE], name[32];

		/* Some are posts, wherever they were. */
		snprintf(name, sizeof(name), "%zu.%s", i, i % 4 ? "md" : "txt");
		test_path(path, tree, name);
		test_file_write(path, kinds.files[i].content, kinds.files[i].size);
	}
	for (options.threads = 1; options.threads < 4; options.threads++)
		assert_packing_kinds_survives(&options, &kinds);
	free_all_kinds(&kinds);
	test_folder_remove(tree);
}

TEST(packing_with_a_dictionary_survives_the_want_of_any_allocation)
{
	struct narc_pack_options options = kind_options();

	options.dictionary_size = 1000;
	assert_packing_survives(&options, false);
}

TEST(packing_by_way_of_temporary_files_survives_the_want_of_any_allocation)
{
	struct narc_pack_options options = kind_options();

	options.memory = 1;
	assert_packing_survives(&options, false);
}

TEST(packing_large_files_survives_the_want_of_any_allocation)
{
	struct narc_pack_options options = kind_options();

	assert_packing_survives(&options, true);
}

/* Adds a file with an allocation failing, and again if that fails; false if none failed. */
static bool add_twice_without(uint64_t number)
{
	const struct given_file file =
		given_text("a.md", "---\ndate: 2022-01-05\ncategories: [a, b]\n---\ntext");
	narc_packer *packer = new_packer(NULL);
	bool has_failed;
	enum narc_status status;

	memory_fail(number);
	status = narc_packer_add(packer, &file.entry, file.content, file.size, NULL);
	has_failed = memory_has_failed();
	if (status != NARC_OK)
		status = narc_packer_add(packer, &file.entry, file.content, file.size, NULL);
	if (status != NARC_OK) {
		/* A packer that ran out of memory need not go on, but must say so. */
		assert_int_equal(status, NARC_NOMEM);
		narc_packer_free(packer);
		return has_failed;
	}
	assert_packer_makes(packer, &file, 1);
	return has_failed;
}

TEST(a_file_whose_adding_failed_is_not_there_twice_when_it_is_added_again)
{
	uint64_t number = 1;

	while (add_twice_without(number))
		number++;
	assert_true(number > 10);
}

/* Adds a file, then another of its path with an allocation failing, after which the packer
 * goes on without; false if none failed. */
static bool replace_without(uint64_t number)
{
	const struct given_file files[] = { given_text("a.md", "---\n---\nfirst"),
					    given_text("a.md", "---\n---\nsecond") };
	narc_packer *packer = new_packer(NULL);
	bool has_failed;
	enum narc_status status;

	add_file(packer, &files[0]);
	memory_fail(number);
	status = narc_packer_add(packer, &files[1].entry, files[1].content, files[1].size, NULL);
	has_failed = memory_has_failed();
	assert_packer_makes(packer, &files[status == NARC_OK], 1);
	return has_failed;
}

TEST(a_file_whose_replacement_could_not_be_added_is_kept)
{
	uint64_t number = 1;

	while (replace_without(number))
		number++;
	assert_true(number > 5);
}

TEST(a_thread_that_cannot_be_had_is_told)
{
	struct narc_pack_options options = kind_options();
	struct all_kinds kinds;
	bool has_failed = true;

	make_all_kinds(&kinds, false);
	options.threads = 4;
	for (uint64_t number = 1; has_failed; number++) {
		const int64_t held = memory_held();
		struct packed packed = { NULL, 0, { 0 } };
		struct narc_error error = { 0 };
		enum narc_status status;

		threads_fail(number);
		status = try_to_pack(&options, &kinds, &packed, &error);
		has_failed = threads_have_failed();
		ASSERT_STATUS(status, has_failed ? NARC_IO : NARC_OK, &error);
		if (has_failed)
			ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
		packed_free(&packed);
		assert_true(memory_held() == held);
	}
	free_all_kinds(&kinds);
}

/* ---- reading ----------------------------------------------------------------------- */

/* What a reader's calls came to; the first failure is kept. */
struct reading {
	const struct all_kinds *kinds;
	enum narc_status status;
	struct narc_error error;
	size_t rows;
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

static void check_content(struct reading *reading, narc_cursor *cursor)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	const void *content;
	struct narc_error error = { 0 };

	if (!note_status(reading, narc_cursor_content(cursor, &content, &error), &error))
		return;
	for (size_t i = 0; i < reading->kinds->count; i++) {
		const struct given_file *file = &reading->kinds->files[i];

		if (strcmp(file->entry.path, record->path) == 0 && i > 0)
			assert_true(record->size == file->size &&
				    memcmp(content, file->content, file->size) == 0);
	}
}

static void walk_and_find(struct reading *reading, narc_archive *archive)
{
	narc_cursor *cursor = NULL;
	const struct narc_record *record;
	enum narc_status status;
	struct narc_error error = { 0 };

	if (!note_status(reading, narc_cursor_open(archive, NULL, &cursor, &error), &error))
		return;
	while ((status = narc_cursor_next(cursor, &record, &error)) != NARC_END) {
		if (!note_status(reading, status, &error))
			break;
		reading->rows++;
		check_content(reading, cursor);
	}
	for (size_t i = 0; i < reading->kinds->count; i += 3) {
		const char *path = reading->kinds->files[i].entry.path;

		if (note_status(reading, narc_cursor_find(cursor, path, &error), &error) &&
		    note_status(reading, narc_cursor_next(cursor, &record, &error), &error))
			check_content(reading, cursor);
	}
	narc_cursor_close(cursor);
}

static void read_all(struct reading *reading, const struct packed *packed)
{
	const struct narc_verify_options options = { .threads = 1 };
	struct narc_verify_result result;
	struct narc_source source;
	narc_archive *archive = NULL;
	struct narc_info info;
	struct narc_error error = { 0 };

	if (!note_status(reading, narc_memory_source(packed->data, packed->size, &source, &error),
			 &error))
		return;
	if (!note_status(reading, narc_archive_open(source, &archive, &error), &error))
		return;
	note_status(reading, narc_archive_info(archive, &info, &error), &error);
	walk_and_find(reading, archive);
	if (note_status(reading, narc_archive_verify(archive, &options, &result, &error), &error))
		assert_true(result.damages == 0);
	narc_archive_close(archive);
}

static void assert_reading_survives(size_t dictionary_size, bool with_large)
{
	struct narc_pack_options options = kind_options();
	struct all_kinds kinds;
	struct packed packed = { NULL, 0, { 0 } };
	struct narc_error error;
	bool has_failed = true;
	uint64_t number;

	make_all_kinds(&kinds, with_large);
	options.dictionary_size = dictionary_size;
	ASSERT_OK(try_to_pack(&options, &kinds, &packed, &error), &error);
	for (number = 1; has_failed; number++) {
		const int64_t held = memory_held();
		struct reading reading = { .kinds = &kinds };

		memory_fail(number);
		read_all(&reading, &packed);
		has_failed = memory_has_failed();
		if (reading.status != NARC_OK && reading.status != NARC_NOMEM)
			print_error("without allocation %llu\n", (unsigned long long)number);
		if (reading.status != NARC_OK || has_failed) {
			/* Some things can be done without what cannot be had. */
			if (reading.status != NARC_OK)
				ASSERT_STATUS(reading.status, NARC_NOMEM, &reading.error);
		} else {
			assert_true(reading.rows == packed.result.rows);
		}
		assert_true(memory_held() == held);
	}
	assert_true(number > 30);
	packed_free(&packed);
	free_all_kinds(&kinds);
}

TEST(reading_survives_the_want_of_any_allocation)
{
	assert_reading_survives(0, false);
}

TEST(reading_with_a_dictionary_survives_the_want_of_any_allocation)
{
	assert_reading_survives(1000, false);
}

TEST(reading_large_files_survives_the_want_of_any_allocation)
{
	assert_reading_survives(0, true);
}

/* Does all that is done with whole archives, on some threads; *rows is what was delivered. */
static void read_in_bulk(struct reading *reading, narc_archive *archive, const char *place)
{
	const struct narc_verify_options checking = { .threads = 3 };
	const struct narc_extract_options writing = { .threads = 3 };
	struct narc_verify_result checked;
	struct narc_extract_result written;
	narc_folder *folder;
	struct narc_error error = { 0 };

	if (note_status(reading, narc_archive_verify(archive, &checking, &checked, &error), &error))
		assert_true(checked.damages == 0);
	if (note_status(reading, narc_folder_open(place, &folder, &error), &error)) {
		if (note_status(reading,
				narc_folder_write_all(folder, archive, NULL, &writing, &written,
						      &error),
				&error)) {
			assert_true(written.failed == 0);
			reading->rows = (size_t)written.written;
		}
		narc_folder_close(folder);
	}
}

TEST(reading_on_several_threads_survives_the_want_of_any_allocation)
{
	struct narc_pack_options options = kind_options();
	struct all_kinds kinds;
	struct packed packed = { NULL, 0, { 0 } };
	struct narc_error error;
	bool has_failed = true;
	uint64_t number;

	make_all_kinds(&kinds, false);
	options.block_size = 0;
	ASSERT_OK(try_to_pack(&options, &kinds, &packed, &error), &error);
	for (number = 1; has_failed; number++) {
		const int64_t held = memory_held();
		char *place = test_folder_new();
		narc_archive *archive = open_packed(&packed);
		struct reading reading = { .kinds = &kinds };

		memory_fail(number);
		read_in_bulk(&reading, archive, place);
		has_failed = memory_has_failed();
		narc_archive_close(archive);
		if (reading.status != NARC_OK) {
			assert_want_is_told(has_failed, reading.status, &reading.error);
		} else {
			/* What a thread had no memory for was done without it. */
			assert_true(reading.rows == packed.result.rows);
		}
		test_tree_remove(place);
		assert_true(memory_held() == held);
	}
	assert_true(number > 100);
	packed_free(&packed);
	free_all_kinds(&kinds);
}

/* Whether a thread is asked for when all of an archive is read, of which there is none. */
static bool asks_for_threads(size_t block_size, unsigned threads, const char *code)
{
	struct narc_pack_options options = kind_options();
	struct made_posts posts = make_posts(40, 63);
	struct narc_filter filter;
	struct packed packed;
	narc_archive *archive;
	narc_cursor *cursor;
	size_t rows = 0;
	bool has_asked;

	options.block_size = block_size;
	packed = pack_files(&options, posts.files, posts.count);
	archive = open_packed(&packed);
	narc_filter_init(&filter);
	filter.code_glob = code;
	threads_fail(1);
	cursor = open_cursor(archive, &filter);
	narc_cursor_read_ahead(cursor, threads);
	while (next_record(cursor))
		rows++;
	has_asked = threads_have_failed();
	assert_int_equal(rows, code ? 0 : 40);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
	made_posts_free(&posts);
	return has_asked;
}

TEST(only_a_walk_over_many_blocks_starts_threads_and_does_without_them)
{
	assert_true(asks_for_threads(0, 2, NULL));
	assert_true(asks_for_threads(0, 64, NULL));
	assert_false(asks_for_threads(0, 1, NULL));
	assert_false(asks_for_threads(1 << 20, 64, NULL));
	assert_false(asks_for_threads(0, 64, "nothing"));
}

TEST(reading_does_without_a_second_thread)
{
	struct narc_pack_options options = kind_options();
	struct all_kinds kinds;
	struct packed packed = { NULL, 0, { 0 } };
	struct reading reading = { .kinds = &kinds };
	struct narc_error error;

	make_all_kinds(&kinds, false);
	options.dictionary_size = 1000;
	ASSERT_OK(try_to_pack(&options, &kinds, &packed, &error), &error);
	threads_fail(1);
	read_all(&reading, &packed);
	threads_have_failed();
	ASSERT_OK(reading.status, &reading.error);
	assert_true(reading.rows == packed.result.rows);
	packed_free(&packed);
	free_all_kinds(&kinds);
}

/* ---- changing an archive -------------------------------------------------------------- */

/* Whether an allocation failed. What was written, if anything was, is right. */
static bool rewrite_without(uint64_t number, enum rewriting rewriting, const struct packed *living)
{
	const int64_t held = memory_held();
	narc_archive *archive = open_packed(living), *other = open_packed(living);
	struct rewritten rewritten = { .count = 0 };
	struct narc_error error = { 0 };
	enum narc_status status;
	bool has_failed;

	memory_fail(number);
	status = rewrite(rewriting, archive, other, &rewritten, &error);
	has_failed = memory_has_failed();
	narc_archive_close(archive);
	narc_archive_close(other);
	if (status != NARC_OK)
		assert_want_is_told(has_failed, status, &error);
	rewritten_free(&rewritten);
	assert_true(memory_held() == held);
	return has_failed;
}

TEST(rewriting_survives_the_want_of_any_allocation)
{
	struct packed living = make_living_archive();

	for (enum rewriting i = 0; i < REWRITINGS; i++) {
		uint64_t number = 1;

		while (rewrite_without(number, i, &living))
			number++;
		assert_true(number > 50);
	}
	packed_free(&living);
}

/* A narc_has_path_fn. */
static enum narc_status has_no_path(void *context, const char *path, bool *has_path,
				    struct narc_error *error)
{
	(void)context;
	(void)path;
	(void)error;
	*has_path = false;
	return NARC_OK;
}

/* Appends to a living archive, with an allocation failing; false if none failed. Of a history,
 * each file is of a generation of its own. */
static bool append_without(uint64_t number, const struct packed *living, bool is_history)
{
	const struct given_file files[] = { given_text("copy.txt", "another text"),
					    given_text("new.txt", "new"),
					    given_text(REDACTED_PATH, REDACTED_TEXT) };
	const int64_t held = memory_held();
	narc_archive *archive = open_packed(living);
	struct packed packed = { NULL, 0, { 0 } };
	struct narc_pack_options options = living_options();
	struct narc_sink sink = sink_over(living, &packed);
	narc_packer *packer = NULL;
	struct narc_error error = { 0 };
	enum narc_status status;
	bool has_failed;

	memory_fail(number);
	status = narc_packer_new(&options, &packer, &error);
	if (status == NARC_OK)
		status = narc_packer_append_to(packer, archive, &error);
	for (size_t i = 0; i < COUNT_OF(files) && status == NARC_OK; i++) {
		if (is_history)
			status = narc_packer_begin_generation(packer, options.time, has_no_path,
							      NULL, &error);
		if (status == NARC_OK)
			status = narc_packer_add(packer, &files[i].entry, files[i].content,
						 files[i].size, &error);
	}
	if (status == NARC_OK)
		status = narc_packer_commit(packer, sink, NULL, &error);
	else
		sink.ops->close(sink.context);
	has_failed = memory_has_failed();
	narc_packer_free(packer);
	narc_archive_close(archive);
	if (status != NARC_OK) {
		assert_want_is_told(has_failed, status, &error);
		assert_null(packed.data);
	}
	packed_free(&packed);
	assert_true(memory_held() == held);
	return has_failed;
}

TEST(appending_survives_the_want_of_any_allocation)
{
	struct packed living = make_living_archive();

	for (unsigned is_history = 0; is_history < 2; is_history++) {
		uint64_t number = 1;

		while (append_without(number, &living, is_history))
			number++;
		assert_true(number > 100);
	}
	packed_free(&living);
}

/* ---- files --------------------------------------------------------------------------------- */

enum { MAKING, REPLACING, CONTINUING, WRITINGS };

/* Writes a.narc, which is a symbolic link if it is there, with an allocation failing; false if
 * none failed. */
static bool write_file_without(uint64_t number, const char *folder, int writing)
{
	const int64_t held = memory_held();
	const size_t descriptors = test_open_descriptors(), names = test_folder_count(folder);
	struct narc_sink sink = { 0 };
	struct narc_error error = { 0 };
	char path[TEST_PATH_SIZE], target[8];
	enum narc_status status;
	bool has_failed;

	test_path(path, folder, "a.narc");
	memory_fail(number);
	status = writing == CONTINUING ? narc_append_sink(path, &sink, &error)
				       : narc_file_sink(path, writing == REPLACING, &sink, &error);
	if (status == NARC_OK) {
		status = sink.ops->append(sink.context, "text", 4, &error);
		if (status == NARC_OK)
			status = sink.ops->sync(sink.context, &error);
		if (status == NARC_OK)
			status = sink.ops->publish(sink.context, &error);
		sink.ops->close(sink.context);
	}
	has_failed = memory_has_failed();
	if (status != NARC_OK) {
		assert_want_is_told(has_failed, status, &error);
		assert_int_equal(test_folder_count(folder), names);
	}
	assert_int_equal(readlink(path, target, sizeof(target)) > 0, writing != MAKING);
	assert_int_equal(test_open_descriptors(), descriptors);
	assert_true(memory_held() == held);
	return has_failed;
}

TEST(writing_files_survives_the_want_of_any_allocation)
{
	for (int writing = 0; writing < WRITINGS; writing++) {
		char *folder = test_folder_new();
		char path[TEST_PATH_SIZE];
		uint64_t number = 1;

		if (writing != MAKING) {
			test_path(path, folder, "file");
			test_file_write(path, "before", 6);
			test_path(path, folder, "a.narc");
			assert_int_equal(symlink("file", path), 0);
		}
		while (write_file_without(number, folder, writing))
			number++;
		assert_true(number > 4);
		test_folder_remove(folder);
	}
}

/* Signs an archive, and writes and checks a receipt of its first row. */
static enum narc_status sign_and_prove(narc_archive *archive, const narc_secret_key *key,
				       unsigned threads, struct narc_error *error)
{
	struct narc_statement statement;
	struct narc_public_key public;
	char text[NARC_STATEMENT_SIZE], signature[NARC_SIGNATURE_SIZE];
	narc_receipt *receipt = NULL;
	char *written = NULL;
	size_t size = 0;
	enum narc_status status =
		narc_statement_make(archive, 0, threads, 0, &statement, error);

	narc_secret_key_public(key, &public);
	if (status == NARC_OK)
		status = narc_statement_write(&statement, text, error);
	if (status == NARC_OK)
		status = narc_sign(key, text, strlen(text), "comment", signature, error);
	if (status == NARC_OK)
		status = narc_receipt_make(archive, 0, text, strlen(text), signature,
					   strlen(signature), threads, &written, &size, error);
	if (status == NARC_OK)
		status = narc_receipt_open(written, size, &public, &receipt, error);
	narc_receipt_close(receipt);
	free(written);
	return status;
}

/* Whether an allocation failed. */
static bool sign_without(uint64_t number, const struct packed *living, unsigned threads,
			 const char *key_path)
{
	const int64_t held = memory_held();
	narc_archive *archive = open_packed(living);
	narc_secret_key *key = NULL;
	struct narc_error error = { 0 };
	enum narc_status status;
	bool has_failed;

	memory_fail(number);
	status = narc_secret_key_load(key_path, NULL, NULL, &key, &error);
	if (status == NARC_OK)
		status = sign_and_prove(archive, key, threads, &error);
	has_failed = memory_has_failed();
	narc_secret_key_free(key);
	narc_archive_close(archive);
	if (status != NARC_OK)
		assert_want_is_told(has_failed, status, &error);
	assert_true(memory_held() == held);
	return has_failed;
}

TEST(signing_survives_the_want_of_any_allocation)
{
	struct packed living = make_living_archive();
	char *folder = test_folder_new();
	char key_path[TEST_PATH_SIZE], public_path[TEST_PATH_SIZE];
	struct narc_public_key public;
	struct narc_error error;

	test_path(key_path, folder, "key");
	test_path(public_path, folder, "key.pub");
	ASSERT_OK(narc_key_pair_make(key_path, public_path, &public, &error), &error);
	for (unsigned threads = 1; threads <= 3; threads += 2) {
		uint64_t number = 1;

		while (sign_without(number, &living, threads, key_path))
			number++;
		assert_true(number > 50);
	}
	test_folder_remove(folder);
	packed_free(&living);
}

/* ---- repairing ------------------------------------------------------------------------ */

/* Repairs a damaged archive with an allocation failing; false if none failed. */
static bool repair_without(uint64_t number, const void *data, size_t size,
			   const struct packed *wanted)
{
	const int64_t held = memory_held();
	struct narc_repair_result result;
	struct packed packed;
	struct narc_error error = { 0 };
	enum narc_status status;
	bool has_failed;

	memory_fail(number);
	status = try_to_repair(data, size, &packed, &result, &error);
	has_failed = memory_has_failed();
	if (status == NARC_OK) {
		assert_int_equal(packed.size, wanted->size);
		assert_memory_equal(packed.data, wanted->data, wanted->size);
	} else {
		assert_want_is_told(has_failed, status, &error);
		assert_null(packed.data);
	}
	packed_free(&packed);
	assert_true(memory_held() == held);
	return has_failed;
}

static void assert_repairing_survives(const uint8_t *data, size_t size)
{
	struct narc_repair_result result;
	struct packed wanted;
	struct narc_error error;
	uint64_t number = 1;

	ASSERT_OK(try_to_repair(data, size, &wanted, &result, &error), &error);
	while (repair_without(number, data, size, &wanted))
		number++;
	assert_true(number > 100);
	packed_free(&wanted);
}

TEST(repairing_survives_the_want_of_any_allocation)
{
	struct packed living = make_living_archive();
	uint8_t *data = living.data;

	/* The trailer, which parity makes again; and some blocks, which it does not. */
	memset(data + living.size - 50, 0, 50);
	assert_repairing_survives(data, living.size);
	memset(data + living.size / 2, 0, 1000);
	assert_repairing_survives(data, living.size);
	packed_free(&living);
}

TEST(packing_with_parity_survives_the_want_of_any_allocation)
{
	struct narc_pack_options options = kind_options();

	options.parity = 1000;
	assert_packing_survives(&options, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packing_survives_the_want_of_any_allocation),
		cmocka_unit_test(packing_a_tree_survives_the_want_of_any_allocation),
		cmocka_unit_test(packing_with_a_dictionary_survives_the_want_of_any_allocation),
		cmocka_unit_test(packing_by_way_of_temporary_files_survives_the_want_of_any_allocation),
		cmocka_unit_test(packing_large_files_survives_the_want_of_any_allocation),
		cmocka_unit_test(a_file_whose_adding_failed_is_not_there_twice_when_it_is_added_again),
		cmocka_unit_test(a_file_whose_replacement_could_not_be_added_is_kept),
		cmocka_unit_test(a_thread_that_cannot_be_had_is_told),
		cmocka_unit_test(reading_survives_the_want_of_any_allocation),
		cmocka_unit_test(reading_with_a_dictionary_survives_the_want_of_any_allocation),
		cmocka_unit_test(reading_large_files_survives_the_want_of_any_allocation),
		cmocka_unit_test(reading_on_several_threads_survives_the_want_of_any_allocation),
		cmocka_unit_test(only_a_walk_over_many_blocks_starts_threads_and_does_without_them),
		cmocka_unit_test(reading_does_without_a_second_thread),
		cmocka_unit_test(rewriting_survives_the_want_of_any_allocation),
		cmocka_unit_test(appending_survives_the_want_of_any_allocation),
		cmocka_unit_test(writing_files_survives_the_want_of_any_allocation),
		cmocka_unit_test(signing_survives_the_want_of_any_allocation),
		cmocka_unit_test(packing_with_parity_survives_the_want_of_any_allocation),
		cmocka_unit_test(repairing_survives_the_want_of_any_allocation),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
