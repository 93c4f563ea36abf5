/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeping the segments of an archive few: where many small ones stand at its end, the index of
 * a new generation takes their rows in, so that they are needed no more. It is the tiered
 * merging of a log-structured merge tree: a row is indexed anew once for each tier, and the
 * largest tier is bounded, so that an append costs by what is new.
 */
#ifndef NARC_PACK_MERGE_SEGMENTS_H
#define NARC_PACK_MERGE_SEGMENTS_H

#include "format/segment.h"
#include "pack/build_index.h"

/* How many of the archive's segments stay, if rows more come. */
size_t segments_to_keep(const narc_archive *archive, uint64_t rows);

/* Gives index the rows and blocks of the segments from number kept on, and segment their runs
 * and generations, with room for one run and so many generations more. segment owns what it is
 * given. */
enum narc_status merge_segments(narc_archive *archive, size_t kept, size_t generations,
				struct index_builder *index, struct segment *segment,
				struct narc_error *error);

#endif
