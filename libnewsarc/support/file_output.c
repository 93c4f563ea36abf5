/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/file_output.h"

#include <errno.h>
#include <unistd.h>

#include "support/checked_math.h"
#include "support/file_io.h"
#include "support/status.h"

enum { WRITE_SIZE = 256 * 1024 };

enum narc_status file_output_flush(struct file_output *output, struct narc_error *error)
{
	enum narc_status status = file_write_at(output->fd, output->written, output->pending.data,
						output->pending.size, error);

	if (status != NARC_OK) {
		narc_error_set_path(error, output->path);
		return status;
	}
	output->written += output->pending.size;
	byte_buffer_clear(&output->pending);
	return NARC_OK;
}

enum narc_status file_output_append(struct file_output *output, const void *data, size_t length,
				    struct narc_error *error)
{
	byte_buffer_append(&output->pending, data, length);
	if (output->pending.failed)
		return narc_fail_memory(error);
	return output->pending.size >= WRITE_SIZE ? file_output_flush(output, error) : NARC_OK;
}

enum narc_status file_output_read_at(struct file_output *output, uint64_t offset, void *buffer,
				     size_t length, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (!range_inside(offset, length, 0, output->written))
		status = file_output_flush(output, error);
	if (status == NARC_OK)
		status = file_read_at(output->fd, offset, buffer, length, error);
	return status;
}

enum narc_status file_output_truncate(struct file_output *output, uint64_t size,
				      struct narc_error *error)
{
	enum narc_status status = file_output_flush(output, error);

	if (status != NARC_OK)
		return status;
	if (ftruncate(output->fd, (off_t)size) != 0)
		return narc_fail_system(error, "write", output->path, errno, "cannot cut the file");
	output->written = size;
	return NARC_OK;
}

enum narc_status file_output_sync(struct file_output *output, struct narc_error *error)
{
	enum narc_status status = file_output_flush(output, error);

	if (status == NARC_OK && fdatasync(output->fd) != 0)
		status = narc_fail_system(error, "sync", output->path, errno, "cannot sync");
	return status;
}
