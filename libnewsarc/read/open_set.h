/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_OPEN_SET_H
#define NARC_READ_OPEN_SET_H

#include "read/archive.h"

/* As narc_set_open, of a set whose manifest is read from here, which belongs to the archive from
 * here on, and the store, too, if is_owner; also on failure. Else the store must outlive it. */
enum narc_status set_open(struct narc_store store, bool is_owner, struct narc_source manifest,
			  struct narc_archive **set, struct narc_error *error);

#endif
