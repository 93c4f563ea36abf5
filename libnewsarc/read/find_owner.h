/* SPDX-License-Identifier: BSD-2-Clause */
/* From a copy to the row whose content it shares. */
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

/* Finds the row that owns the content of row, which is of the block here, and checks that it
 * is what row says; of a row that owns its content, itself. *block is here or search's own,
 * and valid as long as both. */
enum narc_status find_owner(struct locator *locator, const struct names *names,
			    struct fetched_block *here, const struct row *row,
			    struct owner_search *search, struct fetched_block **block,
			    struct row *owner, struct narc_error *error);

#endif
