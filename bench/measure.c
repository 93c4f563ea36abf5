// SPDX-License-Identifier: BSD-2-Clause
#include "measure.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t peak_rss_kb(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	uint64_t kb = 0;

	while (file && kb == 0 && fgets(line, sizeof(line), file))
		sscanf(line, "VmHWM: %" SCNu64, &kb);
	if (file)
		fclose(file);
	return kb;
}

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

void sort_numbers(uint64_t *numbers, size_t count)
{
	qsort(numbers, count, sizeof(*numbers), by_value);
}

uint64_t quantile(const uint64_t *sorted, size_t count, unsigned permille)
{
	return sorted[(count - 1) * permille / 1000];
}

double mean_of(const uint64_t *numbers, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)numbers[i];
	return sum / (double)count;
}

void print_figures(const struct figure *figures, bool as_json)
{
	for (const struct figure *figure = figures; figure->key; figure++) {
		if (as_json)
			printf("%s\"%s\": %.*f", figure == figures ? "{" : ", ", figure->key,
			       figure->decimals, figure->value);
		else
			printf("%-28s %12.*f\n", figure->text, figure->decimals, figure->value);
	}
	if (as_json)
		puts("}");
}

uint64_t parse_number(const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || number < min || number > max)
		errx(2, "\"%s\" is not a number from %" PRIu64 " to %" PRIu64, text, min, max);
	return number;
}

void *take_memory(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		err(1, NULL);
	return memory;
}
