/* SPDX-License-Identifier: BSD-2-Clause */
/* Content that is there more than once, hard links, and content that is large. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/content_hash.h"
#include "support_archive.h"

/* ---- copies ------------------------------------------------------------------------ */

static const size_t block_sizes[] = { 0, 300, (size_t)64 << 10 };

TEST(the_same_post_at_several_paths_is_stored_once)
{
	static const char text[] = "---\ndate: 2022-01-05\n---\n?infoCode=NW202201050000000001\n";
	const struct given_file files[] = {
		given_text("a/2022-01-05-NW202201050000000001.md", text),
		given_text("b/2022-01-05-NW202201050000000001.md", text),
		given_text("c/other-name.md", text),
	};

	for (size_t i = 0; i < COUNT_OF(block_sizes); i++) {
		struct narc_pack_options options = plain_options();
		struct narc_pack_result result;

		options.block_size = block_sizes[i];
		result = assert_comes_back(&options, files, COUNT_OF(files));
		assert_true(result.owned_size == sizeof(text) - 1);
		assert_true(result.content_size == 3 * (sizeof(text) - 1));
	}
}

TEST(a_revision_of_a_post_is_stored_beside_it)
{
	const struct given_file files[] = {
		given_text("a/2022-01-05-NW202201050000000001.md", "---\ndate: 2022-01-05\n---\n1"),
		given_text("b/2022-01-05-NW202201050000000001.md", "---\ndate: 2022-01-05\n---\n2"),
	};
	struct narc_pack_result result = assert_comes_back(NULL, files, COUNT_OF(files));

	assert_true(result.owned_size == result.content_size);
}

TEST(copies_far_from_each_other_are_stored_once)
{
	/* Dated by their names, with many posts between them, so that they stand in blocks
	 * written long before. */
	enum { COPIES = 6 };
	struct made_posts posts = make_posts(1500, 21);
	struct given_file *files = calloc(posts.count + COPIES, sizeof(*files));
	char paths[COPIES][64];
	char *text = malloc(3001);

	memset(text, 'x', 3000);
	text[3000] = '\0';
	memcpy(files, posts.files, posts.count * sizeof(*files));
	for (size_t i = 0; i < COPIES; i++) {
		snprintf(paths[i], sizeof(paths[i]), "2021-12-%02zu-copy.txt", i + 2);
		files[posts.count + i] = given_text(paths[i], text);
	}
	for (size_t i = 0; i < COUNT_OF(block_sizes); i++) {
		struct narc_pack_options options = plain_options();
		struct narc_pack_result with, without;

		options.block_size = block_sizes[i];
		options.threads = 4;
		without = assert_comes_back(&options, posts.files, posts.count);
		with = assert_comes_back(&options, files, posts.count + COPIES);
		assert_true(with.owned_size == without.owned_size + 3000);
		assert_true(with.content_size == without.content_size + 3000 * COPIES);
	}
	free(text);
	free(files);
	made_posts_free(&posts);
}

TEST(a_copy_may_come_before_its_block_is_full)
{
	/* All in one open block, and again with each in one of its own. */
	struct given_file files[40];
	char paths[COUNT_OF(files)][16];
	static const char *const texts[] = { "one", "two", "three", "four" };

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		snprintf(paths[i], sizeof(paths[i]), "%02zu", i);
		files[i] = given_text(paths[i], texts[i % COUNT_OF(texts)]);
	}
	for (size_t i = 0; i < COUNT_OF(block_sizes); i++) {
		struct narc_pack_options options = plain_options();

		options.block_size = block_sizes[i];
		options.threads = 3;
		assert_true(assert_comes_back(&options, files, COUNT_OF(files)).owned_size == 15);
	}
}

TEST(more_copies_than_a_block_has_rows_come_back)
{
	enum { COPIES = 5000 };
	struct given_file *files = calloc(COPIES, sizeof(*files));
	char (*paths)[16] = calloc(COPIES, sizeof(*paths));

	for (size_t i = 0; i < COPIES; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%05zu", i);
		files[i] = given_text(paths[i], i % 3 ? "copy" : "");
	}
	assert_true(assert_comes_back(NULL, files, COPIES).owned_size == 4);
	free(files);
	free(paths);
}

TEST(an_archive_of_nothing_but_empty_files_has_no_data)
{
	const struct given_file files[] = { given_text("a", ""), given_text("b", ""),
					    given_text("2022-01-05-c.md", "") };
	struct narc_pack_result result = assert_comes_back(NULL, files, COUNT_OF(files));

	assert_true(result.content_size == 0 && result.owned_size == 0);
}

/* ---- hard links -------------------------------------------------------------------- */

static const size_t budgets[] = { (size_t)64 << 20, 1 };

/* The file that a link to target is, given that add_link makes it. */
static struct given_file as_link(const char *path, const struct given_file *target)
{
	struct given_file file = given_text(path, "");

	file.content = target->content;
	file.size = target->size;
	return file;
}

static void assert_links_make(narc_packer *packer, const struct given_file *files, size_t count,
			      uint64_t owned_size)
{
	assert_true(assert_packer_makes(packer, files, count).owned_size == owned_size);
}

TEST(a_hard_link_has_the_content_of_its_target_whichever_comes_first)
{
	for (size_t turn = 0; turn < COUNT_OF(budgets); turn++) {
		struct narc_pack_options options = plain_options();
		struct given_file files[6] = {
			given_text("target.md", "---\ndate: 2022-01-05\n---\ntext"),
			given_text("empty", ""),
		};
		narc_packer *packer;

		options.memory = budgets[turn];
		packer = new_packer(&options);
		add_link(packer, "before.md", "target.md");
		add_link(packer, "before", "./empty");
		add_file(packer, &files[0]);
		add_file(packer, &files[1]);
		add_link(packer, "./behind.md", ".//target.md");
		add_link(packer, "another", "target.md");
		files[2] = as_link("before.md", &files[0]);
		files[3] = as_link("before", &files[1]);
		files[4] = as_link("behind.md", &files[0]);
		files[5] = as_link("another", &files[0]);
		assert_links_make(packer, files, COUNT_OF(files), files[0].size);
	}
}

TEST(a_hard_link_is_parsed_by_its_own_name)
{
	struct given_file file = given_text("text.txt", "---\ncategories: a\n---\n");
	narc_packer *packer = new_packer(NULL);
	struct packed packed;
	narc_archive *archive;
	narc_cursor *cursor;

	add_file(packer, &file);
	add_link(packer, "2022-01-05-NW202201050000000001.md", "text.txt");
	packed = commit_packer(packer);
	archive = open_packed(&packed);
	cursor = open_cursor(archive, NULL);
	assert_int_equal(find_path(cursor, "text.txt")->kind, NARC_KIND_FILE);
	assert_non_null(find_record(cursor, "NW202201050000000001"));
	assert_string_equal(narc_cursor_record(cursor)->categories, "a");
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(a_hard_link_to_what_did_not_come_is_left_out_and_told)
{
	for (size_t turn = 0; turn < COUNT_OF(budgets); turn++) {
		struct told told = { .count = 0 };
		struct narc_pack_options options = plain_options();
		struct given_file file = given_text("file", "text");
		narc_packer *packer;

		options.memory = budgets[turn];
		options.notice = note_told;
		options.notice_context = &told;
		packer = new_packer(&options);
		add_link(packer, "link", "missing");
		add_file(packer, &file);
		assert_links_make(packer, &file, 1, 4);
		assert_int_equal(told.count, 1);
		assert_int_equal(told.kind, NARC_NOTICE_SKIPPED);
		assert_string_equal(told.path, "link");
	}
}

TEST(a_hard_link_has_the_content_that_its_target_has_in_the_end)
{
	for (size_t turn = 0; turn < COUNT_OF(budgets); turn++) {
		struct narc_pack_options options = plain_options();
		struct given_file old = given_text("target", "old text");
		struct given_file files[2] = { given_text("target", "new text") };
		narc_packer *packer;

		options.memory = budgets[turn];
		packer = new_packer(&options);
		add_file(packer, &old);
		add_link(packer, "link", "target");
		add_file(packer, &files[0]);
		files[1] = as_link("link", &files[0]);
		assert_links_make(packer, files, 2, 8);
	}
}

TEST(a_file_that_comes_after_a_hard_link_of_the_same_path_replaces_it)
{
	for (size_t turn = 0; turn < COUNT_OF(budgets); turn++) {
		struct narc_pack_options options = plain_options();
		struct given_file files[2] = { given_text("target", "target"),
					       given_text("path", "the later one") };
		narc_packer *packer;

		options.memory = budgets[turn];
		packer = new_packer(&options);
		add_file(packer, &files[0]);
		add_link(packer, "path", "target");
		add_file(packer, &files[1]);
		assert_links_make(packer, files, 2, 6 + 13);
	}
}

TEST(a_hard_link_that_comes_after_a_file_of_the_same_path_replaces_it)
{
	struct given_file old = given_text("path", "the earlier one");
	struct given_file files[2] = { given_text("target", "target") };
	narc_packer *packer = new_packer(NULL);

	add_file(packer, &files[0]);
	add_file(packer, &old);
	add_link(packer, "path", "target");
	files[1] = as_link("path", &files[0]);
	assert_links_make(packer, files, 2, 6);
}

TEST(of_hard_links_with_the_same_path_the_later_is_kept)
{
	struct given_file files[3] = { given_text("a", "text of a"), given_text("b", "text of b") };

	/* Whichever of the targets is first in order. */
	for (size_t turn = 0; turn < 2; turn++) {
		narc_packer *packer = new_packer(NULL);

		add_file(packer, &files[0]);
		add_file(packer, &files[1]);
		add_link(packer, "path", turn ? "a" : "b");
		add_link(packer, "path", turn ? "b" : "a");
		files[2] = as_link("path", &files[turn]);
		assert_links_make(packer, files, 3, 18);
	}
}

TEST(a_hard_link_to_nothing_does_not_replace_the_file_of_its_path)
{
	struct given_file file = given_text("path", "text");
	narc_packer *packer = new_packer(NULL);

	add_file(packer, &file);
	add_link(packer, "path", "missing");
	assert_links_make(packer, &file, 1, 4);
}

TEST(a_hard_link_to_a_symbolic_link_is_a_symbolic_link)
{
	/* They are one file; the archive that they come from says so of the first alone. */
	struct given_file files[2] = { given_text("symlink", "to/somewhere") };
	narc_packer *packer = new_packer(NULL);

	files[0].entry.type = NARC_TYPE_SYMLINK;
	add_file(packer, &files[0]);
	add_link(packer, "link", "symlink");
	files[1] = as_link("link", &files[0]);
	files[1].entry.type = NARC_TYPE_SYMLINK;
	assert_links_make(packer, files, 2, files[0].size);
}

TEST(a_hard_link_to_a_hard_link_has_the_content_at_the_end)
{
	struct given_file files[4] = { given_text("file", "text") };
	narc_packer *packer = new_packer(NULL);

	add_link(packer, "c", "b");
	add_link(packer, "b", "a");
	add_link(packer, "a", "file");
	add_file(packer, &files[0]);
	files[1] = as_link("a", &files[0]);
	files[2] = as_link("b", &files[0]);
	files[3] = as_link("c", &files[0]);
	assert_links_make(packer, files, 4, 4);
}

TEST(hard_links_that_go_round_are_left_out_and_told)
{
	struct told told = { .count = 0 };
	struct narc_pack_options options = plain_options();
	struct given_file file = given_text("file", "text");
	narc_packer *packer;

	options.notice = note_told;
	options.notice_context = &told;
	packer = new_packer(&options);
	add_link(packer, "a", "b");
	add_link(packer, "b", "c");
	add_link(packer, "c", "a");
	add_link(packer, "itself", "itself");
	add_file(packer, &file);
	assert_links_make(packer, &file, 1, 4);
	assert_int_equal(told.count, 4);
}

TEST(a_hard_link_to_a_path_that_a_file_took_from_a_link_has_the_file_s_content)
{
	struct given_file files[3] = { given_text("other", "not this one"),
				       given_text("path", "the file that came later") };
	narc_packer *packer = new_packer(NULL);

	add_file(packer, &files[0]);
	add_link(packer, "path", "other");
	add_file(packer, &files[1]);
	add_link(packer, "link", "path");
	files[2] = as_link("link", &files[1]);
	assert_links_make(packer, files, 3, files[0].size + files[1].size);
}

TEST(a_hard_link_to_a_path_of_several_links_has_the_content_of_the_last)
{
	struct given_file files[4] = { given_text("a", "text of a"), given_text("b", "text of b") };

	for (size_t turn = 0; turn < 2; turn++) {
		narc_packer *packer = new_packer(NULL);

		add_file(packer, &files[0]);
		add_file(packer, &files[1]);
		add_link(packer, "path", turn ? "a" : "b");
		add_link(packer, "path", turn ? "b" : "a");
		add_link(packer, "link", "path");
		files[2] = as_link("path", &files[turn]);
		files[3] = as_link("link", &files[turn]);
		assert_links_make(packer, files, 4, 18);
	}
}

TEST(a_hard_link_to_a_path_whose_link_leads_nowhere_has_the_content_of_the_file_there)
{
	struct given_file files[2] = { given_text("path", "text") };
	narc_packer *packer = new_packer(NULL);

	add_file(packer, &files[0]);
	add_link(packer, "path", "missing");
	add_link(packer, "link", "path");
	files[1] = as_link("link", &files[0]);
	assert_links_make(packer, files, 2, 4);
}

/* ---- large content ----------------------------------------------------------------- */

/* Bytes that do not compress to nothing, and differ by seed, but are cheap to compress. */
static uint8_t *make_large(size_t size, uint64_t seed)
{
	struct test_random random = { seed };
	uint8_t *data = malloc(size + 8192);
	uint8_t block[4096];

	assert_non_null(data);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)random_next(&random);
	for (size_t i = 0; i < size; i += sizeof(block)) {
		memcpy(data + i, block, sizeof(block));
		data[i] = (uint8_t)random_next(&random);
	}
	return data;
}

static struct given_file as_file(const char *path, const uint8_t *data, size_t size)
{
	struct given_file file = given_text(path, "");

	file.content = data;
	file.size = size;
	return file;
}

TEST(contents_around_one_mebibyte_come_back)
{
	static const size_t sizes[] = { (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20 };
	uint8_t *data = make_large(3 << 20, 1);
	struct given_file files[COUNT_OF(sizes)];
	char paths[COUNT_OF(sizes)][16];

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		snprintf(paths[i], sizeof(paths[i]), "%zu.md", i);
		files[i] = as_file(paths[i], data, sizes[i]);
		assert_comes_back(NULL, &files[i], 1);
	}
	assert_comes_back(NULL, files, COUNT_OF(files));
	free(data);
}

TEST(small_files_among_large_ones_come_back_whatever_their_order)
{
	uint8_t *data = make_large(5 << 20, 2);
	struct given_file files[12];
	char paths[COUNT_OF(files)][16];

	for (unsigned order = 0; order < 6; order++) {
		for (size_t i = 0; i < COUNT_OF(files); i++) {
			snprintf(paths[i], sizeof(paths[i]), "%02zu", i);
			switch ((i + order) % 6) {
			case 0:
				files[i] = as_file(paths[i], data + i, (2 << 20) + i);
				break;
			case 2:
				files[i] = as_file(paths[i], data, 2 << 20); /* copies */
				break;
			case 4:
				files[i] = as_file(paths[i], data, 1000 + i);
				break;
			default:
				files[i] = as_file(paths[i], data, 0);
			}
		}
		assert_comes_back(NULL, files, COUNT_OF(files));
	}
	free(data);
}

TEST(large_contents_that_do_not_compress_come_back)
{
	/* Above the 4 MiB that are read along with a descriptor, and with a copy. */
	enum { SIZE = 6 << 20 };
	struct test_random random = { 6 };
	uint8_t *data = malloc(SIZE);
	struct given_file files[3];

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)random_next(&random);
	files[0] = as_file("2022-01-01-a", data, SIZE);
	files[1] = as_file("2022-01-02-b", data, SIZE - 1);
	files[2] = as_file("2022-01-03-c", data, SIZE);
	assert_true(assert_comes_back(NULL, files, COUNT_OF(files)).owned_size == 2 * SIZE - 1);
	free(data);
}

TEST(a_large_post_is_a_post)
{
	static const char header[] = "---\ndate: 2022-01-05\n---\n?infoCode=A1\n";
	uint8_t *data = make_large(2 << 20, 3);
	struct given_file file;
	struct packed packed;
	narc_archive *archive;
	narc_cursor *cursor;

	memcpy(data, header, sizeof(header) - 1);
	file = as_file("a.md", data, 2 << 20);
	packed = pack_files(NULL, &file, 1);
	archive = open_packed(&packed);
	cursor = open_cursor(archive, NULL);
	assert_non_null(find_record(cursor, "A1"));
	assert_int_equal(narc_cursor_record(cursor)->kind, NARC_KIND_POST);
	assert_is_file(cursor, &file);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
	free(data);
}

TEST(large_copies_are_stored_once)
{
	enum { SIZE = 3 << 20 };
	uint8_t *data = make_large(SIZE, 4);
	uint8_t *other = malloc(SIZE);
	struct given_file files[4];
	struct narc_pack_result result;

	memcpy(other, data, SIZE);
	other[SIZE - 1] ^= 1;
	files[0] = as_file("2022-01-01-a", data, SIZE);
	files[1] = as_file("2022-01-02-b", other, SIZE);
	files[2] = as_file("2022-01-03-c", data, SIZE);
	files[3] = as_file("2022-01-04-d", other, SIZE);
	result = assert_comes_back(NULL, files, COUNT_OF(files));
	assert_true(result.owned_size == 2 * SIZE);
	free(data);
	free(other);
}

TEST(a_hard_link_to_large_content_comes_back)
{
	uint8_t *data = make_large(2 << 20, 5);
	struct given_file files[2] = { as_file("target", data, 2 << 20) };
	narc_packer *packer = new_packer(NULL);

	add_link(packer, "link", "target");
	add_file(packer, &files[0]);
	files[1] = as_link("link", &files[0]);
	assert_links_make(packer, files, 2, files[0].size);
	free(data);
}

/* A content made up as it is read, of which nothing is kept, and which does not compress. */
struct made_stream {
	uint64_t size;
	uint64_t place;
};

static void make_piece(uint64_t place, uint8_t *buffer, size_t size)
{
	uint64_t word = 0;

	for (size_t i = 0; i < size; i++, place++) {
		if (i == 0 || place % 8 == 0) {
			struct test_random random = { place / 8 };

			word = random_next(&random);
		}
		buffer[i] = (uint8_t)(word >> place % 8 * 8);
	}
}

static enum narc_status read_made(void *context, void *buffer, size_t size, size_t *got,
				  struct narc_error *error)
{
	struct made_stream *stream = context;
	uint64_t left = stream->size - stream->place;

	(void)error;
	*got = left < size ? (size_t)left : size;
	make_piece(stream->place, buffer, *got);
	stream->place += *got;
	return NARC_OK;
}

static bool compare_made(void *context, const void *data, size_t size)
{
	struct made_stream *stream = context;
	uint8_t *wanted = malloc(size);
	bool same;

	make_piece(stream->place, wanted, size);
	same = memcmp(wanted, data, size) == 0;
	free(wanted);
	stream->place += size;
	return same;
}

enum { HUGE_SIZE = 70 << 20 };

/* The huge file at dates that its name says, with small ones around it. */
static struct packed pack_huge(const struct given_file *others, size_t count,
			       const char *const *huge_paths, size_t huge_count)
{
	narc_packer *packer = new_packer(NULL);

	for (size_t i = 0; i < huge_count; i++) {
		struct given_file file = given_text(huge_paths[i], "");
		struct made_stream stream = { .size = HUGE_SIZE };
		struct narc_error error;

		ASSERT_OK(narc_packer_add_stream(packer, &file.entry, read_made, &stream, &error),
			  &error);
	}
	for (size_t i = 0; i < count; i++)
		add_file(packer, &others[i]);
	return commit_packer(packer);
}

static void assert_huge_is_there(narc_archive *archive, const char *path)
{
	narc_cursor *cursor = open_cursor(archive, NULL);
	struct made_stream stream = { .size = HUGE_SIZE };
	const void *data;
	struct narc_error error = { 0 };

	assert_true(find_path(cursor, path)->size == HUGE_SIZE);
	ASSERT_STATUS(narc_cursor_content(cursor, &data, &error), NARC_LIMIT, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_LIMIT);
	ASSERT_OK(narc_cursor_stream(cursor, compare_made, &stream, &error), &error);
	assert_true(stream.place == HUGE_SIZE);
	ASSERT_STATUS(narc_cursor_stream(cursor, compare_made, &stream, &error), NARC_CANCELLED,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_CANCELLED);
	narc_cursor_close(cursor);
}

TEST(content_above_64_mebibytes_comes_back_as_a_stream_and_verifies)
{
	static const char *const paths[] = { "2022-01-02-huge", "2022-01-04-copy" };
	const struct given_file others[] = { given_text("2022-01-01-a", "before"),
					     given_text("2022-01-03-b", "between"),
					     given_text("2022-01-05-c", "behind") };
	struct packed packed = pack_huge(others, COUNT_OF(others), paths, COUNT_OF(paths));
	narc_archive *archive = open_packed(&packed);
	narc_cursor *cursor = open_cursor(archive, NULL);

	assert_true(packed.result.owned_size == HUGE_SIZE + 6 + 7 + 6);
	assert_huge_is_there(archive, paths[0]);
	assert_huge_is_there(archive, paths[1]);
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		find_path(cursor, others[i].entry.path);
		assert_is_file(cursor, &others[i]);
	}
	assert_verifies(archive, 5);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(empty_files_and_copies_beside_content_above_64_mebibytes_come_back_and_verify)
{
	static const char *const paths[] = { "2022-01-03-huge" };
	const struct given_file others[] = {
		given_text("2022-01-01-a", "text"), given_text("2022-01-02-empty", ""),
		given_text("2022-01-04-empty", ""), given_text("2022-01-05-a", "text"),
		given_text("2022-01-06-empty", ""),
	};
	struct packed packed = pack_huge(others, COUNT_OF(others), paths, COUNT_OF(paths));
	narc_archive *archive = open_packed(&packed);
	narc_cursor *cursor = open_cursor(archive, NULL);

	for (size_t i = 0; i < COUNT_OF(others); i++) {
		find_path(cursor, others[i].entry.path);
		assert_is_file(cursor, &others[i]);
	}
	assert_huge_is_there(archive, paths[0]);
	assert_verifies(archive, 6);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_post_at_several_paths_is_stored_once),
		cmocka_unit_test(a_revision_of_a_post_is_stored_beside_it),
		cmocka_unit_test(copies_far_from_each_other_are_stored_once),
		cmocka_unit_test(a_copy_may_come_before_its_block_is_full),
		cmocka_unit_test(more_copies_than_a_block_has_rows_come_back),
		cmocka_unit_test(an_archive_of_nothing_but_empty_files_has_no_data),
		cmocka_unit_test(a_hard_link_has_the_content_of_its_target_whichever_comes_first),
		cmocka_unit_test(a_hard_link_is_parsed_by_its_own_name),
		cmocka_unit_test(a_hard_link_to_what_did_not_come_is_left_out_and_told),
		cmocka_unit_test(a_hard_link_has_the_content_that_its_target_has_in_the_end),
		cmocka_unit_test(a_file_that_comes_after_a_hard_link_of_the_same_path_replaces_it),
		cmocka_unit_test(a_hard_link_that_comes_after_a_file_of_the_same_path_replaces_it),
		cmocka_unit_test(of_hard_links_with_the_same_path_the_later_is_kept),
		cmocka_unit_test(a_hard_link_to_nothing_does_not_replace_the_file_of_its_path),
		cmocka_unit_test(a_hard_link_to_a_symbolic_link_is_a_symbolic_link),
		cmocka_unit_test(a_hard_link_to_a_hard_link_has_the_content_at_the_end),
		cmocka_unit_test(hard_links_that_go_round_are_left_out_and_told),
		cmocka_unit_test(a_hard_link_to_a_path_that_a_file_took_from_a_link_has_the_file_s_content),
		cmocka_unit_test(a_hard_link_to_a_path_of_several_links_has_the_content_of_the_last),
		cmocka_unit_test(a_hard_link_to_a_path_whose_link_leads_nowhere_has_the_content_of_the_file_there),
		cmocka_unit_test(contents_around_one_mebibyte_come_back),
		cmocka_unit_test(small_files_among_large_ones_come_back_whatever_their_order),
		cmocka_unit_test(large_contents_that_do_not_compress_come_back),
		cmocka_unit_test(a_large_post_is_a_post),
		cmocka_unit_test(large_copies_are_stored_once),
		cmocka_unit_test(a_hard_link_to_large_content_comes_back),
		cmocka_unit_test(content_above_64_mebibytes_comes_back_as_a_stream_and_verifies),
		cmocka_unit_test(empty_files_and_copies_beside_content_above_64_mebibytes_come_back_and_verify),
	};

	return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}
