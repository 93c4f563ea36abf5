/* SPDX-License-Identifier: BSD-2-Clause */
/* Repairing a set: volumes become what they were, bit for bit, or stay as they are. */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "support_set.h"

enum { VOLUMES = 3, CONTENT_SIZE = 20000 };

/* ---- a set, and what is done to it -------------------------------------------------------------- */

/* A set of three volumes with parity, each with a file that does not compress, and another in a
 * block of its own. */
static struct memory_store make_set(void)
{
	static const char *const paths[VOLUMES][2] = { { "a.bin", "a.txt" }, { "b.bin", "b.txt" },
						       { "c.bin", "c.txt" } };
	struct memory_store memory = { .clock = 1000 };
	struct narc_pack_options options = plain_options();
	struct test_random random = { 17 };
	uint8_t *content = malloc(CONTENT_SIZE);
	struct narc_error error;

	options.parity = 1000;
	options.block_size = CONTENT_SIZE / 2;
	for (size_t i = 0; i < VOLUMES; i++) {
		struct given_file files[2] = { given_text(paths[i][0], ""),
					       given_text(paths[i][1], paths[i][1]) };

		for (size_t k = 0; k < CONTENT_SIZE; k++)
			content[k] = (uint8_t)random_next(&random);
		files[0].content = content;
		files[0].size = CONTENT_SIZE;
		ASSERT_OK(add_volume(&memory, &options, files, 2, &error), &error);
	}
	free(content);
	return memory;
}

/* The file of a volume. */
static struct stored_file *file_of(struct memory_store *memory, size_t volume)
{
	narc_archive *set = open_memory_set(memory);
	struct narc_volume found;
	struct stored_file *file;

	assert_true(narc_archive_volume(set, volume, &found));
	file = memory_store_find(memory, found.name);
	narc_archive_close(set);
	assert_non_null(file);
	return file;
}

/* Both stores have the same files. */
static void assert_same(struct memory_store *left, struct memory_store *right)
{
	assert_int_equal(left->count, right->count);
	for (size_t i = 0; i < left->count; i++) {
		const struct stored_file *file = &left->files[i];
		const struct stored_file *other = memory_store_find(right, file->name);

		assert_non_null(other);
		assert_int_equal(file->size, other->size);
		assert_true(memcmp(file->data, other->data, file->size) == 0);
	}
}

/* What was reported. */
struct reported {
	enum narc_volume_state states[VOLUMES];
	struct narc_repair_result repairs[VOLUMES];
	size_t count;
	size_t end; /* not 0: it is to end there */
};

static bool note_volume(void *context, const struct narc_volume_repair *volume)
{
	struct reported *reported = context;

	assert_true(reported->count < VOLUMES);
	reported->repairs[reported->count] = volume->repair;
	reported->states[reported->count++] = volume->state;
	return reported->count != reported->end;
}

static enum narc_status repair_with(struct memory_store *memory,
				    struct narc_set_repair_options *options,
				    struct reported *reported,
				    struct narc_set_repair_result *result,
				    struct narc_error *error)
{
	struct narc_store store = memory_store_open(memory);
	enum narc_status status;

	options->report = note_volume;
	options->context = reported;
	status = narc_set_repair(store, options, result, error);
	store.ops->close(store.context);
	return status;
}

static enum narc_status repair(struct memory_store *memory, bool dry_run,
			       struct reported *reported, struct narc_set_repair_result *result,
			       struct narc_error *error)
{
	struct narc_set_repair_options options;

	narc_set_repair_options_init(&options);
	options.dry_run = dry_run;
	*reported = (struct reported){ .count = 0 };
	return repair_with(memory, &options, reported, result, error);
}

/* Fails unless the second volume is found to be in this state, and all else is good; a dry run
 * leaves all as it is. Returns what was said of it. */
static struct narc_repair_result assert_second(struct memory_store *memory,
					       enum narc_volume_state state)
{
	struct memory_store before = memory_store_copy(memory);
	struct narc_set_repair_result result;
	struct reported reported;
	struct narc_error error;

	ASSERT_OK(repair(memory, true, &reported, &result, &error), &error);
	assert_int_equal(reported.states[1], state);
	assert_same(memory, &before);
	ASSERT_OK(repair(memory, false, &reported, &result, &error), &error);
	assert_int_equal(reported.count, VOLUMES);
	assert_int_equal(reported.states[0], NARC_VOLUME_GOOD);
	assert_int_equal(reported.states[1], state);
	assert_int_equal(reported.states[2], NARC_VOLUME_GOOD);
	assert_int_equal(result.volumes, VOLUMES);
	assert_int_equal(result.mended, state == NARC_VOLUME_MENDED);
	assert_int_equal(result.lost, state > NARC_VOLUME_MENDED);
	assert_int_equal(result.filters, 0);
	if (state != NARC_VOLUME_MENDED)
		assert_same(memory, &before);
	memory_store_free(&before);
	return reported.repairs[1];
}

/* ---- volumes ------------------------------------------------------------------------------------ */

TEST(a_set_of_which_nothing_is_damaged_stays_as_it_is)
{
	struct memory_store memory = make_set();

	assert_second(&memory, NARC_VOLUME_GOOD);
	memory_store_free(&memory);
}

TEST(a_damaged_volume_becomes_what_it_was_bit_for_bit)
{
	struct memory_store memory = make_set(), whole = memory_store_copy(&memory);
	size_t size = file_of(&memory, 1)->size;

	for (size_t at = 0; at < size; at += size / 40) {
		((uint8_t *)file_of(&memory, 1)->data)[at] ^= 0x10;
		assert_int_equal(assert_second(&memory, NARC_VOLUME_MENDED).outcome,
				 NARC_REPAIR_MENDED);
		assert_same(&memory, &whole);
	}
	memory_store_free(&whole);
	memory_store_free(&memory);
}

TEST(a_volume_that_is_cut_short_or_too_long_becomes_what_it_was)
{
	struct memory_store memory = make_set(), whole = memory_store_copy(&memory);
	struct stored_file *file = file_of(&memory, 1);
	uint8_t *longer = calloc(1, file->size + 100);

	file->size -= 300;
	assert_second(&memory, NARC_VOLUME_MENDED);
	assert_same(&memory, &whole);
	file = file_of(&memory, 1);
	memcpy(longer, file->data, file->size);
	memory_store_put(&memory, file->name, longer, file->size + 100);
	assert_second(&memory, NARC_VOLUME_MENDED);
	assert_same(&memory, &whole);
	free(longer);
	memory_store_free(&whole);
	memory_store_free(&memory);
}

TEST(a_volume_that_has_lost_something_stays_as_it_is)
{
	struct memory_store memory = make_set();
	struct narc_repair_result result;

	memset((uint8_t *)file_of(&memory, 1)->data + 2000, 0, 10000);
	result = assert_second(&memory, NARC_VOLUME_DAMAGED);
	assert_int_equal(result.outcome, NARC_REPAIR_SAVED);
	assert_int_equal(result.rows, 1);
	assert_int_equal(result.lost_rows, 1);
	memory_store_free(&memory);
}

TEST(a_volume_of_which_nothing_is_left_is_told)
{
	struct memory_store memory = make_set();
	struct stored_file *file = file_of(&memory, 1);

	memset(file->data, 0, file->size);
	assert_second(&memory, NARC_VOLUME_DAMAGED);
	file->size = 0;
	assert_second(&memory, NARC_VOLUME_DAMAGED);
	memory_store_free(&memory);
}

TEST(a_volume_that_is_missing_is_told)
{
	struct memory_store memory = make_set();
	struct narc_store store = memory_store_open(&memory);
	char name[64];
	struct narc_error error;

	strcpy(name, file_of(&memory, 1)->name);
	ASSERT_OK(store.ops->remove(store.context, name, &error), &error);
	store.ops->close(store.context);
	assert_second(&memory, NARC_VOLUME_MISSING);
	memory_store_free(&memory);
}

/* Neither as it is, nor made whole by its own parity. */
TEST(another_archive_does_not_become_the_volume)
{
	struct memory_store memory = make_set();
	const struct stored_file *other = file_of(&memory, 2);
	char name[64];

	strcpy(name, file_of(&memory, 1)->name);
	memory_store_put(&memory, name, other->data, other->size);
	assert_second(&memory, NARC_VOLUME_OTHER);
	((uint8_t *)file_of(&memory, 1)->data)[5000] ^= 1;
	assert_second(&memory, NARC_VOLUME_OTHER);
	memory_store_free(&memory);
}

TEST(all_volumes_are_mended_whatever_one_has_lost)
{
	struct memory_store memory = make_set();
	struct narc_set_repair_result result;
	struct reported reported;
	struct narc_error error;

	((uint8_t *)file_of(&memory, 0)->data)[5000] ^= 1;
	memset((uint8_t *)file_of(&memory, 1)->data + 2000, 0, 10000);
	((uint8_t *)file_of(&memory, 2)->data)[5000] ^= 1;
	ASSERT_OK(repair(&memory, false, &reported, &result, &error), &error);
	assert_int_equal(reported.states[0], NARC_VOLUME_MENDED);
	assert_int_equal(reported.states[1], NARC_VOLUME_DAMAGED);
	assert_int_equal(reported.states[2], NARC_VOLUME_MENDED);
	assert_int_equal(result.mended, 2);
	assert_int_equal(result.lost, 1);
	memory_store_free(&memory);
}

TEST(a_report_may_end_it)
{
	struct memory_store memory = make_set();
	struct narc_set_repair_options options;
	struct narc_set_repair_result result;
	struct reported reported = { .end = 2 };
	struct narc_error error;

	narc_set_repair_options_init(&options);
	ASSERT_STATUS(repair_with(&memory, &options, &reported, &result, &error), NARC_CANCELLED,
		      &error);
	assert_int_equal(reported.count, 2);
	memory_store_free(&memory);
}

/* ---- the manifest ------------------------------------------------------------------------------- */

/* The filters are what stands behind the first section. */
static size_t filters_of(const struct stored_file *manifest)
{
	const uint8_t *data = manifest->data;

	return 8 + (size_t)(data[4] | data[5] << 8 | data[6] << 16 | (size_t)data[7] << 24);
}

TEST(a_damaged_filter_is_made_again)
{
	struct memory_store memory = make_set();
	struct stored_file *manifest = memory_store_find(&memory, NARC_SET_MANIFEST);
	size_t start = filters_of(manifest);
	struct narc_set_repair_result result;
	struct reported reported;
	struct narc_error error;
	narc_archive *set;

	((uint8_t *)manifest->data)[start + 30] ^= 1;
	((uint8_t *)manifest->data)[manifest->size - 1] ^= 1;
	ASSERT_OK(repair(&memory, true, &reported, &result, &error), &error);
	assert_int_equal(result.filters, 2);
	ASSERT_OK(repair(&memory, false, &reported, &result, &error), &error);
	assert_int_equal(result.filters, 2);
	assert_int_equal(result.mended + result.lost, 0);
	assert_int_equal(memory.count, VOLUMES + 1);
	set = open_memory_set(&memory);
	assert_verifies(set, 2 * VOLUMES);
	narc_archive_close(set);
	ASSERT_OK(repair(&memory, false, &reported, &result, &error), &error);
	assert_int_equal(result.filters, 0);
	memory_store_free(&memory);
}

TEST(a_set_without_its_manifest_is_left_alone)
{
	struct memory_store memory = make_set(), before;
	struct stored_file *manifest = memory_store_find(&memory, NARC_SET_MANIFEST);
	struct narc_set_repair_result result;
	struct reported reported;
	struct narc_error error;

	((uint8_t *)manifest->data)[100] ^= 1;
	before = memory_store_copy(&memory);
	ASSERT_STATUS(repair(&memory, false, &reported, &result, &error), NARC_CORRUPT, &error);
	assert_string_equal(error.path, NARC_SET_MANIFEST);
	assert_same(&memory, &before);
	strcpy(manifest->name, "elsewhere");
	ASSERT_STATUS(repair(&memory, false, &reported, &result, &error), NARC_NOT_FOUND, &error);
	assert_int_equal(memory.count, before.count);
	assert_int_equal(reported.count, 0);
	memory_store_free(&before);
	memory_store_free(&memory);
}

/* ---- other writers ------------------------------------------------------------------------------ */

static void redact_second(struct memory_store *memory)
{
	static const char *const key = "b.bin";
	struct narc_store store = memory_store_open(memory);
	struct narc_redact_options options;
	struct narc_redact_result result;
	struct narc_error error;

	narc_redact_options_init(&options);
	options.keys = &key;
	options.key_count = 1;
	options.reason = "a slip";
	ASSERT_OK(narc_set_redact(store, &options, &result, &error), &error);
	assert_int_equal(result.removed, 1);
	store.ops->close(store.context);
}

/* Whoever redacts a volume while it is mended: it is damaged for the one who mends it only. */
struct redactor {
	struct memory_store *memory;
	uint8_t *damaged; /* NULL: it is done */
};

static void lose_manifest(void *context, const struct narc_progress *progress)
{
	struct memory_store *memory = context;
	struct stored_file *manifest = memory_store_find(memory, NARC_SET_MANIFEST);

	if (progress->activity == NARC_ACTIVITY_MENDING && manifest)
		strcpy(manifest->name, "elsewhere");
}

TEST(a_manifest_that_goes_meanwhile_takes_no_volume_with_it)
{
	struct memory_store memory = make_set();
	struct stored_file *file = file_of(&memory, 1);
	struct narc_set_repair_options options;
	struct narc_set_repair_result result;
	struct reported reported = { .count = 0 };
	struct narc_error error;
	char name[64];

	strcpy(name, file->name);
	((uint8_t *)file->data)[5000] ^= 1;
	narc_set_repair_options_init(&options);
	options.repair.progress = lose_manifest;
	options.repair.progress_context = &memory;
	ASSERT_OK(repair_with(&memory, &options, &reported, &result, &error), &error);
	assert_int_equal(reported.states[1], NARC_VOLUME_MENDED);
	assert_non_null(memory_store_find(&memory, name));
	memory_store_free(&memory);
}

static void redact_once(void *context, const struct narc_progress *progress)
{
	struct redactor *redactor = context;
	uint8_t *damaged = redactor->damaged;

	if (progress->activity != NARC_ACTIVITY_MENDING || !damaged)
		return;
	redactor->damaged = NULL;
	*damaged ^= 1;
	redact_second(redactor->memory);
}

TEST(a_volume_that_is_redacted_while_it_is_mended_does_not_come_back)
{
	struct memory_store memory = make_set();
	struct stored_file *file = file_of(&memory, 1);
	struct redactor redactor = { &memory, (uint8_t *)file->data + 5000 };
	struct narc_set_repair_options options;
	struct narc_set_repair_result result;
	struct reported reported = { .count = 0 };
	struct narc_error error;
	char name[64];

	strcpy(name, file->name);
	*redactor.damaged ^= 1;
	narc_set_repair_options_init(&options);
	options.repair.progress = redact_once;
	options.repair.progress_context = &redactor;
	ASSERT_OK(repair_with(&memory, &options, &reported, &result, &error), &error);
	assert_null(redactor.damaged);
	assert_null(memory_store_find(&memory, name));
	assert_int_equal(memory.count, VOLUMES + 1);
	memory_store_free(&memory);
}

static bool redact_after_first(void *context, const struct narc_volume_repair *volume)
{
	struct redactor *redactor = context;

	assert_int_equal(volume->state, NARC_VOLUME_GOOD);
	if (redactor->damaged)
		redact_second(redactor->memory);
	redactor->damaged = NULL;
	return true;
}

TEST(a_volume_that_is_not_of_the_set_any_more_is_not_missing)
{
	struct memory_store memory = make_set();
	struct redactor redactor = { &memory, file_of(&memory, 1)->data };
	struct narc_store store = memory_store_open(&memory);
	struct narc_set_repair_options options;
	struct narc_set_repair_result result;
	struct narc_error error;

	narc_set_repair_options_init(&options);
	options.report = redact_after_first;
	options.context = &redactor;
	ASSERT_OK(narc_set_repair(store, &options, &result, &error), &error);
	assert_int_equal(result.volumes, VOLUMES - 1);
	assert_int_equal(result.lost, 0);
	store.ops->close(store.context);
	memory_store_free(&memory);
}

/* ---- calls that fail ---------------------------------------------------------------------------- */

/* Whatever call fails, that is told, or a volume is found to be unreadable for now; and nothing is
 * worse than it was. */
TEST(any_call_of_a_store_may_fail_while_a_set_is_repaired)
{
	struct memory_store whole = make_set(), damaged = memory_store_copy(&whole);
	struct stored_file *manifest = memory_store_find(&damaged, NARC_SET_MANIFEST);
	uint64_t failed = 0;
	bool has_failed = true;

	((uint8_t *)file_of(&damaged, 1)->data)[5000] ^= 1;
	((uint8_t *)manifest->data)[manifest->size - 1] ^= 1;
	for (uint64_t number = 1; has_failed; number++) {
		struct memory_store memory = memory_store_copy(&damaged);
		struct narc_set_repair_result result;
		struct reported reported;
		struct narc_error error = { 0 };
		enum narc_status status;
		narc_archive *set;

		memory.fail_at = number;
		status = repair(&memory, false, &reported, &result, &error);
		memory.fail_at = 0;
		has_failed = memory.has_failed;
		if (status != NARC_OK) {
			failed++;
			ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
		}
		ASSERT_OK(repair(&memory, false, &reported, &result, &error), &error);
		assert_int_equal(result.lost, 0);
		assert_int_equal(memory.count, whole.count);
		set = open_memory_set(&memory);
		assert_verifies(set, 2 * VOLUMES);
		narc_archive_close(set);
		memory_store_free(&memory);
	}
	assert_true(failed > 20);
	memory_store_free(&damaged);
	memory_store_free(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_of_which_nothing_is_damaged_stays_as_it_is),
		cmocka_unit_test(a_damaged_volume_becomes_what_it_was_bit_for_bit),
		cmocka_unit_test(a_volume_that_is_cut_short_or_too_long_becomes_what_it_was),
		cmocka_unit_test(a_volume_that_has_lost_something_stays_as_it_is),
		cmocka_unit_test(a_volume_of_which_nothing_is_left_is_told),
		cmocka_unit_test(a_volume_that_is_missing_is_told),
		cmocka_unit_test(another_archive_does_not_become_the_volume),
		cmocka_unit_test(all_volumes_are_mended_whatever_one_has_lost),
		cmocka_unit_test(a_report_may_end_it),
		cmocka_unit_test(a_damaged_filter_is_made_again),
		cmocka_unit_test(a_set_without_its_manifest_is_left_alone),
		cmocka_unit_test(a_volume_that_is_redacted_while_it_is_mended_does_not_come_back),
		cmocka_unit_test(a_manifest_that_goes_meanwhile_takes_no_volume_with_it),
		cmocka_unit_test(a_volume_that_is_not_of_the_set_any_more_is_not_missing),
		cmocka_unit_test(any_call_of_a_store_may_fail_while_a_set_is_repaired),
	};

	return cmocka_run_group_tests_name("repair_set", tests, NULL, NULL);
}
