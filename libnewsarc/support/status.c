/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/translate.h"

static void start_error(struct narc_error *error, enum narc_status status, const char *stage)
{
	memset(error, 0, sizeof(*error));
	error->status = status;
	error->offset = NARC_NO_OFFSET;
	snprintf(error->stage, sizeof(error->stage), "%s", stage);
}

enum narc_status narc_fail(struct narc_error *error, enum narc_status status, const char *stage,
			   uint64_t offset, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return status;
	start_error(error, status, stage);
	error->offset = offset;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), translated(format), arguments);
	va_end(arguments);
	return status;
}

enum narc_status narc_fail_text(struct narc_error *error, enum narc_status status,
				const char *stage, uint64_t offset, const char *text)
{
	return narc_fail(error, status, stage, offset, "%s", translated(text));
}

/* glibc has a strerror_r of its own, which returns the text; POSIX's returns a status. */
static inline const char *text_of_gnu(char *returned, const char *text)
{
	(void)text;
	return returned;
}

static inline const char *text_of_posix(int returned, const char *text)
{
	return returned == 0 ? text : translated("unknown error");
}

const char *system_error_text(int system_errno, char text[SYSTEM_TEXT_SIZE])
{
	return _Generic(strerror_r(system_errno, text, SYSTEM_TEXT_SIZE),
			char *: text_of_gnu,
			int: text_of_posix)(strerror_r(system_errno, text, SYSTEM_TEXT_SIZE), text);
}

enum narc_status narc_fail_system(struct narc_error *error, const char *stage, const char *path,
				  int system_errno, const char *what)
{
	enum narc_status status = system_errno == ENOMEM ? NARC_NOMEM : NARC_IO;
	char text[SYSTEM_TEXT_SIZE];

	if (!error)
		return status;
	start_error(error, status, stage);
	error->system_errno = system_errno;
	narc_error_set_path(error, path);
	snprintf(error->message, sizeof(error->message), "%s: %s", translated(what),
		 system_error_text(system_errno, text));
	return status;
}

enum narc_status narc_fail_memory(struct narc_error *error)
{
	return narc_fail(error, NARC_NOMEM, "memory", NARC_NO_OFFSET, "out of memory");
}

void narc_error_set_path(struct narc_error *error, const char *path)
{
	if (error)
		snprintf(error->path, sizeof(error->path), "%s", path ? path : "");
}
