/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening folders below another one, and never outside of it.
 *
 * Linux resolves a path beneath a folder and without symbolic links by itself, in one call, since
 * 5.6. Elsewhere, and where a sandbox knows nothing of that call, it has to be walked.
 */
#ifndef NARC_SUPPORT_BENEATH_H
#define NARC_SUPPORT_BENEATH_H

#include <stdbool.h>

/* Whether this system has the call: to be asked once for each folder. */
bool beneath_is_known(int root);

/* Opens the folder at path below root. -1 if it is not there, if a symbolic link is on the way,
 * or if the path leads out. */
int beneath_open(int root, const char *path);

#endif
