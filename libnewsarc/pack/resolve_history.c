/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/resolve_history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format/limits.h"
#include "pack/post_code.h"
#include "read/cursor.h"
#include "support/status.h"

/* An item with what is found out about it. */
struct resolution {
	struct narc_packer *packer;
	const struct pack_item *item;
	const uint8_t *content;
	uint32_t former;  /* of a history, the last row with its path; PAST_NONE */
	const char *code; /* that rows with the content may have; "" if there is none */
	char code_in_text[CODE_SIZE_LIMIT + 1];
	struct item_history *history;
	uint32_t path_version;    /* of the row at the path, 0: none */
	bool path_is_same;        /* that has the same content */
	uint32_t moved_version;   /* likewise of the row moved */
	bool moved_is_same;
	uint32_t same_version;    /* of a current row with the infoCode and the content; 0: none */
	uint32_t highest_version; /* of all rows with the infoCode; 0: none */
};

static struct former_row former_of(const struct narc_packer *packer,
				   const struct narc_record *record)
{
	return (struct former_row){ packer->base->volumes ? record->row | FOREIGN_ROW : record->row,
				    record->size, record->kind, record->is_redacted };
}

static struct former_row former_of_past(const struct past_rows *past, uint32_t number)
{
	const struct past_row *row = &past->rows[number];

	return (struct former_row){ number | PAST_ROW, row->size, row->kind, false };
}

/* The generation up to which a row of the archive that is appended to is current; 0: it still
 * is. */
static uint64_t superseded_by(const struct narc_packer *packer, uint64_t row)
{
	const uint64_t *generation = number_map_find(&packer->former_rows, row);

	return generation ? *generation : 0;
}

/* ---- whether a file is gone --------------------------------------------------------------- */

/* Whether a file is not there any more under a root. */
static enum narc_status look_under(const char *root, const char *path, bool *is_gone,
				   struct narc_error *error)
{
	size_t size = strlen(root) + strlen(path) + 2;
	char *full = malloc(size);
	struct stat about;

	if (!full)
		return narc_fail_memory(error);
	snprintf(full, size, "%s/%s", root, path);
	/* What cannot be looked at for another reason counts as there. */
	*is_gone = lstat(full, &about) != 0 && (errno == ENOENT || errno == ENOTDIR);
	free(full);
	return NARC_OK;
}

/* Whether a file did not come, and is under none of the roots; or a generation of a history does
 * not have it. */
static enum narc_status look_for(const struct narc_packer *packer, const char *path,
				 bool *is_gone, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (packer->history.is_used)
		return history_has_lost(&packer->history, path, is_gone, error);
	*is_gone = !path_set_has(&packer->paths, path);
	for (size_t i = 0; i < packer->tree_count && *is_gone && status == NARC_OK; i++)
		if (packer->trees[i].root)
			status = look_under(packer->trees[i].root, path, is_gone, error);
	return status;
}

/* ---- what is there ------------------------------------------------------------------------ */

/* Takes a row that is current, or was redacted as it was, under the path of the item. */
static void take_at_path(struct resolution *resolution, struct former_row former,
			 uint32_t version, enum narc_file_type type, bool is_same)
{
	resolution->history->at_path = former;
	resolution->path_version = version;
	resolution->path_is_same = is_same;
	resolution->history->is_unchanged = is_same && type == resolution->item->entry.type;
}

static enum narc_status look_at_path(struct resolution *resolution, struct narc_error *error)
{
	struct narc_packer *packer = resolution->packer;
	const struct pack_item *item = resolution->item;
	const struct narc_record *record;
	bool is_same;
	enum narc_status status;

	if (!packer->base)
		return NARC_OK;
	status = base_find_path(&packer->reader, item->entry.path, &record, error);
	if (status != NARC_OK || !record || superseded_by(packer, record->row))
		return status;
	status = base_compare(&packer->reader, resolution->content, item->size, item->hash,
			      &is_same, error);
	if (status == NARC_OK)
		take_at_path(resolution, former_of(packer, record), record->version, record->type,
			     is_same);
	return status;
}

/* Takes a row of any generation into account. */
static enum narc_status look_at_row(struct resolution *resolution,
				    const struct narc_record *record, struct narc_error *error)
{
	const struct pack_item *item = resolution->item;
	bool is_same;
	enum narc_status status;

	if (*item->code && strcmp(record->info_code, item->code) == 0 &&
	    record->version > resolution->highest_version)
		resolution->highest_version = record->version;
	if (resolution->history->owner != ROW_NONE || item->size == 0)
		return NARC_OK;
	status = base_compare(&resolution->packer->reader, resolution->content, item->size,
			      item->hash, &is_same, error);
	if (status == NARC_OK && is_same)
		resolution->history->owner = record->owner;
	return status;
}

/* Takes a row into account that was current until this generation, which may be that of the file
 * before it was moved: rather one of the same content. */
static enum narc_status take_current(struct resolution *resolution, struct former_row former,
				     const char *path, const char *code, uint32_t version,
				     bool is_superseded, bool is_same, struct narc_error *error)
{
	struct item_history *history = resolution->history;
	bool is_gone;
	enum narc_status status;

	/* Of rows without the infoCode, only a copy is of interest. */
	if (!is_same && strcmp(code, resolution->item->code) != 0)
		return NARC_OK;
	if (is_same && !resolution->same_version)
		resolution->same_version = version;
	if (former.row == history->at_path.row || resolution->moved_is_same ||
	    (!is_same && history->moved.row != ROW_NONE) || is_superseded)
		return NARC_OK;
	status = look_for(resolution->packer, path, &is_gone, error);
	if (status == NARC_OK && is_gone) {
		history->moved = former;
		resolution->moved_version = version;
		resolution->moved_is_same = is_same;
	}
	return status;
}

static enum narc_status look_at_current(struct resolution *resolution,
					const struct narc_record *record,
					struct narc_error *error)
{
	const struct pack_item *item = resolution->item;
	struct narc_packer *packer = resolution->packer;
	uint64_t generation = superseded_by(packer, record->row);
	bool is_same;
	enum narc_status status = NARC_OK;

	if (generation && generation < resolution->history->generation)
		return NARC_OK;
	is_same = record->owner == resolution->history->owner && !record->is_redacted;
	if (!is_same)
		status = base_compare(&packer->reader, resolution->content, item->size, item->hash,
				      &is_same, error);
	if (status != NARC_OK)
		return status;
	return take_current(resolution, former_of(packer, record), record->path,
			    record->info_code, record->version, generation != 0, is_same, error);
}

typedef enum narc_status (*look_fn)(struct resolution *resolution,
				    const struct narc_record *record, struct narc_error *error);

/* Looks at the records that a search found, whose status is given. */
static enum narc_status look_at_found(struct resolution *resolution, look_fn look,
				      enum narc_status status, struct narc_error *error)
{
	narc_cursor *cursor = resolution->packer->reader.cursor;
	const struct narc_record *record;

	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = look(resolution, record, error);
	}
	return status == NARC_END || status == NARC_NOT_FOUND ? NARC_OK : status;
}

/* Rows that may be earlier states of the item, or copies, have its infoCode, or one that its
 * text has; or they have none, and the same content. */
static enum narc_status go_through(struct resolution *resolution, bool all_versions,
				   look_fn look, struct narc_error *error)
{
	narc_cursor *cursor = resolution->packer->reader.cursor;
	const struct pack_item *item = resolution->item;
	enum narc_status status = NARC_OK;

	if (!resolution->packer->base)
		return NARC_OK;
	cursor_set_all_versions(cursor, all_versions);
	if (*resolution->code)
		status = look_at_found(resolution, look,
				       narc_cursor_find_code(cursor, resolution->code, error),
				       error);
	if (status == NARC_OK && item->size)
		status = look_at_found(resolution, look,
				       narc_cursor_find_content(cursor, item->hash, error), error);
	return status;
}

/* ---- what came of a history --------------------------------------------------------------- */

static bool is_same_past(const struct resolution *resolution, const struct past_row *row)
{
	return row->size == resolution->item->size &&
	       memcmp(row->digest, resolution->history->digest, PAST_DIGEST_SIZE) == 0;
}

/* Until the generation at hand. */
static bool is_current_past(const struct resolution *resolution, const struct past_row *row)
{
	return !row->superseded || row->superseded >= resolution->history->generation;
}

/* Looks for the path among what came; if it never did, in the archive. */
static enum narc_status look_at_path_in_past(struct resolution *resolution,
					     struct narc_error *error)
{
	const struct past_rows *past = &resolution->packer->history.rows;
	const struct past_row *row;

	if (resolution->former == PAST_NONE)
		return look_at_path(resolution, error);
	row = &past->rows[resolution->former];
	if (!row->superseded)
		take_at_path(resolution, former_of_past(past, resolution->former), row->version,
			     row->type, is_same_past(resolution, row));
	return NARC_OK;
}

/* Looks at a row that has this infoCode, or none and the content, as far as a hash says. */
static enum narc_status look_at_past(struct resolution *resolution, uint32_t number,
				     const char *code, struct narc_error *error)
{
	struct past_rows *past = &resolution->packer->history.rows;
	const struct past_row *row = &past->rows[number];
	struct past_texts texts;
	enum narc_status status = past_rows_texts(past, number, &texts, error);

	if (status != NARC_OK || strcmp(texts.code, code) != 0)
		return status;
	if (*resolution->item->code && strcmp(texts.code, resolution->item->code) == 0 &&
	    row->highest > resolution->highest_version)
		resolution->highest_version = row->highest;
	if (!is_current_past(resolution, row))
		return NARC_OK;
	return take_current(resolution, former_of_past(past, number), texts.path, texts.code,
			    row->version, row->superseded != 0, is_same_past(resolution, row),
			    error);
}

static enum narc_status go_through_codes(struct resolution *resolution, struct narc_error *error)
{
	struct past_rows *past = &resolution->packer->history.rows;
	uint32_t generation = resolution->history->generation;
	uint32_t last = past_rows_with_code(past, resolution->code);
	enum narc_status status = NARC_OK;

	if (last == PAST_NONE)
		return NARC_OK;
	for (uint32_t i = past_rows_walk(past, last, generation)->next;
	     i != PAST_NONE && status == NARC_OK; i = past_rows_next(past, i, generation))
		status = look_at_past(resolution, i, resolution->code, error);
	return status;
}

/* Which rows have a content does not change in a generation, nor which files are gone: one that is
 * not, or that was given to another file, is not looked at again. */
static enum narc_status go_through_contents(struct resolution *resolution, struct narc_error *error)
{
	struct past_rows *past = &resolution->packer->history.rows;
	uint32_t last = past_rows_with_content(past, resolution->history->digest);
	struct past_walk *walk;

	if (last == PAST_NONE || resolution->moved_is_same)
		return NARC_OK;
	walk = past_rows_walk(past, last, resolution->history->generation);
	while (walk->next != PAST_NONE) {
		const struct past_row *row = &past->rows[walk->next];
		enum narc_status status = look_at_past(resolution, walk->next, "", error);

		if (status != NARC_OK)
			return status;
		if (!walk->version && is_current_past(resolution, row) &&
		    is_same_past(resolution, row))
			walk->version = row->version;
		if (resolution->moved_is_same)
			break;
		walk->next = past_rows_next(past, walk->next, walk->generation);
	}
	if (!resolution->same_version)
		resolution->same_version = walk->version;
	return NARC_OK;
}

static enum narc_status look_at_all_past(struct resolution *resolution, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (*resolution->code)
		status = go_through_codes(resolution, error);
	if (status == NARC_OK && resolution->item->size)
		status = go_through_contents(resolution, error);
	return status;
}

/* ---- what follows from it ----------------------------------------------------------------- */

/* A file at a path that was there is what was there, unless another file with its content was
 * moved over it. */
static bool is_moved(const struct resolution *resolution)
{
	const struct item_history *history = resolution->history;

	if (history->moved.row == ROW_NONE)
		return false;
	return history->at_path.row == ROW_NONE ||
	       (resolution->moved_is_same && !resolution->path_is_same);
}

static uint32_t version_of(const struct resolution *resolution, bool has_moved)
{
	uint32_t replaced = has_moved ? resolution->moved_version : resolution->path_version;
	bool is_same = has_moved ? resolution->moved_is_same : resolution->path_is_same;

	if (is_same)
		return replaced;
	if (*resolution->item->code)
		return resolution->same_version ? resolution->same_version
						: resolution->highest_version + 1;
	return replaced + 1;
}

/* Takes note that a row is not current any more. */
static enum narc_status give_way(struct narc_packer *packer, const struct former_row *former,
				 uint32_t generation, struct narc_error *error)
{
	if (former->row == ROW_NONE)
		return NARC_OK;
	if (!(former->row & PAST_ROW))
		return number_map_put(&packer->former_rows, former->row & ~FOREIGN_ROW, generation,
				      error);
	packer->history.rows.rows[former->row & ~PAST_ROW].superseded = generation;
	return NARC_OK;
}

static enum narc_status look_at_all(struct resolution *resolution, struct narc_error *error)
{
	bool is_history = resolution->packer->history.is_used;
	enum narc_status status;

	if (is_history)
		past_digest(resolution->content, resolution->item->size,
			    resolution->history->digest);
	status = is_history ? look_at_path_in_past(resolution, error)
			    : look_at_path(resolution, error);
	if (status != NARC_OK || resolution->history->is_unchanged)
		return status;
	status = go_through(resolution, true, look_at_row, error);
	if (status == NARC_OK && is_history)
		status = look_at_all_past(resolution, error);
	return status == NARC_OK ? go_through(resolution, false, look_at_current, error) : status;
}

enum narc_status resolve_history(struct narc_packer *packer, const struct pack_item *item,
				 const uint8_t *content, uint32_t former,
				 struct item_history *history, struct narc_error *error)
{
	struct resolution resolution = { .packer = packer, .item = item, .content = content,
					 .former = former, .history = history };
	enum narc_status status;

	*history = (struct item_history){ .owner = ROW_NONE, .at_path.row = ROW_NONE,
					  .moved.row = ROW_NONE, .version = 1,
					  .generation = packer_generation(packer) };
	if (!packer->base && !packer->history.is_used)
		return NARC_OK;
	resolution.code = item->code;
	if (!*item->code && !item->is_large && item->entry.type == NARC_TYPE_REGULAR) {
		post_code_find(item->entry.path, content, (size_t)item->size,
			       resolution.code_in_text);
		resolution.code = resolution.code_in_text;
	}
	status = look_at_all(&resolution, error);
	if (status != NARC_OK || history->is_unchanged)
		return status;
	if (!is_moved(&resolution))
		history->moved.row = ROW_NONE;
	history->version = version_of(&resolution, history->moved.row != ROW_NONE);
	/* A volume has all of its contents in itself. */
	if (packer->base && packer->base->volumes)
		history->owner = ROW_NONE;
	history->highest_version = resolution.highest_version > history->version
					   ? resolution.highest_version
					   : history->version;
	status = give_way(packer, &history->at_path, history->generation, error);
	return status == NARC_OK ? give_way(packer, &history->moved, history->generation, error)
				 : status;
}
