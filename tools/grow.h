/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_TOOLS_GROW_H
#define NARC_TOOLS_GROW_H

#include <stdbool.h>
#include <stddef.h>

/* Makes room in a list for one element more, of size bytes; false if there is no memory. */
bool grow_list(void **list, size_t count, size_t *capacity, size_t size);

#endif
