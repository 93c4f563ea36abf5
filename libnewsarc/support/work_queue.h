/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that work on numbered jobs, whose results are taken in the order in which the
 * jobs were given: so what is written does not depend on the number of threads.
 */
#ifndef NARC_SUPPORT_WORK_QUEUE_H
#define NARC_SUPPORT_WORK_QUEUE_H

#include "newsarc.h"

struct work_queue;

/* Does one job. worker is the number of the thread, from 0. */
typedef void (*work_fn)(void *context, unsigned worker, void *job);

/* The number of processors that this process may run on. */
unsigned work_queue_processors(void);

/* Starts threads threads; at most capacity jobs are given and not yet taken. */
enum narc_status work_queue_new(unsigned threads, size_t capacity, work_fn work, void *context,
				struct work_queue **queue, struct narc_error *error);

/* Whether a further job would be one too many: take one first. */
bool work_queue_is_full(const struct work_queue *queue);
bool work_queue_is_empty(const struct work_queue *queue);

void work_queue_give(struct work_queue *queue, void *job);

/* Does jobs that are not begun, as worker number worker, until the oldest is done or there are
 * none left: for who would only wait in work_queue_take. The queue is not empty. */
void work_queue_help(struct work_queue *queue, unsigned worker);

/* Waits for the oldest job to be done and gives it back. The queue is not empty. */
void *work_queue_take(struct work_queue *queue);

/* Waits for jobs under way and ends the threads; those not begun count as done, though
 * nothing was done with them. So what is left can be taken and given up. */
void work_queue_stop(struct work_queue *queue);

/* Stops the queue. Jobs that were not taken are the caller's. */
void work_queue_free(struct work_queue *queue);

#endif
