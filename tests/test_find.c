/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding records: by key, and by filters. */
#include "support_check.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/civil_time.h"
#include "support_archive.h"

/* An archive of these files, open. */
struct opened {
	struct packed packed;
	narc_archive *archive;
	narc_cursor *cursor;
};

static struct opened open_files(const struct given_file *files, size_t count)
{
	struct opened opened = { .packed = pack_files(NULL, files, count) };

	opened.archive = open_packed(&opened.packed);
	opened.cursor = open_cursor(opened.archive, NULL);
	return opened;
}

static void close_files(struct opened *opened)
{
	narc_cursor_close(opened->cursor);
	narc_archive_close(opened->archive);
	packed_free(&opened->packed);
}

/* Fails unless key leads to records of these paths, in this order. */
static void assert_finds(narc_cursor *cursor, const char *key, const char *const *paths,
			 size_t count)
{
	const struct narc_record *record = find_record(cursor, key);

	for (size_t i = 0; i < count; i++) {
		assert_non_null(record);
		assert_string_equal(record->path, paths[i]);
		record = next_record(cursor);
	}
	assert_null(record);
}

#define ASSERT_FINDS(cursor, key, ...)                                             \
	do {                                                                       \
		const char *const wanted[] = { __VA_ARGS__ };                      \
                                                                                   \
		assert_finds((cursor), (key), wanted, COUNT_OF(wanted));           \
	} while (0)

/* ---- keys -------------------------------------------------------------------------- */

TEST(a_code_is_found_exactly_and_else_as_that_of_the_other_family)
{
	const struct given_file files[] = {
		given_text("_posts/2022-01-05-NW202201050000000001.md", "---\n---\nnw"),
		given_text("_posts/2022-01-05-202201050000000001.md", "---\n---\nbare"),
		given_text("_posts/2022-01-05-NW202201050000000002.md", "---\n---\nonly nw"),
		given_text("_posts/2022-01-05-202201050000000003.md", "---\n---\nonly bare"),
	};
	struct opened opened = open_files(files, COUNT_OF(files));

	ASSERT_FINDS(opened.cursor, "NW202201050000000001", files[0].entry.path);
	ASSERT_FINDS(opened.cursor, "202201050000000001", files[1].entry.path);
	ASSERT_FINDS(opened.cursor, "NW202201050000000002", files[2].entry.path);
	ASSERT_FINDS(opened.cursor, "202201050000000002", files[2].entry.path);
	ASSERT_FINDS(opened.cursor, "202201050000000003", files[3].entry.path);
	ASSERT_FINDS(opened.cursor, "NW202201050000000003", files[3].entry.path);
	assert_null(find_record(opened.cursor, "NW202201050000000004"));
	assert_null(find_record(opened.cursor, "nw202201050000000001"));
	assert_null(find_record(opened.cursor, "NW20220105000000000"));
	assert_null(find_record(opened.cursor, "NW2022010500000000011"));
	assert_null(find_record(opened.cursor, ""));
	close_files(&opened);
}

TEST(a_code_of_several_rows_leads_to_all_of_them_in_order)
{
	const struct given_file files[] = {
		given_text("b/2022-01-05-A20220105.md", "---\ndate: 2022-01-05\n---\n1"),
		given_text("a/2022-01-05-A20220105.md", "---\ndate: 2022-01-05\n---\n2"),
		given_text("c/2022-01-05-A20220105.md", "---\ndate: 2021-12-31\n---\n3"),
		given_text("d/other.md", "---\ndate: 2023-01-01\n---\n?infoCode=A20220105"),
	};
	struct opened opened = open_files(files, COUNT_OF(files));

	ASSERT_FINDS(opened.cursor, "A20220105", files[2].entry.path, files[1].entry.path,
		     files[0].entry.path, files[3].entry.path);
	/* A path leads to its own row alone. */
	for (size_t i = 0; i < COUNT_OF(files); i++)
		ASSERT_FINDS(opened.cursor, files[i].entry.path, files[i].entry.path);
	close_files(&opened);
}

TEST(a_path_is_found_whatever_its_form)
{
	static const char *const paths[] = {
		"_posts/2022-01-05-NW202201050000000001.md", "_posts/2022-01-05-init.md",
		"_posts/2022-01-05-NW202201050000000009.md.bak", "a", "2022-01-05-x",
		"2022-01-05-.md", "x/\xff\xfe", "_posts/2021-02-03-NW202201050000000002.md",
	};
	struct given_file files[COUNT_OF(paths)];
	struct opened opened;

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		files[i] = given_text(paths[i], "---\ndate: 2022-01-05\n---\n");
	opened = open_files(files, COUNT_OF(files));
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		ASSERT_FINDS(opened.cursor, paths[i], paths[i]);
	assert_null(find_record(opened.cursor, "_posts/2022-01-05-NW202201050000000001"));
	assert_null(find_record(opened.cursor, "_posts/2022-01-06-NW202201050000000001.md"));
	assert_null(find_record(opened.cursor, "_posts/"));
	assert_null(find_record(opened.cursor, "2022-01-05-NW202201050000000001.md"));
	assert_null(find_record(opened.cursor, "/a"));
	close_files(&opened);
}

TEST(a_key_is_a_code_before_it_is_a_path)
{
	const struct given_file files[] = {
		given_text("A20220105", "a file with the name of a code"),
		given_text("post.md", "---\n---\n?infoCode=A20220105"),
		given_text("B20220105", "a file alone"),
	};
	struct opened opened = open_files(files, COUNT_OF(files));

	ASSERT_FINDS(opened.cursor, "A20220105", "post.md");
	ASSERT_FINDS(opened.cursor, "B20220105", "B20220105");
	close_files(&opened);
}

TEST(a_path_that_holds_another_row_s_code_is_found)
{
	/* The name has one code, the text another, which is the one that counts. */
	const struct given_file files[] = {
		given_text("2022-01-05-NW202201050000000001.md",
			   "---\n---\n?infoCode=NW202201050000000002"),
		given_text("2022-01-05-NW202201050000000002.md",
			   "---\n---\n?infoCode=NW202201050000000001"),
		given_text("2022-01-05-NW202201050000000003.md", "no front matter"),
	};
	struct opened opened = open_files(files, COUNT_OF(files));

	for (size_t i = 0; i < COUNT_OF(files); i++)
		ASSERT_FINDS(opened.cursor, files[i].entry.path, files[i].entry.path);
	ASSERT_FINDS(opened.cursor, "NW202201050000000001", files[1].entry.path);
	ASSERT_FINDS(opened.cursor, "NW202201050000000002", files[0].entry.path);
	assert_null(find_record(opened.cursor, "NW202201050000000003"));
	close_files(&opened);
}

TEST(finding_ends_a_walk_and_may_be_done_again_and_again)
{
	struct made_posts posts = make_posts(300, 11);
	struct opened opened = open_files(posts.files, posts.count);

	for (size_t i = 0; i < posts.count; i++) {
		narc_cursor *cursor = opened.cursor;

		assert_int_equal(next_record(cursor) != NULL, i == 0);
		find_path(cursor, posts.files[posts.count - 1 - i].entry.path);
		assert_is_file(cursor, &posts.files[posts.count - 1 - i]);
		assert_null(find_record(cursor, "nothing"));
		assert_null(next_record(cursor));
	}
	close_files(&opened);
	made_posts_free(&posts);
}

TEST(a_row_is_found_by_its_number_and_has_its_content)
{
	struct made_posts posts = make_posts(300, 12);
	struct opened opened = open_files(posts.files, posts.count);
	narc_cursor *rows = open_cursor(opened.archive, NULL);
	const struct narc_record *wanted, *record;
	struct narc_error error = { 0 };
	uint64_t last = 0;

	while ((wanted = next_record(opened.cursor))) {
		const void *data, *wanted_data;

		last = wanted->row;
		ASSERT_OK(narc_cursor_find_row(rows, last, &error), &error);
		ASSERT_OK(narc_cursor_next(rows, &record, &error), &error);
		assert_string_equal(record->path, wanted->path);
		ASSERT_OK(narc_cursor_content(rows, &data, &error), &error);
		ASSERT_OK(narc_cursor_content(opened.cursor, &wanted_data, &error), &error);
		assert_int_equal(record->size, wanted->size);
		assert_memory_equal(data, wanted_data, record->size);
		assert_null(next_record(rows));
	}
	ASSERT_STATUS(narc_cursor_find_row(rows, last + 1, &error), NARC_NOT_FOUND, &error);
	assert_null(narc_cursor_record(rows));
	narc_cursor_close(rows);
	close_files(&opened);
	made_posts_free(&posts);
}

TEST(a_row_that_the_filter_keeps_out_is_not_found)
{
	const struct given_file old = given_text("a", "old");
	const struct given_file new = given_text("a", "new");
	struct packed first = pack_files(NULL, &old, 1);
	struct packed second = append_files(&first, NULL, &new, 1);
	narc_archive *archive = open_packed(&second);
	struct narc_filter filter;
	struct narc_error error = { 0 };
	narc_cursor *cursor = open_cursor(archive, NULL);

	ASSERT_STATUS(narc_cursor_find_row(cursor, 0, &error), NARC_NOT_FOUND, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_NOT_FOUND);
	ASSERT_OK(narc_cursor_find_row(cursor, 1, &error), &error);
	narc_cursor_close(cursor);
	narc_filter_init(&filter);
	filter.all_versions = true;
	cursor = open_cursor(archive, &filter);
	ASSERT_OK(narc_cursor_find_row(cursor, 0, &error), &error);
	assert_non_null(next_record(cursor));
	assert_is_file(cursor, &old);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&first);
	packed_free(&second);
}

TEST(content_is_only_given_where_the_cursor_is_at_a_record)
{
	const struct given_file file = given_text("a", "text");
	struct opened opened = open_files(&file, 1);
	const void *data;
	struct narc_error error = { 0 };

	ASSERT_STATUS(narc_cursor_content(opened.cursor, &data, &error), NARC_MISUSE, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
	assert_non_null(next_record(opened.cursor));
	ASSERT_OK(narc_cursor_content(opened.cursor, &data, &error), &error);
	assert_null(next_record(opened.cursor));
	ASSERT_STATUS(narc_cursor_content(opened.cursor, &data, &error), NARC_MISUSE, &error);
	ASSERT_STATUS(narc_cursor_stream(opened.cursor, NULL, NULL, &error), NARC_MISUSE, &error);
	close_files(&opened);
}

static bool refuse(void *context, const void *data, size_t size)
{
	(void)context;
	(void)data;
	(void)size;
	return false;
}

TEST(a_stream_ends_when_its_receiver_says_so)
{
	const struct given_file file = given_text("a", "text");
	struct opened opened = open_files(&file, 1);
	struct narc_error error = { 0 };

	assert_non_null(next_record(opened.cursor));
	ASSERT_STATUS(narc_cursor_stream(opened.cursor, refuse, NULL, &error), NARC_CANCELLED,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_CANCELLED);
	assert_is_file(opened.cursor, &file);
	close_files(&opened);
}

/* ---- filters ----------------------------------------------------------------------- */

/* Posts around the ends of days, months and years, in order. */
static const struct given_file dated_files[] = {
	{ { .path = "p/1.md" }, "---\ndate: 2020-02-28 23:59:59\n---\n", 33 },
	{ { .path = "p/2.md" }, "---\ndate: 2020-02-29 00:00:00\n---\n", 33 },
	{ { .path = "p/3.md" }, "---\ndate: 2020-02-29 23:59:59 +0800\n---\n", 39 },
	{ { .path = "p/4.md" }, "---\ndate: 2020-03-01\n---\n", 24 },
	{ { .path = "p/5.md" }, "---\ndate: 2020-12-31 23:59:59 -0800\n---\n", 39 },
	{ { .path = "p/6.md" }, "---\ndate: 2021-01-01 00:00:00 +0800\n---\n", 39 },
	{ { .path = "p/7.md" }, "---\ndate: 2021-12-31 23:59:59\n---\n", 33 },
	{ { .path = "p/8.md" }, "---\ndate: 2022-01-01\n---\n", 24 },
};

/* Fails unless dates lets the files numbered first to last pass, counted from 1. */
static void assert_dates(narc_archive *archive, const char *dates, size_t first, size_t last)
{
	struct narc_filter filter;
	narc_cursor *cursor;
	struct narc_error error;

	narc_filter_init(&filter);
	ASSERT_OK(narc_filter_set_dates(&filter, dates, &error), &error);
	cursor = open_cursor(archive, &filter);
	for (size_t i = first; i <= last; i++) {
		const struct narc_record *record = next_record(cursor);

		assert_non_null(record);
		assert_string_equal(record->path, dated_files[i - 1].entry.path);
	}
	assert_null(next_record(cursor));
	narc_cursor_close(cursor);
}

TEST(dates_are_local_and_a_range_includes_both_of_its_ends)
{
	static const size_t block_sizes[] = { 0, (size_t)64 << 10 };

	for (size_t i = 0; i < COUNT_OF(block_sizes); i++) {
		struct narc_pack_options options = plain_options();
		struct packed packed;
		narc_archive *archive;

		options.block_size = block_sizes[i];
		packed = pack_files(&options, dated_files, COUNT_OF(dated_files));
		archive = open_packed(&packed);
		assert_dates(archive, "2020-02-28", 1, 1);
		assert_dates(archive, "2020-02-29", 2, 3);
		assert_dates(archive, "2020-02", 1, 3);
		assert_dates(archive, "2020-03", 4, 4);
		assert_dates(archive, "2020", 1, 5);
		assert_dates(archive, "2021", 6, 7);
		assert_dates(archive, "2021-01-01", 6, 6);
		assert_dates(archive, "2020-02-29..2020-12-31", 2, 5);
		assert_dates(archive, "2020-03..2021-01", 4, 6);
		assert_dates(archive, "2020..2021", 1, 7);
		assert_dates(archive, "2020-03-01..2021", 4, 7);
		assert_dates(archive, "2021..", 6, 8);
		assert_dates(archive, "2021-12-31..", 7, 8);
		assert_dates(archive, "..2020-02", 1, 3);
		assert_dates(archive, "..2020", 1, 5);
		assert_dates(archive, "..2021-01-01", 1, 6);
		assert_dates(archive, "0000..9999", 1, 8);
		assert_dates(archive, "2019", 1, 0);
		assert_dates(archive, "..2020-02-27", 1, 0);
		assert_dates(archive, "2022-01-02..", 1, 0);
		assert_dates(archive, "2020-04..2020-11", 1, 0);
		narc_archive_close(archive);
		packed_free(&packed);
	}
}

TEST(what_is_no_range_of_dates_is_refused_and_changes_nothing)
{
	static const char *const bad[] = {
		"", "..", "...", "....", "2022-", "2022-13", "2022-00", "2022-02-30", "2022-1-5",
		"22-01-05", "2022-01-05x", "x2022", "2022..2021", "2022-02..2022-01",
		"2022..2023..", "..2022..", "2022...2023", "2022.2023", "2022-01-05 ", " 2022",
		"2022/01/05", "+2022", "20220105", "2022-01-05..x", "-2022", "today", "2022-01-00",
		"2022-01-05..2022-01-04",
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct narc_filter filter;
		struct narc_error error = { 0 };

		narc_filter_init(&filter);
		filter.from = 7;
		filter.to = 8;
		if (narc_filter_set_dates(&filter, bad[i], NULL) == NARC_OK)
			print_error("\"%s\" was taken\n", bad[i]);
		ASSERT_STATUS(narc_filter_set_dates(&filter, bad[i], &error), NARC_MISUSE, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
		assert_true(filter.from == 7 && filter.to == 8);
	}
}

/* Fails unless the filter lets pass what the reference says of each record of a whole walk. */
static void assert_filters(narc_archive *archive, const struct narc_filter *filter,
			   bool (*passes)(const struct narc_record *record))
{
	narc_cursor *all = open_cursor(archive, NULL);
	narc_cursor *some = open_cursor(archive, filter);
	const struct narc_record *record;
	size_t passed = 0;

	while ((record = next_record(all))) {
		const struct narc_record *other;

		if (!passes(record))
			continue;
		other = next_record(some);
		assert_non_null(other);
		assert_string_equal(other->path, record->path);
		passed++;
	}
	assert_null(next_record(some));
	assert_true(passed > 0);
	narc_cursor_close(all);
	narc_cursor_close(some);
}

static bool is_post(const struct narc_record *record)
{
	return record->kind == NARC_KIND_POST;
}

static bool is_plain_file(const struct narc_record *record)
{
	return record->kind == NARC_KIND_FILE;
}

static bool is_of_stock(const struct narc_record *record)
{
	return strcmp(record->categories, "report\nstock") == 0;
}

static bool is_bare(const struct narc_record *record)
{
	return strncmp(record->info_code, "2021", 4) == 0;
}

static bool has_no_code(const struct narc_record *record)
{
	return !*record->info_code;
}

static bool is_copy(const struct narc_record *record)
{
	return strncmp(record->path, "copies/", 7) == 0;
}

static bool is_all_of_it(const struct narc_record *record)
{
	return is_post(record) && is_of_stock(record) && !is_bare(record) &&
	       strncmp(record->path, "_posts/", 7) == 0 && record->local_time >= 1638900000;
}

TEST(each_filter_passes_what_it_should_and_all_together)
{
	struct made_posts posts = make_posts(2000, 12);
	struct opened opened = open_files(posts.files, posts.count);
	struct narc_filter filter;

	narc_filter_init(&filter);
	filter.kind = NARC_KIND_ONLY_POSTS;
	assert_filters(opened.archive, &filter, is_post);
	filter.kind = NARC_KIND_ONLY_FILES;
	assert_filters(opened.archive, &filter, is_plain_file);
	narc_filter_init(&filter);
	filter.category = "stock";
	assert_filters(opened.archive, &filter, is_of_stock);
	filter.category = "report";
	assert_filters(opened.archive, &filter, is_of_stock);
	narc_filter_init(&filter);
	filter.code_glob = "2021*";
	assert_filters(opened.archive, &filter, is_bare);
	filter.code_glob = "[0-9]*";
	assert_filters(opened.archive, &filter, is_bare);
	filter.code_glob = "";
	assert_filters(opened.archive, &filter, has_no_code);
	narc_filter_init(&filter);
	filter.path_glob = "copies/*";
	assert_filters(opened.archive, &filter, is_copy);
	filter.path_glob = "c*.md";
	assert_filters(opened.archive, &filter, is_copy);
	narc_filter_init(&filter);
	filter.kind = NARC_KIND_ONLY_POSTS;
	filter.category = "stock";
	filter.code_glob = "NW*";
	filter.path_glob = "_posts/*";
	filter.from = 1638900000;
	assert_filters(opened.archive, &filter, is_all_of_it);
	close_files(&opened);
	made_posts_free(&posts);
}

TEST(a_category_passes_only_as_a_whole)
{
	static const char *const others[] = { "em", "news", "EMNEWS", "emnew", "a", "", "emnews\na",
					      "a b" };
	const struct given_file file = given_text("a.md", "---\ncategories: [emnews, a b]\n---\n");
	struct opened opened = open_files(&file, 1);
	struct narc_filter filter;

	narc_filter_init(&filter);
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		narc_cursor *cursor;

		filter.category = others[i];
		cursor = open_cursor(opened.archive, &filter);
		assert_int_equal(next_record(cursor) != NULL, strcmp(others[i], "a b") == 0);
		narc_cursor_close(cursor);
	}
	close_files(&opened);
}

TEST(a_code_without_special_characters_is_a_look_up_and_the_other_filters_apply)
{
	const struct given_file files[] = {
		given_text("a.md", "---\ndate: 2022-01-05\n---\n?infoCode=A1"),
		given_text("b.md", "---\ndate: 2022-01-06\n---\n?infoCode=A1"),
		given_text("c.md", "---\ndate: 2022-01-06\n---\n?infoCode=A12"),
	};
	struct opened opened = open_files(files, COUNT_OF(files));
	struct narc_filter filter;
	narc_cursor *cursor;

	narc_filter_init(&filter);
	filter.code_glob = "A1";
	cursor = open_cursor(opened.archive, &filter);
	assert_string_equal(next_record(cursor)->path, "a.md");
	assert_string_equal(next_record(cursor)->path, "b.md");
	assert_null(next_record(cursor));
	narc_cursor_close(cursor);
	ASSERT_OK(narc_filter_set_dates(&filter, "2022-01-06", NULL), NULL);
	cursor = open_cursor(opened.archive, &filter);
	assert_string_equal(next_record(cursor)->path, "b.md");
	assert_null(next_record(cursor));
	/* The filter applies to keys, too. */
	assert_null(find_record(cursor, "a.md"));
	assert_non_null(find_record(cursor, "b.md"));
	assert_null(find_record(cursor, "A12"));
	narc_cursor_close(cursor);
	filter.code_glob = "A2";
	cursor = open_cursor(opened.archive, &filter);
	assert_null(next_record(cursor));
	narc_cursor_close(cursor);
	close_files(&opened);
}

TEST(a_filter_that_keeps_the_exact_code_out_lets_the_other_family_in)
{
	const struct given_file files[] = {
		given_text("a.md", "---\ndate: 2022-01-05\n---\n?infoCode=NW202201050000000001"),
		given_text("b.md", "---\ndate: 2022-01-06\n---\n?infoCode=202201050000000001"),
	};
	struct opened opened = open_files(files, COUNT_OF(files));
	struct narc_filter filter;
	narc_cursor *cursor;

	narc_filter_init(&filter);
	ASSERT_OK(narc_filter_set_dates(&filter, "2022-01-06", NULL), NULL);
	cursor = open_cursor(opened.archive, &filter);
	ASSERT_FINDS(cursor, "NW202201050000000001", "b.md");
	narc_cursor_close(cursor);
	close_files(&opened);
}

TEST(a_glob_matches_paths_that_are_not_in_the_locale_s_encoding)
{
	const struct given_file files[] = {
		given_text("a/\xd6\xd0\xce\xc4.md", "GBK"), given_text("a/中文.md", "UTF-8"),
	};
	struct opened opened = open_files(files, COUNT_OF(files));
	struct narc_filter filter;

	narc_filter_init(&filter);
	filter.path_glob = "a/*.md";
	for (size_t turn = 0; turn < 2; turn++) {
		narc_cursor *cursor = open_cursor(opened.archive, &filter);

		assert_non_null(next_record(cursor));
		assert_non_null(next_record(cursor));
		assert_null(next_record(cursor));
		narc_cursor_close(cursor);
		setlocale(LC_ALL, "C.UTF-8");
	}
	setlocale(LC_ALL, "C");
	close_files(&opened);
}

/* ---- zones ------------------------------------------------------------------------- */

/* Knows one zone, with summer time from the end of March to the end of October 2022. */
static bool lookup_zone(void *context, const char *zone, int64_t local_time, int *minutes)
{
	unsigned *calls = context;

	(*calls)++;
	if (strcmp(zone, "Europe/Test") != 0)
		return false;
	*minutes = local_time >= 1648350000 && local_time < 1667095200 ? 120 : 60;
	return true;
}

static int zone_of(narc_cursor *cursor, const char *path)
{
	return find_path(cursor, path)->zone_minutes;
}

static struct opened open_zoned(const char *zone, const char *config, unsigned *calls)
{
	struct narc_pack_options options = plain_options();
	const struct given_file files[] = {
		given_text("winter.md", "---\ndate: 2022-01-05 12:00:00\n---\n"),
		given_text("summer.md", "---\ndate: 2022-07-05 12:00:00\n---\n"),
		given_text("own.md", "---\ndate: 2022-07-05 12:00:00 -0330\n---\n"),
		given_text("2022-07-05-name.txt", "text"),
		given_text("time.txt", "text"),
		given_text("_config.yml", config),
	};
	struct opened opened;
	narc_packer *packer;

	options.zone = zone;
	options.zone_lookup = calls ? lookup_zone : NULL;
	options.zone_context = calls;
	packer = new_packer(&options);
	for (size_t i = 0; i < COUNT_OF(files); i++)
		if (files[i].size || strcmp(files[i].entry.path, "_config.yml") != 0)
			add_file(packer, &files[i]);
	opened.packed = commit_packer(packer);
	opened.archive = open_packed(&opened.packed);
	opened.cursor = open_cursor(opened.archive, NULL);
	assert_int_equal(zone_of(opened.cursor, "own.md"), -210);
	assert_int_equal(zone_of(opened.cursor, "time.txt"), 0);
	return opened;
}

TEST(dates_without_a_zone_have_that_of_the_options)
{
	struct opened opened = open_zoned("+08:00", "", NULL);

	assert_int_equal(zone_of(opened.cursor, "winter.md"), 480);
	assert_int_equal(zone_of(opened.cursor, "2022-07-05-name.txt"), 480);
	assert_true(find_path(opened.cursor, "winter.md")->local_time == 1641384000);
	close_files(&opened);
}

TEST(the_zone_of_a_configuration_comes_before_that_of_the_options)
{
	unsigned calls = 0;
	struct opened opened = open_zoned("+08:00", "title: x\ntimezone: Europe/Test\n", &calls);

	assert_int_equal(zone_of(opened.cursor, "winter.md"), 60);
	assert_int_equal(zone_of(opened.cursor, "summer.md"), 120);
	assert_int_equal(zone_of(opened.cursor, "2022-07-05-name.txt"), 120);
	assert_true(calls > 0);
	close_files(&opened);
	opened = open_zoned("UTC", "timezone: -0500\n", NULL);
	assert_int_equal(zone_of(opened.cursor, "winter.md"), -300);
	close_files(&opened);
}

TEST(a_configuration_without_a_zone_leaves_it_to_the_options)
{
	unsigned calls = 0;
	struct opened opened = open_zoned("Europe/Test", "title: x\n", &calls);

	assert_int_equal(zone_of(opened.cursor, "summer.md"), 120);
	close_files(&opened);
}

static const char *const unknown_zones[] = { "Mars/Base", "+25:00", "0800", "+8", "+08:00x" };

TEST(a_zone_of_the_options_that_is_not_known_is_told_at_once)
{
	for (size_t i = 0; i < COUNT_OF(unknown_zones); i++) {
		struct narc_pack_options options = plain_options();
		narc_packer *packer = NULL;
		struct narc_error error = { 0 };

		options.zone = unknown_zones[i];
		ASSERT_STATUS(narc_packer_new(&options, &packer, &error), NARC_MISUSE, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
		assert_null(packer);
	}
}

/* The zone that an appended post has, with a configuration that comes again, or with none. */
static int appended_zone(const struct packed *base, const char *config)
{
	struct narc_pack_options options = plain_options();
	struct given_file files[] = {
		given_text("new.md", "---\ndate: 2022-01-05 12:00:00\n---\n"),
		given_text("_config.yml", config ? config : ""),
	};
	struct packed grown;
	narc_archive *archive;
	narc_cursor *cursor;
	int zone;

	options.zone = "+02:00";
	grown = append_files(base, &options, files, config ? 2 : 1);
	archive = open_packed(&grown);
	cursor = open_cursor(archive, NULL);
	zone = zone_of(cursor, "new.md");
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&grown);
	return zone;
}

TEST(a_configuration_counts_for_what_is_appended_later)
{
	const char *config = "timezone: \"+08:00\"\n";
	struct given_file file = given_text("_config.yml", config);
	struct packed base = pack_files(NULL, &file, 1);

	assert_int_equal(appended_zone(&base, config), 480);
	assert_int_equal(appended_zone(&base, NULL), 480);
	assert_int_equal(appended_zone(&base, "timezone: \"+09:00\"\n"), 540);
	assert_int_equal(appended_zone(&base, "title: x\n"), 120);
	packed_free(&base);
}

TEST(a_zone_of_a_configuration_that_is_not_known_is_told_and_nothing_published)
{
	for (size_t i = 0; i < COUNT_OF(unknown_zones); i++) {
		const struct given_file file = given_text("a.md", "---\ndate: 2022-01-05\n---\n");
		struct given_file config;
		narc_packer *packer = new_packer(NULL);
		struct narc_sink sink;
		char text[64];
		void *data = NULL;
		size_t size = 0;
		struct narc_error error = { 0 };

		snprintf(text, sizeof(text), "timezone: \"%s\"\n", unknown_zones[i]);
		config = given_text("_config.yml", text);
		add_file(packer, &file);
		add_file(packer, &config);
		ASSERT_OK(narc_memory_sink(&data, &size, &sink, &error), &error);
		ASSERT_STATUS(narc_packer_commit(packer, sink, NULL, &error), NARC_MISUSE, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
		assert_string_equal(error.path, "_config.yml");
		assert_null(data);
		narc_packer_free(packer);
	}
}

TEST(each_tree_has_the_zone_of_its_own_configuration)
{
	const struct given_file files[] = {
		given_text("a.md", "---\ndate: 2022-01-05\n---\n"),
		given_text("_config.yml", "timezone: \"+01:00\"\n"),
		given_text("b.md", "---\ndate: 2022-01-05\n---\n"),
		given_text("_config.yml", "timezone: \"+02:00\"\n"),
		given_text("c.md", "---\ndate: 2022-01-05\n---\n"),
		given_text("sub/_config.yml", "timezone: \"+03:00\"\n"),
	};
	narc_packer *packer = new_packer(NULL);
	struct opened opened;
	struct narc_error error;

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		if (i && i % 2 == 0)
			ASSERT_OK(narc_packer_begin_tree(packer, &error), &error);
		add_file(packer, &files[i]);
	}
	opened.packed = commit_packer(packer);
	opened.archive = open_packed(&opened.packed);
	opened.cursor = open_cursor(opened.archive, NULL);
	assert_int_equal(zone_of(opened.cursor, "a.md"), 60);
	assert_int_equal(zone_of(opened.cursor, "b.md"), 120);
	assert_int_equal(zone_of(opened.cursor, "c.md"), 0);
	close_files(&opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_is_found_exactly_and_else_as_that_of_the_other_family),
		cmocka_unit_test(a_code_of_several_rows_leads_to_all_of_them_in_order),
		cmocka_unit_test(a_path_is_found_whatever_its_form),
		cmocka_unit_test(a_key_is_a_code_before_it_is_a_path),
		cmocka_unit_test(a_path_that_holds_another_row_s_code_is_found),
		cmocka_unit_test(finding_ends_a_walk_and_may_be_done_again_and_again),
		cmocka_unit_test(a_row_is_found_by_its_number_and_has_its_content),
		cmocka_unit_test(a_row_that_the_filter_keeps_out_is_not_found),
		cmocka_unit_test(content_is_only_given_where_the_cursor_is_at_a_record),
		cmocka_unit_test(a_stream_ends_when_its_receiver_says_so),
		cmocka_unit_test(dates_are_local_and_a_range_includes_both_of_its_ends),
		cmocka_unit_test(what_is_no_range_of_dates_is_refused_and_changes_nothing),
		cmocka_unit_test(each_filter_passes_what_it_should_and_all_together),
		cmocka_unit_test(a_category_passes_only_as_a_whole),
		cmocka_unit_test(a_code_without_special_characters_is_a_look_up_and_the_other_filters_apply),
		cmocka_unit_test(a_filter_that_keeps_the_exact_code_out_lets_the_other_family_in),
		cmocka_unit_test(a_glob_matches_paths_that_are_not_in_the_locale_s_encoding),
		cmocka_unit_test(dates_without_a_zone_have_that_of_the_options),
		cmocka_unit_test(the_zone_of_a_configuration_comes_before_that_of_the_options),
		cmocka_unit_test(a_configuration_without_a_zone_leaves_it_to_the_options),
		cmocka_unit_test(a_zone_of_the_options_that_is_not_known_is_told_at_once),
		cmocka_unit_test(a_configuration_counts_for_what_is_appended_later),
		cmocka_unit_test(a_zone_of_a_configuration_that_is_not_known_is_told_and_nothing_published),
		cmocka_unit_test(each_tree_has_the_zone_of_its_own_configuration),
	};

	return cmocka_run_group_tests_name("find", tests, NULL, NULL);
}
