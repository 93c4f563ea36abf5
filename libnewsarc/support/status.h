/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling in the caller's error object. */
#ifndef NARC_SUPPORT_STATUS_H
#define NARC_SUPPORT_STATUS_H

#include "newsarc.h"

/* Fills in *error (if there is one) and returns status, so that a failing function can
 * end with "return narc_fail(...)". offset may be NARC_NO_OFFSET. */
enum narc_status narc_fail(struct narc_error *error, enum narc_status status, const char *stage,
			   uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The same with a message that was chosen elsewhere, and is no format. */
enum narc_status narc_fail_text(struct narc_error *error, enum narc_status status,
				const char *stage, uint64_t offset, const char *text);

/* The same for a failed system call: NARC_NOMEM for ENOMEM, otherwise NARC_IO; the message
 * is what and the text of system_errno. path may be NULL. */
enum narc_status narc_fail_system(struct narc_error *error, const char *stage, const char *path,
				  int system_errno, const char *what);

/* What the system says of an error number; safe with threads. */
enum { SYSTEM_TEXT_SIZE = 128 };
const char *system_error_text(int system_errno, char text[SYSTEM_TEXT_SIZE]);

enum narc_status narc_fail_memory(struct narc_error *error);

/* Sets the path of an error that is filled in already. */
void narc_error_set_path(struct narc_error *error, const char *path);

#endif
