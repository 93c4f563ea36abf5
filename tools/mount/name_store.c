/* SPDX-License-Identifier: BSD-2-Clause */
#include "name_store.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 1 << 18 };

struct name_chunk {
	struct name_chunk *next;
	char bytes[CHUNK_SIZE];
};

void name_store_free(struct name_store *store)
{
	while (store->chunks) {
		struct name_chunk *chunk = store->chunks;

		store->chunks = chunk->next;
		free(chunk);
	}
}

const char *name_store_add(struct name_store *store, const char *text, size_t size)
{
	char *copy;

	if (size >= store->left) {
		struct name_chunk *chunk = malloc(sizeof(*chunk));

		if (!chunk)
			return NULL;
		chunk->next = store->chunks;
		store->chunks = chunk;
		store->left = CHUNK_SIZE;
	}
	copy = store->chunks->bytes + CHUNK_SIZE - store->left;
	memcpy(copy, text, size);
	copy[size] = '\0';
	store->left -= size + 1;
	return copy;
}
