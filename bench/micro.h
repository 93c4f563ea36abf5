/* SPDX-License-Identifier: BSD-2-Clause */
/* Benchmarks of single functions, on inputs made in memory that are the same each time. */
#ifndef BENCH_MICRO_H
#define BENCH_MICRO_H

#include <newsarc.h>

#include "post_text.h"

struct benchmark {
	const char *name;
	void *(*prepare)(void);
	void (*run)(void *input, uint64_t operations);
	void (*finish)(void *input);
};

/* Each ends with one without a name. */
extern const struct benchmark index_benchmarks[];
extern const struct benchmark block_benchmarks[];
extern const struct benchmark parse_benchmarks[];

/* Ends the program if status is not NARC_OK. */
void must(enum narc_status status, const struct narc_error *error);

enum { SAMPLE_POSTS = 2500 }; /* enough for an index of two levels */

struct sample_post {
	struct post post;
	char path[64];
	size_t size;
	char text[POST_TEXT_MAX];
};

/* Makes post number i of SAMPLE_POSTS. */
void make_sample_post(uint64_t number, struct sample_post *sample);

/* The sample posts as an archive in memory. */
struct sample_archive {
	void *data;
	size_t size;
	narc_archive *archive;
	narc_cursor *cursor;
	char (*codes)[24]; /* SAMPLE_POSTS of them, shuffled */
};

/* With a dictionary; block_size as in the options of packing. */
struct sample_archive *pack_sample(size_t block_size);
void sample_archive_free(struct sample_archive *sample);

#endif
