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

static void take_out(struct piece_cache *cache, struct piece *piece)
{
	struct piece **place = slot_of(cache, piece->number);

	while (*place != piece)
		place = &(*place)->next;
	*place = piece->next;
	cache->count--;
}

struct piece *piece_cache_find(struct piece_cache *cache, uint64_t number)
{
	struct piece *piece = *slot_of(cache, number);

	while (piece && piece->number != number)
		piece = piece->next;
	return piece;
}

void piece_cache_hold(struct piece_cache *cache, struct piece *piece)
{
	if (piece->holders++ == 0)
		unlink_use(cache, piece);
}

void piece_cache_release(struct piece_cache *cache, struct piece *piece)
{
	if (--piece->holders == 0)
		link_newest(cache, piece);
}

/* Takes the oldest one out if there is no room for one more, for its memory to be used again. */
static struct piece *make_room(struct piece_cache *cache)
{
	struct piece *oldest = NULL;

	while (cache->count >= cache->limit && cache->oldest) {
		free(oldest);
		oldest = cache->oldest;
		unlink_use(cache, oldest);
		take_out(cache, oldest);
		cache->was_full = true;
	}
	return oldest;
}

struct piece *piece_cache_begin(struct piece_cache *cache, uint64_t number)
{
	struct piece **slot = slot_of(cache, number);
	struct piece *piece = make_room(cache);

	if (!piece)
		piece = malloc(sizeof(*piece));
	if (!piece)
		return NULL;
	piece->number = number;
	piece->is_here = piece->is_lasting = false;
	piece->holders = 0;
	piece->next = *slot;
	*slot = piece;
	cache->count++;
	return piece;
}

void piece_cache_end(struct piece_cache *cache, struct piece *piece, bool is_here)
{
	if (!is_here) {
		take_out(cache, piece);
		free(piece);
		return;
	}
	piece->is_here = true;
	link_newest(cache, piece);
}
