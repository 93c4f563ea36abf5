/* SPDX-License-Identifier: BSD-2-Clause */
#include "listen.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

/* Takes a host, and ":PORT" if there is one, apart; brackets are taken off. Port is "" if there is
 * none. False for what is no host. */
static bool split_host(const char *text, char host[HOST_SIZE], const char **port)
{
	const char *start = text, *end, *rest;

	if (*text == '[') {
		start = text + 1;
		end = strchr(start, ']');
		rest = end ? end + 1 : NULL;
	} else {
		end = rest = strchr(text, ':');
		if (!end)
			end = rest = text + strlen(text);
	}
	if (!end || end == start || end - start >= HOST_SIZE || (*rest && *rest != ':'))
		return false;
	memcpy(host, start, (size_t)(end - start));
	host[end - start] = '\0';
	*port = *rest ? rest + 1 : "";
	return true;
}

const char *listen_parse(const char *text, struct listen_address *address)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICSERV | AI_PASSIVE };
	struct addrinfo *found;
	const char *port;
	int status;

	*address = (struct listen_address){ .host = "" };
	if (!split_host(text, address->host, &port))
		return "it is to be HOST:PORT, as 127.0.0.1:8080 or [::1]:8080";
	if (*port == '\0' || strspn(port, "0123456789") != strlen(port) || strlen(port) > 5 ||
	    (strlen(port) == 5 && strcmp(port, "65535") > 0))
		return "its port is not a number from 0 to 65535";
	status = getaddrinfo(address->host, port, &hints, &found);
	if (status != 0)
		return gai_strerror(status);
	memcpy(&address->socket, found->ai_addr, found->ai_addrlen);
	address->size = found->ai_addrlen;
	freeaddrinfo(found);
	return NULL;
}

bool listen_is_loopback(const struct listen_address *address)
{
	if (address->socket.ss_family == AF_INET6) {
		const struct sockaddr_in6 *socket = (const void *)&address->socket;

		return IN6_IS_ADDR_LOOPBACK(&socket->sin6_addr);
	} else {
		const struct sockaddr_in *socket = (const void *)&address->socket;

		return ntohl(socket->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
}

static bool is_number(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

bool host_is_ours(const char *host, const struct listen_address *address,
		  const char *const *names, size_t count)
{
	char name[HOST_SIZE];
	const char *port;

	if (!split_host(host, name, &port) || strspn(port, "0123456789") != strlen(port))
		return false;
	if (is_number(name) || strcasecmp(name, "localhost") == 0 ||
	    strcasecmp(name, address->host) == 0)
		return true;
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}
