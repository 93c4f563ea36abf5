/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which row owns a content already. Holds eight bytes a content: part of its hash, and the
 * number of the row. Whoever asks compares the bytes before believing it.
 */
#ifndef NARC_PACK_COPY_FINDER_H
#define NARC_PACK_COPY_FINDER_H

#include "newsarc.h"

struct copy_finder {
	uint64_t *slots; /* 0 is empty */
	size_t mask;
};

/* Room for count contents. */
enum narc_status copy_finder_init(struct copy_finder *finder, uint64_t count,
				  struct narc_error *error);
void copy_finder_free(struct copy_finder *finder);

/* Goes through the rows that may own a content with this hash: sets *row to the next, and
 * returns false when there is none. *probe starts at 0. */
bool copy_finder_next(const struct copy_finder *finder, uint64_t hash, size_t *probe,
		      uint64_t *row);

/* Remembers that row owns a content with this hash. */
void copy_finder_add(struct copy_finder *finder, uint64_t hash, uint64_t row);

#endif
