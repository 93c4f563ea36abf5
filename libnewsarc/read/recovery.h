/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What takes the place of an index that is damaged: blocks that were found by going through the
 * file, and what their rows say of those that they superseded. An archive that has a recovery
 * is read as far as that can be: also rows whose names are lost, under made-up paths.
 */
#ifndef NARC_READ_RECOVERY_H
#define NARC_READ_RECOVERY_H

#include "format/block_page.h"
#include "format/superseded_page.h"
#include "read/archive.h"
#include "read/damage_list.h"

/* Of a segment: what its generations superseded, in the order of rows. */
struct superseded_list {
	struct superseded_entry *entries;
	size_t count;
	size_t capacity;
};

struct recovery {
	/* All blocks, in order; where some cannot be found, one without a descriptor stands for
	 * them. NULL: the index has them. */
	struct block_entry *blocks;
	size_t block_count;
	size_t block_capacity;
	struct superseded_list *superseded; /* of each segment; NULL: the index has it */
};

/* Gives the archive a recovery, which goes with it. Nothing may be under way on the archive.
 * folder is for what does not fit into memory; damages gets what was wrong with the index. */
enum narc_status archive_recover(struct narc_archive *archive, const char *folder,
				 struct damage_list *damages, struct narc_error *error);
void recovery_free(struct narc_archive *archive);

/* Whether it stands for blocks that were not found. */
static inline bool is_hole(const struct block_entry *entry)
{
	return entry->section_size == 0;
}

/* The last block that does not begin behind this number, or row; NULL if there is none. */
const struct block_entry *recovery_block(const struct recovery *recovery, uint64_t number);
const struct block_entry *recovery_row(const struct recovery *recovery, uint64_t row);

/* The first entry of the list that is not before row; NULL if there is none. */
const struct superseded_entry *recovery_superseded(const struct superseded_list *list,
						   uint64_t row);

/* find_blocks.c: appends the blocks that stand in the file from place to the end of the run, whose
 * first is to have this number and row. */
enum narc_status find_blocks(struct narc_archive *archive, const struct run *run, uint64_t place,
			     uint64_t number, uint64_t row, ZSTD_DCtx *decompressor,
			     struct recovery *recovery, struct narc_error *error);

/* Appends a block to those of the recovery. */
enum narc_status recovery_add_block(struct recovery *recovery, const struct block_entry *entry,
				    struct narc_error *error);

#endif
