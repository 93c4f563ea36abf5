/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of posts on pages. */
#ifndef NARC_SERVE_POST_LIST_H
#define NARC_SERVE_POST_LIST_H

#include "listing.h"

struct shown {
	size_t posts;
	bool is_cut; /* there are more */
	uint64_t damages; /* places that could not be read; the list says so */
};

/* Puts the posts of a listing, most of them at the most. with_day: they are of several days. False,
 * with the answer to that, if they cannot be read. */
bool put_posts(struct visit *visit, const struct listing *listing, bool with_day, size_t most,
	       struct shown *shown);

#endif
