/* SPDX-License-Identifier: BSD-2-Clause */
/* narc-serve, which "narc serve" runs: shows archives as web pages. */
#include <cmark.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "../command.h"
#include "server.h"

static const char usage[] =
	"usage: narc serve [options] ARCHIVE...\n\n"
	"Shows archives as web pages, and as JSON below /api, until it is interrupted.\n"
	"Several are shown as one. What is appended to them meanwhile is shown, too.\n\n"
	"  --listen HOST:PORT      where to listen: 127.0.0.1:8080; a port of 0 is any\n"
	"                          that is free\n"
	"  --host-name NAME        a further name that the server is called by, as behind\n"
	"                          a proxy; may be given several times\n"
	"  --threads N             so many threads answer (one a processor)\n"
	"  --connections N         so many at once (512)\n"
	"  --per-address N         so many at once from one address (256)\n"
	"  --log                   a line on standard error for each request\n\n" MEMORY_LIMIT_USAGE;

enum {
	OPTION_LISTEN = OPTION_OWN,
	OPTION_HOST_NAME,
	OPTION_CONNECTIONS,
	OPTION_PER_ADDRESS,
	OPTION_LOG
};

enum { HOST_NAMES = 32, COUNTING_MILLISECONDS = 300 };

struct settings {
	struct server_options server;
	struct narc_limits limits;
	const char *host_names[HOST_NAMES];
};

static enum exit_status take_count(const char *option, const char *value, unsigned *count)
{
	long number;

	if (!parse_number(value, 1, 100000, &number)) {
		report("%s: \"%s\" is not a number from 1 to 100000", option, value);
		return EXIT_USAGE;
	}
	*count = (unsigned)number;
	return EXIT_DONE;
}

static enum exit_status take_address(const char *value, struct listen_address *address)
{
	const char *wrong = listen_parse(value, address);

	if (!wrong)
		return EXIT_DONE;
	report("--listen: \"%s\": %s", value, wrong);
	return EXIT_USAGE;
}

static enum exit_status take_host_name(struct settings *settings, const char *value)
{
	if (settings->server.host_name_count == HOST_NAMES) {
		report("--host-name: there are more than %d", HOST_NAMES);
		return EXIT_USAGE;
	}
	settings->host_names[settings->server.host_name_count++] = value;
	return EXIT_DONE;
}

/* Takes an option; *is_known: it is one. */
static enum exit_status take_option(struct settings *settings, int option, const char *value,
				    bool *is_known)
{
	struct server_options *server = &settings->server;

	*is_known = true;
	switch (option) {
	case OPTION_LISTEN:
		return take_address(value, &server->address);
	case OPTION_HOST_NAME:
		return take_host_name(settings, value);
	case OPTION_THREADS:
		return take_threads(value, &server->threads);
	case OPTION_CONNECTIONS:
		return take_count("--connections", value, &server->connections);
	case OPTION_PER_ADDRESS:
		return take_count("--per-address", value, &server->connections_per_address);
	case OPTION_LOG:
		server->log = true;
		return EXIT_DONE;
	default:
		return take_limit_option(option, value, &settings->limits, is_known);
	}
}

/* Says where it listens, on standard output, for people and for programs that started it. */
static void announce(const struct settings *settings, const struct server *server)
{
	const char *host = settings->server.address.host;
	bool in_brackets = strchr(host, ':') != NULL;

	if (!listen_is_loopback(&settings->server.address))
		report("serve: others can connect to %s, and read all that is in these archives; "
		       "there are no passwords",
		       host);
	printf("http://%s%s%s:%u/\n", in_brackets ? "[" : "", host, in_brackets ? "]" : "",
	       server_port(server));
	fflush(stdout);
}

static enum exit_status serve(const struct settings *settings, const char *const *names,
			      size_t count)
{
	const struct timespec second = { 1, 0 };
	struct archives *archives;
	struct server *server;
	enum exit_status status;
	sigset_t signals;

	/* Blocked before there are other threads, so that this one gets them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	archives = archives_open(names, count, &settings->limits, &status);
	if (!archives)
		return status;
	archives_wait(archives, COUNTING_MILLISECONDS);
	server = server_start(&settings->server, archives);
	if (!server) {
		archives_close(archives);
		return EXIT_SYSTEM;
	}
	announce(settings, server);
	while (sigtimedwait(&signals, NULL, &second) < 0)
		server_tick(server);
	server_stop(server);
	archives_close(archives);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, OPTION_LISTEN },
		{ "host-name", required_argument, NULL, OPTION_HOST_NAME },
		{ "connections", required_argument, NULL, OPTION_CONNECTIONS },
		{ "per-address", required_argument, NULL, OPTION_PER_ADDRESS },
		{ "log", no_argument, NULL, OPTION_LOG },
		THREADS_OPTION,
		MEMORY_LIMIT_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct settings settings = {
		.server = { .connections = 512, .connections_per_address = 256 },
	};
	char name[] = "serve"; /* as people call it */
	enum exit_status status;
	int option;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		print_library("libmicrohttpd", MHD_get_version());
		print_library("cmark", cmark_version_string());
		print_library("zlib", zlibVersion());
		return finish_output(EXIT_DONE);
	}
	argv[0] = name;
	settings.server.host_names = settings.host_names;
	listen_parse("127.0.0.1:8080", &settings.server.address);
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		bool is_known;

		status = take_option(&settings, option, optarg, &is_known);
		if (!is_known)
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (optind == argc)
		return wrong_operands(argv[0], "one archive or more");
	status = serve(&settings, (const char *const *)argv + optind, (size_t)(argc - optind));
	return finish_output(status);
}
