/* SPDX-License-Identifier: BSD-2-Clause */
#include "faulty_io.h"

#include <stdlib.h>
#include <string.h>

#include "support/status.h"
#include "support_check.h"

static const char stage[] = "faulty";
static const char message[] = "a test lets this fail";

void faulty_io_init(struct faulty_io *io)
{
	memset(io, 0, sizeof(*io));
	pthread_mutex_init(&io->lock, NULL);
}

void faulty_io_reset(struct faulty_io *io)
{
	memset(io->calls, 0, sizeof(io->calls));
	io->bytes_read = 0;
	io->has_failed = false;
	io->fail_at = 0;
}

void faulty_io_fail(struct faulty_io *io, enum io_call failing, uint64_t fail_at,
		    enum narc_status fail_with)
{
	faulty_io_reset(io);
	io->failing = failing;
	io->fail_at = fail_at;
	io->fail_with = fail_with;
}

/* Counts a call; NARC_OK if it is not the one that is to fail. */
static enum narc_status count_call(struct faulty_io *io, enum io_call call,
				   struct narc_error *error)
{
	bool fails;

	pthread_mutex_lock(&io->lock);
	io->calls[call]++;
	fails = call == io->failing && io->calls[call] == io->fail_at;
	io->has_failed |= fails;
	pthread_mutex_unlock(&io->lock);
	return fails ? narc_fail(error, io->fail_with, stage, NARC_NO_OFFSET, "%s", message)
		     : NARC_OK;
}

void assert_fault_is_told(const struct faulty_io *io, const struct narc_error *error)
{
	assert_true(io->has_failed);
	ASSERT_ERROR_IS_TOLD(error, io->fail_with);
	assert_string_equal(error->stage, stage);
	assert_string_equal(error->message, message);
}

/* ---- sources ----------------------------------------------------------------------- */

struct faulty_source_context {
	struct faulty_io *io;
	struct narc_source inner;
};

static void count_opened(struct faulty_io *io, int change)
{
	pthread_mutex_lock(&io->lock);
	io->opened += (unsigned)change;
	pthread_mutex_unlock(&io->lock);
}

static enum narc_status source_read_at(void *context, uint64_t offset, void *buffer, size_t length,
				       struct narc_error *error)
{
	struct faulty_source_context *source = context;
	struct faulty_io *io = source->io;
	enum narc_status status = count_call(io, IO_SOURCE_READ, error);

	if (status != NARC_OK)
		return status;
	pthread_mutex_lock(&io->lock);
	if (io->calls[IO_SOURCE_READ] <= IO_EXTENTS_LIMIT)
		io->extents[io->calls[IO_SOURCE_READ] - 1] = (struct io_extent){ offset, length };
	io->bytes_read += length;
	pthread_mutex_unlock(&io->lock);
	return source->inner.ops->read_at(source->inner.context, offset, buffer, length, error);
}

static enum narc_status source_size(void *context, uint64_t *size, struct narc_error *error)
{
	struct faulty_source_context *source = context;
	enum narc_status status = count_call(source->io, IO_SOURCE_SIZE, error);

	return status == NARC_OK ? source->inner.ops->size(source->inner.context, size, error)
				 : status;
}

static void source_close(void *context)
{
	struct faulty_source_context *source = context;

	source->inner.ops->close(source->inner.context);
	count_opened(source->io, -1);
	free(source);
}

static const struct narc_source_ops source_ops = {
	.read_at = source_read_at,
	.size = source_size,
	.close = source_close,
};

struct narc_source faulty_source(struct faulty_io *io, struct narc_source inner)
{
	struct faulty_source_context *source = malloc(sizeof(*source));

	assert_non_null(source);
	*source = (struct faulty_source_context){ io, inner };
	count_opened(io, 1);
	return (struct narc_source){ &source_ops, source };
}

struct narc_source faulty_memory_source(struct faulty_io *io, const void *data, size_t size)
{
	struct narc_source inner;
	struct narc_error error;

	ASSERT_OK(narc_memory_source(data, size, &inner, &error), &error);
	return faulty_source(io, inner);
}

/* ---- sinks ------------------------------------------------------------------------- */

struct faulty_sink_context {
	struct faulty_io *io;
	struct narc_sink inner;
};

static enum narc_status sink_append(void *context, const void *data, size_t length,
				    struct narc_error *error)
{
	struct faulty_sink_context *sink = context;
	enum narc_status status = count_call(sink->io, IO_SINK_APPEND, error);

	return status == NARC_OK
		       ? sink->inner.ops->append(sink->inner.context, data, length, error)
		       : status;
}

static enum narc_status sink_read_at(void *context, uint64_t offset, void *buffer, size_t length,
				     struct narc_error *error)
{
	struct faulty_sink_context *sink = context;
	enum narc_status status = count_call(sink->io, IO_SINK_READ, error);

	return status == NARC_OK ? sink->inner.ops->read_at(sink->inner.context, offset, buffer,
							    length, error)
				 : status;
}

static enum narc_status sink_truncate(void *context, uint64_t size, struct narc_error *error)
{
	struct faulty_sink_context *sink = context;
	enum narc_status status = count_call(sink->io, IO_SINK_TRUNCATE, error);

	return status == NARC_OK ? sink->inner.ops->truncate(sink->inner.context, size, error)
				 : status;
}

static enum narc_status sink_sync(void *context, struct narc_error *error)
{
	struct faulty_sink_context *sink = context;
	enum narc_status status = count_call(sink->io, IO_SINK_SYNC, error);

	return status == NARC_OK ? sink->inner.ops->sync(sink->inner.context, error) : status;
}

static enum narc_status sink_publish(void *context, struct narc_error *error)
{
	struct faulty_sink_context *sink = context;
	enum narc_status status = count_call(sink->io, IO_SINK_PUBLISH, error);

	return status == NARC_OK ? sink->inner.ops->publish(sink->inner.context, error) : status;
}

static void sink_close(void *context)
{
	struct faulty_sink_context *sink = context;

	sink->inner.ops->close(sink->inner.context);
	count_opened(sink->io, -1);
	free(sink);
}

static const struct narc_sink_ops sink_ops = {
	.append = sink_append,
	.read_at = sink_read_at,
	.truncate = sink_truncate,
	.sync = sink_sync,
	.publish = sink_publish,
	.close = sink_close,
};

struct narc_sink faulty_sink(struct faulty_io *io, struct narc_sink inner)
{
	struct faulty_sink_context *sink = malloc(sizeof(*sink));

	assert_non_null(sink);
	*sink = (struct faulty_sink_context){ io, inner };
	count_opened(io, 1);
	return (struct narc_sink){ &sink_ops, sink };
}
