/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of a remote file that are in memory, or on their way there. Whoever uses it has it for
 * himself, but for the bytes of pieces that are on their way: those are whose who fetches them. */
#ifndef NARC_REMOTE_PIECE_CACHE_H
#define NARC_REMOTE_PIECE_CACHE_H

#include "newsarc.h"

enum { PIECE_SIZE = 16 * 1024 };

struct piece {
	uint64_t number;        /* it begins at so many times PIECE_SIZE */
	bool is_here;           /* else on its way */
	bool is_lasting;        /* worth keeping for the next source: it is no part of a scan */
	struct piece *next;     /* with the same hash */
	unsigned holders;
	struct piece *older, *newer; /* by use, of those that are here and not held */
	uint8_t bytes[PIECE_SIZE];
};

struct piece_cache {
	struct piece **slots;
	size_t slot_count; /* a power of two */
	size_t count, limit;
	struct piece *oldest, *newest;
	bool was_full; /* some were given up */
};

/* Room for so many bytes. False if there is no memory. */
bool piece_cache_init(struct piece_cache *cache, size_t size);
void piece_cache_free(struct piece_cache *cache);

/* NULL if it is neither here nor on its way. */
struct piece *piece_cache_find(struct piece_cache *cache, uint64_t number);

/* Makes room for a piece that is neither, by giving up the one that was not used for longest; from
 * now on it is on its way. NULL if there is no memory. */
struct piece *piece_cache_begin(struct piece_cache *cache, uint64_t number);

/* One that is here stays until it is released as often as it was held. */
void piece_cache_hold(struct piece_cache *cache, struct piece *piece);
void piece_cache_release(struct piece_cache *cache, struct piece *piece);

/* It came; or it did not. */
void piece_cache_end(struct piece_cache *cache, struct piece *piece, bool is_here);

#endif
