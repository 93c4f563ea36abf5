/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_REMOTE_REMOTE_ERROR_H
#define NARC_REMOTE_REMOTE_ERROR_H

#include "newsarc.h"

/* Fills in *error, if there is one, and returns status. */
enum narc_status remote_fail(struct narc_error *error, enum narc_status status,
			     const char *format, ...) __attribute__((format(printf, 3, 4)));

enum narc_status remote_fail_memory(struct narc_error *error);

#endif
