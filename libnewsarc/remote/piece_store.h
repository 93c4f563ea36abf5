/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of remote files that are kept in a folder, from one source to the next: the ends of their
 * indexes, dictionaries, and blocks that were looked at. A file of the folder has pieces of one
 * remote file in one state, and is written as a whole, under another name first; so processes need
 * not know of each other, and pieces of two states are never mixed. What is damaged there counts as
 * not there. Whoever cannot keep anything does without.
 */
#ifndef NARC_REMOTE_PIECE_STORE_H
#define NARC_REMOTE_PIECE_STORE_H

#include "remote/http_client.h"
#include "remote/piece_cache.h"

/* Bytes of all files of a folder, about; and pieces of one of them. */
enum { STORE_FOLDER_LIMIT = 256 << 20, STORE_FILE_PIECES = 256 };

struct kept_pieces {
	struct http_state state; /* that they are of */
	size_t count;            /* 0: there are none, and no state */
	const uint8_t *numbers;  /* 8 bytes each, those used last first */
	const uint8_t *bytes;    /* as many pieces */
	uint8_t *memory;         /* that all is in */
};

/* Where pieces of the file at url are kept; the folder is made. The name tells nothing of the
 * address, which may have secrets in it. NULL if nothing can be kept; to be freed. */
char *piece_store_path(const char *folder, const char *url);

/* To be freed, whatever there is. */
void piece_store_load(const char *path, struct kept_pieces *kept);
void kept_pieces_free(struct kept_pieces *kept);

/* Puts those that are kept into the cache, in their order, if they are not there. */
void kept_pieces_give(const struct kept_pieces *kept, struct piece_cache *cache);

/* Keeps the lasting pieces of a cache, in place of what there was; as many as were used last. If the
 * folder has too much then, what was not used for longest goes. */
void piece_store_save(const char *path, const struct http_state *state,
		      const struct piece_cache *cache);

#endif
