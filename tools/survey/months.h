/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is of each month, and what it takes in the archive. */
#ifndef NARC_SURVEY_MONTHS_H
#define NARC_SURVEY_MONTHS_H

#include <newsarc.h>

#include "survey/activity.h"

struct month {
	int32_t month; /* 12 times the year, and 0 to 11 */
	uint64_t posts;
	uint64_t size; /* of their contents, in bytes */
	uint32_t days; /* that have posts */
	/* Of all that is stored: former versions too, but each content once. */
	uint64_t content_size;
	double stored_size; /* bytes of the archive: a share of each block, as below */
};

/* All zero when it is empty. */
struct months {
	struct month *list; /* in order */
	size_t count;
	size_t capacity;
	struct month others; /* what other files than posts take; the rest of it is 0 */
};

/* Counts a record, which is in this block. Of the block's contents a record has the share that its
 * own content is of them, and none if it owns none; of its descriptor, as much as every other.
 * False if there is no memory. */
bool months_add_stored(struct months *months, const struct narc_record *record,
		       const struct narc_block *block);

/* Adds the posts of all days. Likewise. */
bool months_add_posts(struct months *months, const struct activity *activity);
void months_free(struct months *months);

#endif
