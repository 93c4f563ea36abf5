/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the blocks of a file without its index, and what they need. */
#ifndef NARC_PACK_SCAN_BLOCKS_H
#define NARC_PACK_SCAN_BLOCKS_H

#include "pack/found_archive.h"

struct found_facts {
	uint64_t gaps; /* places where descriptors are missing, or the end of the file */
	uint64_t rows; /* that there were, if gaps hide no more at the end */
};

/* Opens an archive that is made, in memory, of the descriptors that are whole, the names and
 * dictionaries; and of generations and tombstones, as far as segments and manifests that are
 * whole know them. Where names may be missing, blocks have none, and not those of others.
 * Numbers of rows are what descriptors say: some may be missing. NARC_CORRUPT if there is no
 * block. The source belongs to the archive, also when this fails. */
enum narc_status scan_blocks(struct narc_source source, narc_archive **archive,
			     struct found_facts *facts, struct narc_error *error);

#endif
