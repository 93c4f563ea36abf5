/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What archives have on each day, and in each category and tag: counts, from which calendars and
 * lists are made without reading the archives.
 *
 * Days and categories come from a walk over the index. Tags are in the posts, so counting them
 * means reading all; a second walk does that. Memory is bounded: counts are kept for a day on which
 * there is anything, not for a post, and there are not more names and counts than CATALOG_COUNTS.
 */
#ifndef NARC_SERVE_CATALOG_H
#define NARC_SERVE_CATALOG_H

#include <stdatomic.h>

#include "walk.h"

enum { CATALOG_COUNTS = 8 << 20 }; /* of eight bytes each */

struct day_count {
	int32_t day;
	uint32_t posts;
};

/* Days on which there is anything, in order. */
struct day_counts {
	struct day_count *days;
	size_t count;
	size_t capacity;
	uint64_t posts; /* of all days */
};

/* A category or tag. */
struct subject {
	char *name;
	struct day_counts counts;
};

/* In order of name, when it is complete. */
struct subjects {
	struct subject **list;
	size_t count;
	size_t capacity;
	struct subject **table; /* by hash of the name, open addressing; NULL when it is complete */
	size_t table_size;
	uint64_t seed; /* of the hashes, which nobody who names things can know */
};

/* What is passed on does not change any more. */
struct catalog {
	atomic_uint holders;
	struct day_counts days;
	struct subjects categories;
	struct subjects tags;
	bool has_tags; /* they were counted */
	uint64_t damages; /* places that could not be read; so there may be more posts */
	bool is_cut;   /* there are more names, or counts of them, than are kept */
	size_t kept;   /* counts of subjects */
};

/* Counts all posts; ends with NARC_CANCELLED when *stop becomes true. With tags, posts
 * that cannot be read, or are too large for a page, count as if they had none. */
enum narc_status catalog_make(narc_archive *const *archives, size_t count, bool with_tags,
			      const atomic_bool *stop, struct catalog **catalog,
			      struct narc_error *error);

/* Who holds it lets go of it; the last one frees it. */
struct catalog *catalog_hold(struct catalog *catalog);
void catalog_release(struct catalog *catalog);

/* NULL if there is no such name. */
const struct subject *subjects_find(const struct subjects *subjects, const char *name);

/* How many posts there are from one day to another one, both included. */
uint64_t day_counts_between(const struct day_counts *counts, int32_t first, int32_t last);

/* The place of the first day that is not before this one; count if there is none. */
size_t day_counts_place(const struct day_counts *counts, int32_t day);

/* Counts a post on a day that is not before the last. False if there is no memory. */
bool day_counts_add(struct day_counts *counts, int32_t day);

#endif
