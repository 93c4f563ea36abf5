/* SPDX-License-Identifier: BSD-2-Clause */
/* A sink that becomes a volume in a store, named after all of its bytes: so what has the name is
 * what was written, whoever wrote it. */
#ifndef NARC_PACK_VOLUME_SINK_H
#define NARC_PACK_VOLUME_SINK_H

#include <xxhash.h>

#include "format/limits.h"
#include "newsarc.h"

struct volume_file {
	struct narc_store store;
	const char *label;
	struct narc_sink inner;
	XXH3_state_t *state;
	/* Set when it is published: */
	char name[VOLUME_NAME_SIZE_LIMIT + 1];
	uint64_t size;
	uint64_t hash;
};

/* The file, and what store and label point to, must outlive the sink. */
enum narc_status volume_sink(struct volume_file *file, struct narc_store store, const char *label,
			     struct narc_sink *sink, struct narc_error *error);

#endif
