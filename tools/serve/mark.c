/* SPDX-License-Identifier: BSD-2-Clause */
#include "mark.h"

#include <inttypes.h>
#include <stdio.h>

struct mark mark_of(size_t archive, const struct narc_record *record)
{
	return (struct mark){ record->local_time, archive, record->row };
}

bool mark_parse(const char *text, struct mark *mark)
{
	int size = 0;

	return sscanf(text, "%" SCNd64 ".%" SCNu64 ".%" SCNu64 "%n", &mark->time, &mark->archive,
		      &mark->row, &size) == 3 &&
	       text[size] == '\0';
}

const char *mark_format(const struct mark *mark, char text[MARK_TEXT_SIZE])
{
	snprintf(text, MARK_TEXT_SIZE, "%" PRId64 ".%" PRIu64 ".%" PRIu64, mark->time, mark->archive,
		 mark->row);
	return text;
}

bool resumption_skips(struct resumption *resumption, size_t archive,
		      const struct narc_record *record)
{
	const struct mark *mark = &resumption->mark;

	if (!resumption->is_skipping)
		return false;
	/* The post itself may not be there any more. */
	if (record->local_time > mark->time) {
		resumption->is_skipping = false;
		return false;
	}
	resumption->is_skipping = archive != mark->archive || record->row != mark->row;
	return true;
}
