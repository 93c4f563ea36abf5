/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives that are elsewhere: which names are addresses, and how what is there is asked for. */
#ifndef NARC_TOOLS_REMOTE_H
#define NARC_TOOLS_REMOTE_H

#include "report.h"

/* Whether it is an address, as http://host/file: a file of that name would be given as
 * ./http://host/file. Which addresses there are is known to the library. */
bool is_remote(const char *path);

/* What the environment says of requests: NARC_REMOTE_CACHE, _TIMEOUT, _ATTEMPTS. */
struct narc_remote_options remote_options(void);

/* Where parts of files are kept from one process to the next, to be freed; NULL: nowhere. */
char *cache_folder(void);

/* Says what went wrong at an address, and returns the exit status. */
enum exit_status report_remote(const char *url, const struct narc_error *error);

/* Opens what is there; on failure, says why. */
enum exit_status open_remote(const char *url, struct narc_source *source);

/* Says of an archive that is an address that a command cannot change it where it is, and what can
 * be done instead: EXIT_USAGE. EXIT_DONE for any other. */
enum exit_status refuse_remote(const char *command, const char *archive);

/* The folder for temporary files where no other has been said: of what TMPDIR says, or /tmp. */
const char *standard_folder(void);

#endif
