/* SPDX-License-Identifier: BSD-2-Clause */
/* One block in memory: its descriptor, and its content once that is asked for. */
#ifndef NARC_READ_FETCH_BLOCK_H
#define NARC_READ_FETCH_BLOCK_H

#include "format/descriptor.h"
#include "read/locate.h"

struct fetched_block {
	struct block_entry entry; /* rows 0: nothing is fetched */
	struct volume *volume;    /* of a set, the one that it uses; else NULL */
	struct byte_buffer bytes; /* descriptor, or data frame and descriptor */
	bool has_frame;
	bool frame_is_right;      /* it was found to have its hash */
	struct byte_buffer strings;
	struct descriptor descriptor;
	const struct names *names; /* of its run; NULL: they are lost */
	struct byte_buffer content; /* its first bytes, or all of it */
	bool has_content;
	bool is_damaged;          /* the data frame: content has what it decodes to nevertheless */
	struct narc_error damage; /* what is wrong with it */
};

void fetched_block_free(struct fetched_block *block);
void fetched_block_drop_content(struct fetched_block *block);

/* Reads the descriptor of a block, and the names of its run if need be; with with_frame the data
 * frame too, in one read. Keeps what is there already. */
enum narc_status fetch_block(struct locator *locator, const struct block_entry *entry,
			     bool with_frame, struct fetched_block *block,
			     struct narc_error *error);

/* Reads and decompresses the data frame, up to byte number end of its content, if that is not
 * done yet. The second time that this is too little, all of it is decompressed. NARC_LIMIT if
 * the whole content is larger than BLOCK_CONTENT_LIMIT: then it is one row's, to be streamed. */
enum narc_status decode_block_until(struct locator *locator, struct fetched_block *block,
				    uint64_t end, struct narc_error *error);

/* The same for all of the content. */
enum narc_status decode_block(struct locator *locator, struct fetched_block *block,
			      struct narc_error *error);

/* Whether the first end bytes of the content are there, right or wrong, though decoding failed. */
static inline bool block_was_saved(const struct fetched_block *block, uint64_t end)
{
	return block->is_damaged && end <= block->content.size;
}

/* Checks the bytes of the data frame, if there is one, against their hash; once they were right,
 * not again. */
enum narc_status check_frame_hash(struct locator *locator, struct fetched_block *block,
				  struct narc_error *error);

/* Delivers the block's content in pieces to write, whatever its size. */
enum narc_status stream_block(struct locator *locator, const struct fetched_block *block,
			      narc_write_fn write, void *context, struct narc_error *error);

#endif
