/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/connections.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { CONNECT_TIMEOUT = 15, REDIRECTS_LIMIT = 5 };

/* A curl_sockopt_callback. */
static int note_socket(void *context, curl_socket_t socket, curlsocktype purpose)
{
	struct connection *connection = context;

	(void)purpose;
	connection->socket = socket;
	return CURL_SOCKOPT_OK;
}

static void set_options(struct connection *connection, const struct connections *connections)
{
	CURL *handle = connection->handle;
	const struct remote_address *address = &connections->address;
	const char *authorities = getenv("SSL_CERT_FILE");

	curl_easy_reset(handle);
	curl_easy_setopt(handle, CURLOPT_URL, address->url);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, note_socket);
	curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, connection);
	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT);
	curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, (long)connections->timeout);
	curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 256L << 10);
	curl_easy_setopt(handle, CURLOPT_USERAGENT, "newsarc");
	/* HTTP/2, where the server has it. Requests at the same time have connections of their own
	 * nevertheless: see bench/NOTES.md. */
	curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* As the program curl does. */
	if (authorities && *authorities)
		curl_easy_setopt(handle, CURLOPT_CAINFO, authorities);
	if (!address->is_s3) {
		curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
		curl_easy_setopt(handle, CURLOPT_MAXREDIRS, (long)REDIRECTS_LIMIT);
		curl_easy_setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
		return;
	}
	/* What is signed is what is sent. */
	curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
	if (address->signature) {
		curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, address->signature);
		curl_easy_setopt(handle, CURLOPT_USERNAME, address->key_id);
		curl_easy_setopt(handle, CURLOPT_PASSWORD, address->secret);
	}
}

static struct connection *new_connection(void)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->socket = CURL_SOCKET_BAD;
	connection->handle = curl_easy_init();
	if (connection->handle)
		return connection;
	free(connection);
	return NULL;
}

struct connection *connections_take(struct connections *connections)
{
	struct connection *connection;

	pthread_mutex_lock(&connections->lock);
	connection = connections->idle;
	if (connection)
		connections->idle = connection->next;
	pthread_mutex_unlock(&connections->lock);
	if (!connection)
		connection = new_connection();
	if (connection)
		set_options(connection, connections);
	return connection;
}

void connections_give(struct connections *connections, struct connection *connection)
{
	pthread_mutex_lock(&connections->lock);
	connection->next = connections->idle;
	connections->idle = connection;
	pthread_mutex_unlock(&connections->lock);
}

void connection_acknowledge(const struct connection *connection)
{
#ifdef TCP_QUICKACK
	const int now = 1;

	if (connection->socket != CURL_SOCKET_BAD)
		setsockopt(connection->socket, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof(now));
#else
	(void)connection;
#endif
}

static pthread_once_t has_begun = PTHREAD_ONCE_INIT;

static void begin_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void connections_init(struct connections *connections, struct remote_address *address,
		      unsigned timeout)
{
	pthread_once(&has_begun, begin_curl);
	*connections = (struct connections){ .address = *address, .timeout = timeout };
	*address = (struct remote_address){ 0 };
	pthread_mutex_init(&connections->lock, NULL);
}

static void free_all(struct connection *connection)
{
	while (connection) {
		struct connection *next = connection->next;

		curl_easy_cleanup(connection->handle);
		free(connection);
		connection = next;
	}
}

void connections_leave(struct connections *connections)
{
	struct connection **end = &connections->left;

	while (*end)
		end = &(*end)->next;
	*end = connections->idle;
	connections->idle = NULL;
}

void connections_free(struct connections *connections)
{
	free_all(connections->idle);
	free_all(connections->left);
	pthread_mutex_destroy(&connections->lock);
	remote_address_free(&connections->address);
}
