/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that take long tell how far they are: rightly, in order, and from the thread that called. */
#include "support_check.h"

#include <pthread.h>
#include <string.h>

#include "support_archive.h"
#include "support_folder.h"
#include "support_repair.h"

enum { POSTS = 300, ACTIVITIES = 8 };

/* What was told: of each activity, how often it began, and what was said of it last. */
struct telling {
	pthread_t caller;
	unsigned begun[ACTIVITIES];
	struct narc_progress last[ACTIVITIES];
};

static void note_progress(void *context, const struct narc_progress *progress)
{
	struct telling *telling = context;
	struct narc_progress *last;

	assert_true(pthread_equal(pthread_self(), telling->caller));
	assert_in_range(progress->activity, 0, ACTIVITIES - 1);
	last = &telling->last[progress->activity];
	if (progress->records == 0 && progress->bytes == 0) {
		telling->begun[progress->activity]++;
	} else {
		assert_true(progress->records >= last->records);
		assert_true(progress->bytes >= last->bytes);
		assert_true(progress->total_records == last->total_records);
	}
	*last = *progress;
}

static struct telling new_telling(void)
{
	return (struct telling){ .caller = pthread_self() };
}

/* Fails unless the activity took place once, and came to its end. */
static void assert_done(const struct telling *telling, enum narc_activity activity,
			uint64_t records, uint64_t bytes)
{
	const struct narc_progress *last = &telling->last[activity];

	assert_int_equal(telling->begun[activity], 1);
	assert_true(last->records == records && last->total_records == records);
	assert_true(last->bytes == bytes && last->total_bytes == bytes);
}

static struct packed pack_posts(struct telling *telling)
{
	struct made_posts posts = make_posts(POSTS, 77);
	struct narc_pack_options options = plain_options();
	struct packed packed;

	options.dictionary_size = 2000;
	options.block_size = 4000;
	options.threads = 3;
	options.progress = telling ? note_progress : NULL;
	options.progress_context = telling;
	packed = pack_files(&options, posts.files, posts.count);
	made_posts_free(&posts);
	return packed;
}

TEST(packing_tells_of_all_its_stages)
{
	struct telling telling = new_telling();
	struct packed packed = pack_posts(&telling);

	assert_true(telling.last[NARC_ACTIVITY_READING].records == packed.result.rows);
	assert_true(telling.last[NARC_ACTIVITY_READING].bytes == packed.result.content_size);
	assert_true(telling.last[NARC_ACTIVITY_READING].total_records == 0);
	assert_int_equal(telling.begun[NARC_ACTIVITY_TRAINING], 1);
	assert_done(&telling, NARC_ACTIVITY_COMPRESSING, packed.result.rows,
		    packed.result.content_size);
	assert_int_equal(telling.begun[NARC_ACTIVITY_INDEXING], 1);
	packed_free(&packed);
}

TEST(appending_counts_what_is_there_already)
{
	struct packed base = pack_posts(NULL);
	struct telling telling = new_telling();
	struct narc_pack_options options = plain_options();
	struct made_posts posts = make_posts(POSTS, 77);
	struct packed packed;

	options.progress = note_progress;
	options.progress_context = &telling;
	packed = append_files(&base, &options, posts.files, posts.count);
	assert_true(telling.last[NARC_ACTIVITY_READING].records == posts.count);
	assert_int_equal(telling.begun[NARC_ACTIVITY_COMPRESSING], 0);
	made_posts_free(&posts);
	packed_free(&base);
	packed_free(&packed);
}

static void check_verifying(struct narc_verify_options options, bool has_all_bytes)
{
	struct packed packed = pack_posts(NULL);
	narc_archive *archive = open_packed(&packed);
	struct telling telling = new_telling();
	struct narc_verify_result result;
	struct narc_error error;

	options.progress = note_progress;
	options.progress_context = &telling;
	ASSERT_OK(narc_archive_verify(archive, &options, &result, &error), &error);
	assert_done(&telling, NARC_ACTIVITY_CHECKING, packed.result.rows, packed.result.owned_size);
	assert_true(!has_all_bytes || result.bytes_checked == packed.result.owned_size);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(verifying_tells_how_much_is_checked)
{
	check_verifying((struct narc_verify_options){ .threads = 3 }, true);
	check_verifying((struct narc_verify_options){ .threads = 1 }, true);
	check_verifying((struct narc_verify_options){ .quick = true }, false);
	check_verifying((struct narc_verify_options){ .threads = 2, .parts = 3, .part = 1 }, false);
}

/* Extracts what passes filter; returns what was told. */
static struct narc_progress extract(const struct narc_filter *filter)
{
	struct packed packed = pack_posts(NULL);
	narc_archive *archive = open_packed(&packed);
	struct telling telling = new_telling();
	const struct narc_extract_options options = { .threads = 3, .progress = note_progress,
						      .progress_context = &telling };
	struct narc_extract_result result;
	char *target = test_folder_new();
	narc_folder *folder;
	struct narc_error error;

	ASSERT_OK(narc_folder_open(target, &folder, &error), &error);
	ASSERT_OK(narc_folder_write_all(folder, archive, filter, &options, &result, &error), &error);
	assert_int_equal(telling.begun[NARC_ACTIVITY_EXTRACTING], 1);
	assert_true(telling.last[NARC_ACTIVITY_EXTRACTING].records == result.written);
	narc_folder_close(folder);
	test_tree_remove(target);
	narc_archive_close(archive);
	packed_free(&packed);
	return telling.last[NARC_ACTIVITY_EXTRACTING];
}

TEST(extracting_all_has_an_end_in_sight_and_extracting_some_has_not)
{
	struct narc_filter filter;
	struct narc_progress all, same, some;

	narc_filter_init(&filter);
	all = extract(NULL);
	same = extract(&filter);
	filter.kind = NARC_KIND_ONLY_FILES;
	some = extract(&filter);
	assert_true(all.total_records == all.records && all.total_bytes == all.bytes);
	assert_memory_equal(&all, &same, sizeof(all));
	assert_true(some.total_records == 0 && some.total_bytes == 0);
	assert_true(some.records > 0 && some.records < all.records);
}

static struct narc_sink sink_into(struct packed *made)
{
	struct narc_sink sink;
	struct narc_error error;

	ASSERT_OK(narc_memory_sink(&made->data, &made->size, &sink, &error), &error);
	return sink;
}

TEST(merging_counts_all_archives)
{
	struct packed one = pack_posts(NULL), other = make_plain_archive(0, 0), made = { 0 };
	narc_archive *archives[] = { open_packed(&one), open_packed(&other) };
	struct telling telling = new_telling();
	struct narc_merge_options options;
	struct narc_info info[2];
	struct narc_error error;

	for (size_t i = 0; i < 2; i++)
		ASSERT_OK(narc_archive_info(archives[i], &info[i], &error), &error);
	narc_merge_options_init(&options);
	options.progress = note_progress;
	options.progress_context = &telling;
	ASSERT_OK(narc_archives_merge(archives, 2, &options, sink_into(&made), &error), &error);
	assert_done(&telling, NARC_ACTIVITY_COPYING, info[0].rows + info[1].rows,
		    info[0].owned_size + info[1].owned_size);
	assert_int_equal(telling.begun[NARC_ACTIVITY_INDEXING], 1);
	narc_archive_close(archives[0]);
	narc_archive_close(archives[1]);
	packed_free(&one);
	packed_free(&other);
	packed_free(&made);
}

TEST(redacting_reads_and_copies)
{
	struct packed packed = pack_posts(NULL), made = { 0 };
	narc_archive *archive = open_packed(&packed);
	narc_cursor *cursor = open_cursor(archive, NULL);
	const char *key = next_record(cursor)->path;
	struct telling telling = new_telling();
	struct narc_redact_options options;
	struct narc_redact_result result;
	struct narc_error error;

	narc_redact_options_init(&options);
	options.keys = &key;
	options.key_count = 1;
	options.progress = note_progress;
	options.progress_context = &telling;
	ASSERT_OK(narc_archive_redact(archive, &options, sink_into(&made), &result, &error), &error);
	assert_true(telling.begun[NARC_ACTIVITY_READING] >= 1);
	assert_int_equal(telling.begun[NARC_ACTIVITY_COPYING], 1);
	assert_true(telling.last[NARC_ACTIVITY_COPYING].records == packed.result.rows);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&packed);
	packed_free(&made);
}

struct parts {
	struct packed made[16];
	size_t count;
};

static enum narc_status make_part(void *context, const char *name, struct narc_sink *sink,
				  struct narc_error *error)
{
	struct parts *parts = context;
	struct packed *part = &parts->made[parts->count++];

	(void)name;
	assert_true(parts->count <= COUNT_OF(parts->made));
	return narc_memory_sink(&part->data, &part->size, sink, error);
}

TEST(splitting_checks_and_copies_part_by_part)
{
	struct packed packed = pack_posts(NULL);
	narc_archive *archive = open_packed(&packed);
	struct parts parts = { .count = 0 };
	struct telling telling = new_telling();
	struct narc_split_options options;
	struct narc_error error;

	narc_split_options_init(&options);
	options.period = NARC_PERIOD_MONTH;
	options.make_sink = make_part;
	options.context = &parts;
	options.progress = note_progress;
	options.progress_context = &telling;
	ASSERT_OK(narc_archive_split(archive, &options, &error), &error);
	assert_done(&telling, NARC_ACTIVITY_CHECKING, packed.result.rows, 0);
	assert_int_equal(telling.begun[NARC_ACTIVITY_COPYING], parts.count);
	for (size_t i = 0; i < parts.count; i++)
		packed_free(&parts.made[i]);
	narc_archive_close(archive);
	packed_free(&packed);
}

/* Repairs an archive with damage at offset; returns what was told. */
static struct telling repair(const struct packed *packed, uint64_t offset,
			     enum narc_repair_outcome outcome)
{
	struct telling telling = new_telling();
	struct narc_repair_options options;
	struct narc_repair_result result;
	struct narc_source source;
	struct narc_error error;
	struct packed made = { 0 };
	narc_repair *repair;

	((uint8_t *)packed->data)[offset] ^= 1;
	narc_repair_options_init(&options);
	options.progress = note_progress;
	options.progress_context = &telling;
	ASSERT_OK(narc_memory_source(packed->data, packed->size, &source, &error), &error);
	ASSERT_OK(narc_repair_new(source, &options, &repair, &result, &error), &error);
	assert_int_equal(result.outcome, outcome);
	ASSERT_OK(narc_repair_write(repair, sink_into(&made), &error), &error);
	narc_repair_free(repair);
	packed_free(&made);
	return telling;
}

TEST(repairing_tells_whether_by_parity_or_without)
{
	struct packed guarded = make_plain_archive(1000, 0), plain = make_plain_archive(0, 0);
	narc_archive *archive = open_packed(&plain);
	struct narc_info info;
	struct telling telling;
	struct narc_error error;

	telling = repair(&guarded, guarded.size / 3, NARC_REPAIR_MENDED);
	assert_int_equal(telling.begun[NARC_ACTIVITY_MENDING], 1);
	assert_true(telling.last[NARC_ACTIVITY_MENDING].bytes ==
		    telling.last[NARC_ACTIVITY_MENDING].total_bytes);
	assert_done(&telling, NARC_ACTIVITY_COPYING, 0, guarded.size);

	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	narc_archive_close(archive);
	telling = repair(&plain, info.blocks_offset + 40, NARC_REPAIR_SAVED);
	assert_true(telling.begun[NARC_ACTIVITY_CHECKING] >= 1);
	assert_int_equal(telling.begun[NARC_ACTIVITY_COPYING], 1);
	assert_true(telling.last[NARC_ACTIVITY_COPYING].records > 0);
	packed_free(&guarded);
	packed_free(&plain);
}

TEST(what_passes_is_expected_only_if_it_is_known)
{
	struct packed packed = pack_posts(NULL);
	narc_archive *archive = open_packed(&packed);
	struct narc_filter filter;
	uint64_t records, bytes;

	narc_archive_expect(archive, NULL, &records, &bytes);
	assert_true(records == packed.result.rows && bytes == packed.result.content_size);
	narc_filter_init(&filter);
	filter.all_versions = true;
	narc_archive_expect(archive, &filter, &records, &bytes);
	assert_true(records == packed.result.rows && bytes == packed.result.content_size);
	filter.code_glob = "NW*";
	narc_archive_expect(archive, &filter, &records, &bytes);
	assert_true(records == 0 && bytes == 0);
	narc_filter_init(&filter);
	filter.as_of = 1;
	narc_archive_expect(archive, &filter, &records, &bytes);
	assert_true(records == 0 && bytes == 0);
	narc_filter_init(&filter);
	assert_int_equal(narc_filter_set_dates(&filter, "2022", NULL), NARC_OK);
	narc_archive_expect(archive, &filter, &records, &bytes);
	assert_true(records == 0 && bytes == 0);
	narc_archive_close(archive);
	packed_free(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packing_tells_of_all_its_stages),
		cmocka_unit_test(appending_counts_what_is_there_already),
		cmocka_unit_test(verifying_tells_how_much_is_checked),
		cmocka_unit_test(extracting_all_has_an_end_in_sight_and_extracting_some_has_not),
		cmocka_unit_test(merging_counts_all_archives),
		cmocka_unit_test(redacting_reads_and_copies),
		cmocka_unit_test(splitting_checks_and_copies_part_by_part),
		cmocka_unit_test(repairing_tells_whether_by_parity_or_without),
		cmocka_unit_test(what_passes_is_expected_only_if_it_is_known),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
