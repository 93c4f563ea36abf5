/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/key_filter.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "format/limits.h"
#include "format/section.h"
#include "support/status.h"

static const char stage[] = "filter";

/* A key has a place in each of three segments that follow each other. */
enum { PLACES = 3, SEGMENT_SIZE_LIMIT = 1 << 18 };

/* Tried one after the other; each fails once in a hundred times at most. */
enum { SEEDS_LIMIT = 100 };

/* ---- where a key is ------------------------------------------------------------------------ */

uint64_t key_filter_hash(enum key_index index, const void *key, size_t size)
{
	return XXH3_64bits_withSeed(key, size, index);
}

/* The finalizer of MurmurHash3, which has every bit depend on all others. */
static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 33) * 0xff51afd7ed558ccdu;
	value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53u;
	return value ^ value >> 33;
}

static uint8_t fingerprint_of(uint64_t hash)
{
	return (uint8_t)(hash ^ hash >> 32);
}

/* The upper 64 bits of a product: hash as a part of a whole of this size. */
static uint64_t scale(uint64_t hash, uint64_t size)
{
	uint64_t low = (hash & UINT32_MAX) * size;

	return ((hash >> 32) * size + (low >> 32)) >> 32;
}

static void find_places(const struct key_filter *filter, uint64_t hash, uint32_t places[PLACES])
{
	const uint32_t mask = filter->segment_size - 1;

	places[0] = (uint32_t)scale(hash, (uint64_t)filter->segment_count * filter->segment_size);
	places[1] = (places[0] + filter->segment_size) ^ ((uint32_t)(hash >> 18) & mask);
	places[2] = (places[0] + 2 * filter->segment_size) ^ ((uint32_t)hash & mask);
}

bool key_filter_may_have(const struct key_filter *filter, uint64_t hash)
{
	uint32_t places[PLACES];

	if (!filter->fingerprints)
		return false;
	hash = mix(hash + filter->seed);
	find_places(filter, hash, places);
	return (uint8_t)(filter->fingerprints[places[0]] ^ filter->fingerprints[places[1]] ^
			 filter->fingerprints[places[2]]) == fingerprint_of(hash);
}

static uint32_t place_count(const struct key_filter *filter)
{
	return (filter->segment_count + PLACES - 1) * filter->segment_size;
}

/* ---- making one ---------------------------------------------------------------------------- */

/* The sizes of the paper for so many keys, 0.875 + 0.25 ln(1,000,000) / ln(keys) places a key and
 * 1.125 at least, in segments of 2 to the floor of 2.25 + ln(keys) / ln(3.33), in a table instead
 * of logarithms, which are not the same everywhere. */
static const struct {
	uint32_t keys; /* at least */
	uint32_t size; /* places, in thousandths of the keys */
} steps[] = {
	{ 1, 5860 },    { 3, 4020 },     { 9, 2450 },      { 28, 1915 },      { 92, 1640 },
	{ 304, 1480 },  { 1010, 1375 },  { 3362, 1300 },   { 11193, 1245 },   { 37273, 1205 },
	{ 124118, 1170 }, { 413310, 1145 }, { 1376322, 1125 }, { 4583150, 1125 }, { 15261887, 1125 },
	{ 50822082, 1125 }, { 169237530, 1125 },
};

static void choose_size(struct key_filter *filter, size_t count)
{
	size_t step = 0;
	uint64_t segments;

	while (step + 1 < sizeof(steps) / sizeof(steps[0]) && steps[step + 1].keys <= count)
		step++;
	filter->segment_size = (uint32_t)4 << step;
	if (filter->segment_size > SEGMENT_SIZE_LIMIT)
		filter->segment_size = SEGMENT_SIZE_LIMIT;
	segments = ((uint64_t)count * steps[step].size / 1000 + filter->segment_size - 1) /
		   filter->segment_size;
	filter->segment_count = segments > PLACES ? (uint32_t)segments - PLACES + 1 : 1;
}

/* What is left at a place while keys are taken out: how many, and all of them combined by XOR,
 * which of one is that one. */
struct crowd {
	uint64_t hashes;
	uint32_t count;
};

/* A key that was alone in a place. */
struct lone_key {
	uint64_t hash;
	uint32_t place;
};

struct peeling {
	struct key_filter filter;
	struct crowd *crowds;
	struct lone_key *order; /* in which keys were taken out */
	uint32_t *lone;         /* places that have one key */
};

static void move_key(struct peeling *peeling, uint64_t hash, uint32_t change, size_t *lone_count)
{
	uint32_t places[PLACES];

	find_places(&peeling->filter, hash, places);
	for (unsigned i = 0; i < PLACES; i++) {
		struct crowd *crowd = &peeling->crowds[places[i]];

		crowd->hashes ^= hash;
		crowd->count += change;
		if (lone_count && crowd->count == 1)
			peeling->lone[(*lone_count)++] = places[i];
	}
}

/* Takes out one key after the other that is alone in a place. False if some are left that are
 * nowhere alone. */
static bool peel(struct peeling *peeling, const uint64_t *hashes, size_t count)
{
	const uint32_t places = place_count(&peeling->filter);
	size_t lone_count = 0;
	size_t taken = 0;

	memset(peeling->crowds, 0, places * sizeof(*peeling->crowds));
	for (size_t i = 0; i < count; i++)
		move_key(peeling, mix(hashes[i] + peeling->filter.seed), 1, NULL);
	for (uint32_t i = 0; i < places; i++)
		if (peeling->crowds[i].count == 1)
			peeling->lone[lone_count++] = i;
	while (lone_count) {
		uint32_t place = peeling->lone[--lone_count];
		uint64_t hash = peeling->crowds[place].hashes;

		if (peeling->crowds[place].count != 1)
			continue;
		peeling->order[taken++] = (struct lone_key){ hash, place };
		move_key(peeling, hash, UINT32_MAX, &lone_count);
	}
	return taken == count;
}

/* Puts the keys back in the other order: each has a place that no key before it has. */
static void fill(const struct peeling *peeling, size_t count, uint8_t *fingerprints)
{
	for (size_t i = count; i-- > 0;) {
		const struct lone_key *key = &peeling->order[i];
		uint32_t places[PLACES];
		uint8_t fingerprint = fingerprint_of(key->hash);

		find_places(&peeling->filter, key->hash, places);
		for (unsigned k = 0; k < PLACES; k++)
			if (places[k] != key->place)
				fingerprint ^= fingerprints[places[k]];
		fingerprints[key->place] = fingerprint;
	}
}

static enum narc_status find_seed(struct peeling *peeling, const uint64_t *hashes, size_t count,
				  struct narc_error *error)
{
	const size_t places = place_count(&peeling->filter);

	peeling->crowds = malloc(places * sizeof(*peeling->crowds));
	peeling->order = malloc(count * sizeof(*peeling->order));
	/* A place is alone when it comes to one key, which it does once at most. */
	peeling->lone = malloc(places * sizeof(*peeling->lone));
	if (!peeling->crowds || !peeling->order || !peeling->lone)
		return narc_fail_memory(error);
	for (unsigned i = 0; i < SEEDS_LIMIT; i++) {
		peeling->filter.seed = mix(i + 1);
		if (peel(peeling, hashes, count))
			return NARC_OK;
	}
	return narc_fail(error, NARC_LIMIT, stage, NARC_NO_OFFSET,
			 "no filter can be made of these %llu keys", (unsigned long long)count);
}

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static size_t sort_once(uint64_t *hashes, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(hashes, count, sizeof(*hashes), by_value);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || hashes[i] != hashes[i - 1])
			hashes[kept++] = hashes[i];
	return kept;
}

static enum narc_status append_filter(struct byte_buffer *out, const uint64_t *hashes,
				      size_t count, struct narc_error *error)
{
	struct peeling peeling = { 0 };
	uint8_t *fingerprints;
	enum narc_status status;

	choose_size(&peeling.filter, count);
	status = find_seed(&peeling, hashes, count, error);
	if (status == NARC_OK) {
		byte_buffer_append_u64(out, peeling.filter.seed);
		byte_buffer_append_u32(out, peeling.filter.segment_size);
		byte_buffer_append_u32(out, peeling.filter.segment_count);
		fingerprints = byte_buffer_reserve(out, place_count(&peeling.filter));
		if (fingerprints) {
			memset(fingerprints, 0, place_count(&peeling.filter));
			fill(&peeling, count, fingerprints);
			out->size += place_count(&peeling.filter);
		}
	}
	free(peeling.crowds);
	free(peeling.order);
	free(peeling.lone);
	return status;
}

enum narc_status key_filter_encode(struct byte_buffer *out, uint64_t *hashes, size_t count,
				   struct narc_error *error)
{
	size_t start = section_begin(out, SECTION_FILTER);
	enum narc_status status = NARC_OK;

	count = sort_once(hashes, count);
	if (count > FILTER_KEYS_LIMIT)
		return narc_fail(error, NARC_LIMIT, stage, NARC_NO_OFFSET,
				 "a volume has more keys than a filter can have");
	if (count)
		status = append_filter(out, hashes, count, error);
	section_end(out, start);
	return status == NARC_OK ? byte_buffer_status(out, error) : status;
}

/* ---- reading one --------------------------------------------------------------------------- */

enum narc_status key_filter_decode(const uint8_t *section, size_t size, uint64_t offset,
				   struct key_filter *out, struct narc_error *error)
{
	struct key_filter filter = { 0 };
	struct byte_reader payload;
	enum narc_status status = section_open(section, size, SECTION_FILTER, offset, &payload,
					       error);

	if (status != NARC_OK)
		return status;
	if (byte_reader_left(&payload)) {
		filter.seed = byte_reader_u64(&payload);
		filter.segment_size = byte_reader_u32(&payload);
		filter.segment_count = byte_reader_u32(&payload);
		if (filter.segment_size == 0 || filter.segment_size > SEGMENT_SIZE_LIMIT ||
		    (filter.segment_size & (filter.segment_size - 1)) || filter.segment_count == 0 ||
		    filter.segment_count > FILTER_SIZE_LIMIT / filter.segment_size)
			return narc_fail(error, NARC_CORRUPT, stage, offset, "its sizes are wrong");
		filter.fingerprints = byte_reader_bytes(&payload, place_count(&filter));
	}
	status = section_close(&payload, SECTION_FILTER, offset, error);
	if (status == NARC_OK)
		*out = filter;
	return status;
}
