/* SPDX-License-Identifier: BSD-2-Clause */
/* Files beside the volumes of a set that are of it no more. */
#ifndef NARC_PACK_RETIRED_FILES_H
#define NARC_PACK_RETIRED_FILES_H

#include "newsarc.h"

/* Removes the files that are of a set no more, and were so for grace seconds at the time now; but
 * none that was written after it was retired, as that may be somebody's new volume. Says how many
 * are removed, and how many are waiting. */
enum narc_status remove_retired(struct narc_store store, int64_t now, int64_t grace,
				uint64_t *removed, uint64_t *waiting, struct narc_error *error);

/* Tells of files that are left where something was redacted, and may have it: those that are
 * waiting, and archives that the set knows nothing of, as of writers that were killed. */
enum narc_status tell_left_files(struct narc_store store, narc_notice_fn notice,
				 void *notice_context, struct narc_error *error);

#endif
