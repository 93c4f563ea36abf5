/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_TOOLS_ZONE_H
#define NARC_TOOLS_ZONE_H

#include <stdbool.h>
#include <stdint.h>

/* A narc_zone_fn over the system's time zones. Sets the process's TZ, so it belongs to a
 * program, not to a library, and to one thread. */
bool zone_lookup(void *context, const char *zone, int64_t local_time, int *minutes);

#endif
