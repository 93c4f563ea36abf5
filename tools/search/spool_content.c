/* SPDX-License-Identifier: BSD-2-Clause */
#include "search/spool_content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "search/fail.h"

struct spool {
	int fd;
	int system_errno; /* of a write that failed */
};

static bool write_piece(void *context, const void *data, size_t size)
{
	struct spool *spool = context;
	const char *next = data;

	while (size) {
		ssize_t written = write(spool->fd, next, size);

		if (written < 0 && errno != EINTR) {
			spool->system_errno = errno;
			return false;
		}
		next += written > 0 ? written : 0;
		size -= (size_t)(written > 0 ? written : 0);
	}
	return true;
}

/* A file that has no name any more; -1 with errno. */
static int make_file(const char *folder)
{
	char path[4096];
	int length = snprintf(path, sizeof(path), "%s/newsarc-XXXXXX", folder ? folder : "/tmp");
	int fd;

	if (length < 0 || (size_t)length >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

enum narc_status spool_content(narc_cursor *cursor, const char *folder, char **content,
			       struct narc_error *error)
{
	struct spool spool = { .fd = make_file(folder) };
	size_t size = (size_t)narc_cursor_record(cursor)->size;
	void *mapped;
	enum narc_status status;

	if (spool.fd < 0)
		return search_fail_system(error, errno, "cannot make a temporary file");
	status = narc_cursor_stream(cursor, write_piece, &spool, error);
	if (spool.system_errno)
		status = search_fail_system(error, spool.system_errno,
					    "cannot write to a temporary file");
	if (status == NARC_OK) {
		mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, spool.fd, 0);
		if (mapped == MAP_FAILED)
			status = search_fail_system(error, errno, "cannot map a temporary file");
		else
			*content = mapped;
	}
	close(spool.fd);
	return status;
}
