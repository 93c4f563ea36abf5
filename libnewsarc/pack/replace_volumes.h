/* SPDX-License-Identifier: BSD-2-Clause */
/* One volume of a set takes the place of several that follow each other, with all of their rows
 * and generations: so nothing else of the set has to change. */
#ifndef NARC_PACK_REPLACE_VOLUMES_H
#define NARC_PACK_REPLACE_VOLUMES_H

#include "pack/describe_volume.h"
#include "pack/set_edition.h"

struct replacement {
	const struct set_volume *volumes; /* as some edition has them: they are found by name */
	size_t count;
	struct volume_description *by;
	bool is_done; /* set: their place was taken */
};

/* Has by say of its generations when they came into the set, which is when those of volumes did.
 * NARC_CORRUPT if it has not as many, or not so many rows: then it is not made of the volumes. */
enum narc_status replacement_settle(const struct replacement *replacement, uint64_t rows,
				    struct narc_error *error);

/* Several of them, which are of different volumes. */
struct replacements {
	struct replacement *all;
	size_t count;
	int64_t time; /* since when files that were replaced are retired, in seconds of UTC */
	/* NULL, or told of each in the edition that has the volumes at these places, to count in
	 * next what is current: that may be called again, of a later edition. */
	enum narc_status (*recount)(void *context, const struct set_edition *edition,
				    size_t place, const struct replacement *replacement,
				    struct set_manifest *next, struct narc_error *error);
	void *context;
};

/* Puts all of them into one edition. Where volumes are not there any more, as somebody else has
 * replaced them, it is not done, and the file of the new one is removed, unless it is of the set. */
enum narc_status replace_volumes(struct narc_store store, const struct replacements *replacements,
				 struct narc_error *error);

/* Removes the file of a volume that was written, and will not be of the set, so that nothing else
 * would remove it: unless it is, as somebody wrote the same, and was faster. */
enum narc_status remove_unused_volume(const struct set_edition *edition, const char *name,
				      struct narc_error *error);

#endif
