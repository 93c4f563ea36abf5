/* SPDX-License-Identifier: BSD-2-Clause */
/* A sink that becomes a volume in a store, named after all of its bytes: so what has the name is
 * what was written, whoever wrote it. */
#ifndef NARC_PACK_VOLUME_SINK_H
#define NARC_PACK_VOLUME_SINK_H

#include <xxhash.h>

#include "format/limits.h"
#include "format/set_manifest.h"

struct volume_file {
	struct narc_store store;
	const char *label;
	const struct set_volume *restored; /* what it has to be; NULL: a new volume */
	struct narc_sink inner;            /* ops NULL: nowhere */
	XXH3_state_t *state;
	/* Set when it is published: */
	char name[VOLUME_NAME_SIZE_LIMIT + 1];
	uint64_t size;
	uint64_t hash;
};

/* The file, and what store and label point to, must outlive the sink. */
enum narc_status volume_sink(struct volume_file *file, struct narc_store store, const char *label,
			     struct narc_sink *sink, struct narc_error *error);

/* The same of a volume that was damaged: NARC_CORRUPT when it is published if it is not the one
 * that a set says. nowhere: that is found out, and no more. */
enum narc_status restored_volume_sink(struct volume_file *file, struct narc_store store,
				      const struct set_volume *said, bool nowhere,
				      struct narc_sink *sink, struct narc_error *error);

#endif
