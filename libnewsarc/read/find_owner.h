/* SPDX-License-Identifier: BSD-2-Clause */
/* From a row to those that it names: whose content it shares, and whose place it takes. */
#ifndef NARC_READ_FIND_OWNER_H
#define NARC_READ_FIND_OWNER_H

#include "read/fetch_block.h"

/* What is kept from one search to the next, as copies of one block mostly share a block. */
struct owner_search {
	bool with_frame; /* whether the content is wanted too */
	struct fetched_block block; /* another than the copy's */
	struct row_walk walk;
};

void owner_search_free(struct owner_search *search);

/* Checks that a row of the block is of a generation of its segment, and that the rows it names
 * may exist. Of a set, the row learns which one of another volume it takes the place of. */
enum narc_status check_references(const struct narc_archive *archive,
				  const struct fetched_block *block, struct row *row,
				  struct narc_error *error);

/* Finds the row with this number; here is a block at hand, which may have it. *block is here or
 * search's own, and valid as long as both. */
enum narc_status find_row(struct locator *locator, struct fetched_block *here, uint64_t number,
			  struct owner_search *search, struct fetched_block **block,
			  struct row *row, struct narc_error *error);

/* Finds the row that owns the content of row, which is of the block here, and checks that it
 * is what row says; of a row that owns its content, itself. */
enum narc_status find_owner(struct locator *locator, struct fetched_block *here,
			    const struct row *row, struct owner_search *search,
			    struct fetched_block **block, struct row *owner,
			    struct narc_error *error);

#endif
