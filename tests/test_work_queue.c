/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_check.h"

#include <pthread.h>
#include <stdlib.h>

#include "support/work_queue.h"

enum { THREADS_LIMIT = 8 };

struct job {
	uint64_t number;
	uint64_t result;
	unsigned worker;
	bool done;
};

static uint64_t result_of(uint64_t number)
{
	struct test_random random = { number };
	uint64_t result = 0;

	/* Some jobs take much longer than others, so that they end out of order. */
	for (uint64_t i = 0; i < number * 37 % 1000; i++)
		result ^= random_next(&random);
	return result;
}

static void do_job(void *context, unsigned worker, void *argument)
{
	struct job *job = argument;

	(void)context;
	job->result = result_of(job->number);
	job->worker = worker;
	job->done = true;
}

static void take_and_check(struct work_queue *queue, const struct job *wanted, unsigned threads)
{
	struct job *job = work_queue_take(queue);

	assert_ptr_equal(job, wanted);
	assert_true(job->done);
	assert_true(job->result == result_of(job->number));
	assert_true(job->worker < threads);
}

static void assert_results_are_in_order(unsigned threads, size_t capacity)
{
	enum { JOBS = 2000 };
	struct job *jobs = calloc(JOBS, sizeof(*jobs));
	struct work_queue *queue = NULL;
	struct narc_error error;
	size_t taken = 0;

	assert_non_null(jobs);
	ASSERT_OK(work_queue_new(threads, capacity, do_job, NULL, &queue, &error), &error);
	assert_true(work_queue_is_empty(queue));
	for (size_t i = 0; i < JOBS; i++) {
		jobs[i].number = i;
		if (work_queue_is_full(queue))
			take_and_check(queue, &jobs[taken++], threads);
		work_queue_give(queue, &jobs[i]);
		assert_int_equal(i + 1 - taken == capacity, work_queue_is_full(queue));
	}
	while (!work_queue_is_empty(queue))
		take_and_check(queue, &jobs[taken++], threads);
	assert_int_equal(taken, JOBS);
	work_queue_free(queue);
	free(jobs);
}

TEST(results_come_in_the_order_of_the_jobs_whatever_the_threads)
{
	for (unsigned threads = 1; threads <= THREADS_LIMIT; threads++) {
		assert_results_are_in_order(threads, 1);
		assert_results_are_in_order(threads, 3 * threads);
	}
}

TEST(who_waits_for_a_job_may_do_others_until_it_is_done)
{
	enum { JOBS = 2000, CAPACITY = 6 };
	struct job *jobs = calloc(JOBS, sizeof(*jobs));

	/* Without any thread, who takes does all. */
	for (unsigned threads = 0; threads <= 3; threads++) {
		struct work_queue *queue = NULL;
		struct narc_error error;
		size_t given = 0;

		ASSERT_OK(work_queue_new(threads, CAPACITY, do_job, NULL, &queue, &error), &error);
		for (size_t taken = 0; taken < JOBS; taken++) {
			for (; given < JOBS && !work_queue_is_full(queue); given++) {
				jobs[given] = (struct job){ .number = given };
				work_queue_give(queue, &jobs[given]);
			}
			work_queue_help(queue, threads);
			take_and_check(queue, &jobs[taken], threads + 1);
		}
		assert_true(work_queue_is_empty(queue));
		work_queue_free(queue);
	}
	free(jobs);
}

/* Jobs that wait until they are let go, so that others cannot be begun. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned begun;
	bool open;
};

static void wait_at_gate(void *context, unsigned worker, void *argument)
{
	struct gate *gate = context;
	struct job *job = argument;

	(void)worker;
	pthread_mutex_lock(&gate->lock);
	gate->begun++;
	pthread_cond_broadcast(&gate->changed);
	while (!gate->open)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
	job->done = true;
}

static void *open_gate(void *argument)
{
	struct gate *gate = argument;

	pthread_mutex_lock(&gate->lock);
	gate->open = true;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
	return NULL;
}

TEST(stopping_waits_for_jobs_under_way_and_gives_back_those_not_begun)
{
	for (unsigned threads = 1; threads <= THREADS_LIMIT; threads++) {
		struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER,
				     .changed = PTHREAD_COND_INITIALIZER };
		struct job jobs[3 * THREADS_LIMIT] = { { 0 } };
		struct work_queue *queue = NULL;
		struct narc_error error;
		pthread_t opener;

		ASSERT_OK(work_queue_new(threads, 3 * threads, wait_at_gate, &gate, &queue,
					 &error),
			  &error);
		for (unsigned i = 0; i < 3 * threads; i++)
			work_queue_give(queue, &jobs[i]);
		pthread_mutex_lock(&gate.lock);
		while (gate.begun < threads)
			pthread_cond_wait(&gate.changed, &gate.lock);
		pthread_mutex_unlock(&gate.lock);
		assert_int_equal(pthread_create(&opener, NULL, open_gate, &gate), 0);
		work_queue_stop(queue);
		pthread_join(opener, NULL);
		for (unsigned i = 0; i < 3 * threads; i++) {
			assert_ptr_equal(work_queue_take(queue), &jobs[i]);
			assert_true(jobs[i].done || i >= threads);
		}
		assert_true(work_queue_is_empty(queue));
		work_queue_free(queue);
	}
}

TEST(a_queue_is_freed_with_jobs_in_it)
{
	struct job jobs[64] = { { 0 } };
	struct work_queue *queue = NULL;
	struct narc_error error;

	ASSERT_OK(work_queue_new(4, 64, do_job, NULL, &queue, &error), &error);
	for (size_t i = 0; i < 64; i++)
		work_queue_give(queue, &jobs[i]);
	work_queue_free(queue);
	work_queue_free(NULL);
}

TEST(a_queue_may_be_stopped_twice_and_without_jobs)
{
	struct work_queue *queue = NULL;
	struct narc_error error;

	ASSERT_OK(work_queue_new(3, 9, do_job, NULL, &queue, &error), &error);
	work_queue_stop(queue);
	work_queue_stop(queue);
	assert_true(work_queue_is_empty(queue));
	work_queue_free(queue);
}

TEST(there_is_a_processor_at_least)
{
	assert_true(work_queue_processors() >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_come_in_the_order_of_the_jobs_whatever_the_threads),
		cmocka_unit_test(who_waits_for_a_job_may_do_others_until_it_is_done),
		cmocka_unit_test(stopping_waits_for_jobs_under_way_and_gives_back_those_not_begun),
		cmocka_unit_test(a_queue_is_freed_with_jobs_in_it),
		cmocka_unit_test(a_queue_may_be_stopped_twice_and_without_jobs),
		cmocka_unit_test(there_is_a_processor_at_least),
	};

	return cmocka_run_group_tests_name("work_queue", tests, NULL, NULL);
}
