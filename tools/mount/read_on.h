/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who reads one file after the other, as grep -r does, waits for an answer for each, though a block
 * has dozens. So where files are read in the order of their numbers, the kernel is given those that
 * come next without being asked.
 */
#ifndef NARC_MOUNT_READ_ON_H
#define NARC_MOUNT_READ_ON_H

#include <pthread.h>
#include <stdint.h>

struct mounted;

/* As many readers are known at a time. */
enum { SEQUENCES = 8 };

/* One that goes from file to file. */
struct sequence {
	uint32_t next;  /* that it will ask for */
	uint32_t count; /* how many to give then; 0: there is no such reader */
	uint64_t last_question;
};

/* Starts as zeros. */
struct reading_on {
	pthread_mutex_t lock;
	uint64_t questions;
	struct sequence sequences[SEQUENCES];
};

void read_on_init(struct reading_on *reading);
void read_on_end(struct reading_on *reading);

/* To be called when all of a file was given to who reads it. */
void read_on(struct mounted *mounted, uint32_t number);

#endif
