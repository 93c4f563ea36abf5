/* SPDX-License-Identifier: BSD-2-Clause */
/* What opening proves of an archive, so that nothing that is read later is out of its place; and
 * that a file which is cut short after that is told of, and no more. */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/header.h"
#include "read/check_places.h"
#include "support/content_hash.h"
#include "support_archive.h"
#include "support_folder.h"
#include "support_section.h"

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

/* ---- what takes little room in a file, and much in memory ---------------------------------- */

enum { PLACES_START = 4096, PLACES = 8192, BLOCK = 78, GENERATIONS = 1 << 20 };

/* Appends a segment of as many generations as there may be, with a run of one row. */
static void append_segment(struct byte_buffer *file, struct manifest *manifest, size_t number,
			   ZSTD_CCtx *compressor)
{
	struct run run = { .blocks = { PLACES_START + 100 * number, BLOCK },
			   .block_count = 1,
			   .rows = 1 };
	const struct segment segment = {
		.runs = &run,
		.run_count = 1,
		.first_row = number,
		.first_block = number,
		.first_generation = (uint32_t)(number * GENERATIONS + 1),
		.generation_count = GENERATIONS,
		.times = calloc(GENERATIONS, sizeof(int64_t)),
		.block_root = { PLACES_START + 100 * number + BLOCK, 20 },
	};
	uint64_t offset = file->size;
	struct narc_error error;

	ASSERT_OK(segment_encode(file, &segment, compressor, &error), &error);
	manifest->segments[number] = (struct extent){ offset, file->size - offset };
	free(segment.times);
}

/* An archive of these many such segments. */
static struct byte_buffer make_generations(size_t segments, uint32_t generation)
{
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	struct extent extents[64];
	struct manifest manifest = { .segments = extents, .segment_count = segments };
	struct trailer trailer = { .generation = generation, .rows = segments, .blocks = segments };
	struct test_codec codec;
	struct narc_error error;

	test_codec_open(&codec);
	header_encode(&file, &(struct header_note){ 0 });
	assert_true(file.size < PLACES_START && segments <= COUNT_OF(extents));
	memset(byte_buffer_reserve(&file, PLACES_START + PLACES - file.size), 0,
	       PLACES_START + PLACES - file.size);
	file.size = PLACES_START + PLACES;
	for (size_t i = 0; i < segments; i++)
		append_segment(&file, &manifest, i, codec.compressor);
	trailer.manifest.offset = file.size;
	ASSERT_OK(manifest_encode(&file, &manifest, codec.compressor, &error), &error);
	trailer.manifest.size = file.size - trailer.manifest.offset;
	trailer.end = file.size + TRAILER_SECTION_SIZE;
	trailer_encode(&file, &trailer);
	test_codec_close(&codec);
	return file;
}

static void assert_generations(size_t segments, uint32_t generation, enum narc_status wanted)
{
	struct byte_buffer file = make_generations(segments, generation);
	narc_archive *archive = NULL;
	struct narc_source source;
	struct narc_error error = { 0 };

	ASSERT_OK(narc_memory_source(file.data, file.size, &source, &error), &error);
	ASSERT_STATUS(narc_archive_open(source, &archive, &error), wanted, &error);
	if (wanted != NARC_OK)
		ASSERT_ERROR_IS_TOLD(&error, wanted);
	narc_archive_close(archive);
	byte_buffer_free(&file);
}

TEST(generations_without_end_are_above_the_limit_before_they_take_memory)
{
	assert_generations(1, GENERATIONS, NARC_OK);
	assert_generations(2, 2 * GENERATIONS, NARC_LIMIT);
	assert_generations(1, GENERATIONS + 1, NARC_LIMIT);
	/* Nor can there be more than the trailer says. */
	assert_generations(17, GENERATIONS, NARC_CORRUPT);
	assert_generations(1, GENERATIONS - 1, NARC_CORRUPT);
}

static enum narc_status read_with_limit(const struct packed *packed, uint64_t kept,
					struct narc_error *error)
{
	const struct narc_limits limits = { .kept = kept };
	narc_archive *archive = open_packed(packed);
	narc_cursor *cursor;
	const struct narc_record *record;
	const void *content;
	enum narc_status status;

	narc_archive_limit(archive, &limits);
	cursor = open_cursor(archive, NULL);
	do {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = narc_cursor_content(cursor, &content, error);
	} while (status == NARC_OK);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	return status;
}

TEST(dictionaries_and_names_stay_in_memory_up_to_a_limit)
{
	struct narc_pack_options options = plain_options();
	struct made_posts posts = make_posts(300, 5);
	struct narc_error error = { 0 };
	struct narc_info info;
	struct packed packed;
	narc_archive *archive;

	options.dictionary_size = 8192;
	packed = pack_files(&options, posts.files, posts.count);
	archive = open_packed(&packed);
	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	narc_archive_close(archive);
	assert_true(info.dictionary_raw_size > 1000 && info.names_size > 0);
	ASSERT_STATUS(read_with_limit(&packed, 0, &error), NARC_END, &error);
	ASSERT_STATUS(read_with_limit(&packed, info.dictionary_raw_size + 100000, &error), NARC_END,
		      &error);
	/* The names fit, and then the dictionary does not; or not even the names. */
	ASSERT_STATUS(read_with_limit(&packed, info.dictionary_raw_size, &error), NARC_LIMIT,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_LIMIT);
	assert_string_equal(error.stage, "dictionary");
	ASSERT_STATUS(read_with_limit(&packed, 1, &error), NARC_LIMIT, &error);
	assert_string_equal(error.stage, "names");
	packed_free(&packed);
	made_posts_free(&posts);
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
		cmocka_unit_test(
			generations_without_end_are_above_the_limit_before_they_take_memory),
		cmocka_unit_test(dictionaries_and_names_stay_in_memory_up_to_a_limit),
		cmocka_unit_test(a_file_that_shrinks_while_it_is_read_is_told_of_as_damage),
		cmocka_unit_test(what_comes_out_of_a_file_that_shrinks_is_whole_or_not_there),
	};

	return cmocka_run_group_tests_name("opening", tests, NULL, NULL);
}
