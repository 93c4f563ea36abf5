/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "support/byte_buffer.h"
#include "support/checked_math.h"
#include "support/status.h"

struct memory_sink {
	struct byte_buffer bytes;
	void **data;
	size_t *size;
};

static enum narc_status memory_sink_append(void *context, const void *data, size_t length,
					   struct narc_error *error)
{
	struct memory_sink *sink = context;

	byte_buffer_append(&sink->bytes, data, length);
	return byte_buffer_status(&sink->bytes, error);
}

static enum narc_status memory_sink_read_at(void *context, uint64_t offset, void *buffer,
					    size_t length, struct narc_error *error)
{
	struct memory_sink *sink = context;

	if (!range_inside(offset, length, 0, sink->bytes.size))
		return narc_fail(error, NARC_MISUSE, "read", offset, "not written yet");
	if (length)
		memcpy(buffer, sink->bytes.data + offset, length);
	return NARC_OK;
}

static enum narc_status memory_sink_truncate(void *context, uint64_t size,
					     struct narc_error *error)
{
	struct memory_sink *sink = context;

	if (size > sink->bytes.size)
		return narc_fail(error, NARC_MISUSE, "write", size, "not written yet");
	sink->bytes.size = (size_t)size;
	return NARC_OK;
}

static enum narc_status memory_sink_sync(void *context, struct narc_error *error)
{
	(void)context;
	(void)error;
	return NARC_OK;
}

static enum narc_status memory_sink_publish(void *context, struct narc_error *error)
{
	struct memory_sink *sink = context;

	(void)error;
	*sink->data = sink->bytes.data;
	*sink->size = sink->bytes.size;
	sink->bytes = BYTE_BUFFER_EMPTY;
	return NARC_OK;
}

static void memory_sink_close(void *context)
{
	struct memory_sink *sink = context;

	byte_buffer_free(&sink->bytes);
	free(sink);
}

static const struct narc_sink_ops memory_sink_ops = {
	.append = memory_sink_append,
	.read_at = memory_sink_read_at,
	.truncate = memory_sink_truncate,
	.sync = memory_sink_sync,
	.publish = memory_sink_publish,
	.close = memory_sink_close,
};

enum narc_status narc_memory_sink(void **data, size_t *size, struct narc_sink *out,
				  struct narc_error *error)
{
	struct memory_sink *sink = calloc(1, sizeof(*sink));

	if (!sink)
		return narc_fail_memory(error);
	sink->data = data;
	sink->size = size;
	*out = (struct narc_sink){ &memory_sink_ops, sink };
	return NARC_OK;
}
