// SPDX-License-Identifier: BSD-2-Clause
/*
 * micro - how long the functions take that looking up and packing spend their time in
 *
 * Prints the nanoseconds of an operation, the median of many batches. With --iterations it runs
 * so many operations once, in measured_loop, for a profiler that counts only what that does.
 */
#include "micro.h"

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

enum { BATCHES = 31, BATCH_NANOSECONDS = 2000000, TRIES = 3 };

static const struct benchmark *const groups[] = { index_benchmarks, block_benchmarks,
						  parse_benchmarks };

void must(enum narc_status status, const struct narc_error *error)
{
	if (status != NARC_OK)
		errx(1, "%s: %s", error->stage, error->message);
}

/* A function of its own, whose name profilers know. */
__attribute__((noinline)) static void measured_loop(const struct benchmark *benchmark, void *input,
						    uint64_t operations)
{
	benchmark->run(input, operations);
}

static uint64_t time_batch(const struct benchmark *benchmark, void *input, uint64_t operations)
{
	uint64_t start = clock_now();

	measured_loop(benchmark, input, operations);
	return clock_now() - start;
}

/* How many operations take long enough to be timed, also where others take the processor away
 * for longer than that. */
static uint64_t fill_batch(const struct benchmark *benchmark, void *input)
{
	uint64_t operations = 1;

	for (;;) {
		uint64_t fastest = UINT64_MAX;

		for (size_t i = 0; i < TRIES; i++) {
			uint64_t time = time_batch(benchmark, input, operations);

			fastest = time < fastest ? time : fastest;
		}
		if (fastest >= BATCH_NANOSECONDS)
			return operations;
		operations *= 2;
	}
}

static void measure(const struct benchmark *benchmark, void *input)
{
	uint64_t times[BATCHES];
	uint64_t operations = fill_batch(benchmark, input);

	for (size_t i = 0; i < BATCHES; i++)
		times[i] = time_batch(benchmark, input, operations);
	sort_numbers(times, BATCHES);
	printf("%-24s %12.1f ns\n", benchmark->name,
	       (double)quantile(times, BATCHES, 500) / (double)operations);
}

static void run_one(const struct benchmark *benchmark, uint64_t iterations)
{
	void *input = benchmark->prepare();

	if (iterations)
		measured_loop(benchmark, input, iterations);
	else
		measure(benchmark, input);
	benchmark->finish(input);
}

static bool is_chosen(const struct benchmark *benchmark, char *const *names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, benchmark->name) == 0)
			return true;
	return false;
}

static void usage(void)
{
	fputs("usage: micro [--iterations N] [NAME...]\n"
	      "       micro --list\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "iterations", required_argument, NULL, 'i' },
		{ "list", no_argument, NULL, 'l' },
		{ 0 },
	};
	uint64_t iterations = 0;
	bool only_list = false;
	bool any = false;

	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 'i': iterations = parse_number(optarg, 1, UINT64_MAX); break;
		case 'l': only_list = true; break;
		default: usage();
		}
	}
	prepare_language();
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		for (const struct benchmark *one = groups[i]; one->name; one++) {
			if (!is_chosen(one, argv + optind))
				continue;
			any = true;
			if (only_list)
				puts(one->name);
			else
				run_one(one, iterations);
		}
	}
	if (!any)
		usage();
	return 0;
}
