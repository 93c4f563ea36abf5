/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_VERIFY_SUCCESSIONS_H
#define NARC_READ_VERIFY_SUCCESSIONS_H

#include "newsarc.h"

/* Whether the manifest of a set tells just the successions that follow from the rows of its
 * volumes, which are good each for itself, and counts the current rows right; NARC_CORRUPT if not.
 * folder: for what does not fit into memory; NULL: /tmp. */
enum narc_status verify_successions(narc_archive *set, const char *folder,
				    struct narc_error *error);

#endif
