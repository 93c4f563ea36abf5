/* SPDX-License-Identifier: BSD-2-Clause */
/* A sink that becomes a file under its final name only when it is published. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/file_io.h"
#include "support/file_output.h"
#include "support/file_sink.h"
#include "support/status.h"
#include "support/temporary_name.h"

struct file_sink {
	struct file_output output;
	char *folder;
	char *temporary; /* the name of the unfinished file; NULL while it has none */
	bool replace;
};

static enum narc_status file_sink_append(void *context, const void *data, size_t length,
					 struct narc_error *error)
{
	struct file_sink *sink = context;

	return file_output_append(&sink->output, data, length, error);
}

static enum narc_status file_sink_read_at(void *context, uint64_t offset, void *buffer,
					  size_t length, struct narc_error *error)
{
	struct file_sink *sink = context;

	return file_output_read_at(&sink->output, offset, buffer, length, error);
}

static enum narc_status file_sink_truncate(void *context, uint64_t size, struct narc_error *error)
{
	struct file_sink *sink = context;

	return file_output_truncate(&sink->output, size, error);
}

static enum narc_status file_sink_sync(void *context, struct narc_error *error)
{
	struct file_sink *sink = context;

	return file_output_sync(&sink->output, error);
}

static enum narc_status fail_exists(const struct file_sink *sink, struct narc_error *error)
{
	enum narc_status status = narc_fail(error, NARC_EXISTS, "write", NARC_NO_OFFSET,
					    "there is such a file already");

	narc_error_set_path(error, sink->output.path);
	return status;
}

/* Sets sink->temporary to a name that nothing has yet, in the folder of the archive, by
 * calling make until it does not find the name taken. */
static enum narc_status take_temporary_name(struct file_sink *sink,
					    int (*make)(struct file_sink *sink, const char *name),
					    struct narc_error *error)
{
	int number = EEXIST;

	for (unsigned attempt = 0; attempt < 1000 && number == EEXIST; attempt++) {
		char *name = temporary_name(sink->folder, sink->output.path, attempt);

		if (!name)
			return narc_fail_memory(error);
		if (make(sink, name) == 0) {
			sink->temporary = name;
			return NARC_OK;
		}
		number = errno;
		free(name);
	}
	return narc_fail_system(error, "write", sink->folder, number,
				"cannot make a file in this folder");
}

static int make_by_open(struct file_sink *sink, const char *name)
{
	sink->output.fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (sink->output.fd < 0)
		return -1;
	if (temporary_lock(sink->output.fd, true))
		return 0;
	close(sink->output.fd);
	sink->output.fd = -1;
	errno = EEXIST; /* the next name will do */
	return -1;
}

static int make_by_link(struct file_sink *sink, const char *name)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", sink->output.fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static enum narc_status open_unfinished(struct file_sink *sink, struct narc_error *error)
{
#ifdef O_TMPFILE
	/* Without a name, an interrupted pack leaves nothing behind. */
	if (access("/proc/self/fd", X_OK) == 0) {
		sink->output.fd = open(sink->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
		if (sink->output.fd >= 0) {
			temporary_lock(sink->output.fd, false);
			return NARC_OK;
		}
	}
#endif
	return take_temporary_name(sink, make_by_open, error);
}

/* rename() replaces what is there, so without replace the name is taken by link(), which
 * does not. */
static enum narc_status file_sink_publish(void *context, struct narc_error *error)
{
	struct file_sink *sink = context;
	enum narc_status status = NARC_OK;

	if (!sink->temporary)
		status = take_temporary_name(sink, make_by_link, error);
	if (status != NARC_OK)
		return status;
	if (sink->replace) {
		if (rename(sink->temporary, sink->output.path) != 0)
			return narc_fail_system(error, "write", sink->output.path, errno,
						"cannot give the archive its name");
	} else {
		if (link(sink->temporary, sink->output.path) != 0) {
			if (errno == EEXIST)
				return fail_exists(sink, error);
			return narc_fail_system(error, "write", sink->output.path, errno,
						"cannot give the archive its name");
		}
		unlink(sink->temporary);
	}
	free(sink->temporary);
	sink->temporary = NULL;
	return file_sync_folder(sink->folder, error);
}

static void file_sink_close(void *context)
{
	struct file_sink *sink = context;

	if (!sink)
		return;
	if (sink->temporary)
		unlink(sink->temporary);
	if (sink->output.fd >= 0)
		close(sink->output.fd);
	byte_buffer_free(&sink->output.pending);
	free(sink->temporary);
	free(sink->folder);
	free(sink->output.path);
	free(sink);
}

static const struct narc_sink_ops file_sink_ops = {
	.append = file_sink_append,
	.read_at = file_sink_read_at,
	.truncate = file_sink_truncate,
	.sync = file_sink_sync,
	.publish = file_sink_publish,
	.close = file_sink_close,
};

/* Whether the file may be written: it is not there, or is a regular file to be replaced. */
static enum narc_status check_target(const struct file_sink *sink, struct narc_error *error)
{
	struct stat about;
	enum narc_status status;

	if (lstat(sink->output.path, &about) != 0)
		return NARC_OK;
	if (!sink->replace)
		return fail_exists(sink, error);
	if (S_ISREG(about.st_mode))
		return NARC_OK;
	status = narc_fail(error, NARC_MISUSE, "write", NARC_NO_OFFSET,
			   "is no file, and will not be replaced by one");
	narc_error_set_path(error, sink->output.path);
	return status;
}

/* A file that takes the place of another is for the same people. Its owner can only be kept by
 * those who may give files away; who may not keep what is theirs. */
static enum narc_status take_over_mode(const struct file_sink *sink, struct narc_error *error)
{
	struct stat about;
	int fd = sink->output.fd;

	if (!sink->replace || stat(sink->output.path, &about) != 0)
		return NARC_OK;
	if (fchown(fd, about.st_uid, about.st_gid) != 0 && errno != EPERM && errno != EINVAL)
		return narc_fail_system(error, "write", sink->output.path, errno,
					"cannot keep its owner");
	if (fchmod(fd, about.st_mode & 07777) != 0)
		return narc_fail_system(error, "write", sink->output.path, errno,
					"cannot keep its mode");
	return NARC_OK;
}

/* The name that is written to: what a symbolic link leads to, if it is to be replaced. NULL if
 * there is no memory. */
static char *target_of(const char *path, bool replace)
{
	char *target = replace ? realpath(path, NULL) : NULL;

	return target || (replace && errno == ENOMEM) ? target : strdup(path);
}

enum narc_status file_sink_set_path(struct narc_sink out, const char *path,
				    struct narc_error *error)
{
	struct file_sink *sink = out.context;
	char *copy = strdup(path);

	if (!copy)
		return narc_fail_memory(error);
	free(sink->output.path);
	sink->output.path = copy;
	return NARC_OK;
}

enum narc_status narc_file_sink(const char *path, bool replace, struct narc_sink *out,
				struct narc_error *error)
{
	struct file_sink *sink = calloc(1, sizeof(*sink));
	enum narc_status status;

	if (!sink)
		return narc_fail_memory(error);
	sink->output.fd = -1;
	sink->replace = replace;
	sink->output.path = target_of(path, replace);
	sink->folder = sink->output.path ? file_folder_of(sink->output.path) : NULL;
	status = sink->folder ? check_target(sink, error) : narc_fail_memory(error);
	if (status == NARC_OK) {
		temporary_remove_left_overs(sink->folder, sink->output.path);
		status = open_unfinished(sink, error);
	}
	if (status == NARC_OK)
		status = take_over_mode(sink, error);
	if (status != NARC_OK) {
		file_sink_close(sink);
		return status;
	}
	*out = (struct narc_sink){ &file_sink_ops, sink };
	return NARC_OK;
}
