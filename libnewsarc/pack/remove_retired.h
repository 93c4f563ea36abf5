/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_PACK_REMOVE_RETIRED_H
#define NARC_PACK_REMOVE_RETIRED_H

#include "newsarc.h"

/* Removes the files that are of a set no more, and were so for grace seconds at the time now; but
 * none that was written after it was retired, as that may be somebody's new volume. Says how many
 * are removed, and how many are waiting. */
enum narc_status remove_retired(struct narc_store store, int64_t now, int64_t grace,
				uint64_t *removed, uint64_t *waiting, struct narc_error *error);

#endif
