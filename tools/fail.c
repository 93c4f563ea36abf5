/* SPDX-License-Identifier: BSD-2-Clause */
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "translate.h"

enum narc_status fail_at(struct narc_error *error, enum narc_status status, const char *stage,
			 const char *format, ...)
{
	va_list arguments;

	if (!error)
		return status;
	*error = (struct narc_error){ .status = status, .offset = NARC_NO_OFFSET };
	snprintf(error->stage, sizeof(error->stage), "%s", stage);
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), _(format), arguments);
	va_end(arguments);
	return status;
}

enum narc_status fail_memory(struct narc_error *error)
{
	return fail_at(error, NARC_NOMEM, "memory", "out of memory");
}

enum narc_status fail_system(struct narc_error *error, int system_errno, const char *stage,
			     const char *what)
{
	enum narc_status status = system_errno == ENOMEM ? NARC_NOMEM : NARC_IO;
	char text[128];

	fail_at(error, status, stage, "%s: %s", _(what),
		strerror_r(system_errno, text, sizeof(text)));
	if (error)
		error->system_errno = system_errno;
	return status;
}

void error_set_path(struct narc_error *error, const char *path)
{
	if (error && !error->path[0])
		snprintf(error->path, sizeof(error->path), "%s", path);
}
