/* SPDX-License-Identifier: BSD-2-Clause */
/* Where sets are kept. */
#ifndef NARC_TOOLS_STORE_H
#define NARC_TOOLS_STORE_H

#include "report.h"

/* Whether a name is that of a set, which may have to be made yet: a folder, or what ends with
 * "/", which addresses of sets have to. */
bool names_set(const char *name);

/* Opens the store that has the set, which is made if make is set; on failure, says why. */
enum exit_status open_store(const char *name, bool make, struct narc_store *store);

/* The same, of one that is to be written to. */
enum exit_status open_store_to_write(const char *name, bool make, struct narc_store *store);

/* Opens the set, if there is one: else *archive is NULL. On failure, says why. */
enum exit_status open_set_if_any(const char *name, narc_archive **archive);

/* Opens the set; on failure, says why and sets *status. */
narc_archive *open_set(const char *name, enum exit_status *status);

#endif
