/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_VERIFY_SET_H
#define NARC_READ_VERIFY_SET_H

#include "newsarc.h"

/* As narc_archive_verify, of a set: each volume as an archive, and whether it is what the manifest
 * says. */
enum narc_status verify_set(narc_archive *set, const struct narc_verify_options *options,
			    struct narc_verify_result *result, struct narc_error *error);

#endif
