/* SPDX-License-Identifier: BSD-2-Clause */
#include "server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "connections.h"
#include "reply.h"
#include "routes.h"
#include "stream.h"

enum {
	REQUEST_SIZE = 32 << 10, /* of a request line and headers, and of what is sent at once */
	TARGET_SIZE = 8 << 10,
	IDLE_SECONDS = 15,
	STOP_SECONDS = 10
};

struct server {
	struct server_options options;
	struct archives *archives;
	struct connections *connections;
	struct MHD_Daemon *daemon;
};

/* A request under way. */
struct exchange {
	char *target;
	bool is_read;
	struct timespec start;
	unsigned status;
	uint64_t size;
};

/* ---- what libmicrohttpd tells ----------------------------------------------------------- */

/* The target as it was sent: it is decoded by target_parse alone. */
static void *begin_exchange(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	(void)context;
	(void)connection;
	if (!exchange)
		return NULL;
	clock_gettime(CLOCK_MONOTONIC, &exchange->start);
	exchange->target = strdup(uri);
	return exchange;
}

static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *text)
{
	(void)context;
	(void)connection;
	return strlen(text);
}

static size_t place_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? (size_t)(uintptr_t)info->socket_context : SIZE_MAX;
}

static void note_connection(void *context, struct MHD_Connection *connection, void **socket_context,
			    enum MHD_ConnectionNotificationCode code)
{
	struct server *server = context;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		connections_remove(server->connections, (size_t)(uintptr_t)*socket_context);
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	*socket_context = (void *)(uintptr_t)connections_add(server->connections,
							     info->connect_fd);
}

/* ---- log -------------------------------------------------------------------------------- */

static void put_client(FILE *out, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	char host[NI_MAXHOST] = "-";
	socklen_t size = sizeof(struct sockaddr_in);

	if (info && info->client_addr) {
		if (info->client_addr->sa_family == AF_INET6)
			size = sizeof(struct sockaddr_in6);
		getnameinfo(info->client_addr, size, host, sizeof(host), NULL, 0, NI_NUMERICHOST);
	}
	fputs(host, out);
}

/* "2026-11-26T14:00:00Z 127.0.0.1 200 1234 0.3 ms /post/..." */
static void log_exchange(const struct exchange *exchange, struct MHD_Connection *connection)
{
	struct timespec end;
	struct tm split;
	time_t seconds = time(NULL);
	char date[32], *line = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		return;
	clock_gettime(CLOCK_MONOTONIC, &end);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ ", gmtime_r(&seconds, &split));
	fputs(date, out);
	put_client(out, connection);
	fprintf(out, " %u %llu %.1f ms ", exchange->status, (unsigned long long)exchange->size,
		(double)(end.tv_sec - exchange->start.tv_sec) * 1e3 +
			(double)(end.tv_nsec - exchange->start.tv_nsec) / 1e6);
	print_string(out, exchange->target ? exchange->target : "-");
	putc('\n', out);
	if (fclose(out) == 0)
		fwrite(line, 1, size, stderr); /* in one piece, whatever other threads write */
	free(line);
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **exchange_context,
			 enum MHD_RequestTerminationCode code)
{
	struct server *server = context;
	struct exchange *exchange = *exchange_context;

	(void)code;
	connections_end_answer(server->connections, place_of(connection));
	if (!exchange)
		return;
	if (server->options.log)
		log_exchange(exchange, connection);
	free(exchange->target);
	free(exchange);
	*exchange_context = NULL;
}

/* ---- answering -------------------------------------------------------------------------- */

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void take_headers(struct visit *visit, struct MHD_Connection *connection)
{
	const char *cookie = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, "lang");

	visit->accept_encoding = header(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	visit->if_none_match = header(connection, MHD_HTTP_HEADER_IF_NONE_MATCH);
	visit->if_range = header(connection, MHD_HTTP_HEADER_IF_RANGE);
	visit->range = header(connection, MHD_HTTP_HEADER_RANGE);
	visit->language = language_choose(header(connection, MHD_HTTP_HEADER_ACCEPT_LANGUAGE));
	if (cookie)
		language_parse(cookie, &visit->language);
}

static void fail_parsing(struct visit *visit, enum target_status status)
{
	if (status == TARGET_TOO_DEEP)
		visit_fail(visit, MHD_HTTP_NOT_FOUND, TEXT_NOT_FOUND);
	else if (status == TARGET_NO_MEMORY)
		visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_NO_MEMORY);
	else
		visit_fail(visit, MHD_HTTP_BAD_REQUEST, TEXT_BAD_ADDRESS);
}

/* Makes the answer. */
static void answer_visit(struct server *server, struct visit *visit,
			 struct MHD_Connection *connection, const char *method, const char *target)
{
	const struct server_options *options = &server->options;
	const char *host = header(connection, MHD_HTTP_HEADER_HOST);
	enum target_status status;

	visit->is_api = is_api_target(target);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		visit_fail(visit, MHD_HTTP_METHOD_NOT_ALLOWED, TEXT_BAD_METHOD);
		return;
	}
	if (!host) {
		visit_fail(visit, MHD_HTTP_BAD_REQUEST, TEXT_BAD_ADDRESS);
		return;
	}
	if (!host_is_ours(host, &options->address, options->host_names,
			  options->host_name_count)) {
		visit_fail(visit, MHD_HTTP_MISDIRECTED_REQUEST, TEXT_BAD_HOST);
		return;
	}
	if (strlen(target) > TARGET_SIZE) {
		visit_fail(visit, MHD_HTTP_URI_TOO_LONG, TEXT_BAD_ADDRESS);
		return;
	}
	status = target_parse(target, &visit->target);
	if (status == TARGET_OK)
		route(visit);
	else
		fail_parsing(visit, status);
}

static bool has_body(struct MHD_Connection *connection)
{
	const char *length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) ||
	       (length && strcmp(length, "0") != 0);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **exchange_context)
{
	struct server *server = context;
	struct exchange *exchange = *exchange_context;
	enum MHD_Result result;
	struct visit visit = {
		.archives = server->archives,
		.reply = { .status = MHD_HTTP_OK, .type = "text/html; charset=utf-8" },
	};

	(void)url;
	(void)version;
	(void)upload;
	(void)upload_size;
	if (!exchange || !exchange->target)
		return MHD_NO;
	/* The first call is for the headers. Who answers it does not want the rest, which is right
	 * for a body, of which nothing is made; but it ends the connection. */
	if (!exchange->is_read && !has_body(connection)) {
		exchange->is_read = true;
		return MHD_YES;
	}
	connections_begin_answer(server->connections, place_of(connection));
	take_headers(&visit, connection);
	visit.set = archives_hold(server->archives);
	answer_visit(server, &visit, connection, method, exchange->target);
	result = reply_send(&visit, connection, &exchange->status, &exchange->size);
	visit_end(&visit);
	return result;
}

/* ---- starting and stopping -------------------------------------------------------------- */

static unsigned thread_count(const struct server_options *options)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (options->threads)
		return options->threads;
	return processors > 0 ? (unsigned)processors : 1;
}

static struct MHD_Daemon *start_daemon(struct server *server)
{
	const struct server_options *options = &server->options;
	unsigned threads = thread_count(options);
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;

	if (options->address.socket.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	/* A pool of one is none. */
	return MHD_start_daemon(
		flags, 0, NULL, NULL, answer, server,
		MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&options->address.socket,
		MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0,
		MHD_OPTION_CONNECTION_LIMIT, options->connections,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->connections_per_address,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_SIZE,
		MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, server,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, server,
		MHD_OPTION_NOTIFY_COMPLETED, end_exchange, server,
		MHD_OPTION_NOTIFY_CONNECTION, note_connection, server,
		MHD_OPTION_END);
}

struct server *server_start(const struct server_options *options, struct archives *archives)
{
	struct server *server = calloc(1, sizeof(*server));

	if (server) {
		server->options = *options;
		server->archives = archives;
		server->connections = connections_new(options->connections);
	}
	if (!server || !server->connections) {
		report("out of memory");
		free(server);
		return NULL;
	}
	errno = 0;
	server->daemon = start_daemon(server);
	if (server->daemon)
		return server;
	report("cannot listen at %s: %s", options->address.host,
	       errno ? strerror(errno) : "libmicrohttpd gives no reason");
	connections_free(server->connections);
	free(server);
	return NULL;
}

unsigned server_port(const struct server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}

void server_tick(struct server *server)
{
	connections_end_slow(server->connections);
}

void server_stop(struct server *server)
{
	const struct timespec pause = { 0, 50000000 };
	MHD_socket listening = MHD_quiesce_daemon(server->daemon);

	if (listening != MHD_INVALID_SOCKET)
		close(listening);
	for (int i = 0; i < STOP_SECONDS * 20 && connections_answering(server->connections); i++)
		nanosleep(&pause, NULL);
	streams_end();
	MHD_stop_daemon(server->daemon);
	connections_free(server->connections);
	free(server);
}
