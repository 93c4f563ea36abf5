/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/merge_segments.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "read/scan_segment.h"
#include "support/status.h"

/* Segments of up to so many rows are of the first tier; each further tier has FANOUT times as
 * many; what is larger than the last tier stays as it is. */
enum { FIRST_TIER_ROWS = 1024, FANOUT = 8, TIERS = 3 };

static unsigned tier_of(uint64_t rows)
{
	unsigned tier = 0;

	for (uint64_t limit = FIRST_TIER_ROWS; tier < TIERS && rows > limit; limit *= FANOUT)
		tier++;
	return tier;
}

size_t segments_to_keep(const narc_archive *archive, uint64_t rows)
{
	size_t kept = archive->manifest.segment_count;

	for (;;) {
		unsigned tier = tier_of(rows);
		uint64_t sum = rows;
		size_t first = kept;

		while (first > 0 && tier_of(archive->segments[first - 1].rows) <= tier)
			sum += archive->segments[--first].rows;
		if (tier == TIERS || kept - first + 1 < FANOUT)
			return kept;
		kept = first;
		rows = sum;
	}
}

static enum narc_status take_row(void *context, const struct row *row, uint64_t block,
				 struct narc_error *error)
{
	struct index_builder *index = context;

	return row_keys_add(&index->keys, &row->record, block, error);
}

static enum narc_status take_block(void *context, const struct block_entry *entry,
				   struct narc_error *error)
{
	return index_add_block(context, entry, error);
}

static enum narc_status take_superseded(void *context, uint64_t row, uint32_t generation,
					struct narc_error *error)
{
	struct index_builder *index = context;

	return superseded_builder_add(&index->superseded, row, generation, error);
}

/* Makes room in segment for what those from kept on have, and for one run and so many generations
 * more. */
static enum narc_status make_room(const narc_archive *archive, size_t kept, size_t generations,
				  struct segment *segment, struct narc_error *error)
{
	size_t runs = 1;

	if (archive->manifest.segment_count == 0)
		generations += archive->trailer.generation;
	for (size_t i = kept; i < archive->manifest.segment_count; i++) {
		runs += archive->segments[i].run_count;
		generations += archive->segments[i].generation_count;
	}
	segment->runs = calloc(runs, sizeof(*segment->runs));
	segment->times = calloc(generations, sizeof(*segment->times));
	return segment->runs && segment->times ? NARC_OK : narc_fail_memory(error);
}

static void add_lists(struct segment *segment, const struct segment *other)
{
	memcpy(segment->runs + segment->run_count, other->runs,
	       other->run_count * sizeof(*other->runs));
	memcpy(segment->times + segment->generation_count, other->times,
	       other->generation_count * sizeof(*other->times));
	segment->run_count += other->run_count;
	segment->generation_count += other->generation_count;
	segment->rows += other->rows;
	segment->block_count += other->block_count;
}

enum narc_status merge_segments(narc_archive *archive, size_t kept, size_t generations,
				struct index_builder *index, struct segment *segment,
				struct narc_error *error)
{
	const struct segment_visitor visitor = { take_row, take_block, take_superseded, index };
	enum narc_status status = make_room(archive, kept, generations, segment, error);

	segment->first_row = archive->trailer.rows;
	segment->first_block = archive->trailer.blocks;
	segment->first_generation = archive->trailer.generation + 1;
	/* Generations without rows had no segment. */
	if (archive->manifest.segment_count == 0) {
		segment->first_generation = FIRST_GENERATION;
		segment->generation_count = archive->trailer.generation;
	}
	for (size_t i = kept; i < archive->manifest.segment_count && status == NARC_OK; i++) {
		const struct segment *other = &archive->segments[i];

		if (i == kept) {
			segment->first_row = other->first_row;
			segment->first_block = other->first_block;
			segment->first_generation = other->first_generation;
		}
		add_lists(segment, other);
		status = scan_segment(archive, other, &visitor, error);
	}
	return status;
}
