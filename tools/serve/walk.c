/* SPDX-License-Identifier: BSD-2-Clause */
#include "walk.h"

#include <stdlib.h>
#include <string.h>

struct walk {
	size_t count;
	size_t at;     /* the archive whose record was given */
	bool has_begun;
	struct side {
		narc_cursor *cursor;
		const struct narc_record *record; /* NULL at its end */
	} sides[];
};

static enum narc_status advance(struct side *side, struct narc_error *error)
{
	enum narc_status status = narc_cursor_next(side->cursor, &side->record, error);

	if (status == NARC_OK)
		return NARC_OK;
	side->record = NULL;
	return status == NARC_END ? NARC_OK : status;
}

enum narc_status walk_open(narc_archive *const *archives, size_t count,
			   const struct narc_filter *filter, bool will_read, struct walk **walk,
			   struct narc_error *error)
{
	struct walk *made = calloc(1, sizeof(*made) + count * sizeof(made->sides[0]));
	enum narc_status status = NARC_OK;

	if (!made) {
		*error = (struct narc_error){ .status = NARC_NOMEM, .offset = NARC_NO_OFFSET,
					      .message = "out of memory" };
		return NARC_NOMEM;
	}
	made->count = count;
	for (size_t i = 0; i < count && status == NARC_OK; i++) {
		status = narc_cursor_open(archives[i], filter, &made->sides[i].cursor, error);
		if (status == NARC_OK && will_read)
			narc_cursor_read_ahead(made->sides[i].cursor, 1);
	}
	if (status == NARC_OK)
		*walk = made;
	else
		walk_close(made);
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
	enum narc_status status = NARC_OK;
	struct side *first = NULL;

	for (size_t i = 0; i < walk->count && !walk->has_begun && status == NARC_OK; i++)
		status = advance(&walk->sides[i], error);
	if (status == NARC_OK && walk->has_begun)
		status = advance(&walk->sides[walk->at], error);
	if (status != NARC_OK)
		return status;
	walk->has_begun = true;
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

void walk_close(struct walk *walk)
{
	for (size_t i = 0; walk && i < walk->count; i++)
		narc_cursor_close(walk->sides[i].cursor);
	free(walk);
}
