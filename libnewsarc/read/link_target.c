/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/link_target.h"

#include <string.h>

#include "support/status.h"

enum narc_status read_link_target(narc_cursor *cursor, const char *stage,
				  char target[LINK_TARGET_SIZE], struct narc_error *error)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	const void *content;
	enum narc_status status = narc_cursor_content(cursor, &content, error);

	if (status != NARC_OK)
		return status;
	if (record->size == 0 || record->size >= LINK_TARGET_SIZE ||
	    memchr(content, '\0', (size_t)record->size)) {
		status = narc_fail(error, NARC_CORRUPT, stage, NARC_NO_OFFSET,
				   "the symbolic link has no possible target");
		narc_error_set_path(error, record->path);
		return status;
	}
	memcpy(target, content, (size_t)record->size);
	target[record->size] = '\0';
	return NARC_OK;
}
