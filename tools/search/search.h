/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searching an archive: posts are decoded and searched on all processors, and what is found is
 * given in the order of date.
 */
#ifndef NARC_SEARCH_SEARCH_H
#define NARC_SEARCH_SEARCH_H

#include "search/find_lines.h"

enum search_scope {
	SEARCH_CONTENT, /* every byte */
	SEARCH_TEXT,    /* what a reader sees: no front matter, no HTML; see html_text.h */
	SEARCH_TITLE    /* titles of posts, each as one line */
};

enum search_wanted {
	SEARCH_LINES, /* which lines match */
	SEARCH_COUNT, /* how many */
	SEARCH_ANY    /* whether one does */
};

/* What was found in a record. Where lines are many, they come in several calls. All of it is valid
 * until the call returns. */
struct search_hit {
	const struct narc_record *record;
	const char *text; /* that was searched; of SEARCH_LINES only, likewise what follows */
	size_t size;
	const struct found_line *lines;
	size_t line_count;
	bool goes_on;     /* further lines of the same record, after others */
	bool is_last;     /* no more of this record come; there may be none in this call */
	bool is_binary;   /* the text has a NUL byte, and is nothing to be shown */
	uint64_t count;   /* of SEARCH_COUNT: lines; otherwise, whether there is any */
	struct matcher *matcher; /* for find_in_line */
};

struct search_options {
	const struct pattern *pattern;
	enum search_scope scope;
	enum search_wanted wanted;
	bool inverts;         /* lines that do not match */
	bool with_unmatched;  /* hit is told of records without any, too */
	uint64_t most_lines;  /* of one record; 0: all */
	unsigned threads;     /* 0: one a processor */
	const char *temporary_folder; /* for contents that do not fit into memory; NULL: /tmp */
	/* Returns false to end the search. */
	bool (*hit)(void *context, const struct search_hit *hit);
	/* Told of each record or block that could not be searched. Likewise. */
	bool (*failed)(void *context, const struct narc_error *error);
	/* Asked at each record, before anything is told of it, by the thread that called; true ends
	 * the search. Or NULL. */
	bool (*is_over)(void *context, const struct narc_record *record);
	void *context;
};

/* Searches the records that pass filter (NULL: all), but for symbolic links. NARC_CANCELLED if one
 * of the functions ended it; NARC_OK at the end, whatever failed on the way. Any number of
 * searches may be under way in an archive at once, each in a thread. Memory is bounded:
 * each thread holds six blocks, of 4 MiB of content at most, and what matches of them. */
enum narc_status search_archive(narc_archive *archive, const struct narc_filter *filter,
				const struct search_options *options, struct narc_error *error);

#endif
