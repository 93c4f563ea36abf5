/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of a text that a pattern matches, or the others. A line does not have its end "\n";
 * what is behind the last one is a line if it is not empty. */
#ifndef NARC_SEARCH_FIND_LINES_H
#define NARC_SEARCH_FIND_LINES_H

#include "search/pattern.h"

struct found_line {
	size_t start;    /* in the text, in bytes; likewise size */
	size_t size;
	uint64_t number; /* from 1 */
};

/* A search under way. Set matcher, text, size and inverts, and nothing else; matcher and text must
 * outlive it. */
struct line_search {
	struct matcher *matcher;
	bool stays_in_lines; /* as the pattern */
	bool inverts;        /* lines that it does not match */
	const char *text;
	size_t size;

	size_t position;      /* where the next line begins */
	uint64_t lines;       /* before the place counted */
	size_t counted;
	bool has_matching;    /* the next line that matches is known; at size: there is none */
	size_t matching;
};

/* Finds the next line; NARC_END if there is none. Fails as matcher_find. */
enum narc_status find_line(struct line_search *search, struct found_line *line,
			   struct narc_error *error);

/* Counts the rest of them, up to most. */
enum narc_status count_lines(struct line_search *search, uint64_t most, uint64_t *count,
			     struct narc_error *error);

/* Finds the first match in a line that begins at from or behind, counted from the start of the
 * line, and is not empty. NARC_END if there is none. */
enum narc_status find_in_line(struct matcher *matcher, const char *line, size_t size, size_t from,
			      struct match *match, struct narc_error *error);

#endif
