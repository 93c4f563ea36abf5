/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/recovery.h"

#include <stdlib.h>

#include "format/supersession.h"
#include "read/fetch_block.h"
#include "support/status.h"

/* For each of the two sorts of rows. */
#define SORT_MEMORY ((size_t)32 << 20)

/* ---- what was superseded ------------------------------------------------------------------ */

/* Whether the pages of superseded rows can be read, of all segments. */
static enum narc_status try_superseded(struct locator *locator, struct damage_list *damages,
				       bool *is_damaged, struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;
	struct narc_error damage;
	enum narc_status status = NARC_OK;

	*is_damaged = false;
	for (size_t i = 0; i < archive->manifest.segment_count; i++) {
		struct superseded_entry entry = { .row = 0 };
		bool found = true;

		for (uint64_t row = 0; status == NARC_OK && found; row = entry.row + 1)
			status = locate_superseded(locator, &archive->segments[i], row, &entry,
						   &found, &damage);
		*is_damaged = *is_damaged || is_damage(status);
		status = damage_list_tell(damages, status, &damage, 0, NULL, error);
		if (status != NARC_OK)
			break;
	}
	return status;
}

/* Adds the rows of a block; those that cannot be read are left out. */
static enum narc_status add_rows(struct locator *locator, uint64_t number,
				 struct fetched_block *block, struct row_walk *walk,
				 struct supersession *supersession, struct narc_error *error)
{
	struct block_entry entry;
	struct row row;
	enum narc_status status = locate_block(locator, number, &entry, error);

	if (status == NARC_OK)
		status = fetch_block(locator, &entry, false, block, error);
	if (status != NARC_OK)
		return is_damage(status) ? NARC_OK : status;
	row_walk_begin(walk, &block->descriptor, block->names);
	while (row_walk_next(walk, &row, NULL) == NARC_OK) {
		status = supersession_add(supersession, &row, error);
		if (status != NARC_OK)
			return status;
	}
	return NARC_OK;
}

static enum narc_status list_superseded(const struct narc_archive *archive,
					struct recovery *recovery,
					const struct superseded_row *row,
					struct narc_error *error)
{
	size_t place = archive_segment_of_generation(archive, row->generation);
	struct superseded_list *list = &recovery->superseded[place];

	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 64;
		struct superseded_entry *grown =
			realloc(list->entries, capacity * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		list->entries = grown;
		list->capacity = capacity;
	}
	list->entries[list->count++] =
		(struct superseded_entry){ .row = row->row, .generation = row->generation };
	return NARC_OK;
}

static enum narc_status work_out_superseded(struct locator *locator, struct recovery *recovery,
					    struct supersession *supersession,
					    struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;
	struct fetched_block block = { 0 };
	struct row_walk *walk = malloc(sizeof(*walk));
	struct superseded_row row;
	enum narc_status status = walk ? NARC_OK : narc_fail_memory(error);

	for (uint64_t i = 0; i < archive->trailer.blocks && status == NARC_OK; i++)
		status = add_rows(locator, i, &block, walk, supersession, error);
	fetched_block_free(&block);
	free(walk);
	recovery->superseded =
		calloc(archive->manifest.segment_count + 1, sizeof(*recovery->superseded));
	if (status == NARC_OK && !recovery->superseded)
		status = narc_fail_memory(error);
	if (status == NARC_OK)
		status = supersession_finish(supersession, error);
	while (status == NARC_OK &&
	       (status = supersession_next(supersession, &row, error)) == NARC_OK)
		if (row.generation)
			status = list_superseded(archive, recovery, &row, error);
	return status == NARC_END ? NARC_OK : status;
}

static enum narc_status collect_superseded(struct locator *locator, const char *folder,
					   struct recovery *recovery, struct damage_list *damages,
					   struct narc_error *error)
{
	struct supersession supersession = { 0 };
	struct narc_error damage;
	bool is_damaged;
	enum narc_status status = try_superseded(locator, damages, &is_damaged, error);

	if (status != NARC_OK || (!is_damaged && !locator->archive->is_made_up))
		return status;
	status = supersession_init(&supersession, SORT_MEMORY, folder, error);
	if (status != NARC_OK)
		return status;
	/* Where rows contradict each other, what was found out before stays. */
	status = work_out_superseded(locator, recovery, &supersession, &damage);
	supersession_free(&supersession);
	return damage_list_tell(damages, status, &damage, 0, NULL, error);
}

const struct superseded_entry *recovery_superseded(const struct superseded_list *list,
						   uint64_t row)
{
	size_t low = 0;
	size_t high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->entries[middle].row < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count ? &list->entries[low] : NULL;
}

/* ---- all of it ---------------------------------------------------------------------------- */

enum narc_status archive_recover(struct narc_archive *archive, const char *folder,
				 struct damage_list *damages, struct narc_error *error)
{
	struct locator locator;
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	enum narc_status status = NARC_OK;

	archive->recovery = calloc(1, sizeof(*archive->recovery));
	if (!decompressor || !archive->recovery) {
		ZSTD_freeDCtx(decompressor);
		return narc_fail_memory(error);
	}
	locator_init(&locator, archive, decompressor);
	if (!archive->found_blocks) {
		status = recover_blocks(&locator, &archive->recovery->blocks, damages, error);
		archive->found_blocks = archive->recovery->blocks;
	}
	if (status == NARC_OK)
		status = collect_superseded(&locator, folder, archive->recovery, damages, error);
	locator_free(&locator);
	ZSTD_freeDCtx(decompressor);
	return status;
}

enum narc_status narc_archive_keep_going(narc_archive *archive, const char *temporary_folder,
					 struct narc_error *error)
{
	struct damage_list damages = { 0 };
	enum narc_status status = archive_recover(
		archive, temporary_folder ? temporary_folder : "/tmp", &damages, error);

	damage_list_free(&damages);
	return status;
}

void recovery_free(struct narc_archive *archive)
{
	struct recovery *recovery = archive->recovery;

	if (!recovery)
		return;
	for (size_t i = 0; recovery->superseded && i < archive->manifest.segment_count; i++)
		free(recovery->superseded[i].entries);
	free(recovery->superseded);
	if (recovery->blocks)
		archive->found_blocks = NULL;
	block_list_free(recovery->blocks);
	free(recovery);
}
