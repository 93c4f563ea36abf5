/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/recovery.h"

#include <stdlib.h>

#include "format/supersession.h"
#include "read/fetch_block.h"
#include "support/status.h"

/* For each of the two sorts of rows. */
#define SORT_MEMORY ((size_t)32 << 20)

static bool is_damage(enum narc_status status)
{
	return status == NARC_CORRUPT || status == NARC_LIMIT;
}

/* ---- blocks ------------------------------------------------------------------------------- */

enum narc_status recovery_add_block(struct recovery *recovery, const struct block_entry *entry,
				    struct narc_error *error)
{
	if (recovery->block_count == recovery->block_capacity) {
		size_t capacity = recovery->block_capacity ? 2 * recovery->block_capacity : 256;
		struct block_entry *grown =
			realloc(recovery->blocks, capacity * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		recovery->blocks = grown;
		recovery->block_capacity = capacity;
	}
	recovery->blocks[recovery->block_count++] = *entry;
	return NARC_OK;
}

/* Whether the index leads to all blocks. */
static enum narc_status try_blocks(struct locator *locator, struct damage_list *damages,
				   bool *is_damaged, struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;
	enum narc_status status = NARC_OK;

	*is_damaged = archive->is_salvaged;
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

/* Takes the blocks of a run from the index; from the first one on that it does not lead to, from
 * the file. */
static enum narc_status collect_run(struct locator *locator, const struct run *run,
				    struct recovery *recovery, struct damage_list *damages,
				    struct narc_error *error)
{
	uint64_t place = run->blocks.offset;
	uint64_t row = run->first_row;
	uint64_t number = run->first_block;
	enum narc_status status = NARC_OK;

	for (; number < run->first_block + run->block_count; number++) {
		struct block_entry entry;
		struct narc_error damage;

		if (locator->archive->is_salvaged)
			break;
		status = locate_block(locator, number, &entry, &damage);
		if (is_damage(status)) {
			status = damage_list_tell(damages, status, &damage, 0, NULL, error);
			break;
		}
		status = status == NARC_OK
				 ? recovery_add_block(recovery, &entry, error)
				 : damage_list_tell(damages, status, &damage, 0, NULL, error);
		if (status != NARC_OK)
			return status;
		place = block_entry_end(&entry);
		row = entry.first_row + entry.rows;
	}
	return status == NARC_OK ? find_blocks(locator->archive, run, place, number, row,
					       locator->decompressor, recovery, error)
				 : status;
}

static enum narc_status collect_blocks(struct locator *locator, struct recovery *recovery,
				       struct damage_list *damages, struct narc_error *error)
{
	const struct narc_archive *archive = locator->archive;
	bool is_damaged;
	enum narc_status status = try_blocks(locator, damages, &is_damaged, error);

	for (size_t i = 0; i < archive->run_count && status == NARC_OK && is_damaged; i++)
		status = collect_run(locator, archive->runs[i].run, recovery, damages, error);
	return status;
}

/* Finds the last entry whose number, or first row, is not above wanted. */
static const struct block_entry *search(const struct recovery *recovery, bool by_row,
					uint64_t wanted)
{
	size_t low = 0;
	size_t high = recovery->block_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct block_entry *entry = &recovery->blocks[middle];

		if ((by_row ? entry->first_row : entry->first_block) > wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return low ? &recovery->blocks[low - 1] : NULL;
}

const struct block_entry *recovery_block(const struct recovery *recovery, uint64_t number)
{
	return search(recovery, false, number);
}

const struct block_entry *recovery_row(const struct recovery *recovery, uint64_t row)
{
	return search(recovery, true, row);
}

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
	size_t place = archive->manifest.segment_count;
	struct superseded_list *list;

	while (place > 1 && archive->segments[place - 1].first_generation > row->generation)
		place--;
	list = &recovery->superseded[place - 1];
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

	if (status != NARC_OK || (!is_damaged && !locator->archive->is_salvaged))
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
	struct recovery blocks = { .blocks = NULL };
	enum narc_status status;

	archive->recovery = calloc(1, sizeof(*archive->recovery));
	if (!decompressor || !archive->recovery) {
		ZSTD_freeDCtx(decompressor);
		return narc_fail_memory(error);
	}
	locator_init(&locator, archive, decompressor);
	status = collect_blocks(&locator, &blocks, damages, error);
	*archive->recovery = blocks; /* from here on, they are found there */
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
	free(recovery->blocks);
	free(recovery);
}
