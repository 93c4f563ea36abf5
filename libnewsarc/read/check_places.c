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

static void add_segment(struct places *places, const struct segment *segment)
{
	add_place(places, segment->code_root, false);
	add_place(places, segment->path_root, false);
	add_place(places, segment->content_root, false);
	add_place(places, segment->block_root, false);
	add_place(places, segment->superseded_root, false);
	for (size_t i = 0; i < segment->run_count; i++) {
		add_place(places, segment->runs[i].names, true);
		add_place(places, segment->runs[i].blocks, false);
	}
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

static enum narc_status compare_all(struct places *places, struct narc_error *error)
{
	qsort(places->all, places->count, sizeof(*places->all), compare_places);
	for (size_t i = 1; i < places->count; i++) {
		const struct place *place = &places->all[i];

		if (place->extent.offset < extent_end(place[-1].extent) &&
		    !is_same_part(place, place - 1))
			return narc_fail(error, NARC_CORRUPT, "manifest", place->extent.offset,
					 "two parts of the archive would be in one place");
	}
	return NARC_OK;
}

enum narc_status check_places(const struct narc_archive *archive, struct narc_error *error)
{
	const struct manifest *manifest = &archive->manifest;
	struct places places = { 0 };
	enum narc_status status;

	places.all = calloc(manifest->dictionary_count + 1 +
				    PLACES_PER_SEGMENT * manifest->segment_count +
				    PLACES_PER_RUN * archive->run_count,
			    sizeof(*places.all));
	if (!places.all)
		return narc_fail_memory(error);
	for (size_t i = 0; i < manifest->dictionary_count; i++)
		add_place(&places, manifest->dictionaries[i].extent, false);
	for (size_t i = 0; i < manifest->segment_count; i++) {
		add_place(&places, manifest->segments[i], false);
		add_segment(&places, &archive->segments[i]);
	}
	status = compare_all(&places, error);
	free(places.all);
	return status;
}
