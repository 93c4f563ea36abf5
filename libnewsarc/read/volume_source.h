/* SPDX-License-Identifier: BSD-2-Clause */
/* A source over the volumes of a set, one behind the other. Those that are read are open, up to
 * some number; and each is opened when it is first read. */
#ifndef NARC_READ_VOLUME_SOURCE_H
#define NARC_READ_VOLUME_SOURCE_H

#include "read/volumes.h"
#include "support/progress.h"

/* list must outlive the source. */
enum narc_status volume_source_new(const struct volume_list *list, struct narc_source *source,
				   struct narc_error *error);

/* Opens the file of a volume, and checks that it is as large as the manifest says. */
enum narc_status volume_open(const struct volume_list *list, const struct volume *volume,
			     struct narc_source *source, struct narc_error *error);

/* The hash of the first size bytes of a file, as the manifest has that of all of them. */
enum narc_status volume_hash(struct narc_source source, uint64_t size, struct progress *progress,
			     uint64_t *hash, struct narc_error *error);

#endif
