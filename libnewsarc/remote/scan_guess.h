/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells from where a file is read whether it is gone through, so that what comes next can be asked
 * for before it is wanted. The more was read on, the more is. */
#ifndef NARC_REMOTE_SCAN_GUESS_H
#define NARC_REMOTE_SCAN_GUESS_H

#include "newsarc.h"

enum { SCANS = 4 };

/* Going through one part of the file, by some threads, each of which may be a little behind. */
struct scan {
	uint64_t start;
	uint64_t next;  /* behind what was read */
	uint64_t ahead; /* behind what was asked for before it was wanted */
	uint64_t window;
	uint64_t used;  /* when */
};

struct scan_guess {
	struct scan scans[SCANS];
	uint64_t clock;
};

/* Notes that length bytes are read at offset. Gives how many bytes are to be asked for, and where;
 * 0: none. They may be behind the end of the file. */
uint64_t scan_guess_next(struct scan_guess *guess, uint64_t offset, uint64_t length,
			 uint64_t most, uint64_t *start);

#endif
