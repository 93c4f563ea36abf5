/* SPDX-License-Identifier: BSD-2-Clause */
/* The index: what rows and blocks say is collected while they are written, and becomes
 * pages when all are. */
#ifndef NARC_PACK_BUILD_INDEX_H
#define NARC_PACK_BUILD_INDEX_H

#include "format/block_page.h"
#include "format/descriptor.h"
#include "format/key_page.h"
#include "format/sorted_keys.h"
#include "format/trailer.h"
#include "support/spill_file.h"

/* How many entries a page has, but for the last of a level. A look-up decodes a page of each
 * level, which takes the less the smaller they are; with all that the format allows, an archive
 * would be a thousandth smaller. */
enum { PAGE_ENTRIES = 256 };

struct index_builder {
	struct sorted_keys codes;
	struct sorted_keys paths; /* that are not regular */
	struct spill_file blocks; /* a struct block_entry each, in order */
	uint64_t block_count;
};

/* memory: bytes for the sorting of each of the two key indexes. */
enum narc_status index_builder_init(struct index_builder *builder, size_t memory,
				    const char *folder, struct narc_error *error);
void index_builder_free(struct index_builder *builder);

/* Adds a row of the block with this number. */
enum narc_status index_add_row(struct index_builder *builder, const struct narc_record *record,
			       uint64_t block, struct narc_error *error);

/* Adds the next block. */
enum narc_status index_add_block(struct index_builder *builder, const struct block_entry *entry,
				 struct narc_error *error);

/* Reads back the block that holds a row; it has been added. */
enum narc_status index_find_block(struct index_builder *builder, uint64_t row,
				  struct block_entry *entry, struct narc_error *error);

/* Writes all pages to sink, from *offset on, which moves behind them; sets the roots in
 * trailer. */
enum narc_status index_write(struct index_builder *builder, struct narc_sink sink,
			     uint64_t *offset, struct trailer *trailer, struct narc_error *error);

#endif
