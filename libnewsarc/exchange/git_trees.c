/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/git_trees.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/git_error.h"

struct comparison {
	git_repository *repository;
	const struct git_scope *scope;
	git_change_fn change;
	void *context;
	size_t size; /* of path, whose end is always a NUL */
	char path[2 * (GIT_PATH_LIMIT + 1)];
};

static bool is_folder(const git_tree_entry *entry)
{
	return entry && git_tree_entry_filemode(entry) == GIT_FILEMODE_TREE;
}

static enum narc_status look_up(git_repository *repository, const git_oid *id, git_tree **tree,
				struct narc_error *error)
{
	return git_tree_lookup(tree, repository, id) == 0 ? NARC_OK
							    : git_fail_object(error, "tree", id);
}

/* ---- which paths -------------------------------------------------------------------------- */

/* A path without what means nothing in it; the empty one is the whole tree. */
static char *normal_path(const char *path)
{
	char *copy = malloc(strlen(path) + 2);
	size_t size = 0;

	while (copy && *path) {
		size_t length = strcspn(path, "/");

		if (length && !(length == 1 && *path == '.')) {
			size += size > 0;
			memcpy(copy + size, path, length);
			copy[size + length] = '/';
			size += length;
		}
		path += length + (path[length] == '/');
	}
	if (copy)
		copy[size] = '\0';
	return copy;
}

enum narc_status git_scope_init(struct git_scope *scope, const char *const *paths, size_t count,
				struct narc_error *error)
{
	scope->paths = calloc(count + 1, sizeof(*scope->paths));
	scope->found = calloc(count + 1, sizeof(*scope->found));
	if (!scope->paths || !scope->found)
		return git_fail_memory(error);
	for (size_t i = 0; i < count; i++) {
		scope->paths[scope->count] = normal_path(paths[i]);
		if (!scope->paths[scope->count++])
			return git_fail_memory(error);
	}
	return NARC_OK;
}

void git_scope_free(struct git_scope *scope)
{
	for (size_t i = 0; i < scope->count; i++)
		free(scope->paths[i]);
	free(scope->paths);
	free(scope->found);
}

/* Whether path is at or below folder. */
static bool is_within(const char *path, const char *folder)
{
	size_t size = strlen(folder);

	return size == 0 || (strncmp(path, folder, size) == 0 &&
			     (path[size] == '\0' || path[size] == '/'));
}

/* Whether something at path counts, or, of a folder, below it. */
static bool counts(const struct git_scope *scope, const char *path, bool as_folder)
{
	bool does = scope->count == 0;

	for (size_t i = 0; i < scope->count; i++) {
		bool is_inside = is_within(path, scope->paths[i]);

		scope->found[i] |= is_inside;
		does |= is_inside || (as_folder && is_within(scope->paths[i], path));
	}
	return does;
}

/* A tree can be written with any names; those that git would not check out are left out. */
static bool is_nameable(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* ---- comparing ---------------------------------------------------------------------------- */

static enum narc_status compare_folders(struct comparison *comparison, const git_oid *before,
					const git_oid *after, struct narc_error *error);

static enum narc_status tell(struct comparison *comparison, bool nameable,
			     const git_tree_entry *before, const git_tree_entry *after,
			     struct narc_error *error)
{
	if (!counts(comparison->scope, comparison->path, false))
		return NARC_OK;
	return comparison->change(comparison->context, comparison->path, nameable, before, after,
				  error);
}

/* Two entries of one name that differ, or one where the other is NULL. A folder and a file of
 * one name are not of one, as they do not stand in one place. */
static enum narc_status compare_entries(struct comparison *comparison,
					const git_tree_entry *before,
					const git_tree_entry *after, struct narc_error *error)
{
	const char *name = git_tree_entry_name(after ? after : before);
	size_t size = comparison->size;
	size_t name_size = strlen(name);
	bool nameable = is_nameable(name) && size + name_size <= GIT_PATH_LIMIT;
	enum narc_status status;

	if (!nameable && !after)
		return NARC_OK;
	if (name_size > GIT_PATH_LIMIT)
		name_size = GIT_PATH_LIMIT;
	memcpy(comparison->path + size, name, name_size);
	comparison->path[size + name_size] = '\0';
	if (!nameable || !is_folder(after ? after : before)) {
		status = tell(comparison, nameable, before, after, error);
	} else if (!counts(comparison->scope, comparison->path, true)) {
		status = NARC_OK;
	} else {
		comparison->path[size + name_size] = '/';
		comparison->path[size + name_size + 1] = '\0';
		comparison->size = size + name_size + 1;
		status = compare_folders(comparison, before ? git_tree_entry_id(before) : NULL,
					 after ? git_tree_entry_id(after) : NULL, error);
		comparison->size = size;
	}
	return status;
}

static bool is_same(const git_tree_entry *a, const git_tree_entry *b)
{
	return git_oid_equal(git_tree_entry_id(a), git_tree_entry_id(b)) &&
	       git_tree_entry_filemode(a) == git_tree_entry_filemode(b);
}

/* Goes through two sorted lists of entries at once. */
static enum narc_status merge_entries(struct comparison *comparison, const git_tree *before,
				      const git_tree *after, struct narc_error *error)
{
	size_t before_count = before ? git_tree_entrycount(before) : 0;
	size_t after_count = after ? git_tree_entrycount(after) : 0;
	size_t i = 0, j = 0;
	enum narc_status status = NARC_OK;

	while (status == NARC_OK && (i < before_count || j < after_count)) {
		const git_tree_entry *old = i < before_count ? git_tree_entry_byindex(before, i)
							     : NULL;
		const git_tree_entry *new = j < after_count ? git_tree_entry_byindex(after, j)
							    : NULL;
		int order = !old ? 1 : !new ? -1 : git_tree_entry_cmp(old, new);

		i += order <= 0;
		j += order >= 0;
		if (order == 0 && is_same(old, new))
			continue;
		status = compare_entries(comparison, order <= 0 ? old : NULL,
					 order >= 0 ? new : NULL, error);
	}
	return status;
}

static enum narc_status compare_folders(struct comparison *comparison, const git_oid *before,
					const git_oid *after, struct narc_error *error)
{
	git_tree *old = NULL, *new = NULL;
	enum narc_status status = NARC_OK;

	if (before)
		status = look_up(comparison->repository, before, &old, error);
	if (status == NARC_OK && after)
		status = look_up(comparison->repository, after, &new, error);
	if (status == NARC_OK)
		status = merge_entries(comparison, old, new, error);
	git_tree_free(old);
	git_tree_free(new);
	return status;
}

enum narc_status git_compare_trees(git_repository *repository, const struct git_scope *scope,
				   const git_oid *before, const git_oid *after,
				   git_change_fn change, void *context, struct narc_error *error)
{
	struct comparison comparison = { .repository = repository, .scope = scope,
					 .change = change, .context = context };

	if (before && git_oid_equal(before, after))
		return NARC_OK;
	return compare_folders(&comparison, before, after, error);
}

/* ---- looking up --------------------------------------------------------------------------- */

void git_folders_free(struct git_folders *folders)
{
	for (size_t i = 0; i < GIT_FOLDERS; i++) {
		free(folders->folders[i].path);
		git_tree_free(folders->folders[i].tree);
	}
}

/* Gives the tree of a folder; *tree is NULL if there is none. */
static enum narc_status read_folder(git_repository *repository, const git_oid *root,
				    const char *path, git_tree **tree, struct narc_error *error)
{
	git_tree_entry *entry = NULL;
	git_tree *top;
	enum narc_status status = look_up(repository, root, &top, error);
	int result;

	*tree = NULL;
	if (status != NARC_OK)
		return status;
	if (*path == '\0') {
		*tree = top;
		return NARC_OK;
	}
	result = git_tree_entry_bypath(&entry, top, path);
	if (result == 0 && is_folder(entry))
		status = look_up(repository, git_tree_entry_id(entry), tree, error);
	else if (result != 0 && result != GIT_ENOTFOUND)
		status = git_fail(error, NARC_IO, "cannot read a tree");
	git_tree_entry_free(entry);
	git_tree_free(top);
	return status;
}

static enum narc_status find_folder(git_repository *repository, struct git_folders *folders,
				    const git_oid *root, const char *path, git_tree **tree,
				    struct narc_error *error)
{
	struct git_folder *folder;
	char *copy;
	enum narc_status status;

	for (size_t i = 0; i < GIT_FOLDERS; i++) {
		folder = &folders->folders[i];
		if (folder->path && git_oid_equal(&folder->root, root) &&
		    strcmp(folder->path, path) == 0) {
			*tree = folder->tree;
			return NARC_OK;
		}
	}
	status = read_folder(repository, root, path, tree, error);
	if (status != NARC_OK)
		return status;
	copy = strdup(path);
	if (!copy) {
		git_tree_free(*tree);
		return git_fail_memory(error);
	}
	folder = &folders->folders[folders->next++ % GIT_FOLDERS];
	free(folder->path);
	git_tree_free(folder->tree);
	*folder = (struct git_folder){ *root, copy, *tree };
	return NARC_OK;
}

enum narc_status git_find_path(git_repository *repository, struct git_folders *folders,
			       const git_oid *root, const char *path,
			       const git_tree_entry **entry, struct narc_error *error)
{
	const char *slash = strrchr(path, '/');
	char folder[GIT_PATH_LIMIT + 1];
	size_t size = slash ? (size_t)(slash - path) : 0;
	git_tree *tree;
	enum narc_status status;

	*entry = NULL;
	if (size > GIT_PATH_LIMIT)
		return NARC_OK;
	memcpy(folder, path, size);
	folder[size] = '\0';
	status = find_folder(repository, folders, root, folder, &tree, error);
	if (status == NARC_OK && tree)
		*entry = git_tree_entry_byname(tree, slash ? slash + 1 : path);
	if (is_folder(*entry))
		*entry = NULL;
	return status;
}
