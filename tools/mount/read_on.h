/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who reads one file after the other, as grep -r does, waits for an answer for each, though a block
 * has dozens. So where files are read in the order of their numbers, the kernel is given those that
 * come next without being asked.
 */
#ifndef NARC_MOUNT_READ_ON_H
#define NARC_MOUNT_READ_ON_H

#include "operations.h"

/* Starts as zeros, but for the lock, which is to be initialised. */
void read_on_init(struct reading_on *reading);
void read_on_end(struct reading_on *reading);

/* To be called when all of this file was given to who reads it. */
void read_on(struct mounted *mounted, uint32_t number);

#endif
