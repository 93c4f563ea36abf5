/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is taken in small pieces and given back all at once. Pieces never move. */
#ifndef NARC_SUPPORT_ARENA_H
#define NARC_SUPPORT_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *last;
	size_t held; /* bytes of all chunks */
};

/* size bytes, aligned to 8; NULL if there is no memory. */
void *arena_take(struct arena *arena, size_t size);

/* A copy of size bytes, with a NUL behind them. */
char *arena_copy_text(struct arena *arena, const char *text, size_t size);

void arena_free(struct arena *arena);

#endif
