/* SPDX-License-Identifier: BSD-2-Clause */
/* A search whose results are sent as they are found, by a thread of its own. */
#ifndef NARC_SERVE_SEARCH_JOB_H
#define NARC_SERVE_SEARCH_JOB_H

#include <time.h>

#include "search/search.h"
#include "mark.h"
#include "visit.h"

enum { SEARCH_SECONDS = 20, SEARCH_LINES_SHOWN = 3, SEARCH_POSTS = 200, SEARCH_POSTS_MOST = 10000 };

enum search_end { SEARCH_COMPLETE, SEARCH_LIMIT, SEARCH_TIME, SEARCH_LEFT };

struct search_job;

/* How results are written. */
struct search_format {
	/* Puts what was found in a post. */
	void (*put_hit)(struct text *out, const struct search_job *job,
			const struct search_hit *hit, const struct narc_front_matter *matter);
	/* Puts how it ended. */
	void (*put_end)(struct text *out, const struct search_job *job);
};

struct search_job {
	const struct search_format *format;
	struct archive_set *set;
	enum language language;
	struct text address; /* of the same search from its start */
	char *category;      /* NULL: any */
	struct narc_filter filter;
	struct resumption start; /* behind the results before */
	enum search_scope where;
	struct pattern *pattern;
	long most;           /* posts */
	struct text before;  /* what is sent before the results, and behind them */
	struct text behind;

	/* While it runs. */
	struct stream *stream;
	struct text piece;
	size_t archive;      /* that is searched */
	narc_cursor *titles; /* over it, to read what posts say of themselves */
	narc_front_matter_reader *reader;
	time_t deadline, last_put;
	uint64_t posts;      /* found */
	uint64_t failures;   /* places that are damaged */
	uint64_t left_out;   /* posts that are too large, or take too long to be searched */
	enum search_end end;
	bool is_skipped;     /* the post that it is at, as it is not behind the start */
	struct mark at;      /* that post; at first, where it starts */
	struct mark done;    /* the last post before that one */
};

/* Makes a job of the parameters of a visit. False, with *wrong set, and *detail as far as there is
 * something to be said, if they make no sense; with *wrong as TEXT_COUNT if there is no memory. */
bool search_job_new(struct visit *visit, const struct search_format *format,
		    struct search_job **job, enum text_id *wrong, struct narc_error *detail);
void search_job_free(void *job);

/* Has the job be the answer. False if there are too many; the job is the caller's still. */
bool search_job_start(struct visit *visit, struct search_job *job);

/* The token by which the search goes on where it ended; NULL if it is complete, or did not get any
 * further. */
const char *search_next(const struct search_job *job, char text[MARK_TEXT_SIZE]);

/* The part of a line that is shown: around the first match. */
struct excerpt {
	size_t start, end; /* in the line, in bytes */
};
struct excerpt search_excerpt(const struct search_hit *hit, const struct found_line *line);

/* Finds the next match in an excerpt from a place on; false if there is none. */
bool search_next_match(const struct search_hit *hit, const struct found_line *line,
		       struct excerpt excerpt, size_t from, struct match *match);

#endif
