/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The first chunk is small, as many arenas stay small; later ones double up to the limit. */
enum { FIRST_CHUNK_SIZE = 4096, CHUNK_SIZE_LIMIT = 1024 * 1024 };

struct arena_chunk {
	struct arena_chunk *previous;
	size_t used;
	size_t capacity;
	_Alignas(8) uint8_t bytes[];
};

static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
	size_t capacity = arena->last ? 2 * arena->last->capacity : FIRST_CHUNK_SIZE;
	struct arena_chunk *chunk;

	if (capacity > CHUNK_SIZE_LIMIT)
		capacity = CHUNK_SIZE_LIMIT;
	if (capacity < size)
		capacity = size;
	chunk = malloc(sizeof(*chunk) + capacity);
	if (!chunk)
		return NULL;
	chunk->previous = arena->last;
	chunk->used = 0;
	chunk->capacity = capacity;
	arena->last = chunk;
	arena->held += capacity;
	return chunk;
}

void *arena_take(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->last;

	if (size > SIZE_MAX - 7)
		return NULL;
	size = (size + 7) & ~(size_t)7;
	if (!chunk || chunk->capacity - chunk->used < size)
		chunk = add_chunk(arena, size);
	if (!chunk)
		return NULL;
	chunk->used += size;
	return chunk->bytes + chunk->used - size;
}

char *arena_copy_text(struct arena *arena, const char *text, size_t size)
{
	char *copy = arena_take(arena, size + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

void arena_free(struct arena *arena)
{
	while (arena->last) {
		struct arena_chunk *previous = arena->last->previous;

		free(arena->last);
		arena->last = previous;
	}
	arena->held = 0;
}
