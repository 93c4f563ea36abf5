/* SPDX-License-Identifier: BSD-2-Clause */
/* A store in a folder. Who writes its manifest has a lock meanwhile, so that nobody else does;
 * readers see it as it was, or as it is, and need none. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/content_hash.h"
#include "support/file_io.h"
#include "support/file_sink.h"
#include "support/status.h"

/* What is locked, and holds nothing. Names that begin with a dot are of no file of the store. */
#define LOCK_NAME ".newsarc-set.lock"

/* What a file that is begun would be called if it were published as it is. */
#define UNFINISHED_NAME "newsarc-volume"

struct folder_store {
	char *path;
};

/* The path of a file of the store, to be freed; NULL if there is no memory. */
static char *path_of(const struct folder_store *store, const char *name)
{
	size_t size = strlen(store->path) + strlen(name) + 2;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s/%s", store->path, name);
	return path;
}

/* ---- reading -------------------------------------------------------------------------------- */

static enum narc_status folder_open(void *context, const char *name, struct narc_source *source,
				    struct narc_error *error)
{
	char *path = path_of(context, name);
	struct narc_error failure;
	enum narc_status status;

	if (!path)
		return narc_fail_memory(error);
	status = narc_file_source(path, source, &failure);
	if (status == NARC_IO && failure.system_errno == ENOENT)
		status = failure.status = NARC_NOT_FOUND;
	if (status != NARC_OK && error)
		*error = failure;
	free(path);
	return status;
}

static void write_version(const void *data, size_t size, char version[NARC_STORE_VERSION_SIZE])
{
	snprintf(version, NARC_STORE_VERSION_SIZE, "%016llx-%zu",
		 (unsigned long long)content_hash(data, size), size);
}

static enum narc_status read_whole(struct narc_source source, const char *name, size_t limit,
				   void **data, size_t *size, struct narc_error *error)
{
	uint64_t file_size;
	void *bytes = NULL;
	enum narc_status status = source.ops->size(source.context, &file_size, error);

	if (status == NARC_OK && file_size > limit) {
		status = narc_fail(error, NARC_LIMIT, "read", NARC_NO_OFFSET,
				   "has %llu bytes, more than the limit of %zu",
				   (unsigned long long)file_size, limit);
		narc_error_set_path(error, name);
	}
	if (status == NARC_OK && !(bytes = malloc((size_t)file_size + 1)))
		status = narc_fail_memory(error);
	if (status == NARC_OK)
		status = source.ops->read_at(source.context, 0, bytes, (size_t)file_size, error);
	if (status != NARC_OK) {
		free(bytes);
		return status;
	}
	*data = bytes;
	*size = (size_t)file_size;
	return NARC_OK;
}

static enum narc_status folder_read(void *context, const char *name, size_t limit, void **data,
				    size_t *size, char version[NARC_STORE_VERSION_SIZE],
				    struct narc_error *error)
{
	struct narc_source source;
	enum narc_status status = folder_open(context, name, &source, error);

	if (status != NARC_OK)
		return status;
	status = read_whole(source, name, limit, data, size, error);
	source.ops->close(source.context);
	if (status == NARC_OK)
		write_version(*data, *size, version);
	return status;
}

static enum narc_status folder_list(void *context, narc_store_list_fn tell, void *tell_context,
				    struct narc_error *error)
{
	const struct folder_store *store = context;
	DIR *folder = opendir(store->path);
	struct dirent *entry;
	bool goes_on = true;

	if (!folder)
		return narc_fail_system(error, "read", store->path, errno, "cannot open");
	while (goes_on && (entry = readdir(folder))) {
		struct stat about;

		if (entry->d_name[0] != '.' &&
		    fstatat(dirfd(folder), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(about.st_mode))
			goes_on = tell(tell_context, entry->d_name, (uint64_t)about.st_size,
				       (int64_t)about.st_mtime);
	}
	closedir(folder);
	return NARC_OK;
}

/* ---- writing -------------------------------------------------------------------------------- */

static enum narc_status write_file(const struct folder_store *store, const char *name,
				   const void *data, size_t size, struct narc_error *error)
{
	char *path = path_of(store, name);
	struct narc_sink sink;
	enum narc_status status =
		path ? narc_file_sink(path, true, &sink, error) : narc_fail_memory(error);

	free(path);
	if (status != NARC_OK)
		return status;
	status = sink.ops->append(sink.context, data, size, error);
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	if (status == NARC_OK)
		status = sink.ops->publish(sink.context, error);
	sink.ops->close(sink.context);
	return status;
}

/* NARC_EXISTS unless the file has this version; NULL: is not there. */
static enum narc_status check_version(struct folder_store *store, const char *name,
				      const char *version, struct narc_error *error)
{
	char found[NARC_STORE_VERSION_SIZE];
	void *data;
	size_t size;
	enum narc_status status = folder_read(store, name, SIZE_MAX / 2, &data, &size, found, error);
	bool is_there = status == NARC_OK;

	if (is_there)
		free(data);
	if (!is_there && status != NARC_NOT_FOUND)
		return status;
	if (version ? is_there && strcmp(version, found) == 0 : !is_there)
		return NARC_OK;
	status = narc_fail(error, NARC_EXISTS, "write", NARC_NO_OFFSET,
			   "somebody else has written it meanwhile");
	narc_error_set_path(error, name);
	return status;
}

/* Waits for who else writes. */
static enum narc_status lock_store(const struct folder_store *store, int *fd,
				   struct narc_error *error)
{
	char *path = path_of(store, LOCK_NAME);
	enum narc_status status = NARC_OK;

	if (!path)
		return narc_fail_memory(error);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*fd < 0)
		status = narc_fail_system(error, "write", path, errno, "cannot open");
	while (status == NARC_OK && flock(*fd, LOCK_EX) != 0)
		if (errno != EINTR)
			status = narc_fail_system(error, "write", path, errno,
						  "cannot lock against other writers");
	if (status != NARC_OK && *fd >= 0)
		close(*fd);
	free(path);
	return status;
}

static enum narc_status folder_replace(void *context, const char *name, const void *data,
				       size_t size, const char *version, struct narc_error *error)
{
	struct folder_store *store = context;
	int lock = -1;
	enum narc_status status = lock_store(store, &lock, error);

	if (status != NARC_OK)
		return status;
	status = check_version(store, name, version, error);
	if (status == NARC_OK)
		status = write_file(store, name, data, size, error);
	close(lock);
	return status;
}

static enum narc_status folder_create(void *context, struct narc_sink *sink,
				      struct narc_error *error)
{
	char *path = path_of(context, UNFINISHED_NAME);
	enum narc_status status =
		path ? narc_file_sink(path, true, sink, error) : narc_fail_memory(error);

	free(path);
	return status;
}

static enum narc_status folder_finish(void *context, struct narc_sink sink, uint64_t file_size,
				      const char *name, struct narc_error *error)
{
	char *path = path_of(context, name);
	enum narc_status status =
		path ? file_sink_set_path(sink, path, error) : narc_fail_memory(error);

	(void)file_size;
	free(path);
	return status == NARC_OK ? sink.ops->publish(sink.context, error) : status;
}

static enum narc_status folder_remove(void *context, const char *name, struct narc_error *error)
{
	char *path = path_of(context, name);
	enum narc_status status = NARC_OK;

	if (!path)
		return narc_fail_memory(error);
	if (unlink(path) != 0 && errno != ENOENT)
		status = narc_fail_system(error, "write", path, errno, "cannot remove");
	free(path);
	return status;
}

/* ---- the store ------------------------------------------------------------------------------ */

static void folder_close(void *context)
{
	struct folder_store *store = context;

	free(store->path);
	free(store);
}

static const struct narc_store_ops folder_store_ops = {
	.open = folder_open,
	.read = folder_read,
	.replace = folder_replace,
	.create = folder_create,
	.finish = folder_finish,
	.list = folder_list,
	.remove = folder_remove,
	.close = folder_close,
};

static enum narc_status make_folder(const char *path, struct narc_error *error)
{
	char *parent;
	enum narc_status status;

	if (mkdir(path, 0777) != 0)
		return errno == EEXIST ? NARC_OK
				       : narc_fail_system(error, "write", path, errno,
							  "cannot make this folder");
	parent = file_folder_of(path);
	status = parent ? file_sync_folder(parent, error) : narc_fail_memory(error);
	free(parent);
	return status;
}

/* The path without what it may end with: "a/b/" is what "a/b" is. */
static char *trimmed(const char *path)
{
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		size--;
	return strndup(path, size);
}

enum narc_status narc_folder_store(const char *path, bool make, struct narc_store *out,
				   struct narc_error *error)
{
	struct folder_store *store = calloc(1, sizeof(*store));
	struct stat about;
	enum narc_status status = NARC_OK;

	if (!store || !(store->path = trimmed(path))) {
		free(store);
		return narc_fail_memory(error);
	}
	if (make)
		status = make_folder(store->path, error);
	if (status == NARC_OK && stat(store->path, &about) != 0)
		status = narc_fail_system(error, "read", path, errno, "cannot look at it");
	else if (status == NARC_OK && !S_ISDIR(about.st_mode))
		status = narc_fail_system(error, "read", path, ENOTDIR, "cannot be a set");
	if (status != NARC_OK) {
		folder_close(store);
		return status;
	}
	*out = (struct narc_store){ &folder_store_ops, store };
	return NARC_OK;
}
