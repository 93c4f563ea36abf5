/* SPDX-License-Identifier: BSD-2-Clause */
#include "search/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STAGE "search"

enum narc_status search_fail(struct narc_error *error, enum narc_status status, const char *format,
			     ...)
{
	va_list arguments;

	if (!error)
		return status;
	*error = (struct narc_error){ .status = status, .offset = NARC_NO_OFFSET };
	snprintf(error->stage, sizeof(error->stage), STAGE);
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return status;
}

enum narc_status search_fail_memory(struct narc_error *error)
{
	return search_fail(error, NARC_NOMEM, "out of memory");
}

enum narc_status search_fail_system(struct narc_error *error, int system_errno, const char *what)
{
	enum narc_status status = system_errno == ENOMEM ? NARC_NOMEM : NARC_IO;
	char text[128];

	search_fail(error, status, "%s: %s", what, strerror_r(system_errno, text, sizeof(text)));
	if (error)
		error->system_errno = system_errno;
	return status;
}

void search_error_set_path(struct narc_error *error, const char *path)
{
	if (error && !error->path[0])
		snprintf(error->path, sizeof(error->path), "%s", path);
}

bool search_error_is_own(const struct narc_error *error)
{
	return strcmp(error->stage, STAGE) == 0;
}
