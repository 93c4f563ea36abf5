/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/piece_cache.h"

#include <stdlib.h>

bool piece_cache_init(struct piece_cache *cache, size_t size)
{
	*cache = (struct piece_cache){ .limit = size / PIECE_SIZE, .slot_count = 1 };
	while (cache->slot_count < cache->limit)
		cache->slot_count *= 2;
	cache->slots = calloc(cache->slot_count, sizeof(struct piece *));
	return cache->slots != NULL;
}

void piece_cache_free(struct piece_cache *cache)
{
	for (size_t i = 0; cache->slots && i < cache->slot_count; i++) {
		while (cache->slots[i]) {
			struct piece *piece = cache->slots[i];

			cache->slots[i] = piece->next;
			free(piece);
		}
	}
	free(cache->slots);
	*cache = (struct piece_cache){ 0 };
}

/* ---- by use ------------------------------------------------------------------------------- */

static void unlink_use(struct piece_cache *cache, struct piece *piece)
{
	*(piece->older ? &piece->older->newer : &cache->oldest) = piece->newer;
	*(piece->newer ? &piece->newer->older : &cache->newest) = piece->older;
}

static void link_newest(struct piece_cache *cache, struct piece *piece)
{
	piece->older = cache->newest;
	piece->newer = NULL;
	*(cache->newest ? &cache->newest->newer : &cache->oldest) = piece;
	cache->newest = piece;
}

/* ---- by number ---------------------------------------------------------------------------- */

static struct piece **slot_of(struct piece_cache *cache, uint64_t number)
{
	return &cache->slots[number & (cache->slot_count - 1)];
}

static void remove_piece(struct piece_cache *cache, struct piece *piece)
{
	struct piece **place = slot_of(cache, piece->number);

	while (*place != piece)
		place = &(*place)->next;
	*place = piece->next;
	cache->count--;
	free(piece);
}

struct piece *piece_cache_find(struct piece_cache *cache, uint64_t number)
{
	struct piece *piece = *slot_of(cache, number);

	while (piece && piece->number != number)
		piece = piece->next;
	if (piece && piece->is_here && piece != cache->newest) {
		unlink_use(cache, piece);
		link_newest(cache, piece);
	}
	return piece;
}

struct piece *piece_cache_begin(struct piece_cache *cache, uint64_t number)
{
	struct piece *piece = malloc(sizeof(*piece));
	struct piece **slot = slot_of(cache, number);

	if (!piece)
		return NULL;
	while (cache->count >= cache->limit && cache->oldest) {
		struct piece *oldest = cache->oldest;

		unlink_use(cache, oldest);
		remove_piece(cache, oldest);
		cache->was_full = true;
	}
	piece->number = number;
	piece->is_here = piece->is_lasting = false;
	piece->next = *slot;
	*slot = piece;
	cache->count++;
	return piece;
}

void piece_cache_end(struct piece_cache *cache, struct piece *piece, bool is_here)
{
	if (!is_here) {
		remove_piece(cache, piece);
		return;
	}
	piece->is_here = true;
	link_newest(cache, piece);
}
