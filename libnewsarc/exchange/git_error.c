/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/git_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/translate.h"

enum narc_status git_say(struct narc_error *error, enum narc_status status, const char *format,
			 ...)
{
	va_list arguments;

	if (!error)
		return status;
	memset(error, 0, sizeof(*error));
	error->status = status;
	error->offset = NARC_NO_OFFSET;
	strcpy(error->stage, "git");
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), translated(format), arguments);
	va_end(arguments);
	return status;
}

enum narc_status git_fail_memory(struct narc_error *error)
{
	return git_say(error, NARC_NOMEM, "out of memory");
}

enum narc_status git_fail(struct narc_error *error, enum narc_status status, const char *what)
{
	const git_error *last = git_error_last();

	if (last && last->klass == GIT_ERROR_NOMEMORY)
		return git_fail_memory(error);
	return git_say(error, status, "%s: %s", translated(what),
		       last && last->message ? last->message : "?");
}

enum narc_status git_fail_object(struct narc_error *error, const char *kind, const git_oid *id)
{
	char name[GIT_OID_HEXSZ + 1], what[128];

	git_oid_tostr(name, sizeof(name), id);
	snprintf(what, sizeof(what), translated("cannot read the %s %s"), kind, name);
	return git_fail(error, NARC_IO, what);
}
