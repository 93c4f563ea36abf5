/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adding a volume to a set: it is written first, under a name that nobody reads yet; and then the
 * manifest that names it takes the place of the one before. Who comes too late for that begins
 * with the manifest anew, but not with the volume.
 */
#include <stdlib.h>
#include <string.h>

#include "pack/describe_volume.h"
#include "pack/packer.h"
#include "pack/set_edition.h"
#include "read/cursor.h"
#include "support/status.h"

/* Whether it is "2022" or "2022-01", and no range of them. */
static bool is_shard(const char *shard)
{
	size_t size = strlen(shard);

	return (size == strlen("2022") || (size == strlen("2022-01") && shard[4] == '-')) &&
	       strspn(shard, "0123456789-") == size;
}

enum narc_status narc_packer_set_shard(narc_packer *packer, const char *shard,
				       struct narc_error *error)
{
	struct narc_filter dates;

	narc_filter_init(&dates);
	if (!is_shard(shard) || narc_filter_set_dates(&dates, shard, NULL) != NARC_OK)
		return narc_fail(error, NARC_MISUSE, "shard", NARC_NO_OFFSET,
				 "\"%s\" is neither a year nor a month: give 2022 or 2022-01", shard);
	if (packer->sequence || packer->history.is_used || packer->base)
		return narc_fail(error, NARC_MISUSE, "shard", NARC_NO_OFFSET,
				 "files were added already, or an archive to append to");
	free(packer->label);
	packer->label = strdup(shard);
	if (!packer->label)
		return narc_fail_memory(error);
	packer->dates = dates;
	return NARC_OK;
}

/* ---- what the volume supersedes ------------------------------------------------------------- */

/* A row of the set that gives way to one of the volume. */
struct given_way {
	struct succession succession;
	uint64_t size;
	enum narc_kind kind;
	bool is_redacted;
};

struct addition {
	narc_packer *packer;
	const struct volume_description *volume;
	struct set_edition edition;
	narc_cursor *cursor; /* of the set */
	struct number_map successors; /* that take the place of a row */
	struct given_way *given_way;
	size_t count, capacity;
};

/* Takes note of the row that the cursor found, which gives way to one of the volume. */
static enum narc_status add_given_way(struct addition *addition, const struct narc_record *record,
				      uint32_t generation, uint64_t successor, bool is_replaced,
				      struct narc_error *error)
{
	const struct trailer *set = &addition->edition.set->trailer;

	if (addition->count == addition->capacity) {
		size_t capacity = addition->capacity ? 2 * addition->capacity : 64;
		struct given_way *grown = realloc(addition->given_way, capacity * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		addition->given_way = grown;
		addition->capacity = capacity;
	}
	addition->given_way[addition->count++] = (struct given_way){
		.succession = { record->row, set->generation + generation, set->rows + successor,
				is_replaced },
		.size = record->size, .kind = record->kind, .is_redacted = record->is_redacted
	};
	return is_replaced ? number_map_put(&addition->successors, successor, 1, error) : NARC_OK;
}

/* Rows that the packer found while it compared files with the set, as far as they are current
 * yet. */
static enum narc_status take_found(struct addition *addition, struct narc_error *error)
{
	const narc_packer *packer = addition->packer;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < packer->foreign_count && status == NARC_OK; i++) {
		const struct foreign_row *foreign = &packer->foreign_rows[i];
		const struct narc_record *record;

		status = narc_cursor_find_row(addition->cursor, foreign->row, error);
		if (status == NARC_OK)
			status = narc_cursor_next(addition->cursor, &record, error);
		if (status == NARC_OK)
			status = add_given_way(addition, record, foreign->generation,
					       foreign->successor, foreign->is_replaced, error);
		else if (status == NARC_NOT_FOUND)
			status = NARC_OK;
	}
	return status;
}

/* A row of the set that is at the path of one of the volume: in another part, or it came after the
 * packer looked. */
static enum narc_status take_at_path(struct addition *addition, const struct narc_record *mine,
				     bool replaces, struct narc_error *error)
{
	const struct narc_record *record;
	enum narc_status status = narc_cursor_find_path(addition->cursor, mine->path, error);

	while (status == NARC_OK) {
		status = narc_cursor_next(addition->cursor, &record, error);
		if (status == NARC_OK)
			status = add_given_way(
				addition, record, mine->generation, mine->row,
				!replaces && !number_map_find(&addition->successors, mine->row),
				error);
	}
	return status == NARC_END || status == NARC_NOT_FOUND ? NARC_OK : status;
}

static enum narc_status take_at_paths(struct addition *addition, struct narc_error *error)
{
	const struct narc_record *mine;
	narc_cursor *cursor;
	enum narc_status status = cursor_open_all(addition->volume->archive, &cursor, error);

	if (status != NARC_OK)
		return status;
	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &mine, error);
		if (status == NARC_OK)
			status = take_at_path(addition, mine, cursor->readers[0]->row.replaces != 0,
					      error);
	}
	narc_cursor_close(cursor);
	return status == NARC_END ? NARC_OK : status;
}

static int by_row(const void *a, const void *b)
{
	const struct succession *left = &((const struct given_way *)a)->succession;
	const struct succession *right = &((const struct given_way *)b)->succession;

	if (left->row != right->row)
		return left->row < right->row ? -1 : 1;
	if (left->generation != right->generation)
		return left->generation < right->generation ? -1 : 1;
	/* What the packer found goes before what is at a path, of which it is one. */
	return right->is_replaced - left->is_replaced;
}

/* Puts them in order, each with the first that took its place. */
static void sort_given_way(struct addition *addition)
{
	struct given_way *all = addition->given_way;
	size_t kept = 0;

	if (addition->count)
		qsort(all, addition->count, sizeof(*all), by_row);
	for (size_t i = 0; i < addition->count; i++)
		if (kept == 0 || all[i].succession.row != all[kept - 1].succession.row)
			all[kept++] = all[i];
	addition->count = kept;
}

static enum narc_status find_given_way(struct addition *addition, struct narc_error *error)
{
	enum narc_status status;

	if (addition->edition.set->trailer.rows == 0)
		return NARC_OK;
	status = cursor_new_of_all(addition->edition.set, &addition->cursor, error);
	if (status != NARC_OK)
		return status;
	/* Of those that were redacted, too, what is as it was then. */
	cursor_set_all_versions(addition->cursor, false);
	status = take_found(addition, error);
	if (status == NARC_OK)
		status = take_at_paths(addition, error);
	sort_given_way(addition);
	return status;
}

/* ---- the next edition ----------------------------------------------------------------------- */

/* Puts what gives way among what did so before, in order of rows. */
static void merge_given_way(const struct addition *addition, struct set_manifest *manifest)
{
	struct succession *end = manifest->successions + manifest->succession_count +
				 addition->count;
	size_t old = manifest->succession_count;
	size_t new = addition->count;

	while (new > 0) {
		const struct succession *mine = &addition->given_way[new - 1].succession;

		if (old > 0 && manifest->successions[old - 1].row > mine->row) {
			*--end = manifest->successions[--old];
		} else {
			*--end = *mine;
			new--;
		}
	}
	manifest->succession_count += addition->count;
}

static void add_counts(const struct addition *addition, struct set_manifest *manifest)
{
	const struct trailer *trailer = &addition->volume->archive->trailer;

	manifest->current_rows += trailer->current_rows;
	manifest->current_posts += trailer->current_posts;
	manifest->current_size += trailer->current_size;
	for (size_t i = 0; i < addition->count; i++) {
		const struct given_way *row = &addition->given_way[i];

		if (row->is_redacted)
			continue;
		manifest->current_rows--;
		manifest->current_posts -= row->kind == NARC_KIND_POST;
		manifest->current_size -= row->size;
	}
}

static enum narc_status write_next(struct addition *addition, struct narc_error *error)
{
	struct next_edition next;
	struct set_manifest *manifest = &next.manifest;
	enum narc_status status = next_edition_begin(&addition->edition, addition->count, 0, &next,
						     error);

	if (status != NARC_OK)
		return status;
	merge_given_way(addition, manifest);
	add_counts(addition, manifest);
	next.filters[manifest->volume_count] = (struct bytes){ addition->volume->filter.data,
							       addition->volume->filter.size };
	manifest->volumes[manifest->volume_count++] = addition->volume->volume;
	status = next_edition_write(&addition->edition, &next, error);
	next_edition_free(&next);
	return status;
}

static enum narc_status add_once(struct addition *addition, struct narc_error *error)
{
	enum narc_status status = set_edition_load(addition->edition.store, &addition->edition,
						   error);

	if (status == NARC_OK && !set_manifest_has(&addition->edition.set->volumes->manifest,
					     addition->volume->volume.name)) {
		status = find_given_way(addition, error);
		if (status == NARC_OK)
			status = write_next(addition, error);
	}
	narc_cursor_close(addition->cursor);
	number_map_free(&addition->successors);
	addition->successors = (struct number_map){ 0 };
	addition->cursor = NULL;
	addition->count = 0;
	return status;
}

static enum narc_status add_volume(narc_packer *packer, struct narc_store store,
				   const struct volume_description *volume,
				   struct narc_error *error)
{
	struct addition addition = { .packer = packer, .volume = volume };
	enum narc_status status = NARC_EXISTS;

	for (unsigned i = 0; status == NARC_EXISTS && i < EDITION_ATTEMPTS; i++) {
		addition.edition.store = store;
		status = add_once(&addition, error);
		set_edition_free(&addition.edition);
	}
	free(addition.given_way);
	return status;
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* A volume of one generation came into the set when it was written; one of a history has the times
 * of that. */
static void settle_times(const narc_packer *packer, struct volume_description *description)
{
	if (!packer->history.is_used && description->volume.generations == 1)
		description->times[0] = packer->options.time;
}

/* A set of which nothing is known yet, so that it is there. */
static enum narc_status make_set(struct narc_store store, struct narc_error *error)
{
	struct set_edition edition;
	struct next_edition next;
	enum narc_status status = set_edition_load(store, &edition, error);

	if (status == NARC_OK && !edition.is_there) {
		status = next_edition_begin(&edition, 0, 0, &next, error);
		if (status == NARC_OK) {
			status = next_edition_write(&edition, &next, error);
			next_edition_free(&next);
		}
	}
	set_edition_free(&edition);
	return status == NARC_EXISTS ? NARC_OK : status;
}

enum narc_status narc_packer_commit_volume(narc_packer *packer, struct narc_store store,
					   struct narc_pack_result *result,
					   struct narc_error *error)
{
	struct volume_description description = { 0 };
	struct volume_file file;
	struct narc_sink sink;
	enum narc_status status = NARC_OK;

	if (packer->base && !packer->base->volumes)
		return narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
				 "what is appended to is no set");
	status = volume_sink(&file, store, packer->label ? packer->label : "", &sink, error);
	packer->is_volume = true;
	if (status == NARC_OK)
		status = narc_packer_commit(packer, sink, result, error);
	if (status != NARC_OK)
		return status;
	if (packer->admitted == 0)
		return make_set(store, error);
	status = describe_volume(&file, &description, error);
	if (status == NARC_OK) {
		settle_times(packer, &description);
		status = add_volume(packer, store, &description, error);
	}
	volume_description_free(&description);
	return status;
}
