/* SPDX-License-Identifier: BSD-2-Clause */
/* The trees of pages: built by a packer's index, and searched by a reader's locator. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack/build_index.h"
#include "read/locate.h"

/* The index stands behind so many bytes of blocks, which nobody reads. */
enum { DESCRIPTOR_SIZE = 40, FRAME_SIZE = 60, BLOCK_SIZE = DESCRIPTOR_SIZE + FRAME_SIZE };

/* An archive of nothing but an index. */
struct test_index {
	struct narc_archive archive;
	struct run run;
	struct segment segment;
	struct archive_run archive_run;
	uint64_t start; /* where its first page stands */
	uint8_t *pages;
	size_t pages_size;
	ZSTD_DCtx *decompressor;
	struct locator locator;
	size_t reads;
};

static enum narc_status read_pages(void *context, uint64_t offset, void *buffer, size_t length,
				   struct narc_error *error)
{
	struct test_index *index = context;

	(void)error;
	index->reads++;
	assert_true(offset >= index->start && offset - index->start <= index->pages_size &&
		    length <= index->pages_size - (offset - index->start));
	memcpy(buffer, index->pages + (offset - index->start), length);
	return NARC_OK;
}

static const struct narc_source_ops page_ops = { .read_at = read_pages };

/* Ten rows a block, one second apart. */
enum { ROWS_PER_BLOCK = 10 };

static int64_t time_of_block(uint64_t number)
{
	/* Every third block starts at the time of the one before. */
	return (int64_t)(number - (number % 3 == 2)) * 100 - 50000;
}

static void add_block(struct index_builder *builder, uint64_t number)
{
	struct block_entry entry = { .first_local_time = time_of_block(number),
				     .first_row = number * ROWS_PER_BLOCK,
				     .rows = ROWS_PER_BLOCK,
				     .first_block = number,
				     .blocks = 1,
				     .offset = 1000 + number * BLOCK_SIZE,
				     .frame_size = FRAME_SIZE,
				     .section_size = DESCRIPTOR_SIZE };
	struct narc_error error;

	ASSERT_OK(index_add_block(builder, &entry, &error), &error);
}

/* Key i, of several lengths, some of which start with others. */
static size_t format_key(char key[64], uint64_t i)
{
	return (size_t)snprintf(key, 64, "%s%llu", i % 2 ? "NW2022" : "ab",
				(unsigned long long)(i * 7919 % 1000003));
}

/* Key i is in block i / 3 and, of every fourth, in one more. */
static void add_keys(struct index_builder *builder, uint64_t count)
{
	struct narc_error error;
	char path[96];
	char key[64];

	for (uint64_t i = 0; i < count; i++) {
		struct narc_record record = { .path = path, .info_code = key };

		format_key(key, i);
		snprintf(path, sizeof(path), "2022-01-05-%s.md", key);
		ASSERT_OK(row_keys_add(&builder->keys, &record, i / 3, &error), &error);
		ASSERT_OK(row_keys_add(&builder->keys, &record, i / 3, &error), &error);
		if (i % 4 == 0)
			ASSERT_OK(row_keys_add(&builder->keys, &record, i / 3 + 5, &error),
				  &error);
	}
}

static void move_roots(struct segment *segment, uint64_t distance)
{
	struct extent *const roots[] = { &segment->code_root, &segment->path_root,
					 &segment->content_root, &segment->block_root,
					 &segment->superseded_root };

	for (size_t i = 0; i < COUNT_OF(roots); i++)
		if (roots[i]->size)
			roots[i]->offset += distance;
}

static void open_index(struct test_index *index, uint64_t keys, uint64_t blocks, size_t memory)
{
	struct index_builder builder;
	struct trailer *trailer = &index->archive.trailer;
	struct archive_tail tail = { .bytes = BYTE_BUFFER_EMPTY };
	struct narc_sink sink;
	void *data = NULL;
	struct narc_error error;
	uint64_t offset;

	memset(index, 0, sizeof(*index));
	index->start = 1000 + blocks * BLOCK_SIZE;
	offset = index->start;
	ASSERT_OK(index_builder_init(&builder, memory, "/tmp", &error), &error);
	add_keys(&builder, keys);
	for (uint64_t i = 0; i < blocks; i++)
		add_block(&builder, i);
	ASSERT_OK(narc_memory_sink(&data, &index->pages_size, &sink, &error), &error);
	ASSERT_OK(index_write(&builder, sink, &offset, &tail, &index->segment, &error), &error);
	/* As if there were no parity. */
	archive_tail_settle(&tail, offset);
	move_roots(&index->segment, offset);
	ASSERT_OK(sink.ops->append(sink.context, tail.bytes.data, tail.bytes.size, &error), &error);
	offset += tail.bytes.size;
	archive_tail_free(&tail);
	ASSERT_OK(sink.ops->publish(sink.context, &error), &error);
	sink.ops->close(sink.context);
	index_builder_free(&builder);
	assert_true(offset == index->start + index->pages_size);

	index->pages = data;
	index->archive.source = (struct narc_source){ &page_ops, index };
	index->run = (struct run){ .blocks = { 1000, index->start - 1000 },
				   .block_count = blocks,
				   .rows = blocks * ROWS_PER_BLOCK };
	index->segment.runs = &index->run;
	index->segment.run_count = 1;
	index->archive_run = (struct archive_run){ .run = &index->run,
						   .segment = &index->segment };
	index->archive.runs = &index->archive_run;
	index->archive.run_count = 1;
	index->archive.header_size = index->start;
	trailer->blocks = blocks;
	trailer->rows = blocks * ROWS_PER_BLOCK;
	trailer->manifest.offset = offset;
	index->decompressor = ZSTD_createDCtx();
	locator_init(&index->locator, &index->archive, index->decompressor);
}

static void close_index(struct test_index *index)
{
	locator_free(&index->locator);
	ZSTD_freeDCtx(index->decompressor);
	free(index->pages);
}

static void assert_key_leads_to_its_blocks(struct test_index *index, uint64_t i)
{
	char key[64];
	const uint64_t *blocks = NULL;
	size_t count = 0;
	struct narc_error error;

	format_key(key, i);
	ASSERT_OK(locate_key(&index->locator, &index->segment, KEY_INDEX_CODES, key, strlen(key), &blocks, &count, &error),
		  &error);
	assert_int_equal(count, i % 4 == 0 ? 2 : 1);
	assert_true(blocks[0] == i / 3);
	if (count == 2)
		assert_true(blocks[1] == i / 3 + 5);
}

static void assert_keys(uint64_t count, size_t memory, uint64_t step)
{
	struct test_index index;
	const uint64_t *blocks = NULL;
	size_t found = 0;
	struct narc_error error;

	open_index(&index, count, 1, memory);
	for (uint64_t i = 0; i < count; i += step)
		assert_key_leads_to_its_blocks(&index, i);
	if (count)
		assert_key_leads_to_its_blocks(&index, count - 1);
	/* Less than all keys, and in an index that is empty. */
	ASSERT_OK(locate_key(&index.locator, &index.segment, KEY_INDEX_CODES, "", 0,
			     &blocks, &found, &error), &error);
	assert_int_equal(found, 0);
	ASSERT_OK(locate_key(&index.locator, &index.segment, KEY_INDEX_CODES, "A", 1,
			     &blocks, &found, &error),
		  &error);
	assert_int_equal(found, 0);
	ASSERT_OK(locate_key(&index.locator, &index.segment, KEY_INDEX_PATHS, "ab1", 3,
			     &blocks, &found, &error),
		  &error);
	assert_int_equal(found, 0);
	close_index(&index);
}

TEST(keys_lead_to_their_blocks_in_trees_of_one_two_and_three_levels)
{
	static const uint64_t counts[] = { 0, 1, 2, PAGE_ENTRIES - 1, PAGE_ENTRIES, PAGE_ENTRIES + 1,
					   2 * PAGE_ENTRIES, 2 * PAGE_ENTRIES + 1, 5000 };

	for (size_t i = 0; i < COUNT_OF(counts); i++)
		assert_keys(counts[i], (size_t)64 << 20, 1);
	assert_keys((uint64_t)PAGE_ENTRIES * PAGE_ENTRIES + 1, (size_t)256 << 20, 977);
}

TEST(keys_that_were_sorted_by_way_of_a_file_lead_to_the_same_blocks)
{
	assert_keys(20000, (size_t)200 << 10, 1);
}

TEST(a_look_up_reads_a_page_of_each_level_once)
{
	struct test_index index;

	open_index(&index, 5000, 1, (size_t)64 << 20);
	assert_key_leads_to_its_blocks(&index, 1234);
	assert_int_equal(index.reads, 2);
	assert_key_leads_to_its_blocks(&index, 1234);
	assert_int_equal(index.reads, 2);
	close_index(&index);
}

static void assert_block(const struct block_entry *entry, uint64_t number)
{
	assert_true(entry->first_block == number);
	assert_true(entry->first_row == number * ROWS_PER_BLOCK);
	assert_true(entry->rows == ROWS_PER_BLOCK);
	assert_true(entry->offset == 1000 + number * BLOCK_SIZE);
	assert_true(entry->frame_size == FRAME_SIZE);
	assert_true(entry->section_size == DESCRIPTOR_SIZE);
	assert_true(entry->first_local_time == time_of_block(number));
}

/* The block that section 10 of the format names, by going through all. */
static uint64_t reference_block(uint64_t count, int64_t time)
{
	uint64_t found = 0;

	for (uint64_t i = 0; i < count; i++)
		if (time_of_block(i) < time)
			found = i;
	return found;
}

static void assert_blocks(uint64_t count, uint64_t step)
{
	struct test_index index;
	struct block_entry entry;
	struct narc_error error = { 0 };
	const int64_t last_time = time_of_block(count - 1);

	open_index(&index, 0, count, (size_t)1 << 20);
	for (uint64_t i = 0; i < count; i += step) {
		ASSERT_OK(locate_block(&index.locator, i, &entry, &error), &error);
		assert_block(&entry, i);
		for (uint64_t row = 0; row < ROWS_PER_BLOCK; row += ROWS_PER_BLOCK - 1) {
			ASSERT_OK(locate_row(&index.locator, i * ROWS_PER_BLOCK + row, &entry,
					     &error),
				  &error);
			assert_block(&entry, i);
		}
	}
	for (int64_t time = -50200; time < last_time + 200; time += 25 * (int64_t)step) {
		ASSERT_OK(locate_time(&index.locator, &index.archive_run, time, &entry, &error), &error);
		assert_block(&entry, reference_block(count, time));
	}
	ASSERT_OK(locate_time(&index.locator, &index.archive_run, INT64_MIN, &entry, &error), &error);
	assert_block(&entry, 0);
	ASSERT_OK(locate_time(&index.locator, &index.archive_run, INT64_MAX, &entry, &error), &error);
	assert_block(&entry, count - 1);
	ASSERT_STATUS(locate_block(&index.locator, count, &entry, &error), NARC_CORRUPT, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	ASSERT_STATUS(locate_row(&index.locator, count * ROWS_PER_BLOCK, &entry, &error),
		      NARC_CORRUPT, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	close_index(&index);
}

TEST(blocks_are_found_by_number_row_and_time)
{
	assert_blocks(1, 1);
	assert_blocks(2, 1);
	assert_blocks(7, 1);
	assert_blocks(PAGE_ENTRIES, 1);
	assert_blocks(PAGE_ENTRIES + 1, 1);
	assert_blocks(5000, 7);
}

TEST(blocks_are_found_in_a_tree_of_three_levels)
{
	struct test_index index;
	struct block_entry entry;
	struct narc_error error;
	const uint64_t count = (uint64_t)PAGE_ENTRIES * PAGE_ENTRIES + 1;

	open_index(&index, 0, count, (size_t)1 << 20);
	for (uint64_t i = 0; i < count; i += 1021) {
		ASSERT_OK(locate_block(&index.locator, i, &entry, &error), &error);
		assert_block(&entry, i);
	}
	ASSERT_OK(locate_row(&index.locator, count * ROWS_PER_BLOCK - 1, &entry, &error), &error);
	assert_block(&entry, count - 1);
	close_index(&index);
}

/* ---- damage ------------------------------------------------------------------------ */

TEST(a_page_that_lies_elsewhere_than_in_the_index_is_corrupt)
{
	static const uint64_t shifts[] = { 1, 2, 100 };
	struct test_index index;

	open_index(&index, 100, 10, (size_t)1 << 20);
	for (size_t i = 0; i < COUNT_OF(shifts); i++) {
		struct segment *segment = &index.segment;
		struct segment kept = *segment;
		struct block_entry entry;
		const uint64_t *blocks;
		size_t count;
		struct narc_error error = { 0 };

		segment->code_root.offset = index.start - shifts[i];
		segment->block_root.offset = index.archive.trailer.manifest.offset -
					     segment->block_root.size + shifts[i];
		ASSERT_STATUS(locate_key(&index.locator, &index.segment, KEY_INDEX_CODES, "a", 1,
			     &blocks, &count,
					 &error),
			      NARC_CORRUPT, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
		ASSERT_STATUS(locate_block(&index.locator, 0, &entry, &error), NARC_CORRUPT,
			      &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
		*segment = kept;
	}
	close_index(&index);
}

TEST(a_page_of_the_other_index_or_of_a_wrong_level_is_corrupt)
{
	struct test_index index;
	struct segment *segment = &index.segment;
	struct block_entry entry;
	const uint64_t *blocks;
	size_t count;
	struct narc_error error = { 0 };

	open_index(&index, 3000, 10, (size_t)1 << 20);
	segment->path_root = segment->code_root;
	ASSERT_STATUS(locate_key(&index.locator, &index.segment, KEY_INDEX_PATHS, "ab1", 3,
			     &blocks, &count, &error),
		      NARC_CORRUPT, &error);
	segment->block_root = segment->code_root;
	ASSERT_STATUS(locate_block(&index.locator, 0, &entry, &error), NARC_CORRUPT, &error);
	close_index(&index);
}

TEST(a_block_that_lies_elsewhere_than_in_its_run_is_corrupt)
{
	struct test_index index;
	struct block_entry entry;
	struct narc_error error = { 0 };

	open_index(&index, 0, 10, (size_t)1 << 20);
	index.run.blocks.size--;
	ASSERT_OK(locate_block(&index.locator, 8, &entry, &error), &error);
	ASSERT_STATUS(locate_block(&index.locator, 9, &entry, &error), NARC_CORRUPT, &error);
	index.run.blocks = (struct extent){ 1001, index.start - 1001 };
	ASSERT_STATUS(locate_block(&index.locator, 0, &entry, &error), NARC_CORRUPT, &error);
	ASSERT_OK(locate_block(&index.locator, 1, &entry, &error), &error);
	close_index(&index);
}

TEST(a_page_that_is_its_own_child_is_corrupt)
{
	struct test_index index;
	struct key_page_builder builder = { .index = KEY_INDEX_CODES, .level = 1 };
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	ZSTD_CCtx *compressor = ZSTD_createCCtx();
	const uint64_t *blocks;
	size_t count;
	struct narc_error error = { 0 };

	open_index(&index, 3000, 10, (size_t)1 << 20);
	/* A child of 60 bytes, which is the size that the page turns out to have. */
	key_page_add_child(&builder, (const uint8_t *)"a", 1, index.start, 60);
	ASSERT_OK(key_page_encode(&section, &builder, compressor, &error), &error);
	builder.count = 0;
	byte_buffer_clear(&builder.last);
	key_page_add_child(&builder, (const uint8_t *)"a", 1, index.start, section.size);
	byte_buffer_clear(&section);
	ASSERT_OK(key_page_encode(&section, &builder, compressor, &error), &error);
	memcpy(index.pages, section.data, section.size);
	index.segment.code_root = (struct extent){ index.start, section.size };
	ASSERT_STATUS(locate_key(&index.locator, &index.segment, KEY_INDEX_CODES, "abc", 3,
			     &blocks, &count, &error),
		      NARC_CORRUPT, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	key_page_builder_free(&builder);
	byte_buffer_free(&section);
	ZSTD_freeCCtx(compressor);
	close_index(&index);
}

TEST(a_row_is_found_among_the_blocks_written_so_far)
{
	struct index_builder builder;
	struct narc_error error;

	ASSERT_OK(index_builder_init(&builder, 1 << 20, "/tmp", &error), &error);
	for (uint64_t count = 1; count < 40; count++) {
		add_block(&builder, count - 1);
		for (uint64_t row = 0; row < count * ROWS_PER_BLOCK; row++) {
			struct block_entry entry;

			ASSERT_OK(index_find_block(&builder, row, &entry, &error), &error);
			assert_block(&entry, row / ROWS_PER_BLOCK);
		}
	}
	index_builder_free(&builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_lead_to_their_blocks_in_trees_of_one_two_and_three_levels),
		cmocka_unit_test(keys_that_were_sorted_by_way_of_a_file_lead_to_the_same_blocks),
		cmocka_unit_test(a_look_up_reads_a_page_of_each_level_once),
		cmocka_unit_test(blocks_are_found_by_number_row_and_time),
		cmocka_unit_test(blocks_are_found_in_a_tree_of_three_levels),
		cmocka_unit_test(a_page_that_lies_elsewhere_than_in_the_index_is_corrupt),
		cmocka_unit_test(a_page_of_the_other_index_or_of_a_wrong_level_is_corrupt),
		cmocka_unit_test(a_block_that_lies_elsewhere_than_in_its_run_is_corrupt),
		cmocka_unit_test(a_page_that_is_its_own_child_is_corrupt),
		cmocka_unit_test(a_row_is_found_among_the_blocks_written_so_far),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
