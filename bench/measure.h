/* SPDX-License-Identifier: BSD-2-Clause */
/* What programs that measure share: a clock, statistics, and the printing of both. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of a clock that nobody sets. */
uint64_t clock_now(void);

/* The most memory that this process ever held. Not getrusage's, which starts at what the
 * parent held when it called exec. */
uint64_t peak_rss_kb(void);

void sort_numbers(uint64_t *numbers, size_t count);

/* The value that so many of a thousand sorted numbers are not above. */
uint64_t quantile(const uint64_t *sorted, size_t count, unsigned permille);
double mean_of(const uint64_t *numbers, size_t count);

/* One measured value. */
struct figure {
	const char *key;  /* in JSON */
	const char *text; /* for people, with the unit */
	double value;
	int decimals;
};

/* Prints all up to one without a key: a line each, or one JSON object. */
void print_figures(const struct figure *figures, bool as_json);

/* An option's value, or exit status 2 with a message. */
uint64_t parse_number(const char *text, uint64_t min, uint64_t max);

/* Memory, or exit status 1. */
void *take_memory(size_t count, size_t size);

#endif
