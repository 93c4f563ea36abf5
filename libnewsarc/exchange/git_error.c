/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/git_error.h"

#include <stdio.h>

#include "support/status.h"
#include "support/translate.h"

enum narc_status git_fail(struct narc_error *error, enum narc_status status, const char *what)
{
	const git_error *last = git_error_last();

	if (last && last->klass == GIT_ERROR_NOMEMORY)
		return narc_fail_memory(error);
	return narc_fail(error, status, "git", NARC_NO_OFFSET, "%s: %s", translated(what),
			 last && last->message ? last->message : "?");
}

enum narc_status git_fail_object(struct narc_error *error, const char *kind, const git_oid *id)
{
	char name[GIT_OID_HEXSZ + 1], what[128];

	git_oid_tostr(name, sizeof(name), id);
	snprintf(what, sizeof(what), translated("cannot read the %s %s"), kind, name);
	return git_fail(error, NARC_IO, what);
}
