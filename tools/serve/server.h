/* SPDX-License-Identifier: BSD-2-Clause */
/* The server: listens, and answers requests on several threads. */
#ifndef NARC_SERVE_SERVER_H
#define NARC_SERVE_SERVER_H

#include "archives.h"
#include "listen.h"

struct server_options {
	struct listen_address address;
	const char *const *host_names; /* further names that it goes by */
	size_t host_name_count;
	unsigned threads; /* 0: one a processor */
	unsigned connections;             /* at most, at once; likewise of one address */
	unsigned connections_per_address;
	bool log; /* a line a request on standard error */
};

struct server;

/* Begins to listen and to answer. NULL, with a message, if that cannot be. archives must outlive
 * it. */
struct server *server_start(const struct server_options *options, struct archives *archives);

/* The port that it listens at. */
unsigned server_port(const struct server *server);

/* Does what is to be done once a second. */
void server_tick(struct server *server);

/* Takes no more connections, lets requests under way come to their end for some seconds, and
 * ends. */
void server_stop(struct server *server);

#endif
