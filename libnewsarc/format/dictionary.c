/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/dictionary.h"

#include <pthread.h>
#include <stdlib.h>

#include "format/frame.h"
#include "format/limits.h"
#include "format/section.h"
#include "support/fault_in.h"
#include "support/status.h"

/* The work is shared by two threads, as every fetch of one post waits for the decoding: so
 * there are two pieces. More would let more threads take part, but what two pieces have in
 * common is stored twice: pieces of 256 KiB take 12 % more. */
enum { THREADS = 2, SMALLEST_PIECE = 32 << 10 };

/* Short matches save 5 % of the dictionary and cost a fifth of its speed. */
enum { DICTIONARY_MIN_MATCH = 5 };

/* Runs work on both shares, at the same time if a second thread can be had. */
static void share_work(void *(*work)(void *), void *first, void *second)
{
	pthread_t thread;
	bool has_thread = pthread_create(&thread, NULL, work, second) == 0;

	work(first);
	if (has_thread)
		pthread_join(thread, NULL);
	else
		work(second);
}

/* ---- encoding ----------------------------------------------------------------------------- */

/* One piece on its way into the section. */
struct encoding {
	const uint8_t *piece;
	size_t size;
	int level;
	struct byte_buffer packed;
	enum narc_status status;
	struct narc_error error;
};

static void *encode_piece(void *argument)
{
	struct encoding *encoding = argument;
	size_t bound = ZSTD_compressBound(encoding->size);
	uint8_t *place = byte_buffer_reserve(&encoding->packed, bound);
	ZSTD_CCtx *compressor = ZSTD_createCCtx();
	size_t packed_size;

	encoding->status = NARC_OK;
	if (!compressor || !place) {
		encoding->status = narc_fail_memory(&encoding->error);
		goto done;
	}
	ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, encoding->level);
	ZSTD_CCtx_setParameter(compressor, ZSTD_c_minMatch, DICTIONARY_MIN_MATCH);
	packed_size = ZSTD_compress2(compressor, place, bound, encoding->piece, encoding->size);
	if (ZSTD_isError(packed_size))
		encoding->status = narc_fail(&encoding->error, NARC_NOMEM, "compress",
					     NARC_NO_OFFSET, "zstd: %s",
					     ZSTD_getErrorName(packed_size));
	else
		encoding->packed.size = packed_size;
done:
	ZSTD_freeCCtx(compressor);
	return NULL;
}

static enum narc_status append_piece(struct byte_buffer *out, const struct encoding *encoding,
				     struct narc_error *error)
{
	if (encoding->status != NARC_OK && error)
		*error = encoding->error;
	if (encoding->status == NARC_OK)
		byte_buffer_append(out, encoding->packed.data, encoding->packed.size);
	return encoding->status;
}

enum narc_status dictionary_encode(struct byte_buffer *out, const uint8_t *raw, size_t size,
				   int level, struct narc_error *error)
{
	size_t half = size < THREADS * SMALLEST_PIECE ? size : (size + 1) / THREADS;
	struct encoding first = { .piece = raw, .size = half, .level = level };
	struct encoding second = { .piece = raw + half, .size = size - half, .level = level };
	size_t start = section_begin(out, SECTION_DICTIONARY);
	enum narc_status status;

	byte_buffer_append_u32(out, ZSTD_getDictID_fromDict(raw, size));
	byte_buffer_append_u32(out, (uint32_t)size);
	if (second.size)
		share_work(encode_piece, &first, &second);
	else
		encode_piece(&first);
	status = append_piece(out, &first, error);
	if (status == NARC_OK && second.size)
		status = append_piece(out, &second, error);
	section_end(out, start);
	byte_buffer_free(&first.packed);
	byte_buffer_free(&second.packed);
	return status == NARC_OK ? byte_buffer_status(out, error) : status;
}

/* ---- decoding ----------------------------------------------------------------------------- */

struct piece {
	const uint8_t *packed;
	size_t packed_size;
	size_t place; /* in the dictionary */
	size_t size;
};

struct piece_table {
	size_t count;
	struct piece pieces[DICTIONARY_PIECES_LIMIT];
	uint8_t *raw;
	size_t raw_size;
};

static enum narc_status fail_pieces(struct narc_error *error, uint64_t offset)
{
	return narc_fail(error, NARC_CORRUPT, "dictionary", offset,
			 "is not made of the pieces that it should be");
}

/* Takes the next frame of the body as a piece that starts at *place, and moves *place. */
static bool take_piece(struct byte_reader *body, struct piece *piece, size_t raw_size,
		       size_t *place)
{
	size_t left = byte_reader_left(body);
	size_t packed_size = ZSTD_findFrameCompressedSize(body->next, left);
	unsigned long long size;

	if (ZSTD_isError(packed_size) || !is_one_frame(body->next, packed_size))
		return false;
	size = ZSTD_getFrameContentSize(body->next, left);
	/* What is not known, or malformed, is above any size. */
	if (size == 0 || size > raw_size - *place)
		return false;
	*piece = (struct piece){ byte_reader_bytes(body, packed_size), packed_size, *place,
				 (size_t)size };
	*place += (size_t)size;
	return true;
}

static enum narc_status split_body(struct byte_reader *body, struct piece_table *table,
				   uint64_t offset, struct narc_error *error)
{
	size_t place = 0;

	table->count = 0;
	while (byte_reader_left(body)) {
		struct piece piece;

		if (!take_piece(body, &piece, table->raw_size, &place))
			return fail_pieces(error, offset);
		if (table->count == DICTIONARY_PIECES_LIMIT)
			return narc_fail(error, NARC_LIMIT, "dictionary", offset,
					 "is made of more than %d pieces", DICTIONARY_PIECES_LIMIT);
		table->pieces[table->count++] = piece;
	}
	return place == table->raw_size ? NARC_OK : fail_pieces(error, offset);
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
	for (size_t i = decoding->first; decoding->good && i < table->count; i += THREADS) {
		const struct piece *piece = &table->pieces[i];
		uint8_t *place = table->raw + piece->place;

		fault_in(place, piece->size);
		decoding->good = ZSTD_decompressDCtx(decoding->decompressor, place, piece->size,
						     piece->packed,
						     piece->packed_size) == piece->size;
	}
	return NULL;
}

/* The second thread allocates nothing, as its first allocation would cost it a heap of its
 * own. */
static bool decode_body(const struct piece_table *table, ZSTD_DCtx *decompressor)
{
	struct decoding even = { table, 0, decompressor, false };
	struct decoding odd = { table, 1, table->count > 1 ? ZSTD_createDCtx() : NULL, true };

	if (odd.decompressor) {
		share_work(decode_pieces, &even, &odd);
	} else {
		decode_pieces(&even);
		odd.decompressor = decompressor;
		decode_pieces(&odd);
		odd.decompressor = NULL;
	}
	ZSTD_freeDCtx(odd.decompressor);
	return even.good && odd.good;
}

uint32_t dictionary_stated_size(struct byte_reader payload)
{
	byte_reader_u32(&payload); /* the identifier */
	return byte_reader_u32(&payload);
}

enum narc_status dictionary_decode(const uint8_t *section, size_t section_size, uint64_t offset,
				   ZSTD_DCtx *decompressor, uint8_t **raw, size_t *size,
				   uint32_t *identifier, struct narc_error *error)
{
	struct piece_table table;
	struct byte_reader payload;
	uint32_t stated_identifier;
	enum narc_status status = section_open(section, section_size, SECTION_DICTIONARY, offset,
					       &payload, error);

	if (status != NARC_OK)
		return status;
	stated_identifier = byte_reader_u32(&payload);
	table.raw_size = byte_reader_u32(&payload);
	if (table.raw_size > DICTIONARY_SIZE_LIMIT)
		return narc_fail(error, NARC_LIMIT, "dictionary", offset,
				 "a dictionary of %zu bytes is over the limit of %lu",
				 table.raw_size, (unsigned long)DICTIONARY_SIZE_LIMIT);
	if (!byte_reader_ok(&payload) || stated_identifier == 0)
		return fail_pieces(error, offset);
	status = split_body(&payload, &table, offset, error);
	if (status != NARC_OK)
		return status;
	table.raw = malloc(table.raw_size + 1);
	if (!table.raw)
		return narc_fail_memory(error);
	if (!decode_body(&table, decompressor) ||
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
