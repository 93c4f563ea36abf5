/* SPDX-License-Identifier: BSD-2-Clause */
/* What came of a request: whether it may do to ask again, and after which time; or what to say. */
#ifndef NARC_REMOTE_ATTEMPTS_H
#define NARC_REMOTE_ATTEMPTS_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "remote/address.h"

/* Attempts at one request. Starts as { .left = COUNT }. */
struct attempts {
	unsigned left;
	unsigned wait;            /* before the next one, in milliseconds */
	const atomic_bool *ended; /* or NULL: set by another thread, that no more are to be made */
};

/* Counts one, before which it waits, unless it is the first: as long as the server asks for, in
 * seconds, or ever longer. False if no more are to be made. */
bool attempts_next(struct attempts *attempts, long asked);

/* Whether a request that came to this, or to an answer of this code, may do better the next time. */
bool is_passing(CURLcode result, long code);

/* Fails, as a request did that was not answered. text is what curl says of it, or "". */
enum narc_status fail_request(CURLcode result, const char *text, struct narc_error *error);

/* Fails because of an answer. body is what came with it, or the beginning of that. */
enum narc_status fail_code(const struct remote_address *address, long code, const char *body,
			   struct narc_error *error);

#endif
