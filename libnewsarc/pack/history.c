/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/history.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "pack/packer.h"
#include "pack/resolve_history.h"
#include "read/archive.h"
#include "support/status.h"

void history_free(struct history *history)
{
	if (!history->is_used)
		return;
	past_rows_free(&history->rows);
	spill_file_close(&history->findings);
	free(history->times);
}

enum narc_status history_refuse(const struct history *history, struct narc_error *error)
{
	if (!history->is_used)
		return NARC_OK;
	return narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
			 "files of a generation are added by their contents only");
}

enum narc_status history_has_lost(const struct history *history, const char *path, bool *is_lost,
				  struct narc_error *error)
{
	bool has_path = false;
	enum narc_status status = history->has_path(history->context, path, &has_path, error);

	if (status == NARC_OK)
		*is_lost = !has_path;
	return status;
}

/* ---- generations -------------------------------------------------------------------------- */

uint32_t packer_generation(const struct narc_packer *packer)
{
	const struct history *history = &packer->history;
	/* A volume of a set counts its own. */
	uint32_t before = packer->base && !packer->base->volumes ? packer->base->trailer.generation
								 : 0;

	/* An archive has one at least, which may be empty. */
	if (!history->is_used || history->count == 0)
		return before + 1;
	return before + (uint32_t)history->count + history->is_new;
}

/* Times never go back: a generation is what was there at its time and later. */
static enum narc_status first_time(const struct narc_packer *packer, int64_t *time,
				   struct narc_error *error)
{
	const struct history *history = &packer->history;

	*time = INT64_MIN;
	if (history->is_used)
		*time = history->time;
	else if (packer->base && packer->base->manifest.segment_count)
		return narc_archive_generation_time(packer->base, packer->base->trailer.generation,
						    time, error);
	return NARC_OK;
}

enum narc_status narc_packer_begin_generation(narc_packer *packer, int64_t time,
					      narc_has_path_fn has_path, void *context,
					      struct narc_error *error)
{
	struct history *history = &packer->history;
	int64_t first;
	enum narc_status status;

	if (packer->committed || (!history->is_used && (packer->sequence || packer->intake)))
		return narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
				 "files were added already that are of no generation");
	status = first_time(packer, &first, error);
	if (status != NARC_OK)
		return status;
	if (!history->is_used) {
		past_rows_init(&history->rows, packer->temporary_folder);
		history->findings = spill_file_in(packer->temporary_folder);
	}
	history->is_used = true;
	history->is_new = true;
	history->time = time < first ? first : time;
	history->has_path = has_path;
	history->context = context;
	return NARC_OK;
}

/* Has the generation at hand be one of the archive's. */
static enum narc_status keep_generation(struct narc_packer *packer, struct narc_error *error)
{
	struct history *history = &packer->history;

	if (!history->is_new)
		return NARC_OK;
	if (packer_generation(packer) > GENERATIONS_LIMIT)
		return narc_fail(error, NARC_LIMIT, "pack", NARC_NO_OFFSET,
				 "there are more generations than the %lu that an archive can have",
				 (unsigned long)GENERATIONS_LIMIT);
	if (history->count == history->capacity) {
		size_t capacity = history->capacity ? 2 * history->capacity : 64;
		int64_t *times = realloc(history->times, capacity * sizeof(*times));

		if (!times)
			return narc_fail_memory(error);
		history->times = times;
		history->capacity = capacity;
	}
	history->times[history->count++] = history->time;
	history->is_new = false;
	return NARC_OK;
}

/* ---- files that come ---------------------------------------------------------------------- */

static enum narc_status add_row(struct history *history, const struct pack_item *item,
				uint32_t former, const struct item_history *findings,
				struct narc_error *error)
{
	struct past_row row = {
		.size = item->size,
		.generation = findings->generation,
		.version = findings->version,
		.highest = findings->highest_version,
		.kind = item->kind,
		.type = item->entry.type,
	};
	enum narc_status status;

	memcpy(row.digest, findings->digest, sizeof(row.digest));
	status = past_rows_add(&history->rows, &row, item->entry.path, former, item->code,
			       error);
	if (status == NARC_OK)
		status = spill_file_append(&history->findings, findings, sizeof(*findings), error);
	return status;
}

/* Finds the last row with a path, which is not to be of the generation at hand. */
static enum narc_status find_former(struct narc_packer *packer, const char *path,
				    uint32_t *former, struct narc_error *error)
{
	struct history *history = &packer->history;
	enum narc_status status = past_rows_at(&history->rows, path, former, error);

	if (status != NARC_OK || *former == PAST_NONE || history->is_new ||
	    history->rows.rows[*former].generation != packer_generation(packer))
		return status;
	status = narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
			   "came twice in one generation; the first one is kept");
	narc_error_set_path(error, path);
	return status;
}

enum narc_status history_take(struct narc_packer *packer, struct pack_item *item, bool *is_kept,
			      struct narc_error *error)
{
	struct history *history = &packer->history;
	struct item_history findings;
	uint32_t former;
	enum narc_status status = find_former(packer, item->entry.path, &former, error);

	*is_kept = false;
	if (status == NARC_OK)
		status = resolve_history(packer, item, item->content, former, &findings, error);
	if (status != NARC_OK)
		return status;
	if (findings.is_unchanged) {
		packer->unchanged++;
		return NARC_OK;
	}
	item->sequence = history->rows.count;
	status = keep_generation(packer, error);
	if (status == NARC_OK)
		status = add_row(history, item, former, &findings, error);
	*is_kept = status == NARC_OK;
	return status;
}

/* ---- when all have come ------------------------------------------------------------------- */

enum narc_status history_number_rows(struct history *history, struct external_sort *items,
				     uint64_t first_row, struct narc_error *error)
{
	struct sort_item sorted;
	struct pack_item item;
	enum narc_status status = NARC_OK;

	for (uint64_t row = first_row; status == NARC_OK; row++) {
		status = external_sort_next(items, &sorted, error);
		if (status != NARC_OK)
			break;
		pack_item_decode(&sorted, &item);
		history->rows.rows[item.sequence].row = row;
	}
	return status == NARC_END ? external_sort_rewind(items, error) : status;
}

static void give_number(const struct history *history, struct former_row *former)
{
	if (former->row != ROW_NONE && former->row & PAST_ROW)
		former->row = history->rows.rows[former->row & ~PAST_ROW].row;
}

enum narc_status history_recall(struct history *history, uint64_t sequence,
				struct item_history *findings, struct narc_error *error)
{
	enum narc_status status =
		spill_file_read_at(&history->findings, sequence * sizeof(*findings), findings,
				   sizeof(*findings), error);

	if (status != NARC_OK)
		return status;
	give_number(history, &findings->at_path);
	give_number(history, &findings->moved);
	return NARC_OK;
}
