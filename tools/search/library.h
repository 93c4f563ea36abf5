/* SPDX-License-Identifier: BSD-2-Clause */
/* The libraries that searching makes use of. */
#ifndef NARC_SEARCH_LIBRARY_H
#define NARC_SEARCH_LIBRARY_H

#include <newsarc.h>

/* As narc_library_version. */
bool search_library_version(size_t index, struct narc_library *library);

#endif
