/* SPDX-License-Identifier: BSD-2-Clause */
#include "listing.h"

#include <string.h>

#include "days.h"
#include "fail.h"

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
			     listing_fn tell, void *context, struct listing_end *end,
			     struct narc_error *error)
{
	narc_front_matter_reader *reader = NULL;
	const struct narc_record *record;
	struct walk *walk = walk_new(set->archives, set->count, &listing->filter);
	enum narc_status status = walk ? NARC_OK : fail_memory(error);

	if (status == NARC_OK)
		status = narc_front_matter_reader_new(&reader, error);
	while (status == NARC_OK && (status = walk_next(walk, &record, error)) == NARC_OK) {
		struct narc_front_matter matter = matter_read(reader, walk_cursor(walk));

		if ((!listing->tag || has_name(matter.tags, listing->tag)) &&
		    !tell(context, walk, record, &matter))
			status = NARC_CANCELLED;
	}
	if (walk) {
		end->damages += tell_damage(set, walk);
		end->archive = walk_archive(walk);
	}
	narc_front_matter_reader_free(reader);
	walk_close(walk);
	return status == NARC_END ? NARC_OK : status;
}
