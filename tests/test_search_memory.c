/* SPDX-License-Identifier: BSD-2-Clause */
/* Searching while memory runs out, at every place where it is asked for: what is found is right, or
 * it is told, and nothing stays behind. */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "search/html_text.h"
#include "search/search.h"
#include "support_archive.h"
#include "support_memory.h"

enum { POSTS = 12 };

/* What was found, in all. */
struct tally {
	uint64_t hits;
	uint64_t lines;
	uint64_t failures;
};

static bool count_hit(void *context, const struct search_hit *hit)
{
	struct tally *tally = context;

	tally->hits++;
	tally->lines += hit->line_count;
	return true;
}

static bool count_failure(void *context, const struct narc_error *failure)
{
	struct tally *tally = context;

	ASSERT_ERROR_IS_TOLD(failure, failure->status);
	tally->failures++;
	return true;
}

static struct packed make_shelf(void)
{
	struct given_file files[POSTS];
	struct narc_pack_options options = plain_options();
	struct packed packed;

	options.block_size = 0;
	for (size_t i = 0; i < POSTS; i++) {
		static const char text[] =
			"---\ntitle: a word\n---\n<p>a w<b>or</b>d</p>\n<http://x/?a&b>\n\nword\n";
		char path[] = "2022-01-01-a.md";

		path[11] = (char)('a' + i);
		files[i] = given_text(strdup(path), text);
	}
	packed = pack_files(&options, files, POSTS);
	for (size_t i = 0; i < POSTS; i++)
		free((char *)(uintptr_t)files[i].entry.path);
	return packed;
}

static enum narc_status search_all(const struct packed *packed, enum search_scope scope,
				   unsigned threads, struct tally *tally, struct narc_error *error)
{
	const char *const expressions[] = { "word", "(nothing)+" };
	struct pattern_options asked = { .expressions = expressions, .count = 2, .is_smart = true,
					 .is_whole_words = true };
	struct search_options options = { .scope = scope, .wanted = SEARCH_LINES,
					  .threads = threads, .hit = count_hit,
					  .failed = count_failure, .context = tally };
	narc_archive *archive = NULL;
	struct narc_source source;
	struct pattern *pattern = NULL;
	enum narc_status status = pattern_new(&asked, &pattern, error);

	if (status == NARC_OK)
		status = narc_memory_source(packed->data, packed->size, &source, error);
	if (status == NARC_OK)
		status = narc_archive_open(source, &archive, error);
	options.pattern = pattern;
	if (status == NARC_OK)
		status = search_archive(archive, NULL, &options, error);
	narc_archive_close(archive);
	pattern_free(pattern);
	return status;
}

/* Whether an allocation failed. */
static bool search_without(uint64_t number, const struct packed *packed, enum search_scope scope,
			   unsigned threads, const struct tally *wanted)
{
	const int64_t held = memory_held();
	struct tally tally = { 0 };
	struct narc_error error = { 0 };
	enum narc_status status;
	bool has_failed;

	memory_fail(number);
	status = search_all(packed, scope, threads, &tally, &error);
	has_failed = memory_has_failed();
	if (status != NARC_OK) {
		assert_true(has_failed);
		ASSERT_STATUS(status, NARC_NOMEM, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_NOMEM);
	} else {
		/* Some things can be done without what cannot be had. */
		assert_memory_equal(&tally, wanted, sizeof(tally));
	}
	assert_true(memory_held() == held);
	return has_failed;
}

static void assert_searching_survives(unsigned threads)
{
	struct packed packed = make_shelf();
	const struct tally wanted[] = { [SEARCH_CONTENT] = { POSTS, 2 * POSTS, 0 },
					[SEARCH_TEXT] = { POSTS, 2 * POSTS, 0 },
					[SEARCH_TITLE] = { POSTS, POSTS, 0 } };
	struct html_reader *reader = NULL;
	struct tally first = { 0 };
	bool has_html = html_reader_new(&reader, NULL) == NARC_OK;

	html_reader_free(reader);
	/* PCRE2 keeps the first memory that it has for machine code. */
	memory_fail(0);
	ASSERT_OK(search_all(&packed, SEARCH_CONTENT, threads, &first, NULL), NULL);
	for (enum search_scope scope = SEARCH_CONTENT; scope <= SEARCH_TITLE; scope++) {
		uint64_t number = 1;

		if (scope == SEARCH_TEXT && !has_html)
			continue;
		while (search_without(number, &packed, scope, threads, &wanted[scope]))
			number++;
		assert_true(number > 30);
	}
	packed_free(&packed);
}

TEST(searching_survives_the_want_of_any_allocation)
{
	assert_searching_survives(1);
}

TEST(searching_on_several_threads_survives_the_want_of_any_allocation)
{
	assert_searching_survives(3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(searching_survives_the_want_of_any_allocation),
		cmocka_unit_test(searching_on_several_threads_survives_the_want_of_any_allocation),
	};

	return cmocka_run_group_tests_name("search_memory", tests, NULL, NULL);
}
