/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/connections.h"

#include <stdlib.h>

enum { CONNECT_TIMEOUT = 15, REDIRECTS_LIMIT = 5 };

/* A connection that no thread uses at the moment. */
struct idle_handle {
	struct idle_handle *next;
	CURL *handle;
};

static void set_options(CURL *handle, const struct connections *connections)
{
	const struct remote_address *address = &connections->address;
	const char *authorities = getenv("SSL_CERT_FILE");

	curl_easy_reset(handle);
	curl_easy_setopt(handle, CURLOPT_URL, address->url);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
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

CURL *connections_take(struct connections *connections)
{
	struct idle_handle *idle;
	CURL *handle;

	pthread_mutex_lock(&connections->lock);
	idle = connections->idle;
	if (idle)
		connections->idle = idle->next;
	pthread_mutex_unlock(&connections->lock);
	handle = idle ? idle->handle : curl_easy_init();
	free(idle);
	if (handle)
		set_options(handle, connections);
	return handle;
}

void connections_give(struct connections *connections, CURL *handle)
{
	struct idle_handle *idle = malloc(sizeof(*idle));

	if (!idle) {
		curl_easy_cleanup(handle);
		return;
	}
	idle->handle = handle;
	pthread_mutex_lock(&connections->lock);
	idle->next = connections->idle;
	connections->idle = idle;
	pthread_mutex_unlock(&connections->lock);
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

static void free_handles(struct idle_handle *idle)
{
	while (idle) {
		struct idle_handle *next = idle->next;

		curl_easy_cleanup(idle->handle);
		free(idle);
		idle = next;
	}
}

void connections_leave(struct connections *connections)
{
	struct idle_handle **end = &connections->left;

	while (*end)
		end = &(*end)->next;
	*end = connections->idle;
	connections->idle = NULL;
}

void connections_free(struct connections *connections)
{
	free_handles(connections->idle);
	free_handles(connections->left);
	pthread_mutex_destroy(&connections->lock);
	remote_address_free(&connections->address);
}
