/* SPDX-License-Identifier: BSD-2-Clause */
#include "walk.h"

#include <stdlib.h>
#include <string.h>

struct walk {
	narc_archive *const *archives;
	struct narc_filter filter;
	size_t count;
	size_t at;     /* the archive whose record was given, or that failed */
	bool has_begun;
	uint64_t damages; /* that were passed over */
	struct narc_error damage; /* the first of them */
	size_t damaged;           /* the archive that has it */
	struct side {
		narc_cursor *cursor; /* NULL until it has begun */
		const struct narc_record *record; /* NULL at its end */
	} sides[];
};

static void note_damage(struct walk *walk, size_t place, const struct narc_error *error)
{
	if (walk->damages++ == 0) {
		walk->damage = *error;
		walk->damaged = place;
	}
}

/* Moves an archive to its next record, behind what is damaged. */
static enum narc_status advance(struct walk *walk, size_t place, struct narc_error *error)
{
	struct side *side = &walk->sides[place];
	enum narc_status status;

	while ((status = narc_cursor_next(side->cursor, &side->record, error)) == NARC_CORRUPT ||
	       status == NARC_LIMIT)
		note_damage(walk, place, error);
	if (status != NARC_OK)
		side->record = NULL;
	return status == NARC_END ? NARC_OK : status;
}

struct walk *walk_new(narc_archive *const *archives, size_t count,
		      const struct narc_filter *filter)
{
	struct walk *walk = calloc(1, sizeof(*walk) + count * sizeof(walk->sides[0]));

	if (!walk)
		return NULL;
	walk->archives = archives;
	walk->count = count;
	walk->filter = *filter;
	return walk;
}

/* Goes to the first record of each archive. */
static enum narc_status begin(struct walk *walk, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < walk->count && status == NARC_OK; i++) {
		walk->at = i;
		status = narc_cursor_open(walk->archives[i], &walk->filter, &walk->sides[i].cursor,
					  error);
		if (status == NARC_OK)
			status = advance(walk, i, error);
	}
	walk->has_begun = true;
	return status;
}

/* Whether a comes before b: as within one archive, as far as that has an order. */
static bool is_before(const struct narc_record *a, const struct narc_record *b)
{
	int order;

	if (a->local_time != b->local_time)
		return a->local_time < b->local_time;
	order = strcmp(a->info_code, b->info_code);
	return order ? order < 0 : strcmp(a->path, b->path) < 0;
}

enum narc_status walk_next(struct walk *walk, const struct narc_record **record,
			   struct narc_error *error)
{
	enum narc_status status = walk->has_begun ? advance(walk, walk->at, error)
						  : begin(walk, error);
	struct side *first = NULL;

	if (status != NARC_OK)
		return status;
	for (size_t i = 0; i < walk->count; i++) {
		struct side *side = &walk->sides[i];

		if (side->record && (!first || is_before(side->record, first->record))) {
			first = side;
			walk->at = i;
		}
	}
	if (!first)
		return NARC_END;
	*record = first->record;
	return NARC_OK;
}

narc_cursor *walk_cursor(const struct walk *walk)
{
	return walk->sides[walk->at].cursor;
}

size_t walk_archive(const struct walk *walk)
{
	return walk->at;
}

uint64_t walk_damages(const struct walk *walk, const struct narc_error **first, size_t *archive)
{
	*first = &walk->damage;
	*archive = walk->damaged;
	return walk->damages;
}

void walk_close(struct walk *walk)
{
	for (size_t i = 0; walk && i < walk->count; i++)
		narc_cursor_close(walk->sides[i].cursor);
	free(walk);
}
