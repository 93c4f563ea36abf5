/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources and sinks around others, that count their calls, and of which one call can fail.
 * They may be used by several threads at once.
 */
#ifndef TESTS_FAULTY_IO_H
#define TESTS_FAULTY_IO_H

#include <pthread.h>

#include "newsarc.h"

enum io_call {
	IO_SOURCE_READ,
	IO_SOURCE_SIZE,
	IO_SINK_APPEND,
	IO_SINK_READ,
	IO_SINK_TRUNCATE,
	IO_SINK_SYNC,
	IO_SINK_PUBLISH,
	IO_CALL_COUNT
};

/* A read of the source. */
struct io_extent {
	uint64_t offset;
	uint64_t length;
};

enum { IO_EXTENTS_LIMIT = 4096 };

struct faulty_io {
	/* Which call is to fail, counted from 1, and with what; 0: none does. */
	enum io_call failing;
	uint64_t fail_at;
	enum narc_status fail_with;

	/* What was called so far. */
	uint64_t calls[IO_CALL_COUNT];
	uint64_t bytes_read;
	bool has_failed;
	unsigned opened; /* sources and sinks made, and not yet closed */
	struct io_extent extents[IO_EXTENTS_LIMIT]; /* of the first reads of the source */

	pthread_mutex_t lock;
};

void faulty_io_init(struct faulty_io *io);

/* Starts to count anew, with no call to fail. */
void faulty_io_reset(struct faulty_io *io);

/* Lets a call fail, the next one being number 1. */
void faulty_io_fail(struct faulty_io *io, enum io_call failing, uint64_t fail_at,
		    enum narc_status fail_with);

struct narc_source faulty_source(struct faulty_io *io, struct narc_source inner);
struct narc_sink faulty_sink(struct faulty_io *io, struct narc_sink inner);

/* A faulty source over memory. */
struct narc_source faulty_memory_source(struct faulty_io *io, const void *data, size_t size);

/* Fails unless the error tells of the call that failed. */
void assert_fault_is_told(const struct faulty_io *io, const struct narc_error *error);

#endif
