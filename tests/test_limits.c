/* SPDX-License-Identifier: BSD-2-Clause */
/* What reading an archive may take is bounded by limits that the reader sets, below those of the
 * format. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_delivery.h"

enum { SIZE = 1000, FILES = 40 };

/* Forty different files of a thousand bytes each, in blocks of four. */
struct limited {
	char texts[FILES][SIZE + 1];
	char paths[FILES][16];
	struct packed packed;
	narc_archive *archive;
	narc_cursor *cursor;
};

static void open_limited(struct limited *limited, struct narc_limits limits)
{
	struct narc_pack_options options = plain_options();
	struct given_file files[FILES];

	for (size_t i = 0; i < FILES; i++) {
		memset(limited->texts[i], 'a' + (int)(i % 26), SIZE);
		limited->texts[i][0] = (char)('0' + i / 10);
		limited->texts[i][1] = (char)('0' + i % 10);
		limited->texts[i][SIZE] = '\0';
		snprintf(limited->paths[i], sizeof(limited->paths[i]), "file-%02zu", i);
		files[i] = given_text(limited->paths[i], limited->texts[i]);
	}
	options.block_size = (size_t)4 * SIZE;
	limited->packed = pack_files(&options, files, FILES);
	limited->archive = open_packed(&limited->packed);
	narc_archive_limit(limited->archive, &limits);
	limited->cursor = open_cursor(limited->archive, NULL);
}

static void close_limited(struct limited *limited)
{
	narc_cursor_close(limited->cursor);
	narc_archive_close(limited->archive);
	packed_free(&limited->packed);
}

/* Fails unless the error says that the output limit is reached, with its number. */
static void assert_output_limit(enum narc_status status, const struct narc_error *error,
				const char *number)
{
	ASSERT_STATUS(status, NARC_LIMIT, error);
	ASSERT_ERROR_IS_TOLD(error, NARC_LIMIT);
	assert_string_equal(error->stage, NARC_STAGE_OUTPUT);
	assert_non_null(strstr(error->message, number));
}

static bool count_bytes(void *context, const void *data, size_t size)
{
	(void)data;
	*(uint64_t *)context += size;
	return true;
}

TEST(zeros_are_no_limits)
{
	struct limited limited;
	const void *data;
	struct narc_error error;

	open_limited(&limited, (struct narc_limits){ 0 });
	while (next_record(limited.cursor)) {
		assert_false(narc_cursor_is_large(limited.cursor));
		ASSERT_OK(narc_cursor_content(limited.cursor, &data, &error), &error);
	}
	close_limited(&limited);
}

TEST(all_cursors_together_hand_out_no_more_than_the_output_limit)
{
	struct limited limited;
	narc_cursor *other;
	uint64_t streamed = 0;
	const void *data;
	struct narc_error error = { 0 };

	open_limited(&limited, (struct narc_limits){ .output = 3 * SIZE + SIZE / 2 });
	other = open_cursor(limited.archive, NULL);
	assert_int_equal(narc_cursor_content(other, &data, NULL), NARC_MISUSE);
	assert_non_null(next_record(limited.cursor));
	assert_non_null(next_record(other));
	ASSERT_OK(narc_cursor_content(limited.cursor, &data, &error), &error);
	ASSERT_OK(narc_cursor_stream(other, count_bytes, &streamed, &error), &error);
	ASSERT_OK(narc_cursor_stream(limited.cursor, count_bytes, &streamed, &error), &error);
	assert_int_equal(streamed, 2 * SIZE);
	for (size_t turn = 0; turn < 2; turn++) {
		assert_output_limit(narc_cursor_content(other, &data, &error), &error, "3500");
		assert_output_limit(narc_cursor_stream(limited.cursor, count_bytes, &streamed,
						       &error),
				    &error, "3500");
	}
	assert_int_equal(streamed, 2 * SIZE);
	narc_cursor_close(other);
	close_limited(&limited);
}

TEST(a_content_that_is_damaged_does_not_count_as_output)
{
	struct limited limited;
	struct narc_info info;
	const void *data;
	struct narc_error error = { 0 };

	open_limited(&limited, (struct narc_limits){ .output = SIZE });
	ASSERT_OK(narc_archive_info(limited.archive, &info, &error), &error);
	memset((uint8_t *)limited.packed.data + info.blocks_offset + 12, 0xff, 4);
	find_path(limited.cursor, "file-00");
	for (size_t turn = 0; turn < 3; turn++)
		ASSERT_STATUS(narc_cursor_content(limited.cursor, &data, &error), NARC_CORRUPT,
			      &error);
	find_path(limited.cursor, "file-39");
	ASSERT_OK(narc_cursor_content(limited.cursor, &data, &error), &error);
	assert_output_limit(narc_cursor_content(limited.cursor, &data, &error), &error, "1000");
	close_limited(&limited);
}

TEST(a_record_above_its_limit_is_told_of_and_counts_for_nothing)
{
	struct limited limited;
	const void *data;
	struct narc_error error = { 0 };

	open_limited(&limited, (struct narc_limits){ .record = SIZE - 1, .output = SIZE });
	while (next_record(limited.cursor)) {
		ASSERT_STATUS(narc_cursor_content(limited.cursor, &data, &error), NARC_LIMIT,
			      &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_LIMIT);
		assert_string_not_equal(error.stage, NARC_STAGE_OUTPUT);
		assert_string_equal(error.path, narc_cursor_record(limited.cursor)->path);
		assert_non_null(strstr(error.message, "999"));
		assert_int_equal(narc_cursor_content(limited.cursor, &data, NULL), NARC_LIMIT);
	}
	close_limited(&limited);
	open_limited(&limited, (struct narc_limits){ .record = SIZE });
	while (next_record(limited.cursor))
		ASSERT_OK(narc_cursor_content(limited.cursor, &data, &error), &error);
	close_limited(&limited);
}

TEST(a_block_above_its_limit_is_not_decoded_in_memory)
{
	struct limited limited;
	const void *data;
	struct narc_error error = { 0 };

	open_limited(&limited, (struct narc_limits){ .block = 4 * SIZE - 1 });
	assert_non_null(next_record(limited.cursor));
	assert_false(narc_cursor_is_large(limited.cursor));
	ASSERT_STATUS(narc_cursor_content(limited.cursor, &data, &error), NARC_LIMIT, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_LIMIT);
	assert_non_null(strstr(error.message, "3999"));
	close_limited(&limited);
	open_limited(&limited, (struct narc_limits){ .block = 4 * SIZE });
	while (next_record(limited.cursor))
		ASSERT_OK(narc_cursor_content(limited.cursor, &data, &error), &error);
	close_limited(&limited);
	/* Nor can a record of such a block be streamed. */
	open_limited(&limited, (struct narc_limits){ .block = SIZE - 1 });
	assert_non_null(next_record(limited.cursor));
	assert_true(narc_cursor_is_large(limited.cursor));
	ASSERT_STATUS(narc_cursor_stream(limited.cursor, count_bytes, &(uint64_t){ 0 }, &error),
		      NARC_LIMIT, &error);
	close_limited(&limited);
}

TEST(a_file_alone_in_a_block_above_the_limit_comes_in_pieces)
{
	enum { LARGE = 3000000 };
	char *text = malloc(LARGE);
	struct given_file file = given_text("large", "");
	const struct narc_limits limits = { .block = 100000 };
	struct delivery delivery;
	uint64_t streamed = 0;
	const void *data;
	struct narc_error error = { 0 };

	for (size_t i = 0; i < LARGE; i++)
		text[i] = (char)('a' + i / 1000 % 26);
	file.content = text;
	file.size = LARGE;
	open_delivery(&delivery, &file, 1);
	narc_archive_limit(delivery.archive, &limits);
	find_path(delivery.cursor, "large");
	assert_true(narc_cursor_is_large(delivery.cursor));
	ASSERT_STATUS(narc_cursor_content(delivery.cursor, &data, &error), NARC_LIMIT, &error);
	ASSERT_OK(narc_cursor_stream(delivery.cursor, count_bytes, &streamed, &error), &error);
	assert_int_equal(streamed, LARGE);
	ASSERT_OK(write_path(&delivery, "large", &error), &error);
	assert_int_equal(test_folder_count(delivery.target), 1);
	close_delivery(&delivery);
	free(text);
}

/* Stops at the output limit. */
static bool note_failure(void *context, const struct narc_error *failure)
{
	assert_output_limit(failure->status, failure, "12345");
	++*(size_t *)context;
	return false;
}

TEST(a_whole_extraction_writes_no_more_than_the_output_limit_with_any_threads)
{
	static const unsigned thread_counts[] = { 1, 2, 7 };

	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		size_t failures = 0;
		const struct narc_extract_options options = { .threads = thread_counts[i],
							      .failed = note_failure,
							      .context = &failures };
		struct narc_extract_result result;
		char *target = test_folder_new();
		struct limited limited;
		narc_folder *folder;
		struct narc_error error;

		open_limited(&limited, (struct narc_limits){ .output = 12345 });
		ASSERT_OK(narc_folder_open(target, &folder, &error), &error);
		ASSERT_STATUS(narc_folder_write_all(folder, limited.archive, NULL, &options,
						    &result, &error),
			      NARC_CANCELLED, &error);
		assert_int_equal(failures, 1);
		narc_folder_close(folder);
		assert_in_range(test_folder_count(target), 1, 12);
		close_limited(&limited);
		test_folder_remove(target);
	}
}

/* Counts the entries that are told of. */
static bool note_damage(void *context, const struct narc_damage *damage)
{
	ASSERT_ERROR_IS_TOLD(&damage->error, NARC_LIMIT);
	*(size_t *)context += damage->entries;
	return true;
}

TEST(a_check_of_all_reads_no_more_than_the_limits_with_any_threads)
{
	for (unsigned threads = 1; threads < 4; threads++) {
		size_t told = 0;
		struct narc_verify_options options = { .threads = threads,
						       .report = note_damage,
						       .context = &told };
		struct narc_verify_result result = { 0 };
		struct limited limited;
		struct narc_error error = { 0 };

		open_limited(&limited, (struct narc_limits){ .output = 12345 });
		assert_output_limit(narc_archive_verify(limited.archive, &options, &result, &error),
				    &error, "12345");
		close_limited(&limited);
		open_limited(&limited, (struct narc_limits){ .record = SIZE - 1 });
		ASSERT_OK(narc_archive_verify(limited.archive, &options, &result, &error), &error);
		assert_true(result.good_entries == 0 && told == FILES);
		close_limited(&limited);
		/* What is right under limits is right. */
		open_limited(&limited, (struct narc_limits){ .block = 4 * SIZE,
							     .record = SIZE,
							     .output = FILES * SIZE });
		ASSERT_OK(narc_archive_verify(limited.archive, &options, &result, &error), &error);
		assert_true(result.damages == 0 && result.bytes_checked == FILES * SIZE);
		close_limited(&limited);
		open_limited(&limited, (struct narc_limits){ .output = 1 });
		options.quick = true;
		ASSERT_OK(narc_archive_verify(limited.archive, &options, &result, &error), &error);
		assert_true(result.damages == 0);
		close_limited(&limited);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeros_are_no_limits),
		cmocka_unit_test(all_cursors_together_hand_out_no_more_than_the_output_limit),
		cmocka_unit_test(a_content_that_is_damaged_does_not_count_as_output),
		cmocka_unit_test(a_record_above_its_limit_is_told_of_and_counts_for_nothing),
		cmocka_unit_test(a_block_above_its_limit_is_not_decoded_in_memory),
		cmocka_unit_test(a_file_alone_in_a_block_above_the_limit_comes_in_pieces),
		cmocka_unit_test(
			a_whole_extraction_writes_no_more_than_the_output_limit_with_any_threads),
		cmocka_unit_test(a_check_of_all_reads_no_more_than_the_limits_with_any_threads),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
