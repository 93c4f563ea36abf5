/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files that a check of a whole archive is made of. */
#ifndef NARC_READ_VERIFY_H
#define NARC_READ_VERIFY_H

#include "read/cursor.h"
#include "read/damage_list.h"
#include "read/recovery.h"
#include "read/row_order.h"
#include "read/verify_history.h"
#include "read/verify_index.h"
#include "support/number_map.h"
#include "support/progress.h"

struct verification {
	struct narc_archive *archive; /* a view, which is read as far as that can be */
	struct locator locator;
	const struct narc_verify_options *options;
	const char *folder;     /* for what does not fit into memory */
	size_t *bad_dictionary; /* of each dictionary, its damage, or NO_DAMAGE */
	size_t *bad_names;      /* of each run, likewise */
	struct damage_list damages;
	struct number_map lost; /* rows whose content is lost, with the damage that it is lost by */
	struct narc_verify_result result;
	struct progress progress;

	struct block_range *ranges;
	struct read_ahead *ahead;
	struct fetched_block block;
	size_t block_damage;     /* of its data frame */
	struct block_work done; /* with its rows, if it was read ahead */
	struct row_walk walk;
	struct owner_search source;
	struct owner_search replaced;

	struct row_order order; /* of the run at hand */

	/* What the trailer and the index have to agree with. */
	uint64_t rows;
	uint64_t content_size;
	uint64_t owned_size;
	uint64_t redacted;
	struct narc_filter all;
	struct narc_filter none; /* passes what is current */
	struct visible_rows current;
	uint64_t current_rows;
	uint64_t current_posts;
	uint64_t current_size;
	struct row_keys keys; /* of the segment at hand */
	struct history_check history;
};

/* As damage_list_tell. */
enum narc_status verify_tell(struct verification *check, enum narc_status status,
			     const struct narc_error *damage, struct narc_error *error);

/* verify_block.c: checks a block and its rows, and moves *place behind it. */
enum narc_status verify_block(struct verification *check, uint64_t number, uint64_t *place,
			      struct narc_error *error);

/* Whether the content of this block is one that is to be looked at. */
bool verify_wants_content(const struct verification *check, uint64_t number);

/* verify_touched.c: finds out what rows each damage touches, and how many are good. */
enum narc_status verify_find_touched(struct verification *check, struct narc_error *error);

/* Tells the caller of all damages. */
enum narc_status verify_report(struct verification *check, struct narc_error *error);

#endif
