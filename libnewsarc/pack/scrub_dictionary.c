/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/scrub_dictionary.h"

#include <stdlib.h>
#include <string.h>

#include "support/byte_order.h"
#include "support/content_hash.h"
#include "support/status.h"

static const size_t piece_sizes[SCRUB_SIZES] = { 16, 24 };

/* The value of a piece that a text which stays has too. */
#define SCRUB_COMMON UINT64_MAX

/* A piece is looked up by its first eight bytes in a table of bits, which most are not in. */
enum { START_BITS_LOG = 20, START_BYTES = 1 << (START_BITS_LOG - 3), FILLER = 0 };

void scrub_free(struct scrub *scrub)
{
	for (size_t i = 0; i < SCRUB_SIZES; i++) {
		number_map_free(&scrub->texts[i]);
		number_map_free(&scrub->pieces[i]);
	}
	byte_buffer_free(&scrub->kept);
	free(scrub->starts);
	*scrub = (struct scrub){ 0 };
}

enum narc_status scrub_add_text(struct scrub *scrub, const uint8_t *text, size_t size,
				struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < SCRUB_SIZES; i++)
		for (size_t place = 0; place + piece_sizes[i] <= size && status == NARC_OK; place++)
			status = number_map_put(&scrub->texts[i],
						content_hash(text + place, piece_sizes[i]), 1,
						error);
	return status;
}

static size_t start_bit(const uint8_t *piece)
{
	return (size_t)(load_le64(piece) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - START_BITS_LOG));
}

static void mark_start(struct scrub *scrub, const uint8_t *piece)
{
	size_t bit = start_bit(piece);

	scrub->starts[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static enum narc_status add_piece(struct scrub *scrub, size_t i, const uint8_t *piece,
				  uint64_t hash, struct narc_error *error)
{
	if (!scrub->starts)
		scrub->starts = calloc(START_BYTES, 1);
	if (!scrub->starts)
		return narc_fail_memory(error);
	mark_start(scrub, piece);
	scrub->rare_count++;
	byte_buffer_append(&scrub->kept, piece, piece_sizes[i]);
	if (scrub->kept.failed)
		return narc_fail_memory(error);
	return number_map_put(&scrub->pieces[i], hash, scrub->kept.size - piece_sizes[i], error);
}

enum narc_status scrub_search(struct scrub *scrub, const uint8_t *dictionary, size_t size,
			      struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < SCRUB_SIZES; i++) {
		for (size_t place = 0; place + piece_sizes[i] <= size && status == NARC_OK;
		     place++) {
			const uint8_t *piece = dictionary + place;
			uint64_t hash = content_hash(piece, piece_sizes[i]);

			if (number_map_find(&scrub->texts[i], hash) &&
			    !number_map_find(&scrub->pieces[i], hash))
				status = add_piece(scrub, i, piece, hash, error);
		}
	}
	return status;
}

bool scrub_has_pieces(const struct scrub *scrub)
{
	return scrub->rare_count > scrub->common_count;
}

/* Whether the piece at place is one that is to go. */
static uint64_t *find_piece(const struct scrub *scrub, size_t i, const uint8_t *place)
{
	uint64_t *value =
		number_map_find(&scrub->pieces[i], content_hash(place, piece_sizes[i]));

	if (!value || *value == SCRUB_COMMON ||
	    memcmp(scrub->kept.data + *value, place, piece_sizes[i]) != 0)
		return NULL;
	return value;
}

/* What all posts have, as a layout does, is found to be common in the first of them, and then
 * need not be looked up in each. */
static void forget_common_starts(struct scrub *scrub)
{
	memset(scrub->starts, 0, START_BYTES);
	scrub->rare_count = 0;
	for (size_t i = 0; i < SCRUB_SIZES; i++)
		for (size_t slot = 0; slot < scrub->pieces[i].capacity; slot++) {
			const struct number_slot *piece = &scrub->pieces[i].slots[slot];

			if (!piece->key || piece->value == SCRUB_COMMON)
				continue;
			mark_start(scrub, scrub->kept.data + piece->value);
			scrub->rare_count++;
		}
	scrub->common_count = 0;
}

void scrub_spare(struct scrub *scrub, const uint8_t *text, size_t size)
{
	/* Each time, what is left is an eighth less. */
	if (scrub->common_count && 8 * scrub->common_count >= scrub->rare_count)
		forget_common_starts(scrub);
	for (size_t place = 0; place + piece_sizes[0] <= size; place++) {
		size_t bit = start_bit(text + place);

		if (!(scrub->starts[bit / 8] >> bit % 8 & 1))
			continue;
		for (size_t i = 0; i < SCRUB_SIZES && place + piece_sizes[i] <= size; i++) {
			uint64_t *piece = find_piece(scrub, i, text + place);

			if (!piece)
				continue;
			*piece = SCRUB_COMMON;
			scrub->common_count++;
		}
	}
}

enum narc_status scrub_overwrite(const struct scrub *scrub, uint8_t *dictionary, size_t size,
				 size_t *overwritten, struct narc_error *error)
{
	uint8_t *marks = calloc(size + 1, 1);

	if (!marks)
		return narc_fail_memory(error);
	/* They are found in the dictionary as it was: so marked first, and overwritten then. */
	for (size_t i = 0; i < SCRUB_SIZES; i++)
		for (size_t place = 0; place + piece_sizes[i] <= size; place++)
			if (find_piece(scrub, i, dictionary + place))
				memset(marks + place, 1, piece_sizes[i]);
	*overwritten = 0;
	for (size_t place = 0; place < size; place++) {
		if (!marks[place])
			continue;
		dictionary[place] = FILLER;
		++*overwritten;
	}
	free(marks);
	return NARC_OK;
}
