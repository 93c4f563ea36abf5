/* SPDX-License-Identifier: BSD-2-Clause */
/* Searching archives: what is found, in which order, and what is told of the rest. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/search.h"
#include "support_archive.h"
#include "support_rewrite.h"

static const unsigned thread_counts[] = { 1, 2, 8 };

/* Everything that a search gives, as text. */
struct transcript {
	char *text;
	size_t size;
	FILE *file;
	uint64_t hits;
	uint64_t most; /* hits; 0: all */
};

static bool note_hit(void *context, const struct search_hit *hit)
{
	struct transcript *transcript = context;

	fprintf(transcript->file, "%s%s %llu%s", hit->goes_on ? "+" : "", hit->record->path,
		(unsigned long long)hit->count, hit->is_binary ? " binary" : "");
	for (size_t i = 0; i < hit->line_count; i++) {
		const struct found_line *line = &hit->lines[i];

		assert_true(line->start + line->size <= hit->size);
		fprintf(transcript->file, "|%llu:%.*s", (unsigned long long)line->number,
			(int)line->size, hit->text + line->start);
	}
	fputc('\n', transcript->file);
	transcript->hits++;
	return transcript->hits != transcript->most;
}

static bool note_failure(void *context, const struct narc_error *failure)
{
	struct transcript *transcript = context;

	ASSERT_ERROR_IS_TOLD(failure, failure->status);
	fprintf(transcript->file, "%s %s %s\n", narc_status_name(failure->status), failure->path,
		failure->message);
	return true;
}

static struct pattern *make_pattern(const char *expression)
{
	struct pattern_options options = { .expressions = &expression, .count = 1 };
	struct pattern *pattern = NULL;
	struct narc_error error;

	ASSERT_OK(pattern_new(&options, &pattern, &error), &error);
	return pattern;
}

/* Searches with these options, but for the pattern; the transcript is to be freed. */
static char *search_within(const struct packed *packed, const struct narc_limits *limits,
			   const char *expression, const struct narc_filter *filter,
			   struct search_options options, enum narc_status wanted)
{
	struct transcript transcript = { .text = NULL };
	struct pattern *pattern = make_pattern(expression);
	narc_archive *archive = open_packed(packed);
	struct narc_error error = { 0 };

	narc_archive_limit(archive, limits);
	transcript.file = open_memstream(&transcript.text, &transcript.size);
	options.pattern = pattern;
	options.hit = note_hit;
	options.failed = note_failure;
	options.context = &transcript;
	ASSERT_STATUS(search_archive(archive, filter, &options, &error), wanted, &error);
	narc_archive_close(archive);
	pattern_free(pattern);
	fclose(transcript.file);
	return transcript.text;
}

static char *search_for(const struct packed *packed, const char *expression,
			const struct narc_filter *filter, struct search_options options,
			enum narc_status wanted)
{
	return search_within(packed, &(struct narc_limits){ .block = 0 }, expression, filter,
			     options, wanted);
}

/* The same, with any number of threads, comes to this. */
static void assert_found(const struct packed *packed, const char *expression,
			 struct search_options options, const char *wanted)
{
	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		char *found;

		options.threads = thread_counts[i];
		found = search_for(packed, expression, NULL, options, NARC_OK);
		assert_string_equal(found, wanted);
		free(found);
	}
}

#define MATTER(title) "---\ntitle: " title "\ndate: 2022-01-05\n---\n"

/* A block for each file. */
static struct packed make_shelf(void)
{
	struct given_file files[] = {
		given_text("2022-01-01-a.md", MATTER("\"One word\"") "a word\nand another\nword\n"),
		given_text("2022-01-02-b.md", MATTER("Two") "<p>a w<b>or</b>d</p>&lt;word&gt;\n"),
		given_text("2022-01-03-c.txt", "word of a file"),
		given_text("2022-01-04-d.md", "no word of a post\n"),
		given_text("2022-01-05-empty.txt", ""),
		given_text("2022-01-06-copy.txt", "word of a file"),
		given_text("2022-01-07-link", "word"),
		given_text("2022-01-08-e.md", MATTER("Nothing") "else\n"),
		given_text("2022-01-09-binary", ""),
	};
	struct narc_pack_options options = plain_options();

	files[6].entry.type = NARC_TYPE_SYMLINK;
	files[8].content = "a word\0\nword";
	files[8].size = 12;
	options.block_size = 0;
	return pack_files(&options, files, COUNT_OF(files));
}

/* ---- what is found ------------------------------------------------------------------- */

TEST(lines_are_found_in_posts_and_files_in_the_order_of_date)
{
	struct packed shelf = make_shelf();

	assert_found(&shelf, "word", (struct search_options){ .wanted = SEARCH_LINES },
		     "2022-01-03-c.txt 1|1:word of a file\n"
		     "2022-01-04-d.md 1|1:no word of a post\n"
		     "2022-01-01-a.md 1|2:title: \"One word\"|5:a word|7:word\n"
		     "2022-01-02-b.md 1|5:<p>a w<b>or</b>d</p>&lt;word&gt;\n"
		     "2022-01-06-copy.txt 1|1:word of a file\n"
		     "2022-01-09-binary 1 binary|1:a word|2:word\n");
	packed_free(&shelf);
}

TEST(lines_are_counted)
{
	struct packed shelf = make_shelf();

	assert_found(&shelf, "a",
		     (struct search_options){ .wanted = SEARCH_COUNT, .with_unmatched = true },
		     "2022-01-03-c.txt 1\n2022-01-04-d.md 1\n2022-01-01-a.md 3\n"
		     "2022-01-02-b.md 2\n2022-01-05-empty.txt 0\n2022-01-08-e.md 1\n"
		     "2022-01-06-copy.txt 1\n2022-01-09-binary 1\n");
	packed_free(&shelf);
}

TEST(whether_there_is_any_is_told)
{
	struct packed shelf = make_shelf();

	assert_found(&shelf, "another|Two", (struct search_options){ .wanted = SEARCH_ANY },
		     "2022-01-01-a.md 1\n2022-01-02-b.md 1\n");
	assert_found(&shelf, "word",
		     (struct search_options){ .wanted = SEARCH_ANY, .inverts = true },
		     "2022-01-01-a.md 1\n2022-01-02-b.md 1\n2022-01-08-e.md 1\n");
	packed_free(&shelf);
}

TEST(no_more_lines_are_given_than_asked_for)
{
	struct packed shelf = make_shelf();

	assert_found(&shelf, "o",
		     (struct search_options){ .wanted = SEARCH_LINES, .most_lines = 1,
					      .scope = SEARCH_CONTENT, .inverts = true },
		     "2022-01-01-a.md 1|1:---\n2022-01-02-b.md 1|1:---\n2022-01-08-e.md 1|1:---\n");
	packed_free(&shelf);
}

TEST(titles_are_searched_as_their_yaml_has_them)
{
	struct packed shelf = make_shelf();

	assert_found(&shelf, "^[\"O]|Two",
		     (struct search_options){ .wanted = SEARCH_LINES, .scope = SEARCH_TITLE },
		     "2022-01-01-a.md 1|1:One word\n2022-01-02-b.md 1|1:Two\n");
	packed_free(&shelf);
}

TEST(many_lines_come_in_several_calls)
{
	enum { LINES = 2500 };
	char *text = malloc(LINES * 8 + 1), *found;
	struct given_file file = given_text("many", "");
	struct packed packed;
	size_t next = 0, calls = 1;

	for (size_t i = 0; i < LINES; i++)
		sprintf(text + 8 * i, "%06zu\n ", i + 1);
	file.content = text;
	file.size = strlen(text);
	packed = pack_files(NULL, &file, 1);
	found = search_for(&packed, "0", NULL, (struct search_options){ .wanted = SEARCH_LINES },
			   NARC_OK);
	for (char *line = strtok(found, "|"); line; line = strtok(NULL, "|"))
		if (strchr(line, ':'))
			next += (size_t)atoi(line) == next + 1;
	assert_int_equal(next, LINES);
	free(found);
	found = search_for(&packed, "1$", NULL,
			   (struct search_options){ .wanted = SEARCH_LINES, .most_lines = 2000 },
			   NARC_OK);
	for (char *c = found; *c; c++)
		calls += *c == '+';
	assert_int_equal(calls, 1);
	free(found);
	packed_free(&packed);
	free(text);
}

TEST(a_content_that_does_not_fit_into_memory_is_searched_in_a_file)
{
	struct packed shelf = make_shelf();
	const struct narc_limits limits = { .block = 20 };

	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		struct search_options options = { .wanted = SEARCH_LINES,
						  .threads = thread_counts[i] };
		char *found = search_within(&shelf, &limits, "and|word", NULL, options, NARC_OK);

		assert_non_null(strstr(found, "2022-01-01-a.md 1|2:title: \"One word\"|5:a word|"
					      "6:and another|7:word\n"));
		assert_non_null(strstr(found, "2022-01-03-c.txt 1|1:word of a file\n"));
		free(found);
		options.temporary_folder = "/nowhere/at/all";
		found = search_within(&shelf, &limits, "and|word", NULL, options, NARC_OK);
		assert_non_null(strstr(found, "IO 2022-01-01-a.md cannot make a temporary file"));
		assert_non_null(strstr(found, "2022-01-03-c.txt 1|1:word of a file\n"));
		free(found);
	}
	packed_free(&shelf);
}

TEST(a_limit_for_all_contents_ends_it_at_the_same_place_whatever_the_threads)
{
	enum { FILES = 100, TEXT_SIZE = 32, LARGE = 7 << 20 };
	struct given_file files[FILES + 1];
	char paths[FILES][TEXT_SIZE], contents[FILES][TEXT_SIZE];
	const struct narc_limits limits = { .output = LARGE + FILES / 2 * sizeof("word 00") };
	struct narc_pack_options pack_options = plain_options();
	char *large = malloc(LARGE);
	struct packed packed;

	/* While this one is decompressed, others are done. */
	memset(large, 'a', LARGE);
	files[FILES] = given_text("2022-01-01-.txt", "");
	files[FILES].content = large;
	files[FILES].size = LARGE;
	for (size_t i = 0; i < FILES; i++) {
		snprintf(paths[i], TEXT_SIZE, "2022-01-01-%03zu.txt", i);
		snprintf(contents[i], TEXT_SIZE, "word %02zu\n", i);
		files[i] = given_text(paths[i], contents[i]);
	}
	pack_options.block_size = 0;
	packed = pack_files(&pack_options, files, FILES + 1);
	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		struct search_options options = { .wanted = SEARCH_LINES,
						  .threads = thread_counts[i] };
		char *found = search_within(&packed, &limits, "word", NULL, options, NARC_OK);

		assert_true(strncmp(found, "2022-01-01-000.txt 1|1:word 00\n", 31) == 0);
		assert_non_null(strstr(found, "2022-01-01-049.txt 1|1:word 49\nLIMIT "));
		assert_null(strstr(found, "word 50"));
		free(found);
	}
	packed_free(&packed);
	free(large);
}

/* A copy is searched ahead of the cursor if its own block is small enough. */
TEST(what_a_reader_sees_of_copies_of_such_contents_is_kept_until_it_is_told_of)
{
	enum { FILES = 120, TEXT_SIZE = 64 };
	struct given_file files[FILES];
	char paths[FILES][TEXT_SIZE], contents[FILES][TEXT_SIZE];
	const struct narc_limits limits = { .block = 20 };
	struct narc_pack_options pack_options = plain_options();
	char *wanted = NULL;
	size_t size;
	FILE *file = open_memstream(&wanted, &size);
	struct packed packed;

	for (size_t i = 0; i < FILES; i++) {
		const bool is_short = i % 3 == 2;

		/* One content has nothing that has to be read as HTML. */
		if (is_short)
			snprintf(contents[i], TEXT_SIZE, "word %zu\n", i);
		else
			snprintf(contents[i], TEXT_SIZE, "this is a wo%srd of text %zu\n",
				 i % 4 ? "<b></b>" : "", i % 4);
		snprintf(paths[i], TEXT_SIZE, "2022-01-01-%03zu.md", i);
		files[i] = given_text(paths[i], contents[i]);
		fprintf(file, "%s 1|1:%s %zu\n", paths[i],
			is_short ? "word" : "this is a word of text", is_short ? i : i % 4);
	}
	fclose(file);
	pack_options.block_size = 0;
	packed = pack_files(&pack_options, files, FILES);
	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		struct search_options options = { .wanted = SEARCH_LINES, .scope = SEARCH_TEXT,
						  .threads = thread_counts[i] };
		char *found = search_within(&packed, &limits, "word", NULL, options, NARC_OK);

		/* Without a parser of HTML, there is no such search. */
		if (!strstr(found, "UNSUPPORTED"))
			assert_string_equal(found, wanted);
		free(found);
	}
	packed_free(&packed);
	free(wanted);
}

TEST(an_archive_of_several_generations_is_searched_in_the_order_of_date)
{
	struct packed living = make_living_archive();
	char *wanted = search_for(&living, "text", NULL,
				  (struct search_options){ .wanted = SEARCH_LINES, .threads = 1 },
				  NARC_OK);

	assert_non_null(strstr(wanted, "old_post/r.md"));
	assert_null(strstr(wanted, "_posts/r.md"));
	assert_found(&living, "text", (struct search_options){ .wanted = SEARCH_LINES }, wanted);
	free(wanted);
	packed_free(&living);
}

TEST(a_filter_holds)
{
	struct packed shelf = make_shelf();
	struct narc_filter filter;
	char *found;

	narc_filter_init(&filter);
	filter.kind = NARC_KIND_ONLY_POSTS;
	filter.path_glob = "*b.md";
	found = search_for(&shelf, "word", &filter, (struct search_options){ .wanted = SEARCH_ANY },
			   NARC_OK);
	assert_string_equal(found, "2022-01-02-b.md 1\n");
	free(found);
	packed_free(&shelf);
}

/* ---- what ends it ------------------------------------------------------------------------- */

TEST(a_receiver_ends_it_when_it_has_enough)
{
	struct packed shelf = make_shelf();

	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		struct transcript transcript = { .most = 2 };
		struct pattern *pattern = make_pattern("word");
		struct search_options options = { .pattern = pattern, .wanted = SEARCH_ANY,
						  .threads = thread_counts[i], .hit = note_hit,
						  .failed = note_failure, .context = &transcript };
		narc_archive *archive = open_packed(&shelf);
		struct narc_error error = { 0 };

		transcript.file = open_memstream(&transcript.text, &transcript.size);
		ASSERT_STATUS(search_archive(archive, NULL, &options, &error), NARC_CANCELLED,
			      &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CANCELLED);
		fclose(transcript.file);
		assert_int_equal(transcript.hits, 2);
		free(transcript.text);
		narc_archive_close(archive);
		pattern_free(pattern);
	}
	packed_free(&shelf);
}

static bool is_over(void *context, const struct narc_record *record)
{
	(void)context;
	assert_string_equal(record->path, "2022-01-03-c.txt");
	return true;
}

TEST(it_ends_before_the_next_record_when_it_is_to_be_over)
{
	struct packed shelf = make_shelf();
	char *found = search_for(&shelf, "word", NULL,
				 (struct search_options){ .wanted = SEARCH_ANY,
							  .is_over = is_over },
				 NARC_CANCELLED);

	assert_string_equal(found, "");
	free(found);
	packed_free(&shelf);
}

TEST(a_record_whose_search_takes_too_long_is_told_of_and_the_others_are_searched)
{
	char many[2001];
	struct given_file files[] = { given_text("2022-01-01", "aaab"),
				      given_text("2022-01-02", many),
				      given_text("2022-01-03", "aaaab") };
	struct packed packed;

	memset(many, 'a', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	files[1].size = strlen(many);
	packed = pack_files(NULL, files, COUNT_OF(files));
	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		char *found = search_for(&packed, "(a+)+(a+)+(a+)+b?$(?<=b)", NULL,
					 (struct search_options){ .wanted = SEARCH_ANY,
								  .threads = thread_counts[i] },
					 NARC_OK);

		assert_non_null(strstr(found, "2022-01-01 1\n"));
		assert_non_null(strstr(found, "\nLIMIT 2022-01-02 "));
		assert_non_null(strstr(found, "\n2022-01-03 1\n"));
		free(found);
	}
	packed_free(&packed);
}

TEST(what_is_damaged_is_told_of_and_never_matches)
{
	struct packed shelf = make_shelf();
	narc_archive *archive = open_packed(&shelf);
	struct narc_info info;
	char *wanted = NULL;

	assert_int_equal(narc_archive_info(archive, &info, NULL), NARC_OK);
	narc_archive_close(archive);
	((uint8_t *)shelf.data)[info.blocks_offset + info.blocks_size / 2] ^= 1;
	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		char *found = search_for(&shelf, "word", NULL,
					 (struct search_options){ .wanted = SEARCH_LINES,
								  .threads = thread_counts[i] },
					 NARC_OK);

		assert_non_null(strstr(found, "CORRUPT"));
		if (wanted)
			assert_string_equal(found, wanted);
		free(wanted);
		wanted = found;
	}
	free(wanted);
	packed_free(&shelf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_found_in_posts_and_files_in_the_order_of_date),
		cmocka_unit_test(lines_are_counted),
		cmocka_unit_test(whether_there_is_any_is_told),
		cmocka_unit_test(no_more_lines_are_given_than_asked_for),
		cmocka_unit_test(titles_are_searched_as_their_yaml_has_them),
		cmocka_unit_test(many_lines_come_in_several_calls),
		cmocka_unit_test(a_content_that_does_not_fit_into_memory_is_searched_in_a_file),
		cmocka_unit_test(
			a_limit_for_all_contents_ends_it_at_the_same_place_whatever_the_threads),
		cmocka_unit_test(
			what_a_reader_sees_of_copies_of_such_contents_is_kept_until_it_is_told_of),
		cmocka_unit_test(an_archive_of_several_generations_is_searched_in_the_order_of_date),
		cmocka_unit_test(a_filter_holds),
		cmocka_unit_test(a_receiver_ends_it_when_it_has_enough),
		cmocka_unit_test(it_ends_before_the_next_record_when_it_is_to_be_over),
		cmocka_unit_test(a_record_whose_search_takes_too_long_is_told_of_and_the_others_are_searched),
		cmocka_unit_test(what_is_damaged_is_told_of_and_never_matches),
	};

	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
