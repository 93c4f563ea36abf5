/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/work_queue.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/status.h"

struct slot {
	void *job;
	bool done;
};

struct worker {
	struct work_queue *queue;
	unsigned number;
	pthread_t thread;
};

/* Jobs stand in a ring; given, begun and taken only ever grow, and a job's slot is its
 * number modulo capacity. */
struct work_queue {
	work_fn work;
	void *context;
	pthread_mutex_t lock;
	pthread_cond_t job_given;
	pthread_cond_t job_done;
	bool stopping;
	uint64_t given;
	uint64_t begun;
	uint64_t taken;
	size_t capacity;
	struct slot *slots;
	unsigned worker_count;
	struct worker *workers;
};

unsigned work_queue_processors(void)
{
	long online;
#ifdef CPU_COUNT
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
		return (unsigned)CPU_COUNT(&allowed);
#endif
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (unsigned)online : 1;
}

/* Does the oldest job that is not begun; the lock is held before and after. */
static void run_job(struct work_queue *queue, unsigned worker)
{
	struct slot *slot = &queue->slots[queue->begun++ % queue->capacity];

	pthread_mutex_unlock(&queue->lock);
	queue->work(queue->context, worker, slot->job);
	pthread_mutex_lock(&queue->lock);
	slot->done = true;
	pthread_cond_signal(&queue->job_done);
}

static void *run_worker(void *argument)
{
	struct worker *worker = argument;
	struct work_queue *queue = worker->queue;

	pthread_mutex_lock(&queue->lock);
	for (;;) {
		while (!queue->stopping && queue->begun == queue->given)
			pthread_cond_wait(&queue->job_given, &queue->lock);
		if (queue->stopping)
			break;
		run_job(queue, worker->number);
	}
	pthread_mutex_unlock(&queue->lock);
	return NULL;
}

enum narc_status work_queue_new(unsigned threads, size_t capacity, work_fn work, void *context,
				struct work_queue **out, struct narc_error *error)
{
	struct work_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return narc_fail_memory(error);
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->job_given, NULL);
	pthread_cond_init(&queue->job_done, NULL);
	queue->work = work;
	queue->context = context;
	queue->capacity = capacity;
	queue->slots = calloc(capacity, sizeof(*queue->slots));
	queue->workers = calloc(threads, sizeof(*queue->workers));
	if (!queue->slots || !queue->workers) {
		work_queue_free(queue);
		return narc_fail_memory(error);
	}
	for (unsigned i = 0; i < threads; i++) {
		struct worker *worker = &queue->workers[i];
		int failed;

		worker->queue = queue;
		worker->number = i;
		failed = pthread_create(&worker->thread, NULL, run_worker, worker);
		if (failed) {
			work_queue_free(queue);
			return narc_fail_system(error, "threads", NULL, failed,
						"cannot start a thread");
		}
		queue->worker_count++;
	}
	*out = queue;
	return NARC_OK;
}

bool work_queue_is_full(const struct work_queue *queue)
{
	return queue->given - queue->taken == queue->capacity;
}

bool work_queue_is_empty(const struct work_queue *queue)
{
	return queue->given == queue->taken;
}

void work_queue_give(struct work_queue *queue, void *job)
{
	assert(!work_queue_is_full(queue));
	pthread_mutex_lock(&queue->lock);
	queue->slots[queue->given++ % queue->capacity] = (struct slot){ job, false };
	pthread_mutex_unlock(&queue->lock);
	/* Behind the lock: who wakes would only wait for that. */
	pthread_cond_signal(&queue->job_given);
}

void work_queue_help(struct work_queue *queue, unsigned worker)
{
	const struct slot *oldest = &queue->slots[queue->taken % queue->capacity];

	pthread_mutex_lock(&queue->lock);
	while (!oldest->done && queue->begun < queue->given)
		run_job(queue, worker);
	pthread_mutex_unlock(&queue->lock);
}

void *work_queue_take(struct work_queue *queue)
{
	struct slot *slot = &queue->slots[queue->taken % queue->capacity];

	assert(!work_queue_is_empty(queue));
	pthread_mutex_lock(&queue->lock);
	while (!slot->done)
		pthread_cond_wait(&queue->job_done, &queue->lock);
	queue->taken++;
	pthread_mutex_unlock(&queue->lock);
	return slot->job;
}

void work_queue_stop(struct work_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->stopping = true;
	pthread_cond_broadcast(&queue->job_given);
	pthread_mutex_unlock(&queue->lock);
	for (unsigned i = 0; i < queue->worker_count; i++)
		pthread_join(queue->workers[i].thread, NULL);
	queue->worker_count = 0;
	for (; queue->begun < queue->given; queue->begun++)
		queue->slots[queue->begun % queue->capacity].done = true;
}

void work_queue_free(struct work_queue *queue)
{
	if (!queue)
		return;
	work_queue_stop(queue);
	pthread_cond_destroy(&queue->job_done);
	pthread_cond_destroy(&queue->job_given);
	pthread_mutex_destroy(&queue->lock);
	free(queue->workers);
	free(queue->slots);
	free(queue);
}
