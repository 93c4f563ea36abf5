/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_TOOLS_REMOTE_STORE_H
#define NARC_TOOLS_REMOTE_STORE_H

#include "newsarc.h"

/* A store of the files below an address: s3://BUCKET/PREFIX/, or one of HTTP, where it can be read
 * alone. */
enum narc_status make_remote_store(const char *url, struct narc_store *store,
				   struct narc_error *error);

#endif
