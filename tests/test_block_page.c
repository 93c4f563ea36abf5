/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages of the index over blocks (section 10 of the format). */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "format/block_page.h"
#include "format/limits.h"
#include "support_section.h"

/* Entries that follow each other, with times from one end to the other. */
static void make_entries(struct block_entry *entries, uint32_t count, unsigned level)
{
	struct test_random random = { count };
	uint64_t row = 1000, block = 77, offset = UINT64_C(1) << 33;
	uint64_t time = (uint64_t)INT64_MIN;

	for (uint32_t i = 0; i < count; i++) {
		struct block_entry *entry = &entries[i];

		*entry = (struct block_entry){
			.first_local_time = (int64_t)time,
			.first_row = row,
			.rows = 1 + random_below(&random, 5000),
			.first_block = block,
			.blocks = level ? 1 + random_below(&random, 1024) : 1,
			.offset = offset,
			.frame_size = level ? 0 : random_below(&random, 100000),
			.section_size = SECTION_MIN_SIZE + random_below(&random, 10000),
		};
		row += entry->rows;
		block += entry->blocks;
		offset = block_entry_end(entry) + (level ? 0 : random_below(&random, 3) * 1000);
		/* The last one at the very end. */
		time += i + 2 < count ? UINT64_MAX / count : UINT64_MAX;
		if (i + 2 == count)
			time = (uint64_t)INT64_MAX;
	}
}

static void assert_page_comes_back(struct test_codec *codec, uint32_t count, unsigned level)
{
	struct block_entry *entries = calloc(count, sizeof(*entries));
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct block_page page = { 0 };
	struct narc_error error;

	make_entries(entries, count, level);
	ASSERT_OK(block_page_encode(&section, level, entries, count, codec->compressor, &error),
		  &error);
	ASSERT_OK(block_page_decode(section.data, section.size, 9, codec->decompressor,
				    &codec->scratch, &page, &error),
		  &error);
	assert_int_equal(page.level, level);
	assert_int_equal(page.count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_memory_equal(&page.entries[i], &entries[i], sizeof(*entries));
	block_page_free(&page);
	byte_buffer_free(&section);
	free(entries);
}

TEST(pages_of_every_level_and_many_sizes_come_back)
{
	static const uint32_t counts[] = { 1, 2, 3, 100, 1023, PAGE_ENTRIES_LIMIT };
	struct test_codec codec;

	test_codec_open(&codec);
	for (unsigned level = 0; level < TREE_LEVELS_LIMIT; level++)
		for (size_t i = 0; i < COUNT_OF(counts); i++)
			assert_page_comes_back(&codec, counts[i], level);
	test_codec_close(&codec);
}

static enum narc_status decode_page(struct test_codec *codec, const uint8_t *section, size_t size,
				    struct narc_error *error)
{
	struct block_page page = { 0 };
	enum narc_status status = block_page_decode(section, size, 9, codec->decompressor,
						    &codec->scratch, &page, error);

	block_page_free(&page);
	return status;
}

TEST(every_change_of_a_block_page_is_refused)
{
	struct test_codec codec;
	struct block_entry entries[10];
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	test_codec_open(&codec);
	make_entries(entries, 10, 0);
	ASSERT_OK(block_page_encode(&section, 0, entries, 10, codec.compressor, &error), &error);
	assert_every_change_is_refused(&codec, &section, decode_page);
	count_resealed_changes_taken(&codec, &section, decode_page);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

struct page_fields {
	uint8_t level;
	uint64_t count;
	uint64_t first_block;
	uint64_t first_row;
	uint64_t first_offset;
	const char *body;
	size_t body_size;
};

/* Times 1 and 2, rows 5 and 6, frames 0 and 7, descriptors of 20 and 30 bytes, and no gaps. */
#define GOOD_BODY "\2\2\5\6\0\7\x14\x1e\0\0"

/* The same of an inner page, with 1 and 7 blocks in pages of 20 and 30 bytes. */
#define GOOD_INNER_BODY "\2\2\5\6\1\7\x14\x1e"

static struct page_fields good_page(void)
{
	return (struct page_fields){ 0, 2, 3, 4, 100, GOOD_BODY, sizeof(GOOD_BODY) - 1 };
}

static enum narc_status decode_fields(const struct page_fields *fields)
{
	struct byte_buffer payload = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	byte_buffer_append_u8(&payload, fields->level);
	byte_buffer_append_u64(&payload, fields->first_offset);
	byte_buffer_append_varint(&payload, fields->count);
	byte_buffer_append_varint(&payload, fields->first_block);
	byte_buffer_append_varint(&payload, fields->first_row);
	byte_buffer_append_u8(&payload, 0);
	byte_buffer_append_varint(&payload, fields->body_size);
	byte_buffer_append(&payload, fields->body, fields->body_size);
	status = decode_payload(SECTION_BLOCK_PAGE, &payload, decode_page);
	byte_buffer_free(&payload);
	return status;
}

/* good_page with changes. */
#define ASSERT_PAGE(wanted, ...)                            \
	do {                                                \
		struct page_fields p = good_page();         \
                                                            \
		__VA_ARGS__;                                \
		assert_int_equal(decode_fields(&p), wanted); \
	} while (0)

#define BODY(text) p.body = (text); p.body_size = sizeof(text) - 1

TEST(the_fields_of_a_block_page_must_be_in_range)
{
	ASSERT_PAGE(NARC_OK, (void)p);
	ASSERT_PAGE(NARC_OK, p.level = 7; BODY(GOOD_INNER_BODY));
	ASSERT_PAGE(NARC_CORRUPT, p.level = 8; BODY(GOOD_INNER_BODY));
	ASSERT_PAGE(NARC_CORRUPT, p.count = 0);
	ASSERT_PAGE(NARC_CORRUPT, p.count = 0; BODY(""));
	ASSERT_PAGE(NARC_CORRUPT, p.count = 1);
	ASSERT_PAGE(NARC_CORRUPT, p.count = 3);
	ASSERT_PAGE(NARC_CORRUPT, p.count = PAGE_ENTRIES_LIMIT + 1);
	ASSERT_PAGE(NARC_CORRUPT, p.count = UINT64_MAX);
	ASSERT_PAGE(NARC_CORRUPT, BODY(GOOD_BODY "\0"));
	ASSERT_PAGE(NARC_CORRUPT, p.body_size--);
}

TEST(entries_of_a_block_page_must_make_sense)
{
	/* Times ascend in a run only. */
	ASSERT_PAGE(NARC_OK, BODY("\2\1\5\6\0\7\x14\x1e\0\0"));
	ASSERT_PAGE(NARC_OK, BODY("\2\2\5\6\0\7\x14\x1e\0\5"));      /* a gap */
	ASSERT_PAGE(NARC_CORRUPT, BODY("\2\2\5\6\0\7\x14\x1e\5\0")); /* before the first */
	ASSERT_PAGE(NARC_CORRUPT, BODY("\2\2\5\0\0\7\x14\x1e\0\0")); /* no rows */
	ASSERT_PAGE(NARC_CORRUPT, BODY("\2\2\5\6\0\7\x13\x1e\0\0")); /* no descriptor */
	ASSERT_PAGE(NARC_CORRUPT, p.level = 1; BODY("\2\2\5\6\0\7\x14\x1e")); /* no blocks */
	ASSERT_PAGE(NARC_CORRUPT, p.level = 1; BODY("\2\2\5\6\1\0\x14\x1e"));
}

TEST(sums_of_a_block_page_must_not_overflow)
{
	ASSERT_PAGE(NARC_CORRUPT, p.first_offset = UINT64_MAX);
	ASSERT_PAGE(NARC_CORRUPT, p.first_offset = INT64_MAX);
	ASSERT_PAGE(NARC_CORRUPT, p.first_row = UINT64_MAX - 8);
	ASSERT_PAGE(NARC_CORRUPT, p.first_row = ROWS_LIMIT - 10);
	ASSERT_PAGE(NARC_OK, p.first_row = ROWS_LIMIT - 11);
	ASSERT_PAGE(NARC_CORRUPT, p.first_block = UINT64_MAX);
	ASSERT_PAGE(NARC_CORRUPT, p.first_block = ROWS_LIMIT - 1);
	ASSERT_PAGE(NARC_CORRUPT,
		    BODY("\2\2\5\6\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\x14\x1e\0\0"));
	ASSERT_PAGE(NARC_CORRUPT,
		    BODY("\2\2\5\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0\7\x14\x1e\0\0"));
	ASSERT_PAGE(NARC_CORRUPT,
		    BODY("\2\2\5\6\0\7\x14\x1e\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_every_level_and_many_sizes_come_back),
		cmocka_unit_test(every_change_of_a_block_page_is_refused),
		cmocka_unit_test(the_fields_of_a_block_page_must_be_in_range),
		cmocka_unit_test(entries_of_a_block_page_must_make_sense),
		cmocka_unit_test(sums_of_a_block_page_must_not_overflow),
	};

	return cmocka_run_group_tests_name("block_page", tests, NULL, NULL);
}
