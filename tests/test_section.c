/* SPDX-License-Identifier: BSD-2-Clause */
/* The envelope of sections, and those of a fixed form: header and trailer. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/header.h"
#include "format/limits.h"
#include "format/trailer.h"
#include "support/byte_order.h"
#include "support_section.h"

/* ---- the envelope ------------------------------------------------------------------ */

static const enum section_tag tags[] = {
	SECTION_HEADER,	  SECTION_NAMES,      SECTION_DICTIONARY, SECTION_DESCRIPTOR,
	SECTION_KEY_PAGE, SECTION_BLOCK_PAGE, SECTION_TRAILER,
};

static enum narc_status open_names(struct test_codec *codec, const uint8_t *section, size_t size,
				   struct narc_error *error)
{
	struct byte_reader payload;

	(void)codec;
	return section_open(section, size, SECTION_NAMES, 99, &payload, error);
}

TEST(a_section_gives_back_its_payload)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct byte_reader payload;
	struct narc_error error;

	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		section_of(&section, tags[i], "payload", 7);
		assert_int_equal(section.size, SECTION_MIN_SIZE + 7);
		assert_int_equal(load_le32(section.data), 0x184d2a5a);
		assert_int_equal(load_le32(section.data + 4), section.size - 8);
		ASSERT_OK(section_open(section.data, section.size, tags[i], 0, &payload, &error),
			  &error);
		assert_int_equal(byte_reader_left(&payload), 7);
		assert_memory_equal(payload.next, "payload", 7);
	}
	byte_buffer_free(&section);
}

TEST(tags_are_the_letters_of_the_format)
{
	static const char letters[COUNT_OF(tags)][5] = { "NARC", "NNAM", "NDIC", "NBLK",
							 "NKEY", "NBIX", "NEND" };
	struct byte_buffer section = BYTE_BUFFER_EMPTY;

	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		section_of(&section, tags[i], "", 0);
		assert_memory_equal(section.data + 8, letters[i], 4);
	}
	byte_buffer_free(&section);
}

TEST(every_section_is_a_skippable_frame_to_zstd)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;

	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		section_of(&section, tags[i], "payload", 7);
		assert_true(ZSTD_isSkippableFrame(section.data, section.size));
		assert_int_equal(ZSTD_findFrameCompressedSize(section.data, section.size),
				 section.size);
	}
	byte_buffer_free(&section);
}

TEST(every_change_of_a_section_is_refused)
{
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;

	test_codec_open(&codec);
	section_of(&section, SECTION_NAMES, "some payload", 12);
	assert_every_change_is_refused(&codec, &section, open_names);
	section_of(&section, SECTION_NAMES, "", 0);
	assert_every_change_is_refused(&codec, &section, open_names);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

static void assert_refused_with(const struct byte_buffer *section, size_t size,
				enum narc_status wanted, const char *words)
{
	struct byte_reader payload;
	struct narc_error error = { 0 };

	ASSERT_STATUS(section_open(section->data, size, SECTION_NAMES, 99, &payload, &error),
		      wanted, &error);
	ASSERT_ERROR_IS_TOLD(&error, wanted);
	assert_string_equal(error.stage, "names");
	assert_true(error.offset == 99);
	if (!strstr(error.message, words))
		print_error("\"%s\" does not say \"%s\"\n", error.message, words);
	assert_non_null(strstr(error.message, words));
}

TEST(each_damage_of_an_envelope_is_told_as_what_it_is)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;

	section_of(&section, SECTION_NAMES, "payload", 7);
	section.data[0] ^= 1;
	assert_refused_with(&section, section.size, NARC_CORRUPT, "no section starts here");
	section_of(&section, SECTION_DESCRIPTOR, "payload", 7);
	assert_refused_with(&section, section.size, NARC_CORRUPT, "another kind");
	section_of(&section, SECTION_NAMES, "payload", 7);
	store_le32(section.data + 4, SECTION_MIN_SIZE - 8 - 1);
	assert_refused_with(&section, section.size, NARC_CORRUPT, "too short");
	store_le32(section.data + 4, NAMES_SIZE_LIMIT - 8);
	assert_refused_with(&section, section.size, NARC_CORRUPT, "states");
	store_le32(section.data + 4, NAMES_SIZE_LIMIT - 8 + 1);
	assert_refused_with(&section, section.size, NARC_LIMIT, "over the limit");
	store_le32(section.data + 4, UINT32_MAX);
	assert_refused_with(&section, section.size, NARC_LIMIT, "over the limit");
	section_of(&section, SECTION_NAMES, "payload", 7);
	section.data[14] ^= 1;
	assert_refused_with(&section, section.size, NARC_CORRUPT, "checksum");
	section_of(&section, SECTION_NAMES, "payload", 7);
	assert_refused_with(&section, section.size - 1, NARC_CORRUPT, "states");
	assert_refused_with(&section, SECTION_MIN_SIZE - 1, NARC_CORRUPT, "too short");
	byte_buffer_free(&section);
}

TEST(a_payload_must_be_used_up_and_well_formed)
{
	struct byte_reader payload = byte_reader_over("abc", 3);
	struct narc_error error = { 0 };

	byte_reader_bytes(&payload, 2);
	ASSERT_STATUS(section_close(&payload, SECTION_NAMES, 0, &error), NARC_CORRUPT, &error);
	byte_reader_bytes(&payload, 1);
	ASSERT_OK(section_close(&payload, SECTION_NAMES, 0, &error), &error);
	byte_reader_bytes(&payload, 1);
	ASSERT_STATUS(section_close(&payload, SECTION_NAMES, 0, &error), NARC_CORRUPT, &error);
}

/* ---- the header -------------------------------------------------------------------- */

static enum narc_status check_header(struct test_codec *codec, const uint8_t *section, size_t size,
				     struct narc_error *error)
{
	(void)codec;
	return header_check(section, size, error);
}

TEST(a_header_passes_its_check_and_every_change_is_refused)
{
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct header_note note = { 0 };
	struct narc_error error;

	test_codec_open(&codec);
	header_encode(&section, &note);
	ASSERT_OK(header_check(section.data, section.size, &error), &error);
	assert_every_change_is_refused(&codec, &section, check_header);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

TEST(a_later_version_is_unsupported)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct header_note note = { 0 };
	struct narc_error error = { 0 };

	header_encode(&section, &note);
	store_le16(section.data + 12, 2);
	section_reseal(&section);
	ASSERT_STATUS(header_check(section.data, section.size, &error), NARC_UNSUPPORTED, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_UNSUPPORTED);
	store_le16(section.data + 12, 0);
	section_reseal(&section);
	ASSERT_STATUS(header_check(section.data, section.size, &error), NARC_UNSUPPORTED, &error);
	byte_buffer_free(&section);
}

TEST(a_reserved_bit_of_the_header_is_unsupported_and_an_unused_one_ignored)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct header_note note = { 0 };
	struct narc_error error = { 0 };

	header_encode(&section, &note);
	for (unsigned bit = 0; bit < 16; bit++) {
		store_le16(section.data + 14, (uint16_t)(1u << bit));
		section_reseal(&section);
		ASSERT_STATUS(header_check(section.data, section.size, &error), NARC_UNSUPPORTED,
			      &error);
	}
	store_le16(section.data + 14, 0);
	store_le32(section.data + 16, UINT32_MAX);
	section_reseal(&section);
	ASSERT_OK(header_check(section.data, section.size, &error), &error);
	byte_buffer_free(&section);
}

TEST(a_header_without_a_note_is_enough_and_one_without_its_fields_is_not)
{
	static const uint8_t fields[8] = { 1 };
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error = { 0 };

	section_of(&section, SECTION_HEADER, fields, 8);
	ASSERT_OK(header_check(section.data, section.size, &error), &error);
	section_of(&section, SECTION_HEADER, fields, 7);
	ASSERT_STATUS(header_check(section.data, section.size, &error), NARC_CORRUPT, &error);
	byte_buffer_free(&section);
}

TEST(the_note_says_where_the_dictionary_stands_whatever_the_length_of_the_number)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	for (uint64_t gap = 1; gap < UINT64_C(1) << 40; gap = gap * 3 + 1) {
		struct header_note note = { 1000, 500, gap };
		char wanted[64];
		char *text;

		byte_buffer_clear(&section);
		header_encode(&section, &note);
		ASSERT_OK(header_check(section.data, section.size, &error), &error);
		snprintf(wanted, sizeof(wanted), "skip=%llu count=500\n",
			 (unsigned long long)(section.size + gap));
		text = strndup((const char *)section.data + 20, section.size - 28);
		assert_non_null(strstr(text, wanted));
		free(text);
	}
	byte_buffer_free(&section);
}

/* ---- the trailer ------------------------------------------------------------------- */

static const uint64_t trailer_offset = 100000;

/* Of an archive with a header of 100 bytes. */
static struct trailer whole_trailer(void)
{
	return (struct trailer){
		.generation = 3,
		.manifest = { trailer_offset - 200, 200 },
		.rows = 50,
		.blocks = 7,
		.content_size = 5000,
		.owned_size = 4000,
		.current_rows = 45,
		.current_posts = 40,
		.current_size = 4500,
		.end = trailer_offset + TRAILER_SECTION_SIZE,
	};
}

TEST(a_trailer_comes_back_and_has_its_size)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct trailer trailer = whole_trailer();
	struct trailer decoded;
	struct narc_error error;

	trailer_encode(&section, &trailer);
	assert_int_equal(section.size, TRAILER_SECTION_SIZE);
	memset(&decoded, 0xee, sizeof(decoded));
	ASSERT_OK(trailer_decode(section.data, trailer_offset, &decoded, &error), &error);
	assert_int_equal(decoded.generation, trailer.generation);
	assert_memory_equal(&decoded.manifest, &trailer.manifest, sizeof(trailer.manifest));
	assert_true(decoded.rows == trailer.rows && decoded.blocks == trailer.blocks &&
		    decoded.content_size == trailer.content_size &&
		    decoded.owned_size == trailer.owned_size &&
		    decoded.current_rows == trailer.current_rows &&
		    decoded.current_posts == trailer.current_posts &&
		    decoded.current_size == trailer.current_size && decoded.end == trailer.end);
	ASSERT_OK(trailer_check(&decoded, 100, &error), &error);
	byte_buffer_free(&section);
}

TEST(a_trailer_that_stands_elsewhere_is_not_of_this_file)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct trailer trailer = whole_trailer();
	struct narc_error error = { 0 };

	trailer_encode(&section, &trailer);
	ASSERT_STATUS(trailer_decode(section.data, trailer_offset + 1, &trailer, &error),
		      NARC_CORRUPT, &error);
	ASSERT_STATUS(trailer_decode(section.data, 0, &trailer, &error), NARC_CORRUPT, &error);
	byte_buffer_free(&section);
}

TEST(every_bit_of_a_trailer_counts)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct trailer trailer = whole_trailer();
	struct trailer decoded;

	trailer_encode(&section, &trailer);
	for (size_t bit = 0; bit < 8 * section.size; bit++) {
		struct narc_error error = { 0 };

		section.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_true(trailer_decode(section.data, trailer_offset, &decoded, &error) !=
			    NARC_OK);
		ASSERT_ERROR_IS_TOLD(&error, error.status);
		section.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	byte_buffer_free(&section);
}

TEST(reserved_fields_and_the_end_mark_of_a_trailer_are_checked)
{
	/* Generation 0, reserved bits, and the last letters. */
	static const size_t places[] = { 12, 16, 19, 100, 105, 111 };
	struct trailer decoded;

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		struct byte_buffer section = BYTE_BUFFER_EMPTY;
		struct trailer trailer = whole_trailer();
		struct narc_error error = { 0 };

		trailer_encode(&section, &trailer);
		section.data[places[i]] ^= places[i] == 12 ? 3 : 1;
		section_reseal(&section);
		ASSERT_STATUS(trailer_decode(section.data, trailer_offset, &decoded, &error),
			      NARC_CORRUPT, &error);
		byte_buffer_free(&section);
	}
}

static void assert_trailer(struct trailer trailer, enum narc_status wanted)
{
	struct narc_error error = { 0 };

	ASSERT_STATUS(trailer_check(&trailer, 100, &error), wanted, &error);
}

/* A trailer that is whole_trailer but for one field. */
#define ASSERT_TRAILER_WITH(field, value, wanted)         \
	do {                                              \
		struct trailer changed = whole_trailer(); \
                                                          \
		changed.field = value;                    \
		assert_trailer(changed, wanted);          \
	} while (0)

TEST(the_manifest_ends_where_the_trailer_starts)
{
	assert_trailer(whole_trailer(), NARC_OK);
	ASSERT_TRAILER_WITH(manifest.offset, trailer_offset - 201, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(manifest.offset, trailer_offset - 199, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(manifest.offset, 0, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(manifest.offset, UINT64_MAX, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(manifest.size, 199, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(manifest.size, 201, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(manifest.size, 0, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(manifest.size, UINT64_MAX, NARC_LIMIT);
	/* Not in the header. */
	ASSERT_TRAILER_WITH(manifest, ((struct extent){ 100, trailer_offset - 100 }), NARC_OK);
	ASSERT_TRAILER_WITH(manifest, ((struct extent){ 99, trailer_offset - 99 }), NARC_CORRUPT);
}

TEST(counts_of_a_trailer_must_agree)
{
	struct trailer empty = { .generation = 1, .manifest = { 100, 30 },
				 .end = 130 + TRAILER_SECTION_SIZE };

	assert_trailer(empty, NARC_OK);
	ASSERT_TRAILER_WITH(generation, 1048576, NARC_OK);
	ASSERT_TRAILER_WITH(generation, 1048577, NARC_LIMIT);
	empty.rows = 1;
	assert_trailer(empty, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(rows, 0, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(rows, 44, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(blocks, 0, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(blocks, 51, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(current_rows, 51, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(current_posts, 46, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(current_size, 5001, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(owned_size, 5001, NARC_CORRUPT);
	ASSERT_TRAILER_WITH(rows, ROWS_LIMIT, NARC_OK);
	ASSERT_TRAILER_WITH(rows, ROWS_LIMIT + 1, NARC_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_section_gives_back_its_payload),
		cmocka_unit_test(tags_are_the_letters_of_the_format),
		cmocka_unit_test(every_section_is_a_skippable_frame_to_zstd),
		cmocka_unit_test(every_change_of_a_section_is_refused),
		cmocka_unit_test(each_damage_of_an_envelope_is_told_as_what_it_is),
		cmocka_unit_test(a_payload_must_be_used_up_and_well_formed),
		cmocka_unit_test(a_header_passes_its_check_and_every_change_is_refused),
		cmocka_unit_test(a_later_version_is_unsupported),
		cmocka_unit_test(a_reserved_bit_of_the_header_is_unsupported_and_an_unused_one_ignored),
		cmocka_unit_test(a_header_without_a_note_is_enough_and_one_without_its_fields_is_not),
		cmocka_unit_test(the_note_says_where_the_dictionary_stands_whatever_the_length_of_the_number),
		cmocka_unit_test(a_trailer_comes_back_and_has_its_size),
		cmocka_unit_test(a_trailer_that_stands_elsewhere_is_not_of_this_file),
		cmocka_unit_test(every_bit_of_a_trailer_counts),
		cmocka_unit_test(reserved_fields_and_the_end_mark_of_a_trailer_are_checked),
		cmocka_unit_test(the_manifest_ends_where_the_trailer_starts),
		cmocka_unit_test(counts_of_a_trailer_must_agree),
	};

	return cmocka_run_group_tests_name("section", tests, NULL, NULL);
}
