/* SPDX-License-Identifier: BSD-2-Clause */
/* An archive that is made, in memory, of blocks that were found in a file: it has one segment, and
 * a list of blocks in place of pages. */
#ifndef NARC_PACK_FOUND_ARCHIVE_H
#define NARC_PACK_FOUND_ARCHIVE_H

#include "read/archive.h"

/* The time of a generation that no segment has. */
#define TIME_UNKNOWN INT64_MIN

/* One without blocks. The source belongs to the archive, which is to be closed also if this
 * fails, unless it is NULL then. */
enum narc_status found_archive_new(struct narc_source source, narc_archive **archive,
				   struct narc_error *error);

/* Makes room for the times of so many generations. */
enum narc_status found_archive_reach(narc_archive *archive, uint64_t count,
				     struct narc_error *error);

uint64_t block_end(const struct block_entry *entry);

/* Adds a block to the end of a run, or begins with it one that has none. */
void run_extend(struct run *run, const struct block_entry *entry);

/* Divides a run in front of this block, which is not its first: from there on it has no names. */
enum narc_status found_archive_divide_run(narc_archive *archive, uint64_t block,
					  struct narc_error *error);

/* Makes the runs of the segment those of the archive. */
enum narc_status found_archive_list_runs(narc_archive *archive, struct narc_error *error);

/* Leaves out blocks; those behind get other numbers, their rows do not. */
enum narc_status found_archive_drop_blocks(narc_archive *archive, const bool *dropped,
					   struct narc_error *error);

/* Makes sure that a row that was redacted has a tombstone; and that another has none, as the
 * manifest that was found may be of an archive that is stored in this one. */
enum narc_status found_archive_add_tombstone(narc_archive *archive, uint64_t row,
					     struct narc_error *error);
void found_archive_drop_tombstone(narc_archive *archive, uint64_t row);

#endif
