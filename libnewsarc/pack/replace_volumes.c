/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/replace_volumes.h"

#include <string.h>

#include "support/status.h"

enum narc_status replacement_settle(const struct replacement *replacement, uint64_t rows,
				    struct narc_error *error)
{
	const struct trailer *trailer = &replacement->by->archive->trailer;
	int64_t *times = replacement->by->times;
	uint64_t generations = 0;

	for (size_t i = 0; i < replacement->count; i++)
		generations += replacement->volumes[i].generations;
	if (trailer->generation != generations || trailer->rows != rows) {
		narc_fail(error, NARC_CORRUPT, "volume", NARC_NO_OFFSET,
			  "is another archive than the one that the set had");
		narc_error_set_path(error, replacement->by->volume.name);
		return NARC_CORRUPT;
	}
	for (size_t i = 0; i < replacement->count; i++)
		for (uint32_t k = 0; k < replacement->volumes[i].generations; k++)
			*times++ = replacement->volumes[i].times[k];
	return NARC_OK;
}

/* ---- where they are ------------------------------------------------------------------------- */

/* Where the volumes follow each other; false if they do not any more. */
static bool find_volumes(const struct set_manifest *manifest,
			 const struct replacement *replacement, size_t *place)
{
	const size_t count = replacement->count;

	for (size_t i = 0; i + count <= manifest->volume_count; i++) {
		size_t same = 0;

		while (same < count && strcmp(manifest->volumes[i + same].name,
					      replacement->volumes[same].name) == 0)
			same++;
		*place = i;
		if (same == count)
			return true;
	}
	return false;
}

enum narc_status remove_unused_volume(const struct set_edition *edition, const char *name,
				      struct narc_error *error)
{
	const struct set_manifest *manifest = &edition->set->volumes->manifest;

	if (set_manifest_has(manifest, name) || set_manifest_has_retired(manifest, name))
		return NARC_OK;
	return edition->store.ops->remove(edition->store.context, name, error);
}

/* ---- the next edition ----------------------------------------------------------------------- */

/* Those between rows of the volumes are in the new one. */
static void drop_successions(const struct volume_list *list, size_t place, size_t count,
			     struct set_manifest *next)
{
	const struct volume *first = &list->volumes[place];
	const struct volume *last = first + count - 1;
	uint64_t end = last->first_row + last->rows;
	size_t kept = 0;

	for (size_t i = 0; i < next->succession_count; i++)
		if (next->successions[i].row < first->first_row ||
		    next->successions[i].successor >= end)
			next->successions[kept++] = next->successions[i];
	next->succession_count = kept;
}

static void put_in_place(const struct replacement *replacement, int64_t time, size_t place,
			 struct next_edition *next)
{
	const struct volume_description *by = replacement->by;
	struct set_manifest *manifest = &next->manifest;
	size_t end = place + replacement->count;
	size_t behind = manifest->volume_count - end;

	for (size_t i = place; i < end; i++)
		if (strcmp(manifest->volumes[i].name, by->volume.name) != 0)
			manifest->retired[manifest->retired_count++] =
				(struct retired_volume){ manifest->volumes[i].name, time };
	manifest->volumes[place] = by->volume;
	next->filters[place] = (struct bytes){ by->filter.data, by->filter.size };
	memmove(&manifest->volumes[place + 1], &manifest->volumes[end],
		behind * sizeof(*manifest->volumes));
	memmove(&next->filters[place + 1], &next->filters[end], behind * sizeof(*next->filters));
	manifest->volume_count -= replacement->count - 1;
}

static enum narc_status replace_one(const struct replacements *replacements,
				    struct replacement *replacement,
				    const struct set_edition *edition, struct next_edition *next,
				    struct narc_error *error)
{
	const struct volume_list *list = edition->set->volumes;
	size_t place, next_place;
	enum narc_status status = NARC_OK;

	replacement->is_done = find_volumes(&list->manifest, replacement, &place) &&
			       find_volumes(&next->manifest, replacement, &next_place);
	/* Volumes that are gone do not come again, so nobody will put it into their place. */
	if (!replacement->is_done)
		return remove_unused_volume(edition, replacement->by->volume.name, error);
	if (replacements->recount)
		status = replacements->recount(replacements->context, edition, place, replacement,
					       &next->manifest, error);
	if (status != NARC_OK)
		return status;
	drop_successions(list, place, replacement->count, &next->manifest);
	put_in_place(replacement, replacements->time, next_place, next);
	return NARC_OK;
}

static enum narc_status replace_all(const struct replacements *replacements,
				    const struct set_edition *edition, struct next_edition *next,
				    struct narc_error *error)
{
	bool is_any = false;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < replacements->count && status == NARC_OK; i++) {
		status = replace_one(replacements, &replacements->all[i], edition, next, error);
		is_any |= replacements->all[i].is_done;
	}
	if (status != NARC_OK || !is_any)
		return status;
	next_edition_retire_filters(next, replacements->time);
	return next_edition_write(edition, next, error);
}

static enum narc_status replace_once(struct narc_store store,
				     const struct replacements *replacements,
				     struct narc_error *error)
{
	struct set_edition edition;
	struct next_edition next;
	size_t retired = 0;
	enum narc_status status = set_edition_load(store, &edition, error);

	for (size_t i = 0; i < replacements->count; i++)
		retired += replacements->all[i].count;
	if (status == NARC_OK)
		status = next_edition_begin(&edition, 0, retired, &next, error);
	if (status == NARC_OK) {
		status = replace_all(replacements, &edition, &next, error);
		next_edition_free(&next);
	}
	set_edition_free(&edition);
	return status;
}

enum narc_status replace_volumes(struct narc_store store, const struct replacements *replacements,
				 struct narc_error *error)
{
	enum narc_status status = NARC_EXISTS;

	for (unsigned i = 0; status == NARC_EXISTS && i < EDITION_ATTEMPTS; i++)
		status = replace_once(store, replacements, error);
	return status;
}
