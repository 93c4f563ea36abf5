/* SPDX-License-Identifier: BSD-2-Clause */
/* The states that a post was in, with all its paths. */
#ifndef NARC_TOOLS_POST_HISTORY_H
#define NARC_TOOLS_POST_HISTORY_H

#include "report.h"

struct post_state {
	struct narc_record record; /* owns its path; other strings are not kept */
	int64_t archived;          /* when its generation was written, in seconds of UTC */
	bool is_current;
	struct narc_tombstone tombstone; /* if record.is_redacted */
};

/* The oldest first. */
struct post_history {
	struct post_state *list;
	size_t count;
};

/* Collects the states of what key names in an archive. A path stands for the infoCode that its last
 * state has: so those under other paths are there, too. NARC_NOT_FOUND if there are none. history,
 * which starts all zero, is to be freed whatever comes of it. */
enum narc_status post_history_collect(narc_archive *archive, const char *key,
				      struct post_history *history, struct narc_error *error);
void post_history_free(struct post_history *history);

/* Puts a state as an object. */
void json_put_state(struct json_line *line, const struct post_state *state);

/* Points a cursor over all versions at the states of what key names. */
enum narc_status post_history_find(narc_cursor *cursor, const char *key, struct narc_error *error);

/* Moves a cursor over all versions to a state. */
enum narc_status post_history_go_to(narc_cursor *cursor, const struct post_state *state,
				    struct narc_error *error);

#endif
