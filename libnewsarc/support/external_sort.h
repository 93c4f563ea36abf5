/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorting more items than memory holds.
 *
 * Items are a key and a value, both byte strings; they come out in ascending order of key,
 * byte by byte. Keys should differ: the order of items with equal keys is not defined.
 * Items are held in memory up to a budget; then they are sorted and written to a spill
 * file as a run, compressed, and the runs are merged at the end.
 */
#ifndef NARC_SUPPORT_EXTERNAL_SORT_H
#define NARC_SUPPORT_EXTERNAL_SORT_H

#include "newsarc.h"

struct external_sort;

struct sort_item {
	const uint8_t *key;
	size_t key_size;
	const uint8_t *value;
	size_t value_size;
};

/* Holds about memory bytes at the most, plus 256 KiB a run when merging; spills into a
 * file in folder, which must outlive the sorter. */
enum narc_status external_sort_new(size_t memory, const char *folder,
				   struct external_sort **sort, struct narc_error *error);

/* Copies the item. An item must be far smaller than the budget. */
enum narc_status external_sort_add(struct external_sort *sort, const struct sort_item *item,
				   struct narc_error *error);

/* Shows all items added so far, in no certain order, to visit, which must not add any. Ends
 * with the first status of visit's that is not NARC_OK. */
typedef enum narc_status (*sort_visit_fn)(void *context, const struct sort_item *item,
					  struct narc_error *error);
enum narc_status external_sort_scan(struct external_sort *sort, sort_visit_fn visit,
				    void *context, struct narc_error *error);

/* Ends the adding. */
enum narc_status external_sort_finish(struct external_sort *sort, struct narc_error *error);

/* Gives the next item; its bytes are valid until the next call. NARC_END after the last. */
enum narc_status external_sort_next(struct external_sort *sort, struct sort_item *item,
				    struct narc_error *error);

/* After external_sort_finish: the next item is the first again. */
enum narc_status external_sort_rewind(struct external_sort *sort, struct narc_error *error);
void external_sort_free(struct external_sort *sort);

#endif
