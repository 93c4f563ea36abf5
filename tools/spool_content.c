/* SPDX-License-Identifier: BSD-2-Clause */
#include "spool_content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fail.h"
#include "translate.h"

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
	int length = snprintf(path, sizeof(path), "%s/newsarc-XXXXXX", folder);
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

/* format has the folder's name in it. */
static enum narc_status fail_file(struct narc_error *error, int system_errno, const char *folder,
				  const char *format)
{
	char what[256];

	snprintf(what, sizeof(what), _(format), folder);
	return fail_system(error, system_errno, "temporary file", what);
}

enum narc_status spool_content(narc_cursor *cursor, const char *folder, int *fd,
			       struct narc_error *error)
{
	const char *place = folder ? folder : "/tmp";
	struct spool spool = { .fd = make_file(place) };
	enum narc_status status;

	if (spool.fd < 0)
		return fail_file(error, errno, place,
				 N_("cannot make a temporary file in \"%.100s\""));
	status = narc_cursor_stream(cursor, write_piece, &spool, error);
	if (spool.system_errno)
		status = fail_file(error, spool.system_errno, place,
				   N_("cannot write a temporary file in \"%.100s\""));
	if (status == NARC_OK)
		*fd = spool.fd;
	else
		close(spool.fd);
	return status;
}
