/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings that are kept until all of them go, without anything in between. */
#ifndef NARC_MOUNT_NAME_STORE_H
#define NARC_MOUNT_NAME_STORE_H

#include <stddef.h>

/* Starts as zeros. */
struct name_store {
	struct name_chunk *chunks;
	size_t left; /* bytes in the first of them */
};

void name_store_free(struct name_store *store);

/* A copy of the size bytes at text, which are no more than 4095, with a NUL; NULL if there is no
 * memory. */
const char *name_store_add(struct name_store *store, const char *text, size_t size);

#endif
