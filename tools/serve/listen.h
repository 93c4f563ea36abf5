/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses that a server listens at, and names that it is called by. */
#ifndef NARC_SERVE_LISTEN_H
#define NARC_SERVE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { HOST_SIZE = 256 };

struct listen_address {
	char host[HOST_SIZE]; /* as it was given, without brackets */
	struct sockaddr_storage socket;
	socklen_t size;
};

/* Reads "127.0.0.1:8080", "localhost:8080" or "[::1]:8080". NULL, or what is wrong with it. */
const char *listen_parse(const char *text, struct listen_address *address);

/* Whether only this machine can connect to it. */
bool listen_is_loopback(const struct listen_address *address);

/* Whether a header Host names this server: by an IP address, as "localhost", as what it listens as,
 * or by one of names. A page of strangers can have its own name mean this server's address, and
 * would then be asked as if it were this one; but not these. */
bool host_is_ours(const char *host, const struct listen_address *address,
		  const char *const *names, size_t count);

#endif
