/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is unfinished in a store would stay there when a signal ends the process. So a thread
 * waits for signals, and removes it: at once, whatever other threads do.
 */
#include "output.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "fail.h"
#include "libraries.h"
#include "remote.h"

/* A sink to a store, as long as it is open. */
struct watched_sink {
	struct narc_sink sink;
	void (*abort)(struct narc_sink sink);
	struct watched_sink *next;
};

/* The lock is for the list. Who handles a signal takes it, and never gives it back. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watched_sink *open_sinks;
static bool is_watching;
static sigset_t watched_signals;

/* ---- signals ------------------------------------------------------------------------------ */

static void *await_signal(void *context)
{
	int number;

	(void)context;
	if (sigwait(&watched_signals, &number) != 0)
		return NULL;
	/* The next one does what it always did. */
	pthread_sigmask(SIG_UNBLOCK, &watched_signals, NULL);
	pthread_mutex_lock(&lock);
	for (struct watched_sink *watched = open_sinks; watched; watched = watched->next)
		watched->abort(watched->sink);
	kill(getpid(), number);
	return NULL;
}

/* Signals that are ignored, as in the background, stay ignored. */
static void list_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

	sigemptyset(&watched_signals);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction action;

		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler == SIG_DFL)
			sigaddset(&watched_signals, numbers[i]);
	}
}

/* Threads that are started from now on leave these signals to the one that waits for them. */
static enum narc_status begin_watching(struct narc_error *error)
{
	sigset_t before;
	pthread_t thread;
	int failed;

	if (is_watching)
		return NARC_OK;
	list_signals();
	pthread_sigmask(SIG_BLOCK, &watched_signals, &before);
	failed = pthread_create(&thread, NULL, await_signal, NULL);
	if (failed) {
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		return fail_system(error, failed, "write", "cannot start a thread");
	}
	pthread_detach(thread);
	is_watching = true;
	return NARC_OK;
}

/* ---- the sink ----------------------------------------------------------------------------- */

/* What fails because a signal came is not told of: the process ends while this waits. */
static enum narc_status pass(enum narc_status status)
{
	if (status != NARC_OK) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
	return status;
}

static enum narc_status watched_append(void *context, const void *data, size_t length,
				       struct narc_error *error)
{
	struct watched_sink *watched = context;

	return pass(watched->sink.ops->append(watched->sink.context, data, length, error));
}

static enum narc_status watched_read_at(void *context, uint64_t offset, void *buffer, size_t length,
					struct narc_error *error)
{
	struct watched_sink *watched = context;

	return pass(watched->sink.ops->read_at(watched->sink.context, offset, buffer, length,
					       error));
}

static enum narc_status watched_truncate(void *context, uint64_t size, struct narc_error *error)
{
	struct watched_sink *watched = context;

	return pass(watched->sink.ops->truncate(watched->sink.context, size, error));
}

static enum narc_status watched_sync(void *context, struct narc_error *error)
{
	struct watched_sink *watched = context;

	return pass(watched->sink.ops->sync(watched->sink.context, error));
}

static enum narc_status watched_publish(void *context, struct narc_error *error)
{
	struct watched_sink *watched = context;

	return pass(watched->sink.ops->publish(watched->sink.context, error));
}

/* A signal that comes while parts are removed is to have that done, too. */
static void watched_close(void *context)
{
	struct watched_sink *watched = context;
	struct watched_sink **place = &open_sinks;

	watched->abort(watched->sink);
	pthread_mutex_lock(&lock);
	while (*place != watched)
		place = &(*place)->next;
	*place = watched->next;
	pthread_mutex_unlock(&lock);
	watched->sink.ops->close(watched->sink.context);
	free(watched);
}

static const struct narc_sink_ops watched_ops = {
	.append = watched_append,
	.read_at = watched_read_at,
	.truncate = watched_truncate,
	.sync = watched_sync,
	.publish = watched_publish,
	.close = watched_close,
};

static enum narc_status make_remote(const char *url, bool replace, const char *temporary_folder,
				    struct narc_sink *sink, struct narc_error *error)
{
	struct narc_remote_options options = remote_options();
	struct watched_sink *watched;
	struct remote remote;
	enum narc_status status = load_remote(&remote, error);

	if (status == NARC_OK)
		status = begin_watching(error);
	if (status != NARC_OK)
		return status;
	watched = malloc(sizeof(*watched));
	if (!watched)
		return fail_memory(error);
	options.temporary_folder = temporary_folder ? temporary_folder : standard_folder();
	status = remote.sink(url, replace, &options, &watched->sink, error);
	if (status != NARC_OK) {
		free(watched);
		return status;
	}
	watched->abort = remote.sink_abort;
	pthread_mutex_lock(&lock);
	watched->next = open_sinks;
	open_sinks = watched;
	pthread_mutex_unlock(&lock);
	*sink = (struct narc_sink){ &watched_ops, watched };
	return NARC_OK;
}

enum narc_status make_output(const char *path, bool replace, const char *temporary_folder,
			     struct narc_sink *sink, struct narc_error *error)
{
	return is_remote(path) ? make_remote(path, replace, temporary_folder, sink, error)
			       : narc_file_sink(path, replace, sink, error);
}

enum exit_status open_output(const char *path, bool replace, const char *temporary_folder,
			     struct narc_sink *sink)
{
	struct narc_error error;

	if (make_output(path, replace, temporary_folder, sink, &error) == NARC_OK)
		return EXIT_DONE;
	return is_remote(path) ? report_remote(path, &error) : report_error(path, &error);
}
