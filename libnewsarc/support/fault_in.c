/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/fault_in.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LEAST = 128 << 10 };

void fault_in(void *memory, size_t size)
{
#ifdef MADV_POPULATE_WRITE
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = ((uintptr_t)memory + page - 1) / page * page;
	uintptr_t end = ((uintptr_t)memory + size) / page * page;

	/* Without it, the pages come one by one: so nothing is made of a failure. */
	if (size >= LEAST)
		(void)madvise((void *)start, end - start, MADV_POPULATE_WRITE);
#else
	(void)memory;
	(void)size;
#endif
}
