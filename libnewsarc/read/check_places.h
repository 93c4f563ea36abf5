/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_CHECK_PLACES_H
#define NARC_READ_CHECK_PLACES_H

#include "read/archive.h"

/* Whether what manifest and segments name has a place of its own each: dictionaries, names, runs,
 * root pages, segments. That all of it is inside of the file was checked before. */
enum narc_status check_places(const struct narc_archive *archive, struct narc_error *error);

#endif
