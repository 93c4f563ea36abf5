/* SPDX-License-Identifier: BSD-2-Clause */
/* What a check has found, each damaged place once, with the rows that it touches. */
#ifndef NARC_READ_DAMAGE_LIST_H
#define NARC_READ_DAMAGE_LIST_H

#include "newsarc.h"

/* Rows with numbers next to each other. */
struct row_range {
	uint64_t first;
	uint64_t end;
};

struct row_ranges {
	struct row_range *ranges; /* ascending */
	size_t count;
	size_t capacity;
};

/* Adds a row behind those that are there. */
enum narc_status row_ranges_add(struct row_ranges *ranges, uint64_t row, struct narc_error *error);
bool row_ranges_have(const struct row_ranges *ranges, uint64_t row);
void row_ranges_free(struct row_ranges *ranges);

struct damage {
	enum narc_status status;
	uint64_t offset;
	uint64_t length; /* 0: not known */
	char stage[24];
	char *path;
	char *message;
	uint64_t entries;
	uint64_t versions;
	uint64_t unnamed;
	bool is_counted;           /* a block that it hides is among unnamed */
	struct row_ranges touched; /* entries and versions */
};

#define NO_DAMAGE SIZE_MAX

struct damage_list {
	struct damage *damages;
	size_t count;
	size_t capacity;
	size_t *places; /* hash table by offset: place in damages plus 1 */
	size_t place_count;
};

/* Whether it is the file that is at fault. */
static inline bool is_damage(enum narc_status status)
{
	return status == NARC_CORRUPT || status == NARC_LIMIT;
}

void damage_list_free(struct damage_list *list);

/* Takes note of what a call came to: of nothing for NARC_OK and NARC_END. NOMEM and IO are not
 * damage: they are given back, and end the check. length, if it is known, is that of the damaged
 * region. *place, if it is not NULL, is where the damage is in the list, or NO_DAMAGE; one at a
 * place in the file that is damaged already is that one. */
enum narc_status damage_list_tell(struct damage_list *list, enum narc_status status,
				  const struct narc_error *damage, uint64_t length, size_t *place,
				  struct narc_error *error);

/* The damage at this offset; NO_DAMAGE if there is none. */
size_t damage_list_find(const struct damage_list *list, uint64_t offset);

/* Puts them in the order of the file. */
void damage_list_sort(struct damage_list *list);

#endif
