/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling in the caller's error object, as the library does. */
#ifndef NARC_SEARCH_FAIL_H
#define NARC_SEARCH_FAIL_H

#include <newsarc.h>

/* Fills in *error (if there is one) and returns status. */
enum narc_status search_fail(struct narc_error *error, enum narc_status status, const char *format,
			     ...) __attribute__((format(printf, 3, 4)));

enum narc_status search_fail_memory(struct narc_error *error);

/* The same for a failed system call: what, and the text of system_errno. */
enum narc_status search_fail_system(struct narc_error *error, int system_errno, const char *what);

/* Whether an error was filled in by the calls above, and not by the library. */
bool search_error_is_own(const struct narc_error *error);

/* Sets the path of an error that has none yet. */
void search_error_set_path(struct narc_error *error, const char *path);

#endif
