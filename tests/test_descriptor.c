/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors (section 8 of the format). */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/descriptor.h"
#include "format/packed_body.h"
#include "format/post_path.h"
#include "support/byte_order.h"
#include "support/civil_time.h"
#include "support_section.h"

enum { DESCRIPTOR_OFFSET = 1 << 20, FRAME_SIZE = 500 };

/* Local time of a date at 11:01:51. */
static int64_t time_of(int64_t year, unsigned month, unsigned day)
{
	return civil_days_from_date((struct civil_date){ year, month, day }) * SECONDS_PER_DAY +
	       39711;
}

/* A post of 100 bytes that tests change to what they need. */
static struct row plain_row(void)
{
	return (struct row){
		.record = {
			.path = "_posts/2022-01-05-NW202201050123456789.md",
			.info_code = "NW202201050123456789",
			.categories = "emnews",
			.kind = NARC_KIND_POST,
			.type = NARC_TYPE_REGULAR,
			.date_origin = NARC_DATE_FRONT_MATTER,
			.local_time = time_of(2022, 1, 5),
			.zone_minutes = 480,
			.permissions = 0644,
			.mtime_seconds = time_of(2022, 1, 5) - 480 * 60 + 77,
			.mtime_nanoseconds = 123456789,
			.size = 100,
			.hash = UINT64_C(0x0123456789abcdef),
			.generation = 1,
			.version = 1,
		},
	};
}

/* Names that a writer would have made of these rows: those used twice. */
static struct names names_for(const struct row *rows, size_t count)
{
	struct name_counter counter = { 0 };
	struct names names = { 0 };
	struct narc_error error;

	for (size_t i = 0; i < count; i++) {
		const struct narc_record *record = &rows[i].record;
		char shape[PATH_SIZE_LIMIT + 2];
		const char *rest;
		size_t size = post_path_shape(record->path, record->local_time, record->info_code,
					      shape, &rest);

		ASSERT_OK(name_counter_add(&counter, shape, size, &error), &error);
		ASSERT_OK(name_counter_add(&counter, record->categories,
					   strlen(record->categories), &error),
			  &error);
	}
	ASSERT_OK(name_counter_finish(&counter, &names, &error), &error);
	name_counter_free(&counter);
	return names;
}

static struct block_facts facts_for(const struct row *rows, size_t count)
{
	struct block_facts facts = { .frame_size = FRAME_SIZE, .dictionary = 77,
				     .frame_hash = UINT64_MAX - 5, .first_row = 1000,
				     .row_count = (uint32_t)count,
				     .first_local_time = rows[0].record.local_time };

	for (size_t i = 0; i < count; i++)
		facts.content_size += rows[i].source ? 0 : rows[i].record.size;
	if (facts.content_size == 0)
		facts.frame_size = facts.frame_hash = facts.dictionary = 0;
	return facts;
}

static void assert_same_row(const struct row *row, const struct row *wanted, uint64_t number)
{
	const struct narc_record *got = &row->record;
	const struct narc_record *record = &wanted->record;

	assert_string_equal(got->path, record->path);
	assert_string_equal(got->info_code, record->info_code);
	assert_string_equal(got->categories, record->categories);
	assert_int_equal(got->kind, record->kind);
	assert_int_equal(got->type, record->type);
	assert_int_equal(got->date_origin, record->date_origin);
	assert_true(got->local_time == record->local_time);
	assert_int_equal(got->zone_minutes, record->zone_minutes);
	assert_int_equal(got->permissions, record->permissions);
	assert_true(got->mtime_seconds == record->mtime_seconds);
	assert_int_equal(got->mtime_nanoseconds, record->mtime_nanoseconds);
	assert_true(got->size == record->size);
	assert_true(got->hash == record->hash);
	assert_int_equal(got->generation, record->generation);
	assert_int_equal(got->version, record->version);
	assert_true(got->row == number);
	assert_true(row->source == wanted->source && row->replaces == wanted->replaces);
}

static void assert_same_facts(const struct block_facts *facts, const struct block_facts *wanted)
{
	assert_true(facts->frame_size == wanted->frame_size);
	assert_true(facts->content_size == wanted->content_size);
	assert_int_equal(facts->dictionary, wanted->dictionary);
	assert_true(facts->frame_hash == wanted->frame_hash);
	assert_true(facts->first_row == wanted->first_row);
	assert_int_equal(facts->row_count, wanted->row_count);
	assert_true(facts->first_local_time == wanted->first_local_time);
}

/* Encodes the rows with the names that they make, and without any, and reads them back. */
static void assert_rows_come_back(const struct row *rows, size_t count)
{
	struct test_codec codec;
	struct names lists[2] = { names_for(rows, count), { 0 } };
	struct block_facts facts = facts_for(rows, count);
	struct row_walk *walk = malloc(sizeof(*walk));

	test_codec_open(&codec);
	for (size_t turn = 0; turn < 2; turn++) {
		struct byte_buffer section = BYTE_BUFFER_EMPTY;
		struct descriptor descriptor;
		uint64_t start = 0;
		struct row row;
		struct narc_error error;

		ASSERT_OK(descriptor_encode(&section, &facts, rows, &lists[turn],
					    codec.compressor, &error),
			  &error);
		ASSERT_OK(descriptor_decode(section.data, section.size, DESCRIPTOR_OFFSET,
					    codec.decompressor, &codec.scratch, &descriptor,
					    &error),
			  &error);
		assert_same_facts(&descriptor.facts, &facts);
		row_walk_begin(walk, &descriptor, &lists[turn]);
		for (size_t i = 0; i < count; i++) {
			ASSERT_OK(row_walk_next(walk, &row, &error), &error);
			assert_same_row(&row, &rows[i], facts.first_row + i);
			assert_true(row.content_start == start);
			start += rows[i].source ? 0 : rows[i].record.size;
		}
		ASSERT_STATUS(row_walk_next(walk, &row, &error), NARC_END, &error);
		byte_buffer_free(&section);
	}
	names_free(&lists[0]);
	free(walk);
	test_codec_close(&codec);
}

/* The same for one row that differs from plain_row in some fields. */
#define ASSERT_ROW_COMES_BACK(...)                   \
	do {                                         \
		struct row row = plain_row();        \
		struct narc_record *r = &row.record; \
                                                     \
		(void)r;                             \
		__VA_ARGS__;                         \
		assert_rows_come_back(&row, 1);      \
	} while (0)

TEST(a_row_comes_back)
{
	struct row row = plain_row();

	assert_rows_come_back(&row, 1);
}

TEST(infocodes_of_each_form_come_back)
{
	ASSERT_ROW_COMES_BACK(r->info_code = "");
	ASSERT_ROW_COMES_BACK(r->info_code = "202201050123456789");
	ASSERT_ROW_COMES_BACK(r->info_code = "202201059999999999");
	ASSERT_ROW_COMES_BACK(r->info_code = "202201050000000000");
	/* Of the family, but of another date than the row. */
	ASSERT_ROW_COMES_BACK(r->info_code = "NW202201060123456789");
	ASSERT_ROW_COMES_BACK(r->info_code = "NW999999999999999999");
	ASSERT_ROW_COMES_BACK(r->info_code = "000000000000000000");
	ASSERT_ROW_COMES_BACK(r->info_code = "AP202201051234567890");
	ASSERT_ROW_COMES_BACK(r->info_code = "nw202201050123456789");
	ASSERT_ROW_COMES_BACK(r->info_code = "x");
	ASSERT_ROW_COMES_BACK(r->info_code = "\xff\xfe");
}

TEST(an_infocode_of_a_year_that_is_no_four_digits_comes_back)
{
	ASSERT_ROW_COMES_BACK(r->local_time = time_of(0, 1, 1);
			      r->info_code = "NW000001010123456789");
	ASSERT_ROW_COMES_BACK(r->local_time = time_of(9999, 12, 31);
			      r->info_code = "NW999912310123456789");
	ASSERT_ROW_COMES_BACK(r->local_time = time_of(-1, 12, 31);
			      r->info_code = "NW000112310123456789");
	ASSERT_ROW_COMES_BACK(r->local_time = time_of(10000, 1, 1);
			      r->info_code = "NW100000101123456789");
	ASSERT_ROW_COMES_BACK(r->local_time = time_of(20220, 10, 5);
			      r->info_code = "NW202201050123456789");
}

TEST(the_longest_strings_come_back)
{
	char path[PATH_SIZE_LIMIT + 1];
	char code[CODE_SIZE_LIMIT + 1];
	char categories[NAME_SIZE_LIMIT + 1];

	memset(path, 'p', PATH_SIZE_LIMIT);
	memset(code, 'c', CODE_SIZE_LIMIT);
	memset(categories, 'k', NAME_SIZE_LIMIT);
	path[PATH_SIZE_LIMIT] = code[CODE_SIZE_LIMIT] = categories[NAME_SIZE_LIMIT] = '\0';
	ASSERT_ROW_COMES_BACK(r->path = path; r->info_code = code; r->categories = categories);
	for (size_t i = 1; i < PATH_SIZE_LIMIT; i += 2)
		path[i] = '/';
	ASSERT_ROW_COMES_BACK(r->path = path; r->info_code = code; r->categories = "");
	memcpy(path + PATH_SIZE_LIMIT - 14, "2022-01-05-c.m", 14);
	ASSERT_ROW_COMES_BACK(r->path = path; r->info_code = "c");
}

TEST(paths_of_each_shape_come_back)
{
	static const char *const paths[] = {
		"a", "2022-01-05-NW202201050123456789.md", "2022-01-05-NW202201050123456789",
		"2022-01-05-NW202201050123456789.md.bak", "2022-01-06-NW202201050123456789.md",
		"x/y/z/2022-01-05-NW202201050123456789.html",
		"x/2022-01-05-NW2022010501234567890.md",
		"x/2022-01-05-.md", "x/2022-01-05-", "x/2022-01-05", "_posts/other.md",
		"\xe4\xb8\xad\xe6\x96\x87/\xff.md", "a\nb", "a b", "...", "a/.../b", ".hidden",
	};

	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct row rows[2] = { plain_row(), plain_row() };

		ASSERT_ROW_COMES_BACK(r->path = paths[i]);
		ASSERT_ROW_COMES_BACK(r->path = paths[i]; r->info_code = "");
		/* Twice, so that the shape is a name. */
		rows[0].record.path = rows[1].record.path = paths[i];
		assert_rows_come_back(rows, 2);
	}
}

TEST(extreme_times_come_back)
{
	static const int64_t times[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1,
					 INT64_MAX };

	for (size_t i = 0; i < COUNT_OF(times); i++) {
		ASSERT_ROW_COMES_BACK(r->local_time = times[i]);
		ASSERT_ROW_COMES_BACK(r->mtime_seconds = times[i]);
		ASSERT_ROW_COMES_BACK(r->local_time = times[i];
				      r->mtime_seconds = times[COUNT_OF(times) - 1 - i];
				      r->zone_minutes = i % 2 ? ZONE_MINUTES_LIMIT
							      : -ZONE_MINUTES_LIMIT);
	}
	ASSERT_ROW_COMES_BACK(r->mtime_nanoseconds = 0);
	ASSERT_ROW_COMES_BACK(r->mtime_nanoseconds = 999999999);
}

TEST(rows_from_the_beginning_to_the_end_of_time_come_back)
{
	struct row rows[5];

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		rows[i] = plain_row();
	rows[0].record.local_time = INT64_MIN;
	rows[1].record.local_time = -1;
	rows[2].record.local_time = 0;
	rows[3].record.local_time = INT64_MAX;
	rows[4].record.local_time = INT64_MAX;
	rows[4].record.mtime_seconds = INT64_MIN;
	assert_rows_come_back(rows, COUNT_OF(rows));
}

TEST(permissions_kinds_and_origins_come_back)
{
	ASSERT_ROW_COMES_BACK(r->permissions = 0);
	ASSERT_ROW_COMES_BACK(r->permissions = 07777);
	ASSERT_ROW_COMES_BACK(r->type = NARC_TYPE_SYMLINK; r->permissions = 0777;
			      r->kind = NARC_KIND_FILE; r->info_code = "");
	for (int origin = NARC_DATE_FRONT_MATTER; origin <= NARC_DATE_MTIME; origin++) {
		ASSERT_ROW_COMES_BACK(r->date_origin = (enum narc_date_origin)origin);
		ASSERT_ROW_COMES_BACK(r->date_origin = (enum narc_date_origin)origin;
				      r->kind = NARC_KIND_FILE);
	}
}

TEST(sizes_and_hashes_come_back)
{
	ASSERT_ROW_COMES_BACK(r->size = 0);
	ASSERT_ROW_COMES_BACK(r->size = 1);
	ASSERT_ROW_COMES_BACK(r->size = INT64_MAX);
	ASSERT_ROW_COMES_BACK(r->hash = 0);
	ASSERT_ROW_COMES_BACK(r->hash = UINT64_MAX);
	ASSERT_ROW_COMES_BACK(row.source = 1);
	ASSERT_ROW_COMES_BACK(row.source = 1000; r->size = 12345678);
	ASSERT_ROW_COMES_BACK(row.source = -1);
	ASSERT_ROW_COMES_BACK(row.replaces = 1000; r->generation = 2; r->version = 2);
	ASSERT_ROW_COMES_BACK(row.replaces = -5; r->generation = UINT32_MAX;
			      r->version = UINT32_MAX);
}

TEST(blocks_of_all_kinds_of_rows_come_back)
{
	enum { ROWS = 3000 };
	struct row *rows = calloc(ROWS, sizeof(*rows));
	char (*texts)[4][64] = calloc(ROWS, sizeof(*texts));
	struct test_random random = { 5 };
	int64_t time = time_of(2021, 12, 1);

	for (size_t i = 0; i < ROWS; i++) {
		struct narc_record *record = &rows[i].record;

		rows[i] = plain_row();
		time += (int64_t)random_below(&random, 30000);
		record->local_time = time;
		record->mtime_seconds = (int64_t)random_next(&random);
		record->size = random_below(&random, 5000);
		record->hash = random_next(&random);
		record->zone_minutes = (int)random_below(&random, 3) * 60;
		record->permissions = random_below(&random, 5) ? 0644 : 0600;
		if (random_below(&random, 4) == 0)
			rows[i].source = 1 + random_below(&random, 900);
		snprintf(texts[i][0], sizeof(texts[i][0]), "%s%08llu%010llu", i % 2 ? "NW" : "",
			 (unsigned long long)civil_date_as_number(civil_date_of(time)),
			 (unsigned long long)random_below(&random, UINT64_C(10000000000)));
		if (random_below(&random, 5) == 0)
			snprintf(texts[i][0], sizeof(texts[i][0]), "code-%u", (unsigned)i);
		record->info_code = random_below(&random, 6) ? texts[i][0] : "";
		civil_date_format(civil_date_of(time), texts[i][1]);
		snprintf(texts[i][2], sizeof(texts[i][2]), "_posts/%s-%s.md", texts[i][1],
			 texts[i][0]);
		record->path = random_below(&random, 6) ? texts[i][2] : texts[i][2] + 3;
		record->categories = random_below(&random, 3) ? "emnews" : texts[i][0];
	}
	assert_rows_come_back(rows, ROWS);
	free(rows);
	free(texts);
}

TEST(a_block_of_as_many_rows_as_there_may_be_comes_back_and_one_more_is_corrupt)
{
	struct row *rows = calloc(BLOCK_ROWS_LIMIT + 1, sizeof(*rows));
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct names names = { 0 };
	struct block_facts facts;
	struct descriptor descriptor;
	struct narc_error error = { 0 };

	for (size_t i = 0; i <= BLOCK_ROWS_LIMIT; i++)
		rows[i] = plain_row();
	assert_rows_come_back(rows, BLOCK_ROWS_LIMIT);
	test_codec_open(&codec);
	facts = facts_for(rows, BLOCK_ROWS_LIMIT + 1);
	ASSERT_OK(descriptor_encode(&section, &facts, rows, &names, codec.compressor, &error),
		  &error);
	ASSERT_STATUS(descriptor_decode(section.data, section.size, DESCRIPTOR_OFFSET,
					codec.decompressor, &codec.scratch, &descriptor, &error),
		      NARC_CORRUPT, &error);
	byte_buffer_free(&section);
	test_codec_close(&codec);
	free(rows);
}

/* ---- damage ------------------------------------------------------------------------ */

static struct names no_names;

/* Decodes and goes through all rows. */
static enum narc_status decode_rows(struct test_codec *codec, const uint8_t *section, size_t size,
				    struct narc_error *error)
{
	static struct row_walk walk;
	struct descriptor descriptor;
	struct row row;
	enum narc_status status = descriptor_decode(section, size, DESCRIPTOR_OFFSET,
						    codec->decompressor, &codec->scratch,
						    &descriptor, error);

	if (status != NARC_OK)
		return status;
	row_walk_begin(&walk, &descriptor, &no_names);
	while ((status = row_walk_next(&walk, &row, error)) == NARC_OK)
		;
	return status == NARC_END ? NARC_OK : status;
}

static void make_small_block(struct test_codec *codec, struct byte_buffer *section)
{
	struct row rows[3] = { plain_row(), plain_row(), plain_row() };
	struct block_facts facts;
	struct narc_error error;

	rows[1].record.path = "b";
	rows[1].record.info_code = "code";
	rows[1].record.size = 55;
	rows[2].record.local_time += 99;
	rows[2].record.categories = "";
	rows[2].source = 2;
	facts = facts_for(rows, 3);
	byte_buffer_clear(section);
	ASSERT_OK(descriptor_encode(section, &facts, rows, &no_names, codec->compressor, &error),
		  &error);
	ASSERT_OK(decode_rows(codec, section->data, section->size, &error), &error);
}

TEST(every_change_of_a_descriptor_is_refused)
{
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;

	test_codec_open(&codec);
	make_small_block(&codec, &section);
	assert_every_change_is_refused(&codec, &section, decode_rows);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

TEST(a_descriptor_with_any_byte_changed_by_hand_is_taken_or_refused_without_harm)
{
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;

	test_codec_open(&codec);
	make_small_block(&codec, &section);
	/* Times, hashes, letters and numbers can be others; most else cannot. */
	assert_true(count_resealed_changes_taken(&codec, &section, decode_rows) > 0);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

/* The values of a block of one row, field by field, to write one that breaks a rule. */
struct raw_block {
	uint64_t frame_size;
	uint64_t content_size;
	uint32_t dictionary;
	uint64_t frame_hash;
	uint64_t first_row;
	uint64_t row_count;
	int64_t first_local_time;
	uint8_t flags;
	int64_t columns[COLUMN_COUNT];
	const char *strings;
	size_t strings_size;
	size_t left_over; /* bytes behind the body */
};

static struct raw_block good_block(void)
{
	struct raw_block block = {
		.frame_size = 50,
		.content_size = 100,
		.dictionary = 7,
		.frame_hash = 8,
		.first_row = 3,
		.row_count = 1,
		.first_local_time = time_of(2022, 1, 5),
		.strings = "\1p",
		.strings_size = 2,
	};

	block.columns[COLUMN_LENGTH] = 100;
	block.columns[COLUMN_GENERATION] = block.columns[COLUMN_VERSION] = 1;
	block.columns[COLUMN_MODE] = 0100644;
	block.columns[COLUMN_SHAPE] = NAME_LITERAL;
	return block;
}

static enum narc_status decode_raw_block(const struct raw_block *block, const struct names *names)
{
	struct byte_buffer payload = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	byte_buffer_append_varint(&payload, block->frame_size);
	byte_buffer_append_varint(&payload, block->content_size);
	byte_buffer_append_u32(&payload, block->dictionary);
	byte_buffer_append_u64(&payload, block->frame_hash);
	byte_buffer_append_varint(&payload, block->first_row);
	byte_buffer_append_varint(&payload, block->row_count);
	byte_buffer_append_zigzag(&payload, block->first_local_time);
	byte_buffer_append_u8(&payload, block->flags);
	for (size_t column = 0; column < COLUMN_COUNT; column++)
		packed_column_encode(&payload, &block->columns[column], 1);
	byte_buffer_append_u64(&payload, 99);
	byte_buffer_append_u8(&payload, 0);
	byte_buffer_append_varint(&payload, block->strings_size);
	byte_buffer_append(&payload, block->strings, block->strings_size);
	for (size_t i = 0; i < block->left_over; i++)
		byte_buffer_append_u8(&payload, 0);
	no_names = *names;
	status = decode_payload(SECTION_DESCRIPTOR, &payload, decode_rows);
	no_names = (struct names){ 0 };
	byte_buffer_free(&payload);
	return status;
}

/* good_block with changes. */
#define ASSERT_BLOCK(wanted, ...)                                        \
	do {                                                             \
		struct raw_block b = good_block();                       \
		const struct names none = { 0 };                         \
                                                                         \
		__VA_ARGS__;                                             \
		assert_int_equal(decode_raw_block(&b, &none), (wanted)); \
	} while (0)

TEST(the_facts_of_a_block_must_be_in_range_and_agree)
{
	ASSERT_BLOCK(NARC_OK, (void)b);
	ASSERT_BLOCK(NARC_CORRUPT, b.row_count = 0);
	ASSERT_BLOCK(NARC_CORRUPT, b.row_count = BLOCK_ROWS_LIMIT + 1);
	ASSERT_BLOCK(NARC_CORRUPT, b.row_count = UINT64_MAX);
	ASSERT_BLOCK(NARC_CORRUPT, b.row_count = 2);
	ASSERT_BLOCK(NARC_CORRUPT, b.frame_size = 0);
	ASSERT_BLOCK(NARC_CORRUPT, b.content_size = 0);
	ASSERT_BLOCK(NARC_CORRUPT, b.content_size = 99);
	ASSERT_BLOCK(NARC_CORRUPT, b.content_size = 101);
	ASSERT_BLOCK(NARC_LIMIT, b.content_size = UINT64_MAX);
	ASSERT_BLOCK(NARC_CORRUPT, b.frame_size = DESCRIPTOR_OFFSET + 1);
	ASSERT_BLOCK(NARC_CORRUPT, b.frame_size = UINT64_MAX);
	ASSERT_BLOCK(NARC_OK, b.frame_size = DESCRIPTOR_OFFSET);
	ASSERT_BLOCK(NARC_LIMIT, b.first_row = UINT64_MAX);
	ASSERT_BLOCK(NARC_OK, b.frame_size = b.content_size = b.frame_hash = b.dictionary = 0;
		     b.columns[COLUMN_LENGTH] = 0);
	ASSERT_BLOCK(NARC_CORRUPT, b.frame_size = b.content_size = b.frame_hash = 0;
		     b.columns[COLUMN_LENGTH] = 0);
	ASSERT_BLOCK(NARC_CORRUPT, b.frame_size = b.content_size = b.dictionary = 0;
		     b.columns[COLUMN_LENGTH] = 0);
	for (unsigned bit = 1; bit < 8; bit++)
		ASSERT_BLOCK(NARC_CORRUPT, b.flags = (uint8_t)(1u << bit));
	ASSERT_BLOCK(NARC_OK, b.flags = 1);
	ASSERT_BLOCK(NARC_CORRUPT, b.left_over = 1);
}

TEST(lengths_and_sources_must_be_in_range)
{
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_LENGTH] = -1);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_LENGTH] = INT64_MAX);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_LENGTH] = INT64_MIN);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_SOURCE] = INT64_MIN);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_SOURCE] = -1;
		     b.frame_size = b.content_size = b.frame_hash = b.dictionary = 0);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_SOURCE] = 4;
		     b.frame_size = b.content_size = b.frame_hash = b.dictionary = 0);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_SOURCE] = 3;
		     b.frame_size = b.content_size = b.frame_hash = b.dictionary = 0);
	/* A copy owns nothing, so the block would hold more than its rows. */
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_SOURCE] = 3);
}

TEST(generation_version_and_replaced_row_must_be_in_range)
{
	static const enum descriptor_column columns[] = { COLUMN_GENERATION, COLUMN_VERSION };

	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		ASSERT_BLOCK(NARC_OK, b.columns[columns[i]] = UINT32_MAX);
		ASSERT_BLOCK(NARC_CORRUPT, b.columns[columns[i]] = 0);
		ASSERT_BLOCK(NARC_CORRUPT, b.columns[columns[i]] = -1);
		ASSERT_BLOCK(NARC_CORRUPT, b.columns[columns[i]] = (int64_t)UINT32_MAX + 1);
	}
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_REPLACES] = 3);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_REPLACES] = -1000);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_REPLACES] = 4);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_REPLACES] = INT64_MIN);
}

TEST(times_must_be_in_range)
{
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_STEP] = 1);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_ZONE] = 1439);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_ZONE] = -1439);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_ZONE] = 1440);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_ZONE] = -1440);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_ZONE] = INT64_MIN);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_MTIME_NANOSECONDS] = 999999999);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_MTIME_NANOSECONDS] = 1000000000);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_MTIME_NANOSECONDS] = -1);
}

TEST(class_and_mode_must_be_known)
{
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_CLASS] = 7);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CLASS] = 8);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CLASS] = -1);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_MODE] = 0120777);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_MODE] = 0107777);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_MODE] = 0644);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_MODE] = 0040755);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_MODE] = 0300644);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_MODE] = -1);
}

#define STRINGS(text) b.strings = (text); b.strings_size = sizeof(text) - 1

TEST(infocodes_must_be_in_range)
{
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_CODE_FORM] = 3; STRINGS("\1c\1p"));
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CODE_FORM] = 3; STRINGS("\0\1p"));
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CODE_FORM] = 3; STRINGS("\1\0\1p"));
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CODE_FORM] = 4);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CODE_FORM] = -1);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_CODE_FORM] = 1;
		     b.columns[COLUMN_CODE_NUMBER] = INT64_C(9999999999));
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CODE_FORM] = 2;
		     b.columns[COLUMN_CODE_NUMBER] = INT64_C(10000000000));
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CODE_FORM] = 1;
		     b.columns[COLUMN_CODE_NUMBER] = -1);
	/* Of other forms the number is ignored. */
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_CODE_NUMBER] = INT64_MIN);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CODE_FORM] = 1;
		     b.first_local_time = time_of(10000, 1, 1));
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CODE_FORM] = 1;
		     b.first_local_time = time_of(-1, 12, 31));
}

TEST(an_infocode_of_255_bytes_is_taken_and_one_of_256_is_not)
{
	char strings[2 + 256 + 2];

	memset(strings, 'c', sizeof(strings));
	memcpy(strings, "\xff\x01", 2);
	memcpy(strings + 2 + 255, "\1p", 2);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_CODE_FORM] = 3; b.strings = strings;
		     b.strings_size = sizeof(strings) - 1);
	memcpy(strings, "\x80\x02", 2);
	strings[2 + 255] = 'c';
	memcpy(strings + 2 + 256, "\1p", 2);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CODE_FORM] = 3; b.strings = strings;
		     b.strings_size = sizeof(strings));
}

TEST(strings_must_be_there_and_used_up)
{
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS(""));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\2p"));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\1p\1q"));
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CATEGORIES] = 1);
	ASSERT_BLOCK(NARC_OK, b.columns[COLUMN_CATEGORIES] = 1; STRINGS("\1k\1p"));
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CATEGORIES] = 1; STRINGS("\1\0\1p"));
}

TEST(a_path_must_be_one_that_may_be_stored)
{
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\0"));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\2/p"));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\2p/"));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\1."));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\2.."));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\4../p"));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\4p/.."));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\4p//q"));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\5p/./q"));
	ASSERT_BLOCK(NARC_CORRUPT, STRINGS("\3p\0q"));
	ASSERT_BLOCK(NARC_OK, STRINGS("\3..."));
}

/* Decodes good_block with one name in the list, at reference 2. */
static enum narc_status decode_with_name(struct raw_block block, const char *bytes, size_t size)
{
	char *copy = malloc(size + 1);
	struct name name = { copy, (uint32_t)size };
	struct names names = { .count = 1, .names = &name };
	enum narc_status status;

	memcpy(copy, bytes, size);
	copy[size] = '\0';
	status = decode_raw_block(&block, &names);
	free(copy);
	return status;
}

TEST(a_name_reference_must_lead_to_a_name)
{
	struct raw_block block = good_block();

	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_SHAPE] = 0);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_SHAPE] = 2);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_SHAPE] = -1);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CATEGORIES] = 2);
	ASSERT_BLOCK(NARC_CORRUPT, b.columns[COLUMN_CATEGORIES] = -1);
	block.columns[COLUMN_SHAPE] = 2;
	assert_int_equal(decode_with_name(block, "folder/", 7), NARC_OK);
	block.columns[COLUMN_SHAPE] = 3;
	assert_int_equal(decode_with_name(block, "folder/", 7), NARC_CORRUPT);
	block = good_block();
	block.columns[COLUMN_CATEGORIES] = 2;
	assert_int_equal(decode_with_name(block, "a\nb", 3), NARC_OK);
	assert_int_equal(decode_with_name(block, "a\0b", 3), NARC_CORRUPT);
}

TEST(a_shape_with_a_nul_needs_an_infocode_and_has_no_second_one)
{
	struct raw_block block = good_block();
	char *shape = malloc(NAME_SIZE_LIMIT);

	block.columns[COLUMN_SHAPE] = 2;
	block.strings_size = 0;
	assert_int_equal(decode_with_name(block, "folder/\0.md", 11), NARC_CORRUPT);
	block.columns[COLUMN_CODE_FORM] = 1;
	assert_int_equal(decode_with_name(block, "folder/\0.md", 11), NARC_OK);
	assert_int_equal(decode_with_name(block, "\0", 1), NARC_OK);
	assert_int_equal(decode_with_name(block, "folder/\0.md\0", 12), NARC_CORRUPT);
	assert_int_equal(decode_with_name(block, "../\0.md", 7), NARC_CORRUPT);
	assert_int_equal(decode_with_name(block, "/\0.md", 5), NARC_CORRUPT);
	/* With date and infoCode, 31 bytes, the path is at its limit, then above. */
	memset(shape, 'x', NAME_SIZE_LIMIT);
	shape[10] = '\0';
	assert_int_equal(decode_with_name(block, shape, PATH_SIZE_LIMIT - 31 + 1), NARC_OK);
	assert_int_equal(decode_with_name(block, shape, PATH_SIZE_LIMIT - 31 + 2), NARC_CORRUPT);
	free(shape);
}

TEST(a_shape_and_what_follows_it_make_a_path_within_the_limit)
{
	struct raw_block block = good_block();
	char *shape = malloc(NAME_SIZE_LIMIT);

	memset(shape, 'x', NAME_SIZE_LIMIT);
	block.columns[COLUMN_SHAPE] = 2;
	assert_int_equal(decode_with_name(block, shape, PATH_SIZE_LIMIT - 1), NARC_OK);
	assert_int_equal(decode_with_name(block, shape, PATH_SIZE_LIMIT), NARC_CORRUPT);
	assert_int_equal(decode_with_name(block, shape, NAME_SIZE_LIMIT), NARC_CORRUPT);
	free(shape);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_comes_back),
		cmocka_unit_test(infocodes_of_each_form_come_back),
		cmocka_unit_test(an_infocode_of_a_year_that_is_no_four_digits_comes_back),
		cmocka_unit_test(the_longest_strings_come_back),
		cmocka_unit_test(paths_of_each_shape_come_back),
		cmocka_unit_test(extreme_times_come_back),
		cmocka_unit_test(rows_from_the_beginning_to_the_end_of_time_come_back),
		cmocka_unit_test(permissions_kinds_and_origins_come_back),
		cmocka_unit_test(sizes_and_hashes_come_back),
		cmocka_unit_test(blocks_of_all_kinds_of_rows_come_back),
		cmocka_unit_test(a_block_of_as_many_rows_as_there_may_be_comes_back_and_one_more_is_corrupt),
		cmocka_unit_test(every_change_of_a_descriptor_is_refused),
		cmocka_unit_test(a_descriptor_with_any_byte_changed_by_hand_is_taken_or_refused_without_harm),
		cmocka_unit_test(the_facts_of_a_block_must_be_in_range_and_agree),
		cmocka_unit_test(lengths_and_sources_must_be_in_range),
		cmocka_unit_test(generation_version_and_replaced_row_must_be_in_range),
		cmocka_unit_test(times_must_be_in_range),
		cmocka_unit_test(class_and_mode_must_be_known),
		cmocka_unit_test(infocodes_must_be_in_range),
		cmocka_unit_test(an_infocode_of_255_bytes_is_taken_and_one_of_256_is_not),
		cmocka_unit_test(strings_must_be_there_and_used_up),
		cmocka_unit_test(a_path_must_be_one_that_may_be_stored),
		cmocka_unit_test(a_name_reference_must_lead_to_a_name),
		cmocka_unit_test(a_shape_with_a_nul_needs_an_infocode_and_has_no_second_one),
		cmocka_unit_test(a_shape_and_what_follows_it_make_a_path_within_the_limit),
	};

	return cmocka_run_group_tests_name("descriptor", tests, NULL, NULL);
}
