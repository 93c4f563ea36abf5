/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding blocks without the index. A descriptor says how long the data frame in front of it is,
 * so that a block is known by its descriptor alone. Where none begins at the place behind the
 * block before, something is damaged there, and the next one that is whole is looked for.
 */
#include "format/descriptor.h"
#include "read/find_section.h"
#include "read/recovery.h"
#include "support/status.h"

/* How far a descriptor is looked for whose frame begins right here. Another one might be part of
 * a content, of an archive within the archive. */
#define NEAR_LIMIT ((uint64_t)80 << 20)

struct block_walk {
	struct narc_archive *archive;
	const struct run *run;
	ZSTD_DCtx *decompressor;
	struct recovery *recovery;
	uint64_t place; /* behind the block before */
	uint64_t number;
	uint64_t row;
	struct byte_buffer window;
	struct byte_buffer section;
	struct byte_buffer strings;
};

/* Whether a descriptor at offset is one that the run may have. */
static enum narc_status try_descriptor(struct block_walk *walk, uint64_t offset, bool *is_right,
				       struct block_entry *entry, struct narc_error *error)
{
	struct descriptor descriptor;
	const struct block_facts *facts = &descriptor.facts;
	struct extent extent;
	enum section_tag tag;
	enum narc_status status = section_at(walk->archive, offset, extent_end(walk->run->blocks),
					     &walk->section, is_right, &extent, &tag, error);

	if (status != NARC_OK || !*is_right)
		return status;
	*is_right = false;
	if (tag != SECTION_DESCRIPTOR)
		return NARC_OK;
	status = descriptor_decode(walk->section.data, walk->section.size, offset,
				   walk->decompressor, &walk->strings, &descriptor, error);
	if (status == NARC_NOMEM)
		return status;
	*is_right = status == NARC_OK && facts->frame_size <= offset - walk->place &&
		    facts->first_row >= walk->row &&
		    facts->first_row + facts->row_count <= walk->run->first_row + walk->run->rows;
	if (*is_right)
		*entry = (struct block_entry){ .first_local_time = facts->first_local_time,
					       .first_row = facts->first_row,
					       .rows = facts->row_count,
					       .blocks = 1,
					       .offset = offset - facts->frame_size,
					       .frame_size = facts->frame_size,
					       .section_size = extent.size };
	return NARC_OK;
}

/* Finds the next block: the one that begins at walk->place, or else the first behind it. */
static enum narc_status find_next(struct block_walk *walk, bool *found,
				  struct block_entry *entry, struct narc_error *error)
{
	uint64_t end = extent_end(walk->run->blocks);
	uint64_t place = walk->place;
	enum narc_status status = NARC_OK;

	*found = false;
	for (; status == NARC_OK; place++) {
		struct block_entry candidate;
		bool is_right = false;

		status = find_section_magic(walk->archive, &place, end, &walk->window, error);
		if (status != NARC_OK || place == end || (*found && place - walk->place > NEAR_LIMIT))
			break;
		status = try_descriptor(walk, place, &is_right, &candidate, error);
		if (!is_right || (*found && candidate.offset != walk->place))
			continue;
		*entry = candidate;
		*found = true;
		if (candidate.offset == walk->place)
			break;
	}
	return status;
}

/* What stands for the blocks from the place up to end, which have the rows up to end_row. */
static enum narc_status add_hole(struct block_walk *walk, uint64_t end, uint64_t end_row,
				 uint64_t end_number, struct narc_error *error)
{
	struct block_entry hole = { .first_local_time = INT64_MIN,
				    .first_row = walk->row,
				    .rows = end_row - walk->row,
				    .first_block = walk->number,
				    .blocks = end_number - walk->number,
				    .offset = walk->place,
				    .frame_size = end - walk->place };

	walk->place = end;
	walk->row = end_row;
	walk->number = end_number;
	return recovery_add_block(walk->recovery, &hole, error);
}

static enum narc_status find_all(struct block_walk *walk, struct narc_error *error)
{
	const struct run *run = walk->run;
	uint64_t end = extent_end(run->blocks);
	uint64_t end_number = run->first_block + run->block_count;
	enum narc_status status = NARC_OK;

	while (status == NARC_OK && walk->number < end_number) {
		struct block_entry entry;
		bool found;

		status = find_next(walk, &found, &entry, error);
		if (status != NARC_OK || !found)
			break;
		/* How many there were in a gap is not known: one at least. */
		if (entry.offset > walk->place && walk->number + 1 < end_number)
			status = add_hole(walk, entry.offset, entry.first_row, walk->number + 1,
					  error);
		entry.first_block = walk->number++;
		walk->place = block_entry_end(&entry);
		walk->row = entry.first_row + entry.rows;
		if (status == NARC_OK)
			status = recovery_add_block(walk->recovery, &entry, error);
	}
	if (status == NARC_OK && walk->number < end_number)
		status = add_hole(walk, end, run->first_row + run->rows, end_number, error);
	return status;
}

enum narc_status find_blocks(struct narc_archive *archive, const struct run *run, uint64_t place,
			     uint64_t number, uint64_t row, ZSTD_DCtx *decompressor,
			     struct recovery *recovery, struct narc_error *error)
{
	struct block_walk walk = { .archive = archive, .run = run, .decompressor = decompressor,
				   .recovery = recovery, .place = place, .number = number,
				   .row = row };
	enum narc_status status = find_all(&walk, error);

	byte_buffer_free(&walk.window);
	byte_buffer_free(&walk.section);
	byte_buffer_free(&walk.strings);
	return status;
}
