/* SPDX-License-Identifier: BSD-2-Clause */
/* Saving what is whole of a damaged archive: blocks are found by their descriptors, and get a new
 * index. */
#ifndef NARC_PACK_SALVAGE_H
#define NARC_PACK_SALVAGE_H

#include "newsarc.h"

struct salvage;

/* Looks at all blocks of the source, which belongs to the salvage, also when this fails; and fills
 * in what result says of rows. */
enum narc_status salvage_new(struct narc_source source, const struct narc_repair_options *options,
			     struct narc_repair_result *result, struct salvage **salvage,
			     struct narc_error *error);
void salvage_free(struct salvage *salvage);

/* Writes an archive of the rows that are whole. The sink stays the caller's. */
enum narc_status salvage_write(struct salvage *salvage, struct narc_sink sink,
			       struct narc_error *error);

#endif
