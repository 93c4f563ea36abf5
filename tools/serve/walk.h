/* SPDX-License-Identifier: BSD-2-Clause */
/* A walk over the records of several archives, as if they were one: in order of time. */
#ifndef NARC_SERVE_WALK_H
#define NARC_SERVE_WALK_H

#include <newsarc.h>

struct walk;

/* A walk over the records that pass filter, whose strings must outlive it, as must the archives. NULL
 * if there is no memory. */
struct walk *walk_new(narc_archive *const *archives, size_t count,
		      const struct narc_filter *filter);

/* Moves to the next record; NARC_END after the last. *record is valid until the next call. What is
 * damaged is passed over. */
enum narc_status walk_next(struct walk *walk, const struct narc_record **record,
			   struct narc_error *error);

/* The cursor that is at the record, to get its content; and which archive it is of, or which one it
 * was that could not be read. */
narc_cursor *walk_cursor(const struct walk *walk);
size_t walk_archive(const struct walk *walk);

/* How many damaged places were passed over so far; *first is what is wrong with the first of them,
 * and *archive where. */
uint64_t walk_damages(const struct walk *walk, const struct narc_error **first, size_t *archive);

void walk_close(struct walk *walk);

#endif
