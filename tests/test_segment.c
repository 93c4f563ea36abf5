/* SPDX-License-Identifier: BSD-2-Clause */
/* Superseded pages, segments and manifests (sections 11 to 13 of the format). */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "format/manifest.h"
#include "format/segment.h"
#include "format/superseded_page.h"
#include "support_section.h"

/* ---- superseded pages ------------------------------------------------------------------- */

static void make_entries(struct superseded_entry *entries, uint32_t count, unsigned level)
{
	struct test_random random = { count + level };
	uint64_t row = 1000, offset = UINT64_C(1) << 33;

	for (uint32_t i = 0; i < count; i++) {
		struct superseded_entry *entry = &entries[i];

		memset(entry, 0, sizeof(*entry));
		entry->row = row;
		if (level) {
			entry->child = (struct extent){
				offset, SECTION_MIN_SIZE + random_below(&random, 10000)
			};
			offset = extent_end(entry->child);
		} else {
			entry->generation = (uint32_t)(2 + random_below(&random, 1000));
		}
		row += 1 + random_below(&random, 100000);
	}
}

static void assert_page_comes_back(struct test_codec *codec, uint32_t count, unsigned level)
{
	struct superseded_entry *entries = calloc(count, sizeof(*entries));
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct superseded_page page = { 0 };
	struct narc_error error;

	make_entries(entries, count, level);
	ASSERT_OK(superseded_page_encode(&section, level, entries, count, codec->compressor,
					 &error),
		  &error);
	ASSERT_OK(superseded_page_decode(section.data, section.size, 9, codec->decompressor,
					 &codec->scratch, &page, &error),
		  &error);
	assert_int_equal(page.level, level);
	assert_int_equal(page.count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_true(page.entries[i].row == entries[i].row);
		assert_int_equal(page.entries[i].generation, entries[i].generation);
		assert_memory_equal(&page.entries[i].child, &entries[i].child,
				    sizeof(entries[i].child));
		assert_int_equal(superseded_page_search(&page, entries[i].row), i);
		assert_int_equal(superseded_page_search(&page, entries[i].row + 1), i + 1);
	}
	superseded_page_free(&page);
	byte_buffer_free(&section);
	free(entries);
}

TEST(superseded_pages_of_every_level_and_many_sizes_come_back)
{
	static const uint32_t counts[] = { 1, 2, 3, 100, PAGE_ENTRIES_LIMIT };
	struct test_codec codec;

	test_codec_open(&codec);
	for (unsigned level = 0; level < TREE_LEVELS_LIMIT; level++)
		for (size_t i = 0; i < COUNT_OF(counts); i++)
			assert_page_comes_back(&codec, counts[i], level);
	test_codec_close(&codec);
}

static enum narc_status decode_superseded(struct test_codec *codec, const uint8_t *section,
					  size_t size, struct narc_error *error)
{
	struct superseded_page page = { 0 };
	enum narc_status status = superseded_page_decode(section, size, 9, codec->decompressor,
							 &codec->scratch, &page, error);

	superseded_page_free(&page);
	return status;
}

TEST(every_change_of_a_superseded_page_is_refused)
{
	struct test_codec codec;
	struct superseded_entry entries[10];
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	test_codec_open(&codec);
	make_entries(entries, 10, 0);
	ASSERT_OK(superseded_page_encode(&section, 0, entries, 10, codec.compressor, &error),
		  &error);
	assert_every_change_is_refused(&codec, &section, decode_superseded);
	count_resealed_changes_taken(&codec, &section, decode_superseded);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

/* Decodes a section of this kind whose payload is head and a plain body. */
static enum narc_status decode_made(enum section_tag tag, section_decoder decode, const char *head,
				    size_t head_size, const char *body, size_t body_size)
{
	struct byte_buffer payload = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	byte_buffer_append(&payload, head, head_size);
	byte_buffer_append_u8(&payload, 0);
	byte_buffer_append_varint(&payload, body_size);
	byte_buffer_append(&payload, body, body_size);
	status = decode_payload(tag, &payload, decode);
	byte_buffer_free(&payload);
	return status;
}

#define ASSERT_MADE(wanted, tag, decode, head, body)                                       \
	assert_int_equal(decode_made((tag), (decode), (head), sizeof(head) - 1, (body),    \
				     sizeof(body) - 1),                                    \
			 (wanted))

#define ASSERT_PAGE(wanted, head, body) \
	ASSERT_MADE(wanted, SECTION_SUPERSEDED, decode_superseded, head, body)

TEST(the_fields_of_a_superseded_page_must_be_in_range)
{
	/* Level, count, first row, lowest generation; then steps and generations. */
	ASSERT_PAGE(NARC_OK, "\0\2\5\3", "\0\1\0\1");
	ASSERT_PAGE(NARC_CORRUPT, "\10\2\5\3", "\0\1\0\1");
	ASSERT_PAGE(NARC_CORRUPT, "\0\0\5\3", "");
	ASSERT_PAGE(NARC_CORRUPT, "\0\3\5\3", "\0\1\0\1");
	ASSERT_PAGE(NARC_CORRUPT, "\0\2\5\3", "\0\1\0\1\0");
	ASSERT_PAGE(NARC_CORRUPT, "\0\2\5\3", "\1\1\0\1");   /* a step before the first */
	ASSERT_PAGE(NARC_CORRUPT, "\0\2\5\3", "\0\0\0\1");   /* the same row twice */
	ASSERT_PAGE(NARC_CORRUPT, "\0\2\5\0", "\0\1\0\1");   /* generation 0 */
	ASSERT_PAGE(NARC_CORRUPT, "\0\1\5\xff\xff\xff\xff\x0f", "\0\1"); /* and 2^32 */
	ASSERT_PAGE(NARC_CORRUPT, "\0\2\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\3", "\0\1\0\1");
	/* Children of 20 and 30 bytes at 9. */
	ASSERT_PAGE(NARC_OK, "\1\x09\0\0\0\0\0\0\0\2\5", "\0\1\x14\x1e");
	ASSERT_PAGE(NARC_CORRUPT, "\1\x09\0\0\0\0\0\0\0\2\5", "\0\1\x13\x1e");
	ASSERT_PAGE(NARC_CORRUPT, "\1\x09\0\0\0\0\0\0\2\5", "\0\1\x14\x1e");
	ASSERT_PAGE(NARC_CORRUPT, "\1\xff\xff\xff\xff\xff\xff\xff\xff\2\5", "\0\1\x14\x1e");
}

/* ---- segments ----------------------------------------------------------------------------- */

/* What segments and manifests name stands between these. */
enum { PARTS_START = 100, PARTS_END = 100000 };

static struct run test_runs[2];
static int64_t test_times[3] = { -5, 1700000000, 1600000000 };

static struct segment test_segment(void)
{
	test_runs[0] = (struct run){ .names = { 200, 50 }, .blocks = { 250, 5000 },
				     .first_block = 9, .block_count = 3, .first_row = 70,
				     .rows = 40, .first_local_time = INT64_MIN,
				     .last_local_time = INT64_MAX };
	test_runs[1] = (struct run){ .blocks = { 6000, 100 }, .first_block = 12,
				     .block_count = 1, .first_row = 110, .rows = 1,
				     .first_local_time = 5, .last_local_time = 5 };
	return (struct segment){ .runs = test_runs, .run_count = 2, .first_row = 70, .rows = 41,
				 .first_block = 9, .block_count = 4, .first_generation = 4,
				 .generation_count = 3, .times = test_times,
				 .code_root = { 7000, 100 }, .content_root = { 7100, 90 },
				 .block_root = { 7200, 80 }, .superseded_root = { 7300, 70 } };
}

static enum narc_status decode_segment(struct test_codec *codec, const uint8_t *section,
				       size_t size, struct narc_error *error)
{
	struct segment segment = { 0 };
	enum narc_status status = segment_decode(section, size, 9, PARTS_START, PARTS_END,
						 codec->decompressor, &segment, error);

	if (status == NARC_OK)
		segment_free(&segment);
	return status;
}

TEST(a_segment_comes_back)
{
	struct test_codec codec;
	struct segment wanted = test_segment();
	struct segment segment;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	test_codec_open(&codec);
	ASSERT_OK(segment_encode(&section, &wanted, codec.compressor, &error), &error);
	ASSERT_OK(segment_decode(section.data, section.size, 9, PARTS_START, PARTS_END,
				 codec.decompressor, &segment, &error),
		  &error);
	assert_true(segment.first_row == 70 && segment.rows == 41);
	assert_true(segment.first_block == 9 && segment.block_count == 4);
	assert_int_equal(segment.run_count, 2);
	assert_memory_equal(segment.runs, test_runs, sizeof(test_runs));
	assert_int_equal(segment.first_generation, 4);
	assert_int_equal(segment.generation_count, 3);
	assert_memory_equal(segment.times, test_times, sizeof(test_times));
	assert_true(segment.code_root.offset == 7000 && segment.path_root.size == 0 &&
		    segment.content_root.size == 90 && segment.block_root.offset == 7200 &&
		    segment.superseded_root.size == 70);
	assert_every_change_is_refused(&codec, &section, decode_segment);
	count_resealed_changes_taken(&codec, &section, decode_segment);
	segment_free(&segment);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

static void assert_segment(struct segment segment, enum narc_status wanted)
{
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error = { 0 };

	test_codec_open(&codec);
	ASSERT_OK(segment_encode(&section, &segment, codec.compressor, &error), &error);
	ASSERT_STATUS(decode_segment(&codec, section.data, section.size, &error), wanted, &error);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

/* test_segment with changes, in s and in runs. */
#define ASSERT_SEGMENT(wanted, ...)                  \
	do {                                         \
		struct segment s = test_segment();   \
		struct run *runs = test_runs;        \
                                                     \
		(void)runs;                          \
		__VA_ARGS__;                         \
		assert_segment(s, wanted);           \
	} while (0)

TEST(runs_of_a_segment_lie_in_the_file_one_behind_the_other)
{
	ASSERT_SEGMENT(NARC_OK, (void)s);
	ASSERT_SEGMENT(NARC_CORRUPT, s.run_count = 0);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].blocks.offset = PARTS_START - 1);
	ASSERT_SEGMENT(NARC_OK, runs[0].blocks.offset = PARTS_START);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].blocks.size = 0);
	ASSERT_SEGMENT(NARC_OK, runs[0].blocks.size = 5750);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].blocks.size = 5751);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].blocks.size = UINT64_MAX);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[1].blocks.size = PARTS_END - 5999);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].blocks.size = 3 * 70 + 40 * 8 - 1);
	ASSERT_SEGMENT(NARC_OK, runs[0].blocks.size = 3 * 70 + 40 * 8);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].rows = UINT64_MAX);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].rows = runs[0].block_count = UINT64_MAX / 70);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].block_count = 0);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].block_count = 41);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].rows = ROWS_LIMIT + 1);
	ASSERT_SEGMENT(NARC_LIMIT, runs[0].rows = ROWS_LIMIT);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[1].last_local_time = 4);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].names.offset = PARTS_START - 1);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].names.offset = PARTS_END - 49);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].names.size = 0);
	ASSERT_SEGMENT(NARC_CORRUPT, runs[0].names.size = SECTION_MIN_SIZE - 1);
}

TEST(numbers_generations_and_roots_of_a_segment_must_be_in_range)
{
	ASSERT_SEGMENT(NARC_CORRUPT, s.first_row = ROWS_LIMIT + 1);
	ASSERT_SEGMENT(NARC_CORRUPT, s.first_block = ROWS_LIMIT + 1);
	ASSERT_SEGMENT(NARC_CORRUPT, s.generation_count = 0);
	ASSERT_SEGMENT(NARC_CORRUPT, s.first_generation = 0);
	ASSERT_SEGMENT(NARC_OK, s.first_generation = UINT32_MAX - 2);
	ASSERT_SEGMENT(NARC_CORRUPT, s.first_generation = UINT32_MAX - 1);
	ASSERT_SEGMENT(NARC_CORRUPT, s.code_root.offset = PARTS_START - 1);
	ASSERT_SEGMENT(NARC_CORRUPT, s.code_root.offset = 0);
	ASSERT_SEGMENT(NARC_CORRUPT, s.code_root.size = 0);
	ASSERT_SEGMENT(NARC_CORRUPT, s.path_root.offset = 200);
	ASSERT_SEGMENT(NARC_CORRUPT, s.block_root.size = PARTS_END);
	ASSERT_SEGMENT(NARC_CORRUPT, s.block_root = (struct extent){ 0 });
	ASSERT_SEGMENT(NARC_CORRUPT, s.superseded_root.size = SECTION_MIN_SIZE - 1);
	ASSERT_SEGMENT(NARC_OK, s.code_root = s.content_root = s.superseded_root =
					(struct extent){ 0 });
}

/* ---- manifests ---------------------------------------------------------------------------- */

static struct manifest_dictionary test_dictionaries[2];
static struct extent test_extents[2];
static struct tombstone test_tombstones[2];
static char first_reason[] = "court order", second_reason[] = "";

static struct manifest test_manifest(void)
{
	test_dictionaries[0] = (struct manifest_dictionary){ 77, { 300, 1000 } };
	test_dictionaries[1] = (struct manifest_dictionary){ UINT32_MAX, { 5000, 20 } };
	test_extents[0] = (struct extent){ 90000, 100 };
	test_extents[1] = (struct extent){ PARTS_END - 200, 200 };
	test_tombstones[0] = (struct tombstone){ 5, 1700000000, { 1, 2, 3 }, first_reason };
	test_tombstones[1] = (struct tombstone){ 70000, -1, { 0 }, second_reason };
	return (struct manifest){ .dictionaries = test_dictionaries,
				  .dictionary_count = 2,
				  .segments = test_extents,
				  .segment_count = 2,
				  .tombstones = test_tombstones,
				  .tombstone_count = 2,
				  .parity = 400,
				  .parity_end = 450,
				  .former_parity_size = 600,
				  .parity_strength = 500 };
}

static enum narc_status decode_manifest(struct test_codec *codec, const uint8_t *section,
					size_t size, struct narc_error *error)
{
	struct manifest manifest = { 0 };
	enum narc_status status = manifest_decode(section, size, PARTS_END, PARTS_START,
						  codec->decompressor, &manifest, error);

	if (status == NARC_OK)
		manifest_free(&manifest);
	return status;
}

TEST(a_manifest_comes_back)
{
	struct test_codec codec;
	struct manifest wanted = test_manifest();
	struct manifest manifest;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	test_codec_open(&codec);
	ASSERT_OK(manifest_encode(&section, &wanted, codec.compressor, &error), &error);
	ASSERT_OK(manifest_decode(section.data, section.size, PARTS_END, PARTS_START,
				  codec.decompressor, &manifest, &error),
		  &error);
	assert_int_equal(manifest.dictionary_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(manifest.dictionaries[i].identifier,
				 test_dictionaries[i].identifier);
		assert_memory_equal(&manifest.dictionaries[i].extent,
				    &test_dictionaries[i].extent, sizeof(struct extent));
	}
	assert_int_equal(manifest.segment_count, 2);
	assert_memory_equal(manifest.segments, test_extents, sizeof(test_extents));
	assert_int_equal(manifest.tombstone_count, 2);
	assert_true(manifest.tombstones[0].time == 1700000000 && manifest.tombstones[1].time == -1);
	assert_memory_equal(manifest_tombstone(&manifest, 5)->digest, test_tombstones[0].digest,
			    CONTENT_DIGEST_SIZE);
	assert_string_equal(manifest_tombstone(&manifest, 5)->reason, "court order");
	assert_string_equal(manifest_tombstone(&manifest, 70000)->reason, "");
	assert_true(manifest.parity == 400 && manifest.parity_end == 450 &&
		    manifest.former_parity_size == 600 && manifest_parity_size(&manifest) == 650 &&
		    manifest.parity_strength == 500);
	assert_null(manifest_tombstone(&manifest, 4));
	assert_null(manifest_tombstone(&manifest, 6));
	assert_null(manifest_tombstone(&manifest, 70001));
	assert_every_change_is_refused(&codec, &section, decode_manifest);
	count_resealed_changes_taken(&codec, &section, decode_manifest);
	manifest_free(&manifest);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

static void assert_manifest(struct manifest manifest, enum narc_status wanted)
{
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error = { 0 };

	test_codec_open(&codec);
	ASSERT_OK(manifest_encode(&section, &manifest, codec.compressor, &error), &error);
	ASSERT_STATUS(decode_manifest(&codec, section.data, section.size, &error), wanted, &error);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

#define ASSERT_MANIFEST(wanted, ...)                 \
	do {                                         \
		struct manifest m = test_manifest(); \
                                                     \
		__VA_ARGS__;                         \
		assert_manifest(m, wanted);          \
	} while (0)

TEST(what_a_manifest_names_lies_between_the_header_and_itself)
{
	ASSERT_MANIFEST(NARC_OK, (void)m);
	ASSERT_MANIFEST(NARC_OK, m.dictionary_count = m.segment_count = m.tombstone_count = 0);
	ASSERT_MANIFEST(NARC_CORRUPT, test_dictionaries[0].identifier = 0);
	ASSERT_MANIFEST(NARC_CORRUPT, test_dictionaries[0].identifier = UINT32_MAX);
	ASSERT_MANIFEST(NARC_CORRUPT, test_dictionaries[0].extent.offset = PARTS_START - 1);
	ASSERT_MANIFEST(NARC_CORRUPT, test_dictionaries[0].extent.offset = 4001);
	ASSERT_MANIFEST(NARC_OK, test_dictionaries[0].extent.offset = 4000);
	ASSERT_MANIFEST(NARC_CORRUPT, test_dictionaries[1].extent.size = 19);
	ASSERT_MANIFEST(NARC_CORRUPT, test_dictionaries[1].extent.size = PARTS_END - 4999);
	ASSERT_MANIFEST(NARC_CORRUPT, test_extents[0].offset = PARTS_END - 99);
	ASSERT_MANIFEST(NARC_OK, test_extents[0].offset = PARTS_END - 100);
	ASSERT_MANIFEST(NARC_CORRUPT, test_extents[1].size = PARTS_END - PARTS_START + 1);
	ASSERT_MANIFEST(NARC_CORRUPT, test_extents[1].size = PARTS_END + 1);
	ASSERT_MANIFEST(NARC_CORRUPT, test_extents[1].size = 0);
	ASSERT_MANIFEST(NARC_CORRUPT, m.parity = PARTS_START - 1);
	ASSERT_MANIFEST(NARC_CORRUPT, m.parity = PARTS_END);
	ASSERT_MANIFEST(NARC_CORRUPT, m.parity_strength = NARC_PARITY_WHOLE + 1);
	ASSERT_MANIFEST(NARC_CORRUPT, m.parity = 0);
	ASSERT_MANIFEST(NARC_CORRUPT, m.parity = m.parity_strength = 0);
	ASSERT_MANIFEST(NARC_OK, m.parity = m.parity_end = m.parity_strength = 0);
	ASSERT_MANIFEST(NARC_CORRUPT, m.parity_end = m.parity);
	ASSERT_MANIFEST(NARC_OK, m.parity_end = m.parity + 1);
	ASSERT_MANIFEST(NARC_OK, m.parity_end = PARTS_END);
	ASSERT_MANIFEST(NARC_CORRUPT, m.parity_end = PARTS_END + 1);
}

/* What stands in front of the body. */
#define NO_PARITY "\0\0\0\0\0\0\0\0"

TEST(the_counts_of_a_manifest_are_limited_and_its_body_is_used_up)
{
	ASSERT_MADE(NARC_OK, SECTION_MANIFEST, decode_manifest, NO_PARITY, "\0\0\0\0\0\0");
	ASSERT_MADE(NARC_CORRUPT, SECTION_MANIFEST, decode_manifest, NO_PARITY, "\0\0\0\0\0");
	ASSERT_MADE(NARC_CORRUPT, SECTION_MANIFEST, decode_manifest, NO_PARITY, "\0\0\0\0\0\0\0");
	ASSERT_MADE(NARC_CORRUPT, SECTION_MANIFEST, decode_manifest, NO_PARITY, "\x81\x08\0\0");
	ASSERT_MADE(NARC_CORRUPT, SECTION_MANIFEST, decode_manifest, NO_PARITY, "\0\x81\x08\0");
	ASSERT_MADE(NARC_CORRUPT, SECTION_MANIFEST, decode_manifest, NO_PARITY, "\1\0\0");
}

#define DIGEST "0123456789abcdef0123456789abcdef"

TEST(tombstones_must_ascend_and_have_a_reason_that_is_text)
{
	ASSERT_MADE(NARC_OK, SECTION_MANIFEST, decode_manifest, NO_PARITY,
		    "\0\0\2\0\0" DIGEST "\1x\1\0" DIGEST "\0\0\0\0");
	ASSERT_MADE(NARC_CORRUPT, SECTION_MANIFEST, decode_manifest, NO_PARITY,
		    "\0\0\2\5\0" DIGEST "\1x\0\0" DIGEST "\0\0\0\0");
	ASSERT_MADE(NARC_CORRUPT, SECTION_MANIFEST, decode_manifest, NO_PARITY,
		    "\0\0\1\0\0" DIGEST "\1\0\0\0\0");
	ASSERT_MADE(NARC_CORRUPT, SECTION_MANIFEST, decode_manifest, NO_PARITY,
		    "\0\0\1\0\0" DIGEST "\5x\0\0\0");
	ASSERT_MADE(NARC_CORRUPT, SECTION_MANIFEST, decode_manifest, NO_PARITY,
		    "\0\0\2\0\0" DIGEST "\1x\0\0\0");
	ASSERT_MADE(NARC_CORRUPT, SECTION_MANIFEST, decode_manifest, NO_PARITY, "\0\0\1\0\0\1x\0\0\0");
}

/* ---- what is not read again is not written ------------------------------------------------ */

TEST(more_runs_than_a_segment_may_have_are_not_written)
{
	struct segment segment = { .run_count = RUNS_LIMIT + 1 };
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct test_codec codec;
	struct narc_error error = { 0 };

	test_codec_open(&codec);
	segment.runs = calloc(segment.run_count, sizeof(*segment.runs));
	ASSERT_STATUS(segment_encode(&section, &segment, codec.compressor, &error), NARC_LIMIT,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_LIMIT);
	free(segment.runs);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

static void assert_manifest_is_too_large(const struct manifest *manifest)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct test_codec codec;
	struct narc_error error = { 0 };

	test_codec_open(&codec);
	ASSERT_STATUS(manifest_encode(&section, manifest, codec.compressor, &error), NARC_LIMIT,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_LIMIT);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

TEST(more_than_a_manifest_may_have_is_not_written)
{
	enum { TOMBSTONES = MANIFEST_SIZE_LIMIT / REASON_SIZE_LIMIT };
	struct manifest manifest = { .dictionary_count = DICTIONARIES_LIMIT + 1 };
	char reason[REASON_SIZE_LIMIT + 1];

	manifest.dictionaries = calloc(DICTIONARIES_LIMIT + 1, sizeof(*manifest.dictionaries));
	assert_manifest_is_too_large(&manifest);
	manifest.dictionary_count = 0;
	manifest.segments = calloc(SEGMENTS_LIMIT + 1, sizeof(*manifest.segments));
	manifest.segment_count = SEGMENTS_LIMIT + 1;
	assert_manifest_is_too_large(&manifest);
	manifest.segment_count = 0;
	memset(reason, 'x', REASON_SIZE_LIMIT);
	reason[REASON_SIZE_LIMIT] = '\0';
	manifest.tombstones = calloc(TOMBSTONES, sizeof(*manifest.tombstones));
	manifest.tombstone_count = TOMBSTONES;
	for (size_t i = 0; i < TOMBSTONES; i++)
		manifest.tombstones[i] = (struct tombstone){ .row = i, .reason = reason };
	assert_manifest_is_too_large(&manifest);
	free(manifest.dictionaries);
	free(manifest.segments);
	free(manifest.tombstones);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(superseded_pages_of_every_level_and_many_sizes_come_back),
		cmocka_unit_test(every_change_of_a_superseded_page_is_refused),
		cmocka_unit_test(the_fields_of_a_superseded_page_must_be_in_range),
		cmocka_unit_test(a_segment_comes_back),
		cmocka_unit_test(runs_of_a_segment_lie_in_the_file_one_behind_the_other),
		cmocka_unit_test(numbers_generations_and_roots_of_a_segment_must_be_in_range),
		cmocka_unit_test(a_manifest_comes_back),
		cmocka_unit_test(what_a_manifest_names_lies_between_the_header_and_itself),
		cmocka_unit_test(the_counts_of_a_manifest_are_limited_and_its_body_is_used_up),
		cmocka_unit_test(tombstones_must_ascend_and_have_a_reason_that_is_text),
		cmocka_unit_test(more_runs_than_a_segment_may_have_are_not_written),
		cmocka_unit_test(more_than_a_manifest_may_have_is_not_written),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
