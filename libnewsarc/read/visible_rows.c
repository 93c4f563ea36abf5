/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/visible_rows.h"

#include <string.h>

#include "read/filter.h"
#include "support/status.h"

void visible_rows_init(struct visible_rows *visible, const struct narc_archive *archive,
		       const struct narc_filter *filter)
{
	*visible = (struct visible_rows){ .filter = filter, .generation = filter->as_of };
	if (visible->generation == 0)
		visible->generation = archive->trailer.generation;
}

void visible_rows_free(struct visible_rows *visible)
{
	byte_buffer_free(&visible->gone);
}

/* Makes the marks, at the first superseded row of a block. */
static enum narc_status make_marks(struct visible_rows *visible, uint64_t count,
				   struct narc_error *error)
{
	uint8_t *marks;

	if (visible->gone.size)
		return NARC_OK;
	marks = byte_buffer_reserve(&visible->gone, (size_t)count);
	if (!marks)
		return narc_fail_memory(error);
	memset(marks, 0, (size_t)count);
	visible->gone.size = (size_t)count;
	return NARC_OK;
}

/* Marks the rows of a block that generations of segment superseded. */
static enum narc_status mark_superseded(struct visible_rows *visible, struct locator *locator,
					const struct segment *segment,
					const struct block_entry *block,
					struct narc_error *error)
{
	uint64_t end = block->first_row + block->rows;
	struct superseded_entry entry = { .row = block->first_row };
	bool found = true;
	enum narc_status status = NARC_OK;

	for (uint64_t row = block->first_row; row < end && status == NARC_OK; row = entry.row + 1) {
		status = locate_superseded(locator, segment, row, &entry, &found, error);
		if (status != NARC_OK || !found || entry.row >= end)
			break;
		if (entry.generation > visible->generation)
			continue;
		status = make_marks(visible, block->rows, error);
		if (status == NARC_OK)
			visible->gone.data[entry.row - block->first_row] = 1;
	}
	return status;
}

enum narc_status visible_rows_enter(struct visible_rows *visible, struct locator *locator,
				    const struct block_entry *block, struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;
	enum narc_status status = NARC_OK;

	byte_buffer_clear(&visible->gone);
	visible->first_row = block->first_row;
	if (filter_is_of_all_states(visible->filter))
		return NARC_OK;
	/* What supersedes a row stands in its own segment or behind it. */
	for (size_t i = archive->manifest.segment_count; i-- > 0 && status == NARC_OK;) {
		const struct segment *segment = &archive->segments[i];

		if (segment->first_row + segment->rows <= block->first_row)
			break;
		if (segment->first_generation <= visible->generation)
			status = mark_superseded(visible, locator, segment, block, error);
	}
	return status;
}

bool visible_rows_have(const struct visible_rows *visible, const struct narc_record *record)
{
	uint64_t place = record->row - visible->first_row;

	if (record->is_redacted && !visible->filter->with_redacted)
		return false;
	if (record->generation > visible->generation ||
	    (place < visible->gone.size && visible->gone.data[place]))
		return false;
	return filter_passes(visible->filter, record);
}
