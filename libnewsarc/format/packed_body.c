/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/packed_body.h"

#include "format/frame.h"
#include "support/status.h"

enum { ENCODING_PLAIN = 0, ENCODING_ZSTD = 1, BODY_LEVEL = 19 };

static void append_plain(struct byte_buffer *out, const struct byte_buffer *raw)
{
	byte_buffer_append_u8(out, ENCODING_PLAIN);
	byte_buffer_append_varint(out, raw->size);
	byte_buffer_append(out, raw->data, raw->size);
}

static enum narc_status fail_size(uint64_t size, size_t limit, const char *stage, uint64_t offset,
				  struct narc_error *error)
{
	return narc_fail(error, NARC_LIMIT, stage, offset,
			 "a body of %llu bytes is over the limit of %zu",
			 (unsigned long long)size, limit);
}

enum narc_status packed_body_encode(struct byte_buffer *out, const struct byte_buffer *raw,
				    size_t size_limit, ZSTD_CCtx *compressor, const char *stage,
				    struct narc_error *error)
{
	size_t start = out->size;
	size_t bound = ZSTD_compressBound(raw->size);
	uint8_t *place;
	size_t size;

	if (raw->size > size_limit)
		return fail_size(raw->size, size_limit, stage, NARC_NO_OFFSET, error);
	byte_buffer_append_u8(out, ENCODING_ZSTD);
	byte_buffer_append_varint(out, raw->size);
	place = byte_buffer_reserve(out, bound);
	if (raw->failed || !place)
		return narc_fail_memory(error);
	size = ZSTD_compressCCtx(compressor, place, bound, raw->data, raw->size, BODY_LEVEL);
	if (ZSTD_isError(size))
		return narc_fail(error, NARC_NOMEM, "compress", NARC_NO_OFFSET, "zstd: %s",
				 ZSTD_getErrorName(size));
	if (size < raw->size) {
		out->size += size;
	} else {
		out->size = start;
		append_plain(out, raw);
	}
	return byte_buffer_status(out, error);
}

static enum narc_status decompress(const uint8_t *packed, size_t packed_size, size_t raw_size,
				   ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
				   const char *stage, uint64_t offset, struct narc_error *error)
{
	uint8_t *place;
	size_t size;

	byte_buffer_clear(scratch);
	place = byte_buffer_reserve(scratch, raw_size);
	if (!place)
		return narc_fail_memory(error);
	if (!is_one_frame(packed, packed_size))
		return narc_fail(error, NARC_CORRUPT, stage, offset,
				 "the compressed part is not one zstd frame");
	size = ZSTD_decompressDCtx(decompressor, place, raw_size, packed, packed_size);
	if (ZSTD_isError(size))
		return narc_fail(error, NARC_CORRUPT, stage, offset, "cannot be decompressed: %s",
				 ZSTD_getErrorName(size));
	if (size != raw_size)
		return narc_fail(error, NARC_CORRUPT, stage, offset,
				 "decompresses to %zu bytes instead of %zu", size, raw_size);
	scratch->size = size;
	return NARC_OK;
}

enum narc_status packed_body_decode(struct byte_reader *payload, size_t size_limit,
				    ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
				    const char *stage, uint64_t offset, struct byte_reader *raw,
				    struct narc_error *error)
{
	uint8_t encoding = byte_reader_u8(payload);
	uint64_t raw_size = byte_reader_varint(payload);
	size_t left = byte_reader_left(payload);
	const uint8_t *body = byte_reader_bytes(payload, left);
	enum narc_status status;

	if (!byte_reader_ok(payload) || encoding > ENCODING_ZSTD)
		return narc_fail(error, NARC_CORRUPT, stage, offset, "the body is malformed");
	if (raw_size > size_limit)
		return fail_size(raw_size, size_limit, stage, offset, error);
	if (encoding == ENCODING_PLAIN && raw_size != left)
		return narc_fail(error, NARC_CORRUPT, stage, offset,
				 "the body has %zu bytes instead of %llu", left,
				 (unsigned long long)raw_size);
	if (encoding == ENCODING_PLAIN) {
		*raw = byte_reader_over(body, left);
		return NARC_OK;
	}
	status = decompress(body, left, (size_t)raw_size, decompressor, scratch, stage, offset,
			    error);
	if (status == NARC_OK)
		*raw = byte_reader_over(scratch->data, scratch->size);
	return status;
}

uint64_t packed_body_stated_size(struct byte_reader payload)
{
	byte_reader_u8(&payload); /* the encoding */
	return byte_reader_varint(&payload);
}
