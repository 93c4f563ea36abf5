/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/find_owner.h"

#include "support/status.h"

void owner_search_free(struct owner_search *search)
{
	fetched_block_free(&search->block);
}

enum narc_status check_references(const struct narc_archive *archive,
				  const struct fetched_block *block, struct row *row,
				  struct narc_error *error)
{
	const struct segment *segment =
		archive_run_of_block(archive, block->entry.first_block)->segment;
	uint64_t rows = archive->trailer.rows;

	if (archive->volumes)
		volume_list_complete(archive->volumes, row);
	if (row->record.generation - segment->first_generation < segment->generation_count &&
	    row->record.row - (uint64_t)row->source < rows &&
	    row->record.row - (uint64_t)row->replaces < rows)
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "descriptor", block->descriptor.offset,
			 "row %llu is of a generation, or names a row, that there is not",
			 (unsigned long long)row->record.row);
}

/* Gets the block of the row with this number. Copies stand beside each other in the order of
 * rows, so that it is mostly the one at hand. */
static enum narc_status get_block(struct locator *locator, struct fetched_block *here,
				  uint64_t number, struct owner_search *search,
				  struct fetched_block **block, struct narc_error *error)
{
	struct block_entry entry;
	enum narc_status status;

	if (number - here->entry.first_row < here->entry.rows) {
		*block = here;
		return NARC_OK;
	}
	status = locate_row(locator, number, &entry, error);
	if (status == NARC_OK)
		status = fetch_block(locator, &entry, search->with_frame, &search->block, error);
	if (status == NARC_OK)
		*block = &search->block;
	return status;
}

enum narc_status find_row(struct locator *locator, struct fetched_block *here, uint64_t number,
			  struct owner_search *search, struct fetched_block **block,
			  struct row *row, struct narc_error *error)
{
	enum narc_status status = get_block(locator, here, number, search, block, error);

	if (status != NARC_OK)
		return status;
	row_walk_begin(&search->walk, &(*block)->descriptor, (*block)->names);
	do {
		status = row_walk_next(&search->walk, row, error);
	} while (status == NARC_OK && row->record.row < number);
	return status == NARC_OK ? check_references(locator->archive, *block, row, error) : status;
}

enum narc_status find_owner(struct locator *locator, struct fetched_block *here,
			    const struct row *row, struct owner_search *search,
			    struct fetched_block **block, struct row *owner,
			    struct narc_error *error)
{
	uint64_t number = row->record.row - (uint64_t)row->source;
	enum narc_status status;

	if (row->source == 0) {
		*block = here;
		*owner = *row;
		return NARC_OK;
	}
	status = find_row(locator, here, number, search, block, owner, error);
	if (status == NARC_OK &&
	    (owner->source != 0 || owner->record.is_redacted ||
	     owner->record.size != row->record.size || owner->record.hash != row->record.hash)) {
		status = narc_fail(error, NARC_CORRUPT, "descriptor", here->descriptor.offset,
				   "row %llu is a copy of row %llu, which is something else",
				   (unsigned long long)row->record.row,
				   (unsigned long long)number);
		narc_error_set_path(error, row->record.path);
	}
	return status;
}
