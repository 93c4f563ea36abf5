/* SPDX-License-Identifier: BSD-2-Clause */
/* What libgit2 fails with, as an error of newsarc's. */
#ifndef NARC_EXCHANGE_GIT_ERROR_H
#define NARC_EXCHANGE_GIT_ERROR_H

#include <git2.h>

#include "newsarc.h"

/* Fills in *error with libgit2's word on its last failure behind what it was about, and returns
 * status. */
enum narc_status git_fail(struct narc_error *error, enum narc_status status, const char *what);

/* Of a commit, tree or blob that has to be there: NARC_IO, for the repository is damaged. */
enum narc_status git_fail_object(struct narc_error *error, const char *kind, const git_oid *id);

#endif
