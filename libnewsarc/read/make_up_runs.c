/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which runs the blocks are of that were found, and what names these have. Where a segment knows
 * it, it says so. Else sections divide runs, and so does a gap between two blocks: but for blocks,
 * what is missing there can only be the beginning of another run.
 */
#include <stdlib.h>

#include "read/make_up.h"
#include "support/status.h"

/* A run, and whether its rows refer to names that may have been in a gap. */
struct made_run {
	struct run run;
	bool names_may_be_lost;
	bool has_names;
};

struct run_making {
	struct make_up *make_up;
	struct made_run *runs;
	size_t run_count;
	size_t run_capacity;
	const struct found_section *block; /* the last one; NULL: none yet */
	uint64_t end;            /* of the section before */
	uint64_t row;            /* behind the last block, or hole */
	uint64_t number;         /* of the next of them */
	bool is_open;            /* no other section stands behind the last block */
	struct extent names;     /* of the generation at hand, as far as they were found */
	struct extent gap;       /* the first since the last block that is of nothing; size 0: none */
	bool gap_is_behind_block;
	bool may_lack_names;     /* the names of the next run may have been in a gap */
};

/* ---- runs --------------------------------------------------------------------------------- */

/* The run that a segment says this row is of; NULL if none knows. */
static const struct run *known_run(const struct run_making *making, uint64_t row)
{
	const struct run *runs = making->make_up->runs;
	size_t low = 0;
	size_t high = making->make_up->run_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (runs[middle].first_row > row)
			high = middle;
		else
			low = middle + 1;
	}
	return low && row - runs[low - 1].first_row < runs[low - 1].rows ? &runs[low - 1] : NULL;
}

/* Whether a block is of the same run as the one before it, with no section between them. If bytes
 * are missing and no segment knows, it is if only blocks of the same generation seem to be. */
static bool is_of_same_run(const struct run_making *making, const struct found_section *section)
{
	const struct found_section *before = making->block;
	const struct block_entry *block = &section->block;
	const struct run *known = known_run(making, block->first_row);

	if (known)
		return known == known_run(making, before->block.first_row);
	if (block->first_local_time < before->last_local_time)
		return false;
	return making->gap.size == 0 || (block->first_row > making->row &&
					 section->generation == before->generation);
}

static enum narc_status begin_run(struct run_making *making, const struct found_section *section,
				  struct narc_error *error)
{
	const struct run *known = known_run(making, section->block.first_row);
	bool may_lack_names = making->may_lack_names &&
			      (making->is_open || making->names.size == 0);
	struct made_run *run;

	if (making->run_count == making->run_capacity) {
		size_t capacity = making->run_capacity ? 2 * making->run_capacity : 16;
		struct made_run *grown = realloc(making->runs, capacity * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		making->runs = grown;
		making->run_capacity = capacity;
	}
	run = &making->runs[making->run_count++];
	*run = (struct made_run){ .run = { .first_local_time = INT64_MIN,
					   .last_local_time = INT64_MAX },
				  .names_may_be_lost = !known && may_lack_names };
	if (known)
		run->run.names = known->names;
	else if (may_lack_names)
		run->run.names.offset = making->gap.offset;
	else
		run->run.names = making->names;
	return NARC_OK;
}

void run_extend(struct run *run, const struct block_entry *entry)
{
	if (run->block_count == 0) {
		run->blocks.offset = entry->offset;
		run->first_block = entry->first_block;
		run->first_row = entry->first_row;
	}
	run->blocks.size = block_entry_end(entry) - run->blocks.offset;
	run->block_count++;
	run->rows = entry->first_row + entry->rows - run->first_row;
}

/* Adds a block, or a hole, to the last run. */
static enum narc_status add_entry(struct run_making *making, struct block_entry entry,
				  struct narc_error *error)
{
	entry.first_block = making->number++;
	making->row = entry.first_row + entry.rows;
	run_extend(&making->runs[making->run_count - 1].run, &entry);
	return block_list_add(making->make_up->archive->found_blocks, &entry, error);
}

static uint64_t end_of_gap(const struct run_making *making)
{
	return making->gap.size ? extent_end(making->gap) : making->end;
}

/* Adds what stands for the rows up to end_row, from the beginning of the gap up to end. */
static enum narc_status add_hole(struct run_making *making, uint64_t end, uint64_t end_row,
				 struct narc_error *error)
{
	uint64_t offset = making->gap.size ? making->gap.offset : end;

	return add_entry(making, block_hole(1, making->row, end_row, offset, end), error);
}

/* ---- sections ----------------------------------------------------------------------------- */

/* Blocks that are missing just behind others are of their run, or else of that of the next. */
static enum narc_status pass_block(struct run_making *making, const struct found_section *section,
				   struct narc_error *error)
{
	bool is_missing = section->block.first_row > making->row;
	bool is_behind_block = making->gap.size ? making->gap_is_behind_block : making->is_open;
	bool is_same = making->is_open && is_of_same_run(making, section);
	enum narc_status status = NARC_OK;

	if (is_missing && is_behind_block && !is_same) {
		status = add_hole(making, end_of_gap(making), section->block.first_row, error);
		is_missing = false;
	}
	if (status == NARC_OK && !is_same)
		status = begin_run(making, section, error);
	if (status == NARC_OK && is_missing)
		status = add_hole(making, section->block.offset, section->block.first_row, error);
	if (status == NARC_OK)
		status = add_entry(making, section->block, error);
	if (status != NARC_OK)
		return status;
	making->runs[making->run_count - 1].has_names |= section->has_names;
	making->block = section;
	making->gap.size = 0;
	making->may_lack_names = false;
	making->is_open = true;
	return NARC_OK;
}

static void pass_section(struct run_making *making, const struct found_section *section)
{
	switch (section->tag) {
	case SECTION_DESCRIPTOR: /* of no block */
		return;
	case SECTION_NAMES:
		making->names = section->extent;
		break;
	case SECTION_HEADER:
	case SECTION_DICTIONARY:
		break;
	case SECTION_TRAILER: /* what is missing in front of it is of the generation before */
		making->may_lack_names = false;
		making->names = (struct extent){ 0 };
		break;
	default: /* the end of a generation: what comes is of the next one */
		making->names = (struct extent){ 0 };
		break;
	}
	making->is_open = false;
}

static void note_gap(struct run_making *making, uint64_t end)
{
	making->may_lack_names = true;
	if (making->gap.size)
		return;
	making->gap = (struct extent){ making->end, end - making->end };
	making->gap_is_behind_block = making->is_open;
}

static enum narc_status pass_all(struct run_making *making, struct narc_error *error)
{
	const struct found_sections *found = &making->make_up->found;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < found->count && status == NARC_OK; i++) {
		const struct found_section *section = &found->list[i];
		uint64_t start = found_section_start(section);

		if (start > making->end)
			note_gap(making, start);
		if (section->block.rows)
			status = pass_block(making, section, error);
		else
			pass_section(making, section);
		making->end = extent_end(section->extent);
	}
	return status;
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* Makes the runs those of the archive. */
static enum narc_status settle(struct run_making *making, struct narc_error *error)
{
	struct narc_archive *archive = making->make_up->archive;
	struct segment *segment = &archive->segments[0];
	enum narc_status status = NARC_OK;

	segment->runs = calloc(making->run_count, sizeof(*segment->runs));
	if (!segment->runs)
		return narc_fail_memory(error);
	for (size_t i = 0; i < making->run_count; i++)
		segment->runs[i] = making->runs[i].run;
	segment->run_count = making->run_count;
	segment->rows = making->row;
	segment->block_count = making->number;
	status = archive_list_runs(archive, error);
	for (size_t i = 0; i < making->run_count && status == NARC_OK; i++) {
		struct archive_run *run = &archive->runs[i];
		struct narc_error damage;

		if (!making->runs[i].names_may_be_lost || !making->runs[i].has_names)
			continue;
		narc_fail(&damage, NARC_CORRUPT, "names", run->run->names.offset,
			  "the names are not to be found");
		run->names->damage = archive_note_damage(&damage);
		if (!run->names->damage)
			status = narc_fail_memory(error);
	}
	return status;
}

enum narc_status make_up_runs(struct make_up *make_up, struct narc_error *error)
{
	struct run_making making = { .make_up = make_up };
	enum narc_status status = pass_all(&making, error);

	if (status == NARC_OK && make_up->rows > making.row)
		status = add_hole(&making, end_of_gap(&making), make_up->rows, error);
	if (status == NARC_OK)
		status = settle(&making, error);
	free(making.runs);
	return status;
}
