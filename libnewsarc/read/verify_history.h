/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking the pages of superseded rows (section 11 of the format) against what the rows of all
 * generations say, and that no path is twice in one generation. */
#ifndef NARC_READ_VERIFY_HISTORY_H
#define NARC_READ_VERIFY_HISTORY_H

#include "format/supersession.h"
#include "read/damage_list.h"
#include "read/locate.h"

struct history_check {
	struct supersession supersession;
	struct external_sort *expected; /* what the pages should have, by segment */
};

enum narc_status history_check_init(struct history_check *check, const char *folder,
				    struct narc_error *error);
void history_check_free(struct history_check *check);

/* Adds a row. */
enum narc_status history_check_add(struct history_check *check, const struct row *row,
				   struct narc_error *error);

/* Goes through the pages of all segments, and notes what is damaged. If nothing was so far, all
 * rows were added, and the pages must hold just what these say. */
enum narc_status history_check_run(struct history_check *check, struct locator *locator,
				   struct damage_list *damages, struct narc_error *error);

#endif
