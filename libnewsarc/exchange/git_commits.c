/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/git_commits.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/git_error.h"
#include "support/status.h"

enum { SECONDS_PER_DAY = 24 * 60 * 60 };

/* Beyond this, a time is nonsense; the difference of any two must be a number, too. */
#define TIME_LIMIT ((int64_t)1 << 50)

void git_commits_free(struct git_commits *commits)
{
	oid_list_free(&commits->tips);
	oid_list_free(&commits->hidden);
	oid_list_free(&commits->main);
	oid_set_free(&commits->seen);
	free(commits->times);
}

enum narc_status git_commits_look_up(git_repository *repository, const git_oid *id,
				     git_commit **commit, struct narc_error *error)
{
	if (git_commit_lookup(commit, repository, id) != 0)
		return git_fail_object(error, "commit", id);
	return NARC_OK;
}

int64_t git_commits_time(const git_commit *commit)
{
	int64_t time = git_commit_time(commit);

	if (time > TIME_LIMIT)
		return TIME_LIMIT;
	return time < -TIME_LIMIT ? -TIME_LIMIT : time;
}

/* ---- revisions ---------------------------------------------------------------------------- */

static enum narc_status add_id(struct oid_list *list, const git_oid *id, struct narc_error *error)
{
	return oid_list_add(list, id) ? NARC_OK : narc_fail_memory(error);
}

/* Adds the commit that an object, which is taken over, is or leads to. */
static enum narc_status add_object(struct oid_list *list, git_object *object, const char *revision,
				   struct narc_error *error)
{
	git_object *commit = NULL;
	enum narc_status status;

	if (git_object_peel(&commit, object, GIT_OBJECT_COMMIT) != 0)
		status = narc_fail(error, NARC_MISUSE, "git", NARC_NO_OFFSET,
				   "\"%s\" is no commit", revision);
	else
		status = add_id(list, git_object_id(commit), error);
	git_object_free(commit);
	git_object_free(object);
	return status;
}

static enum narc_status add_revision(struct git_commits *commits, const char *revision,
				     struct narc_error *error)
{
	bool is_hidden = *revision == '^';
	git_revspec spec = { NULL, NULL, 0 };
	enum narc_status status = NARC_OK;

	if (git_revparse(&spec, commits->repository, revision + is_hidden) != 0)
		return narc_fail(error, NARC_NOT_FOUND, "git", NARC_NO_OFFSET,
				 "there is no revision \"%s\"", revision);
	if (spec.flags & GIT_REVSPEC_MERGE_BASE || (is_hidden && spec.to)) {
		git_object_free(spec.from);
		git_object_free(spec.to);
		return narc_fail(error, NARC_MISUSE, "git", NARC_NO_OFFSET,
				 "\"%s\": a range is A..B", revision);
	}
	if (spec.from)
		status = add_object(is_hidden || spec.to ? &commits->hidden : &commits->tips,
				    spec.from, revision, error);
	if (status == NARC_OK && spec.to)
		return add_object(&commits->tips, spec.to, revision, error);
	git_object_free(status == NARC_OK ? NULL : spec.to);
	return status;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Branches, those of other repositories, and tags; not what tools keep in refs of their own. */
static bool is_of_people(const char *name)
{
	static const char *const folders[] = { "refs/heads/", "refs/remotes/", "refs/tags/" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strncmp(name, folders[i], strlen(folders[i])) == 0)
			return true;
	return false;
}

/* Adds what a name leads to; a tag of no commit has no history. */
static enum narc_status add_reference(struct git_commits *commits, const char *name,
				      struct narc_error *error)
{
	git_object *commit = NULL;
	git_reference *reference = NULL;
	enum narc_status status = NARC_OK;

	if (git_reference_lookup(&reference, commits->repository, name) == 0 &&
	    git_reference_peel(&commit, reference, GIT_OBJECT_COMMIT) == 0)
		status = add_id(&commits->tips, git_object_id(commit), error);
	git_object_free(commit);
	git_reference_free(reference);
	return status;
}

static enum narc_status add_all_references(struct git_commits *commits, struct narc_error *error)
{
	git_strarray names = { NULL, 0 };
	enum narc_status status = add_reference(commits, "HEAD", error);

	if (status == NARC_OK && git_reference_list(&names, commits->repository) != 0)
		status = git_fail(error, NARC_IO, "cannot list the branches and tags");
	if (names.count)
		qsort(names.strings, names.count, sizeof(*names.strings), by_name);
	for (size_t i = 0; i < names.count && status == NARC_OK; i++)
		if (is_of_people(names.strings[i]))
			status = add_reference(commits, names.strings[i], error);
	git_strarray_dispose(&names);
	return status;
}

static enum narc_status add_head(struct git_commits *commits, struct narc_error *error)
{
	enum narc_status status = add_reference(commits, "HEAD", error);

	if (status == NARC_OK && commits->tips.count == 0)
		return narc_fail(error, NARC_NOT_FOUND, "git", NARC_NO_OFFSET,
				 "there is no commit at HEAD; --rev names a branch that has some");
	return status;
}

enum narc_status git_commits_init(struct git_commits *commits, git_repository *repository,
				  const char *const *revisions, size_t count,
				  struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	*commits = (struct git_commits){ .repository = repository };
	for (size_t i = 0; i < count && status == NARC_OK; i++)
		status = strcmp(revisions[i], "--all") == 0
				 ? add_all_references(commits, error)
				 : add_revision(commits, revisions[i], error);
	if (status == NARC_OK && commits->tips.count == 0)
		status = add_head(commits, error);
	return status;
}

/* ---- parents ------------------------------------------------------------------------------ */

/* Whether a parent is there. A shallow clone does not have those of its oldest commits. */
static bool has_parent(struct git_commits *commits, const git_oid *child, const git_oid *parent)
{
	git_odb *odb;
	bool has = true;

	if (!git_repository_is_shallow(commits->repository) ||
	    git_repository_odb(&odb, commits->repository) != 0)
		return true;
	has = git_odb_exists(odb, parent);
	git_odb_free(odb);
	if (!has && !commits->is_cut) {
		commits->is_cut = true;
		commits->cut = *child;
	}
	return has;
}

/* Has the parents of a commit wait, the first on top, above a mark: a name of zeros, which says
 * that all of them came. No commit has it. */
static enum narc_status push_parents(struct git_commits *commits, const git_oid *id,
				     struct oid_list *waiting, struct narc_error *error)
{
	git_commit *commit;
	enum narc_status status =
		git_commits_look_up(commits->repository, id, &commit, error);

	if (status != NARC_OK)
		return status;
	status = add_id(waiting, &(git_oid){ { 0 } }, error);
	for (unsigned i = git_commit_parentcount(commit); i-- > 0 && status == NARC_OK;) {
		const git_oid *parent = git_commit_parent_id(commit, i);

		if (git_oid_is_zero(parent))
			status = git_fail_object(error, "commit", parent);
		else if (!oid_set_has(&commits->seen, parent) && has_parent(commits, id, parent))
			status = add_id(waiting, parent, error);
	}
	git_commit_free(commit);
	return status;
}

/* Lists what is behind these commits and was not seen yet, parents before children, and marks
 * it as seen; list may be NULL. Goes down the first parent first, but has the commits that wait
 * in memory and not in calls, for there may be millions. */
static enum narc_status list_behind(struct git_commits *commits, const struct oid_list *from,
				    struct oid_list *list, struct narc_error *error)
{
	struct oid_list waiting = { 0 };
	enum narc_status status = NARC_OK;

	for (size_t i = from->count; i-- > 0 && status == NARC_OK;)
		status = add_id(&waiting, &from->ids[i], error);
	while (waiting.count && status == NARC_OK) {
		git_oid id = waiting.ids[waiting.count - 1];

		if (git_oid_is_zero(&id)) {
			waiting.count -= 2;
			if (list)
				status = add_id(list, &waiting.ids[waiting.count], error);
		} else if (oid_set_has(&commits->seen, &id)) {
			waiting.count--;
		} else if (oid_set_add(&commits->seen, &id)) {
			status = push_parents(commits, &id, &waiting, error);
		} else {
			status = narc_fail_memory(error);
		}
	}
	oid_list_free(&waiting);
	return status;
}

static enum narc_status see_hidden(struct git_commits *commits, struct narc_error *error)
{
	bool was_cut = commits->is_cut;
	enum narc_status status;

	if (commits->is_hidden_seen)
		return NARC_OK;
	commits->is_hidden_seen = true;
	status = list_behind(commits, &commits->hidden, NULL, error);
	/* Where a shallow clone ends there is of no interest. */
	commits->is_cut = was_cut;
	return status;
}

/* ---- the main line ------------------------------------------------------------------------ */

static enum narc_status add_main(struct git_commits *commits, const git_oid *id, int64_t time,
				 struct narc_error *error)
{
	size_t before = commits->main.capacity;
	enum narc_status status = add_id(&commits->main, id, error);
	int64_t *grown;

	if (status != NARC_OK)
		return status;
	if (commits->main.capacity != before) {
		grown = realloc(commits->times, commits->main.capacity * sizeof(*grown));
		if (!grown)
			return narc_fail_memory(error);
		commits->times = grown;
	}
	commits->times[commits->main.count - 1] = time;
	return NARC_OK;
}

/* Goes back from the tip to the first commit that is hidden, or has no parent. */
static enum narc_status go_back(struct git_commits *commits, struct narc_error *error)
{
	git_oid id = commits->tips.ids[0];
	enum narc_status status = NARC_OK;

	while (status == NARC_OK) {
		git_oid parent = { { 0 } };
		git_commit *commit;
		bool has;

		if (oid_set_has(&commits->seen, &id)) {
			commits->has_start = true;
			commits->start = id;
			break;
		}
		status = git_commits_look_up(commits->repository, &id, &commit, error);
		if (status != NARC_OK)
			break;
		status = add_main(commits, &id, git_commits_time(commit), error);
		has = git_commit_parentcount(commit) > 0;
		if (has)
			parent = *git_commit_parent_id(commit, 0);
		git_commit_free(commit);
		if (!has || !has_parent(commits, &id, &parent))
			break;
		id = parent;
	}
	return status;
}

/* Puts the oldest first, and has times never go back. */
static void settle_main(struct git_commits *commits)
{
	size_t count = commits->main.count;

	for (size_t i = 0; 2 * i + 1 < count; i++) {
		git_oid id = commits->main.ids[i];
		int64_t time = commits->times[i];

		commits->main.ids[i] = commits->main.ids[count - 1 - i];
		commits->times[i] = commits->times[count - 1 - i];
		commits->main.ids[count - 1 - i] = id;
		commits->times[count - 1 - i] = time;
	}
	for (size_t i = 1; i < count; i++)
		if (commits->times[i] < commits->times[i - 1])
			commits->times[i] = commits->times[i - 1];
}

/* Takes off the commits whose time is not after since, as they are packed already. */
static enum narc_status take_off(struct git_commits *commits, int64_t since,
				 struct narc_error *error)
{
	size_t count = 0;

	commits->is_since = true;
	commits->since = since;
	while (count < commits->main.count && commits->times[count] <= since)
		count++;
	if (count == 0)
		return NARC_OK;
	commits->has_start = true;
	commits->start = commits->main.ids[count - 1];
	/* Where a shallow clone ends is behind that. */
	commits->is_cut = false;
	commits->main.count -= count;
	memmove(commits->main.ids, commits->main.ids + count,
		commits->main.count * sizeof(*commits->main.ids));
	memmove(commits->times, commits->times + count,
		commits->main.count * sizeof(*commits->times));
	return add_id(&commits->hidden, &commits->start, error);
}

enum narc_status git_commits_list(struct git_commits *commits, const int64_t *since,
				  struct narc_error *error)
{
	enum narc_status status = see_hidden(commits, error);
	git_commit *start;

	if (status == NARC_OK)
		status = go_back(commits, error);
	if (status == NARC_OK)
		settle_main(commits);
	if (status == NARC_OK && since) {
		status = take_off(commits, *since, error);
		commits->is_hidden_seen = false;
	}
	if (status != NARC_OK || !commits->has_start)
		return status;
	status = git_commits_look_up(commits->repository, &commits->start, &start, error);
	if (status != NARC_OK)
		return status;
	commits->start_time = git_commits_time(start);
	git_commit_free(start);
	return NARC_OK;
}

static int64_t day_of(int64_t time)
{
	return time / SECONDS_PER_DAY - (time % SECONDS_PER_DAY < 0);
}

void git_commits_keep_days(struct git_commits *commits)
{
	size_t kept = 0;

	for (size_t i = 0; i < commits->main.count; i++) {
		if (i + 1 < commits->main.count &&
		    day_of(commits->times[i]) == day_of(commits->times[i + 1]))
			continue;
		commits->main.ids[kept] = commits->main.ids[i];
		commits->times[kept++] = commits->times[i];
	}
	commits->main.count = kept;
}

/* ---- all others --------------------------------------------------------------------------- */

enum narc_status git_commits_merged(struct git_commits *commits, const git_oid *id,
				    struct oid_list *list, struct narc_error *error)
{
	struct oid_list merged = { 0 };
	git_commit *commit;
	enum narc_status status =
		git_commits_look_up(commits->repository, id, &commit, error);

	if (status != NARC_OK)
		return status;
	for (unsigned i = 1; i < git_commit_parentcount(commit) && status == NARC_OK; i++)
		if (has_parent(commits, id, git_commit_parent_id(commit, i)))
			status = add_id(&merged, git_commit_parent_id(commit, i), error);
	git_commit_free(commit);
	if (status == NARC_OK && merged.count)
		status = see_hidden(commits, error);
	if (status == NARC_OK && merged.count)
		status = list_behind(commits, &merged, list, error);
	if (status == NARC_OK && !oid_set_add(&commits->seen, id))
		status = narc_fail_memory(error);
	oid_list_free(&merged);
	return status;
}

enum narc_status git_commits_others(struct git_commits *commits, struct oid_list *list,
				    int64_t *newest, struct narc_error *error)
{
	size_t kept = 0;
	enum narc_status status = NARC_OK;

	if (commits->tips.count < 2)
		return NARC_OK;
	status = see_hidden(commits, error);
	if (status == NARC_OK)
		status = list_behind(commits, &commits->tips, list, error);
	for (size_t i = 0; i < list->count && status == NARC_OK; i++) {
		git_commit *commit;
		int64_t time;

		status = git_commits_look_up(commits->repository, &list->ids[i], &commit, error);
		if (status != NARC_OK)
			break;
		time = git_commits_time(commit);
		git_commit_free(commit);
		if (commits->is_since && time <= commits->since)
			continue;
		if (kept == 0 || time > *newest)
			*newest = time;
		list->ids[kept++] = list->ids[i];
	}
	list->count = kept;
	return status;
}
