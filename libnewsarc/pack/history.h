/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packing a history: the files of many generations, which come one generation after the other and
 * are written at once. What each is to those before is found out when it comes; where these are
 * in the archive is known when all have come and are sorted.
 */
#ifndef NARC_PACK_HISTORY_H
#define NARC_PACK_HISTORY_H

#include "pack/past_rows.h"
#include "support/external_sort.h"

struct item_history;
struct pack_item;

/* All zero: there is none, and all files are of one generation. */
struct history {
	bool is_used;
	struct past_rows rows;
	struct spill_file findings; /* a struct item_history for each of rows */
	int64_t *times; /* of the generations that have rows */
	size_t count;
	size_t capacity;
	int64_t time; /* of the generation that files come of */
	bool is_new;  /* which has none so far */
	narc_has_path_fn has_path;
	void *context;
};

void history_free(struct history *history);

/* NARC_MISUSE if there is one, to which files can only be added by their contents. */
enum narc_status history_refuse(const struct history *history, struct narc_error *error);

/* Finds out what a file is to those before. Of one that is to be written, item gets its sequence:
 * its number among the rows; *is_kept is false for any other. */
enum narc_status history_take(struct narc_packer *packer, struct pack_item *item, bool *is_kept,
			      struct narc_error *error);

/* Whether the generation that files come of does not have the path. */
enum narc_status history_has_lost(const struct history *history, const char *path, bool *is_lost,
				  struct narc_error *error);

/* Numbers the rows in the order of the sorted items, from first_row on; the next item is the first
 * again then. */
enum narc_status history_number_rows(struct history *history, struct external_sort *items,
				     uint64_t first_row, struct narc_error *error);

/* What was found out about an item with this sequence, with rows by their numbers. */
enum narc_status history_recall(struct history *history, uint64_t sequence,
				struct item_history *findings, struct narc_error *error);

#endif
