/* SPDX-License-Identifier: BSD-2-Clause */
/* The manifest of a set as it is in a store, and the next one that takes its place, unless
 * somebody else's did meanwhile. */
#ifndef NARC_PACK_SET_EDITION_H
#define NARC_PACK_SET_EDITION_H

#include "format/set_manifest.h"
#include "read/archive.h"

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

/* What an edition says, to be changed into what the next one does: lists have room for one volume
 * more, and for successions and retired files as said. Filters are those of the volumes. */
struct next_edition {
	struct set_manifest manifest; /* its lists are this one's own, their items the former's */
	struct bytes *filters;
};

enum narc_status next_edition_begin(const struct set_edition *edition, size_t successions,
				    size_t retired, struct next_edition *next,
				    struct narc_error *error);
void next_edition_free(struct next_edition *next);

/* NARC_EXISTS if the manifest is not that of edition any more. */
enum narc_status next_edition_write(const struct set_edition *edition, struct next_edition *next,
				    struct narc_error *error);

#endif
