/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes into an archive comes out of it, whatever the options. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "support_archive.h"

/* ---- odd files --------------------------------------------------------------------- */

#define ODD(name, bytes)                                                              \
	{                                                                             \
		{ .path = (name), .permissions = 0644, .mtime_seconds = 1641352000 }, \
			(bytes), sizeof(bytes) - 1                                    \
	}

static const struct given_file odd_files[] = {
	ODD("_posts/2022-01-05-NW202201050000000001.md",
	    "---\ntitle: \"他说\"好\"了\"\ndate: 2022-01-05 11:01:51 +0800\n"
	    "categories: emnews\n---\n"),
	ODD("_posts/2022-01-05-NW202201050000000002.md",
	    "---\ntitle: \"\"\ndate: 2022-01-05 11:01:51 +0800\ncategories: a  b\n---\n"),
	ODD("_posts/2022-01-05-202201050000000003.md",
	    "---\ntitle: a: b\ndate: 2022-01-05 11:01:51\ncategories: [a, \"b c\"]\n---\n"),
	ODD("_posts/2022-01-05-202201050000000004.md",
	    "---\ntitle: \"\\w\"\ndate:  +0800\ncategories:\n- 财经(要闻)\n---\n"),
	ODD("_posts/2022-01-05-AP20220105.md", "---\ntitle: 🚀\ntags: x\n---\n🚀\n"),
	ODD("_posts/2022-01-05-NW202201050000000005.md",
	    "---\ntitle: a\0b\ncategories: c\n---\n\0"),
	ODD("_posts/2022-01-05-NW202201050000000006.md", "---\ntitle: \xd6\xd0\xff\n---\n\xfe"),
	ODD("_posts/2022-01-05-NW202201050000000007.md", "---\r\ndate: 2022-01-05\r\n---\r\n\r\n"),
	ODD("_posts/2022-01-05-NW202201050000000008.md", ""),
	ODD("_posts/2022-01-05-NW202201050000000009.md", "---\ncategories: EMNews emnews"),
	ODD("_posts/2022-01-05-NW202201050000000010.md",
	    "\xef\xbb\xbf---\ndate: 2022-01-05 11:01:51 +0800\n---\n"),
	ODD("_posts/-202205262391921712.md", "---\nlayout: post\n---\n"),
	ODD("_posts/2021-12-01-init.md", "---\nlayout: post\n---\n"),
	ODD("_posts/2021-12-01-code-elsewhere.md",
	    "---\nlayout: post\n---\nhttp://x/?infoCode=NW202201050000000001&amp;b\n"),
	ODD("_posts/2022-01-05-NW202201060000000001.md", "---\ndate: 2022-01-07\n---\n"),
	ODD("_posts/0000-01-01-NW000001010000000001.md", "---\nlayout: post\n---\n"),
	ODD("_posts/9999-12-31-NW999912310000000001.md", "---\nlayout: post\n---\n"),
	ODD("a.html", "<html></html>"),
	ODD("b.html", "---\ndate: 2022-01-05 11:01:51 -2359\n---\n<html></html>"),
	ODD("empty", ""),
	ODD("zeros", "\0\0\0\0\0\0\0\0"),
	ODD("\xff\xfe/\x01\x02", "names of bytes"),
	ODD("line\nend and tab\t", "names of control characters"),
	ODD("...", "dots"),
	ODD("x/y/z/2022-01-05-x", "no extension"),
	{ { .path = "link", .type = NARC_TYPE_SYMLINK, .permissions = 0777 }, "_posts/a", 8 },
	{ { .path = "2022-01-05-link.md", .type = NARC_TYPE_SYMLINK, .permissions = 0777 },
	  "---\ndate: 2022\n---\n", 19 },
	{ { .path = "setuid", .permissions = 07777, .mtime_seconds = 1 }, "x", 1 },
	{ { .path = "no permissions", .permissions = 0, .mtime_seconds = 1 }, "y", 1 },
	{ { .path = "first time", .mtime_seconds = INT64_MIN, .permissions = 0644 }, "z", 1 },
	{ { .path = "last time", .mtime_seconds = INT64_MAX, .permissions = 0644,
	    .mtime_nanoseconds = 999999999 },
	  "w", 1 },
	{ { .path = "before 1970", .mtime_seconds = -1, .permissions = 0644,
	    .mtime_nanoseconds = 999999999 },
	  "v", 1 },
};

TEST(odd_files_come_back_as_they_were)
{
	static const size_t block_sizes[] = { 0, 100, (size_t)64 << 10, (size_t)1 << 20 };

	for (size_t i = 0; i < COUNT_OF(block_sizes); i++) {
		struct narc_pack_options options = plain_options();

		options.block_size = block_sizes[i];
		assert_comes_back(&options, odd_files, COUNT_OF(odd_files));
	}
}

TEST(each_odd_file_comes_back_alone)
{
	for (size_t i = 0; i < COUNT_OF(odd_files); i++)
		assert_comes_back(NULL, &odd_files[i], 1);
}

TEST(odd_files_are_what_they_say_they_are)
{
	struct packed packed = pack_files(NULL, odd_files, COUNT_OF(odd_files));
	narc_archive *archive = open_packed(&packed);
	narc_cursor *cursor = open_cursor(archive, NULL);
	const struct narc_record *record;

	record = find_path(cursor, "_posts/2022-01-05-NW202201050000000001.md");
	assert_int_equal(record->kind, NARC_KIND_POST);
	assert_int_equal(record->date_origin, NARC_DATE_FRONT_MATTER);
	assert_true(record->local_time == 1641380511);
	assert_int_equal(record->zone_minutes, 480);
	assert_string_equal(record->categories, "emnews");
	record = find_path(cursor, "_posts/2022-01-05-NW202201050000000002.md");
	assert_string_equal(record->categories, "a\nb");
	record = find_path(cursor, "_posts/2022-01-05-202201050000000004.md");
	assert_int_equal(record->date_origin, NARC_DATE_FILE_NAME);
	assert_true(record->local_time == 1641340800);
	assert_string_equal(record->categories, "财经(要闻)");
	record = find_path(cursor, "_posts/-202205262391921712.md");
	assert_string_equal(record->info_code, "202205262391921712");
	assert_int_equal(record->date_origin, NARC_DATE_INFO_CODE);
	record = find_path(cursor, "_posts/2021-12-01-init.md");
	assert_string_equal(record->info_code, "");
	record = find_path(cursor, "_posts/2021-12-01-code-elsewhere.md");
	assert_string_equal(record->info_code, "NW202201050000000001");
	record = find_path(cursor, "last time");
	assert_int_equal(record->date_origin, NARC_DATE_MTIME);
	assert_true(record->local_time == INT64_MAX);
	record = find_path(cursor, "link");
	assert_int_equal(record->kind, NARC_KIND_FILE);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(names_at_their_limits_come_back)
{
	char path[PATH_SIZE_LIMIT + 1];
	char longer[PATH_SIZE_LIMIT + 2];
	char text[1000] = "---\nlayout: post\n---\n?infoCode=";
	struct given_file file;
	narc_packer *packer;
	struct narc_error error = { 0 };

	memset(path, 'p', PATH_SIZE_LIMIT);
	strcpy(path + PATH_SIZE_LIMIT - 3, ".md");
	memset(text + strlen(text), 'c', CODE_SIZE_LIMIT);
	file = given_text(path, text);
	assert_comes_back(NULL, &file, 1);
	snprintf(longer, sizeof(longer), "p%s", path);
	file.entry.path = longer;
	packer = new_packer(NULL);
	ASSERT_STATUS(narc_packer_add(packer, &file.entry, text, file.size, &error), NARC_MISUSE,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
	narc_packer_free(packer);
}

/* ---- paths ------------------------------------------------------------------------- */

TEST(paths_are_put_in_order_before_they_are_stored)
{
	static const char *const pairs[][2] = {
		{ "./a", "a" }, { ".//b", "b" }, { "././c", "c" }, { "d//e", "d/e" },
		{ "f///g//h", "f/g/h" }, { "./.i", ".i" }, { "j/./k", "j/k" }, { "l/", "l" },
		{ "m/.", "m" }, { "...", "..." }, { ".p/.q", ".p/.q" },
	};
	narc_packer *packer = new_packer(NULL);
	struct given_file stored[COUNT_OF(pairs)];

	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		struct given_file file = given_text(pairs[i][0], pairs[i][0]);

		add_file(packer, &file);
		stored[i] = given_text(pairs[i][1], pairs[i][0]);
	}
	assert_packer_makes(packer, stored, COUNT_OF(stored));
}

TEST(paths_that_lead_elsewhere_are_refused_and_do_no_harm)
{
	static const char *const paths[] = { "", "/a", "..", "../a", "a/../b", ".", "./", "//a",
					     "a/.." };
	narc_packer *packer = new_packer(NULL);
	struct given_file good = given_text("good", "good");

	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct given_file file = given_text(paths[i], "bad");
		struct narc_error error = { 0 };

		ASSERT_STATUS(narc_packer_add(packer, &file.entry, "bad", 3, &error), NARC_MISUSE,
			      &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
		assert_string_equal(error.path, paths[i]);
		ASSERT_STATUS(narc_packer_add_link(packer, &file.entry, "good", &error),
			      NARC_MISUSE, &error);
	}
	add_file(packer, &good);
	assert_packer_makes(packer, &good, 1);
}

/* ---- many files -------------------------------------------------------------------- */

TEST(thousands_of_posts_come_back)
{
	struct made_posts posts = make_posts(5000, 1);

	assert_comes_back(NULL, posts.files, posts.count);
	made_posts_free(&posts);
}

TEST(posts_of_one_block_each_come_back)
{
	/* More blocks than a page of the index has room for. */
	struct made_posts posts = make_posts(1500, 2);
	struct narc_pack_options options = plain_options();
	struct packed packed;

	options.block_size = 0;
	assert_comes_back(&options, posts.files, posts.count);
	packed = pack_files(&options, posts.files, posts.count);
	assert_true(packed.result.blocks > 1024);
	packed_free(&packed);
	made_posts_free(&posts);
}

TEST(posts_come_back_with_and_without_a_dictionary_at_low_and_high_levels)
{
	static const struct {
		int level;
		size_t block_size;
		size_t dictionary_size;
	} cases[] = {
		{ 1, 0, NARC_DICTIONARY_AUTO }, { 3, (size_t)64 << 10, NARC_DICTIONARY_AUTO },
		{ 19, (size_t)64 << 10, 0 }, { 19, (size_t)1 << 20, 20000 },
		{ 22, (size_t)1 << 20, NARC_DICTIONARY_AUTO }, { 22, 0, 0 },
		{ 1, (size_t)64 << 20, 1 }, { 1, (size_t)64 << 10, 300 },
		{ 1, (size_t)64 << 10, (size_t)16 << 20 },
	};
	struct made_posts posts = make_posts(400, 3);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct narc_pack_options options = plain_options();

		options.level = cases[i].level;
		options.block_size = cases[i].block_size;
		options.dictionary_size = cases[i].dictionary_size;
		assert_comes_back(&options, posts.files, posts.count);
	}
	made_posts_free(&posts);
}

TEST(blocks_above_the_largest_window_can_be_read_at_every_level)
{
	/* 12 MiB in a block: more than the 8 MiB that a frame's window may have. */
	enum { PIECE = 900000, PIECES = 14 };
	static const int levels[] = { 19, 20, 22 };
	char *text = malloc(PIECE * PIECES);
	struct given_file files[PIECES];
	char paths[PIECES][16];

	for (size_t i = 0; i < PIECE * PIECES; i++)
		text[i] = (char)('a' + i / 7919 % 26 + (i % 1000 == 0));
	for (size_t i = 0; i < PIECES; i++) {
		snprintf(paths[i], sizeof(paths[i]), "file-%zu", i);
		files[i] = given_text(paths[i], "");
		files[i].content = text + i * PIECE;
		files[i].size = PIECE;
	}
	for (size_t i = 0; i < COUNT_OF(levels); i++) {
		struct narc_pack_options options = plain_options();

		options.level = levels[i];
		options.block_size = (size_t)64 << 20;
		assert_comes_back(&options, files, PIECES);
	}
	free(text);
}

TEST(a_file_larger_than_a_block_is_compressed_as_a_whole)
{
	/* What repeats, does so at a distance of more than a block. */
	enum { PERIOD = 100000, PERIODS = 9 };
	static const size_t block_sizes[] = { 0, (size_t)4 << 10, (size_t)64 << 10 };
	struct test_random random = { 9 };
	uint8_t *data = malloc(PERIOD * PERIODS);
	struct given_file file = given_text("file", "");

	for (size_t i = 0; i < PERIOD * PERIODS; i++)
		data[i] = i < PERIOD ? (uint8_t)random_next(&random) : data[i - PERIOD];
	file.content = data;
	file.size = PERIOD * PERIODS;
	for (size_t i = 0; i < COUNT_OF(block_sizes); i++) {
		for (int level = 1; level <= 22; level += 7) {
			struct narc_pack_options options = plain_options();
			struct packed packed;

			options.block_size = block_sizes[i];
			options.level = level;
			packed = pack_files(&options, &file, 1);
			assert_true(packed.size < 2 * PERIOD);
			packed_free(&packed);
		}
	}
	free(data);
}

TEST(presets_are_known_by_their_names)
{
	struct given_file file = given_text("a.md", "---\n---\ntext");
	struct narc_pack_options options;
	struct narc_error error = { 0 };
	static const char *const names[] = { "fast", "default", "max" };

	narc_pack_options_init(&options);
	options.threads = 1;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		ASSERT_OK(narc_pack_options_preset(&options, names[i], &error), &error);
		assert_comes_back(&options, &file, 1);
	}
	ASSERT_STATUS(narc_pack_options_preset(&options, "best", &error), NARC_MISUSE, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
}

TEST(options_out_of_range_are_refused)
{
	static const struct {
		int level;
		size_t block_size;
		size_t dictionary_size;
	} cases[] = { { 0, 1, 0 }, { 23, 1, 0 }, { -5, 1, 0 }, { 1, BLOCK_CONTENT_LIMIT + 1, 0 },
		      { 1, SIZE_MAX, 0 }, { 1, 1, (size_t)DICTIONARY_SIZE_LIMIT + 1 } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct narc_pack_options options = plain_options();
		narc_packer *packer = NULL;
		struct narc_error error = { 0 };

		options.level = cases[i].level;
		options.block_size = cases[i].block_size;
		options.dictionary_size = cases[i].dictionary_size;
		ASSERT_STATUS(narc_packer_new(&options, &packer, &error), NARC_MISUSE, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
	}
}

/* ---- no files ---------------------------------------------------------------------- */

TEST(an_archive_of_no_files_is_an_archive)
{
	struct packed packed = pack_files(NULL, NULL, 0);
	narc_archive *archive = open_packed(&packed);
	narc_cursor *cursor = open_cursor(archive, NULL);
	struct narc_filter filter;
	struct narc_info info;
	struct narc_error error = { 0 };

	assert_true(packed.result.rows == 0 && packed.result.blocks == 0);
	assert_null(next_record(cursor));
	assert_null(next_record(cursor));
	assert_null(find_record(cursor, "NW202201050000000001"));
	assert_null(find_record(cursor, "a"));
	assert_null(find_record(cursor, "2022-01-05-a.md"));
	assert_null(find_record(cursor, ""));
	narc_cursor_close(cursor);
	narc_filter_init(&filter);
	ASSERT_OK(narc_filter_set_dates(&filter, "2022", &error), &error);
	cursor = open_cursor(archive, &filter);
	assert_null(next_record(cursor));
	narc_cursor_close(cursor);
	assert_verifies(archive, 0);
	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	assert_false(info.has_dates);
	assert_true(info.rows == 0 && info.blocks == 0 && info.segments == 0);
	narc_archive_close(archive);
	packed_free(&packed);
}

/* ---- the same bytes ---------------------------------------------------------------- */

static void assert_same_archive(const struct packed *a, const struct packed *b)
{
	assert_int_equal(a->size, b->size);
	assert_true(memcmp(a->data, b->data, a->size) == 0);
}

/* Options under which all of packing is at work: several blocks, names, a dictionary. */
static struct narc_pack_options busy_options(void)
{
	struct narc_pack_options options = plain_options();

	options.block_size = (size_t)16 << 10;
	options.dictionary_size = NARC_DICTIONARY_AUTO;
	return options;
}

TEST(any_number_of_threads_makes_the_same_bytes)
{
	struct made_posts posts = make_posts(3000, 4);
	struct narc_pack_options options = busy_options();
	struct packed one = pack_files(&options, posts.files, posts.count);

	for (unsigned threads = 2; threads <= 8; threads += 2) {
		struct packed several;

		options.threads = threads;
		several = pack_files(&options, posts.files, posts.count);
		assert_same_archive(&one, &several);
		packed_free(&several);
	}
	options.threads = 0;
	{
		struct packed several = pack_files(&options, posts.files, posts.count);

		assert_same_archive(&one, &several);
		packed_free(&several);
	}
	packed_free(&one);
	made_posts_free(&posts);
}

TEST(any_order_of_adding_makes_the_same_bytes)
{
	struct made_posts posts = make_posts(3000, 5);
	struct narc_pack_options options = busy_options();
	struct packed first = pack_files(&options, posts.files, posts.count);

	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct packed shuffled;

		shuffle_files(posts.files, posts.count, seed);
		options.threads = (unsigned)seed;
		shuffled = pack_files(&options, posts.files, posts.count);
		assert_same_archive(&first, &shuffled);
		packed_free(&shuffled);
	}
	packed_free(&first);
	made_posts_free(&posts);
}

TEST(little_memory_makes_the_same_bytes)
{
	static const size_t budgets[] = { 0, 1, 10000, 1000000 };
	struct made_posts posts = make_posts(1500, 6);
	struct narc_pack_options options = busy_options();
	struct packed plenty = pack_files(&options, posts.files, posts.count);

	for (size_t i = 0; i < COUNT_OF(budgets); i++) {
		struct packed spilled;

		options.memory = budgets[i];
		options.threads = 4;
		spilled = pack_files(&options, posts.files, posts.count);
		assert_same_archive(&plenty, &spilled);
		packed_free(&spilled);
	}
	packed_free(&plenty);
	made_posts_free(&posts);
}

/* Gives a file's bytes a few at a time. */
struct trickle {
	const uint8_t *next;
	size_t left;
};

static enum narc_status read_trickle(void *context, void *buffer, size_t size, size_t *got,
				     struct narc_error *error)
{
	struct trickle *trickle = context;

	(void)error;
	*got = trickle->left < 7 ? trickle->left : 7;
	if (*got > size)
		*got = size;
	memcpy(buffer, trickle->next, *got);
	trickle->next += *got;
	trickle->left -= *got;
	return NARC_OK;
}

TEST(posts_added_as_streams_make_the_same_bytes)
{
	struct made_posts posts = make_posts(50, 7);
	struct packed whole = pack_files(NULL, posts.files, posts.count);
	narc_packer *packer = new_packer(NULL);
	struct packed streamed;

	for (size_t i = 0; i < posts.count; i++) {
		struct trickle trickle = { posts.files[i].content, posts.files[i].size };
		struct narc_error error;

		ASSERT_OK(narc_packer_add_stream(packer, &posts.files[i].entry, read_trickle,
						 &trickle, &error),
			  &error);
	}
	streamed = commit_packer(packer);
	assert_same_archive(&whole, &streamed);
	packed_free(&whole);
	packed_free(&streamed);
	made_posts_free(&posts);
}

/* ---- notices ----------------------------------------------------------------------- */

TEST(of_files_with_the_same_path_the_later_is_kept_and_a_notice_told)
{
	static const char *const texts[] = {
		"---\ndate: 2022-01-07\n---\nfirst", "---\ndate: 2022-01-05\n---\nsecond",
		"---\ndate: 2022-01-06\n---\nthird",
	};
	static const size_t budgets[] = { (size_t)1 << 20, 1 };

	for (size_t turn = 0; turn < COUNT_OF(budgets); turn++) {
		struct told told = { .count = 0 };
		struct narc_pack_options options = plain_options();
		struct given_file other = given_text("other.md", "---\n---\nother");
		struct given_file files[2] = { given_text("a.md", texts[2]), other };
		narc_packer *packer;

		options.memory = budgets[turn];
		options.notice = note_told;
		options.notice_context = &told;
		packer = new_packer(&options);
		for (size_t i = 0; i < COUNT_OF(texts); i++) {
			struct given_file file = given_text(i == 1 ? "./a.md" : "a.md", texts[i]);

			add_file(packer, &file);
			if (i == 1)
				add_file(packer, &other);
		}
		assert_true(assert_packer_makes(packer, files, 2).notices == 2);
		assert_int_equal(told.count, 2);
		assert_int_equal(told.kind, NARC_NOTICE_REPLACED);
		assert_string_equal(told.path, "a.md");
	}
}

TEST(a_packer_takes_nothing_after_the_commit)
{
	narc_packer *packer = new_packer(NULL);
	struct given_file file = given_text("a", "a");
	struct packed packed = { NULL, 0, { 0 } };
	struct narc_sink sink;
	struct narc_error error = { 0 };

	add_file(packer, &file);
	ASSERT_OK(narc_memory_sink(&packed.data, &packed.size, &sink, &error), &error);
	ASSERT_OK(narc_packer_commit(packer, sink, &packed.result, &error), &error);
	ASSERT_STATUS(narc_packer_add(packer, &file.entry, "a", 1, &error), NARC_MISUSE, &error);
	ASSERT_STATUS(narc_packer_add_link(packer, &file.entry, "a", &error), NARC_MISUSE, &error);
	ASSERT_OK(narc_memory_sink(&packed.data, &packed.size, &sink, &error), &error);
	ASSERT_STATUS(narc_packer_commit(packer, sink, NULL, &error), NARC_MISUSE, &error);
	narc_packer_free(packer);
	packed_free(&packed);
}

/* ---- info -------------------------------------------------------------------------- */

TEST(what_info_says_adds_up)
{
	struct made_posts posts = make_posts(1000, 8);
	struct narc_pack_options options = busy_options();
	struct packed packed = pack_files(&options, posts.files, posts.count);
	narc_archive *archive = open_packed(&packed);
	narc_cursor *cursor = open_cursor(archive, NULL);
	const struct narc_record *record;
	uint64_t content_size = 0, count_of_posts = 0;
	int64_t first = INT64_MAX, last = INT64_MIN;
	struct narc_info info;
	struct narc_error error;

	while ((record = next_record(cursor))) {
		content_size += record->size;
		count_of_posts += record->kind == NARC_KIND_POST;
		first = record->local_time < first ? record->local_time : first;
		last = record->local_time > last ? record->local_time : last;
	}
	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	assert_int_equal(info.format_version, 1);
	assert_int_equal(info.generation, 1);
	assert_true(info.file_size == packed.size && info.trailing_size == 0);
	assert_true(info.rows == 1000 && info.current_posts == count_of_posts);
	assert_true(info.blocks == packed.result.blocks && info.blocks > 10);
	assert_true(info.content_size == content_size);
	assert_true(info.owned_size < content_size && info.owned_size > content_size / 2);
	assert_true(info.owned_size == packed.result.owned_size);
	assert_true(info.current_posts == packed.result.posts);
	assert_true(info.content_size == packed.result.content_size);
	assert_true(info.dictionary_raw_size > 0 && info.dictionary_size > 0);
	assert_true(info.dictionary_offset + info.dictionary_size == info.blocks_offset);
	assert_true(info.descriptors_size > 0 && info.descriptors_size < info.blocks_size);
	assert_true(info.blocks_offset + info.blocks_size + info.index_size + info.parity_size ==
		    info.file_size);
	assert_true(info.segments == 1 && info.runs == 1 && info.dictionaries == 1);
	assert_true(info.current_rows == info.rows && info.current_size == content_size);
	assert_true(info.has_dates);
	assert_true(info.first_local_time == first && info.last_local_time == last);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
	made_posts_free(&posts);
}

TEST(rubbish_behind_an_archive_is_told_and_passed_over)
{
	static const size_t sizes[] = { 1, TRAILER_SECTION_SIZE - 1, TRAILER_SECTION_SIZE, 1000,
				       3000000 };
	struct packed packed = pack_files(NULL, odd_files, COUNT_OF(odd_files));

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		uint8_t *longer = calloc(1, packed.size + sizes[i]);
		narc_archive *archive;
		struct narc_info info;
		struct narc_error error;

		memcpy(longer, packed.data, packed.size);
		memset(longer + packed.size, 0x5a, sizes[i]);
		archive = open_bytes(longer, packed.size + sizes[i]);
		ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
		assert_true(info.file_size == packed.size);
		assert_true(info.trailing_size == sizes[i]);
		assert_verifies(archive, COUNT_OF(odd_files));
		narc_archive_close(archive);
		free(longer);
	}
	packed_free(&packed);
}

TEST(an_archive_inside_of_an_archive_is_not_taken_for_it)
{
	struct packed inner = pack_files(NULL, odd_files, COUNT_OF(odd_files));
	struct given_file file = given_text("inner.narc", "");
	struct packed outer;
	narc_archive *archive;
	uint8_t *torn;

	file.content = inner.data;
	file.size = inner.size;
	outer = pack_files(NULL, &file, 1);
	archive = open_packed(&outer);
	assert_holds_files(archive, &file, 1);
	narc_archive_close(archive);
	/* A torn append that left an archive behind the archive. */
	torn = malloc(outer.size + inner.size);
	memcpy(torn, outer.data, outer.size);
	memcpy(torn + outer.size, inner.data, inner.size);
	archive = open_bytes(torn, outer.size + inner.size);
	assert_holds_files(archive, &file, 1);
	narc_archive_close(archive);
	free(torn);
	packed_free(&outer);
	packed_free(&inner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_files_come_back_as_they_were),
		cmocka_unit_test(each_odd_file_comes_back_alone),
		cmocka_unit_test(odd_files_are_what_they_say_they_are),
		cmocka_unit_test(names_at_their_limits_come_back),
		cmocka_unit_test(paths_are_put_in_order_before_they_are_stored),
		cmocka_unit_test(paths_that_lead_elsewhere_are_refused_and_do_no_harm),
		cmocka_unit_test(thousands_of_posts_come_back),
		cmocka_unit_test(posts_of_one_block_each_come_back),
		cmocka_unit_test(posts_come_back_with_and_without_a_dictionary_at_low_and_high_levels),
		cmocka_unit_test(blocks_above_the_largest_window_can_be_read_at_every_level),
		cmocka_unit_test(a_file_larger_than_a_block_is_compressed_as_a_whole),
		cmocka_unit_test(presets_are_known_by_their_names),
		cmocka_unit_test(options_out_of_range_are_refused),
		cmocka_unit_test(an_archive_of_no_files_is_an_archive),
		cmocka_unit_test(any_number_of_threads_makes_the_same_bytes),
		cmocka_unit_test(any_order_of_adding_makes_the_same_bytes),
		cmocka_unit_test(little_memory_makes_the_same_bytes),
		cmocka_unit_test(posts_added_as_streams_make_the_same_bytes),
		cmocka_unit_test(of_files_with_the_same_path_the_later_is_kept_and_a_notice_told),
		cmocka_unit_test(a_packer_takes_nothing_after_the_commit),
		cmocka_unit_test(what_info_says_adds_up),
		cmocka_unit_test(rubbish_behind_an_archive_is_told_and_passed_over),
		cmocka_unit_test(an_archive_inside_of_an_archive_is_not_taken_for_it),
	};

	return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
