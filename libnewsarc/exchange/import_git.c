/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the history of a git repository straight to the packer: each commit that changes files is
 * a generation. A commit of the main line (see git_commits.h) brings the archive to what its tree
 * is. One that was merged brings what it changed itself, and the merge behind it sets that right;
 * both have the time of the merge, as that is when the site became what it says.
 */
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "exchange/git_commits.h"
#include "exchange/git_error.h"
#include "exchange/git_files.h"
#include "exchange/git_trees.h"
#include "exchange/path_map.h"
#include "support/status.h"
#include "support/translate.h"

enum { CACHE_SIZE = 16 << 20 };

struct import {
	narc_packer *packer;
	const char *source; /* the repository's name, for messages */
	git_repository *repository;
	struct git_files files;
	struct git_commits commits;
	struct git_scope scope;
	struct git_trees trees;
	git_oid main; /* tree of the main line that the archive has come to */
	bool has_main;
	git_oid here; /* tree of the commit at hand */
	struct path_map merged; /* what commits that were merged left at the paths that they changed,
				 * since the main line */
};

/* ---- commits of the main line ------------------------------------------------------------- */

/* A git_change_fn: adds what is new or has changed. */
static enum narc_status add_change(void *context, const char *path, bool is_nameable,
				   const git_tree_entry *after, struct narc_error *error)
{
	struct import *import = context;

	if (!after || path_map_find(&import->merged, path))
		return NARC_OK;
	if (!is_nameable)
		return git_files_skip(&import->files, path,
				      "has a name that cannot be stored, or is too long", error);
	return git_files_add(&import->files, path, git_tree_entry_id(after),
			     git_tree_entry_filemode(after), error);
}

/* A narc_has_path_fn. */
static enum narc_status has_path(void *context, const char *path, bool *has,
				 struct narc_error *error)
{
	struct import *import = context;
	const git_tree_entry *entry;
	enum narc_status status =
		git_find_path(&import->trees, &import->here, path, &entry, error);

	*has = entry != NULL;
	return status;
}

/* Brings a path that a merged commit changed to what the tree has. */
static enum narc_status set_right(struct import *import, const struct path_state *state,
				  struct narc_error *error)
{
	const git_tree_entry *entry;
	git_filemode_t mode;
	git_oid id;
	enum narc_status status =
		git_find_path(&import->trees, &import->here, state->path, &entry, error);

	if (status != NARC_OK || !entry)
		return status;
	id = *git_tree_entry_id(entry);
	mode = git_tree_entry_filemode(entry);
	if (mode == state->mode && git_oid_equal(&id, &state->id))
		return NARC_OK;
	return git_files_add(&import->files, state->path, &id, mode, error);
}

static enum narc_status take_main(struct import *import, const git_oid *tree, int64_t time,
				  struct narc_error *error)
{
	enum narc_status status;

	import->here = *tree;
	status = narc_packer_begin_generation(import->packer, time, has_path, import, error);
	if (status == NARC_OK)
		status = git_compare_trees(&import->trees, &import->scope,
					   import->has_main ? &import->main : NULL, tree, add_change,
					   import, error);
	path_map_sort(&import->merged);
	for (size_t i = 0; i < import->merged.count && status == NARC_OK; i++)
		status = set_right(import, &import->merged.slots[i], error);
	path_map_clear(&import->merged);
	import->main = *tree;
	import->has_main = true;
	return status;
}

/* ---- commits that were merged ------------------------------------------------------------- */

/* A narc_has_path_fn: what the commit does not know may be of the main line, and is not gone by
 * that, unless a merged commit took it away. */
static enum narc_status has_path_or_main(void *context, const char *path, bool *has,
					 struct narc_error *error)
{
	struct import *import = context;
	const struct path_state *state = path_map_find(&import->merged, path);
	const git_tree_entry *entry = NULL;
	enum narc_status status = has_path(context, path, has, error);

	if (status != NARC_OK || *has)
		return status;
	if (!state && import->has_main)
		status = git_find_path(&import->trees, &import->main, path, &entry, error);
	*has = state ? state->mode != GIT_FILEMODE_UNREADABLE : entry != NULL;
	return status;
}

/* A git_change_fn. */
static enum narc_status note_change(void *context, const char *path, bool is_nameable,
				    const git_tree_entry *after, struct narc_error *error)
{
	struct import *import = context;

	return !is_nameable || path_map_put(&import->merged, path, after) ? NARC_OK
									   : narc_fail_memory(error);
}

/* A git_change_fn: adds what is new or has changed, and was noted. */
static enum narc_status add_noted(void *context, const char *path, bool is_nameable,
				  const git_tree_entry *after, struct narc_error *error)
{
	struct import *import = context;

	if (!after || !is_nameable)
		return NARC_OK;
	return git_files_add(&import->files, path, git_tree_entry_id(after),
			     git_tree_entry_filemode(after), error);
}

/* The tree of a commit's first parent; *has is false if it has none that is there. */
static void find_parent_tree(const git_commit *commit, git_oid *tree, bool *has)
{
	git_commit *parent = NULL;

	*has = git_commit_parentcount(commit) > 0 && git_commit_parent(&parent, commit, 0) == 0;
	if (*has)
		*tree = *git_commit_tree_id(parent);
	git_commit_free(parent);
}

/* All changes are noted first, as a file may have its place from one that is gone. */
static enum narc_status take_merged(struct import *import, const git_oid *id, int64_t time,
				    struct narc_error *error)
{
	git_commit *commit;
	git_oid before;
	bool has_before;
	enum narc_status status =
		git_commits_look_up(import->repository, id, &commit, error);

	if (status != NARC_OK)
		return status;
	find_parent_tree(commit, &before, &has_before);
	import->here = *git_commit_tree_id(commit);
	import->files.time = git_commits_time(commit);
	git_commit_free(commit);
	status = narc_packer_begin_generation(import->packer, time, has_path_or_main, import,
					      error);
	if (status == NARC_OK)
		status = git_compare_trees(&import->trees, &import->scope,
					   has_before ? &before : NULL, &import->here, note_change,
					   import, error);
	if (status == NARC_OK)
		status = git_compare_trees(&import->trees, &import->scope,
					   has_before ? &before : NULL, &import->here, add_noted,
					   import, error);
	return status;
}

static enum narc_status take_all_merged(struct import *import, const struct oid_list *list,
					int64_t time, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < list->count && status == NARC_OK; i++)
		status = take_merged(import, &list->ids[i], time, error);
	return status;
}

/* ---- the whole history -------------------------------------------------------------------- */

static enum narc_status take_commit(struct import *import, const git_oid *id, int64_t time,
				    struct narc_error *error)
{
	git_commit *commit;
	git_oid tree;
	enum narc_status status =
		git_commits_look_up(import->repository, id, &commit, error);

	if (status != NARC_OK)
		return status;
	tree = *git_commit_tree_id(commit);
	import->files.time = git_commits_time(commit);
	git_commit_free(commit);
	return take_main(import, &tree, time, error);
}

static enum narc_status take_main_line(struct import *import, bool with_merged,
				       struct narc_error *error)
{
	struct git_commits *commits = &import->commits;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < commits->main.count && status == NARC_OK; i++) {
		const git_oid *id = &commits->main.ids[i];
		struct oid_list merged = { 0 };

		if (with_merged)
			status = git_commits_merged(commits, id, &merged, error);
		if (status == NARC_OK)
			status = take_all_merged(import, &merged, commits->times[i], error);
		if (status == NARC_OK)
			status = take_commit(import, id, commits->times[i], error);
		oid_list_free(&merged);
	}
	return status;
}

static enum narc_status take_others(struct import *import, const struct oid_list *others,
				    int64_t newest, struct narc_error *error)
{
	enum narc_status status = take_all_merged(import, others, newest, error);

	return status == NARC_OK && others->count
		       ? take_commit(import, &import->commits.tips.ids[0], newest, error)
		       : status;
}

/* What the range follows is brought in first: an archive that is new has it whole then, and one
 * that is appended to is what it was taken for. */
static enum narc_status take_start(struct import *import, struct narc_error *error)
{
	const struct git_commits *commits = &import->commits;

	return commits->has_start
		       ? take_commit(import, &commits->start, commits->start_time, error)
		       : NARC_OK;
}

static void tell_cut(const struct import *import)
{
	char text[200], name[8];

	if (!import->commits.is_cut)
		return;
	git_oid_tostr(name, sizeof(name), &import->commits.cut);
	snprintf(text, sizeof(text),
		 translated("is a shallow clone, which does not have what was before commit %s"),
		 name);
	narc_packer_notify(import->packer, NARC_NOTICE_SKIPPED, import->source, text);
}

static void tell_not_found(const struct import *import)
{
	for (size_t i = 0; i < import->scope.count; i++)
		if (!import->scope.found[i])
			narc_packer_notify(import->packer, NARC_NOTICE_SKIPPED,
					   import->scope.paths[i], "is in none of the commits");
}

static enum narc_status take_history(struct import *import, bool by_day, struct narc_error *error)
{
	struct git_commits *commits = &import->commits;
	struct oid_list others = { 0 };
	int64_t newest = 0;
	size_t count;
	enum narc_status status = NARC_OK;

	if (by_day)
		git_commits_keep_days(commits);
	count = commits->main.count;
	if (count)
		status = take_start(import, error);
	if (status == NARC_OK)
		status = take_main_line(import, !by_day, error);
	if (status == NARC_OK && !by_day)
		status = git_commits_others(commits, &others, &newest, error);
	if (status == NARC_OK && others.count && !count)
		status = take_start(import, error);
	if (status == NARC_OK)
		status = take_others(import, &others, newest, error);
	if (status == NARC_OK) {
		tell_cut(import);
		if (count || others.count)
			tell_not_found(import);
	}
	oid_list_free(&others);
	return status;
}

/* The time of the last generation of the archive that is appended to: false if there is none. */
static bool find_since(narc_archive *archive, int64_t *since)
{
	struct narc_info info;

	return archive && narc_archive_info(archive, &info, NULL) == NARC_OK &&
	       narc_archive_generation_time(archive, info.generation, since, NULL) == NARC_OK;
}

/* libgit2 1.5 fails so where no configuration says which repositories of others are trusted. */
static bool is_of_others(int result)
{
	const git_error *last = git_error_last();

	return result == GIT_EOWNER ||
	       (result != 0 && last && last->message && strstr(last->message, "safe.directory"));
}

static enum narc_status open_repository(struct import *import, struct narc_error *error)
{
	int result = git_repository_open(&import->repository, import->source);

	if (is_of_others(result))
		return narc_fail(error, NARC_IO, "git", NARC_NO_OFFSET,
				 "belongs to somebody else; \"git config --global --add "
				 "safe.directory PATH\" says that it can be trusted");
	if (result != 0)
		return git_fail(error, NARC_IO, "cannot be opened as a git repository");
	import->trees.repository = import->repository;
	if (git_repository_odb(&import->files.odb, import->repository) != 0)
		return git_fail(error, NARC_IO, "cannot open the objects");
	return NARC_OK;
}

static enum narc_status run(struct import *import, const struct narc_git_options *options,
			    struct narc_error *error)
{
	struct git_commits *commits = &import->commits;
	bool by_day = options->generation == NARC_GIT_DAY;
	int64_t since;
	bool has_since;
	enum narc_status status = open_repository(import, error);

	if (status == NARC_OK)
		status = git_commits_init(commits, import->repository, options->revisions,
					  options->revision_count, error);
	if (status == NARC_OK && by_day && commits->tips.count > 1)
		status = narc_fail(error, NARC_MISUSE, "git", NARC_NO_OFFSET,
				   "generations of days are of one branch: give one revision");
	if (status != NARC_OK)
		return status;
	/* Who gives a range knows what the archive has. */
	has_since = commits->hidden.count == 0 && find_since(options->archive, &since);
	status = git_commits_list(commits, has_since ? &since : NULL, error);
	return status == NARC_OK ? take_history(import, by_day, error) : status;
}

void narc_git_options_init(struct narc_git_options *options)
{
	*options = (struct narc_git_options){ .generation = NARC_GIT_COMMIT };
}

enum narc_status narc_import_git(narc_packer *packer, const char *path,
				 const struct narc_git_options *options, struct narc_error *error)
{
	struct import import = {
		.packer = packer,
		.source = path,
		.files = { .packer = packer },
	};
	struct narc_error local;
	enum narc_status status;

	if (!error)
		error = &local;
	/* Of what was read, some is kept here; libgit2 would keep 256 MiB, and more for what it makes
	 * of that. Who uses it elsewhere has it as it was. */
	if (git_libgit2_init() == 1)
		git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_SIZE);
	status = git_scope_init(&import.scope, options->paths, options->path_count, error);
	if (status == NARC_OK)
		status = run(&import, options, error);
	git_commits_free(&import.commits);
	git_trees_free(&import.trees);
	path_map_clear(&import.merged);
	git_scope_free(&import.scope);
	git_files_free(&import.files);
	git_repository_free(import.repository);
	git_libgit2_shutdown();
	return status;
}

bool narc_git_library_version(size_t index, struct narc_library *library)
{
	int major, minor, patch;

	if (index > 0)
		return false;
	git_libgit2_version(&major, &minor, &patch);
	library->name = "libgit2";
	snprintf(library->version, sizeof(library->version), "%d.%d.%d", major, minor, patch);
	return true;
}
