/* SPDX-License-Identifier: BSD-2-Clause */
#include "views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fail.h"

enum { PATH_LIMIT = 4096, SECONDS_A_DAY = 86400 };

/* One of the views. Most entries are in the folder of the one before, which is kept for them. */
struct view_part {
	uint32_t root;         /* a folder; TREE_NONE: it is not wanted */
	uint32_t folder;       /* of the last entry; TREE_NONE: not known */
	char path[PATH_LIMIT]; /* of that folder, below the root */
	int64_t day;           /* that it is of, in the view by date */
};

/* An entry that is to get a name in each. */
struct entry {
	const struct narc_record *record;
	const char *name; /* the last component of its path */
	struct tree_node file;
	char text[2 * TREE_NAME_LIMIT]; /* room for another name */
};

struct making {
	const struct view_events *events;
	struct tree *tree;
	struct view_part parts[VIEW_ALL];
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

/* Say where an entry goes: the path of its folder in part, with *is_new set if that is another one
 * than before, and its name there. NARC_MISUSE if no file can have such a path, NARC_END if it is to
 * have none. */

static enum narc_status place_by_path(struct view_part *part, struct entry *entry, bool *is_new,
				      const char **name)
{
	const char *path = entry->record->path;
	size_t size = entry->name > path ? (size_t)(entry->name - path - 1) : 0;

	if (size >= PATH_LIMIT)
		return NARC_MISUSE;
	*is_new |= strncmp(part->path, path, size) != 0 || part->path[size] != '\0';
	memcpy(part->path, path, size);
	part->path[size] = '\0';
	*name = entry->name;
	return NARC_OK;
}

static enum narc_status place_by_date(struct view_part *part, struct entry *entry, bool *is_new,
				      const char **name)
{
	const time_t seconds = (time_t)entry->record->local_time;
	/* Rounded down, before 1970, too. */
	const int64_t day = seconds / SECONDS_A_DAY - (seconds % SECONDS_A_DAY < 0);
	struct tm date;

	*name = entry->name;
	*is_new |= day != part->day;
	if (!*is_new)
		return NARC_OK;
	if (!gmtime_r(&seconds, &date))
		return NARC_MISUSE;
	part->day = day;
	snprintf(part->path, PATH_LIMIT, "%04lld/%02d/%02d", (long long)date.tm_year + 1900,
		 date.tm_mon + 1, date.tm_mday);
	return NARC_OK;
}

static enum narc_status place_by_code(struct view_part *part, struct entry *entry, bool *is_new,
				      const char **name)
{
	const char *code = entry->record->info_code;
	const char *dot = strrchr(entry->name, '.');

	(void)part;
	(void)is_new; /* all are in one folder */
	if (!*code)
		return NARC_END;
	snprintf(entry->text, sizeof(entry->text), "%s%s", code,
		 dot && dot > entry->name ? dot : "");
	*name = entry->text;
	return NARC_OK;
}

static const struct {
	const char *name; /* where there are all of them */
	bool numbers_twins;
	enum narc_status (*place)(struct view_part *part, struct entry *entry, bool *is_new,
				  const char **name);
} views[VIEW_ALL] = {
	[VIEW_TREE] = { "tree", false, place_by_path },
	[VIEW_DATE] = { "by-date", true, place_by_date },
	[VIEW_CODE] = { "by-code", true, place_by_code },
};

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

static enum narc_status add_to_view(struct making *making, enum view view, struct entry *entry)
{
	struct view_part *part = &making->parts[view];
	bool is_new = part->folder == TREE_NONE;
	const char *name = NULL;
	enum narc_status status = views[view].place(part, entry, &is_new, &name);

	if (status == NARC_OK && is_new)
		status = add_folders(making->tree, part->root, part->path, &part->folder);
	if (status == NARC_OK)
		return tree_add_file(making->tree, part->folder, name, strlen(name), &entry->file);
	part->folder = TREE_NONE;
	return status;
}

/* ---- all of it ---------------------------------------------------------------------------- */

static enum narc_status begin_views(struct making *making, enum view wanted)
{
	enum narc_status status = NARC_OK;

	for (enum view view = 0; view < VIEW_ALL && status == NARC_OK; view++) {
		struct view_part *part = &making->parts[view];

		*part = (struct view_part){ .root = view == wanted ? TREE_ROOT : TREE_NONE,
					    .folder = TREE_NONE };
		if (wanted == VIEW_ALL)
			status = tree_add_folder(making->tree, TREE_ROOT, views[view].name,
						 strlen(views[view].name), &part->root);
		if (status == NARC_OK && part->root != TREE_NONE && views[view].numbers_twins)
			tree_number_twins(making->tree, part->root);
	}
	return status;
}

static enum narc_status add_record(struct making *making, const struct narc_record *record)
{
	const char *slash = strrchr(record->path, '/');
	struct entry entry;

	entry.record = record;
	entry.name = slash ? slash + 1 : record->path;
	/* It cannot be written to, whoever one is, and nothing runs with another's rights. */
	entry.file = (struct tree_node){
		.row = record->row,
		.size = record->size,
		.mtime_seconds = record->mtime_seconds,
		.mtime_nanoseconds = record->mtime_nanoseconds,
		.mode = record->type == NARC_TYPE_SYMLINK ? S_IFLNK | 0777
							  : S_IFREG | (record->permissions & 0555),
	};
	for (enum view view = 0; view < VIEW_ALL; view++) {
		enum narc_status status = NARC_OK;

		if (making->parts[view].root != TREE_NONE)
			status = add_to_view(making, view, &entry);
		if (status == NARC_MISUSE)
			making->events->left_out(making->events->context, record->path,
						 "it has no path that a file can have here: a name has "
						 "more than 255 bytes, or the date is in no calendar");
		else if (status != NARC_OK && status != NARC_END)
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
	making->events = events;
	making->tree = tree_new(memory);
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
