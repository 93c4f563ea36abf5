/* SPDX-License-Identifier: BSD-2-Clause */
/* What files cost that somebody made to cost much: what is read of them, and what memory they take,
 * is in proportion to their size. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_io.h"
#include "format/descriptor.h"
#include "format/header.h"
#include "format/limits.h"
#include "format/manifest.h"
#include "format/segment.h"
#include "format/trailer.h"
#include "pack/mend.h"
#include "read/archive.h"
#include "read/scan_sections.h"
#include "support/byte_order.h"
#include "support_archive.h"
#include "support_memory.h"
#include "support_repair.h"
#include "support_rewrite.h"
#include "support_section.h"

/* ---- files -------------------------------------------------------------------------------- */

/* Fails unless what was read so far is at most so many times a file of this size. */
static void assert_read_at_most(const struct faulty_io *io, unsigned times, size_t size)
{
	if (io->bytes_read > times * (uint64_t)size)
		fail_msg("%llu bytes were read of a file of %zu",
			 (unsigned long long)io->bytes_read, size);
}

/* A heading of a section of any kind that is none, and goes no further than end. */
static void append_false_heading(struct byte_buffer *file, size_t end, struct test_random *random)
{
	static const enum section_tag tags[] = { SECTION_NAMES,   SECTION_DICTIONARY,
						 SECTION_DESCRIPTOR, SECTION_KEY_PAGE,
						 SECTION_PARITY_TABLE, SECTION_SEGMENT,
						 SECTION_MANIFEST };
	size_t left = end - file->size;
	size_t size = left >> random_below(random, 12);

	byte_buffer_append_u32(file, SECTION_MAGIC);
	byte_buffer_append_u32(file, (uint32_t)(size < SECTION_MIN_SIZE ? SECTION_MIN_SIZE : size) -
					     SECTION_SIZES_SIZE);
	byte_buffer_append_u32(file, tags[random_below(random, COUNT_OF(tags))]);
}

static void append_false_headings(struct byte_buffer *file, size_t size)
{
	struct test_random random = { 51 };
	size_t end = file->size + size;

	while (end - file->size >= SECTION_MIN_SIZE)
		append_false_heading(file, end, &random);
	while (file->size < end)
		byte_buffer_append_u8(file, 0);
}

static void append_section(struct byte_buffer *file, enum section_tag tag)
{
	section_end(file, section_begin(file, tag));
}

static void begin_file(struct byte_buffer *file)
{
	*file = BYTE_BUFFER_EMPTY;
	header_encode(file, &(struct header_note){ 0 });
}

/* Ends a file as an archive of nothing. */
static void end_file(struct byte_buffer *file)
{
	const struct manifest manifest = { .segment_count = 0 };
	struct trailer trailer = { .generation = 1, .manifest = { .offset = file->size } };
	struct test_codec codec;
	struct narc_error error;

	test_codec_open(&codec);
	ASSERT_OK(manifest_encode(file, &manifest, codec.compressor, &error), &error);
	trailer.manifest.size = file->size - trailer.manifest.offset;
	trailer.end = file->size + TRAILER_SECTION_SIZE;
	trailer_encode(file, &trailer);
	test_codec_close(&codec);
	assert_false(file->failed);
}

static narc_archive *open_counted(struct faulty_io *io, const struct byte_buffer *file)
{
	narc_archive *archive = NULL;
	struct narc_error error;

	faulty_io_init(io);
	ASSERT_OK(narc_archive_open(faulty_memory_source(io, file->data, file->size), &archive,
				    &error),
		  &error);
	return archive;
}

/* Checks the archive; returns how many damages there are. */
static uint64_t count_damages(narc_archive *archive)
{
	const struct narc_verify_options options = { .threads = 1 };
	struct narc_verify_result result = { 0 };
	struct narc_error error;

	ASSERT_OK(narc_archive_verify(archive, &options, &result, &error), &error);
	return result.damages;
}

/* ---- sections ----------------------------------------------------------------------------- */

/* Two passes over the file, and in each class of sizes what is as large as all of it, and once more
 * the largest. */
enum { SCAN_TIMES = 30, FALSE_SIZE = 300000 };

static enum narc_status note_tag(void *context, enum section_tag tag,
				 const struct byte_buffer *section, uint64_t offset,
				 struct narc_error *error)
{
	unsigned *counts = context;

	(void)section;
	(void)offset;
	(void)error;
	counts[tag == SECTION_NAMES]++;
	return NARC_OK;
}

static unsigned scan_counted(const struct byte_buffer *file, struct faulty_io *io)
{
	unsigned counts[2] = { 0 };
	struct narc_source source;
	struct narc_error error;

	faulty_io_init(io);
	source = faulty_memory_source(io, file->data, file->size);
	ASSERT_OK(scan_sections(source, 0, UINT64_MAX, note_tag, counts, &error), &error);
	source.ops->close(source.context);
	assert_int_equal(counts[0], 0);
	return counts[1];
}

TEST(headings_that_only_seem_to_be_of_sections_are_soon_gone_through)
{
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	struct faulty_io io;

	/* Those that are whole between them, and a bit behind them, are found all the same. */
	append_false_headings(&file, FALSE_SIZE);
	memset(byte_buffer_reserve(&file, 100), 0, 100);
	file.size += 100;
	append_section(&file, SECTION_NAMES);
	append_false_headings(&file, FALSE_SIZE);
	memset(byte_buffer_reserve(&file, 100), 0, 100);
	file.size += 100;
	append_section(&file, SECTION_NAMES);
	assert_int_equal(scan_counted(&file, &io), 2);
	assert_read_at_most(&io, SCAN_TIMES, file.size);
	byte_buffer_free(&file);
}

TEST(sections_that_are_damaged_hide_no_others_however_many_they_are)
{
	enum { SECTIONS = 3000 };
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	struct test_random random = { 52 };
	unsigned whole = 0;
	struct faulty_io io;

	for (unsigned i = 0; i < SECTIONS; i++) {
		size_t start = section_begin(&file, SECTION_NAMES);
		size_t size = random_below(&random, 300);

		memset(byte_buffer_reserve(&file, size), (int)i, size);
		file.size += size;
		section_end(&file, start);
		if (random_below(&random, 10) == 0)
			whole++;
		else
			file.data[file.size - 1] ^= 1;
	}
	assert_int_equal(scan_counted(&file, &io), whole);
	byte_buffer_free(&file);
}

TEST(opening_goes_soon_through_what_stands_behind_the_last_trailer)
{
	struct byte_buffer file;
	struct faulty_io io;

	begin_file(&file);
	end_file(&file);
	append_false_headings(&file, FALSE_SIZE);
	/* What makes it look for more: the end of another generation, whose trailer is damaged. */
	end_file(&file);
	file.data[file.size - 100] ^= 1;
	narc_archive_close(open_counted(&io, &file));
	assert_read_at_most(&io, SCAN_TIMES, file.size);
	byte_buffer_free(&file);
}

TEST(a_check_goes_soon_through_damages_one_behind_the_other)
{
	enum { DAMAGES = 2000 };
	struct test_random random = { 53 };
	struct byte_buffer file;
	struct faulty_io io;
	narc_archive *archive;

	/* Bytes of nothing between sections, sections that should not be there, and behind them
	 * headings of sections that are none. */
	begin_file(&file);
	for (unsigned i = 0; i < DAMAGES; i++) {
		append_section(&file, i % 3 ? SECTION_KEY_PAGE : SECTION_DESCRIPTOR);
		if (i % 2)
			append_false_heading(&file, file.size + FALSE_SIZE, &random);
		byte_buffer_append_u8(&file, 0);
	}
	append_false_headings(&file, FALSE_SIZE);
	end_file(&file);
	archive = open_counted(&io, &file);
	assert_in_range(count_damages(archive), DAMAGES, 2 * DAMAGES);
	narc_archive_close(archive);
	assert_read_at_most(&io, SCAN_TIMES, file.size);
	byte_buffer_free(&file);
}

/* ---- archives that are made up ------------------------------------------------------------ */

enum { MIB = 1 << 20 };

/* Begins a file with an archive that has lost what stands behind its index. */
static void append_cut(struct byte_buffer *file, const struct packed *packed)
{
	narc_archive *archive = open_packed(packed);

	byte_buffer_append(file, packed->data, (size_t)archive->manifest.parity);
	narc_archive_close(archive);
}

/* An archive of one file that has. */
static void begin_cut_archive(struct byte_buffer *file)
{
	const struct given_file given = given_text("a", "some text");
	struct packed packed = pack_files(NULL, &given, 1);

	*file = BYTE_BUFFER_EMPTY;
	append_cut(file, &packed);
	packed_free(&packed);
}

/* A manifest with tombstones of so many rows from the first on. */
static void encode_tombstones(struct byte_buffer *section, size_t count)
{
	static char reason[] = "another one";
	struct manifest manifest = { .tombstones = calloc(count, sizeof(*manifest.tombstones)),
				     .tombstone_count = count };
	struct test_codec codec;
	struct narc_error error;

	for (size_t i = 0; i < count; i++)
		manifest.tombstones[i] = (struct tombstone){ .row = i, .reason = reason };
	test_codec_open(&codec);
	ASSERT_OK(manifest_encode(section, &manifest, codec.compressor, &error), &error);
	free(manifest.tombstones);
	test_codec_close(&codec);
}

/* Opens what is damaged, and counts what memory it takes. */
static void open_damaged_counted(const struct byte_buffer *file)
{
	struct narc_source source;
	narc_archive *archive = NULL;
	struct narc_error error;

	memory_count();
	ASSERT_OK(narc_memory_source(file->data, file->size, &source, &error), &error);
	ASSERT_OK(narc_archive_open_damaged(source, &archive, &error), &error);
	assert_non_null(narc_archive_opening_error(archive));
	assert_int_equal(archive->trailer.rows, 1);
	narc_archive_close(archive);
}

static void append_copies(struct byte_buffer *file, const struct byte_buffer *section,
			  unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		byte_buffer_append(file, section->data, section->size);
	assert_false(file->failed);
}

TEST(segments_that_decode_to_much_are_decoded_one_at_a_time_and_not_without_end)
{
	enum { COPIES = 300, GENERATIONS = GENERATIONS_LIMIT / 2 };
	struct run run = { .blocks = { 100, 80 }, .block_count = 1, .rows = 1 };
	struct segment segment = { .runs = &run,
				   .run_count = 1,
				   .first_generation = 1,
				   .generation_count = GENERATIONS,
				   .times = calloc(GENERATIONS, sizeof(*segment.times)),
				   .block_root = { 200, 50 } };
	struct byte_buffer file, section = BYTE_BUFFER_EMPTY;
	struct test_codec codec;
	struct narc_error error;

	test_codec_open(&codec);
	ASSERT_OK(segment_encode(&section, &segment, codec.compressor, &error), &error);
	begin_cut_archive(&file);
	append_copies(&file, &section, COPIES);
	assert_true(file.size < MIB);
	open_damaged_counted(&file);
	assert_true(memory_most() < (uint64_t)32 * MIB);
	/* Each takes half a MiB to decode, and four as numbers. */
	assert_true(memory_taken() < (uint64_t)1000 * MIB);
	byte_buffer_free(&file);
	byte_buffer_free(&section);
	free(segment.times);
	test_codec_close(&codec);
}

TEST(manifests_that_decode_to_much_are_not_decoded_without_end)
{
	enum { COPIES = 300, TOMBSTONES = 100000 };
	struct byte_buffer file, section = BYTE_BUFFER_EMPTY;

	encode_tombstones(&section, TOMBSTONES);
	begin_cut_archive(&file);
	append_copies(&file, &section, COPIES);
	assert_true(file.size < MIB);
	open_damaged_counted(&file);
	/* One of them is decoded. */
	assert_true(memory_taken() < (uint64_t)64 * MIB);
	byte_buffer_free(&file);
	byte_buffer_free(&section);
}

/* The next two are not counted, but took minutes once. */
TEST(very_many_descriptors_of_blocks_that_cannot_be_are_gone_through_soon)
{
	enum { DESCRIPTORS = 40000, SECTIONS = 200000, BEHIND_START = 10 };
	const struct row row = { .record = { .path = "a",
					     .info_code = "",
					     .categories = "",
					     .size = 1,
					     .version = 1,
					     .generation = 1 } };
	struct block_facts facts = { .content_size = 1, .frame_hash = 1, .first_row = 1,
				     .row_count = 1 };
	const struct names names = { 0 };
	struct byte_buffer file;
	struct test_codec codec;
	struct narc_error error;

	test_codec_open(&codec);
	begin_cut_archive(&file);
	for (unsigned i = 0; i < SECTIONS; i++)
		append_section(&file, SECTION_KEY_PAGE);
	for (unsigned i = 0; i < DESCRIPTORS; i++) {
		facts.frame_size = file.size - BEHIND_START;
		ASSERT_OK(descriptor_encode(&file, &facts, &row, &names, codec.compressor, &error),
			  &error);
	}
	open_damaged_counted(&file);
	byte_buffer_free(&file);
	test_codec_close(&codec);
}

TEST(very_many_tombstones_of_rows_that_have_their_content_are_dropped)
{
	enum { POSTS = 8000, TOMBSTONES = 1000000 };
	struct narc_pack_options options = plain_options();
	struct made_posts posts = make_posts(POSTS, 54);
	struct packed packed = pack_files(&options, posts.files, posts.count), repaired;
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	struct narc_repair_result result;
	struct narc_error error;
	narc_archive *archive;

	append_cut(&file, &packed);
	encode_tombstones(&file, TOMBSTONES);
	ASSERT_OK(try_to_repair(file.data, file.size, &repaired, &result, &error), &error);
	assert_int_equal(result.rows, POSTS);
	archive = open_packed(&repaired);
	assert_int_equal(archive->manifest.tombstone_count, 0);
	narc_archive_close(archive);
	packed_free(&repaired);
	packed_free(&packed);
	made_posts_free(&posts);
	byte_buffer_free(&file);
}

TEST(mending_reads_again_only_the_stripes_that_have_lost_something)
{
	struct packed packed = make_plain_archive(1000, 900000);
	struct mended_source mended;
	struct progress progress = { 0 };
	struct mend_result result;
	struct narc_source source;
	struct faulty_io io;
	struct narc_error error;

	((uint8_t *)packed.data)[packed.size / 2] ^= 1;
	faulty_io_init(&io);
	source = faulty_memory_source(&io, packed.data, packed.size);
	ASSERT_OK(mended_source_init(&mended, source, "/tmp", &error), &error);
	ASSERT_OK(mend(&mended, 0, "/tmp", &progress, &result, &error), &error);
	assert_true(result.damaged_bytes > 0 && result.mended_bytes == result.damaged_bytes);
	/* To find the tables, to look at all chunks, and to make the parity again. */
	assert_true(io.bytes_read < packed.size * 7 / 2);
	mended_source_free(&mended);
	source.ops->close(source.context);
	packed_free(&packed);
}

TEST(a_data_frame_is_hashed_once_before_it_is_copied)
{
	enum { LARGE = 6 << 20 }; /* too large to be read along with its descriptor */
	struct test_random random = { 55 };
	uint8_t *noise = malloc(LARGE);
	struct given_file given = given_text("a", "");
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	struct narc_repair_options options;
	struct narc_repair_result result;
	narc_repair *repair = NULL;
	struct packed packed, saved = { 0 };
	struct faulty_io io;
	struct narc_sink sink;
	struct narc_error error;

	for (size_t i = 0; i < LARGE; i++)
		noise[i] = (uint8_t)random_next(&random);
	given.content = noise;
	given.size = LARGE;
	packed = pack_files(NULL, &given, 1);
	append_cut(&file, &packed);
	narc_repair_options_init(&options);
	faulty_io_init(&io);
	ASSERT_OK(narc_repair_new(faulty_memory_source(&io, file.data, file.size), &options,
				  &repair, &result, &error),
		  &error);
	assert_int_equal(result.outcome, NARC_REPAIR_SAVED);
	faulty_io_reset(&io);
	ASSERT_OK(narc_memory_sink(&saved.data, &saved.size, &sink, &error), &error);
	ASSERT_OK(narc_repair_write(repair, sink, &error), &error);
	/* To hash it, and to copy it. */
	assert_in_range(io.bytes_read, 2 * LARGE, 2 * LARGE + LARGE / 2);
	narc_repair_free(repair);
	packed_free(&packed);
	packed_free(&saved);
	byte_buffer_free(&file);
	free(noise);
}

/* ---- what runs share ---------------------------------------------------------------------- */

/* An archive of as many runs of one file, which all have the same names, of so many bytes. */
static struct byte_buffer make_runs_with_names(unsigned runs, size_t names_size)
{
	const struct row row = { .record = { .path = "a",
					     .info_code = "",
					     .categories = "",
					     .version = 1,
					     .generation = 1 } };
	struct segment segment = { .runs = calloc(runs, sizeof(*segment.runs)),
				   .first_generation = 1,
				   .generation_count = 1,
				   .times = (int64_t[]){ 0 } };
	struct extent places[1];
	struct manifest manifest = { .segments = places, .segment_count = 1 };
	struct trailer trailer = { .generation = 1, .rows = runs, .blocks = runs };
	struct name name = { calloc(NAME_SIZE_LIMIT + 1, 1), NAME_SIZE_LIMIT };
	struct names names = { .count = (uint32_t)(names_size / NAME_SIZE_LIMIT) };
	const struct names none = { 0 };
	struct extent named;
	struct byte_buffer file;
	struct test_codec codec;
	struct narc_error error;

	memset((char *)(uintptr_t)name.bytes, 'n', NAME_SIZE_LIMIT);
	names.names = calloc(names.count, sizeof(*names.names));
	for (uint32_t i = 0; i < names.count; i++)
		names.names[i] = name;
	test_codec_open(&codec);
	begin_file(&file);
	named.offset = file.size;
	ASSERT_OK(names_encode(&file, &names, codec.compressor, &error), &error);
	named.size = file.size - named.offset;
	for (unsigned i = 0; i < runs; i++) {
		const struct block_facts facts = { .first_row = i, .row_count = 1 };
		struct run *run = &segment.runs[segment.run_count++];

		*run = (struct run){ .names = named, .blocks.offset = file.size,
				     .block_count = 1, .rows = 1 };
		ASSERT_OK(descriptor_encode(&file, &facts, &row, &none, codec.compressor, &error),
			  &error);
		run->blocks.size = file.size - run->blocks.offset;
	}
	/* There are no pages: this is for what does not need any. */
	segment.block_root = (struct extent){ file.size, SECTION_MIN_SIZE };
	append_section(&file, SECTION_BLOCK_PAGE);
	places[0].offset = file.size;
	ASSERT_OK(segment_encode(&file, &segment, codec.compressor, &error), &error);
	places[0].size = file.size - places[0].offset;
	trailer.manifest.offset = file.size;
	ASSERT_OK(manifest_encode(&file, &manifest, codec.compressor, &error), &error);
	trailer.manifest.size = file.size - trailer.manifest.offset;
	trailer.end = file.size + TRAILER_SECTION_SIZE;
	trailer_encode(&file, &trailer);
	test_codec_close(&codec);
	free(names.names);
	free((char *)(uintptr_t)name.bytes);
	free(segment.runs);
	return file;
}

TEST(runs_that_have_the_same_names_load_them_once)
{
	enum { RUNS = 500 };
	struct byte_buffer file = make_runs_with_names(RUNS, 4 * MIB);
	const struct names *names[2];
	struct faulty_io io;
	struct narc_error error;
	narc_archive *archive;
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();

	assert_true(file.size < MIB);
	archive = open_counted(&io, &file);
	memory_count();
	for (size_t i = 0; i < RUNS; i++)
		ASSERT_OK(archive_names(archive, &archive->runs[i], decompressor, &names[i > 0],
					&error),
			  &error);
	assert_ptr_equal(names[0], names[1]);
	assert_true(names[0]->count > 1000);
	assert_true(memory_taken() < (uint64_t)64 * MIB);
	narc_archive_close(archive);
	ZSTD_freeDCtx(decompressor);
	byte_buffer_free(&file);
}

TEST(runs_that_have_the_same_names_get_them_once_when_they_are_rewritten)
{
	enum { GENERATIONS = 12 };
	struct made_posts posts = make_posts(50, 56);
	struct packed packed = pack_files(NULL, posts.files, posts.count), more;
	struct rewritten compacted;
	unsigned counts[2] = { 0 };
	struct narc_source source;
	struct narc_error error;

	/* All but the first have none: a section says so. */
	for (unsigned i = 0; i < GENERATIONS; i++) {
		struct given_file file;
		char path[16];

		snprintf(path, sizeof(path), "file-%u", i);
		file = given_text(path, path);
		more = append_files(&packed, NULL, &file, 1);
		packed_free(&packed);
		packed = more;
	}
	compacted = rewrite_packed(COMPACTING, &packed, NULL);
	ASSERT_OK(narc_memory_source(compacted.parts[0].data, compacted.parts[0].size, &source,
				     &error),
		  &error);
	ASSERT_OK(scan_sections(source, 0, UINT64_MAX, note_tag, counts, &error), &error);
	assert_int_equal(counts[1], 2);
	source.ops->close(source.context);
	rewritten_free(&compacted);
	packed_free(&packed);
	made_posts_free(&posts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headings_that_only_seem_to_be_of_sections_are_soon_gone_through),
		cmocka_unit_test(sections_that_are_damaged_hide_no_others_however_many_they_are),
		cmocka_unit_test(opening_goes_soon_through_what_stands_behind_the_last_trailer),
		cmocka_unit_test(a_check_goes_soon_through_damages_one_behind_the_other),
		cmocka_unit_test(
			segments_that_decode_to_much_are_decoded_one_at_a_time_and_not_without_end),
		cmocka_unit_test(manifests_that_decode_to_much_are_not_decoded_without_end),
		cmocka_unit_test(
			very_many_descriptors_of_blocks_that_cannot_be_are_gone_through_soon),
		cmocka_unit_test(very_many_tombstones_of_rows_that_have_their_content_are_dropped),
		cmocka_unit_test(mending_reads_again_only_the_stripes_that_have_lost_something),
		cmocka_unit_test(a_data_frame_is_hashed_once_before_it_is_copied),
		cmocka_unit_test(runs_that_have_the_same_names_load_them_once),
		cmocka_unit_test(
			runs_that_have_the_same_names_get_them_once_when_they_are_rewritten),
	};

	return cmocka_run_group_tests_name("costs", tests, NULL, NULL);
}
