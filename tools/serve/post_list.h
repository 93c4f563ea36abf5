/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of posts on pages. */
#ifndef NARC_SERVE_POST_LIST_H
#define NARC_SERVE_POST_LIST_H

#include "listing.h"

struct shown {
	size_t posts;
	bool is_cut; /* there are more */
};

/* Puts the posts of a listing, of one day, most of them at the most; and how many places could not be
 * read. False, with the answer to that, if none can. */
bool put_posts(struct visit *visit, const struct listing *listing, size_t most,
	       struct shown *shown);

#endif
