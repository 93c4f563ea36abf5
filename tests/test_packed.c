/* SPDX-License-Identifier: BSD-2-Clause */
/* Packed columns and packed bodies (section 2 of the format). */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "format/packed_body.h"
#include "format/packed_column.h"
#include "support_section.h"

/* ---- columns ----------------------------------------------------------------------- */

static struct packed_column assert_column_comes_back(const int64_t *values, size_t count)
{
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;
	struct byte_reader reader;
	struct packed_column column;
	uint8_t *copy;

	packed_column_encode(&buffer, values, count);
	assert_int_equal(buffer.size, packed_column_size(values, count));
	copy = malloc(buffer.size); /* of just this size, for sanitizers */
	memcpy(copy, buffer.data, buffer.size);
	reader = byte_reader_over(copy, buffer.size);
	column = packed_column_read(&reader, count);
	assert_true(byte_reader_ok(&reader));
	assert_int_equal(byte_reader_left(&reader), 0);
	for (size_t i = 0; i < count; i++)
		assert_true(packed_column_get(&column, i) == values[i]);
	free(copy);
	byte_buffer_free(&buffer);
	column.bits = NULL;
	return column;
}

TEST(columns_of_every_width_and_many_counts_come_back)
{
	struct test_random random = { 3 };

	for (unsigned width = 0; width <= 64; width++) {
		const uint64_t mask = width < 64 ? (UINT64_C(1) << width) - 1 : UINT64_MAX;

		for (size_t count = 2; count <= 67; count++) {
			int64_t values[67];
			uint64_t base = random_next(&random);
			struct packed_column column;

			/* So that nothing wraps, and the base is the smallest. */
			base = width < 62 ? base >> 3 : (uint64_t)INT64_MIN;
			for (size_t i = 0; i < count; i++)
				values[i] = (int64_t)(base + (random_next(&random) & mask));
			values[random_below(&random, count)] = (int64_t)base;
			values[0] = (int64_t)base;
			values[count - 1] = (int64_t)(base + mask);
			column = assert_column_comes_back(values, count);
			assert_int_equal(column.width, width);
		}
	}
}

TEST(a_column_takes_the_least_width_that_will_do)
{
	for (unsigned width = 1; width <= 63; width++) {
		const int64_t top = INT64_C(1) << (width - 1);

		assert_int_equal(assert_column_comes_back((int64_t[]){ 0, top }, 2).width, width);
		assert_int_equal(assert_column_comes_back((int64_t[]){ -top, 0 }, 2).width, width);
		assert_int_equal(
			assert_column_comes_back((int64_t[]){ -5, top - 5 + (top - 1) }, 2).width,
			width);
	}
}

TEST(extreme_values_come_back)
{
	const int64_t values[] = { INT64_MIN, INT64_MAX, 0, -1, 1, INT64_MIN + 1, INT64_MAX - 1 };

	assert_int_equal(assert_column_comes_back(values, COUNT_OF(values)).width, 64);
	assert_column_comes_back((int64_t[]){ INT64_MIN }, 1);
	assert_column_comes_back((int64_t[]){ INT64_MAX }, 1);
	assert_column_comes_back((int64_t[]){ INT64_MIN, INT64_MIN }, 2);
	assert_column_comes_back((int64_t[]){ INT64_MAX, INT64_MAX - 1 }, 2);
}

TEST(a_column_of_one_value_takes_no_bits)
{
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;
	int64_t values[1000];

	for (size_t i = 0; i < COUNT_OF(values); i++)
		values[i] = -1;
	packed_column_encode(&buffer, values, COUNT_OF(values));
	assert_int_equal(buffer.size, 2);
	assert_memory_equal(buffer.data, "\1\0", 2);
	byte_buffer_free(&buffer);
}

TEST(columns_are_laid_out_as_the_format_says)
{
	/* Base 2, width 3: 0, 5, 7, 1, from the lowest bit up: 001 111 101 000. */
	static const uint8_t wanted[] = { 4, 3, 0xe8, 0x03 };
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;

	packed_column_encode(&buffer, (int64_t[]){ 2, 7, 9, 3 }, 4);
	assert_int_equal(buffer.size, sizeof(wanted));
	assert_memory_equal(buffer.data, wanted, sizeof(wanted));
	byte_buffer_free(&buffer);
}

TEST(base_and_field_add_up_modulo_2_to_the_64)
{
	/* Base -1, width 1, fields 0 and 1; base INT64_MAX, width 1. */
	static const uint8_t low[] = { 1, 1, 2 };
	static const uint8_t high[] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
					1, 2 };
	struct byte_reader reader = byte_reader_over(low, sizeof(low));
	struct packed_column column = packed_column_read(&reader, 2);

	assert_true(byte_reader_ok(&reader));
	assert_true(packed_column_get(&column, 0) == -1);
	assert_true(packed_column_get(&column, 1) == 0);
	reader = byte_reader_over(high, sizeof(high));
	column = packed_column_read(&reader, 2);
	assert_true(byte_reader_ok(&reader));
	assert_true(packed_column_get(&column, 0) == INT64_MAX);
	assert_true(packed_column_get(&column, 1) == INT64_MIN);
}

static bool column_is_taken(const uint8_t *bytes, size_t size, size_t count)
{
	struct byte_reader reader = byte_reader_over(bytes, size);

	packed_column_read(&reader, count);
	return byte_reader_ok(&reader);
}

TEST(a_column_with_a_bit_set_in_the_spare_ones_is_rejected)
{
	for (size_t count = 1; count <= 20; count++) {
		for (uint8_t width = 1; width <= 64; width++) {
			size_t size = (count * width + 7) / 8;
			uint8_t bytes[2 + 160] = { 0, width };

			assert_true(column_is_taken(bytes, 2 + size, count));
			for (size_t bit = count * width; bit < 8 * size; bit++) {
				bytes[2 + bit / 8] = (uint8_t)(1u << bit % 8);
				assert_false(column_is_taken(bytes, 2 + size, count));
				bytes[2 + bit / 8] = 0;
			}
			bytes[2 + (count * width - 1) / 8] =
				(uint8_t)(1u << (count * width - 1) % 8);
			assert_true(column_is_taken(bytes, 2 + size, count));
		}
	}
}

TEST(a_column_cut_short_or_too_wide_is_rejected)
{
	const uint8_t too_wide[2 + 200] = { 0, 65 };
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;

	assert_false(column_is_taken(too_wide, sizeof(too_wide), 1));
	packed_column_encode(&buffer, (int64_t[]){ 1000, 2000, 4000 }, 3);
	for (size_t size = 0; size < buffer.size; size++)
		assert_false(column_is_taken(buffer.data, size, 3));
	assert_true(column_is_taken(buffer.data, buffer.size, 3));
	byte_buffer_free(&buffer);
}

/* ---- bodies ------------------------------------------------------------------------ */

enum { BODY_LIMIT = 100000 };

static enum narc_status decode_body(struct test_codec *codec, const uint8_t *bytes, size_t size,
				    struct byte_reader *raw, struct narc_error *error)
{
	struct byte_reader payload = byte_reader_over(bytes, size);

	return packed_body_decode(&payload, BODY_LIMIT, codec->decompressor, &codec->scratch,
				  "test", 7, raw, error);
}

static void assert_body_is_corrupt(struct test_codec *codec, const uint8_t *bytes, size_t size)
{
	struct byte_reader raw;
	struct narc_error error = { 0 };

	ASSERT_STATUS(decode_body(codec, bytes, size, &raw, &error), NARC_CORRUPT, &error);
	assert_string_equal(error.stage, "test");
	assert_true(error.offset == 7);
}

/* Encodes size bytes, all the same or all different, and checks the encoding taken. */
static void assert_body_comes_back(struct test_codec *codec, size_t size, bool compressible)
{
	struct byte_buffer raw = BYTE_BUFFER_EMPTY;
	struct byte_buffer body = BYTE_BUFFER_EMPTY;
	struct test_random random = { size };
	struct byte_reader decoded;
	struct narc_error error;

	for (size_t i = 0; i < size; i++)
		byte_buffer_append_u8(&raw, compressible ? 'a' : (uint8_t)random_next(&random));
	ASSERT_OK(packed_body_encode(&body, &raw, BODY_LIMIT, codec->compressor, "body", &error),
		  &error);
	assert_int_equal(body.data[0], compressible && size > 50);
	ASSERT_OK(decode_body(codec, body.data, body.size, &decoded, &error), &error);
	assert_int_equal(byte_reader_left(&decoded), size);
	if (size)
		assert_memory_equal(decoded.next, raw.data, size);
	byte_buffer_free(&raw);
	byte_buffer_free(&body);
}

TEST(bodies_come_back_and_are_compressed_only_where_that_pays)
{
	static const size_t sizes[] = { 0, 1, 2, 50, 51, 1000, 65536, BODY_LIMIT };
	struct test_codec codec;

	test_codec_open(&codec);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		assert_body_comes_back(&codec, sizes[i], false);
		if (sizes[i] != 50 && sizes[i] != 51)
			assert_body_comes_back(&codec, sizes[i], true);
	}
	test_codec_close(&codec);
}

TEST(a_body_over_the_limit_is_told_before_it_is_decoded)
{
	struct test_codec codec;
	struct byte_buffer body = BYTE_BUFFER_EMPTY;
	struct byte_reader raw;
	struct narc_error error = { 0 };

	test_codec_open(&codec);
	byte_buffer_append_u8(&body, 1);
	byte_buffer_append_varint(&body, BODY_LIMIT + 1);
	byte_buffer_append(&body, "not a frame", 11);
	ASSERT_STATUS(decode_body(&codec, body.data, body.size, &raw, &error), NARC_LIMIT, &error);
	byte_buffer_clear(&body);
	byte_buffer_append_u8(&body, 1);
	byte_buffer_append_varint(&body, UINT64_MAX);
	ASSERT_STATUS(decode_body(&codec, body.data, body.size, &raw, &error), NARC_LIMIT, &error);
	byte_buffer_free(&body);
	test_codec_close(&codec);
}

TEST(a_body_over_the_limit_is_not_encoded)
{
	struct test_codec codec;
	struct byte_buffer raw = BYTE_BUFFER_EMPTY, body = BYTE_BUFFER_EMPTY;
	struct narc_error error = { 0 };

	test_codec_open(&codec);
	byte_buffer_append(&raw, "0123456789", 10);
	ASSERT_OK(packed_body_encode(&body, &raw, 10, codec.compressor, "body", &error), &error);
	ASSERT_STATUS(packed_body_encode(&body, &raw, 9, codec.compressor, "body", &error),
		      NARC_LIMIT, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_LIMIT);
	byte_buffer_free(&raw);
	byte_buffer_free(&body);
	test_codec_close(&codec);
}

/* Encoding, raw size, and a frame of "aaa...", 200 of them, as often as told. */
static void make_body(struct test_codec *codec, struct byte_buffer *body, uint8_t encoding,
		      uint64_t raw_size, unsigned frames, bool with_size)
{
	char text[200];

	memset(text, 'a', sizeof(text));
	byte_buffer_clear(body);
	byte_buffer_append_u8(body, encoding);
	byte_buffer_append_varint(body, raw_size);
	ZSTD_CCtx_setParameter(codec->compressor, ZSTD_c_contentSizeFlag, with_size);
	for (unsigned i = 0; i < frames; i++) {
		uint8_t *place = byte_buffer_reserve(body, 1000);
		size_t size = ZSTD_compress2(codec->compressor, place, 1000, text, sizeof(text));

		assert_false(ZSTD_isError(size));
		body->size += size;
	}
}

TEST(a_body_that_does_not_decode_to_just_its_size_is_corrupt)
{
	struct test_codec codec;
	struct byte_buffer body = BYTE_BUFFER_EMPTY;
	struct byte_reader raw;
	struct narc_error error;

	test_codec_open(&codec);
	make_body(&codec, &body, 1, 200, 1, true);
	ASSERT_OK(decode_body(&codec, body.data, body.size, &raw, &error), &error);
	make_body(&codec, &body, 1, 200, 1, false);
	ASSERT_OK(decode_body(&codec, body.data, body.size, &raw, &error), &error);
	make_body(&codec, &body, 1, 199, 1, true);
	assert_body_is_corrupt(&codec, body.data, body.size);
	make_body(&codec, &body, 1, 201, 1, true);
	assert_body_is_corrupt(&codec, body.data, body.size);
	make_body(&codec, &body, 1, 400, 2, true);
	assert_body_is_corrupt(&codec, body.data, body.size);
	make_body(&codec, &body, 1, 0, 0, true);
	assert_body_is_corrupt(&codec, body.data, body.size);
	byte_buffer_free(&body);
	test_codec_close(&codec);
}

TEST(a_body_of_another_encoding_or_cut_short_is_corrupt)
{
	static const uint8_t plain[] = { 0, 3, 'a', 'b', 'c' };
	static const uint8_t plain_too_long[] = { 0, 2, 'a', 'b', 'c' };
	struct test_codec codec;
	struct byte_buffer body = BYTE_BUFFER_EMPTY;
	struct byte_reader raw;
	struct narc_error error;

	test_codec_open(&codec);
	ASSERT_OK(decode_body(&codec, plain, sizeof(plain), &raw, &error), &error);
	assert_body_is_corrupt(&codec, plain_too_long, sizeof(plain_too_long));
	for (size_t size = 0; size < sizeof(plain); size++)
		assert_body_is_corrupt(&codec, plain, size);
	for (unsigned encoding = 2; encoding < 256; encoding++) {
		make_body(&codec, &body, (uint8_t)encoding, 200, 1, true);
		assert_body_is_corrupt(&codec, body.data, body.size);
	}
	make_body(&codec, &body, 1, 200, 1, true);
	for (size_t size = 0; size < body.size; size++)
		assert_body_is_corrupt(&codec, body.data, size);
	byte_buffer_append_u8(&body, 0);
	assert_body_is_corrupt(&codec, body.data, body.size);
	byte_buffer_free(&body);
	test_codec_close(&codec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_of_every_width_and_many_counts_come_back),
		cmocka_unit_test(a_column_takes_the_least_width_that_will_do),
		cmocka_unit_test(extreme_values_come_back),
		cmocka_unit_test(a_column_of_one_value_takes_no_bits),
		cmocka_unit_test(columns_are_laid_out_as_the_format_says),
		cmocka_unit_test(base_and_field_add_up_modulo_2_to_the_64),
		cmocka_unit_test(a_column_with_a_bit_set_in_the_spare_ones_is_rejected),
		cmocka_unit_test(a_column_cut_short_or_too_wide_is_rejected),
		cmocka_unit_test(bodies_come_back_and_are_compressed_only_where_that_pays),
		cmocka_unit_test(a_body_over_the_limit_is_told_before_it_is_decoded),
		cmocka_unit_test(a_body_over_the_limit_is_not_encoded),
		cmocka_unit_test(a_body_that_does_not_decode_to_just_its_size_is_corrupt),
		cmocka_unit_test(a_body_of_another_encoding_or_cut_short_is_corrupt),
	};

	return cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
