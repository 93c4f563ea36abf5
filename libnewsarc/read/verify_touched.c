/* SPDX-License-Identifier: BSD-2-Clause */
/* What is lost by the damages that a check has found. */
#include "read/verify.h"
#include "support/status.h"

/* ---- which rows --------------------------------------------------------------------------- */

/* The damage that the content of the row is lost by; NO_DAMAGE if it is not. */
static size_t damage_of(const struct verification *check, const struct row *row)
{
	const uint64_t *found = number_map_find(&check->lost, row->record.row);

	if (!found && row->source)
		found = number_map_find(&check->lost, row->record.owner);
	return found ? (size_t)*found : NO_DAMAGE;
}

static enum narc_status count_row(struct verification *check, const struct row *row,
				  struct narc_error *error)
{
	size_t place = damage_of(check, row);
	bool is_entry = visible_rows_have(&check->current, &row->record);
	struct damage *damage = place == NO_DAMAGE ? NULL : &check->damages.damages[place];

	if (!check->block.names) {
		if (damage)
			damage->unnamed++;
		return NARC_OK;
	}
	if (!damage) {
		check->result.good_entries += is_entry;
		check->result.good_versions += !is_entry;
		return NARC_OK;
	}
	damage->entries += is_entry;
	damage->versions += !is_entry;
	return row_ranges_add(&damage->touched, row->record.row, error);
}

/* What cannot be read was told of when it was gone through. */
static enum narc_status settle_block(struct verification *check, uint64_t number,
				     struct narc_error *error)
{
	struct block_entry entry;
	struct row row;
	enum narc_status status = locate_block(&check->locator, number, &entry, error);

	if (status == NARC_OK)
		status = fetch_block(&check->locator, &entry, false, &check->block, error);
	if (status == NARC_OK)
		status = visible_rows_enter(&check->current, &check->locator, &entry, error);
	if (status != NARC_OK)
		return status;
	row_walk_begin(&check->walk, &check->block.descriptor, check->block.names);
	while (status == NARC_OK &&
	       (status = row_walk_next(&check->walk, &row, error)) == NARC_OK)
		status = count_row(check, &row, error);
	return status;
}

enum narc_status verify_find_touched(struct verification *check, struct narc_error *error)
{
	const struct trailer *trailer = &check->archive->trailer;
	struct narc_error damage;

	check->result.entries = trailer->current_rows;
	check->result.versions = trailer->rows - trailer->current_rows;
	check->result.blocks = trailer->blocks;
	if (check->archive->is_made_up) { /* there may have been more */
		check->result.entries = check->current_rows;
		check->result.versions = check->rows - check->current_rows;
	}
	if (check->damages.count == 0) {
		check->result.good_entries = check->result.entries;
		check->result.good_versions = check->result.versions;
		return NARC_OK;
	}
	for (uint64_t i = 0; i < trailer->blocks; i++) {
		enum narc_status status = settle_block(check, i, &damage);

		if (status == NARC_NOMEM || status == NARC_IO) {
			if (error)
				*error = damage;
			return status;
		}
	}
	return NARC_OK;
}

/* ---- telling ------------------------------------------------------------------------------ */

/* Whether a damage is of the end of the file, where more may have been. */
static bool is_of_end(const struct verification *check, const struct damage *damage)
{
	const struct narc_archive *archive = check->archive;

	return (archive->lost_generation || archive->is_made_up) &&
	       damage->offset == archive->trailer.end;
}

static enum narc_status report_damage(struct verification *check, const struct damage *found,
				      struct narc_error *error)
{
	struct narc_damage damage = { .length = found->length,
				      .entries = found->entries,
				      .versions = found->versions,
				      .unnamed = found->unnamed,
				      .is_end = is_of_end(check, found) };
	bool goes_on;
	enum narc_status status = NARC_OK;

	narc_fail(&damage.error, found->status, found->stage, found->offset, "%s", found->message);
	narc_error_set_path(&damage.error, found->path);
	if (found->touched.count)
		status = cursor_new_of_rows(check->archive, &found->touched, &damage.touched, error);
	if (status != NARC_OK)
		return status;
	goes_on = check->options->report(check->options->context, &damage);
	narc_cursor_close(damage.touched);
	return goes_on ? NARC_OK
		       : narc_fail(error, NARC_CANCELLED, "verify", NARC_NO_OFFSET,
				   "stopped by the receiver");
}

enum narc_status verify_report(struct verification *check, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	check->result.damages = check->damages.count;
	damage_list_sort(&check->damages);
	for (size_t i = 0; i < check->damages.count && status == NARC_OK; i++)
		if (check->options->report)
			status = report_damage(check, &check->damages.damages[i], error);
	return status;
}
