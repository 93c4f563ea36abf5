/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends what a visit came to: conditions, ranges, encodings, headers. */
#ifndef NARC_SERVE_REPLY_H
#define NARC_SERVE_REPLY_H

#include <microhttpd.h>

#include "visit.h"

/* Queues the answer; *status and *size say what is sent, for the log. */
enum MHD_Result reply_send(struct visit *visit, struct MHD_Connection *connection,
			   unsigned *status, uint64_t *size);

#endif
