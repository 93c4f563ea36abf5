/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which the blocks of ranges are come to: range by range, or by the times of their
 * first rows, as a cursor does that merges ranges in the order of date. */
#ifndef NARC_READ_BLOCK_ORDER_H
#define NARC_READ_BLOCK_ORDER_H

#include "read/locate.h"

/* Blocks next to end - 1. */
struct block_range {
	uint64_t next;
	uint64_t end;
};

struct block_place {
	int64_t time; /* of the first row; 0 if the order is not by date */
	uint64_t number;
};

struct range_head; /* the next block of a range */

struct block_order {
	const struct block_range *ranges; /* the first is at hand; those behind it stay as they are */
	size_t count;
	uint64_t next;
	struct range_head *heads; /* NULL: range by range */
	struct locator locator;
	ZSTD_DCtx *decompressor;
};

/* Begins with the first of each range; more than one if by_date. */
enum narc_status block_order_init(struct block_order *order, struct narc_archive *archive,
				  const struct block_range *ranges, size_t count, bool by_date,
				  struct narc_error *error);
void block_order_free(struct block_order *order);

/* Gives the next block; false if there is none. By date, blocks that cannot be found are left
 * out. */
bool block_order_next(struct block_order *order, struct block_place *place);

/* Whether a block comes before another one: less than 0; or is that one: 0. */
int block_order_compare(const struct block_order *order, const struct block_place *place,
			const struct block_entry *entry);

#endif
