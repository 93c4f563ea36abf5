/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections to one server, which stay open between requests; for several threads. */
#ifndef NARC_REMOTE_CONNECTIONS_H
#define NARC_REMOTE_CONNECTIONS_H

#include <curl/curl.h>
#include <pthread.h>

#include "remote/address.h"

/* One that is used for one request after the other; some thread's own between take and give. */
struct connection {
	CURL *handle;
	curl_socket_t socket; /* CURL_SOCKET_BAD until it is made */
	struct connection *next;
};

struct connections {
	struct remote_address address;
	unsigned timeout; /* seconds without a byte, after which a request has failed */
	pthread_mutex_t lock;
	struct connection *idle;
	struct connection *left; /* to a parent process */
};

/* Takes over the address. */
void connections_init(struct connections *connections, struct remote_address *address,
		      unsigned timeout);
void connections_free(struct connections *connections);

/* In a process that was forked off: connections that are open are the parent's. */
void connections_leave(struct connections *connections);

/* One that is set up for the address, and nothing else. NULL if there is no memory. */
struct connection *connections_take(struct connections *connections);

/* Has it used again. */
void connections_give(struct connections *connections, struct connection *connection);

/* Tells the server at once that what it has sent until now has come. A server that sends an answer in
 * two parts may wait for that with the second (RFC 896), while a client waits with it for something
 * to send (RFC 1122, 4.2.3.2): for 40 ms here. To be called when the first part is here. */
void connection_acknowledge(const struct connection *connection);

#endif
