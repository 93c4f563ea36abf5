/* SPDX-License-Identifier: BSD-2-Clause */
/* A place among the posts of archives: where a page of them ends, and the next one goes on. */
#ifndef NARC_SERVE_MARK_H
#define NARC_SERVE_MARK_H

#include <newsarc.h>

/* The last post of a page. */
struct mark {
	int64_t time;
	uint64_t archive;
	uint64_t row;
};

/* Before the first post. */
#define NO_MARK ((struct mark){ INT64_MIN, UINT64_MAX, UINT64_MAX })

struct mark mark_of(size_t archive, const struct narc_record *record);

/* For clients it is a token, "TIME.ARCHIVE.ROW". False for what is none. */
bool mark_parse(const char *text, struct mark *mark);
enum { MARK_TEXT_SIZE = 64 };
const char *mark_format(const struct mark *mark, char text[MARK_TEXT_SIZE]);

/* Going on behind a mark, in the order of time from its time on. */
struct resumption {
	struct mark mark;
	bool is_skipping; /* it was not come to yet */
};

/* Whether the next record is not behind the mark. */
bool resumption_skips(struct resumption *resumption, size_t archive,
		      const struct narc_record *record);

#endif
