/* SPDX-License-Identifier: BSD-2-Clause */
/* Surveys of whole archives: what is counted, whatever the number of threads; and what is told of
 * archives that cannot be read. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_io.h"
#include "support_survey.h"

static struct survey *survey_of(narc_archive *archive, const struct survey_options *options)
{
	struct narc_filter filter;
	struct narc_error error;
	struct survey *survey = NULL;

	narc_filter_init(&filter);
	ASSERT_OK(survey_make(archive, &filter, options, &survey, &error), &error);
	return survey;
}

/* What is printed of it, to be freed. */
static char *printed(narc_archive *archive, enum survey_format format,
		     const struct survey_options *options)
{
	struct narc_error error;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ASSERT_OK(survey_and_print(archive, format, options, out, &error), &error);
	fclose(out);
	return text;
}

TEST(a_survey_counts_posts_and_what_is_wrong_with_them)
{
	static const uint64_t wanted[FAULT_KINDS] = {
		[FAULT_NOT_YAML] = 2,  [FAULT_NO_TITLE] = 1,    [FAULT_NO_DATE] = 1,
		[FAULT_OTHER_DATE] = 1, [FAULT_NO_CODE] = 1,    [FAULT_NO_CATEGORY] = 2,
		[FAULT_NO_FRONT_MATTER] = 1,
	};
	struct packed packed = make_surveyed();
	narc_archive *archive = open_packed(&packed);
	struct survey *survey = survey_of(archive, &(struct survey_options){ .most = 1 });

	assert_int_equal(survey->count, 5);
	assert_int_equal(survey->activity.posts, 5);
	assert_int_equal(survey->activity.count, 4);
	assert_int_equal(survey->files, 2);
	assert_int_equal(survey->uncompared, 2);
	assert_int_equal(survey->categories.count, 2);
	for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
		assert_int_equal(survey->faults.kinds[kind].total, wanted[kind]);
		assert_int_equal(survey->faults.kinds[kind].count, wanted[kind] ? 1 : 0);
	}
	assert_int_equal(survey->faults.posts, 3);
	assert_int_equal(survey->faults.kinds[FAULT_NOT_YAML].list[0].line, 3);
	assert_int_equal(survey->contents.count, 0);
	assert_int_equal(survey->codes.count, 1);
	assert_int_equal(survey->codes.differing, 1);
	assert_int_equal(survey->texts.count, 1);
	assert_int_equal(survey->texts.crossing, 1);
	assert_int_equal(survey->largest_count, 1);
	survey_free(survey);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(months_add_up_to_all_that_is_stored)
{
	struct packed packed = make_surveyed();
	narc_archive *archive = open_packed(&packed);
	struct survey *survey = survey_of(archive, &(struct survey_options){ .most = 0 });
	struct narc_info info;
	struct narc_error error;
	uint64_t content = survey->months.others.content_size;
	double stored = survey->months.others.stored_size;

	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	assert_int_equal(content, strlen("no post\n") + strlen("p {}\n"));
	assert_int_equal(survey->months.count, 1);
	for (size_t i = 0; i < survey->months.count; i++) {
		content += survey->months.list[i].content_size;
		stored += survey->months.list[i].stored_size;
	}
	assert_int_equal(content, info.owned_size);
	assert_int_equal((uint64_t)(stored + 0.5), info.blocks_size);
	survey_free(survey);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(an_archive_without_posts_is_surveyed_and_printed)
{
	const struct given_file file = given_text("a.txt", "text");
	struct packed packed = pack_files(NULL, &file, 1);
	narc_archive *archive = open_packed(&packed);
	const struct survey_options options = { .most = 0 };

	for (enum survey_format format = SURVEY_TEXT; format < SURVEY_FORMATS; format++) {
		char *text = printed(archive, format, &options);

		assert_non_null(strstr(text, "a.narc"));
		free(text);
	}
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(a_survey_is_the_same_with_any_number_of_threads)
{
	static const unsigned thread_counts[] = { 2, 8 };
	struct made_posts posts = make_posts(700, 5);
	struct narc_pack_options pack = plain_options();
	struct packed packed;
	narc_archive *archive;

	pack.block_size = 4096;
	packed = pack_files(&pack, posts.files, posts.count);
	archive = open_packed(&packed);
	for (enum survey_format format = SURVEY_TEXT; format < SURVEY_FORMATS; format++) {
		struct survey_options options = { .threads = 1 };
		char *wanted = printed(archive, format, &options);

		assert_true(strlen(wanted) > 10000);
		for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
			char *text;

			options.threads = thread_counts[i];
			text = printed(archive, format, &options);
			assert_string_equal(text, wanted);
			free(text);
		}
		free(wanted);
	}
	narc_archive_close(archive);
	packed_free(&packed);
	made_posts_free(&posts);
}

/* ---- what cannot be read ------------------------------------------------------------------- */

/* Flips a bit in the data frame of the block that has this path. */
static void damage_post(struct packed *packed, const char *path)
{
	narc_archive *archive = open_packed(packed);
	narc_cursor *cursor = open_cursor(archive, NULL);
	struct narc_block block;

	find_path(cursor, path);
	ASSERT_OK(narc_cursor_block(cursor, &block, NULL), NULL);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	((uint8_t *)packed->data)[block.offset + block.frame_size / 2] ^= 1;
}

static bool count_failure(void *context, const struct narc_error *failure)
{
	ASSERT_ERROR_IS_TOLD(failure, NARC_CORRUPT);
	assert_string_equal(failure->path, "_posts/2022-01-06-NW202201060000000002.md");
	++*(unsigned *)context;
	return true;
}

static bool refuse_failure(void *context, const struct narc_error *failure)
{
	(void)failure;
	++*(unsigned *)context;
	return false;
}

TEST(a_damaged_post_ends_a_survey_unless_it_is_to_go_on)
{
	struct packed packed = make_surveyed();
	unsigned told = 0;
	struct survey_options options = { .context = &told };
	struct narc_filter filter;
	struct narc_error error;
	struct survey *survey = NULL;
	narc_archive *archive;

	damage_post(&packed, "_posts/2022-01-06-NW202201060000000002.md");
	archive = open_packed(&packed);
	narc_filter_init(&filter);
	ASSERT_STATUS(survey_make(archive, &filter, &options, &survey, &error), NARC_CORRUPT, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	assert_null(survey);
	options.failed = count_failure;
	survey = survey_of(archive, &options);
	assert_int_equal(told, 1);
	assert_int_equal(survey->failures, 1);
	assert_int_equal(survey->count, 4);
	assert_int_equal(survey->texts.count, 0);
	survey_free(survey);
	options.failed = refuse_failure;
	survey = NULL;
	ASSERT_STATUS(survey_make(archive, &filter, &options, &survey, &error), NARC_CORRUPT, &error);
	assert_null(survey);
	assert_int_equal(told, 2);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(whichever_read_fails_is_told)
{
	struct packed packed = make_surveyed();
	struct faulty_io io;
	uint64_t number = 0;
	bool has_failed = true;
	FILE *nowhere = fopen("/dev/null", "w");

	while (has_failed) {
		const struct survey_options options = { .threads = 1 };
		narc_archive *archive = NULL;
		struct narc_error error = { 0 };
		enum narc_status status;

		faulty_io_init(&io);
		faulty_io_fail(&io, IO_SOURCE_READ, ++number, NARC_IO);
		status = narc_archive_open(faulty_memory_source(&io, packed.data, packed.size),
					   &archive, &error);
		if (status == NARC_OK)
			status = survey_and_print(archive, SURVEY_JSON, &options, nowhere,
						  &error);
		narc_archive_close(archive);
		has_failed = io.has_failed;
		ASSERT_STATUS(status, has_failed ? NARC_IO : NARC_OK, &error);
		if (has_failed)
			assert_fault_is_told(&io, &error);
		assert_int_equal(io.opened, 0);
	}
	assert_true(number > 20);
	fclose(nowhere);
	packed_free(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_survey_counts_posts_and_what_is_wrong_with_them),
		cmocka_unit_test(months_add_up_to_all_that_is_stored),
		cmocka_unit_test(an_archive_without_posts_is_surveyed_and_printed),
		cmocka_unit_test(a_survey_is_the_same_with_any_number_of_threads),
		cmocka_unit_test(a_damaged_post_ends_a_survey_unless_it_is_to_go_on),
		cmocka_unit_test(whichever_read_fails_is_told),
	};

	return cmocka_run_group_tests_name("survey", tests, NULL, NULL);
}
