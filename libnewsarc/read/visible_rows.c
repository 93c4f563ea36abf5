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

/* Marks a row of a block, unless it was superseded too late to be gone. */
static enum narc_status mark_row(struct visible_rows *visible, const struct block_entry *block,
				 uint64_t row, uint32_t generation, struct narc_error *error)
{
	enum narc_status status;

	if (generation > visible->generation)
		return NARC_OK;
	status = make_marks(visible, block->rows, error);
	if (status == NARC_OK)
		visible->gone.data[row - block->first_row] = 1;
	return status;
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
		status = mark_row(visible, block, entry.row, entry.generation, error);
	}
	return status;
}

/* Marks the rows of a block that rows of other volumes superseded. */
static enum narc_status mark_superseded_by_others(struct visible_rows *visible,
						  const struct volume_list *volumes,
						  const struct block_entry *block,
						  struct narc_error *error)
{
	size_t count;
	const struct succession *successions =
		volume_list_successions(volumes, block->first_row, block->rows, &count);
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < count && status == NARC_OK; i++)
		status = mark_row(visible, block, successions[i].row, successions[i].generation,
				  error);
	return status;
}

enum narc_status visible_rows_enter(struct visible_rows *visible, struct locator *locator,
				    const struct block_entry *block, struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;
	size_t end = archive->manifest.segment_count;
	enum narc_status status = NARC_OK;

	byte_buffer_clear(&visible->gone);
	visible->first_row = block->first_row;
	if (filter_is_of_all_states(visible->filter))
		return NARC_OK;
	if (archive->volumes) {
		const struct volume *volume = volume_of_row(archive->volumes, block->first_row);

		end = volume->first_segment + volume->segment_count;
		status = mark_superseded_by_others(visible, archive->volumes, block, error);
	}
	/* What supersedes a row stands in its own segment or behind it. */
	for (size_t i = end; i-- > 0 && status == NARC_OK;) {
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
