/* SPDX-License-Identifier: BSD-2-Clause */
/* A content that is too large for memory, in a temporary file. It is all written, and found right,
 * before any of it is looked at. */
#ifndef NARC_TOOLS_SPOOL_CONTENT_H
#define NARC_TOOLS_SPOOL_CONTENT_H

#include <newsarc.h>

/* Sets fd to a file without a name, which has the content of the cursor's record, and is the
 * caller's. folder: NULL: /tmp. */
enum narc_status spool_content(narc_cursor *cursor, const char *folder, int *fd,
			       struct narc_error *error);

#endif
