/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is behind a mounted archive, without the system's part of it: views of records, contents by
 * row from several threads, attributes. And all of it again while memory runs out.
 */
#include "support_check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mount/attributes.h"
#include "mount/contents.h"
#include "mount/views.h"
#include "support_archive.h"
#include "support_memory.h"

enum { LARGE_SIZE = (1 << 20) + 100, THREADS = 6 };

/* What was said while a tree was made. */
struct said {
	char text[4096];
	uint64_t damages;
	bool goes_on;
};

static void note_left_out(void *context, const char *path, const char *why)
{
	struct said *said = context;
	size_t used = strlen(said->text);

	snprintf(said->text + used, sizeof(said->text) - used, "%s: %s\n", path, why);
}

static bool note_damage(void *context, const struct narc_error *damage)
{
	struct said *said = context;

	assert_int_equal(damage->status, NARC_CORRUPT);
	said->damages++;
	return said->goes_on;
}

static enum narc_status try_to_make(narc_archive *archive, enum view view, struct said *said,
				    struct tree **tree, struct narc_error *error)
{
	const struct view_events events = { note_left_out, note_damage, said };
	narc_cursor *cursor = NULL;
	enum narc_status status = narc_cursor_open(archive, NULL, &cursor, error);

	*tree = NULL;
	if (status == NARC_OK)
		status = view_make(view, cursor, 5, UINT64_MAX, &events, tree, error);
	narc_cursor_close(cursor);
	return status;
}

static struct tree *make_tree(narc_archive *archive, enum view view, struct said *said)
{
	struct narc_error error = { 0 };
	struct tree *tree;

	*said = (struct said){ .damages = 0 };
	ASSERT_OK(try_to_make(archive, view, said, &tree, &error), &error);
	return tree;
}

/* All paths below a folder, in the order of names, with a blank behind each. */
static void list_below(const struct tree *tree, const struct tree_folder *folder,
		       const char *prefix, char text[8192])
{
	char best[TREE_NAME_LIMIT + 1] = "";

	for (;;) {
		const struct tree_node *next = NULL;
		char path[512];

		for (uint32_t i = 0; i < folder->count; i++) {
			const struct tree_node *node = tree_node(tree, folder->first + i);

			if (node->mode && strcmp(node->name, best) > 0 &&
			    (!next || strcmp(node->name, next->name) < 0))
				next = node;
		}
		if (!next)
			return;
		strcpy(best, next->name);
		snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "/" : "", next->name);
		if (S_ISDIR(next->mode))
			list_below(tree, tree_folder(tree, (uint32_t)next->row), path, text);
		else
			strcat(strcat(text, path), " ");
	}
}

static void assert_view(narc_archive *archive, enum view view, const char *wanted)
{
	char text[8192] = "";
	struct said said;
	struct tree *tree = make_tree(archive, view, &said);

	list_below(tree, tree_folder_of(tree, TREE_ROOT), "", text);
	assert_string_equal(text, wanted);
	assert_string_equal(said.text, "");
	tree_free(tree);
}

/* ---- views ------------------------------------------------------------------------- */

static const char code_2_text[] =
	"---\ndate: 2022-01-05 09:00:00\n---\n?infoCode=NW202201050000000002";

TEST(each_view_has_the_paths_that_it_is_to_have)
{
	const struct given_file files[] = {
		given_text("_posts/2022-01-05-NW202201050000000001.md", "---\n---\none"),
		given_text("other/2.html", code_2_text),
		given_text("2.html", code_2_text),
		given_text("no-post.txt", "?infoCode=NW202201060000000003"),
		given_text("_posts/old.md", "---\ndate: 1969-12-31 23:59:59\n---\n"),
	};
	struct packed packed = pack_files(NULL, files, COUNT_OF(files));
	narc_archive *archive = open_packed(&packed);

	assert_view(archive, VIEW_TREE,
		    "2.html _posts/2022-01-05-NW202201050000000001.md _posts/old.md no-post.txt "
		    "other/2.html ");
	assert_view(archive, VIEW_DATE,
		    "1969/12/31/old.md 2022/01/05/2.html 2022/01/05/2022-01-05-NW202201050000000001.md "
		    "2022/01/05/2~2.html 2022/01/05/no-post.txt ");
	assert_view(archive, VIEW_CODE,
		    "NW202201050000000001.md NW202201050000000002.html "
		    "NW202201050000000002~2.html ");
	assert_view(archive, VIEW_ALL,
		    "by-code/NW202201050000000001.md by-code/NW202201050000000002.html "
		    "by-code/NW202201050000000002~2.html "
		    "by-date/1969/12/31/old.md by-date/2022/01/05/2.html "
		    "by-date/2022/01/05/2022-01-05-NW202201050000000001.md "
		    "by-date/2022/01/05/2~2.html by-date/2022/01/05/no-post.txt "
		    "tree/2.html tree/_posts/2022-01-05-NW202201050000000001.md tree/_posts/old.md "
		    "tree/no-post.txt tree/other/2.html ");
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(a_file_has_the_size_time_and_mode_of_its_record_but_no_right_to_write)
{
	struct given_file files[] = { given_text("a", "four"), given_text("link", "target") };
	struct packed packed;
	narc_archive *archive;
	const struct tree_node *node;
	struct tree *tree;
	struct said said;

	files[0].entry.permissions = 07753;
	files[0].entry.mtime_seconds = -7;
	files[0].entry.mtime_nanoseconds = 8;
	files[1].entry.type = NARC_TYPE_SYMLINK;
	packed = pack_files(NULL, files, COUNT_OF(files));
	archive = open_packed(&packed);
	tree = make_tree(archive, VIEW_TREE, &said);
	node = tree_node(tree, tree_find(tree, tree_folder_of(tree, TREE_ROOT), "a"));
	assert_int_equal(node->mode, S_IFREG | 0551);
	assert_int_equal(node->size, 4);
	assert_int_equal(node->mtime_seconds, -7);
	assert_int_equal(node->mtime_nanoseconds, 8);
	node = tree_node(tree, tree_find(tree, tree_folder_of(tree, TREE_ROOT), "link"));
	assert_int_equal(node->mode, S_IFLNK | 0777);
	assert_int_equal(node->size, 6);
	tree_free(tree);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(what_no_file_system_can_have_is_left_out_and_told)
{
	char long_name[300], below_long[310];
	struct given_file files[4];
	struct packed packed;
	narc_archive *archive;
	struct tree *tree;
	struct said said;

	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	snprintf(below_long, sizeof(below_long), "%s/below", long_name);
	files[0] = given_text(long_name, "1");
	files[1] = given_text(below_long, "2");
	files[2] = given_text("a", "3");
	files[3] = given_text("a/b", "4");
	packed = pack_files(NULL, files, COUNT_OF(files));
	archive = open_packed(&packed);
	tree = make_tree(archive, VIEW_TREE, &said);
	assert_non_null(strstr(said.text, "nnn: it has no path"));
	assert_non_null(strstr(said.text, "nnn/below: it has no path"));
	assert_non_null(strstr(said.text, "a: another entry has this name\n"));
	assert_int_equal(tree_folder_of(tree, TREE_ROOT)->shown, 1);
	tree_free(tree);
	narc_archive_close(archive);
	packed_free(&packed);
}

/* ---- contents ---------------------------------------------------------------------- */

/* An archive with contents of all sizes, and all that is needed to read it. */
struct readable {
	struct made_posts posts;
	uint8_t *large;
	struct packed packed;
	narc_archive *archive;
	narc_cursor *cursor; /* which has other blocks than the contents */
	struct cursor_pool *pool;
	struct contents *contents;
};

static struct readable make_readable(size_t post_count, uint64_t memory)
{
	struct narc_pack_options options = plain_options();
	struct readable readable = { .posts = make_posts(post_count, 5),
				     .large = malloc(LARGE_SIZE) };
	narc_packer *packer = new_packer(&options);
	struct given_file file = given_text("2021-12-02-large", "");
	struct test_random random = { 6 };

	for (size_t i = 0; i < LARGE_SIZE; i++)
		readable.large[i] = (uint8_t)random_next(&random);
	for (size_t i = 0; i < post_count; i++)
		add_file(packer, &readable.posts.files[i]);
	file.content = readable.large;
	file.size = LARGE_SIZE;
	add_file(packer, &file);
	file = given_text("empty", "");
	add_file(packer, &file);
	readable.packed = commit_packer(packer);
	readable.archive = open_packed(&readable.packed);
	readable.cursor = open_cursor(readable.archive, NULL);
	readable.pool = cursor_pool_new(readable.archive);
	readable.contents = contents_new(readable.pool, memory, "/tmp");
	return readable;
}

static void free_readable(struct readable *readable)
{
	contents_free(readable->contents);
	cursor_pool_free(readable->pool);
	narc_cursor_close(readable->cursor);
	narc_archive_close(readable->archive);
	packed_free(&readable->packed);
	free(readable->large);
	made_posts_free(&readable->posts);
}

/* Whether it is these bytes, all of them. */
static bool content_is(const struct content *content, const void *data, uint64_t size)
{
	void *copy;
	bool same;

	if (content->size != size)
		return false;
	if (content->data)
		return memcmp(content->data, data, size) == 0;
	copy = malloc(size);
	same = pread(content->fd, copy, size, 0) == (ssize_t)size && memcmp(copy, data, size) == 0;
	free(copy);
	return same;
}

static bool row_is_right(const struct readable *readable, const struct narc_record *record,
			 const void *data, bool wanted)
{
	struct content *content;
	struct narc_error error = { 0 };
	bool right;

	if (contents_get(readable->contents, record->row, &content, &error) != NARC_OK)
		return false;
	right = content_is(content, data, record->size);
	contents_put(readable->contents, content, wanted);
	return right;
}

TEST(contents_are_those_of_their_rows_however_little_memory_they_may_take)
{
	static const uint64_t memories[] = { 0, 10000, 1 << 30 };

	for (size_t i = 0; i < COUNT_OF(memories); i++) {
		struct readable readable = make_readable(200, memories[i]);
		const struct narc_record *record;

		for (int round = 0; round < 3; round++) {
			while ((record = next_record(readable.cursor))) {
				struct narc_error error = { 0 };
				const void *data;

				ASSERT_OK(narc_cursor_content(readable.cursor, &data, &error), &error);
				assert_true(row_is_right(&readable, record, data, round > 0));
			}
			narc_cursor_close(readable.cursor);
			readable.cursor = open_cursor(readable.archive, NULL);
		}
		free_readable(&readable);
	}
}

TEST(a_content_stays_as_long_as_somebody_reads_it)
{
	struct readable readable = make_readable(20, 0);
	struct content *first, *second, *large;
	struct narc_error error = { 0 };

	ASSERT_OK(contents_get(readable.contents, 3, &first, &error), &error);
	ASSERT_OK(contents_get(readable.contents, 3, &second, &error), &error);
	assert_ptr_equal(first, second);
	contents_put(readable.contents, first, false);
	for (uint64_t row = 0; row < 20; row++) {
		ASSERT_OK(contents_get(readable.contents, row, &large, &error), &error);
		contents_put(readable.contents, large, false);
	}
	ASSERT_OK(contents_get(readable.contents, 3, &first, &error), &error);
	assert_ptr_equal(first, second);
	contents_put(readable.contents, first, true);
	contents_put(readable.contents, second, true);
	free_readable(&readable);
}

TEST(a_large_content_is_in_one_file_as_long_as_it_is_held)
{
	struct readable readable = make_readable(20, 0);
	const uint64_t row = find_path(readable.cursor, "2021-12-02-large")->row;
	struct content *content;
	struct narc_error error = { 0 };
	int fd;

	ASSERT_OK(contents_hold(readable.contents, row, &error), &error);
	ASSERT_OK(contents_hold(readable.contents, row, &error), &error);
	ASSERT_OK(contents_get(readable.contents, row, &content, &error), &error);
	assert_null(content->data);
	assert_true(content_is(content, readable.large, LARGE_SIZE));
	fd = content->fd;
	contents_put(readable.contents, content, true);
	contents_release(readable.contents, row);
	ASSERT_OK(contents_get(readable.contents, row, &content, &error), &error);
	assert_int_equal(content->fd, fd);
	contents_put(readable.contents, content, false);
	contents_release(readable.contents, row);
	assert_int_equal(close(fd), -1);
	/* Held by nobody, it goes with the last who reads it. */
	ASSERT_OK(contents_get(readable.contents, row, &content, &error), &error);
	fd = content->fd;
	contents_put(readable.contents, content, true);
	assert_int_equal(close(fd), -1);
	free_readable(&readable);
}

TEST(a_row_that_there_is_not_and_a_folder_that_there_is_not_are_told)
{
	struct readable readable = make_readable(20, 0);
	const uint64_t row = find_path(readable.cursor, "2021-12-02-large")->row;
	struct content *content;
	struct narc_error error = { 0 };

	ASSERT_STATUS(contents_get(readable.contents, 1000, &content, &error), NARC_NOT_FOUND,
		      &error);
	contents_free(readable.contents);
	readable.contents = contents_new(readable.pool, 0, "/nowhere");
	ASSERT_STATUS(contents_get(readable.contents, row, &content, &error), NARC_IO, &error);
	assert_non_null(strstr(error.message, "/nowhere"));
	assert_true(error.system_errno != 0);
	free_readable(&readable);
}

/* A thread that reads all rows, from one of its own on. */
struct reading_thread {
	pthread_t thread;
	struct readable *readable;
	uint64_t first;
	bool failed;
};

static void *read_rows(void *context)
{
	struct reading_thread *reading = context;
	const uint64_t rows = reading->readable->packed.result.rows;
	narc_cursor *cursor = open_cursor(reading->readable->archive, NULL);
	struct narc_error error;

	for (uint64_t i = 0; i < 2 * rows && !reading->failed; i++) {
		const struct narc_record *record;
		struct content *content;
		bool held = i % 3 == 0;
		const uint64_t row = (reading->first + i) % rows;

		if (narc_cursor_find_row(cursor, row, &error) != NARC_OK ||
		    narc_cursor_next(cursor, &record, &error) != NARC_OK ||
		    (held && contents_hold(reading->readable->contents, row, &error) != NARC_OK) ||
		    contents_get(reading->readable->contents, row, &content, &error) != NARC_OK) {
			reading->failed = true;
			break;
		}
		reading->failed = content->size != record->size;
		if (content->data && !reading->failed) {
			const void *data;

			reading->failed = narc_cursor_content(cursor, &data, &error) != NARC_OK ||
					  memcmp(data, content->data, content->size) != 0;
		}
		contents_put(reading->readable->contents, content, i % 2);
		if (held)
			contents_release(reading->readable->contents, row);
	}
	narc_cursor_close(cursor);
	return NULL;
}

TEST(several_threads_get_what_each_asks_for)
{
	struct readable readable = make_readable(120, 5000);
	struct reading_thread threads[THREADS];

	for (size_t i = 0; i < THREADS; i++) {
		/* Two of them want the same at the same time. */
		threads[i] = (struct reading_thread){ .readable = &readable, .first = i / 2 * 40 };
		assert_int_equal(pthread_create(&threads[i].thread, NULL, read_rows, &threads[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i].thread, NULL);
		assert_false(threads[i].failed);
	}
	free_readable(&readable);
}

TEST(damage_is_told_each_time_and_harms_nothing_else)
{
	struct narc_pack_options options = plain_options();
	struct made_posts posts = make_posts(30, 9);
	struct packed packed;
	struct narc_info info;
	struct narc_error error = { 0 };
	narc_archive *archive;
	struct cursor_pool *pool;
	struct contents *contents;
	struct content *content;

	options.block_size = 0;
	packed = pack_files(&options, posts.files, posts.count);
	archive = open_packed(&packed);
	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	((uint8_t *)packed.data)[info.blocks_offset + 12] ^= 0x10;
	pool = cursor_pool_new(archive);
	contents = contents_new(pool, 1 << 20, "/tmp");
	for (int i = 0; i < 3; i++) {
		ASSERT_STATUS(contents_get(contents, 0, &content, &error), NARC_CORRUPT, &error);
		assert_string_not_equal(error.path, "");
		ASSERT_OK(contents_get(contents, 20, &content, &error), &error);
		contents_put(contents, content, true);
	}
	contents_free(contents);
	cursor_pool_free(pool);
	narc_archive_close(archive);
	packed_free(&packed);
	made_posts_free(&posts);
}

/* ---- attributes -------------------------------------------------------------------- */

TEST(attributes_say_what_the_record_does)
{
	const struct given_file files[] = {
		given_text("a.md", "---\ndate: 2022-01-05 11:01:51 +0800\n---\n"
				   "?infoCode=NW202201050000000001"),
		given_text("plain", "x"),
	};
	struct packed packed = pack_files(NULL, files, COUNT_OF(files));
	narc_archive *archive = open_packed(&packed);
	struct cursor_pool *pool = cursor_pool_new(archive);
	narc_cursor *cursor = open_cursor(archive, NULL);
	const uint64_t post = find_path(cursor, "a.md")->row;
	const uint64_t plain = find_path(cursor, "plain")->row;
	char value[ATTRIBUTE_SIZE], wanted[32], names[ATTRIBUTE_NAMES_SIZE];
	struct narc_error error = { 0 };
	size_t size;

	ASSERT_OK(get_attribute_of(pool, post, "user.newsarc.infocode", value, &error), &error);
	assert_string_equal(value, "NW202201050000000001");
	ASSERT_OK(get_attribute_of(pool, post, "user.newsarc.date", value, &error), &error);
	assert_string_equal(value, "2022-01-05T11:01:51+08:00");
	ASSERT_OK(get_attribute_of(pool, post, "user.newsarc.version", value, &error), &error);
	assert_string_equal(value, "1");
	ASSERT_OK(get_attribute_of(pool, plain, "user.newsarc.hash", value, &error), &error);
	snprintf(wanted, sizeof(wanted), "%016llx",
		 (unsigned long long)find_path(cursor, "plain")->hash);
	assert_string_equal(value, wanted);
	assert_int_equal(get_attribute_of(pool, plain, "user.newsarc.infocode", value, &error),
			 NARC_NOT_FOUND);
	assert_int_equal(get_attribute_of(pool, plain, "user.other", value, &error), NARC_NOT_FOUND);
	ASSERT_OK(list_attributes_of(pool, post, names, &size, &error), &error);
	assert_int_equal(size, sizeof("user.newsarc.infocode") + sizeof("user.newsarc.date") +
				       sizeof("user.newsarc.version") + sizeof("user.newsarc.hash"));
	assert_string_equal(names, "user.newsarc.infocode");
	ASSERT_OK(list_attributes_of(pool, plain, names, &size, &error), &error);
	assert_string_equal(names, "user.newsarc.date");
	narc_cursor_close(cursor);
	cursor_pool_free(pool);
	narc_archive_close(archive);
	packed_free(&packed);
}

/* ---- without memory ---------------------------------------------------------------- */

/* Makes a tree of all views and reads what is in it. */
static enum narc_status use_all(narc_archive *archive, uint64_t rows, struct narc_error *error)
{
	struct said said = { .damages = 0 };
	struct cursor_pool *pool = NULL;
	struct contents *contents = NULL;
	char names[ATTRIBUTE_NAMES_SIZE];
	struct tree *tree;
	size_t size;
	enum narc_status status = try_to_make(archive, VIEW_ALL, &said, &tree, error);

	if (status == NARC_OK)
		pool = cursor_pool_new(archive);
	if (pool)
		contents = contents_new(pool, 2000, "/tmp");
	if (status == NARC_OK && !contents)
		status = NARC_NOMEM;
	for (uint64_t row = 0; row < rows && status == NARC_OK; row++) {
		struct content *content;

		status = contents_hold(contents, row, error);
		if (status != NARC_OK)
			break;
		status = contents_get(contents, row, &content, error);
		if (status == NARC_OK)
			contents_put(contents, content, row % 2);
		contents_release(contents, row);
	}
	if (status == NARC_OK)
		status = list_attributes_of(pool, 0, names, &size, error);
	contents_free(contents);
	cursor_pool_free(pool);
	tree_free(tree);
	return status;
}

TEST(what_cannot_be_done_for_want_of_memory_is_told_and_leaves_nothing)
{
	struct readable readable = make_readable(30, 0);
	bool has_failed;
	uint64_t number = 0;

	do {
		const int64_t held = memory_held();
		/* One for each time: what it loads when it is needed it keeps. */
		struct packed copy = readable.packed;
		narc_archive *archive = open_packed(&copy);
		struct narc_error error = { 0 };
		enum narc_status status;

		memory_fail(++number);
		status = use_all(archive, readable.packed.result.rows, &error);
		has_failed = memory_has_failed();
		/* Some of it is only of use, and not needed. */
		if (!has_failed || status != NARC_NOMEM)
			ASSERT_OK(status, &error);
		narc_archive_close(archive);
		assert_int_equal(memory_held(), held);
	} while (has_failed);
	assert_true(number > 100);
	free_readable(&readable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_view_has_the_paths_that_it_is_to_have),
		cmocka_unit_test(a_file_has_the_size_time_and_mode_of_its_record_but_no_right_to_write),
		cmocka_unit_test(what_no_file_system_can_have_is_left_out_and_told),
		cmocka_unit_test(contents_are_those_of_their_rows_however_little_memory_they_may_take),
		cmocka_unit_test(a_content_stays_as_long_as_somebody_reads_it),
		cmocka_unit_test(a_large_content_is_in_one_file_as_long_as_it_is_held),
		cmocka_unit_test(a_row_that_there_is_not_and_a_folder_that_there_is_not_are_told),
		cmocka_unit_test(several_threads_get_what_each_asks_for),
		cmocka_unit_test(damage_is_told_each_time_and_harms_nothing_else),
		cmocka_unit_test(attributes_say_what_the_record_does),
		cmocka_unit_test(what_cannot_be_done_for_want_of_memory_is_told_and_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
