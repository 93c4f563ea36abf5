/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling in the caller's error object, as the library does. */
#ifndef NARC_TOOLS_FAIL_H
#define NARC_TOOLS_FAIL_H

#include <newsarc.h>

/* Fills in *error (if there is one) and returns status. stage: at most 23 bytes. */
enum narc_status fail_at(struct narc_error *error, enum narc_status status, const char *stage,
			 const char *format, ...) __attribute__((format(printf, 4, 5)));

enum narc_status fail_memory(struct narc_error *error);

/* The same for a failed system call: what, and the text of system_errno. */
enum narc_status fail_system(struct narc_error *error, int system_errno, const char *stage,
			     const char *what);

/* Sets the path of an error that has none yet. */
void error_set_path(struct narc_error *error, const char *path);

#endif
