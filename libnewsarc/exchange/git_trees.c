/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/git_trees.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/git_error.h"
#include "support/status.h"

/* Entries of trees that are kept, some 100 bytes each; but for the last few trees, which may have
 * more. */
enum { ENTRIES_KEPT = 1 << 19, TREES_AT_LEAST = 4 };

/* Of a repository with few objects, so many paths are looked at; of others, so many an object. */
enum { PATHS_ALLOWED = 100 * 1000, PATHS_AN_OBJECT = 1000 };

struct comparison {
	struct git_trees *trees;
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

/* ---- reading ------------------------------------------------------------------------------ */

static void drop_oldest(struct git_trees *trees)
{
	trees->entries -= git_tree_entrycount(trees->kept[0]);
	git_tree_free(trees->kept[0]);
	memmove(trees->kept, trees->kept + 1, --trees->count * sizeof(*trees->kept));
}

void git_trees_free(struct git_trees *trees)
{
	while (trees->count)
		drop_oldest(trees);
}

static git_tree *find_kept(const struct git_trees *trees, const git_oid *id)
{
	for (size_t i = trees->count; i-- > 0;)
		if (git_oid_equal(git_tree_id(trees->kept[i]), id))
			return trees->kept[i];
	return NULL;
}

/* Gives a tree, which belongs to trees, and is kept until a few others were read. */
static enum narc_status read_tree(struct git_trees *trees, const git_oid *id, git_tree **tree,
				  struct narc_error *error)
{
	*tree = find_kept(trees, id);
	if (*tree)
		return NARC_OK;
	if (git_tree_lookup(tree, trees->repository, id) != 0)
		return git_fail_object(error, "tree", id);
	if (trees->count == GIT_TREES_KEPT)
		drop_oldest(trees);
	trees->kept[trees->count++] = *tree;
	trees->entries += git_tree_entrycount(*tree);
	while (trees->entries > ENTRIES_KEPT && trees->count > TREES_AT_LEAST)
		drop_oldest(trees);
	return NARC_OK;
}

/* Gives one to be freed, however many are read meanwhile; NULL if id is. */
static enum narc_status hold_tree(struct git_trees *trees, const git_oid *id, git_tree **tree,
				  struct narc_error *error)
{
	git_tree *kept = NULL;
	enum narc_status status = id ? read_tree(trees, id, &kept, error) : NARC_OK;

	if (status == NARC_OK && kept && git_tree_dup(tree, kept) != 0)
		status = git_fail_object(error, "tree", id);
	return status;
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
		return narc_fail_memory(error);
	for (size_t i = 0; i < count; i++) {
		scope->paths[scope->count] = normal_path(paths[i]);
		if (!scope->paths[scope->count++])
			return narc_fail_memory(error);
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

/* ---- how many paths ----------------------------------------------------------------------- */

/* A git_odb_foreach_cb. */
static int count_object(const git_oid *id, void *context)
{
	uint64_t *count = context;

	(void)id;
	++*count;
	return 0;
}

static enum narc_status count_objects(struct git_trees *trees, struct narc_error *error)
{
	git_odb *odb = NULL;
	int result = git_repository_odb(&odb, trees->repository);

	if (result == 0)
		result = git_odb_foreach(odb, count_object, &trees->objects);
	git_odb_free(odb);
	return result == 0 ? NARC_OK : git_fail(error, NARC_IO, "cannot count the objects");
}

/* A folder can be in others again and again, and these in others: a handful of trees has more paths
 * than anybody can go through. Where files change, there are objects. */
static enum narc_status check_paths(struct git_trees *trees, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (++trees->paths <= PATHS_ALLOWED)
		return NARC_OK;
	if (!trees->objects)
		status = count_objects(trees, error);
	if (status != NARC_OK || trees->paths / PATHS_AN_OBJECT <= trees->objects)
		return status;
	return narc_fail(error, NARC_LIMIT, "git", NARC_NO_OFFSET,
			 "has the same folders in each other over and over: more than %llu paths of "
			 "%llu objects; give the paths that are wanted",
			 (unsigned long long)trees->paths - 1, (unsigned long long)trees->objects);
}

/* ---- comparing ---------------------------------------------------------------------------- */

static enum narc_status compare_folders(struct comparison *comparison, const git_oid *before,
					const git_oid *after, struct narc_error *error);

static enum narc_status tell(struct comparison *comparison, bool nameable,
			     const git_tree_entry *after, struct narc_error *error)
{
	if (!counts(comparison->scope, comparison->path, false))
		return NARC_OK;
	return comparison->change(comparison->context, comparison->path, nameable, after, error);
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

	status = check_paths(comparison->trees, error);
	if (status != NARC_OK || (!nameable && !after))
		return status;
	if (name_size > GIT_PATH_LIMIT)
		name_size = GIT_PATH_LIMIT;
	memcpy(comparison->path + size, name, name_size);
	comparison->path[size + name_size] = '\0';
	if (!nameable || !is_folder(after ? after : before)) {
		status = tell(comparison, nameable, after, error);
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
	enum narc_status status = hold_tree(comparison->trees, before, &old, error);

	if (status == NARC_OK)
		status = hold_tree(comparison->trees, after, &new, error);
	if (status == NARC_OK)
		status = merge_entries(comparison, old, new, error);
	git_tree_free(old);
	git_tree_free(new);
	return status;
}

enum narc_status git_compare_trees(struct git_trees *trees, const struct git_scope *scope,
				   const git_oid *before, const git_oid *after,
				   git_change_fn change, void *context, struct narc_error *error)
{
	struct comparison comparison = { .trees = trees, .scope = scope, .change = change,
					 .context = context };

	if (before && git_oid_equal(before, after))
		return NARC_OK;
	return compare_folders(&comparison, before, after, error);
}

/* ---- looking up --------------------------------------------------------------------------- */

enum narc_status git_find_path(struct git_trees *trees, const git_oid *root, const char *path,
			       const git_tree_entry **entry, struct narc_error *error)
{
	char name[GIT_PATH_LIMIT + 1];
	const git_oid *id = root;

	*entry = NULL;
	while (id) {
		size_t size = strcspn(path, "/");
		bool is_last = path[size] == '\0';
		git_tree *tree;
		enum narc_status status;

		if (size > GIT_PATH_LIMIT)
			return NARC_OK;
		memcpy(name, path, size);
		name[size] = '\0';
		path += size + !is_last;
		status = read_tree(trees, id, &tree, error);
		if (status != NARC_OK)
			return status;
		*entry = git_tree_entry_byname(tree, name);
		/* Below a folder there is more, and nothing below a file. */
		if (is_last == is_folder(*entry))
			*entry = NULL;
		id = *entry && !is_last ? git_tree_entry_id(*entry) : NULL;
	}
	return NARC_OK;
}
