/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking the index of a segment against its rows: all keys are collected and sorted, and
 * have to give the very entries that the pages hold. */
#ifndef NARC_READ_VERIFY_INDEX_H
#define NARC_READ_VERIFY_INDEX_H

#include "format/row_keys.h"
#include "read/damage_list.h"
#include "read/locate.h"

/* Goes through all pages of the segment but those of superseded rows, and notes what is damaged.
 * If nothing was so far, keys has all of its rows, and the pages must hold just them. */
enum narc_status verify_index(struct row_keys *keys, struct locator *locator,
			      const struct segment *segment, struct damage_list *damages,
			      struct narc_error *error);

#endif
