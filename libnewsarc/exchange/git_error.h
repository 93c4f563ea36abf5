/* SPDX-License-Identifier: BSD-2-Clause */
/* What libgit2 fails with, as an error of newsarc's. */
#ifndef NARC_EXCHANGE_GIT_ERROR_H
#define NARC_EXCHANGE_GIT_ERROR_H

#include <git2.h>

#include "newsarc.h"

/* Fills in *error with a message of its own, and returns status. */
enum narc_status git_say(struct narc_error *error, enum narc_status status, const char *format,
			 ...) __attribute__((format(printf, 3, 4)));

/* The same with libgit2's word on its last failure behind what it was about. */
enum narc_status git_fail(struct narc_error *error, enum narc_status status, const char *what);

enum narc_status git_fail_memory(struct narc_error *error);

/* Of a commit, tree or blob that has to be there: NARC_IO, for the repository is damaged. */
enum narc_status git_fail_object(struct narc_error *error, const char *kind, const git_oid *id);

#endif
