/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets: filters, the manifest, and what comes of many writers and of calls that fail. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/key_filter.h"
#include "format/section.h"
#include "format/set_manifest.h"
#include "support_set.h"

/* ---- filters ------------------------------------------------------------------------------- */

static uint64_t *make_hashes(size_t count, uint64_t seed)
{
	struct test_random random = { seed };
	uint64_t *hashes = malloc((count + 1) * sizeof(*hashes));

	for (size_t i = 0; i < count; i++)
		hashes[i] = random_next(&random);
	return hashes;
}

TEST(a_filter_lets_all_of_its_keys_pass_and_few_others)
{
	static const size_t counts[] = { 1, 2, 3, 4, 5, 9, 27, 28, 100, 1000, 5000, 100000 };

	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		uint64_t *hashes = make_hashes(counts[i], i), *others = make_hashes(10000, 99);
		struct byte_buffer section = BYTE_BUFFER_EMPTY;
		struct key_filter filter;
		struct narc_error error;
		unsigned passed = 0;

		ASSERT_OK(key_filter_encode(&section, hashes, counts[i], &error), &error);
		ASSERT_OK(key_filter_decode(section.data, section.size, 0, &filter, &error), &error);
		for (size_t k = 0; k < counts[i]; k++)
			assert_true(key_filter_may_have(&filter, hashes[k]));
		for (size_t k = 0; k < 10000; k++)
			passed += key_filter_may_have(&filter, others[k]);
		assert_true(passed < 100);
		/* Nine bits a key, and a little more where there are few. */
		assert_true(counts[i] < 5000 || section.size < counts[i] * 14 / 10);
		byte_buffer_free(&section);
		free(hashes);
		free(others);
	}
}

TEST(a_filter_without_keys_lets_nothing_pass)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct key_filter filter;
	struct narc_error error;

	ASSERT_OK(key_filter_encode(&section, NULL, 0, &error), &error);
	ASSERT_OK(key_filter_decode(section.data, section.size, 0, &filter, &error), &error);
	for (uint64_t hash = 0; hash < 1000; hash++)
		assert_false(key_filter_may_have(&filter, hash));
	byte_buffer_free(&section);
}

TEST(keys_in_any_order_and_twice_make_the_same_filter)
{
	uint64_t *hashes = make_hashes(1000, 7), *twice = malloc(2000 * sizeof(*twice));
	struct byte_buffer one = BYTE_BUFFER_EMPTY, other = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	for (size_t i = 0; i < 1000; i++)
		twice[i] = twice[1999 - i] = hashes[i];
	ASSERT_OK(key_filter_encode(&one, hashes, 1000, &error), &error);
	ASSERT_OK(key_filter_encode(&other, twice, 2000, &error), &error);
	assert_int_equal(one.size, other.size);
	assert_memory_equal(one.data, other.data, one.size);
	byte_buffer_free(&one);
	byte_buffer_free(&other);
	free(hashes);
	free(twice);
}

/* With right checksums, so that the sizes themselves are looked at. */
TEST(a_filter_of_sizes_that_do_not_fit_is_refused)
{
	static const uint32_t sizes[][2] = { { 0, 1 }, { 3, 1 }, { 4, 0 }, { 4, 2 }, { 1 << 19, 1 },
					     { 1 << 18, UINT32_MAX }, { 4, UINT32_MAX } };

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct byte_buffer section = BYTE_BUFFER_EMPTY;
		size_t start = section_begin(&section, SECTION_FILTER);
		struct key_filter filter;
		struct narc_error error;

		byte_buffer_append_u64(&section, 1);
		byte_buffer_append_u32(&section, sizes[i][0]);
		byte_buffer_append_u32(&section, sizes[i][1]);
		for (unsigned k = 0; k < 12; k++)
			byte_buffer_append_u8(&section, 0);
		section_end(&section, start);
		ASSERT_STATUS(key_filter_decode(section.data, section.size, 0, &filter, &error),
			      NARC_CORRUPT, &error);
		byte_buffer_free(&section);
	}
}

/* ---- names ---------------------------------------------------------------------------------- */

TEST(only_plain_names_are_those_of_volumes)
{
	static const char *const good[] = { "a", "2022-01-0123456789abcdef.narc", "A_b.c", "0" };
	static const char *const bad[] = { "",    ".",     "..",   ".a",   "-a",   "a/b",
					   "../a", "a b",   "a\n",  "a\\b", "\xe6\x96\xb0" };
	char name[256];

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(volume_name_is_valid(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(volume_name_is_valid(bad[i]));
	memset(name, 'a', sizeof(name));
	name[200] = '\0';
	assert_true(volume_name_is_valid(name));
	name[200] = 'a';
	name[201] = '\0';
	assert_false(volume_name_is_valid(name));
}

/* ---- many volumes ---------------------------------------------------------------------------- */

static const char *const two_files[][2] = { { "a.txt", "second" }, { "b.txt", "other" } };

static struct memory_store make_two_files(void)
{
	struct memory_store memory = { .clock = 1000 };

	add_text_volume(&memory, "a.txt", "first");
	add_text_volume(&memory, "b.txt", "other");
	add_text_volume(&memory, "a.txt", "second");
	return memory;
}

TEST(what_comes_later_supersedes_what_was_at_its_path)
{
	struct memory_store memory = make_two_files();

	assert_set_has(&memory, two_files, 2);
	memory_store_free(&memory);
}

TEST(a_flipped_bit_anywhere_in_the_manifest_is_found)
{
	struct memory_store memory = make_two_files();
	struct stored_file *manifest = memory_store_find(&memory, NARC_SET_MANIFEST);
	struct narc_verify_options options = { .threads = 1 };

	for (size_t i = 0; i < manifest->size; i++) {
		uint8_t *byte = (uint8_t *)manifest->data + i;
		struct narc_verify_result result = { 0 };
		struct narc_error error = { 0 };
		narc_archive *set = NULL;
		enum narc_status status;

		*byte ^= (uint8_t)(1 << i % 8);
		status = narc_set_open(memory_store_open(&memory), &set, &error);
		if (status == NARC_OK)
			ASSERT_OK(narc_archive_verify(set, &options, &result, &error), &error);
		assert_true(status != NARC_OK || result.damages > 0);
		narc_archive_close(set);
		*byte ^= (uint8_t)(1 << i % 8);
	}
	assert_set_has(&memory, two_files, 2);
	memory_store_free(&memory);
}

TEST(a_manifest_that_is_cut_off_anywhere_is_refused)
{
	struct memory_store memory = make_two_files();
	struct stored_file *manifest = memory_store_find(&memory, NARC_SET_MANIFEST);
	const size_t size = manifest->size;

	for (manifest->size = 0; manifest->size < size; manifest->size++) {
		struct narc_error error = { 0 };
		narc_archive *set = NULL;

		assert_int_not_equal(narc_set_open(memory_store_open(&memory), &set, &error),
				     NARC_OK);
		assert_null(set);
	}
	assert_set_has(&memory, two_files, 2);
	memory_store_free(&memory);
}

/* ---- many writers --------------------------------------------------------------------------- */

static void add_rival(struct memory_store *memory)
{
	add_text_volume(memory, "rival.txt", "faster");
}

TEST(a_writer_who_comes_too_late_begins_anew_and_none_is_lost)
{
	static const char *const files[][2] = { { "a.txt", "second" }, { "b.txt", "other" },
						{ "mine.txt", "slower" }, { "rival.txt", "faster" } };
	struct memory_store memory = make_two_files();

	memory.rival = add_rival;
	add_text_volume(&memory, "mine.txt", "slower");
	assert_set_has(&memory, files, 4);
	memory_store_free(&memory);
}

static void add_same_path(struct memory_store *memory)
{
	add_text_volume(memory, "mine.txt", "faster");
}

TEST(of_two_writers_to_one_path_the_last_one_supersedes_the_other)
{
	static const char *const files[][2] = { { "a.txt", "second" }, { "b.txt", "other" },
						{ "mine.txt", "slower" } };
	struct memory_store memory = make_two_files();

	memory.rival = add_same_path;
	add_text_volume(&memory, "mine.txt", "slower");
	assert_set_has(&memory, files, 3);
	memory_store_free(&memory);
}

TEST(joining_goes_on_when_a_volume_is_added_meanwhile)
{
	static const char *const files[][2] = { { "a.txt", "second" }, { "b.txt", "other" },
						{ "rival.txt", "faster" } };
	struct memory_store memory = make_two_files();
	struct narc_compact_result result;
	struct narc_error error;

	memory.rival = add_rival;
	ASSERT_OK(compact_set(&memory, 1001, &result, &error), &error);
	assert_int_equal(result.joined, 3);
	assert_int_equal(result.waiting, 3);
	assert_set_has(&memory, files, 3);
	memory_store_free(&memory);
}

static void add_and_join(struct memory_store *memory)
{
	struct narc_compact_result result;
	struct narc_error error;

	add_rival(memory);
	ASSERT_OK(compact_set(memory, 1001, &result, &error), &error);
	assert_int_equal(result.joined, 4);
}

TEST(what_was_joined_too_late_is_not_left_behind)
{
	static const char *const files[][2] = { { "a.txt", "second" }, { "b.txt", "other" },
						{ "rival.txt", "faster" } };
	struct memory_store memory = make_two_files();
	struct narc_compact_result result;
	struct narc_error error;

	memory.rival = add_and_join;
	ASSERT_OK(compact_set(&memory, 1001, &result, &error), &error);
	assert_int_equal(result.joined, 0);
	assert_set_has(&memory, files, 3);
	/* The manifest, the volume, and the four that were joined to it. */
	assert_int_equal(memory.count, 6);
	memory_store_free(&memory);
}

TEST(files_that_were_joined_go_after_the_grace_and_not_before)
{
	struct memory_store memory = make_two_files();
	struct narc_compact_result result;
	struct narc_error error;

	ASSERT_OK(compact_set(&memory, 2000, &result, &error), &error);
	ASSERT_OK(compact_set(&memory, 2000 + 3599, &result, &error), &error);
	assert_int_equal(result.removed, 0);
	assert_int_equal(memory.count, 5);
	ASSERT_OK(compact_set(&memory, 2000 + 3600, &result, &error), &error);
	assert_int_equal(result.removed, 3);
	assert_int_equal(memory.count, 2);
	assert_set_has(&memory, two_files, 2);
	memory_store_free(&memory);
}

TEST(who_opened_a_set_before_it_was_joined_reads_on)
{
	struct memory_store memory = make_two_files();
	narc_archive *set = open_memory_set(&memory);
	struct narc_compact_result result;
	struct narc_error error;
	narc_cursor *cursor;
	const void *content;

	ASSERT_OK(compact_set(&memory, 2000, &result, &error), &error);
	cursor = open_cursor(set, NULL);
	find_path(cursor, "b.txt");
	ASSERT_OK(narc_cursor_content(cursor, &content, &error), &error);
	assert_memory_equal(content, "other", 5);
	narc_cursor_close(cursor);
	narc_archive_close(set);
	memory_store_free(&memory);
}

/* ---- calls that fail ------------------------------------------------------------------------ */

/* Whatever call fails, that is told, and the set is what it was, or what it was to become. */
TEST(any_call_of_a_store_may_fail_while_a_volume_is_added)
{
	static const char *const after[][2] = { { "a.txt", "third" }, { "b.txt", "other" } };
	const struct given_file third = given_text("a.txt", "third");
	uint64_t failed = 0;

	for (uint64_t number = 1;; number++) {
		struct memory_store memory = make_two_files();
		struct narc_error error = { 0 };
		enum narc_status status;

		memory.calls = 0;
		memory.fail_at = number;
		status = add_volume(&memory, NULL, &third, 1, &error);
		memory.fail_at = 0;
		assert_true(status == NARC_OK || memory.has_failed);
		if (status != NARC_OK) {
			failed++;
			ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
			assert_set_has(&memory, two_files, 2);
			ASSERT_OK(add_volume(&memory, NULL, &third, 1, &error), &error);
		}
		assert_set_has(&memory, after, 2);
		if (!memory.has_failed) {
			memory_store_free(&memory);
			break;
		}
		memory_store_free(&memory);
	}
	assert_true(failed > 20);
}

TEST(any_call_of_a_store_may_fail_while_volumes_are_joined)
{
	uint64_t failed = 0;

	for (uint64_t number = 1;; number++) {
		struct memory_store memory = make_two_files();
		struct narc_compact_result result;
		struct narc_error error = { 0 };
		enum narc_status status;
		bool has_failed;

		memory.calls = 0;
		memory.fail_at = number;
		status = compact_set(&memory, 2000, &result, &error);
		memory.fail_at = 0;
		has_failed = memory.has_failed;
		assert_true(status == NARC_OK || has_failed);
		failed += status != NARC_OK;
		assert_set_has(&memory, two_files, 2);
		ASSERT_OK(compact_set(&memory, 9000, &result, &error), &error);
		assert_set_has(&memory, two_files, 2);
		memory_store_free(&memory);
		if (!has_failed)
			break;
	}
	assert_true(failed > 20);
}

/* ---- what has changed ----------------------------------------------------------------------- */

/* A narc_shard_fn: writes parts down, as "2022-01 1+2" with one file unchanged and two added. */
static bool write_shard(void *context, const struct narc_shard *shard)
{
	char *text = context;
	size_t size = strlen(text);

	snprintf(text + size, 400 - size, "%s %llu+%llu, ", shard->name,
		 (unsigned long long)shard->unchanged, (unsigned long long)shard->added);
	return true;
}

/* Fails unless these are the parts of the files; set may be NULL. */
static void assert_shards(narc_archive *set, enum narc_period period,
			  const struct given_file *files, size_t count, const char *wanted)
{
	const struct narc_pack_options options = plain_options();
	narc_packer *packer = new_packer(&options);
	struct narc_error error;
	char text[400] = "";

	if (set)
		ASSERT_OK(narc_packer_append_to(packer, set, &error), &error);
	for (size_t i = 0; i < count; i++)
		add_file(packer, &files[i]);
	ASSERT_OK(narc_packer_tell_shards(packer, period, write_shard, text, &error), &error);
	assert_string_equal(text, wanted);
	narc_packer_free(packer);
}

#define DAY(date, text) "---\ndate: " date " 11:01:51 +0800\n---\n" text "\n"

TEST(parts_are_told_with_what_the_set_has_of_them_and_what_not)
{
	const struct given_file before[] = {
		given_text("a.md", DAY("2021-12-05", "One.")),
		given_text("b.md", DAY("2022-01-05", "Two.")),
		given_text("c.md", DAY("2022-01-06", "Three.")),
		given_text("d.md", DAY("2022-03-06", "Four.")),
	};
	const struct given_file after[] = {
		before[0],
		before[1],
		given_text("c.md", DAY("2022-01-06", "Third.")),
		given_text("new.md", DAY("2022-01-07", "Fifth.")),
		given_text("early.md", DAY("2020-02-29", "Zeroth.")),
		before[3],
		given_text("late.md", DAY("2022-04-01", "Sixth.")),
	};
	struct memory_store memory = { .clock = 1000 };
	struct narc_error error;
	narc_archive *set;

	for (size_t i = 0; i < COUNT_OF(before); i++)
		ASSERT_OK(add_volume(&memory, NULL, &before[i], 1, &error), &error);
	set = open_memory_set(&memory);
	assert_shards(NULL, NARC_PERIOD_MONTH, before, COUNT_OF(before),
		      "2021-12 0+1, 2022-01 0+2, 2022-03 0+1, ");
	assert_shards(set, NARC_PERIOD_MONTH, before, COUNT_OF(before),
		      "2021-12 1+0, 2022-01 2+0, 2022-03 1+0, ");
	assert_shards(set, NARC_PERIOD_MONTH, after, COUNT_OF(after),
		      "2020-02 0+1, 2021-12 1+0, 2022-01 1+2, 2022-03 1+0, 2022-04 0+1, ");
	assert_shards(set, NARC_PERIOD_YEAR, after, COUNT_OF(after),
		      "2020 0+1, 2021 1+0, 2022 2+3, ");
	assert_shards(set, NARC_PERIOD_YEAR, NULL, 0, "");
	narc_archive_close(set);
	memory_store_free(&memory);
}

/* A narc_shard_fn. */
static bool stop(void *context, const struct narc_shard *shard)
{
	(void)shard;
	++*(unsigned *)context;
	return false;
}

TEST(who_is_told_of_parts_may_stop)
{
	const struct given_file file = given_text("a.md", DAY("2021-12-05", "One."));
	struct memory_store memory = { .clock = 1000 };
	struct narc_error error;

	ASSERT_OK(add_volume(&memory, NULL, &file, 1, &error), &error);
	for (int appends = 0; appends <= 1; appends++) {
		const struct narc_pack_options options = plain_options();
		narc_archive *set = open_memory_set(&memory);
		narc_packer *packer = new_packer(&options);
		unsigned told = 0;

		if (appends)
			ASSERT_OK(narc_packer_append_to(packer, set, &error), &error);
		add_file(packer, &file);
		ASSERT_STATUS(narc_packer_tell_shards(packer, NARC_PERIOD_MONTH, stop, &told, &error),
			      NARC_CANCELLED, &error);
		assert_int_equal(told, 1);
		narc_packer_free(packer);
		narc_archive_close(set);
	}
	memory_store_free(&memory);
}

TEST(what_is_appended_is_not_divided)
{
	const struct narc_pack_options options = plain_options();
	const struct narc_volume_split split = { .period = NARC_PERIOD_MONTH };
	struct memory_store memory = make_two_files();
	struct narc_store store = memory_store_open(&memory);
	narc_archive *set = open_memory_set(&memory);
	narc_packer *packer = new_packer(&options);
	struct narc_error error;

	ASSERT_OK(narc_packer_append_to(packer, set, &error), &error);
	ASSERT_STATUS(narc_packer_commit_split(packer, store, &split, NULL, &error), NARC_MISUSE,
		      &error);
	narc_packer_free(packer);
	narc_archive_close(set);
	store.ops->close(store.context);
	assert_set_has(&memory, two_files, 2);
	memory_store_free(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_lets_all_of_its_keys_pass_and_few_others),
		cmocka_unit_test(a_filter_without_keys_lets_nothing_pass),
		cmocka_unit_test(keys_in_any_order_and_twice_make_the_same_filter),
		cmocka_unit_test(a_filter_of_sizes_that_do_not_fit_is_refused),
		cmocka_unit_test(only_plain_names_are_those_of_volumes),
		cmocka_unit_test(what_comes_later_supersedes_what_was_at_its_path),
		cmocka_unit_test(a_flipped_bit_anywhere_in_the_manifest_is_found),
		cmocka_unit_test(a_manifest_that_is_cut_off_anywhere_is_refused),
		cmocka_unit_test(a_writer_who_comes_too_late_begins_anew_and_none_is_lost),
		cmocka_unit_test(of_two_writers_to_one_path_the_last_one_supersedes_the_other),
		cmocka_unit_test(joining_goes_on_when_a_volume_is_added_meanwhile),
		cmocka_unit_test(what_was_joined_too_late_is_not_left_behind),
		cmocka_unit_test(files_that_were_joined_go_after_the_grace_and_not_before),
		cmocka_unit_test(who_opened_a_set_before_it_was_joined_reads_on),
		cmocka_unit_test(any_call_of_a_store_may_fail_while_a_volume_is_added),
		cmocka_unit_test(any_call_of_a_store_may_fail_while_volumes_are_joined),
		cmocka_unit_test(parts_are_told_with_what_the_set_has_of_them_and_what_not),
		cmocka_unit_test(who_is_told_of_parts_may_stop),
		cmocka_unit_test(what_is_appended_is_not_divided),
	};

	return cmocka_run_group_tests_name("set", tests, NULL, NULL);
}
