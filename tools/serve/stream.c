/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUEUE_SIZE = 64 << 10, PIECE_SIZE = 16 << 10 };

struct stream {
	stream_work_fn work;
	void *context;
	void (*free_context)(void *context);
	struct MHD_Connection *connection;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned holders;   /* the answer, and the thread */
	bool has_begun;
	bool is_suspended;  /* the connection waits for more */
	bool is_wanted;
	bool has_ended;
	bool has_failed;
	size_t start, size; /* of what is queued, in a ring */
	char queue[QUEUE_SIZE];
};

/* Of all streams. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned count;
	unsigned threads;
	bool is_ending;
} all = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, false };

static bool take_place(void)
{
	bool taken;

	pthread_mutex_lock(&all.lock);
	taken = all.count < STREAM_LIMIT && !all.is_ending;
	all.count += taken;
	pthread_mutex_unlock(&all.lock);
	return taken;
}

static void give_place(void)
{
	pthread_mutex_lock(&all.lock);
	all.count--;
	pthread_mutex_unlock(&all.lock);
}

/* Counts a thread that is to start; false if there are to be no more. */
static bool enter_thread(void)
{
	bool entered;

	pthread_mutex_lock(&all.lock);
	entered = !all.is_ending;
	all.threads += entered;
	pthread_mutex_unlock(&all.lock);
	return entered;
}

static void leave_thread(void)
{
	pthread_mutex_lock(&all.lock);
	all.threads--;
	pthread_cond_broadcast(&all.changed);
	pthread_mutex_unlock(&all.lock);
}

static bool are_ending(void)
{
	bool is_ending;

	pthread_mutex_lock(&all.lock);
	is_ending = all.is_ending;
	pthread_mutex_unlock(&all.lock);
	return is_ending;
}

struct stream *stream_new(stream_work_fn work, void *context, void (*free_context)(void *))
{
	struct stream *stream;

	if (!take_place())
		return NULL;
	stream = malloc(sizeof(*stream));
	if (!stream) {
		give_place();
		return NULL;
	}
	memset(stream, 0, offsetof(struct stream, queue));
	stream->work = work;
	stream->context = context;
	stream->free_context = free_context;
	stream->holders = 1;
	stream->is_wanted = true;
	pthread_mutex_init(&stream->lock, NULL);
	pthread_cond_init(&stream->changed, NULL);
	return stream;
}

/* Lets go of it; the lock is held, and is not any more. */
static void release(struct stream *stream)
{
	unsigned holders = --stream->holders;

	pthread_mutex_unlock(&stream->lock);
	if (holders)
		return;
	stream->free_context(stream->context);
	pthread_mutex_destroy(&stream->lock);
	pthread_cond_destroy(&stream->changed);
	free(stream);
	give_place();
}

/* The answer is gone: all of it was sent, or the client left. */
void stream_free(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->is_wanted = false;
	pthread_cond_broadcast(&stream->changed);
	release(stream);
}

/* ---- the thread that makes it ----------------------------------------------------------- */

/* Lets the connection go on; the lock is held. */
static void wake_connection(struct stream *stream)
{
	if (stream->is_suspended)
		MHD_resume_connection(stream->connection);
	stream->is_suspended = false;
}

static void *run(void *context)
{
	struct stream *stream = context;
	bool is_good = stream->work(stream, stream->context);

	pthread_mutex_lock(&stream->lock);
	stream->has_ended = true;
	stream->has_failed = !is_good;
	wake_connection(stream);
	release(stream);
	leave_thread();
	return NULL;
}

/* Copies as much as there is room for in one piece; returns how much. */
static size_t enqueue(struct stream *stream, const char *bytes, size_t size)
{
	size_t place = (stream->start + stream->size) % QUEUE_SIZE;
	size_t room = QUEUE_SIZE - stream->size;

	if (size > room)
		size = room;
	if (size > QUEUE_SIZE - place)
		size = QUEUE_SIZE - place;
	memcpy(stream->queue + place, bytes, size);
	stream->size += size;
	return size;
}

/* Waits until the connection took something, or for a moment: whether all is to end is not told to
 * each stream. The lock is held. */
static void wait_for_room(struct stream *stream)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec++;
	pthread_cond_timedwait(&stream->changed, &stream->lock, &end);
}

bool stream_put(struct stream *stream, const void *bytes, size_t size)
{
	const char *next = bytes;
	bool is_wanted;

	pthread_mutex_lock(&stream->lock);
	while (size && stream->is_wanted && !are_ending()) {
		size_t taken = enqueue(stream, next, size);

		next += taken;
		size -= taken;
		wake_connection(stream);
		if (taken == 0)
			wait_for_room(stream);
	}
	is_wanted = stream->is_wanted;
	pthread_mutex_unlock(&stream->lock);
	return is_wanted && !are_ending();
}

/* ---- the connection that reads it ------------------------------------------------------- */

/* Starts the thread; the lock is held. */
static bool begin(struct stream *stream)
{
	pthread_t thread;

	stream->has_begun = true;
	if (!enter_thread())
		return false;
	stream->holders++;
	if (pthread_create(&thread, NULL, run, stream) == 0) {
		pthread_detach(thread);
		return true;
	}
	stream->holders--;
	leave_thread();
	return false;
}

static size_t dequeue(struct stream *stream, char *buffer, size_t size)
{
	if (size > stream->size)
		size = stream->size;
	if (size > QUEUE_SIZE - stream->start)
		size = QUEUE_SIZE - stream->start;
	memcpy(buffer, stream->queue + stream->start, size);
	stream->start = (stream->start + size) % QUEUE_SIZE;
	stream->size -= size;
	return size;
}

static ssize_t read_stream(void *context, uint64_t position, char *buffer, size_t size)
{
	struct stream *stream = context;
	ssize_t got = 0;

	(void)position;
	pthread_mutex_lock(&stream->lock);
	if (!stream->has_begun && !begin(stream)) {
		got = MHD_CONTENT_READER_END_WITH_ERROR;
	} else if (stream->size) {
		got = (ssize_t)dequeue(stream, buffer, size);
		pthread_cond_broadcast(&stream->changed);
	} else if (stream->has_ended) {
		got = stream->has_failed ? MHD_CONTENT_READER_END_WITH_ERROR
					 : MHD_CONTENT_READER_END_OF_STREAM;
	} else {
		stream->is_suspended = true;
		MHD_suspend_connection(stream->connection);
	}
	pthread_mutex_unlock(&stream->lock);
	return got;
}

static void free_stream(void *context)
{
	stream_free(context);
}

struct MHD_Response *stream_response(struct stream *stream, struct MHD_Connection *connection)
{
	struct MHD_Response *response;

	stream->connection = connection;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE_SIZE, read_stream,
						     stream, free_stream);
	if (!response)
		stream_free(stream);
	return response;
}

void streams_end(void)
{
	pthread_mutex_lock(&all.lock);
	all.is_ending = true;
	while (all.threads)
		pthread_cond_wait(&all.changed, &all.lock);
	pthread_mutex_unlock(&all.lock);
}
