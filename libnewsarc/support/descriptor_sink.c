/* SPDX-License-Identifier: BSD-2-Clause */
/* A sink for what takes bytes one after the other: a pipe, a device, standard output. */
#include <stdlib.h>

#include "support/file_io.h"
#include "support/status.h"

struct descriptor_sink {
	int fd;
};

static enum narc_status descriptor_sink_append(void *context, const void *data, size_t length,
					       struct narc_error *error)
{
	struct descriptor_sink *sink = context;

	return file_write_all(sink->fd, data, length, error);
}

static enum narc_status descriptor_sink_read_at(void *context, uint64_t offset, void *buffer,
						size_t length, struct narc_error *error)
{
	(void)context;
	(void)buffer;
	(void)length;
	return narc_fail(error, NARC_MISUSE, "read", offset,
			 "what went to a descriptor cannot be read back");
}

static enum narc_status descriptor_sink_truncate(void *context, uint64_t size,
						 struct narc_error *error)
{
	(void)context;
	return narc_fail(error, NARC_MISUSE, "write", size,
			 "what went to a descriptor cannot be cut off");
}

static enum narc_status descriptor_sink_end(void *context, struct narc_error *error)
{
	(void)context;
	(void)error;
	return NARC_OK;
}

static const struct narc_sink_ops descriptor_sink_ops = {
	.append = descriptor_sink_append,
	.read_at = descriptor_sink_read_at,
	.truncate = descriptor_sink_truncate,
	.sync = descriptor_sink_end,
	.publish = descriptor_sink_end,
	.close = free,
};

enum narc_status narc_descriptor_sink(int fd, struct narc_sink *out, struct narc_error *error)
{
	struct descriptor_sink *sink = malloc(sizeof(*sink));

	if (!sink)
		return narc_fail_memory(error);
	sink->fd = fd;
	*out = (struct narc_sink){ &descriptor_sink_ops, sink };
	return NARC_OK;
}
