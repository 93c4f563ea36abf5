/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory, threads and mappings that cannot be had. A program that is linked with these has
 * its calls of malloc, calloc, realloc, strdup, strndup, realpath, free, mmap, munmap,
 * pthread_create and two functions of zstd replaced (ld --wrap), and those of the static libraries
 * in it.
 */
#ifndef TESTS_SUPPORT_MEMORY_H
#define TESTS_SUPPORT_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* From here on, call number number fails, counted from 1; 0: none does. */
void memory_fail(uint64_t number);

/* Ends it. Whether the call came. */
bool memory_has_failed(void);

/* How many pieces of memory and mappings were taken, and not yet given back. */
int64_t memory_held(void);

/* From here on, bytes are counted. */
void memory_count(void);

/* How many were held at most at one time, beside those from before; and how many were taken. */
uint64_t memory_most(void);
uint64_t memory_taken(void);

/* As memory_fail, for pthread_create alone. */
void threads_fail(uint64_t number);
bool threads_have_failed(void);

#endif
