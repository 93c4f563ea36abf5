/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rows of an archive, or of a set, are to be redacted. */
#ifndef NARC_PACK_REDACTED_ROWS_H
#define NARC_PACK_REDACTED_ROWS_H

#include "read/archive.h"
#include "support/number_map.h"

/* NARC_MISUSE if there are no keys, or the reason is too long. */
enum narc_status check_redact_options(const struct narc_redact_options *options,
				      struct narc_error *error);

/* Adds to rows those that keys name, as far as they were not redacted already. *redacted is the
 * first key of which all were; NULL if there is none. NARC_NOT_FOUND if a key is not there. */
enum narc_status find_redacted_rows(narc_archive *archive,
				    const struct narc_redact_options *options,
				    struct number_map *rows, const char **redacted,
				    struct narc_error *error);

/* NARC_NOT_FOUND: there is nothing left to be redacted of this key. */
enum narc_status fail_redacted(const char *key, struct narc_error *error);

#endif
