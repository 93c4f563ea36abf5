/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/status.h"

enum narc_status file_read_at(int fd, uint64_t offset, void *buffer, size_t length,
			      struct narc_error *error)
{
	uint8_t *place = buffer;

	while (length > 0) {
		ssize_t got = pread(fd, place, length, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return narc_fail_system(error, "read", NULL, errno, "cannot read");
		if (got == 0)
			return narc_fail(error, NARC_CORRUPT, "read", offset,
					 "the file ends before %zu bytes that should be here",
					 length);
		place += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return NARC_OK;
}

enum narc_status file_read_some(int fd, void *buffer, size_t size, size_t *got,
				struct narc_error *error)
{
	uint8_t *place = buffer;
	size_t total = 0;

	while (total < size) {
		ssize_t more = read(fd, place + total, size - total);

		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0)
			return narc_fail_system(error, "read", NULL, errno, "cannot read");
		if (more == 0)
			break;
		total += (size_t)more;
	}
	*got = total;
	return NARC_OK;
}

/* What a write came to that did not write all. One that writes nothing, and does not say why,
 * would do so for ever. */
static enum narc_status check_written(ssize_t written, struct narc_error *error)
{
	if (written > 0 || (written < 0 && errno == EINTR))
		return NARC_OK;
	return narc_fail_system(error, "write", NULL, written < 0 ? errno : EIO, "cannot write");
}

enum narc_status file_write_all(int fd, const void *data, size_t length, struct narc_error *error)
{
	const uint8_t *place = data;

	while (length > 0) {
		ssize_t written = write(fd, place, length);
		enum narc_status status = check_written(written, error);

		if (status != NARC_OK)
			return status;
		if (written < 0)
			continue;
		place += written;
		length -= (size_t)written;
	}
	return NARC_OK;
}

enum narc_status file_write_at(int fd, uint64_t offset, const void *data, size_t length,
			       struct narc_error *error)
{
	const uint8_t *place = data;

	while (length > 0) {
		ssize_t written = pwrite(fd, place, length, (off_t)offset);
		enum narc_status status = check_written(written, error);

		if (status != NARC_OK)
			return status;
		if (written < 0)
			continue;
		place += written;
		offset += (uint64_t)written;
		length -= (size_t)written;
	}
	return NARC_OK;
}

static int open_and_unlink(const char *folder)
{
	char path[4096];
	int size = snprintf(path, sizeof(path), "%s/.newsarc-XXXXXX", folder);
	int fd;

	if (size < 0 || (size_t)size >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

enum narc_status file_open_unnamed(const char *folder, int *fd, struct narc_error *error)
{
	int opened = -1;

#ifdef O_TMPFILE
	opened = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
	if (opened < 0) /* not every file system has it */
		opened = open_and_unlink(folder);
	if (opened < 0)
		return narc_fail_system(error, "temporary file", folder, errno,
					"cannot make a temporary file in this folder");
	*fd = opened;
	return NARC_OK;
}

enum narc_status file_sync_folder(const char *folder, struct narc_error *error)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum narc_status status = NARC_OK;

	if (fd < 0)
		return narc_fail_system(error, "sync", folder, errno, "cannot open the folder");
	/* Some file systems cannot sync a folder, and say EINVAL; then there is nothing
	 * more to be done. */
	if (fsync(fd) != 0 && errno != EINVAL)
		status = narc_fail_system(error, "sync", folder, errno, "cannot sync the folder");
	close(fd);
	return status;
}

char *file_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}
