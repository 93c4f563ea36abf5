/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the blocks of a file without its index, and what they need. */
#ifndef NARC_PACK_FOUND_ARCHIVE_H
#define NARC_PACK_FOUND_ARCHIVE_H

#include "read/archive.h"

struct found_facts {
	uint64_t gaps; /* places where descriptors are missing, or the end of the file */
	uint64_t rows; /* that there were, if gaps hide no more at the end */
};

/* Opens an archive that is made, in memory, of the descriptors that are whole, the names and
 * dictionaries; and of generations and tombstones, as far as segments and manifests that are whole
 * know them. Numbers of rows are what descriptors say: some may be missing. It is made to be
 * written anew: so unlike what narc_archive_open_damaged opens, to be read on, it has those times
 * and tombstones, and rows whose names are lost cannot be read of it. NARC_CORRUPT if there is no
 * block. The source belongs to the archive, also when this fails. */
enum narc_status found_archive_open(struct narc_source source, narc_archive **archive,
				    struct found_facts *facts, struct narc_error *error);

/* Makes sure that a redacted row has a tombstone; rows come in order. */
enum narc_status found_archive_add_tombstone(narc_archive *archive, uint64_t row,
					     struct narc_error *error);

#endif
