/* SPDX-License-Identifier: BSD-2-Clause */
/* All that the index of a segment is made of, as its blocks and pages have it: for whoever makes
 * another index over the same rows. */
#ifndef NARC_READ_SCAN_SEGMENT_H
#define NARC_READ_SCAN_SEGMENT_H

#include "format/block_page.h"
#include "format/descriptor.h"
#include "read/archive.h"

/* Each call ends the scan if it fails. block and superseded may be NULL. */
struct segment_visitor {
	enum narc_status (*row)(void *context, const struct row *row, uint64_t block,
				struct narc_error *error);
	enum narc_status (*block)(void *context, const struct block_entry *entry,
				  struct narc_error *error);
	enum narc_status (*superseded)(void *context, uint64_t row, uint32_t generation,
				       struct narc_error *error);
	void *context;
};

/* Blocks come in order, each behind its rows; then superseded rows, in order. */
enum narc_status scan_segment(struct narc_archive *archive, const struct segment *segment,
			      const struct segment_visitor *visitor, struct narc_error *error);

#endif
