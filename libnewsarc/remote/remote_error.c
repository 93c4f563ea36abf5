/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/remote_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/translate.h"

enum narc_status remote_fail(struct narc_error *error, enum narc_status status,
			     const char *format, ...)
{
	va_list arguments;

	if (!error)
		return status;
	memset(error, 0, sizeof(*error));
	error->status = status;
	error->offset = NARC_NO_OFFSET;
	snprintf(error->stage, sizeof(error->stage), "remote");
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), translated(format), arguments);
	va_end(arguments);
	return status;
}

enum narc_status remote_fail_memory(struct narc_error *error)
{
	return remote_fail(error, NARC_NOMEM, "out of memory");
}
