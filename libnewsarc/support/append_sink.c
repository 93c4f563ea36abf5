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

#include "support/file_io.h"
#include "support/file_output.h"
#include "support/status.h"
#include "support/temporary_name.h"

struct append_sink {
	struct file_output output;
	uint64_t start; /* what is before it stays */
	bool has_changed;
};

static enum narc_status append_sink_append(void *context, const void *data, size_t length,
					   struct narc_error *error)
{
	struct append_sink *sink = context;

	sink->has_changed = true;
	return file_output_append(&sink->output, data, length, error);
}

static enum narc_status append_sink_read_at(void *context, uint64_t offset, void *buffer,
					    size_t length, struct narc_error *error)
{
	struct append_sink *sink = context;

	return file_output_read_at(&sink->output, offset, buffer, length, error);
}

static enum narc_status append_sink_truncate(void *context, uint64_t size,
					     struct narc_error *error)
{
	struct append_sink *sink = context;

	sink->start = size;
	return file_output_truncate(&sink->output, size, error);
}

static enum narc_status append_sink_sync(void *context, struct narc_error *error)
{
	struct append_sink *sink = context;

	return file_output_sync(&sink->output, error);
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
	if (sink->has_changed && ftruncate(sink->output.fd, (off_t)sink->start) != 0)
		sink->has_changed = false;
	if (sink->output.fd >= 0)
		close(sink->output.fd);
	byte_buffer_free(&sink->output.pending);
	free(sink->output.path);
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

	sink->output.fd = open(sink->output.path, O_RDWR | O_CLOEXEC);
	if (sink->output.fd < 0)
		return narc_fail_system(error, "write", sink->output.path, errno, "cannot open");
	while (flock(sink->output.fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return narc_fail_system(error, "write", sink->output.path, errno,
						"cannot lock against other writers");
	if (fstat(sink->output.fd, &locked) != 0 || stat(sink->output.path, &named) != 0)
		return narc_fail_system(error, "write", sink->output.path, errno, "cannot look at it");
	*is_same = locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
	sink->start = sink->output.written = (uint64_t)locked.st_size;
	return NARC_OK;
}

/* What rewriting this file left that was killed; before it is locked, for it may be a second name
 * of it. */
static void remove_left_overs(const char *path)
{
	char *target = realpath(path, NULL);
	char *folder = target ? file_folder_of(target) : NULL;

	if (folder)
		temporary_remove_left_overs(folder, target);
	free(folder);
	free(target);
}

enum narc_status narc_append_sink(const char *path, struct narc_sink *out,
				  struct narc_error *error)
{
	struct append_sink *sink = calloc(1, sizeof(*sink));
	bool is_same = false;
	enum narc_status status;

	if (!sink)
		return narc_fail_memory(error);
	remove_left_overs(path);
	sink->output.fd = -1;
	sink->output.path = strdup(path);
	status = sink->output.path ? NARC_OK : narc_fail_memory(error);
	while (status == NARC_OK && !is_same) {
		if (sink->output.fd >= 0)
			close(sink->output.fd);
		status = open_locked(sink, &is_same, error);
	}
	if (status != NARC_OK) {
		append_sink_close(sink);
		return status;
	}
	*out = (struct narc_sink){ &append_sink_ops, sink };
	return NARC_OK;
}
