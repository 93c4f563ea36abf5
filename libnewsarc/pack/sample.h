/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sample of contents that a dictionary is trained on: those with the smallest hashes,
 * up to a budget. Which these are does not depend on the order in which contents come, and
 * copies count once (a bottom-k sketch: Cohen, Kaplan, "Summarizing Data using Bottom-k
 * Sketches", 2007).
 */
#ifndef NARC_PACK_SAMPLE_H
#define NARC_PACK_SAMPLE_H

#include "newsarc.h"

struct sampled {
	uint64_t hash;
	uint8_t *data;
	size_t size;
};

struct sample {
	size_t budget; /* bytes */
	struct sampled *items;
	size_t count;
	size_t capacity;
	size_t held;
	uint64_t threshold; /* contents with a hash above are out */
};

enum narc_status sample_offer(struct sample *sample, uint64_t hash, const uint8_t *data,
			      size_t size, struct narc_error *error);

/* Cuts the sample to the budget and puts it in order of hash. */
void sample_finish(struct sample *sample);
void sample_free(struct sample *sample);

#endif
