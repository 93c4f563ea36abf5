/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_PACK_FINISH_H
#define NARC_PACK_FINISH_H

#include "newsarc.h"

/* As narc_archive_finish, of a source, which stays the caller's, and a sink that continues what it
 * has, likewise. Publishes if there was something to be done. */
enum narc_status finish_generation(struct narc_source source, struct narc_sink sink,
				   const char *folder, struct narc_error *error);

#endif
