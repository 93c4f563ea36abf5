/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_LINK_TARGET_H
#define NARC_READ_LINK_TARGET_H

#include "format/limits.h"
#include "newsarc.h"

enum { LINK_TARGET_SIZE = PATH_SIZE_LIMIT + 1 };

/* The target of the symbolic link that the cursor is at. NARC_CORRUPT if no link can have it:
 * the format does not forbid such content. */
enum narc_status read_link_target(narc_cursor *cursor, const char *stage,
				  char target[LINK_TARGET_SIZE], struct narc_error *error);

#endif
