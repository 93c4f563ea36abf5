/* SPDX-License-Identifier: BSD-2-Clause */
/* The manifest of a set as it is in a store, and the next one that takes its place, unless
 * somebody else's did meanwhile. */
#ifndef NARC_PACK_SET_EDITION_H
#define NARC_PACK_SET_EDITION_H

#include "format/limits.h"
#include "format/set_manifest.h"
#include "read/archive.h"

/* How often a manifest is made anew as another took the place of the one before: by as many writers
 * at once at most. */
enum { EDITION_ATTEMPTS = 1000 };

struct set_edition {
	struct narc_store store;
	void *data; /* of the file */
	size_t size;
	bool is_there; /* false: the store has no set yet; data is that of an empty one */
	char version[NARC_STORE_VERSION_SIZE];
	narc_archive *set;
};

/* The store must outlive the edition, which is to be freed, also on failure. */
enum narc_status set_edition_load(struct narc_store store, struct set_edition *edition,
				  struct narc_error *error);
void set_edition_free(struct set_edition *edition);

/* The filter of a volume, if it is in the manifest; else nothing. */
struct bytes set_edition_filter(const struct set_edition *edition, const struct set_volume *volume);

/* What an edition says, to be changed into what the next one does: lists have room for one volume
 * more, and for successions and retired files as said. */
struct next_edition {
	struct set_manifest manifest; /* its lists are this one's own, their items the former's */
	struct bytes *filters;        /* of each volume whose filter is in no other file */
	char filter_file[VOLUME_NAME_SIZE_LIMIT + 1]; /* name of the one that is new */
};

enum narc_status next_edition_begin(const struct set_edition *edition, size_t successions,
				    size_t retired, struct next_edition *next,
				    struct narc_error *error);
void next_edition_free(struct next_edition *next);

/* Retires filter files that are of no volume any more. */
void next_edition_retire_filters(struct next_edition *next, int64_t time);

/* Writes it, and a filter file if it has many filters. NARC_EXISTS if the manifest is not that of edition any more. */
enum narc_status next_edition_write(const struct set_edition *edition, struct next_edition *next,
				    struct narc_error *error);

#endif
