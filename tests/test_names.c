/* SPDX-License-Identifier: BSD-2-Clause */
/* The names section, and the dictionary section. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/dictionary.h"
#include "format/limits.h"
#include "format/names.h"
#include "pack/train_dictionary.h"
#include "support/byte_order.h"
#include "support/content_hash.h"
#include "support_section.h"

/* ---- names ------------------------------------------------------------------------- */

static void count(struct name_counter *counter, const char *name, size_t size, unsigned times)
{
	struct narc_error error;

	for (unsigned i = 0; i < times; i++)
		ASSERT_OK(name_counter_add(counter, name, size, &error), &error);
}

static struct names finish(struct name_counter *counter)
{
	struct names names = { 0 };
	struct narc_error error;

	ASSERT_OK(name_counter_finish(counter, &names, &error), &error);
	name_counter_free(counter);
	return names;
}

static void assert_name(const struct names *names, uint64_t reference, const char *wanted,
			size_t size)
{
	const struct name *name = names_get(names, reference);

	assert_non_null(name);
	assert_int_equal(name->size, size);
	assert_memory_equal(name->bytes, wanted, size);
	assert_int_equal(name->bytes[size], '\0');
}

TEST(names_are_in_order_of_use_then_of_their_bytes_and_those_used_once_are_left_out)
{
	struct name_counter counter = { 0 };
	struct names names;

	count(&counter, "b", 1, 2);
	count(&counter, "once", 4, 1);
	count(&counter, "often", 5, 3);
	count(&counter, "ab", 2, 2);
	count(&counter, "a", 1, 2);
	count(&counter, "a\0", 2, 2);
	names = finish(&counter);
	assert_int_equal(names.count, 5);
	assert_name(&names, 2, "often", 5);
	assert_name(&names, 3, "a", 1);
	assert_name(&names, 4, "a\0", 2);
	assert_name(&names, 5, "ab", 2);
	assert_name(&names, 6, "b", 1);
	assert_null(names_get(&names, 7));
	assert_null(names_get(&names, NAME_NONE));
	assert_null(names_get(&names, NAME_LITERAL));
	assert_null(names_get(&names, UINT64_MAX));
	assert_true(names_find(&names, "often", 5) == 2);
	assert_true(names_find(&names, "a\0", 2) == 4);
	assert_true(names_find(&names, "once", 4) == NAME_LITERAL);
	assert_true(names_find(&names, "", 0) == NAME_LITERAL);
	names_free(&names);
}

TEST(names_do_not_depend_on_the_order_in_which_they_were_counted)
{
	struct names made[2];

	for (size_t turn = 0; turn < 2; turn++) {
		struct name_counter counter = { 0 };

		for (unsigned i = 0; i < 5000; i++) {
			char name[16];
			unsigned number = turn ? 4999 - i : i;
			int size = snprintf(name, sizeof(name), "%u", number);

			count(&counter, name, (size_t)size, 1 + number % 4);
		}
		made[turn] = finish(&counter);
	}
	assert_int_equal(made[0].count, 3750);
	assert_int_equal(made[1].count, 3750);
	for (uint32_t i = 0; i < made[0].count; i++)
		assert_name(&made[1], i + NAME_FIRST, made[0].names[i].bytes,
			    made[0].names[i].size);
	names_free(&made[0]);
	names_free(&made[1]);
}

TEST(there_are_no_more_names_than_the_format_has_room_for)
{
	struct name_counter counter = { 0 };
	struct names names;

	for (unsigned turn = 0; turn < 2; turn++) {
		for (unsigned i = 0; i < NAMES_COUNT_LIMIT + 1000; i++) {
			char name[16];
			int size = snprintf(name, sizeof(name), "%u", i);

			count(&counter, name, (size_t)size, 1);
		}
	}
	names = finish(&counter);
	assert_int_equal(names.count, NAMES_COUNT_LIMIT);
	names_free(&names);
}

TEST(a_name_that_is_empty_or_over_the_limit_stays_a_literal)
{
	struct name_counter counter = { 0 };
	struct names names;
	char *name = malloc(NAME_SIZE_LIMIT + 1);

	memset(name, 'x', NAME_SIZE_LIMIT + 1);
	count(&counter, name, NAME_SIZE_LIMIT + 1, 2);
	count(&counter, name, NAME_SIZE_LIMIT, 2);
	count(&counter, name, 0, 2);
	names = finish(&counter);
	assert_int_equal(names.count, 1);
	assert_name(&names, 2, name, NAME_SIZE_LIMIT);
	names_free(&names);
	free(name);
}

static enum narc_status decode_names(struct test_codec *codec, const uint8_t *section, size_t size,
				     struct narc_error *error)
{
	struct names names = { 0 };
	enum narc_status status = names_decode(section, size, 5, codec->decompressor, &names,
					       error);

	names_free(&names);
	return status;
}

static void make_names_section(struct test_codec *codec, struct byte_buffer *section)
{
	struct name_counter counter = { 0 };
	struct names names;
	struct narc_error error;

	count(&counter, "news", 4, 5);
	count(&counter, "_posts/\0.md", 11, 4);
	count(&counter, "a\nb", 3, 2);
	names = finish(&counter);
	ASSERT_OK(names_encode(section, &names, codec->compressor, &error), &error);
	names_free(&names);
}

TEST(names_come_back)
{
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct names names = { 0 };
	struct narc_error error;

	test_codec_open(&codec);
	make_names_section(&codec, &section);
	ASSERT_OK(names_decode(section.data, section.size, 5, codec.decompressor, &names, &error),
		  &error);
	assert_int_equal(names.count, 3);
	assert_name(&names, 2, "news", 4);
	assert_name(&names, 3, "_posts/\0.md", 11);
	assert_name(&names, 4, "a\nb", 3);
	names_free(&names);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

TEST(no_names_make_no_section)
{
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct name_counter counter = { 0 };
	struct names names = finish(&counter);
	struct narc_error error;

	test_codec_open(&codec);
	assert_true(names_find(&names, "a", 1) == NAME_LITERAL);
	ASSERT_OK(names_encode(&section, &names, codec.compressor, &error), &error);
	assert_int_equal(section.size, 0);
	names_free(&names);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

TEST(every_change_of_a_names_section_is_refused)
{
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;

	test_codec_open(&codec);
	make_names_section(&codec, &section);
	assert_every_change_is_refused(&codec, &section, decode_names);
	count_resealed_changes_taken(&codec, &section, decode_names);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

static void assert_names_are_corrupt(struct test_codec *codec, const void *raw, size_t size)
{
	struct byte_buffer payload = BYTE_BUFFER_EMPTY;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error = { 0 };

	byte_buffer_append_u8(&payload, 0);
	byte_buffer_append_varint(&payload, size);
	byte_buffer_append(&payload, raw, size);
	section_of(&section, SECTION_NAMES, payload.data, payload.size);
	ASSERT_STATUS(decode_names(codec, section.data, section.size, &error), NARC_CORRUPT,
		      &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	byte_buffer_free(&payload);
	byte_buffer_free(&section);
}

TEST(names_that_break_a_rule_are_corrupt)
{
	struct test_codec codec;
	struct byte_buffer raw = BYTE_BUFFER_EMPTY;

	test_codec_open(&codec);
	assert_names_are_corrupt(&codec, "", 0);
	assert_names_are_corrupt(&codec, "\2\1a", 3);     /* one of two */
	assert_names_are_corrupt(&codec, "\1\1ab", 4);    /* a byte left over */
	assert_names_are_corrupt(&codec, "\1\0", 2);      /* an empty name */
	assert_names_are_corrupt(&codec, "\1\2a", 3);     /* a name cut short */
	assert_names_are_corrupt(&codec, "\x81\0\1a", 4); /* a number of too many bytes */
	byte_buffer_append_varint(&raw, NAMES_COUNT_LIMIT + 1);
	for (size_t i = 0; i <= NAMES_COUNT_LIMIT; i++)
		byte_buffer_append(&raw, "\1a", 2);
	assert_names_are_corrupt(&codec, raw.data, raw.size);
	byte_buffer_clear(&raw);
	byte_buffer_append_varint(&raw, 1);
	byte_buffer_append_varint(&raw, NAME_SIZE_LIMIT + 1);
	for (size_t i = 0; i <= NAME_SIZE_LIMIT; i++)
		byte_buffer_append_u8(&raw, 'a');
	assert_names_are_corrupt(&codec, raw.data, raw.size);
	byte_buffer_clear(&raw);
	byte_buffer_append_varint(&raw, UINT64_MAX);
	assert_names_are_corrupt(&codec, raw.data, raw.size);
	byte_buffer_free(&raw);
	test_codec_close(&codec);
}

/* ---- the dictionary ---------------------------------------------------------------- */

/* A dictionary of the size wanted, trained on made-up posts. */
static void train(struct byte_buffer *dictionary, size_t size)
{
	struct sample sample = { .budget = (size_t)64 << 20, .threshold = UINT64_MAX };
	struct test_random random = { 8 };
	struct narc_error error;
	char text[4096];

	for (unsigned i = 0; i < 4 + 3 * size / sizeof(text); i++) {
		for (size_t k = 0; k < sizeof(text); k++)
			text[k] = (char)('a' + random_below(&random, 26));
		/* A third of each stands in all. */
		for (size_t k = 0; k < sizeof(text) / 3; k++)
			text[k] = (char)('a' + k * k % 26);
		ASSERT_OK(sample_offer(&sample, content_hash(text, sizeof(text)),
				       (const uint8_t *)text, sizeof(text), &error),
			  &error);
	}
	sample_finish(&sample);
	ASSERT_OK(train_dictionary(&sample, size, 3, dictionary, &error), &error);
	assert_true(dictionary->size > 0);
	sample_free(&sample);
}

static enum narc_status decode_dictionary(struct test_codec *codec, const uint8_t *section,
					  size_t size, struct narc_error *error)
{
	uint8_t *raw = NULL;
	size_t raw_size;
	uint32_t identifier;
	enum narc_status status = dictionary_decode(section, size, 5, codec->decompressor, &raw,
						    &raw_size, &identifier, error);

	free(raw);
	return status;
}

static void assert_dictionary_comes_back(struct test_codec *codec,
					 const struct byte_buffer *dictionary)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	uint8_t *raw = NULL;
	size_t size = 0;
	uint32_t identifier = 0;
	struct narc_error error;

	ASSERT_OK(dictionary_encode(&section, dictionary->data, dictionary->size, 19, &error),
		  &error);
	ASSERT_OK(dictionary_decode(section.data, section.size, 5, codec->decompressor, &raw,
				    &size, &identifier, &error),
		  &error);
	assert_int_equal(size, dictionary->size);
	assert_memory_equal(raw, dictionary->data, size);
	assert_int_equal(identifier, ZSTD_getDictID_fromDict(raw, size));
	assert_true(identifier >= 32768 && identifier < 0x80000000u);
	free(raw);
	byte_buffer_free(&section);
}

TEST(a_dictionary_of_one_piece_and_of_several_comes_back)
{
	struct test_codec codec;
	struct byte_buffer dictionary = BYTE_BUFFER_EMPTY;

	test_codec_open(&codec);
	train(&dictionary, 5000);
	assert_dictionary_comes_back(&codec, &dictionary);
	train(&dictionary, 300 << 10);
	assert_true(dictionary.size > 200 << 10);
	assert_dictionary_comes_back(&codec, &dictionary);
	dictionary.size = (64 << 10) - 1; /* the end of a dictionary is only content */
	assert_dictionary_comes_back(&codec, &dictionary);
	dictionary.size++;
	assert_dictionary_comes_back(&codec, &dictionary);
	dictionary.size++;
	assert_dictionary_comes_back(&codec, &dictionary);
	byte_buffer_free(&dictionary);
	test_codec_close(&codec);
}

TEST(the_pieces_are_frames_that_any_zstd_takes_as_one_stream)
{
	struct test_codec codec;
	struct byte_buffer dictionary = BYTE_BUFFER_EMPTY;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error;
	uint8_t *raw;

	test_codec_open(&codec);
	train(&dictionary, 300 << 10);
	ASSERT_OK(dictionary_encode(&section, dictionary.data, dictionary.size, 19, &error), &error);
	raw = malloc(dictionary.size);
	assert_int_equal(ZSTD_decompress(raw, dictionary.size,
					 section.data + DICTIONARY_BODY_OFFSET,
					 section.size - DICTIONARY_BODY_OFFSET -
						 SECTION_CHECKSUM_SIZE),
			 dictionary.size);
	assert_memory_equal(raw, dictionary.data, dictionary.size);
	free(raw);
	byte_buffer_free(&dictionary);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

TEST(every_change_of_a_dictionary_section_is_refused)
{
	struct test_codec codec;
	struct byte_buffer dictionary = BYTE_BUFFER_EMPTY;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	test_codec_open(&codec);
	train(&dictionary, 5000);
	ASSERT_OK(dictionary_encode(&section, dictionary.data, dictionary.size, 19, &error), &error);
	assert_every_change_is_refused(&codec, &section, decode_dictionary);
	byte_buffer_free(&dictionary);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

TEST(a_dictionary_that_is_not_what_its_section_states_is_refused)
{
	/* A byte each of identifier, size, and of the first frame's magic and header. */
	static const size_t places[] = { 12, 16, 20, 24 };
	struct test_codec codec;
	struct byte_buffer dictionary = BYTE_BUFFER_EMPTY;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error = { 0 };

	test_codec_open(&codec);
	train(&dictionary, 5000);
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		byte_buffer_clear(&section);
		ASSERT_OK(dictionary_encode(&section, dictionary.data, dictionary.size, 19, &error),
			  &error);
		section.data[places[i]] ^= 1;
		section_reseal(&section);
		ASSERT_STATUS(decode_dictionary(&codec, section.data, section.size, &error),
			      NARC_CORRUPT, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	}
	store_le32(section.data + 16, DICTIONARY_SIZE_LIMIT + 1);
	section_reseal(&section);
	ASSERT_STATUS(decode_dictionary(&codec, section.data, section.size, &error), NARC_LIMIT,
		      &error);
	store_le32(section.data + 16, 0);
	section_reseal(&section);
	ASSERT_STATUS(decode_dictionary(&codec, section.data, section.size, &error), NARC_CORRUPT,
		      &error);
	byte_buffer_free(&dictionary);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

/* Decodes a section whose dictionary is in pieces of size bytes, of which the first count are
 * there. */
static void assert_pieces_decode_as(struct test_codec *codec, const struct byte_buffer *dictionary,
				    size_t size, size_t count, enum narc_status status)
{
	struct byte_buffer payload = BYTE_BUFFER_EMPTY;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error = { 0 };

	byte_buffer_append_u32(&payload,
			       ZSTD_getDictID_fromDict(dictionary->data, dictionary->size));
	byte_buffer_append_u32(&payload, (uint32_t)dictionary->size);
	for (size_t start = 0; start < dictionary->size && count; start += size, count--) {
		uint8_t *place = byte_buffer_reserve(&payload, 10000);
		size_t left = dictionary->size - start;

		payload.size += ZSTD_compress2(codec->compressor, place, 10000,
					       dictionary->data + start,
					       left < size ? left : size);
	}
	section_of(&section, SECTION_DICTIONARY, payload.data, payload.size);
	ASSERT_STATUS(decode_dictionary(codec, section.data, section.size, &error), status,
		      &error);
	byte_buffer_free(&payload);
	byte_buffer_free(&section);
}

TEST(a_dictionary_may_be_in_any_pieces_but_not_in_too_many_and_must_have_them_all)
{
	struct test_codec codec;
	struct byte_buffer dictionary = BYTE_BUFFER_EMPTY;
	size_t size;

	test_codec_open(&codec);
	train(&dictionary, 5000);
	size = (dictionary.size + DICTIONARY_PIECES_LIMIT - 1) / DICTIONARY_PIECES_LIMIT;
	assert_pieces_decode_as(&codec, &dictionary, 3000, SIZE_MAX, NARC_OK);
	assert_pieces_decode_as(&codec, &dictionary, size, SIZE_MAX, NARC_OK);
	assert_pieces_decode_as(&codec, &dictionary, size - 1, SIZE_MAX, NARC_LIMIT);
	assert_pieces_decode_as(&codec, &dictionary, 3000, 0, NARC_CORRUPT);
	assert_pieces_decode_as(&codec, &dictionary, 3000, 1, NARC_CORRUPT);
	ZSTD_CCtx_setParameter(codec.compressor, ZSTD_c_contentSizeFlag, 0);
	assert_pieces_decode_as(&codec, &dictionary, 3000, SIZE_MAX, NARC_CORRUPT);
	byte_buffer_free(&dictionary);
	test_codec_close(&codec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_in_order_of_use_then_of_their_bytes_and_those_used_once_are_left_out),
		cmocka_unit_test(names_do_not_depend_on_the_order_in_which_they_were_counted),
		cmocka_unit_test(there_are_no_more_names_than_the_format_has_room_for),
		cmocka_unit_test(a_name_that_is_empty_or_over_the_limit_stays_a_literal),
		cmocka_unit_test(names_come_back),
		cmocka_unit_test(no_names_make_no_section),
		cmocka_unit_test(every_change_of_a_names_section_is_refused),
		cmocka_unit_test(names_that_break_a_rule_are_corrupt),
		cmocka_unit_test(a_dictionary_of_one_piece_and_of_several_comes_back),
		cmocka_unit_test(the_pieces_are_frames_that_any_zstd_takes_as_one_stream),
		cmocka_unit_test(every_change_of_a_dictionary_section_is_refused),
		cmocka_unit_test(a_dictionary_that_is_not_what_its_section_states_is_refused),
		cmocka_unit_test(a_dictionary_may_be_in_any_pieces_but_not_in_too_many_and_must_have_them_all),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
