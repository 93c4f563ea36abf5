/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections that are wrong in one place only: the envelope is right again after a change of
 * the payload. */
#ifndef TESTS_SUPPORT_SECTION_H
#define TESTS_SUPPORT_SECTION_H

#include <zstd.h>

#include "format/section.h"
#include "support/byte_buffer.h"

/* The contexts that codecs work with. */
struct test_codec {
	ZSTD_CCtx *compressor;
	ZSTD_DCtx *decompressor;
	struct byte_buffer scratch;
};

void test_codec_open(struct test_codec *codec);
void test_codec_close(struct test_codec *codec);

/* Makes a section of this payload. */
void section_of(struct byte_buffer *section, enum section_tag tag, const void *payload,
		size_t size);

/* Sets size and checksum of a section by its bytes. */
void section_reseal(struct byte_buffer *section);

/* Whether decoder refuses the section with NARC_CORRUPT or, for a number above a limit,
 * NARC_LIMIT. */
typedef enum narc_status (*section_decoder)(struct test_codec *codec, const uint8_t *section,
					    size_t size, struct narc_error *error);

/* What decoder says of a section of this payload. Fails unless an error is told. */
enum narc_status decode_payload(enum section_tag tag, const struct byte_buffer *payload,
				section_decoder decoder);

/* Fails unless decoder refuses the section with each single bit turned over, with its end
 * cut off at every place, and with a byte more. */
void assert_every_change_is_refused(struct test_codec *codec, const struct byte_buffer *section,
				    section_decoder decoder);

/* The same for the payload, with the envelope made right again: the decoder may take some
 * changes, but must not crash. Returns how many it took. */
size_t count_resealed_changes_taken(struct test_codec *codec, const struct byte_buffer *section,
				    section_decoder decoder);

#endif
