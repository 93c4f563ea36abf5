/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections to one server, which stay open between requests; for several threads. */
#ifndef NARC_REMOTE_CONNECTIONS_H
#define NARC_REMOTE_CONNECTIONS_H

#include <curl/curl.h>
#include <pthread.h>

#include "remote/address.h"

struct connections {
	struct remote_address address;
	unsigned timeout; /* seconds without a byte, after which a request has failed */
	pthread_mutex_t lock;
	struct idle_handle *idle;
	struct idle_handle *left; /* to a parent process */
};

/* Takes over the address. */
void connections_init(struct connections *connections, struct remote_address *address,
		      unsigned timeout);
void connections_free(struct connections *connections);

/* In a process that was forked off: connections that are open are the parent's. */
void connections_leave(struct connections *connections);

/* A handle that is set up for the address, and nothing else. NULL if there is no memory. */
CURL *connections_take(struct connections *connections);

/* Has it used again. */
void connections_give(struct connections *connections, CURL *handle);

#endif
