/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers for encoders and readers for decoders. */
#include "support_check.h"

#include <string.h>

#include "support/byte_buffer.h"

/* Numbers on both sides of every change of length. */
static const uint64_t varints[] = {
	0, 1, 127, 128, 129, 16383, 16384, 2097151, 2097152, (1u << 28) - 1, 1u << 28,
	(UINT64_C(1) << 35) - 1, UINT64_C(1) << 35, (UINT64_C(1) << 42) - 1, UINT64_C(1) << 42,
	(UINT64_C(1) << 49) - 1, UINT64_C(1) << 49, (UINT64_C(1) << 56) - 1, UINT64_C(1) << 56,
	(UINT64_C(1) << 63) - 1, UINT64_C(1) << 63, UINT64_MAX,
};

TEST(a_varint_comes_back_and_has_the_shortest_form)
{
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;

	for (size_t i = 0; i < COUNT_OF(varints); i++) {
		struct byte_reader reader;
		size_t shortest = 1;

		for (uint64_t rest = varints[i] >> 7; rest; rest >>= 7)
			shortest++;
		byte_buffer_clear(&buffer);
		byte_buffer_append_varint(&buffer, varints[i]);
		assert_int_equal(buffer.size, shortest);
		reader = byte_reader_over(buffer.data, buffer.size);
		assert_true(byte_reader_varint(&reader) == varints[i]);
		assert_true(byte_reader_ok(&reader));
		assert_int_equal(byte_reader_left(&reader), 0);
	}
	byte_buffer_free(&buffer);
}

TEST(a_zigzag_comes_back_and_is_what_the_format_says)
{
	static const struct {
		int64_t value;
		uint64_t bits;
	} cases[] = {
		{ 0, 0 }, { -1, 1 }, { 1, 2 }, { -2, 3 }, { 63, 126 }, { -64, 127 }, { 64, 128 },
		{ INT64_MAX, UINT64_MAX - 1 }, { INT64_MIN, UINT64_MAX },
	};
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct byte_reader reader;

		byte_buffer_clear(&buffer);
		byte_buffer_append_zigzag(&buffer, cases[i].value);
		reader = byte_reader_over(buffer.data, buffer.size);
		assert_true(byte_reader_varint(&reader) == cases[i].bits);
		reader = byte_reader_over(buffer.data, buffer.size);
		assert_true(byte_reader_zigzag(&reader) == cases[i].value);
		assert_true(byte_reader_ok(&reader));
	}
	byte_buffer_free(&buffer);
}

static void assert_varint_is_rejected(const uint8_t *bytes, size_t size)
{
	struct byte_reader reader = byte_reader_over(bytes, size);

	assert_true(byte_reader_varint(&reader) == 0);
	assert_false(byte_reader_ok(&reader));
}

TEST(a_varint_longer_than_it_needs_to_be_is_rejected)
{
	assert_varint_is_rejected((const uint8_t[]){ 0x80, 0 }, 2);
	assert_varint_is_rejected((const uint8_t[]){ 0xff, 0 }, 2);
	assert_varint_is_rejected((const uint8_t[]){ 0x80, 0x80, 0 }, 3);
	assert_varint_is_rejected(
		(const uint8_t[]){ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 }, 10);
}

TEST(a_varint_of_more_than_64_bits_is_rejected)
{
	assert_varint_is_rejected(
		(const uint8_t[]){ 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2 }, 10);
	assert_varint_is_rejected(
		(const uint8_t[]){ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
		10);
	/* An eleventh byte, whatever it is. */
	assert_varint_is_rejected((const uint8_t[]){ 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
						     0x80, 0x81, 0 },
				  11);
}

TEST(a_varint_cut_short_is_rejected)
{
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;

	byte_buffer_append_varint(&buffer, UINT64_MAX);
	for (size_t size = 0; size < buffer.size; size++)
		assert_varint_is_rejected(buffer.data, size);
	byte_buffer_free(&buffer);
}

TEST(fixed_numbers_are_little_endian)
{
	static const uint8_t wanted[] = { 0x01, 0x03, 0x02, 0x07, 0x06, 0x05, 0x04, 0x0f,
					  0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08 };
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;
	struct byte_reader reader;

	byte_buffer_append_u8(&buffer, 0x01);
	byte_buffer_append_u16(&buffer, 0x0203);
	byte_buffer_append_u32(&buffer, 0x04050607);
	byte_buffer_append_u64(&buffer, UINT64_C(0x08090a0b0c0d0e0f));
	assert_int_equal(buffer.size, sizeof(wanted));
	assert_memory_equal(buffer.data, wanted, sizeof(wanted));
	reader = byte_reader_over(buffer.data, buffer.size);
	assert_int_equal(byte_reader_u8(&reader), 0x01);
	assert_int_equal(byte_reader_u16(&reader), 0x0203);
	assert_int_equal(byte_reader_u32(&reader), 0x04050607);
	assert_true(byte_reader_u64(&reader) == UINT64_C(0x08090a0b0c0d0e0f));
	assert_true(byte_reader_ok(&reader));
	assert_int_equal(byte_reader_left(&reader), 0);
	byte_buffer_free(&buffer);
}

TEST(a_string_comes_back_and_may_be_empty)
{
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;
	struct byte_reader reader;
	const uint8_t *bytes;
	size_t size;

	byte_buffer_append_string(&buffer, "", 0);
	byte_buffer_append_string(&buffer, "a\0b", 3);
	reader = byte_reader_over(buffer.data, buffer.size);
	assert_non_null(byte_reader_string(&reader, &size));
	assert_int_equal(size, 0);
	bytes = byte_reader_string(&reader, &size);
	assert_int_equal(size, 3);
	assert_memory_equal(bytes, "a\0b", 3);
	assert_true(byte_reader_ok(&reader));
	byte_buffer_free(&buffer);
}

TEST(a_string_that_claims_more_than_there_is_is_rejected)
{
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;
	struct byte_reader reader;
	size_t size = 1;

	byte_buffer_append_varint(&buffer, UINT64_MAX);
	byte_buffer_append(&buffer, "abc", 3);
	reader = byte_reader_over(buffer.data, buffer.size);
	assert_null(byte_reader_string(&reader, &size));
	assert_int_equal(size, 0);
	assert_false(byte_reader_ok(&reader));
	byte_buffer_free(&buffer);
}

TEST(a_reader_that_failed_once_gives_nothing_any_more)
{
	static const uint8_t bytes[16] = { 0xff, 0xff, 0xff, 0xff };
	struct byte_reader reader = byte_reader_over(bytes, sizeof(bytes));
	size_t size;

	assert_null(byte_reader_bytes(&reader, sizeof(bytes) + 1));
	assert_null(byte_reader_bytes(&reader, 1));
	assert_int_equal(byte_reader_u8(&reader), 0);
	assert_int_equal(byte_reader_u16(&reader), 0);
	assert_int_equal(byte_reader_u32(&reader), 0);
	assert_true(byte_reader_u64(&reader) == 0);
	assert_true(byte_reader_varint(&reader) == 0);
	assert_true(byte_reader_zigzag(&reader) == 0);
	assert_null(byte_reader_string(&reader, &size));
	assert_false(byte_reader_ok(&reader));
}

TEST(a_reader_over_nothing_has_nothing)
{
	struct byte_reader reader = byte_reader_over(NULL, 0);

	assert_int_equal(byte_reader_left(&reader), 0);
	assert_int_equal(byte_reader_u8(&reader), 0);
	assert_false(byte_reader_ok(&reader));
}

TEST(a_buffer_that_cannot_grow_stays_failed_and_keeps_what_it_has)
{
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;
	struct narc_error error = { 0 };

	byte_buffer_append(&buffer, "kept", 4);
	assert_null(byte_buffer_reserve(&buffer, SIZE_MAX - 2));
	byte_buffer_append(&buffer, "lost", 4);
	byte_buffer_append_varint(&buffer, 1);
	assert_int_equal(buffer.size, 4);
	assert_memory_equal(buffer.data, "kept", 4);
	ASSERT_STATUS(byte_buffer_status(&buffer, &error), NARC_NOMEM, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_NOMEM);
	byte_buffer_free(&buffer);
	assert_false(buffer.failed);
}

TEST(reserving_does_not_change_what_the_buffer_holds)
{
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;
	uint8_t *place;

	assert_non_null(byte_buffer_reserve(&buffer, 0));
	assert_int_equal(buffer.size, 0);
	byte_buffer_append(&buffer, "abc", 3);
	place = byte_buffer_reserve(&buffer, 100000);
	assert_ptr_equal(place, buffer.data + 3);
	assert_int_equal(buffer.size, 3);
	assert_memory_equal(buffer.data, "abc", 3);
	byte_buffer_append(&buffer, NULL, 0);
	assert_int_equal(buffer.size, 3);
	byte_buffer_free(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_varint_comes_back_and_has_the_shortest_form),
		cmocka_unit_test(a_zigzag_comes_back_and_is_what_the_format_says),
		cmocka_unit_test(a_varint_longer_than_it_needs_to_be_is_rejected),
		cmocka_unit_test(a_varint_of_more_than_64_bits_is_rejected),
		cmocka_unit_test(a_varint_cut_short_is_rejected),
		cmocka_unit_test(fixed_numbers_are_little_endian),
		cmocka_unit_test(a_string_comes_back_and_may_be_empty),
		cmocka_unit_test(a_string_that_claims_more_than_there_is_is_rejected),
		cmocka_unit_test(a_reader_that_failed_once_gives_nothing_any_more),
		cmocka_unit_test(a_reader_over_nothing_has_nothing),
		cmocka_unit_test(a_buffer_that_cannot_grow_stays_failed_and_keeps_what_it_has),
		cmocka_unit_test(reserving_does_not_change_what_the_buffer_holds),
	};

	return cmocka_run_group_tests_name("byte_buffer", tests, NULL, NULL);
}
