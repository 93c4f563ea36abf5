/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of what several archives have, as if they were one. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "serve/catalog.h"
#include "serve/matter.h"
#include "support_archive.h"

#define POST(title, date, categories, tags)                                                       \
	"---\ntitle: " title "\ndate: " date " 10:00:00 +0800\ncategories: " categories           \
	"\ntags: " tags "\n---\ntext\n"

/* Two archives, whose days interleave. */
struct shelf {
	struct packed packed[2];
	narc_archive *archives[2];
};

static struct shelf make_shelf(void)
{
	const struct given_file first[] = {
		given_text("a.md", POST("one", "2022-01-01", "news", "[x, y]")),
		given_text("b.md", POST("two", "2022-01-03", "news sports", "[y]")),
		given_text("c.png", "no post"),
	};
	const struct given_file second[] = {
		given_text("a.md", POST("three", "2022-01-02", "news", "[z, y]")),
		given_text("d.md", POST("four", "2022-01-03", "", "")),
		given_text("e.md", POST("five", "2023-05-05", "news", "[x]")),
	};
	struct shelf shelf = {
		{ pack_files(NULL, first, COUNT_OF(first)),
		  pack_files(NULL, second, COUNT_OF(second)) },
		{ NULL },
	};

	for (size_t i = 0; i < 2; i++)
		shelf.archives[i] = open_packed(&shelf.packed[i]);
	return shelf;
}

static void free_shelf(struct shelf *shelf)
{
	for (size_t i = 0; i < 2; i++) {
		narc_archive_close(shelf->archives[i]);
		packed_free(&shelf->packed[i]);
	}
}

static struct catalog *count(const struct shelf *shelf, bool with_tags)
{
	struct catalog *catalog = NULL;
	atomic_bool stop = false;
	struct narc_error error;

	ASSERT_OK(catalog_make(shelf->archives, 2, with_tags, &stop, &catalog, &error), &error);
	return catalog;
}

/* "2022-01-01:1 ..." */
static const char *shown(const struct day_counts *counts)
{
	static char text[1024];
	char day[DAY_TEXT_SIZE];
	size_t size = 0;

	*text = '\0';
	for (size_t i = 0; i < counts->count; i++)
		size += (size_t)sprintf(text + size, "%s%s:%u", i ? " " : "",
					format_day(counts->days[i].day, day),
					counts->days[i].posts);
	return text;
}

TEST(days_of_all_archives_are_counted_together_in_order)
{
	struct shelf shelf = make_shelf();
	struct catalog *catalog = count(&shelf, false);

	assert_string_equal(shown(&catalog->days),
			    "2022-01-01:1 2022-01-02:1 2022-01-03:2 2023-05-05:1");
	assert_int_equal(catalog->days.posts, 5);
	catalog_release(catalog);
	free_shelf(&shelf);
}

TEST(categories_are_counted_by_day_and_listed_by_name)
{
	struct shelf shelf = make_shelf();
	struct catalog *catalog = count(&shelf, false);

	assert_int_equal(catalog->categories.count, 2);
	assert_string_equal(catalog->categories.list[0]->name, "news");
	assert_string_equal(catalog->categories.list[1]->name, "sports");
	assert_string_equal(shown(&subjects_find(&catalog->categories, "news")->counts),
			    "2022-01-01:1 2022-01-02:1 2022-01-03:1 2023-05-05:1");
	assert_null(subjects_find(&catalog->categories, "new"));
	assert_null(subjects_find(&catalog->categories, "newsroom"));
	assert_null(subjects_find(&catalog->tags, "x"));
	catalog_release(catalog);
	free_shelf(&shelf);
}

TEST(tags_are_read_from_the_posts)
{
	struct shelf shelf = make_shelf();
	struct catalog *catalog = count(&shelf, true);

	assert_true(catalog->has_tags);
	assert_int_equal(catalog->tags.count, 3);
	assert_string_equal(shown(&subjects_find(&catalog->tags, "y")->counts),
			    "2022-01-01:1 2022-01-02:1 2022-01-03:1");
	assert_int_equal(subjects_find(&catalog->tags, "z")->counts.posts, 1);
	catalog_release(catalog);
	free_shelf(&shelf);
}

TEST(later_generations_with_older_posts_are_counted_in_order_of_date)
{
	const struct given_file old = given_text("b.md", POST("b", "2022-01-05", "news", "[x]"));
	const struct given_file new = given_text("a.md", POST("a", "2022-01-01", "news", "[x]"));
	struct packed base = pack_files(NULL, &old, 1), both = append_files(&base, NULL, &new, 1);
	narc_archive *archive = open_packed(&both);
	struct catalog *catalog = NULL;
	atomic_bool stop = false;
	struct narc_error error;

	for (int with_tags = 0; with_tags < 2; with_tags++) {
		ASSERT_OK(catalog_make(&archive, 1, with_tags, &stop, &catalog, &error), &error);
		assert_string_equal(shown(&catalog->days), "2022-01-01:1 2022-01-05:1");
		catalog_release(catalog);
	}
	narc_archive_close(archive);
	packed_free(&both);
	packed_free(&base);
}

TEST(counting_can_be_stopped)
{
	struct shelf shelf = make_shelf();
	struct catalog *catalog = NULL;
	atomic_bool stop = true;
	struct narc_error error;

	ASSERT_STATUS(catalog_make(shelf.archives, 2, false, &stop, &catalog, &error),
		      NARC_CANCELLED, &error);
	assert_null(catalog);
	free_shelf(&shelf);
}

TEST(of_posts_that_cannot_be_read_the_days_are_counted)
{
	struct shelf shelf = make_shelf();
	struct narc_limits limits = { .output = 1 };
	struct catalog *catalog;

	narc_archive_limit(shelf.archives[0], &limits);
	narc_archive_limit(shelf.archives[1], &limits);
	catalog = count(&shelf, true);
	assert_int_equal(catalog->days.posts, 5);
	assert_int_equal(catalog->tags.count, 0);
	catalog_release(catalog);
	free_shelf(&shelf);
}

TEST(a_tag_is_counted_of_those_posts_that_a_list_shows_with_it)
{
	static const char start[] = POST("large", "2022-01-01", "news", "[x]");
	struct given_file files[] = { given_text("a.md", ""), given_text("b.md", start) };
	struct catalog *catalog = NULL;
	atomic_bool stop = false;
	struct narc_error error;
	struct packed packed;
	narc_archive *archive;
	char *large = malloc(PAGE_CONTENT_LIMIT + 1);

	memset(large, 'a', PAGE_CONTENT_LIMIT + 1);
	memcpy(large, start, strlen(start));
	files[0].content = large;
	for (size_t larger = 0; larger < 2; larger++) {
		files[0].size = PAGE_CONTENT_LIMIT + larger;
		packed = pack_files(NULL, files, COUNT_OF(files));
		archive = open_packed(&packed);
		ASSERT_OK(catalog_make(&archive, 1, true, &stop, &catalog, &error), &error);
		assert_int_equal(subjects_find(&catalog->tags, "x")->counts.posts, 2 - larger);
		assert_int_equal(catalog->days.posts, 2);
		catalog_release(catalog);
		narc_archive_close(archive);
		packed_free(&packed);
	}
	free(large);
}

TEST(names_by_the_thousand_are_all_found_again)
{
	enum { POSTS = 3000 };
	struct given_file *files = calloc(POSTS, sizeof(*files));
	char(*texts)[160] = calloc(POSTS, sizeof(*texts));
	char(*paths)[32] = calloc(POSTS, sizeof(*paths));
	struct catalog *catalog = NULL;
	atomic_bool stop = false;
	struct narc_error error;
	narc_archive *archive;
	struct packed packed;
	char name[16];

	for (int i = 0; i < POSTS; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%d.md", i);
		snprintf(texts[i], sizeof(texts[i]), POST("t", "2022-01-01", "c%d", "x"), i);
		files[i] = given_text(paths[i], texts[i]);
	}
	packed = pack_files(NULL, files, POSTS);
	archive = open_packed(&packed);
	ASSERT_OK(catalog_make(&archive, 1, false, &stop, &catalog, &error), &error);
	assert_int_equal(catalog->categories.count, POSTS);
	for (int i = 0; i < POSTS; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		assert_non_null(subjects_find(&catalog->categories, name));
	}
	catalog_release(catalog);
	narc_archive_close(archive);
	packed_free(&packed);
	free(files);
	free(texts);
	free(paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_of_all_archives_are_counted_together_in_order),
		cmocka_unit_test(categories_are_counted_by_day_and_listed_by_name),
		cmocka_unit_test(tags_are_read_from_the_posts),
		cmocka_unit_test(later_generations_with_older_posts_are_counted_in_order_of_date),
		cmocka_unit_test(counting_can_be_stopped),
		cmocka_unit_test(of_posts_that_cannot_be_read_the_days_are_counted),
		cmocka_unit_test(a_tag_is_counted_of_those_posts_that_a_list_shows_with_it),
		cmocka_unit_test(names_by_the_thousand_are_all_found_again),
	};

	return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
