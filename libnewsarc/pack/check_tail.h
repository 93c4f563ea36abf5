/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_PACK_CHECK_TAIL_H
#define NARC_PACK_CHECK_TAIL_H

#include "read/archive.h"

/* What stands behind the last valid trailer is cut off by who appends: a torn writing, as a rule.
 * NARC_CORRUPT if it may be a generation that was committed, and whose trailer was damaged since
 * then. */
enum narc_status check_tail(const narc_archive *archive, struct narc_error *error);

#endif
