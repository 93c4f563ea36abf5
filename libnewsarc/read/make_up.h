/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making up an archive from what is found in a file whose trailer, manifest or segments cannot be
 * read: from its blocks, and the names and dictionaries in front of them; and from segments and
 * manifests that are whole, as far as they are of these blocks. It is one segment without an index.
 */
#ifndef NARC_READ_MAKE_UP_H
#define NARC_READ_MAKE_UP_H

#include "read/archive.h"
#include "read/find_blocks.h"

/* Makes up what could not be read. Numbers of rows are what descriptors say; where some are missing,
 * blocks are, which holes stand for. Where names may be missing, runs have none, and not those of
 * others. NARC_CORRUPT if there is no block. */
enum narc_status archive_make_up(struct narc_archive *archive, struct narc_error *error);

/* Opens a source as one that is made up, whatever its trailer and index are. The source belongs to
 * the archive, also when this fails. */
enum narc_status archive_open_made_up(struct narc_source source, struct narc_archive **archive,
				      struct narc_error *error);

/* Adds a block, or a hole, to the end of a run, which has zeros for counts before the first. */
void run_extend(struct run *run, const struct block_entry *entry);

/* ---- between the files that this is made of ----------------------------------------------- */

struct make_up {
	struct narc_archive *archive;
	ZSTD_DCtx *decompressor;
	struct byte_buffer section;
	struct found_sections found;
	struct block_list blocks; /* those that were found, without numbers */
	uint64_t decoded; /* bytes that sections were decoded to */
	struct run *runs; /* of segments that are of these blocks, by their rows */
	size_t run_count;
	size_t run_capacity;
	uint64_t rows;     /* that there were, as far as trailers say */
	bool is_finished;  /* a trailer stands behind the last block */
};

/* make_up_runs.c: lists the blocks, with holes, and the runs that they are of. */
enum narc_status make_up_runs(struct make_up *make_up, struct narc_error *error);

#endif
