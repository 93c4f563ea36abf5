/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/spill_file.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/file_io.h"
#include "support/status.h"

enum narc_status spill_file_append(struct spill_file *spill, const void *data, size_t size,
				   struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (spill->fd < 0)
		status = file_open_unnamed(spill->folder, &spill->fd, error);
	if (status == NARC_OK)
		/* Not behind what a write that failed may have left. */
		status = file_write_at(spill->fd, spill->size, data, size, error);
	if (status != NARC_OK) {
		narc_error_set_path(error, spill->folder);
		return status;
	}
	spill->size += size;
	return NARC_OK;
}

bool spill_piece(void *context, const void *data, size_t size)
{
	struct spill_stream *stream = context;

	stream->status = spill_file_append(stream->spill, data, size, &stream->error);
	return stream->status == NARC_OK;
}

enum narc_status spill_stream_end(const struct spill_stream *stream, enum narc_status status,
				  struct narc_error *error)
{
	if (stream->status == NARC_OK)
		return status;
	if (error)
		*error = stream->error;
	return stream->status;
}

enum narc_status spill_file_read_at(struct spill_file *spill, uint64_t offset, void *buffer,
				    size_t size, struct narc_error *error)
{
	return file_read_at(spill->fd, offset, buffer, size, error);
}

enum narc_status spill_file_map(struct spill_file *spill, uint64_t offset, size_t size,
				const uint8_t **data, struct narc_error *error)
{
	void *place = mmap(NULL, size, PROT_READ, MAP_SHARED, spill->fd, (off_t)offset);

	if (place == MAP_FAILED)
		return narc_fail_system(error, "temporary file", spill->folder, errno,
					"cannot map the temporary file");
	*data = place;
	return NARC_OK;
}

void spill_file_unmap(const uint8_t *data, size_t size)
{
	munmap((void *)(uintptr_t)data, size);
}

enum narc_status spill_file_align(struct spill_file *spill, struct narc_error *error)
{
	static const uint8_t zeros[4096];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	while (spill->size % page != 0) {
		uint64_t gap = page - spill->size % page;
		enum narc_status status = spill_file_append(
			spill, zeros, gap < sizeof(zeros) ? (size_t)gap : sizeof(zeros), error);

		if (status != NARC_OK)
			return status;
	}
	return NARC_OK;
}

void spill_file_close(struct spill_file *spill)
{
	if (spill->fd >= 0)
		close(spill->fd);
	spill->fd = -1;
}
