/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling who called how far it is: where nobody asked, that takes a comparison. */
#ifndef NARC_SUPPORT_PROGRESS_H
#define NARC_SUPPORT_PROGRESS_H

#include "newsarc.h"

struct progress {
	narc_progress_fn tell; /* NULL: nobody asked */
	void *context;
	struct narc_progress now;
};

/* Begins what is to be done with so many records and bytes; 0: that is not known. */
static inline void progress_begin(struct progress *progress, enum narc_activity activity,
				  uint64_t records, uint64_t bytes)
{
	if (!progress->tell)
		return;
	progress->now = (struct narc_progress){ .activity = activity, .total_records = records,
						.total_bytes = bytes };
	progress->tell(progress->context, &progress->now);
}

/* Counts what was done. */
static inline void progress_add(struct progress *progress, uint64_t records, uint64_t bytes)
{
	if (!progress->tell)
		return;
	progress->now.records += records;
	progress->now.bytes += bytes;
	progress->tell(progress->context, &progress->now);
}

#endif
