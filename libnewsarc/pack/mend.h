/* SPDX-License-Identifier: BSD-2-Clause */
/* Making again by its parity what is damaged or missing of a file (section 19 of the format). */
#ifndef NARC_PACK_MEND_H
#define NARC_PACK_MEND_H

#include "read/mended_source.h"
#include "support/progress.h"

struct mend_result {
	uint64_t tables;        /* that were found, of a group each */
	uint64_t damaged_bytes; /* of what these cover, as the file is, or in whole chunks */
	uint64_t mended_bytes;  /* of these */
	bool moved;             /* something stood elsewhere than it belongs */
};

/* Changes mended, which is as the damaged file is, into the file as it was, as far as parity goes.
 * What is missing from it, or too much, is found by where the tables stand. Those that stand
 * before start are left alone. folder is for temporary files. */
enum narc_status mend(struct mended_source *mended, uint64_t start, const char *folder,
		      struct progress *progress, struct mend_result *result, struct narc_error *error);

#endif
