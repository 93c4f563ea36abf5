/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_SUPPORT_FAULT_IN_H
#define NARC_SUPPORT_FAULT_IN_H

#include <stddef.h>

/* Has the system provide the whole pages of this memory now, in one call, for someone about to
 * write to all of it: a page fault a page takes several times as long. Does nothing where the
 * system cannot, or there is little to gain. */
void fault_in(void *memory, size_t size);

#endif
