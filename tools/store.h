/* SPDX-License-Identifier: BSD-2-Clause */
/* Where sets are kept. */
#ifndef NARC_TOOLS_STORE_H
#define NARC_TOOLS_STORE_H

#include "report.h"

/* Whether a name is that of a set: it ends with "/", as it has to where there is no set yet, and as
 * addresses of sets do; or it is a folder that has a set. */
bool names_set(const char *name);

/* The path of the manifest in a folder, to be freed; NULL if there is no memory. */
char *manifest_path(const char *folder);

/* The path, or address, of a file of a set, to be freed; NULL if there is no memory. */
char *file_of_set(const char *set, const char *file);

/* Where temporary files of work on a set go, unless something else was said. */
const char *folder_of_set(const char *set);

/* Says of a file that is a volume of a set that it cannot be changed: EXIT_USAGE. EXIT_DONE for
 * any other. */
enum exit_status refuse_volume(const char *path);

/* Whether a set has a volume of this name; set may be NULL, and any archive. */
bool has_volume(const narc_archive *set, const char *name);

/* Opens the store that has the set, which is made if make is set; on failure, says why. */
enum exit_status open_store(const char *name, bool make, struct narc_store *store);

/* The same, of one that is to be written to. */
enum exit_status open_store_to_write(const char *name, bool make, struct narc_store *store);

/* Opens the set, if there is one: else *archive is NULL. On failure, says why. */
enum exit_status open_set_if_any(const char *name, narc_archive **archive);

/* Opens the set; on failure, says why and sets *status. */
narc_archive *open_whole_set(const char *name, enum exit_status *status);

#endif
