/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_section.h"

#include <stdlib.h>
#include <string.h>

#include "support/byte_order.h"
#include "support/content_hash.h"
#include "support_check.h"

void test_codec_open(struct test_codec *codec)
{
	codec->compressor = ZSTD_createCCtx();
	codec->decompressor = ZSTD_createDCtx();
	codec->scratch = BYTE_BUFFER_EMPTY;
	assert_non_null(codec->compressor);
	assert_non_null(codec->decompressor);
}

void test_codec_close(struct test_codec *codec)
{
	ZSTD_freeCCtx(codec->compressor);
	ZSTD_freeDCtx(codec->decompressor);
	byte_buffer_free(&codec->scratch);
}

void section_of(struct byte_buffer *section, enum section_tag tag, const void *payload, size_t size)
{
	byte_buffer_clear(section);
	section_begin(section, tag);
	byte_buffer_append(section, payload, size);
	section_end(section, 0);
	assert_false(section->failed);
}

enum narc_status decode_payload(enum section_tag tag, const struct byte_buffer *payload,
				section_decoder decoder)
{
	struct test_codec codec;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error = { 0 };
	enum narc_status status;

	test_codec_open(&codec);
	section_of(&section, tag, payload->data, payload->size);
	status = decoder(&codec, section.data, section.size, &error);
	if (status != NARC_OK)
		ASSERT_ERROR_IS_TOLD(&error, status);
	byte_buffer_free(&section);
	test_codec_close(&codec);
	return status;
}

void section_reseal(struct byte_buffer *section)
{
	size_t size = section->size - SECTION_CHECKSUM_SIZE;

	store_le32(section->data + 4, (uint32_t)(section->size - SECTION_SIZES_SIZE));
	store_le64(section->data + size, content_hash(section->data, size));
}

/* Gives the decoder a copy of just this size, so that a sanitizer sees any read beyond. */
static enum narc_status decode_copy(struct test_codec *codec, const uint8_t *bytes, size_t size,
				    section_decoder decoder, struct narc_error *error)
{
	uint8_t *copy = malloc(size ? size : 1);
	enum narc_status status;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	status = decoder(codec, copy, size, error);
	free(copy);
	return status;
}

static void assert_refused(struct test_codec *codec, const uint8_t *bytes, size_t size,
			   section_decoder decoder)
{
	struct narc_error error = { 0 };
	enum narc_status status = decode_copy(codec, bytes, size, decoder, &error);

	if (status != NARC_CORRUPT && status != NARC_LIMIT)
		print_error("taken: %s\n", narc_status_name(status));
	assert_true(status == NARC_CORRUPT || status == NARC_LIMIT);
	ASSERT_ERROR_IS_TOLD(&error, status);
}

void assert_every_change_is_refused(struct test_codec *codec, const struct byte_buffer *section,
				    section_decoder decoder)
{
	uint8_t *copy = malloc(section->size + 1);

	assert_non_null(copy);
	memcpy(copy, section->data, section->size);
	copy[section->size] = 0;
	for (size_t bit = 0; bit < 8 * section->size; bit++) {
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_refused(codec, copy, section->size, decoder);
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t size = 0; size < section->size; size++)
		assert_refused(codec, copy, size, decoder);
	assert_refused(codec, copy, section->size + 1, decoder);
	free(copy);
}

size_t count_resealed_changes_taken(struct test_codec *codec, const struct byte_buffer *section,
				    section_decoder decoder)
{
	struct byte_buffer copy = BYTE_BUFFER_EMPTY;
	size_t payload_end = section->size - SECTION_CHECKSUM_SIZE;
	size_t taken = 0;

	for (size_t place = SECTION_HEADING_SIZE; place < payload_end; place++) {
		for (unsigned change = 1; change < 256; change++) {
			struct narc_error error = { 0 };
			enum narc_status status;

			byte_buffer_clear(&copy);
			byte_buffer_append(&copy, section->data, section->size);
			copy.data[place] ^= (uint8_t)change;
			section_reseal(&copy);
			status = decode_copy(codec, copy.data, copy.size, decoder, &error);
			if (status == NARC_OK)
				taken++;
			else
				ASSERT_ERROR_IS_TOLD(&error, status);
		}
	}
	/* Cut off behind every field. */
	for (size_t size = SECTION_HEADING_SIZE; size < payload_end; size++) {
		struct narc_error error = { 0 };

		section_of(&copy, (enum section_tag)load_le32(section->data + 8),
			   section->data + SECTION_HEADING_SIZE, size - SECTION_HEADING_SIZE);
		if (decode_copy(codec, copy.data, copy.size, decoder, &error) == NARC_OK)
			taken++;
	}
	byte_buffer_free(&copy);
	return taken;
}
