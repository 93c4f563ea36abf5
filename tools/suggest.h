/* SPDX-License-Identifier: BSD-2-Clause */
/* What somebody may have meant who mistyped a name: those of the names there are that begin with
 * what was typed; else those that are the fewest slips of a key away from it, if these are few. */
#ifndef NARC_TOOLS_SUGGEST_H
#define NARC_TOOLS_SUGGEST_H

#include <stddef.h>

enum { SUGGESTION_NAMES = 4, SUGGESTION_NAME_SIZE = 32, SUGGESTION_TEXT_SIZE = 192 };

struct suggestion {
	const char *typed; /* of typed_size bytes */
	size_t typed_size;
	unsigned distance; /* of the names so far, from what was typed */
	size_t count;
	char names[SUGGESTION_NAMES][SUGGESTION_NAME_SIZE];
};

/* typed has to outlive the suggestion. */
void suggestion_init(struct suggestion *suggestion, const char *typed, size_t size);

/* Considers one of the names that there are; longer ones than SUGGESTION_NAME_SIZE are left out. */
void suggestion_consider(struct suggestion *suggestion, const char *name, size_t size);

/* Considers the long options that a usage text lists, without their dashes. */
void suggestion_consider_options(struct suggestion *suggestion, const char *usage);

/* The names in quotes, each behind prefix ("", or "--"): "list", or "list" or "split"; NULL if none
 * is like what was typed. Returns text. */
const char *suggestion_text(const struct suggestion *suggestion, const char *prefix,
			    char text[SUGGESTION_TEXT_SIZE]);

#endif
