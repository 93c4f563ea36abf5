/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources: a file, and memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/checked_math.h"
#include "support/file_io.h"
#include "support/status.h"

struct file_source {
	int fd;
};

static enum narc_status file_source_read_at(void *context, uint64_t offset, void *buffer,
					    size_t length, struct narc_error *error)
{
	struct file_source *file = context;

	return file_read_at(file->fd, offset, buffer, length, error);
}

static enum narc_status file_source_size(void *context, uint64_t *size, struct narc_error *error)
{
	struct file_source *file = context;
	struct stat about;

	if (fstat(file->fd, &about) != 0)
		return narc_fail_system(error, "read", NULL, errno, "cannot look at the file");
	*size = (uint64_t)about.st_size;
	return NARC_OK;
}

static void file_source_close(void *context)
{
	struct file_source *file = context;

	close(file->fd);
	free(file);
}

static const struct narc_source_ops file_source_ops = {
	.read_at = file_source_read_at,
	.size = file_source_size,
	.close = file_source_close,
};

enum narc_status narc_file_source(const char *path, struct narc_source *source,
				  struct narc_error *error)
{
	struct file_source *file = NULL;
	enum narc_status status = NARC_OK;
	struct stat about;
	/* Not blocking, as a pipe without a writer would. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return narc_fail_system(error, "open", path, errno, "cannot open");
	if (fstat(fd, &about) != 0) {
		status = narc_fail_system(error, "open", path, errno, "cannot look at the file");
		goto done;
	}
	if (!S_ISREG(about.st_mode)) {
		status = narc_fail(error, NARC_NOT_NEWSARC, "open", NARC_NO_OFFSET,
				   "not a regular file");
		narc_error_set_path(error, path);
		goto done;
	}
	file = malloc(sizeof(*file));
	if (!file) {
		status = narc_fail_memory(error);
		goto done;
	}
	file->fd = fd;
	*source = (struct narc_source){ &file_source_ops, file };
	fd = -1;
done:
	if (fd >= 0)
		close(fd);
	return status;
}

struct memory_source {
	const uint8_t *data;
	size_t size;
};

static enum narc_status memory_source_read_at(void *context, uint64_t offset, void *buffer,
					      size_t length, struct narc_error *error)
{
	struct memory_source *memory = context;

	if (!range_inside(offset, length, 0, memory->size))
		return narc_fail(error, NARC_CORRUPT, "read", offset,
				 "the file ends before %zu bytes that should be here", length);
	if (length)
		memcpy(buffer, memory->data + offset, length);
	return NARC_OK;
}

static enum narc_status memory_source_size(void *context, uint64_t *size, struct narc_error *error)
{
	struct memory_source *memory = context;

	(void)error;
	*size = memory->size;
	return NARC_OK;
}

static const struct narc_source_ops memory_source_ops = {
	.read_at = memory_source_read_at,
	.size = memory_source_size,
	.close = free,
};

enum narc_status narc_memory_source(const void *data, size_t size, struct narc_source *source,
				    struct narc_error *error)
{
	struct memory_source *memory = malloc(sizeof(*memory));

	if (!memory)
		return narc_fail_memory(error);
	memory->data = data;
	memory->size = size;
	*source = (struct narc_source){ &memory_source_ops, memory };
	return NARC_OK;
}
