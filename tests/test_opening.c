/* SPDX-License-Identifier: BSD-2-Clause */
/* What opening proves of an archive, so that nothing that is read later is out of its place; and
 * that a file which is cut short after that is told of, and no more. */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read/check_places.h"
#include "support/content_hash.h"
#include "support_archive.h"
#include "support_folder.h"

/* ---- places ------------------------------------------------------------------------------- */

enum { PARTS = 13 };

/* An archive of two segments, of which the second has two runs, in the order of the file. */
struct plan {
	struct manifest_dictionary dictionaries[2];
	struct extent segments[2];
	struct run runs[3];
	struct segment read[2];
	struct narc_archive archive;
	struct extent *parts[PARTS]; /* all of them, in the order of the file */
};

static void make_plan(struct plan *plan)
{
	struct segment *read = plan->read;
	struct extent *const parts[PARTS] = {
		&plan->runs[0].names,         &plan->dictionaries[0].extent,
		&plan->runs[0].blocks,        &read[0].code_root,
		&read[0].block_root,          &plan->segments[0],
		&plan->dictionaries[1].extent, &plan->runs[1].blocks,
		&plan->runs[2].blocks,        &read[1].path_root,
		&read[1].content_root,        &read[1].superseded_root,
		&plan->segments[1],
	};

	memset(plan, 0, sizeof(*plan));
	memcpy(plan->parts, parts, sizeof(parts));
	for (size_t i = 0; i < PARTS; i++)
		*parts[i] = (struct extent){ 100 + 100 * i, 100 };
	read[0].runs = plan->runs;
	read[0].run_count = 1;
	read[1].runs = plan->runs + 1;
	read[1].run_count = 2;
	plan->archive.manifest.dictionaries = plan->dictionaries;
	plan->archive.manifest.dictionary_count = 2;
	plan->archive.manifest.segments = plan->segments;
	plan->archive.manifest.segment_count = 2;
	plan->archive.segments = read;
	plan->archive.run_count = 3;
}

static void assert_places(const struct plan *plan, enum narc_status wanted)
{
	struct narc_error error = { 0 };

	ASSERT_STATUS(check_places(&plan->archive, &error), wanted, &error);
	if (wanted != NARC_OK)
		ASSERT_ERROR_IS_TOLD(&error, wanted);
}

TEST(parts_side_by_side_and_parts_that_are_not_there_are_good)
{
	struct plan plan;

	make_plan(&plan);
	assert_places(&plan, NARC_OK);
	plan.archive.manifest.segment_count = plan.archive.manifest.dictionary_count = 0;
	plan.archive.run_count = 0;
	assert_places(&plan, NARC_OK);
}

TEST(a_byte_that_two_parts_have_is_corrupt_whichever_they_are)
{
	struct plan plan;

	for (size_t i = 0; i < PARTS; i++) {
		make_plan(&plan);
		plan.parts[i]->size++;
		assert_places(&plan, i + 1 < PARTS ? NARC_CORRUPT : NARC_OK);
		make_plan(&plan);
		plan.parts[i]->offset--;
		assert_places(&plan, i ? NARC_CORRUPT : NARC_OK);
		make_plan(&plan);
		plan.parts[i]->size = 100 * PARTS;
		assert_places(&plan, i + 1 < PARTS ? NARC_CORRUPT : NARC_OK);
		for (size_t k = 0; k < PARTS; k++) {
			make_plan(&plan);
			*plan.parts[i] = *plan.parts[k];
			assert_places(&plan, i == k ? NARC_OK : NARC_CORRUPT);
			/* A part inside of another. */
			plan.parts[i]->offset += 40;
			plan.parts[i]->size = 20;
			assert_places(&plan, i == k ? NARC_OK : NARC_CORRUPT);
		}
	}
}

TEST(runs_may_share_their_names_but_not_parts_of_them)
{
	struct plan plan;

	make_plan(&plan);
	plan.runs[1].names = plan.runs[2].names = plan.runs[0].names;
	assert_places(&plan, NARC_OK);
	plan.runs[1].names.size--;
	assert_places(&plan, NARC_CORRUPT);
	plan.runs[1].names = *plan.parts[2];
	assert_places(&plan, NARC_CORRUPT);
}

/* ---- a file that shrinks ------------------------------------------------------------------ */

struct shrinking {
	char *folder;
	char path[TEST_PATH_SIZE];
	struct made_posts posts;
	struct packed packed;
	struct narc_info info;
};

static void make_shrinking(struct shrinking *shrinking)
{
	struct narc_pack_options options = plain_options();
	narc_archive *archive;
	struct narc_error error;

	options.block_size = 4096;
	options.dictionary_size = 4096;
	shrinking->posts = make_posts(600, 4);
	shrinking->packed = pack_files(&options, shrinking->posts.files, shrinking->posts.count);
	archive = open_packed(&shrinking->packed);
	ASSERT_OK(narc_archive_info(archive, &shrinking->info, &error), &error);
	narc_archive_close(archive);
	shrinking->folder = test_folder_new();
	test_path(shrinking->path, shrinking->folder, "a.narc");
}

static void free_shrinking(struct shrinking *shrinking)
{
	packed_free(&shrinking->packed);
	made_posts_free(&shrinking->posts);
	test_tree_remove(shrinking->folder);
}

/* Opens the archive as a file, which then is cut to size bytes. */
static narc_archive *open_and_cut(const struct shrinking *shrinking, uint64_t size)
{
	narc_archive *archive;
	struct narc_source source;
	struct narc_error error;

	test_file_write(shrinking->path, shrinking->packed.data, shrinking->packed.size);
	ASSERT_OK(narc_file_source(shrinking->path, &source, &error), &error);
	ASSERT_OK(narc_archive_open(source, &archive, &error), &error);
	assert_int_equal(truncate(shrinking->path, (off_t)size), 0);
	return archive;
}

/* Reads everything; returns how many contents came. What does not is told as CORRUPT. */
static size_t read_all(narc_archive *archive, unsigned threads)
{
	narc_cursor *cursor = open_cursor(archive, NULL);
	const struct narc_record *record;
	size_t delivered = 0;
	struct narc_error error = { 0 };
	enum narc_status status;

	narc_cursor_read_ahead(cursor, threads);
	while ((status = narc_cursor_next(cursor, &record, &error)) != NARC_END) {
		const void *content;

		if (status == NARC_OK)
			status = narc_cursor_content(cursor, &content, &error);
		if (status == NARC_OK) {
			assert_true(content_hash(content, (size_t)record->size) == record->hash);
			delivered++;
			continue;
		}
		ASSERT_STATUS(status, NARC_CORRUPT, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	}
	narc_cursor_close(cursor);
	return delivered;
}

TEST(a_file_that_shrinks_while_it_is_read_is_told_of_as_damage)
{
	struct shrinking shrinking;
	uint64_t middle, cuts[5];

	make_shrinking(&shrinking);
	middle = shrinking.info.blocks_offset + shrinking.info.blocks_size / 2;
	cuts[0] = 0;
	cuts[1] = shrinking.info.dictionary_offset + 10;
	cuts[2] = middle;
	cuts[3] = shrinking.info.blocks_offset + shrinking.info.blocks_size + 10;
	cuts[4] = shrinking.packed.size - 1;
	for (size_t i = 0; i < 3 * COUNT_OF(cuts); i++) {
		uint64_t cut = cuts[i / 3];
		const struct narc_verify_options options = { .threads = (unsigned)(i % 3) + 1 };
		narc_archive *archive = open_and_cut(&shrinking, cut);
		struct narc_verify_result result;
		struct narc_error error;
		size_t delivered = read_all(archive, options.threads);

		/* Without the index there is no walk; with all blocks, all comes. */
		assert_true(cut >= shrinking.packed.size - 1
				    ? delivered == shrinking.posts.count
				    : delivered < shrinking.posts.count);
		ASSERT_OK(narc_archive_verify(archive, &options, &result, &error), &error);
		assert_true(result.damages > 0);
		narc_archive_close(archive);
	}
	free_shrinking(&shrinking);
}

TEST(what_comes_out_of_a_file_that_shrinks_is_whole_or_not_there)
{
	struct shrinking shrinking;

	make_shrinking(&shrinking);
	for (unsigned threads = 1; threads < 4; threads++) {
		const struct narc_extract_options options = { .threads = threads };
		struct narc_extract_result result = { 0 };
		narc_folder *folder;
		narc_archive *archive;
		char target[TEST_PATH_SIZE], name[16];
		struct narc_error error;

		snprintf(name, sizeof(name), "out-%u", threads);
		test_path(target, shrinking.folder, name);
		archive = open_and_cut(&shrinking, shrinking.info.blocks_offset + 1000);
		ASSERT_OK(narc_folder_open(target, &folder, &error), &error);
		ASSERT_OK(narc_folder_write_all(folder, archive, NULL, &options, &result, &error),
			  &error);
		assert_true(result.failed > 0 && result.written == 0);
		assert_int_equal(test_folder_count(target), 0);
		narc_folder_close(folder);
		narc_archive_close(archive);
	}
	free_shrinking(&shrinking);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_side_by_side_and_parts_that_are_not_there_are_good),
		cmocka_unit_test(a_byte_that_two_parts_have_is_corrupt_whichever_they_are),
		cmocka_unit_test(runs_may_share_their_names_but_not_parts_of_them),
		cmocka_unit_test(a_file_that_shrinks_while_it_is_read_is_told_of_as_damage),
		cmocka_unit_test(what_comes_out_of_a_file_that_shrinks_is_whole_or_not_there),
	};

	return cmocka_run_group_tests_name("opening", tests, NULL, NULL);
}
