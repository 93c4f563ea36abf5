/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing records below a folder, and never outside of it. A path is walked a component at
 * a time from the folder's descriptor, and no symbolic link on the way is followed, whether
 * it was there before or came out of the archive.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/limits.h"
#include "support/file_io.h"
#include "support/status.h"

enum { SET_ID_BITS = 06000 };

struct narc_folder {
	int root;
	/* The folder of the last record, as the next is mostly in the same. */
	int parent;
	char parent_path[PATH_SIZE_LIMIT + 1];
	uint64_t temporaries;
};

/* Makes a folder and its parents, as mkdir -p does. */
static enum narc_status make_folders(const char *path, struct narc_error *error)
{
	char *copy = strdup(path);
	enum narc_status status = NARC_OK;

	if (!copy)
		return narc_fail_memory(error);
	for (char *place = copy + 1; status == NARC_OK; place++) {
		char kept = *place;

		if (kept != '/' && kept != '\0')
			continue;
		*place = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST)
			status = narc_fail_system(error, "extract", copy, errno,
						  "cannot make the folder");
		*place = kept;
		if (kept == '\0')
			break;
	}
	free(copy);
	return status;
}

enum narc_status narc_folder_open(const char *path, narc_folder **out, struct narc_error *error)
{
	struct narc_folder *folder;
	enum narc_status status;

	if (!*path)
		return narc_fail(error, NARC_MISUSE, "extract", NARC_NO_OFFSET,
				 "the name of the folder is empty");
	status = make_folders(path, error);
	if (status != NARC_OK)
		return status;
	folder = calloc(1, sizeof(*folder));
	if (!folder)
		return narc_fail_memory(error);
	folder->parent = -1;
	folder->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->root < 0) {
		status = narc_fail_system(error, "extract", path, errno, "cannot open the folder");
		free(folder);
		return status;
	}
	*out = folder;
	return NARC_OK;
}

void narc_folder_close(narc_folder *folder)
{
	if (!folder)
		return;
	if (folder->parent >= 0)
		close(folder->parent);
	close(folder->root);
	free(folder);
}

/* Opens the folder called name in parent, made if it is not there. -1 with errno, ELOOP or
 * ENOTDIR if something else has the name. */
static int enter_folder(int parent, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(parent, name, flags);

	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(parent, name, 0777) != 0 && errno != EEXIST)
			return -1;
		fd = openat(parent, name, flags);
	}
	return fd;
}

/* Sets folder->parent to the folder that the path's last component is in. */
static enum narc_status enter_parent(struct narc_folder *folder, const char *path,
				     const char **name, struct narc_error *error)
{
	const char *slash = strrchr(path, '/');
	size_t size = slash ? (size_t)(slash - path) : 0;
	char component[PATH_SIZE_LIMIT + 1];
	const char *place = path;
	int current;

	*name = slash ? slash + 1 : path;
	if (folder->parent >= 0 && strlen(folder->parent_path) == size &&
	    memcmp(folder->parent_path, path, size) == 0)
		return NARC_OK;
	if (folder->parent >= 0)
		close(folder->parent);
	folder->parent = -1;
	current = openat(folder->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (current >= 0 && place < path + size) {
		size_t length = strcspn(place, "/");
		int next;

		memcpy(component, place, length);
		component[length] = '\0';
		next = enter_folder(current, component);
		close(current);
		current = next;
		place += length + 1;
	}
	if (current < 0)
		return narc_fail_system(error, "extract", path, errno,
					errno == ELOOP || errno == ENOTDIR
						? "a symbolic link or a file is in the way"
						: "cannot enter the folder");
	folder->parent = current;
	memcpy(folder->parent_path, path, size);
	folder->parent_path[size] = '\0';
	return NARC_OK;
}

struct file_writer {
	int fd;
	enum narc_status status;
	struct narc_error *error;
};

static bool write_piece(void *context, const void *data, size_t size)
{
	struct file_writer *writer = context;

	writer->status = file_write_all(writer->fd, data, size, writer->error);
	return writer->status == NARC_OK;
}

static enum narc_status fail_at(const char *path, struct narc_error *error, const char *what)
{
	return narc_fail_system(error, "extract", path, errno, what);
}

/* As futimens takes them: the time of the last access stays. */
static void times_of(const struct narc_record *record, struct timespec times[2])
{
	times[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
	times[1] = (struct timespec){ .tv_sec = (time_t)record->mtime_seconds,
				      .tv_nsec = (long)record->mtime_nanoseconds };
}

static enum narc_status write_regular(int parent, const char *name,
				      const struct narc_record *record, narc_cursor *cursor,
				      struct narc_error *error)
{
	struct timespec times[2];
	struct file_writer writer = { .error = error };
	enum narc_status status;

	writer.fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			   0600);
	if (writer.fd < 0)
		return fail_at(record->path, error, "cannot make the file");
	times_of(record, times);
	status = narc_cursor_stream(cursor, write_piece, &writer, error);
	if (status == NARC_CANCELLED) {
		status = writer.status;
		narc_error_set_path(error, record->path);
	}
	if (status == NARC_OK &&
	    fchmod(writer.fd, (mode_t)(record->permissions & ~(uint32_t)SET_ID_BITS)) != 0)
		status = fail_at(record->path, error, "cannot set the permissions");
	if (status == NARC_OK && futimens(writer.fd, times) != 0)
		status = fail_at(record->path, error, "cannot set the modification time");
	if (close(writer.fd) != 0 && status == NARC_OK)
		status = fail_at(record->path, error, "cannot write");
	if (status != NARC_OK)
		unlinkat(parent, name, 0);
	return status;
}

static enum narc_status write_symlink(int parent, const char *name,
				      const struct narc_record *record, narc_cursor *cursor,
				      struct narc_error *error)
{
	struct timespec times[2];
	const void *target;
	char text[PATH_SIZE_LIMIT + 1];
	enum narc_status status = narc_cursor_content(cursor, &target, error);

	if (status != NARC_OK)
		return status;
	if (record->size == 0 || record->size > PATH_SIZE_LIMIT ||
	    memchr(target, '\0', (size_t)record->size)) {
		status = narc_fail(error, NARC_CORRUPT, "extract", NARC_NO_OFFSET,
				   "the symbolic link has no possible target");
		narc_error_set_path(error, record->path);
		return status;
	}
	memcpy(text, target, (size_t)record->size);
	text[record->size] = '\0';
	times_of(record, times);
	if (symlinkat(text, parent, name) != 0)
		return fail_at(record->path, error, "cannot make the symbolic link");
	if (utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) == 0)
		return NARC_OK;
	status = fail_at(record->path, error, "cannot set the modification time");
	unlinkat(parent, name, 0);
	return status;
}

/* Makes what was not there. A failure leaves nothing, and touches nothing that was. */
static enum narc_status write_new(int parent, const char *name, const struct narc_record *record,
				  narc_cursor *cursor, struct narc_error *error)
{
	return record->type == NARC_TYPE_SYMLINK
		       ? write_symlink(parent, name, record, cursor, error)
		       : write_regular(parent, name, record, cursor, error);
}

/* A file that has the name already is only given up when the new one is complete. */
static enum narc_status replace(struct narc_folder *folder, const char *name,
				const struct narc_record *record, narc_cursor *cursor,
				struct narc_error *error)
{
	char temporary[64];
	enum narc_status status;

	do {
		snprintf(temporary, sizeof(temporary), ".newsarc-%ld-%llu", (long)getpid(),
			 (unsigned long long)folder->temporaries++);
	} while (faccessat(folder->parent, temporary, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	status = write_new(folder->parent, temporary, record, cursor, error);
	if (status == NARC_OK &&
	    renameat(folder->parent, temporary, folder->parent, name) != 0) {
		status = fail_at(record->path, error, "cannot replace what has this name");
		unlinkat(folder->parent, temporary, 0);
	}
	return status;
}

enum narc_status narc_folder_write(narc_folder *folder, narc_cursor *cursor,
				   struct narc_error *error)
{
	struct narc_error local;
	const struct narc_record *record;
	const char *name;
	enum narc_status status;

	if (!error)
		error = &local;
	record = narc_cursor_record(cursor);
	if (!record)
		return narc_fail(error, NARC_MISUSE, "extract", NARC_NO_OFFSET,
				 "the cursor is not at a record");
	status = enter_parent(folder, record->path, &name, error);
	if (status != NARC_OK)
		return status;
	status = write_new(folder->parent, name, record, cursor, error);
	if (status == NARC_IO && error->system_errno == EEXIST)
		status = replace(folder, name, record, cursor, error);
	return status;
}
