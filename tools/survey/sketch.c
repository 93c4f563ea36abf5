/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey/sketch.h"

#include <xxhash.h>

#include "survey/shingles.h"

struct minima {
	uint32_t least[SKETCH_SIZE];
	bool is_set[SKETCH_SIZE];
};

/* The part that a hash belongs to, by its upper half. */
static unsigned part_of(uint64_t hash)
{
	return (unsigned)((hash >> 32) * SKETCH_SIZE >> 32);
}

/* A shingle_fn. */
static void take_shingle(void *context, uint64_t hash)
{
	struct minima *minima = context;
	unsigned part = part_of(hash);

	if (minima->is_set[part] && minima->least[part] <= (uint32_t)hash)
		return;
	minima->least[part] = (uint32_t)hash;
	minima->is_set[part] = true;
}

/* A part that has something, for one that has not: which one does not depend on the text, so that
 * texts that lack the same have the same in its place. */
static unsigned stand_in(const struct minima *minima, unsigned part)
{
	for (uint32_t attempt = 0; !minima->is_set[part]; attempt++) {
		const uint32_t seed[2] = { part, attempt };
		unsigned other = part_of(XXH3_64bits(seed, sizeof(seed)));

		if (minima->is_set[other])
			return other;
	}
	return part;
}

bool sketch_make(const char *text, size_t size, bool has_markup, struct sketch *sketch)
{
	struct minima minima = { .is_set = { false } };

	if (shingles_take(text, size, has_markup, take_shingle, &minima) < SKETCH_SHINGLES_LEAST)
		return false;
	for (unsigned part = 0; part < SKETCH_SIZE; part++) {
		uint32_t least = minima.least[stand_in(&minima, part)];

		/* The least of many is small: only its low bits are by chance. */
		sketch->minima[part] = (uint8_t)least;
	}
	return true;
}

unsigned sketch_resemblance(const struct sketch *a, const struct sketch *b)
{
	unsigned same = 0;

	for (unsigned part = 0; part < SKETCH_SIZE; part++)
		same += a->minima[part] == b->minima[part];
	return same * 100 / SKETCH_SIZE;
}
