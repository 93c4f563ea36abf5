/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is searched for: regular expressions of Perl's kind (PCRE2), or fixed strings, in UTF-8.
 * A text may have bytes that are not UTF-8: nothing matches these.
 */
#ifndef NARC_SEARCH_PATTERN_H
#define NARC_SEARCH_PATTERN_H

#include <newsarc.h>

/* Compiled; any number of threads may use it at once. */
struct pattern;

struct pattern_options {
	const char *const *expressions; /* any of them */
	size_t count;                   /* at least one */
	bool is_fixed;                  /* they are strings */
	bool ignores_case;
	bool is_smart; /* ignores case if the expressions have no capital letter */
	bool is_whole_words;
};

/* NARC_MISUSE, with what is wrong and where, for what is no expression. */
enum narc_status pattern_new(const struct pattern_options *options, struct pattern **pattern,
			     struct narc_error *error);
void pattern_free(struct pattern *pattern);

/* Whether a text of several lines may be searched at once: then a match is in a line, and is one
 * of that line alone. Of other patterns this is not known; their lines are searched one by one. */
bool pattern_stays_in_lines(const struct pattern *pattern);

/* What a thread needs to look for a pattern, which must outlive it. */
struct matcher;

enum narc_status matcher_new(const struct pattern *pattern, struct matcher **matcher,
			     struct narc_error *error);
void matcher_free(struct matcher *matcher);

/* Places in a text, in bytes. */
struct match {
	size_t start;
	size_t end;
};

/* Finds the first match from a place on, where a character begins; what is before that place is
 * only looked at. NARC_END if there is none. NARC_LIMIT if it takes too many steps, or too much
 * memory, to find out. */
enum narc_status matcher_find(struct matcher *matcher, const char *text, size_t size, size_t from,
			      struct match *match, struct narc_error *error);

#endif
