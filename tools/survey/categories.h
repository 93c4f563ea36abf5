/* SPDX-License-Identifier: BSD-2-Clause */
/* Posts by category. */
#ifndef NARC_SURVEY_CATEGORIES_H
#define NARC_SURVEY_CATEGORIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many are told apart; posts of others are only counted. */
enum { CATEGORIES_LIMIT = 4096 };

struct category {
	char *name;
	uint64_t posts;
	uint64_t size;     /* of their contents */
	uint32_t days;     /* that have posts */
	int32_t first_day;
	int32_t last_day;
	uint32_t gap;      /* the most days without posts between two with some; 0: none are */
	int32_t gap_day;   /* the first of these */
};

/* All zero when it is empty. */
struct categories {
	struct category *list; /* by name; by posts, the most first, when they are complete */
	size_t count;
	size_t capacity;
	uint64_t none;  /* posts without a category */
	uint64_t other; /* posts in more categories than are told apart, once for each of these */
};

/* Counts a post in each of its categories, as a record has them; day is not before the last. False
 * if there is no memory. */
bool categories_add(struct categories *categories, const char *names, int32_t day, uint64_t size);
void categories_complete(struct categories *categories);
void categories_free(struct categories *categories);

#endif
