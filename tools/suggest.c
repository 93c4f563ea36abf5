/* SPDX-License-Identifier: BSD-2-Clause */
#include "suggest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many slips lead from one to the other: a character too many, one too few, another one, or
 * two in the wrong order (Damerau and Levenshtein, each place touched once). Both are shorter than
 * SUGGESTION_NAME_SIZE. */
static unsigned slips_between(const char *a, size_t a_size, const char *b, size_t b_size)
{
	/* Distances of what a has up to i from what b has up to j: of this i and the two before. */
	unsigned char rows[3][SUGGESTION_NAME_SIZE];
	unsigned char *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_size; j++)
		last[j] = (unsigned char)j;
	for (size_t i = 1; i <= a_size; i++) {
		unsigned char *oldest = before;

		now[0] = (unsigned char)i;
		for (size_t j = 1; j <= b_size; j++) {
			size_t slips = least(last[j - 1] + (size_t)(a[i - 1] != b[j - 1]),
					     least(last[j], now[j - 1]) + 1u);

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				slips = least(slips, before[j - 2] + 1u);
			now[j] = (unsigned char)slips;
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[b_size];
}

/* So many that it is still the same word. */
static unsigned slips_allowed(size_t size)
{
	return size < 6 ? 1 : (unsigned)size / 3;
}

/* One letter begins too much. */
static bool is_beginning(const struct suggestion *suggestion, const char *name, size_t size)
{
	return suggestion->typed_size > 1 && suggestion->typed_size <= size &&
	       memcmp(suggestion->typed, name, suggestion->typed_size) == 0;
}

void suggestion_init(struct suggestion *suggestion, const char *typed, size_t size)
{
	*suggestion = (struct suggestion){ .typed = typed, .typed_size = size,
					   .distance = slips_allowed(size) };
}

void suggestion_consider(struct suggestion *suggestion, const char *name, size_t size)
{
	unsigned distance = 0;

	if (suggestion->typed_size >= SUGGESTION_NAME_SIZE || size >= SUGGESTION_NAME_SIZE)
		return;
	if (!is_beginning(suggestion, name, size))
		distance = slips_between(suggestion->typed, suggestion->typed_size, name, size);
	/* A word of which nothing is left is another word. */
	if (distance > suggestion->distance || distance >= suggestion->typed_size)
		return;
	if (distance < suggestion->distance)
		suggestion->count = 0;
	suggestion->distance = distance;
	if (suggestion->count < SUGGESTION_NAMES) {
		memcpy(suggestion->names[suggestion->count], name, size);
		suggestion->names[suggestion->count++][size] = '\0';
	}
}

/* Of "  -p, --stdout      print ..." considers stdout; "  --json" has no letter. */
static void consider_line(struct suggestion *suggestion, const char *line)
{
	const char *option = strstr(line, "--");

	if (strncmp(line, "  -", strlen("  -")) == 0 && option &&
	    (option == line + strlen("  ") || option == line + strlen("  -p, ")))
		suggestion_consider(suggestion, option + 2,
				    strspn(option + 2, "abcdefghijklmnopqrstuvwxyz-"));
}

void suggestion_consider_options(struct suggestion *suggestion, const char *usage)
{
	for (const char *line = usage; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		consider_line(suggestion, line);
	}
}

const char *suggestion_text(const struct suggestion *suggestion, const char *prefix,
			    char text[SUGGESTION_TEXT_SIZE])
{
	size_t used = 0;

	for (size_t i = 0; i < suggestion->count; i++) {
		const char *between = i == 0 ? "" : i + 1 < suggestion->count ? ", " : " or ";

		used += (size_t)snprintf(text + used, SUGGESTION_TEXT_SIZE - used, "%s\"%s%s\"",
					 between, prefix, suggestion->names[i]);
	}
	return suggestion->count ? text : NULL;
}
