/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From sorted items to blocks in the file. Items are grouped into blocks in this thread,
 * compressed in others, and written here again in order. A content that is there already
 * becomes a copy of the row that has it.
 */
#ifndef NARC_PACK_WRITE_BLOCKS_H
#define NARC_PACK_WRITE_BLOCKS_H

#include "format/trailer.h"
#include "pack/build_index.h"
#include "pack/compress_block.h"
#include "pack/copy_finder.h"
#include "pack/pack_item.h"
#include "pack/packer.h"
#include "support/work_queue.h"

struct block_writer {
	struct narc_packer *packer;
	struct narc_sink sink;
	struct block_compressor *compressor;
	struct index_builder *index;
	struct trailer *trailer; /* its counts are kept here */
	struct copy_finder copies;
	struct work_queue *queue;
	struct block_job *open; /* being grouped */
	uint64_t offset;        /* where the next block is written */
	uint64_t blocks_grouped;

	/* For reading content back. */
	ZSTD_DCtx *decompressor;
	ZSTD_DDict *dictionary;
	struct row_walk walk;
};

/* offset is where the first block goes. */
enum narc_status block_writer_init(struct block_writer *writer, struct narc_packer *packer,
				   struct narc_sink sink, struct block_compressor *compressor,
				   struct index_builder *index, struct trailer *trailer,
				   uint64_t offset, struct narc_error *error);

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
