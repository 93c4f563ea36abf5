/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which commits of a repository are packed, and in which order.
 *
 * The commits from a tip back through first parents are its main line: what the site was, one
 * state after the other. What a merge brought in comes right before the merge, parents before
 * children. So every commit comes once, and between two of the main line come only those that
 * the later one contains and the earlier one does not.
 */
#ifndef NARC_EXCHANGE_GIT_COMMITS_H
#define NARC_EXCHANGE_GIT_COMMITS_H

#include <git2.h>

#include "exchange/oid_set.h"
#include "newsarc.h"

struct git_commits {
	git_repository *repository;
	struct oid_list tips;   /* the first is that of the main line */
	struct oid_list hidden; /* with all behind them, they are not packed */
	struct oid_set seen;    /* commits that came, or will not */
	bool is_hidden_seen;
	struct oid_list main;   /* the main line, the oldest first */
	int64_t *times;         /* of these, never going back */
	bool has_start;
	git_oid start;          /* the commit that the oldest follows, which is not packed */
	int64_t start_time;
	bool is_since;          /* of other commits, only those after this time are packed */
	int64_t since;
	bool is_cut;            /* a shallow clone ends at this commit, which comes */
	git_oid cut;
};

/* revisions: names of commits, "A..B", "^A", or "--all"; none: HEAD. NARC_NOT_FOUND for what is
 * not there. */
enum narc_status git_commits_init(struct git_commits *commits, git_repository *repository,
				  const char *const *revisions, size_t count,
				  struct narc_error *error);
void git_commits_free(struct git_commits *commits);

/* Lists the main line; if since is not NULL, from the first commit on whose time is after that. */
enum narc_status git_commits_list(struct git_commits *commits, const int64_t *since,
				  struct narc_error *error);

/* Of the main line, leaves only the last commit of each day of UTC. */
void git_commits_keep_days(struct git_commits *commits);

/* Gives the commits that a commit of the main line, the next, brought in by merging. */
enum narc_status git_commits_merged(struct git_commits *commits, const git_oid *id,
				    struct oid_list *list, struct narc_error *error);

/* Gives the commits of other tips, when all of the main line came, and the time of the newest of
 * these, if there are any. */
enum narc_status git_commits_others(struct git_commits *commits, struct oid_list *list,
				    int64_t *newest, struct narc_error *error);

/* Looks up a commit; its time is within what an archive can have. */
enum narc_status git_commits_look_up(git_repository *repository, const git_oid *id,
				     git_commit **commit, struct narc_error *error);
int64_t git_commits_time(const git_commit *commit);

#endif
