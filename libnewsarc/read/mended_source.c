/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/mended_source.h"

#include <stdlib.h>
#include <string.h>

#include "support/checked_math.h"
#include "support/status.h"

enum narc_status mended_source_init(struct mended_source *mended, struct narc_source damaged,
				    const char *folder, struct narc_error *error)
{
	enum narc_status status;

	*mended = (struct mended_source){ .damaged = damaged, .made = spill_file_in(folder) };
	status = damaged.ops->size(damaged.context, &mended->size, error);
	if (status != NARC_OK)
		return status;
	mended->pieces = malloc(sizeof(*mended->pieces));
	if (!mended->pieces)
		return narc_fail_memory(error);
	mended->pieces[0] = (struct mended_piece){ .size = mended->size };
	mended->piece_count = mended->size > 0;
	return NARC_OK;
}

void mended_source_free(struct mended_source *mended)
{
	spill_file_close(&mended->made);
	free(mended->pieces);
}

static uint64_t end_of(const struct mended_piece *piece)
{
	return piece->offset + piece->size;
}

/* The first piece that ends behind offset. */
static size_t find_piece(const struct mended_source *mended, uint64_t offset)
{
	size_t low = 0;
	size_t high = mended->piece_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (end_of(&mended->pieces[middle]) > offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void mended_source_resize(struct mended_source *mended, uint64_t size)
{
	size_t place = find_piece(mended, size);

	if (place < mended->piece_count && mended->pieces[place].offset < size) {
		mended->pieces[place].size = size - mended->pieces[place].offset;
		place++;
	}
	mended->piece_count = place;
	mended->size = size;
}

/* Puts a piece where others are, of which the parts that it covers go. */
static enum narc_status put_piece(struct mended_source *mended, struct mended_piece piece,
				  struct narc_error *error)
{
	size_t first = find_piece(mended, piece.offset);
	size_t last = find_piece(mended, end_of(&piece));
	struct mended_piece *pieces =
		realloc(mended->pieces, (mended->piece_count + 2) * sizeof(*pieces));
	struct mended_piece around[3];
	size_t count = 0, replaced;

	if (!pieces)
		return narc_fail_memory(error);
	mended->pieces = pieces;
	if (first < mended->piece_count && pieces[first].offset < piece.offset) {
		around[count] = pieces[first];
		around[count++].size = piece.offset - pieces[first].offset;
	}
	around[count++] = piece;
	replaced = last - first;
	if (last < mended->piece_count && pieces[last].offset < end_of(&piece)) {
		uint64_t covered = end_of(&piece) - pieces[last].offset;

		around[count] = pieces[last];
		around[count].offset += covered;
		around[count].place += covered;
		around[count++].size -= covered;
		replaced++;
	}
	memmove(pieces + first + count, pieces + first + replaced,
		(mended->piece_count - first - replaced) * sizeof(*pieces));
	memcpy(pieces + first, around, count * sizeof(*pieces));
	mended->piece_count = mended->piece_count - replaced + count;
	return NARC_OK;
}

enum narc_status mended_source_move(struct mended_source *mended, uint64_t offset, uint64_t place,
				    uint64_t size, struct narc_error *error)
{
	return put_piece(mended, (struct mended_piece){ offset, size, false, place }, error);
}

enum narc_status mended_source_put(struct mended_source *mended, uint64_t offset,
				   const void *bytes, size_t size, struct narc_error *error)
{
	struct mended_piece piece = { offset, size, true, mended->made.size };
	enum narc_status status = spill_file_append(&mended->made, bytes, size, error);

	return status == NARC_OK ? put_piece(mended, piece, error) : status;
}

/* ---- as a source -------------------------------------------------------------------------- */

static enum narc_status read_piece(struct mended_source *mended, const struct mended_piece *piece,
				   uint64_t offset, uint8_t *bytes, size_t size,
				   struct narc_error *error)
{
	uint64_t place = piece->place + (offset - piece->offset);

	if (piece->is_made)
		return spill_file_read_at(&mended->made, place, bytes, size, error);
	return mended->damaged.ops->read_at(mended->damaged.context, place, bytes, size, error);
}

static enum narc_status read_at(void *context, uint64_t offset, void *buffer, size_t length,
				struct narc_error *error)
{
	struct mended_source *mended = context;
	uint8_t *bytes = buffer;
	enum narc_status status = NARC_OK;

	if (!range_inside(offset, length, 0, mended->size))
		return narc_fail(error, NARC_CORRUPT, "read", offset,
				 "the file ends before %zu bytes that should be here", length);
	for (size_t i = find_piece(mended, offset); length && status == NARC_OK; i++) {
		const struct mended_piece *piece =
			i < mended->piece_count ? &mended->pieces[i] : NULL;
		uint64_t start = piece ? piece->offset : offset + length;
		size_t part;

		if (start > offset) {
			part = start - offset < length ? (size_t)(start - offset) : length;
			memset(bytes, 0, part);
			bytes += part;
			offset += part;
			length -= part;
		}
		if (!piece || length == 0)
			break;
		part = end_of(piece) - offset < length ? (size_t)(end_of(piece) - offset) : length;
		status = read_piece(mended, piece, offset, bytes, part, error);
		bytes += part;
		offset += part;
		length -= part;
	}
	return status;
}

static enum narc_status size_of(void *context, uint64_t *size, struct narc_error *error)
{
	(void)error;
	*size = ((struct mended_source *)context)->size;
	return NARC_OK;
}

static void close_nothing(void *context)
{
	(void)context;
}

struct narc_source mended_source_as_source(struct mended_source *mended)
{
	static const struct narc_source_ops ops = { .read_at = read_at, .size = size_of,
						    .close = close_nothing };

	return (struct narc_source){ &ops, mended };
}
