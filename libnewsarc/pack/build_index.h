/* SPDX-License-Identifier: BSD-2-Clause */
/* The index: what rows and blocks say is collected while they are written, and becomes
 * pages when all are. */
#ifndef NARC_PACK_BUILD_INDEX_H
#define NARC_PACK_BUILD_INDEX_H

#include "format/block_page.h"
#include "format/descriptor.h"
#include "format/key_page.h"
#include "format/row_keys.h"
#include "format/segment.h"
#include "pack/build_superseded.h"
#include "support/spill_file.h"

struct index_builder {
	struct row_keys keys;     /* rows are added here */
	struct superseded_builder superseded; /* and those that gave way to others here */
	struct spill_file blocks; /* a struct block_entry each, in order */
	uint64_t block_count;
};

/* memory: bytes for the sorting of each kind of key. */
enum narc_status index_builder_init(struct index_builder *builder, size_t memory,
				    const char *folder, struct narc_error *error);
void index_builder_free(struct index_builder *builder);

/* Adds the next block. */
enum narc_status index_add_block(struct index_builder *builder, const struct block_entry *entry,
				 struct narc_error *error);

/* Reads back the block that holds a row; it has been added. */
enum narc_status index_find_block(struct index_builder *builder, uint64_t row,
				  struct block_entry *entry, struct narc_error *error);

/* Writes the leaves to sink, from *offset on, which moves behind them, and adds all other pages to
 * the tail; sets the roots in segment, which are in there. */
enum narc_status index_write(struct index_builder *builder, struct narc_sink sink,
			     uint64_t *offset, struct archive_tail *tail,
			     struct segment *segment, struct narc_error *error);

#endif
