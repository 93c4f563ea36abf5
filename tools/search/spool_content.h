/* SPDX-License-Identifier: BSD-2-Clause */
/* A content that is too large for memory, in a temporary file that is mapped. It is all written,
 * and found right, before any of it is looked at. */
#ifndef NARC_SEARCH_SPOOL_CONTENT_H
#define NARC_SEARCH_SPOOL_CONTENT_H

#include <newsarc.h>

/* The content of the cursor's record, which is not empty; to be given back with munmap. folder:
 * NULL: /tmp. */
enum narc_status spool_content(narc_cursor *cursor, const char *folder, char **content,
			       struct narc_error *error);

#endif
