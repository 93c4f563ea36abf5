/* SPDX-License-Identifier: BSD-2-Clause */
#include "listing.h"

#include <string.h>

#include "days.h"

void listing_init(struct listing *listing)
{
	*listing = (struct listing){ .tag = NULL };
	narc_filter_init(&listing->filter);
	listing->filter.kind = NARC_KIND_ONLY_POSTS;
}

void listing_set_days(struct listing *listing, int32_t first, int32_t last)
{
	/* The first and last day are of all times before and behind them, too. */
	listing->filter.from = first == FIRST_DAY ? INT64_MIN : (int64_t)first * DAY_SECONDS;
	listing->filter.to =
		last == LAST_DAY ? INT64_MAX : (int64_t)last * DAY_SECONDS + DAY_SECONDS - 1;
}

/* Reads what the post says of itself; nothing, if it cannot be read, or not in the time that a page
 * may take. */
static void read_matter(narc_front_matter_reader *reader, narc_cursor *cursor,
			struct narc_front_matter *matter)
{
	const uint64_t size = narc_cursor_record(cursor)->size;
	const void *content;

	if (size <= PAGE_CONTENT_LIMIT && narc_cursor_content(cursor, &content, NULL) == NARC_OK &&
	    narc_front_matter_read(reader, content, size, matter, NULL) == NARC_OK)
		return;
	*matter = NO_FRONT_MATTER;
}

/* Whether a list of names, separated by "\n", has this one. */
static bool has_name(const char *names, const char *name)
{
	size_t size = strlen(name);

	for (const char *place = names; size && (place = strstr(place, name)); place++)
		if ((place == names || place[-1] == '\n') &&
		    (place[size] == '\0' || place[size] == '\n'))
			return true;
	return false;
}

/* How many places were passed over. */
static uint64_t tell_damage(const struct archive_set *set, const struct walk *walk)
{
	const struct narc_error *damage;
	size_t archive;
	uint64_t damages = walk_damages(walk, &damage, &archive);

	if (damages)
		report_damage(set->names[archive], damage);
	return damages;
}

enum narc_status listing_run(const struct listing *listing, struct archive_set *set,
			     listing_fn tell, void *context, uint64_t *damages,
			     struct narc_error *error)
{
	narc_front_matter_reader *reader = NULL;
	const struct narc_record *record;
	struct walk *walk = NULL;
	enum narc_status status = walk_open(set->archives, set->count, &listing->filter, &walk,
					    error);

	if (status == NARC_OK)
		status = narc_front_matter_reader_new(&reader, error);
	while (status == NARC_OK && (status = walk_next(walk, &record, error)) == NARC_OK) {
		struct narc_front_matter matter;

		read_matter(reader, walk_cursor(walk), &matter);
		if ((!listing->tag || has_name(matter.tags, listing->tag)) &&
		    !tell(context, walk, record, &matter))
			status = NARC_CANCELLED;
	}
	if (walk)
		*damages += tell_damage(set, walk);
	narc_front_matter_reader_free(reader);
	walk_close(walk);
	return status == NARC_END ? NARC_OK : status;
}
