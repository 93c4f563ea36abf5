/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making an archive of some of the rows of another. Blocks of which all rows go into it are
 * copied; of others, what goes is compressed anew. Generations keep their numbers.
 */
#ifndef NARC_PACK_ROW_SUBSET_H
#define NARC_PACK_ROW_SUBSET_H

#include "pack/rewrite.h"

struct row_subset {
	narc_archive *archive;
	bool (*has)(const void *context, uint64_t row); /* one row at least */
	const void *context;
	bool mends_frames; /* a damaged data frame whose rows are whole is compressed anew */
	struct rewrite_options options;
};

/* The sink stays the caller's. */
enum narc_status write_row_subset(const struct row_subset *subset, struct narc_sink sink,
				  struct narc_error *error);

#endif
