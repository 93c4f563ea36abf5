/* SPDX-License-Identifier: BSD-2-Clause */
/* A damaged file as it was, as far as that is known: pieces of it where they belong, and bytes
 * that were made again between them. What is not known reads as zeros. */
#ifndef NARC_READ_MENDED_SOURCE_H
#define NARC_READ_MENDED_SOURCE_H

#include "support/spill_file.h"

struct mended_piece {
	uint64_t offset; /* where it belongs */
	uint64_t size;
	bool is_made;    /* it stands in made, not in the damaged file */
	uint64_t place;  /* where it stands */
};

struct mended_source {
	struct narc_source damaged; /* the caller's */
	uint64_t size;
	struct mended_piece *pieces; /* in order, not overlapping */
	size_t piece_count;
	struct spill_file made;
};

/* Begins as the damaged file is. folder is for a temporary file. */
enum narc_status mended_source_init(struct mended_source *mended, struct narc_source damaged,
				    const char *folder, struct narc_error *error);
void mended_source_free(struct mended_source *mended);

/* Makes it so large: what is behind is dropped, or missing. */
void mended_source_resize(struct mended_source *mended, uint64_t size);

/* Has bytes of the damaged file, from place on, at offset; or bytes that were made. Both lie
 * inside of the size. */
enum narc_status mended_source_move(struct mended_source *mended, uint64_t offset, uint64_t place,
				    uint64_t size, struct narc_error *error);
enum narc_status mended_source_put(struct mended_source *mended, uint64_t offset,
				   const void *bytes, size_t size, struct narc_error *error);

/* It as a source; closing that does nothing. */
struct narc_source mended_source_as_source(struct mended_source *mended);

#endif
