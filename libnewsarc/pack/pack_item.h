/* SPDX-License-Identifier: BSD-2-Clause */
/* A file on its way through the sorter: key in the order of the archive, and the rest. */
#ifndef NARC_PACK_PACK_ITEM_H
#define NARC_PACK_PACK_ITEM_H

#include "pack/parse_post.h"
#include "support/external_sort.h"

/* Strings end with NUL; they belong to the item's bytes after decoding. */
struct pack_item {
	struct narc_entry entry;
	const char *code;
	const char *categories;
	enum narc_kind kind;
	enum narc_date_origin origin;
	int64_t local_time;
	bool has_zone;
	int zone_minutes;
	uint64_t tree;     /* whose zone counts if it has none */
	uint64_t sequence; /* of arrival */
	uint64_t size;
	uint64_t hash;
	bool is_large;         /* the content is in the packer's large file */
	uint64_t large_offset; /* where */
	const uint8_t *content; /* if it is not large */
};

/* Fills in what the file says of itself; belongs to facts and to what they belong to. */
void pack_item_take_facts(struct pack_item *item, const struct post_facts *facts);

/* The key, local time, infoCode and path, is the order of section 4 of the format. */
void pack_item_encode(const struct pack_item *item, struct byte_buffer *key,
		      struct byte_buffer *value);

/* Points into sorted. */
void pack_item_decode(const struct sort_item *sorted, struct pack_item *item);

#endif
