/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/dictionary.h"

#include <stdlib.h>

#include "format/limits.h"
#include "format/section.h"
#include "support/content_hash.h"
#include "support/status.h"

enum { DICTIONARY_LEVEL = 19 };

enum narc_status dictionary_encode(struct byte_buffer *out, const uint8_t *raw, size_t size,
				   ZSTD_CCtx *compressor, struct narc_error *error)
{
	size_t start = section_begin(out, SECTION_DICTIONARY);
	size_t bound = ZSTD_compressBound(size);
	uint8_t *place;
	size_t packed_size;

	byte_buffer_append_u32(out, ZSTD_getDictID_fromDict(raw, size));
	byte_buffer_append_u64(out, content_hash(raw, size));
	byte_buffer_append_u32(out, (uint32_t)size);
	place = byte_buffer_reserve(out, bound);
	if (!place)
		return narc_fail_memory(error);
	packed_size = ZSTD_compressCCtx(compressor, place, bound, raw, size, DICTIONARY_LEVEL);
	if (ZSTD_isError(packed_size))
		return narc_fail(error, NARC_NOMEM, "compress", NARC_NO_OFFSET, "zstd: %s",
				 ZSTD_getErrorName(packed_size));
	out->size += packed_size;
	section_end(out, start);
	return byte_buffer_status(out, error);
}

enum narc_status dictionary_decode(const uint8_t *section, size_t section_size, uint64_t offset,
				   ZSTD_DCtx *decompressor, uint8_t **raw, size_t *size,
				   uint32_t *identifier, struct narc_error *error)
{
	struct byte_reader payload;
	enum narc_status status = section_open(section, section_size, SECTION_DICTIONARY, offset,
					       &payload, error);
	uint32_t stated_identifier, stated_size;
	uint64_t stated_hash;
	size_t packed_size, got;
	const uint8_t *packed;
	uint8_t *place;

	if (status != NARC_OK)
		return status;
	stated_identifier = byte_reader_u32(&payload);
	stated_hash = byte_reader_u64(&payload);
	stated_size = byte_reader_u32(&payload);
	packed_size = byte_reader_left(&payload);
	packed = byte_reader_bytes(&payload, packed_size);
	status = section_close(&payload, SECTION_DICTIONARY, offset, error);
	if (status != NARC_OK)
		return status;
	if (stated_size > DICTIONARY_SIZE_LIMIT)
		return narc_fail(error, NARC_LIMIT, "dictionary", offset,
				 "a dictionary of %lu bytes is over the limit of %lu",
				 (unsigned long)stated_size, (unsigned long)DICTIONARY_SIZE_LIMIT);
	if (ZSTD_findFrameCompressedSize(packed, packed_size) != packed_size)
		return narc_fail(error, NARC_CORRUPT, "dictionary", offset,
				 "the compressed dictionary is not one zstd frame");
	place = malloc((size_t)stated_size + 1);
	if (!place)
		return narc_fail_memory(error);
	got = ZSTD_decompressDCtx(decompressor, place, stated_size, packed, packed_size);
	if (ZSTD_isError(got) || got != stated_size || stated_identifier == 0 ||
	    content_hash(place, got) != stated_hash ||
	    ZSTD_getDictID_fromDict(place, got) != stated_identifier) {
		free(place);
		return narc_fail(error, NARC_CORRUPT, "dictionary", offset,
				 "does not decompress to what the section states");
	}
	*raw = place;
	*size = got;
	*identifier = stated_identifier;
	return NARC_OK;
}
