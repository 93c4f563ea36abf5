/* SPDX-License-Identifier: BSD-2-Clause */
/* The blocks of an archive whose index cannot be read: what takes the place of its pages. */
#ifndef NARC_READ_BLOCK_LIST_H
#define NARC_READ_BLOCK_LIST_H

#include "format/block_page.h"

/* In the order of numbers, rows and places. Where some cannot be found, an entry without a
 * descriptor, a hole, stands for them. */
struct block_list {
	struct block_entry *entries;
	size_t count;
	size_t capacity;
};

static inline bool is_hole(const struct block_entry *entry)
{
	return entry->section_size == 0;
}

/* A hole of so many blocks, with the rows from first_row to end_row, between two places. Numbers
 * are the caller's to give. */
static inline struct block_entry block_hole(uint64_t blocks, uint64_t first_row, uint64_t end_row,
					    uint64_t offset, uint64_t end)
{
	return (struct block_entry){ .first_local_time = INT64_MIN,
				     .first_row = first_row,
				     .rows = end_row - first_row,
				     .blocks = blocks,
				     .offset = offset,
				     .frame_size = end - offset };
}

enum narc_status block_list_add(struct block_list *list, const struct block_entry *entry,
				struct narc_error *error);

/* The last block that does not begin behind this number, or row; NULL if there is none. */
const struct block_entry *block_list_number(const struct block_list *list, uint64_t number);
const struct block_entry *block_list_row(const struct block_list *list, uint64_t row);

/* Frees the list itself, too; takes NULL. */
void block_list_free(struct block_list *list);

#endif
