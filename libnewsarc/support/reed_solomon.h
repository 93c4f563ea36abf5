/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Reed-Solomon code in GF(2^8) with a Cauchy matrix (Bloemer and others, "An XOR-based
 * erasure-resilient coding scheme", 1995), by ISA-L. That library is loaded when it is first
 * needed: to load it takes a seventh of what fetching a post takes, which never needs it.
 */
#ifndef NARC_SUPPORT_REED_SOLOMON_H
#define NARC_SUPPORT_REED_SOLOMON_H

#include "newsarc.h"

enum { REED_SOLOMON_CHUNKS_LIMIT = 255 };

struct reed_solomon {
	unsigned data;   /* chunks */
	unsigned parity; /* chunks for these; together REED_SOLOMON_CHUNKS_LIMIT at most */
	uint8_t *matrix; /* a row for each chunk, a column for each data chunk */
	uint8_t *tables; /* of the rows of the parity chunks, as ISA-L wants them */
};

/* Whether ISA-L is there. */
bool reed_solomon_is_available(void);

/* NARC_IO if it is not. */
enum narc_status reed_solomon_init(struct reed_solomon *code, unsigned data, unsigned parity,
				   struct narc_error *error);
void reed_solomon_free(struct reed_solomon *code);

/* Computes the parity chunks of data chunks, length bytes each. */
void reed_solomon_encode(const struct reed_solomon *code, size_t length, uint8_t **data,
			 uint8_t **parity);

/* Makes again the data chunks that are lost. chunks has those of data and then those of parity,
 * lost says which of them; of those not lost, as many as data chunks there are at least. */
enum narc_status reed_solomon_rebuild(const struct reed_solomon *code, size_t length,
				      uint8_t **chunks, const bool *lost,
				      struct narc_error *error);

#endif
