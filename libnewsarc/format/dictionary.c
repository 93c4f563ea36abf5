/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/dictionary.h"

#include <pthread.h>
#include <stdlib.h>

#include "format/frame.h"
#include "format/limits.h"
#include "format/section.h"
#include "support/content_hash.h"
#include "support/status.h"

/* Short matches save 6 % of the dictionary and cost a third of its speed, which every fetch
 * of one post waits for. */
enum { DICTIONARY_LEVEL = 19, DICTIONARY_MIN_MATCH = 6 };

/* How much of a dictionary of raw_size bytes the piece at place holds. */
static size_t piece_size(size_t raw_size, size_t place)
{
	size_t left = raw_size - place;

	return left < DICTIONARY_PIECE_SIZE ? left : DICTIONARY_PIECE_SIZE;
}

/* Appends one piece. */
static enum narc_status encode_piece(struct byte_buffer *out, const uint8_t *piece, size_t size,
				     ZSTD_CCtx *compressor, struct narc_error *error)
{
	size_t bound = ZSTD_compressBound(size);
	uint8_t *place = byte_buffer_reserve(out, bound);
	size_t packed_size;

	if (!place)
		return narc_fail_memory(error);
	packed_size = ZSTD_compress2(compressor, place, bound, piece, size);
	if (ZSTD_isError(packed_size))
		return narc_fail(error, NARC_NOMEM, "compress", NARC_NO_OFFSET, "zstd: %s",
				 ZSTD_getErrorName(packed_size));
	out->size += packed_size;
	return NARC_OK;
}

enum narc_status dictionary_encode(struct byte_buffer *out, const uint8_t *raw, size_t size,
				   ZSTD_CCtx *compressor, struct narc_error *error)
{
	size_t start = section_begin(out, SECTION_DICTIONARY);
	enum narc_status status = NARC_OK;

	ZSTD_CCtx_reset(compressor, ZSTD_reset_session_and_parameters);
	ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, DICTIONARY_LEVEL);
	ZSTD_CCtx_setParameter(compressor, ZSTD_c_minMatch, DICTIONARY_MIN_MATCH);

	byte_buffer_append_u32(out, ZSTD_getDictID_fromDict(raw, size));
	byte_buffer_append_u64(out, content_hash(raw, size));
	byte_buffer_append_u32(out, (uint32_t)size);
	for (size_t place = 0; place < size && status == NARC_OK; place += DICTIONARY_PIECE_SIZE)
		status = encode_piece(out, raw + place, piece_size(size, place), compressor,
				      error);
	section_end(out, start);
	return status == NARC_OK ? byte_buffer_status(out, error) : status;
}

/* ---- decoding ----------------------------------------------------------------------------- */

enum { PIECES_LIMIT = DICTIONARY_SIZE_LIMIT / DICTIONARY_PIECE_SIZE };

/* The compressed pieces and where they go. */
struct piece_table {
	size_t count;
	const uint8_t *packed[PIECES_LIMIT];
	size_t packed_size[PIECES_LIMIT];
	uint8_t *raw;
	size_t raw_size;
};

/* Splits the body; false if it is not made of the pieces that its size needs. */
static bool split_body(struct byte_reader *body, struct piece_table *table)
{
	table->count = (table->raw_size + DICTIONARY_PIECE_SIZE - 1) / DICTIONARY_PIECE_SIZE;
	for (size_t i = 0; i < table->count; i++) {
		size_t left = byte_reader_left(body);
		size_t size = ZSTD_findFrameCompressedSize(body->next, left);

		if (ZSTD_isError(size) || !is_one_frame(body->next, size) ||
		    ZSTD_getFrameContentSize(body->next, left) !=
			    piece_size(table->raw_size, i * DICTIONARY_PIECE_SIZE))
			return false;
		table->packed_size[i] = size;
		table->packed[i] = byte_reader_bytes(body, size);
	}
	return byte_reader_left(body) == 0;
}

/* Every second piece, from first on. */
struct decoding {
	const struct piece_table *table;
	size_t first;
	ZSTD_DCtx *decompressor;
	bool good;
};

static void *decode_pieces(void *argument)
{
	struct decoding *decoding = argument;
	const struct piece_table *table = decoding->table;

	decoding->good = true;
	for (size_t i = decoding->first; decoding->good && i < table->count; i += 2) {
		size_t place = i * DICTIONARY_PIECE_SIZE;
		size_t size = piece_size(table->raw_size, place);
		size_t got = ZSTD_decompressDCtx(decoding->decompressor, table->raw + place, size,
						 table->packed[i], table->packed_size[i]);

		decoding->good = got == size;
	}
	return NULL;
}

/* Decodes with a second thread, if one can be had: fetching one post waits for this. The
 * thread allocates nothing, as its first allocation would cost it a heap of its own. */
static bool decode_body(const struct piece_table *table, ZSTD_DCtx *decompressor)
{
	struct decoding even = { table, 0, decompressor, false };
	struct decoding odd = { table, 1, table->count > 1 ? ZSTD_createDCtx() : NULL, false };
	pthread_t thread;
	bool has_thread = odd.decompressor &&
			  pthread_create(&thread, NULL, decode_pieces, &odd) == 0;

	decode_pieces(&even);
	if (has_thread) {
		pthread_join(thread, NULL);
		ZSTD_freeDCtx(odd.decompressor);
	} else {
		ZSTD_freeDCtx(odd.decompressor);
		odd.decompressor = decompressor;
		decode_pieces(&odd);
	}
	return even.good && odd.good;
}

enum narc_status dictionary_decode(const uint8_t *section, size_t section_size, uint64_t offset,
				   ZSTD_DCtx *decompressor, uint8_t **raw, size_t *size,
				   uint32_t *identifier, struct narc_error *error)
{
	struct piece_table table;
	struct byte_reader payload;
	uint32_t stated_identifier;
	uint64_t stated_hash;
	enum narc_status status = section_open(section, section_size, SECTION_DICTIONARY, offset,
					       &payload, error);

	if (status != NARC_OK)
		return status;
	stated_identifier = byte_reader_u32(&payload);
	stated_hash = byte_reader_u64(&payload);
	table.raw_size = byte_reader_u32(&payload);
	if (table.raw_size > DICTIONARY_SIZE_LIMIT)
		return narc_fail(error, NARC_LIMIT, "dictionary", offset,
				 "a dictionary of %zu bytes is over the limit of %lu",
				 table.raw_size, (unsigned long)DICTIONARY_SIZE_LIMIT);
	if (!byte_reader_ok(&payload) || stated_identifier == 0 || !split_body(&payload, &table))
		return narc_fail(error, NARC_CORRUPT, "dictionary", offset,
				 "is not made of the pieces that it should be");
	table.raw = malloc(table.raw_size + 1);
	if (!table.raw)
		return narc_fail_memory(error);
	if (!decode_body(&table, decompressor) || content_hash(table.raw, table.raw_size) != stated_hash ||
	    ZSTD_getDictID_fromDict(table.raw, table.raw_size) != stated_identifier) {
		free(table.raw);
		return narc_fail(error, NARC_CORRUPT, "dictionary", offset,
				 "does not decompress to what the section states");
	}
	*raw = table.raw;
	*size = table.raw_size;
	*identifier = stated_identifier;
	return NARC_OK;
}
