/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From sorted items to blocks in the file. Items are grouped into blocks in this thread,
 * compressed in others, and written here again in order. A content that is there already
 * becomes a copy of the row that has it.
 */
#ifndef NARC_PACK_WRITE_BLOCKS_H
#define NARC_PACK_WRITE_BLOCKS_H

#include "pack/build_index.h"
#include "pack/compress_block.h"
#include "pack/copy_finder.h"
#include "pack/pack_item.h"
#include "pack/packer.h"
#include "pack/resolve_history.h"
#include "support/work_queue.h"

struct row_counts {
	uint64_t posts;
	uint64_t content_size;
	uint64_t owned_size;
	int64_t newest_mtime; /* in seconds */
	uint64_t superseded_rows; /* of older generations */
	uint64_t superseded_posts;
	uint64_t superseded_size;
	uint64_t moved; /* of these, those that had another path */
};

struct block_writer {
	struct narc_packer *packer;
	struct narc_sink sink;
	struct block_compressor *compressor;
	struct index_builder *index;
	struct run *run; /* where it starts; what is written is counted here */
	struct row_counts counts;
	struct copy_finder copies;
	struct work_queue *queue;
	struct block_job *open; /* being grouped */
	uint64_t next_block;    /* number of the block after those grouped */

	/* For reading content back. */
	ZSTD_DCtx *decompressor;
	ZSTD_DDict *dictionary;
	struct row_walk walk;
};

/* run says where the first block goes, and which numbers it and its first row have. */
enum narc_status block_writer_init(struct block_writer *writer, struct narc_packer *packer,
				   struct narc_sink sink, struct block_compressor *compressor,
				   struct index_builder *index, struct run *run,
				   struct narc_error *error);

/* Takes all items from the packer's sorter and writes their blocks. */
enum narc_status block_writer_run(struct block_writer *writer, struct narc_error *error);
void block_writer_free(struct block_writer *writer);

/* Whether the row, which owns its content, has just this content. Writes what is under
 * way first, if need be. */
enum narc_status block_writer_compare(struct block_writer *writer, uint64_t row,
				      const uint8_t *content, uint64_t size, bool *equal,
				      struct narc_error *error);

/* Writes the oldest block under way. */
enum narc_status block_writer_take(struct block_writer *writer, struct narc_error *error);

#endif
