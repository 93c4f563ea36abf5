/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of an entry, as they were packed. */
#ifndef NARC_SERVE_RAW_H
#define NARC_SERVE_RAW_H

#include "visit.h"

/* /post/KEY/raw, with ?version=N, and ?download to save it as a file. */
void send_raw(struct visit *visit);

#endif
