/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/block_order.h"

#include <stdlib.h>

#include "support/status.h"

struct range_head {
	struct block_range range;
	struct block_place place; /* of its next block, if there is one */
	bool has_place;
};

/* The first block of a run begins when that does: no page is read to know that. */
static bool begins_run(const struct block_order *order, uint64_t number, struct block_place *place)
{
	const struct narc_archive *archive = order->locator.archive;
	const struct run *run = archive_run_of_block(archive, number)->run;

	*place = (struct block_place){ run->first_local_time, number };
	return run->first_block == number && !archive->recovery;
}

/* Finds the time of the next block of a range. A damaged page hides many blocks. */
static void find_place(struct block_order *order, struct range_head *head)
{
	struct block_entry entry;

	for (head->has_place = false; head->range.next < head->range.end && !head->has_place;) {
		uint64_t number = head->range.next++;

		if (begins_run(order, number, &head->place)) {
			head->has_place = true;
		} else if (locate_block(&order->locator, number, &entry, NULL) == NARC_OK) {
			head->place = (struct block_place){ entry.first_local_time, number };
			head->has_place = true;
		} else if (!order->locator.archive->recovery) {
			head->range.next = head->range.end;
		}
	}
}

static enum narc_status init_heads(struct block_order *order, struct narc_archive *archive,
				   struct narc_error *error)
{
	order->decompressor = ZSTD_createDCtx();
	order->heads = calloc(order->count, sizeof(*order->heads));
	if (!order->decompressor || !order->heads)
		return narc_fail_memory(error);
	locator_init(&order->locator, archive, order->decompressor);
	for (size_t i = 0; i < order->count; i++) {
		order->heads[i].range = order->ranges[i];
		find_place(order, &order->heads[i]);
	}
	return NARC_OK;
}

enum narc_status block_order_init(struct block_order *order, struct narc_archive *archive,
				  const struct block_range *ranges, size_t count, bool by_date,
				  struct narc_error *error)
{
	*order = (struct block_order){ .ranges = ranges,
				       .count = count,
				       .next = count ? ranges->next : 0 };
	return by_date ? init_heads(order, archive, error) : NARC_OK;
}

void block_order_free(struct block_order *order)
{
	if (order->heads)
		locator_free(&order->locator);
	ZSTD_freeDCtx(order->decompressor);
	free(order->heads);
}

static bool is_before(const struct block_place *place, const struct block_place *other)
{
	return place->time != other->time ? place->time < other->time
					  : place->number < other->number;
}

static bool next_by_date(struct block_order *order, struct block_place *place)
{
	struct range_head *first = NULL;

	for (size_t i = 0; i < order->count; i++) {
		struct range_head *head = &order->heads[i];

		if (head->has_place && (!first || is_before(&head->place, &first->place)))
			first = head;
	}
	if (!first)
		return false;
	*place = first->place;
	find_place(order, first);
	return true;
}

bool block_order_next(struct block_order *order, struct block_place *place)
{
	if (order->heads)
		return next_by_date(order, place);
	while (order->count && order->next == order->ranges->end) {
		order->ranges++;
		if (--order->count)
			order->next = order->ranges->next;
	}
	if (order->count)
		*place = (struct block_place){ 0, order->next++ };
	return order->count > 0;
}

int block_order_compare(const struct block_order *order, const struct block_place *place,
			const struct block_entry *entry)
{
	const struct block_place other = { order->heads ? entry->first_local_time : 0,
					   entry->first_block };

	if (place->number == other.number)
		return 0;
	return is_before(place, &other) ? -1 : 1;
}
