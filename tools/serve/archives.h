/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archives that are served. Files may be appended to, or replaced, at any time: they are looked
 * at once a second, and those that have changed are opened anew. Requests under way go on with the
 * archives as they were.
 */
#ifndef NARC_SERVE_ARCHIVES_H
#define NARC_SERVE_ARCHIVES_H

#include "../post_history.h"
#include "../report.h"
#include "catalog.h"

struct archives;
struct opened;

/* The archives as they were when they were opened. */
struct archive_set {
	atomic_uint holders;
	size_t count;
	const char *const *names; /* of the files */
	narc_archive **archives;
	struct opened **opened; /* the same, as this and other sets hold them */
	struct lookup *idle; /* under the lock of archives */
	struct archives *owner;
};

/* Opens all; NULL, with a message, if one cannot be opened. Counting begins in another thread. The
 * names must outlive it. */
struct archives *archives_open(const char *const *names, size_t count,
			       const struct narc_limits *limits, enum exit_status *status);

/* Waits until days and categories are counted, but not longer than some milliseconds. */
void archives_wait(struct archives *archives, unsigned milliseconds);

/* The archives as they are now; to be released. */
struct archive_set *archives_hold(struct archives *archives);
void archive_set_release(struct archive_set *set);

/* The counts of the archives, or of what they were before; to be released. NULL: they were not
 * counted yet. *is_current: they are of the archives as they are; but tags may come later. */
struct catalog *archives_catalog(struct archives *archives, bool *is_current);

/* Ends counting. All sets must have been released. */
void archives_close(struct archives *archives);

/* ---- looking up --------------------------------------------------------------------------- */

/* A record that was looked up, with the cursor that is at it; it is a working place, which is kept
 * for the next one. */
struct lookup {
	struct archive_set *set;
	size_t archive;     /* which of the set's */
	narc_cursor *cursor;
	const struct narc_record *record;
	narc_cursor **current;  /* of each archive, NULL until it is needed: over what is current, */
	narc_cursor **versions; /* and over all versions */
	struct lookup *next;
};

/* Takes a working place; NULL if there is no memory. To be given back. */
struct lookup *lookup_take(struct archive_set *set);
void lookup_give(struct lookup *lookup);

/* Looks for the post, or file, that key names: in the archives in their order, and the first that
 * has it wins. version: 0: what it is now; else the newest state with this version, redacted ones
 * too. NARC_NOT_FOUND if there is none. */
enum narc_status lookup_find(struct lookup *lookup, const char *key, uint32_t version,
			     struct narc_error *error);

/* Goes to a row of one of the archives. Likewise. */
enum narc_status lookup_find_row(struct lookup *lookup, size_t archive, uint64_t row,
				 struct narc_error *error);

#endif
