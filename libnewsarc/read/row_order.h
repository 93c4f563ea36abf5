/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the rows of a run come in order (section 4 of the format). */
#ifndef NARC_READ_ROW_ORDER_H
#define NARC_READ_ROW_ORDER_H

#include <string.h>

#include "format/limits.h"
#include "newsarc.h"

/* The row before; all zeros before the first of a run. */
struct row_order {
	bool has_last;
	int64_t time;
	char code[CODE_SIZE_LIMIT + 1];
	char path[PATH_SIZE_LIMIT + 1];
	uint32_t generation;
};

/* Whether a row comes behind the one before, whose place it takes. */
static inline bool row_order_pass(struct row_order *last, const struct narc_record *record)
{
	int order = last->has_last ? 0 : 1;

	if (!order)
		order = (record->local_time > last->time) - (record->local_time < last->time);
	if (!order)
		order = strcmp(record->info_code, last->code);
	if (!order)
		order = strcmp(record->path, last->path);
	if (!order)
		order = (record->generation > last->generation) -
			(record->generation < last->generation);
	last->has_last = true;
	last->generation = record->generation;
	last->time = record->local_time;
	strcpy(last->code, record->info_code);
	strcpy(last->path, record->path);
	return order > 0;
}

#endif
