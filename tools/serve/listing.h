/* SPDX-License-Identifier: BSD-2-Clause */
/* Goes through posts with what their front matter says. */
#ifndef NARC_SERVE_LISTING_H
#define NARC_SERVE_LISTING_H

#include "visit.h"

/* Which posts; and those with this tag only, if it is not NULL. */
struct listing {
	struct narc_filter filter;
	const char *tag;
};

void listing_init(struct listing *listing);

/* Has it give the posts from one day to another. */
void listing_set_days(struct listing *listing, int32_t first, int32_t last);

/* Told of a post. title and tags are "" where it has none, or cannot be read. Returns false to
 * stop. */
typedef bool (*listing_fn)(void *context, const struct walk *walk,
			   const struct narc_record *record,
			   const struct narc_front_matter *matter);

/* Starts as zeros. */
struct listing_end {
	uint64_t damages; /* places that were passed over, of all runs */
	size_t archive;   /* that could not be read, if the run failed */
};

/* Goes through the posts in order of time. NARC_CANCELLED if it was stopped. What is damaged is
 * passed over, and told on standard error. */
enum narc_status listing_run(const struct listing *listing, struct archive_set *set,
			     listing_fn tell, void *context, struct listing_end *end,
			     struct narc_error *error);

#endif
