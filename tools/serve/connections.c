/* SPDX-License-Identifier: BSD-2-Clause */
#include "connections.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct connection {
	int socket;
	bool is_open;
	bool is_answering;
	time_t since;
};

struct connections {
	pthread_mutex_t lock;
	size_t most;
	struct connection list[];
};

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

struct connections *connections_new(size_t most)
{
	struct connections *made = calloc(1, sizeof(*made) + most * sizeof(made->list[0]));

	if (!made)
		return NULL;
	made->most = most;
	pthread_mutex_init(&made->lock, NULL);
	return made;
}

void connections_free(struct connections *connections)
{
	if (connections)
		pthread_mutex_destroy(&connections->lock);
	free(connections);
}

size_t connections_add(struct connections *connections, int socket)
{
	size_t place = 0;

	pthread_mutex_lock(&connections->lock);
	while (place < connections->most && connections->list[place].is_open)
		place++;
	if (place < connections->most)
		connections->list[place] =
			(struct connection){ .socket = socket, .is_open = true, .since = now() };
	pthread_mutex_unlock(&connections->lock);
	return place;
}

void connections_remove(struct connections *connections, size_t place)
{
	pthread_mutex_lock(&connections->lock);
	if (place < connections->most)
		connections->list[place].is_open = false;
	pthread_mutex_unlock(&connections->lock);
}

static void set_answering(struct connections *connections, size_t place, bool is_answering)
{
	pthread_mutex_lock(&connections->lock);
	if (place < connections->most) {
		connections->list[place].is_answering = is_answering;
		connections->list[place].since = now();
	}
	pthread_mutex_unlock(&connections->lock);
}

void connections_begin_answer(struct connections *connections, size_t place)
{
	set_answering(connections, place, true);
}

void connections_end_answer(struct connections *connections, size_t place)
{
	set_answering(connections, place, false);
}

void connections_end_slow(struct connections *connections)
{
	time_t time = now();

	pthread_mutex_lock(&connections->lock);
	for (size_t i = 0; i < connections->most; i++) {
		const struct connection *connection = &connections->list[i];
		time_t most = connection->is_answering ? ANSWER_SECONDS : REQUEST_SECONDS;

		/* The socket is not closed, and its number not another's, before it is removed. */
		if (connection->is_open && time - connection->since > most)
			shutdown(connection->socket, SHUT_RDWR);
	}
	pthread_mutex_unlock(&connections->lock);
}

size_t connections_answering(struct connections *connections)
{
	size_t count = 0;

	pthread_mutex_lock(&connections->lock);
	for (size_t i = 0; i < connections->most; i++)
		count += connections->list[i].is_open && connections->list[i].is_answering;
	pthread_mutex_unlock(&connections->lock);
	return count;
}
