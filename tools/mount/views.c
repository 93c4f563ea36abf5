/* SPDX-License-Identifier: BSD-2-Clause */
#include "views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fail.h"

enum { PATH_LIMIT = 4096, SECONDS_A_DAY = 86400 };

struct making {
	const struct view_events *events;
	struct tree *tree;
	/* The roots of the views; TREE_NONE for those that are not wanted. */
	uint32_t by_path;
	uint32_t by_date;
	uint32_t by_code;
	/* Most entries are in the folder of the one before, and of its day. */
	char last_path[PATH_LIMIT];
	uint32_t last_path_folder;
	int64_t last_day;
	uint32_t last_day_folder;
};

static enum narc_status fail(struct narc_error *error, enum narc_status status)
{
	return status == NARC_LIMIT
		       ? fail_at(error, status, "mount",
				 "the names of all entries take more memory than they may: choose "
				 "some, as with --date")
		       : fail_memory(error);
}

/* ---- the three views ---------------------------------------------------------------------- */

/* The folder of these components, which are separated by "/". */
static enum narc_status add_folders(struct tree *tree, uint32_t root, const char *path,
				    uint32_t *folder)
{
	enum narc_status status = NARC_OK;

	*folder = root;
	while (*path && status == NARC_OK) {
		size_t size = strcspn(path, "/");

		status = tree_add_folder(tree, *folder, path, size, folder);
		path += size + (path[size] == '/');
	}
	return status;
}

static enum narc_status add_by_path(struct making *making, const char *name,
				    const struct narc_record *record, const struct tree_node *file)
{
	size_t size = name > record->path ? (size_t)(name - record->path - 1) : 0;
	enum narc_status status = NARC_OK;

	if (size >= PATH_LIMIT)
		return NARC_MISUSE;
	if (making->last_path_folder == TREE_NONE ||
	    strncmp(making->last_path, record->path, size) != 0 || making->last_path[size]) {
		memcpy(making->last_path, record->path, size);
		making->last_path[size] = '\0';
		status = add_folders(making->tree, making->by_path, making->last_path,
				     &making->last_path_folder);
	}
	if (status != NARC_OK) {
		making->last_path_folder = TREE_NONE;
		return status;
	}
	return tree_add_file(making->tree, making->last_path_folder, name, strlen(name), file);
}

static enum narc_status add_by_date(struct making *making, const char *name,
				    const struct narc_record *record, const struct tree_node *file)
{
	/* Rounded down, before 1970, too. */
	int64_t day = record->local_time / SECONDS_A_DAY - (record->local_time % SECONDS_A_DAY < 0);
	enum narc_status status = NARC_OK;

	if (making->last_day_folder == TREE_NONE || day != making->last_day) {
		time_t seconds = (time_t)record->local_time;
		char path[64];
		struct tm date;

		if (!gmtime_r(&seconds, &date))
			return NARC_MISUSE;
		snprintf(path, sizeof(path), "%04lld/%02d/%02d", (long long)date.tm_year + 1900,
			 date.tm_mon + 1, date.tm_mday);
		making->last_day = day;
		status = add_folders(making->tree, making->by_date, path, &making->last_day_folder);
	}
	if (status != NARC_OK) {
		making->last_day_folder = TREE_NONE;
		return status;
	}
	return tree_add_file(making->tree, making->last_day_folder, name, strlen(name), file);
}

static enum narc_status add_by_code(struct making *making, const char *name,
				    const struct narc_record *record, const struct tree_node *file)
{
	const char *dot = strrchr(name, '.');
	char text[2 * TREE_NAME_LIMIT];
	int size;

	if (!*record->info_code)
		return NARC_OK;
	size = snprintf(text, sizeof(text), "%s%s", record->info_code,
			dot && dot > name ? dot : "");
	return size > TREE_NAME_LIMIT
		       ? NARC_MISUSE
		       : tree_add_file(making->tree, making->by_code, text, (size_t)size, file);
}

/* ---- all of it ---------------------------------------------------------------------------- */

static enum narc_status begin_views(struct making *making, enum view view)
{
	enum narc_status status = NARC_OK;

	making->by_path = view == VIEW_TREE ? TREE_ROOT : TREE_NONE;
	making->by_date = view == VIEW_DATE ? TREE_ROOT : TREE_NONE;
	making->by_code = view == VIEW_CODE ? TREE_ROOT : TREE_NONE;
	if (view == VIEW_DATE || view == VIEW_CODE)
		tree_number_twins(making->tree, TREE_ROOT);
	if (view != VIEW_ALL)
		return NARC_OK;
	status = tree_add_folder(making->tree, TREE_ROOT, "tree", 4, &making->by_path);
	if (status == NARC_OK)
		status = tree_add_folder(making->tree, TREE_ROOT, "by-date", 7, &making->by_date);
	if (status == NARC_OK)
		status = tree_add_folder(making->tree, TREE_ROOT, "by-code", 7, &making->by_code);
	if (status != NARC_OK)
		return status;
	tree_number_twins(making->tree, making->by_date);
	tree_number_twins(making->tree, making->by_code);
	return NARC_OK;
}

static enum narc_status add_record(struct making *making, const struct narc_record *record)
{
	static enum narc_status (*const add[])(struct making *, const char *,
					       const struct narc_record *,
					       const struct tree_node *) = { add_by_path, add_by_date,
									     add_by_code };
	const uint32_t roots[] = { making->by_path, making->by_date, making->by_code };
	const char *slash = strrchr(record->path, '/');
	/* It cannot be written to, whoever one is, and nothing runs with another's rights. */
	const struct tree_node file = {
		.row = record->row,
		.size = record->size,
		.mtime_seconds = record->mtime_seconds,
		.mtime_nanoseconds = record->mtime_nanoseconds,
		.mode = record->type == NARC_TYPE_SYMLINK ? S_IFLNK | 0777
							  : S_IFREG | (record->permissions & 0555),
	};

	for (size_t i = 0; i < sizeof(add) / sizeof(add[0]); i++) {
		enum narc_status status = NARC_OK;

		if (roots[i] != TREE_NONE)
			status = add[i](making, slash ? slash + 1 : record->path, record, &file);
		if (status == NARC_MISUSE)
			making->events->left_out(making->events->context, record->path,
						 "it has no path that a file can have here: a name has "
						 "more than 255 bytes, or the date is in no calendar");
		else if (status != NARC_OK)
			return status;
	}
	return NARC_OK;
}

static enum narc_status add_all(struct making *making, narc_cursor *cursor,
				struct narc_error *error)
{
	const struct view_events *events = making->events;
	const struct narc_record *record;
	enum narc_status status;

	while ((status = narc_cursor_next(cursor, &record, error)) != NARC_END) {
		if (status == NARC_OK) {
			status = add_record(making, record);
			if (status != NARC_OK)
				return fail(error, status);
		} else if (status == NARC_IO || status == NARC_NOMEM ||
			   !events->damaged(events->context, error)) {
			return status;
		}
	}
	return NARC_OK;
}

static void tell_hidden(void *context, const struct tree *tree, uint32_t folder, const char *name)
{
	const struct making *making = context;
	char path[TREE_PATH_SIZE];

	making->events->left_out(making->events->context, tree_path(tree, folder, name, path),
				 "another entry has this name");
}

enum narc_status view_make(enum view view, narc_cursor *cursor, int64_t folder_time,
			   uint64_t memory, const struct view_events *events, struct tree **tree,
			   struct narc_error *error)
{
	struct making *making = malloc(sizeof(*making));
	enum narc_status status = NARC_OK;

	if (!making)
		return fail(error, NARC_NOMEM);
	*making = (struct making){ .events = events, .tree = tree_new(memory),
				   .last_path_folder = TREE_NONE, .last_day_folder = TREE_NONE };
	status = making->tree ? begin_views(making, view) : NARC_NOMEM;
	if (status != NARC_OK)
		fail(error, status);
	if (status == NARC_OK)
		status = add_all(making, cursor, error);
	if (status == NARC_OK) {
		status = tree_settle(making->tree, folder_time, tell_hidden, making);
		if (status != NARC_OK)
			fail(error, status);
	}
	if (status == NARC_OK)
		*tree = making->tree;
	else
		tree_free(making->tree);
	free(making);
	return status;
}
