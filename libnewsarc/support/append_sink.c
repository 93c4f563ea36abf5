/* SPDX-License-Identifier: BSD-2-Clause */
/* A sink that continues a file. What is behind the last commit goes when the sink is closed
 * without publishing, so that a failed writing leaves the file as it was. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/byte_buffer.h"
#include "support/file_io.h"
#include "support/status.h"

enum { WRITE_SIZE = 256 * 1024 };

struct append_sink {
	char *path;
	int fd;
	uint64_t start;             /* what is before it stays */
	uint64_t written;           /* where the next bytes go */
	bool has_changed;
	struct byte_buffer pending; /* appended, not yet written */
};

static enum narc_status flush_pending(struct append_sink *sink, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (sink->pending.size) {
		sink->has_changed = true;
		status = file_write_at(sink->fd, sink->written, sink->pending.data,
				       sink->pending.size, error);
	}
	if (status != NARC_OK) {
		narc_error_set_path(error, sink->path);
		return status;
	}
	sink->written += sink->pending.size;
	byte_buffer_clear(&sink->pending);
	return NARC_OK;
}

static enum narc_status append_sink_append(void *context, const void *data, size_t length,
					   struct narc_error *error)
{
	struct append_sink *sink = context;

	byte_buffer_append(&sink->pending, data, length);
	if (sink->pending.failed)
		return narc_fail_memory(error);
	return sink->pending.size >= WRITE_SIZE ? flush_pending(sink, error) : NARC_OK;
}

static enum narc_status append_sink_read_at(void *context, uint64_t offset, void *buffer,
					    size_t length, struct narc_error *error)
{
	struct append_sink *sink = context;
	enum narc_status status = flush_pending(sink, error);

	return status == NARC_OK ? file_read_at(sink->fd, offset, buffer, length, error) : status;
}

static enum narc_status append_sink_truncate(void *context, uint64_t size,
					     struct narc_error *error)
{
	struct append_sink *sink = context;

	byte_buffer_clear(&sink->pending);
	sink->start = sink->written = size;
	if (ftruncate(sink->fd, (off_t)size) != 0)
		return narc_fail_system(error, "write", sink->path, errno, "cannot cut the file");
	return NARC_OK;
}

static enum narc_status append_sink_sync(void *context, struct narc_error *error)
{
	struct append_sink *sink = context;
	enum narc_status status = flush_pending(sink, error);

	if (status == NARC_OK && fdatasync(sink->fd) != 0)
		status = narc_fail_system(error, "sync", sink->path, errno, "cannot sync");
	return status;
}

static enum narc_status append_sink_publish(void *context, struct narc_error *error)
{
	struct append_sink *sink = context;

	(void)error;
	sink->has_changed = false;
	return NARC_OK;
}

static void append_sink_close(void *context)
{
	struct append_sink *sink = context;

	/* Readers pass over what is left if this fails, and the next writer cuts it off. */
	if (sink->has_changed && ftruncate(sink->fd, (off_t)sink->start) != 0)
		sink->has_changed = false;
	if (sink->fd >= 0)
		close(sink->fd);
	byte_buffer_free(&sink->pending);
	free(sink->path);
	free(sink);
}

static const struct narc_sink_ops append_sink_ops = {
	.append = append_sink_append,
	.read_at = append_sink_read_at,
	.truncate = append_sink_truncate,
	.sync = append_sink_sync,
	.publish = append_sink_publish,
	.close = append_sink_close,
};

/* Opens the file and locks it against other writers, for whom it waits. Whoever had the lock
 * may have put another file in its place: then *is_same is false. */
static enum narc_status open_locked(struct append_sink *sink, bool *is_same,
				    struct narc_error *error)
{
	struct stat locked, named;

	sink->fd = open(sink->path, O_RDWR | O_CLOEXEC);
	if (sink->fd < 0)
		return narc_fail_system(error, "write", sink->path, errno, "cannot open");
	while (flock(sink->fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return narc_fail_system(error, "write", sink->path, errno,
						"cannot lock against other writers");
	if (fstat(sink->fd, &locked) != 0 || stat(sink->path, &named) != 0)
		return narc_fail_system(error, "write", sink->path, errno, "cannot look at it");
	*is_same = locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
	sink->start = sink->written = (uint64_t)locked.st_size;
	return NARC_OK;
}

enum narc_status narc_append_sink(const char *path, struct narc_sink *out,
				  struct narc_error *error)
{
	struct append_sink *sink = calloc(1, sizeof(*sink));
	bool is_same = false;
	enum narc_status status;

	if (!sink)
		return narc_fail_memory(error);
	sink->fd = -1;
	sink->path = strdup(path);
	status = sink->path ? NARC_OK : narc_fail_memory(error);
	while (status == NARC_OK && !is_same) {
		if (sink->fd >= 0)
			close(sink->fd);
		status = open_locked(sink, &is_same, error);
	}
	if (status != NARC_OK) {
		append_sink_close(sink);
		return status;
	}
	*out = (struct narc_sink){ &append_sink_ops, sink };
	return NARC_OK;
}
