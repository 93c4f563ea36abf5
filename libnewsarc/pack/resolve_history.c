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

static struct former_row former_of(const struct narc_record *record)
{
	return (struct former_row){ record->row, record->size, record->kind,
				    record->is_redacted };
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

/* Whether a file did not come, and is under none of the roots. */
static enum narc_status look_for(const struct narc_packer *packer, const char *path,
				 bool *is_gone, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	*is_gone = !path_set_has(&packer->paths, path);
	for (size_t i = 0; i < packer->tree_count && *is_gone && status == NARC_OK; i++)
		if (packer->trees[i].root)
			status = look_under(packer->trees[i].root, path, is_gone, error);
	return status;
}

/* ---- what is there ------------------------------------------------------------------------ */

static enum narc_status look_at_path(struct resolution *resolution, struct narc_error *error)
{
	struct base_reader *reader = &resolution->packer->reader;
	const struct pack_item *item = resolution->item;
	const struct narc_record *record;
	enum narc_status status = base_find_path(reader, item->entry.path, &record, error);

	if (status != NARC_OK || !record)
		return status;
	resolution->history->at_path = former_of(record);
	resolution->path_version = record->version;
	return base_compare(reader, resolution->content, item->size, item->hash,
			    &resolution->path_is_same, error);
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

/* Takes a current row into account, which may be that of the file before it was moved: rather
 * one of the same content. */
static enum narc_status look_at_current(struct resolution *resolution,
					const struct narc_record *record,
					struct narc_error *error)
{
	const struct pack_item *item = resolution->item;
	struct narc_packer *packer = resolution->packer;
	struct item_history *history = resolution->history;
	bool is_same, is_gone;
	enum narc_status status = base_compare(&packer->reader, resolution->content, item->size,
					       item->hash, &is_same, error);

	if (status != NARC_OK)
		return status;
	/* Of rows without the infoCode, only a copy is of interest. */
	if (!is_same && strcmp(record->info_code, item->code) != 0)
		return NARC_OK;
	if (is_same && !resolution->same_version)
		resolution->same_version = record->version;
	if (record->row == history->at_path.row || resolution->moved_is_same ||
	    (!is_same && history->moved.row != ROW_NONE) ||
	    number_map_find(&packer->moved_rows, record->row))
		return NARC_OK;
	status = look_for(packer, record->path, &is_gone, error);
	if (status == NARC_OK && is_gone) {
		history->moved = former_of(record);
		resolution->moved_version = record->version;
		resolution->moved_is_same = is_same;
	}
	return status;
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

enum narc_status resolve_history(struct narc_packer *packer, const struct pack_item *item,
				 const uint8_t *content, struct item_history *history,
				 struct narc_error *error)
{
	struct resolution resolution = { .packer = packer, .item = item, .content = content,
					 .history = history };
	enum narc_status status = NARC_OK;

	*history = (struct item_history){ .owner = ROW_NONE, .at_path.row = ROW_NONE,
					  .moved.row = ROW_NONE, .version = 1 };
	if (!packer->base)
		return NARC_OK;
	resolution.code = item->code;
	if (!*item->code && !item->is_large && item->entry.type == NARC_TYPE_REGULAR) {
		post_code_find(item->entry.path, content, (size_t)item->size,
			       resolution.code_in_text);
		resolution.code = resolution.code_in_text;
	}
	status = look_at_path(&resolution, error);
	if (status == NARC_OK)
		status = go_through(&resolution, true, look_at_row, error);
	if (status == NARC_OK)
		status = go_through(&resolution, false, look_at_current, error);
	if (status != NARC_OK)
		return status;
	history->version = version_of(&resolution, is_moved(&resolution));
	if (is_moved(&resolution))
		return number_map_put(&packer->moved_rows, history->moved.row, 1, error);
	history->moved.row = ROW_NONE;
	return NARC_OK;
}
