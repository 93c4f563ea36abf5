/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

/* gcc defines it; clang has to be asked. */
#if !defined(__SANITIZE_ADDRESS__) && defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

bool is_thorough(void)
{
#ifdef __SANITIZE_ADDRESS__
	return getenv("NARC_LONG") != NULL;
#else
	return true;
#endif
}

void check_status(enum narc_status status, enum narc_status wanted,
		  const struct narc_error *error, const char *file, int line)
{
	if (status == wanted)
		return;
	print_error("%s:%d: %s instead of %s\n", file, line, narc_status_name(status),
		    narc_status_name(wanted));
	if (status != NARC_OK && status != NARC_END && error)
		print_error("  stage \"%s\", path \"%s\": %s\n", error->stage, error->path,
			    error->message);
	_fail(file, line);
}

void check_error_is_told(const struct narc_error *error, enum narc_status wanted,
			 const char *file, int line)
{
	if (error->status == wanted && error->stage[0] && error->message[0] &&
	    memchr(error->stage, '\0', sizeof(error->stage)) &&
	    memchr(error->path, '\0', sizeof(error->path)) &&
	    memchr(error->message, '\0', sizeof(error->message)))
		return;
	print_error("%s:%d: the error object says %s, \"%s\", \"%s\"\n", file, line,
		    narc_status_name(error->status), error->stage, error->message);
	_fail(file, line);
}
