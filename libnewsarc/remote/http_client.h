/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks for parts of one remote file, over connections that stay open; from several threads at
 * once. What is asked for in vain is asked for again, after a while; and the file has to be the
 * same from the first answer to the last. */
#ifndef NARC_REMOTE_HTTP_CLIENT_H
#define NARC_REMOTE_HTTP_CLIENT_H

#include "remote/address.h"

struct http_client;

enum { HTTP_TAG_SIZE = 256 };

/* By what a file is told from what it was before, or will be. */
struct http_state {
	uint64_t total;          /* bytes */
	char tag[HTTP_TAG_SIZE]; /* its ETag, else its time of modification; or "" */
};

/* Whether the bytes of a file are the same in both: only an ETag that is strong says so. */
bool http_state_is_same(const struct http_state *a, const struct http_state *b);

struct http_client_options {
	unsigned timeout;  /* seconds without a byte, after which a request has failed */
	unsigned attempts; /* in all */
};

/* Takes over the address, also if it fails. */
enum narc_status http_client_new(struct remote_address *address,
				 const struct http_client_options *options,
				 struct http_client **client, struct narc_error *error);
void http_client_free(struct http_client *client);

/* In a process that was forked off: connections that are open are the parent's. */
void http_client_leave_connections(struct http_client *client);

/* Where bytes go that come in. Called for one piece after the other. */
typedef void (*http_bytes_fn)(void *context, const uint8_t *bytes, size_t size);

/* Gets the last bytes of the file, up to size of them, and the state that it is in; but none if that
 * is the one that is known already, where known is not NULL. To be called before anything else is.
 * begin is told of each attempt, with which they come from the first one on. */
enum narc_status http_client_get_end(struct http_client *client, uint64_t size,
				     const struct http_state *known, http_bytes_fn take,
				     void (*begin)(void *context), void *context,
				     struct http_state *state, struct narc_error *error);

/* Gets size bytes at offset, which are there; likewise. */
enum narc_status http_client_get(struct http_client *client, uint64_t offset, uint64_t size,
				 http_bytes_fn take, void (*begin)(void *context), void *context,
				 struct narc_error *error);

#endif
