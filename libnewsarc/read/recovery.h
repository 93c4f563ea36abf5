/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What takes the place of an index that is damaged: blocks that were found by going through the
 * file, and what their rows say of those that they superseded. An archive that has a recovery
 * is read as far as that can be: also rows whose names are lost, under made-up paths.
 */
#ifndef NARC_READ_RECOVERY_H
#define NARC_READ_RECOVERY_H

#include "format/superseded_page.h"
#include "read/damage_list.h"
#include "read/locate.h"

/* Of a segment: what its generations superseded, in the order of rows. */
struct superseded_list {
	struct superseded_entry *entries;
	size_t count;
	size_t capacity;
};

struct recovery {
	struct block_list *blocks; /* what the archive has as found_blocks; NULL if that was there */
	struct superseded_list *superseded; /* of each segment; NULL: the index has it */
};

/* Gives the archive a recovery, which goes with it. Nothing may be under way on the archive.
 * folder is for what does not fit into memory; damages gets what was wrong with the index. */
enum narc_status archive_recover(struct narc_archive *archive, const char *folder,
				 struct damage_list *damages, struct narc_error *error);
void recovery_free(struct narc_archive *archive);

/* The first entry of the list that is not before row; NULL if there is none. */
const struct superseded_entry *recovery_superseded(const struct superseded_list *list,
						   uint64_t row);

/* recover_blocks.c: sets blocks, which are the caller's, if the index does not lead to all of
 * them. */
enum narc_status recover_blocks(struct locator *locator, struct block_list **blocks,
				struct damage_list *damages, struct narc_error *error);

#endif
