/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives on servers: which they are, and what the environment says of how they are read. */
#ifndef NARC_TOOLS_OPEN_REMOTE_H
#define NARC_TOOLS_OPEN_REMOTE_H

#include "command.h"

/* An address, as http://host/file: a file of that name would be given as ./http://host/file. */
bool is_remote(const char *path);

enum exit_status open_remote(const char *url, struct narc_source *source);

#endif
