/* SPDX-License-Identifier: BSD-2-Clause */
/* What a post was before, and what changed. */
#ifndef NARC_SERVE_VERSIONS_H
#define NARC_SERVE_VERSIONS_H

#include "line_diff.h"
#include "visit.h"

void show_versions(struct visit *visit); /* /post/KEY/versions */
void show_diff(struct visit *visit);     /* /post/KEY/diff?from=1&to=2 */

/* The states of what key names, in the archive that has it. False, with the answer to that, if
 * there are none. history is to be freed. */
bool visit_history(struct visit *visit, const char *key, struct post_history *history);

/* Two versions of a post, and what has to be done to the lines of one to make the other. */
struct comparison {
	uint32_t from, to;
	char *texts[2]; /* the contents */
	struct pieces lines[2];
	struct edits edits;
};

/* Compares the versions of key that the parameters "from" and "to" name; if there are none, the
 * current one and the one before it. False, with the answer to that, if they cannot be had.
 * comparison is to be freed. */
bool visit_compare(struct visit *visit, const char *key, struct comparison *comparison);
void comparison_free(struct comparison *comparison);

#endif
