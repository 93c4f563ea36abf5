/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/check_places.h"

#include <stdlib.h>

#include "support/status.h"

/* For each run, its blocks and its names; for each segment, itself and its roots. */
enum { PLACES_PER_RUN = 2, PLACES_PER_SEGMENT = 6 };

struct place {
	struct extent extent;
	bool may_be_shared; /* names, by several runs */
};

struct places {
	struct place *all;
	size_t count;
};

static void add_place(struct places *places, struct extent extent, bool may_be_shared)
{
	if (extent.size)
		places->all[places->count++] = (struct place){ extent, may_be_shared };
}

/* In the order of the file, where nothing is wrong. */
static void add_segment(struct places *places, const struct segment *segment, struct extent own)
{
	for (size_t i = 0; i < segment->run_count; i++) {
		add_place(places, segment->runs[i].names, true);
		add_place(places, segment->runs[i].blocks, false);
	}
	add_place(places, segment->code_root, false);
	add_place(places, segment->path_root, false);
	add_place(places, segment->content_root, false);
	add_place(places, segment->block_root, false);
	add_place(places, segment->superseded_root, false);
	add_place(places, own, false);
}

static int compare_places(const void *a, const void *b)
{
	const struct extent *left = &((const struct place *)a)->extent;
	const struct extent *right = &((const struct place *)b)->extent;

	if (left->offset != right->offset)
		return left->offset < right->offset ? -1 : 1;
	return (left->size > right->size) - (left->size < right->size);
}

static bool is_same_part(const struct place *place, const struct place *before)
{
	return place->may_be_shared && before->may_be_shared && compare_places(place, before) == 0;
}

/* Sorts where there is need: thousands of runs are in order already. */
static void sort_places(struct places *places)
{
	size_t i = 1;

	while (i < places->count && compare_places(&places->all[i - 1], &places->all[i]) <= 0)
		i++;
	if (i < places->count)
		qsort(places->all, places->count, sizeof(*places->all), compare_places);
}

/* Takes the next of the sorted places, or of the manifest's dictionaries, which are sorted too. */
static struct place next_place(const struct places *places, size_t *place,
			       const struct manifest *manifest, size_t *dictionary)
{
	if (*dictionary < manifest->dictionary_count) {
		struct place next = { manifest->dictionaries[*dictionary].extent, false };

		if (*place == places->count || compare_places(&next, &places->all[*place]) < 0) {
			++*dictionary;
			return next;
		}
	}
	return places->all[(*place)++];
}

static enum narc_status compare_all(const struct places *places, const struct manifest *manifest,
				    struct narc_error *error)
{
	struct place before = { { 0, 0 }, false };
	size_t place = 0, dictionary = 0;

	while (place < places->count || dictionary < manifest->dictionary_count) {
		struct place next = next_place(places, &place, manifest, &dictionary);

		if (next.extent.offset < extent_end(before.extent) && !is_same_part(&next, &before))
			return narc_fail(error, NARC_CORRUPT, "manifest", next.extent.offset,
					 "two parts of the archive would be in one place");
		before = next;
	}
	return NARC_OK;
}

enum narc_status check_places(const struct narc_archive *archive, struct narc_error *error)
{
	const struct manifest *manifest = &archive->manifest;
	struct places places = { 0 };
	enum narc_status status;

	places.all = calloc(PLACES_PER_SEGMENT * manifest->segment_count +
				    PLACES_PER_RUN * archive->run_count + 1,
			    sizeof(*places.all));
	if (!places.all)
		return narc_fail_memory(error);
	for (size_t i = 0; i < manifest->segment_count; i++)
		add_segment(&places, &archive->segments[i], manifest->segments[i]);
	sort_places(&places);
	status = compare_all(&places, manifest, error);
	free(places.all);
	return status;
}
