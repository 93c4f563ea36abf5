/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/scan_segment.h"

#include "read/find_owner.h"
#include "support/status.h"

static enum narc_status scan_block(struct locator *locator, uint64_t number,
				   const struct segment_visitor *visitor,
				   struct fetched_block *block, struct narc_error *error)
{
	struct block_entry entry;
	struct row_walk walk;
	struct row row;
	enum narc_status status = locate_block(locator, number, &entry, error);

	if (status == NARC_OK)
		status = fetch_block(locator, &entry, false, block, error);
	if (status != NARC_OK)
		return status;
	row_walk_begin(&walk, &block->descriptor, block->names);
	while (status == NARC_OK && (status = row_walk_next(&walk, &row, error)) == NARC_OK) {
		status = check_references(locator->archive, block, &row, error);
		if (status == NARC_OK)
			status = visitor->row(visitor->context, &row, number, error);
	}
	if (status != NARC_END)
		return status;
	return visitor->block ? visitor->block(visitor->context, &entry, error) : NARC_OK;
}

static enum narc_status scan_superseded(struct locator *locator, const struct segment *segment,
					const struct segment_visitor *visitor,
					struct narc_error *error)
{
	struct superseded_entry entry;
	bool found = true;
	enum narc_status status = NARC_OK;

	for (uint64_t row = 0; status == NARC_OK; row = entry.row + 1) {
		status = locate_superseded(locator, segment, row, &entry, &found, error);
		if (status != NARC_OK || !found)
			break;
		status = visitor->superseded(visitor->context, entry.row, entry.generation, error);
	}
	return status;
}

enum narc_status scan_segment(struct narc_archive *archive, const struct segment *segment,
			      const struct segment_visitor *visitor, struct narc_error *error)
{
	struct locator locator;
	struct fetched_block block = { 0 };
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	enum narc_status status = NARC_OK;

	if (!decompressor)
		return narc_fail_memory(error);
	locator_init(&locator, archive, decompressor);
	for (uint64_t i = 0; i < segment->block_count && status == NARC_OK; i++)
		status = scan_block(&locator, segment->first_block + i, visitor, &block, error);
	if (status == NARC_OK && visitor->superseded)
		status = scan_superseded(&locator, segment, visitor, error);
	fetched_block_free(&block);
	locator_free(&locator);
	ZSTD_freeDCtx(decompressor);
	return status;
}
