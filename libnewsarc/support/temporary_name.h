/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of files that are being written, in the folder of the file that they will become:
 * .NAME.tmp-PROCESS-NUMBER. Whoever writes one holds a lock on it; so what has no lock was left
 * by a writer that was killed, and may be removed. */
#ifndef NARC_SUPPORT_TEMPORARY_NAME_H
#define NARC_SUPPORT_TEMPORARY_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* A name for what is to be path, which is in folder; to be freed. NULL if there is no memory. */
char *temporary_name(const char *folder, const char *path, unsigned number);

/* Locks a file that was made to be given such a name, or has it. False if it was taken for a
 * left-over before that, and has no name any more. */
bool temporary_lock(int fd, bool has_name);

/* Removes what killed writers of the file at path left in its folder, as far as that can be
 * done. */
void temporary_remove_left_overs(const char *folder, const char *path);

#endif
