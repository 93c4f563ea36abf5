/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for a library that takes an allocator, but not its failure, and whose time may grow with
 * the square of what it is given: all is given up at once, by a jump out of the library, when a
 * bound of memory or of processor time is reached, or there is no memory.
 */
#ifndef NARC_SEARCH_BOUNDED_HEAP_H
#define NARC_SEARCH_BOUNDED_HEAP_H

#include <newsarc.h>
#include <setjmp.h>

struct heap_chunk;

struct bounded_heap {
	struct heap_chunk *chunks; /* the last one first */
	size_t used;                /* of that */
	size_t total;               /* bytes of all */
	unsigned asked;             /* how often memory was asked for */
	int64_t deadline;           /* in nanoseconds of the thread's processor time */
	size_t memory_limit;
	jmp_buf give_up;            /* where it jumps to */
	enum narc_status status;    /* why it did: NARC_NOMEM, or NARC_LIMIT */
};

/* Takes back all that was allocated, and allows so much memory, and time, from now on. */
void bounded_heap_begin(struct bounded_heap *heap, size_t memory_limit, int64_t nanoseconds);

/* Never NULL: it jumps instead. */
void *bounded_heap_allocate(void *heap, size_t size);
void bounded_heap_free(struct bounded_heap *heap);

#endif
