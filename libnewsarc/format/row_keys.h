/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys under which the indexes of a segment (section 9 of the format) have its rows. */
#ifndef NARC_FORMAT_ROW_KEYS_H
#define NARC_FORMAT_ROW_KEYS_H

#include "format/key_page.h"
#include "format/sorted_keys.h"

struct row_keys {
	struct sorted_keys codes;
	struct sorted_keys paths;    /* that are not regular */
	struct sorted_keys contents; /* of rows without an infoCode */
};

/* memory: bytes for the sorting of each of the three. */
enum narc_status row_keys_init(struct row_keys *keys, size_t memory, const char *folder,
			       struct narc_error *error);
void row_keys_free(struct row_keys *keys);

/* Told of a key of a row. */
typedef enum narc_status (*row_key_fn)(void *context, enum key_index index, const void *key,
				       size_t size, struct narc_error *error);

/* Tells of all of them. */
enum narc_status row_keys_tell(const struct narc_record *record, row_key_fn tell, void *context,
			       struct narc_error *error);

/* Adds the keys of a row in this block. */
enum narc_status row_keys_add(struct row_keys *keys, const struct narc_record *record,
			      uint64_t block, struct narc_error *error);

/* The key of a content. */
enum { CONTENT_KEY_SIZE = 8 };
void content_key(uint64_t hash, uint8_t key[CONTENT_KEY_SIZE]);

#endif
