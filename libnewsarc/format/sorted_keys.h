/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of rows with the blocks that they are in, put in the order of a key index (section 9
 * of the format). A writer makes the entries of the index of them, and who checks an index
 * compares them with its entries.
 */
#ifndef NARC_FORMAT_SORTED_KEYS_H
#define NARC_FORMAT_SORTED_KEYS_H

#include "support/byte_buffer.h"
#include "support/external_sort.h"

struct sorted_keys {
	struct external_sort *sort;
	struct sort_item item; /* the sorter's next, if has_item */
	bool has_item;

	/* What sorted_keys_next gave last. */
	struct byte_buffer key;
	struct byte_buffer previous; /* the key before it, empty for the first */
	struct byte_buffer blocks;   /* a uint64_t each, ascending */
};

/* memory and folder are for the sorter. */
enum narc_status sorted_keys_init(struct sorted_keys *keys, size_t memory, const char *folder,
				  struct narc_error *error);
void sorted_keys_free(struct sorted_keys *keys);

/* Adds a key, which is not empty, of a row in this block. If there is a NUL in it, all keys
 * have the same size. */
enum narc_status sorted_keys_add(struct sorted_keys *keys, const void *key, size_t size,
				 uint64_t block, struct narc_error *error);

/* Ends the adding. */
enum narc_status sorted_keys_finish(struct sorted_keys *keys, struct narc_error *error);

/* Sets key, previous and blocks to the next key; NARC_END after the last. */
enum narc_status sorted_keys_next(struct sorted_keys *keys, struct narc_error *error);

/* The blocks of the key given last. */
const uint64_t *sorted_keys_blocks(const struct sorted_keys *keys, size_t *count);

/* How many bytes of the key given last make its separator. */
size_t sorted_keys_separator_size(const struct sorted_keys *keys);

#endif
