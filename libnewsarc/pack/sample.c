/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/sample.h"

#include <stdlib.h>
#include <string.h>

#include "support/status.h"

static int by_hash(const void *a, const void *b)
{
	const struct sampled *left = a;
	const struct sampled *right = b;

	return (left->hash > right->hash) - (left->hash < right->hash);
}

/* Sorts, drops copies, and keeps the smallest hashes whose contents fill the budget. */
void sample_finish(struct sample *sample)
{
	size_t kept = 0;
	size_t held = 0;

	if (sample->count)
		qsort(sample->items, sample->count, sizeof(*sample->items), by_hash);
	for (size_t i = 0; i < sample->count; i++) {
		struct sampled *item = &sample->items[i];
		bool is_copy = kept && sample->items[kept - 1].hash == item->hash;

		if (is_copy || held >= sample->budget) {
			free(item->data);
			continue;
		}
		held += item->size;
		sample->items[kept++] = *item;
	}
	if (held >= sample->budget && kept)
		sample->threshold = sample->items[kept - 1].hash;
	sample->count = kept;
	sample->held = held;
}

enum narc_status sample_offer(struct sample *sample, uint64_t hash, const uint8_t *data,
			      size_t size, struct narc_error *error)
{
	uint8_t *copy;

	if (size == 0 || hash > sample->threshold)
		return NARC_OK;
	if (sample->count == sample->capacity) {
		size_t capacity = sample->capacity ? 2 * sample->capacity : 256;
		struct sampled *items = realloc(sample->items, capacity * sizeof(*items));

		if (!items)
			return narc_fail_memory(error);
		sample->items = items;
		sample->capacity = capacity;
	}
	copy = malloc(size);
	if (!copy)
		return narc_fail_memory(error);
	memcpy(copy, data, size);
	sample->items[sample->count++] = (struct sampled){ hash, copy, size };
	sample->held += size;
	if (sample->held >= 2 * sample->budget)
		sample_finish(sample);
	return NARC_OK;
}

void sample_free(struct sample *sample)
{
	for (size_t i = 0; i < sample->count; i++)
		free(sample->items[i].data);
	free(sample->items);
	sample->items = NULL;
	sample->count = sample->capacity = sample->held = 0;
}
