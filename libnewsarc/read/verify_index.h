/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking the index against the rows: all keys are collected and sorted, and have to give
 * the very entries that the pages hold. */
#ifndef NARC_READ_VERIFY_INDEX_H
#define NARC_READ_VERIFY_INDEX_H

#include "format/sorted_keys.h"
#include "read/locate.h"

struct index_check {
	struct sorted_keys codes;
	struct sorted_keys paths; /* that are not regular */
	struct external_sort *all_paths;
};

/* folder: for temporary files, NULL for /tmp. */
enum narc_status index_check_init(struct index_check *check, const char *folder,
				  struct narc_error *error);
void index_check_free(struct index_check *check);

/* Adds a row of a block. */
enum narc_status index_check_add(struct index_check *check, const struct narc_record *record,
				 uint64_t block, struct narc_error *error);

/* Goes through all pages; with complete, all rows were added, and the pages must hold just
 * them. */
enum narc_status index_check_run(struct index_check *check, struct locator *locator,
				 bool complete, struct narc_error *error);

#endif
