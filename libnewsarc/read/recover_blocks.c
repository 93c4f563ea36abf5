/* SPDX-License-Identifier: BSD-2-Clause */
/* Listing the blocks of runs that the index leads to; and from the first on that it does not lead
 * to, those that are found in the file. */
#include <stdlib.h>

#include "read/find_blocks.h"
#include "read/locate.h"
#include "read/recovery.h"
#include "support/status.h"

/* Goes through a run: what stands at place is to have this number and row. */
struct run_walk {
	struct locator *locator;
	const struct run *run;
	struct block_list *blocks;
	uint64_t place;
	uint64_t number;
	uint64_t row;
};

static uint64_t numbers_left(const struct run_walk *walk)
{
	return walk->run->first_block + walk->run->block_count - walk->number;
}

static enum narc_status add_block(struct run_walk *walk, struct block_entry *entry,
				  struct narc_error *error)
{
	entry->first_block = walk->number;
	walk->number += entry->blocks;
	walk->place = block_entry_end(entry);
	walk->row = entry->first_row + entry->rows;
	return block_list_add(walk->blocks, entry, error);
}

/* What stands for so many blocks up to this place and row. */
static enum narc_status add_hole(struct run_walk *walk, uint64_t end, uint64_t end_row,
				 uint64_t blocks, struct narc_error *error)
{
	struct block_entry hole = block_hole(blocks, walk->row, end_row, walk->place, end);

	return add_block(walk, &hole, error);
}

/* Takes blocks from the index. */
static enum narc_status take_indexed(struct run_walk *walk, struct damage_list *damages,
				     struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	while (status == NARC_OK && numbers_left(walk)) {
		struct block_entry entry;
		struct narc_error damage;

		status = locate_block(walk->locator, walk->number, &entry, &damage);
		if (status != NARC_OK)
			return damage_list_tell(damages, status, &damage, 0, NULL, error);
		status = add_block(walk, &entry, error);
	}
	return status;
}

/* Takes those that were found. How many there were in a gap is not known: one at least. */
static enum narc_status take_found(struct run_walk *walk, const struct found_sections *found,
				   struct narc_error *error)
{
	const struct run *run = walk->run;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < found->count && status == NARC_OK && numbers_left(walk); i++) {
		struct block_entry entry = found->list[i].block;
		bool is_behind_gap = entry.offset > walk->place || entry.first_row > walk->row;

		if (entry.rows == 0)
			continue;
		if (is_behind_gap && numbers_left(walk) > 1)
			status = add_hole(walk, entry.offset, entry.first_row, 1, error);
		if (status == NARC_OK)
			status = add_block(walk, &entry, error);
	}
	if (status == NARC_OK && numbers_left(walk))
		status = add_hole(walk, extent_end(run->blocks), run->first_row + run->rows,
				  numbers_left(walk), error);
	return status;
}

static enum narc_status recover_run(struct locator *locator, const struct run *run,
				    struct block_list *blocks, struct damage_list *damages,
				    struct narc_error *error)
{
	struct run_walk walk = { locator, run, blocks, run->blocks.offset, run->first_block,
				 run->first_row };
	struct found_sections found = { .count = 0 };
	enum narc_status status = take_indexed(&walk, damages, error);

	if (status == NARC_OK && numbers_left(&walk)) {
		struct block_search search = {
			.source = locator->archive->source,
			.place = { walk.place, extent_end(run->blocks) - walk.place },
			.first_row = walk.row,
			.end_row = run->first_row + run->rows,
		};

		status = find_blocks(&search, locator->decompressor, &found, error);
		if (status == NARC_OK)
			status = take_found(&walk, &found, error);
	}
	found_sections_free(&found);
	return status;
}

/* Whether the index leads to all blocks. */
static enum narc_status try_index(struct locator *locator, struct damage_list *damages,
				  bool *is_damaged, struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;
	enum narc_status status = NARC_OK;

	*is_damaged = false;
	for (uint64_t i = 0; i < archive->trailer.blocks && !*is_damaged; i++) {
		struct block_entry entry;
		struct narc_error damage;

		status = locate_block(locator, i, &entry, &damage);
		*is_damaged = is_damage(status);
		status = damage_list_tell(damages, status, &damage, 0, NULL, error);
		if (status != NARC_OK)
			break;
	}
	return status;
}

enum narc_status recover_blocks(struct locator *locator, struct block_list **out,
				struct damage_list *damages, struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;
	struct block_list *blocks;
	bool is_damaged;
	enum narc_status status = try_index(locator, damages, &is_damaged, error);

	if (status != NARC_OK || !is_damaged)
		return status;
	blocks = calloc(1, sizeof(*blocks));
	if (!blocks)
		return narc_fail_memory(error);
	for (size_t i = 0; i < archive->run_count && status == NARC_OK; i++)
		status = recover_run(locator, archive->runs[i].run, blocks, damages, error);
	if (status != NARC_OK) {
		block_list_free(blocks);
		return status;
	}
	*out = blocks;
	return NARC_OK;
}
