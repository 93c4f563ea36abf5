/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing records below a folder, and never outside of it. The system opens the folder of a
 * path beneath the folder's descriptor, or it is walked a component at a time from there; no
 * symbolic link on the way is followed, whether it was there before or came out of the archive.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/deliver.h"
#include "support/beneath.h"
#include "support/file_io.h"
#include "support/status.h"

enum {
	MODE_BITS = 07777,
	PERMISSION_BITS = 0777,
	OPEN_FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC
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

/* Makes a narc_folder of a descriptor, which belongs to it from here on. */
static enum narc_status wrap_folder(int root, struct narc_folder **out, struct narc_error *error)
{
	struct narc_folder *folder = calloc(1, sizeof(*folder));

	if (!folder) {
		close(root);
		return narc_fail_memory(error);
	}
	folder->root = root;
	folder->has_beneath = beneath_is_known(root);
	folder->parent = -1;
	*out = folder;
	return NARC_OK;
}

enum narc_status narc_folder_open(const char *path, narc_folder **folder, struct narc_error *error)
{
	enum narc_status status;
	int root;

	if (!*path)
		return narc_fail(error, NARC_MISUSE, "extract", NARC_NO_OFFSET,
				 "the name of the folder is empty");
	status = make_folders(path, error);
	if (status != NARC_OK)
		return status;
	root = open(path, OPEN_FOLDER);
	if (root < 0)
		return narc_fail_system(error, "extract", path, errno, "cannot open the folder");
	return wrap_folder(root, folder, error);
}

enum narc_status folder_open_again(const struct narc_folder *folder, struct narc_folder **again,
				   struct narc_error *error)
{
	int root = openat(folder->root, ".", OPEN_FOLDER);
	enum narc_status status;

	if (root < 0)
		return narc_fail_system(error, "extract", NULL, errno, "cannot open the folder");
	status = wrap_folder(root, again, error);
	if (status == NARC_OK)
		(*again)->keeps_set_id = folder->keeps_set_id;
	return status;
}

void narc_folder_keep_set_id(narc_folder *folder)
{
	folder->keeps_set_id = true;
}

static void leave_parent(struct narc_folder *folder)
{
	if (folder->parent >= 0 && folder->parent != folder->root)
		close(folder->parent);
	folder->parent = -1;
}

void narc_folder_close(narc_folder *folder)
{
	if (!folder)
		return;
	leave_parent(folder);
	close(folder->root);
	entry_paths_free(folder->entries);
	free(folder);
}

/* 0 if a folder may be made at path, otherwise an error number: ENOTDIR if that is the path of
 * a record, which goes before those that would be in the folder. */
static int check_no_entry(struct narc_folder *folder, const char *path)
{
	bool has = false;
	enum narc_status status = NARC_OK;

	if (folder->entries)
		status = entry_paths_has(folder->entries, path, &has, NULL);
	if (status != NARC_OK)
		return status == NARC_NOMEM ? ENOMEM : EIO;
	return has ? ENOTDIR : 0;
}

/* Opens the folder at path, which is called name in parent; it is made if it is not there. -1
 * with errno, ELOOP or ENOTDIR if something else has the name. */
static int enter_folder(struct narc_folder *folder, const char *path, int parent,
			const char *name)
{
	int fd = openat(parent, name, OPEN_FOLDER | O_NOFOLLOW);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	errno = check_no_entry(folder, path);
	if (errno || (mkdirat(parent, name, 0777) != 0 && errno != EEXIST))
		return -1;
	return openat(parent, name, OPEN_FOLDER | O_NOFOLLOW);
}

/* Opens the folder at path below the root, the components of which are cut off one by one, and
 * made where they are not there. */
static int walk_folders(struct narc_folder *folder, char *path)
{
	int current = folder->root;
	char *name = path;

	while (current >= 0 && *name) {
		char *end = name + strcspn(name, "/");
		char kept = *end;
		int former = current;
		int number;

		*end = '\0';
		current = enter_folder(folder, path, former, name);
		number = errno;
		if (former != folder->root)
			close(former);
		errno = number;
		*end = kept;
		name = end + (kept == '/');
	}
	return current;
}

/* Opens the folder at path below the root. Whatever the system has against it, the walk finds out
 * what that is. */
static int enter_folders(struct narc_folder *folder, char *path)
{
	int opened = -1;

	if (*path && folder->has_beneath)
		opened = beneath_open(folder->root, path);
	return opened >= 0 ? opened : walk_folders(folder, path);
}

/* Sets folder->parent to the folder that the path's last component is in. */
static enum narc_status enter_parent(struct narc_folder *folder, const char *path,
				     const char **name, struct narc_error *error)
{
	const char *slash = strrchr(path, '/');
	size_t size = slash ? (size_t)(slash - path) : 0;

	*name = slash ? slash + 1 : path;
	if (folder->parent >= 0 && strncmp(folder->parent_path, path, size) == 0 &&
	    folder->parent_path[size] == '\0')
		return NARC_OK;
	leave_parent(folder);
	memcpy(folder->parent_path, path, size);
	folder->parent_path[size] = '\0';
	folder->parent = enter_folders(folder, folder->parent_path);
	if (folder->parent < 0)
		return narc_fail_system(error, "extract", path, errno,
					errno == ELOOP || errno == ENOTDIR
						? "a symbolic link or a file is in the way"
						: "cannot enter the folder");
	return NARC_OK;
}

/* As lstat, of a path below the root. */
static enum narc_status look_at(struct narc_folder *folder, const char *path, struct stat *about,
				struct narc_error *error)
{
	const char *name;
	enum narc_status status = enter_parent(folder, path, &name, error);

	if (status == NARC_OK && fstatat(folder->parent, name, about, AT_SYMLINK_NOFOLLOW) != 0)
		status = narc_fail_system(error, "extract", path, errno, "cannot look at the file");
	return status;
}

enum narc_status folder_has_one_file(struct narc_folder *folder, const char *path,
				     const char *other, bool *same, struct narc_error *error)
{
	struct stat about, about_other;
	enum narc_status status = look_at(folder, path, &about, error);

	if (status == NARC_OK)
		status = look_at(folder, other, &about_other, error);
	if (status == NARC_OK)
		*same = about.st_dev == about_other.st_dev && about.st_ino == about_other.st_ino;
	return status;
}

/* ---- one file --------------------------------------------------------------------------- */

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

/* NARC_EXISTS if something has the name. */
static enum narc_status fail_to_make(const char *path, struct narc_error *error, const char *what)
{
	if (errno == EEXIST)
		return narc_fail_text(error, NARC_EXISTS, "extract", NARC_NO_OFFSET, what);
	return fail_at(path, error, what);
}

struct file_writer {
	int fd;
	enum narc_status status;
	struct narc_error error;
};

static bool write_piece(void *context, const void *data, size_t size)
{
	struct file_writer *writer = context;

	writer->status = file_write_all(writer->fd, data, size, &writer->error);
	return writer->status == NARC_OK;
}

/* Writes a content of any size, which is only known to be right when all of it is written. */
static enum narc_status write_stream(int fd, narc_cursor *cursor, struct narc_error *error)
{
	struct file_writer writer = { .fd = fd };
	enum narc_status status = narc_cursor_stream(cursor, write_piece, &writer, error);

	if (writer.status == NARC_OK)
		return status;
	*error = writer.error;
	return writer.status;
}

/* Sets what a file has besides content. Its permissions are right already but for what the
 * umask took. */
static enum narc_status finish_file(int fd, mode_t mode, const struct narc_record *record,
				    struct narc_error *error)
{
	struct timespec times[2];
	struct stat about;

	times_of(record, times);
	if (fstat(fd, &about) != 0 ||
	    ((about.st_mode & MODE_BITS) != mode && fchmod(fd, mode) != 0))
		return fail_at(record->path, error, "cannot set the permissions");
	if (futimens(fd, times) != 0)
		return fail_at(record->path, error, "cannot set the modification time");
	return NARC_OK;
}

/* What fits into memory is checked before there is a file. */
static enum narc_status write_regular(const struct narc_folder *folder, const char *name,
				      const struct narc_record *record, narc_cursor *cursor,
				      struct narc_error *error)
{
	bool is_large = narc_cursor_is_large(cursor);
	mode_t mode = (mode_t)record->permissions &
		      (folder->keeps_set_id ? MODE_BITS : PERMISSION_BITS);
	const void *content = NULL;
	enum narc_status status = NARC_OK;
	int fd;

	if (!is_large)
		status = narc_cursor_content(cursor, &content, error);
	if (status != NARC_OK)
		return status;
	fd = openat(folder->parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    mode & PERMISSION_BITS);
	if (fd < 0)
		return fail_to_make(record->path, error, "cannot make the file");
	status = is_large ? write_stream(fd, cursor, error)
			  : file_write_all(fd, content, (size_t)record->size, error);
	if (status != NARC_OK)
		narc_error_set_path(error, record->path);
	else
		status = finish_file(fd, mode, record, error);
	if (close(fd) != 0 && status == NARC_OK)
		status = fail_at(record->path, error, "cannot write");
	if (status != NARC_OK)
		unlinkat(folder->parent, name, 0);
	return status;
}

enum { LINK_TARGET_SIZE = PATH_SIZE_LIMIT + 1 };

/* The target of the symbolic link that the cursor is at. NARC_CORRUPT if no link can have it:
 * the format does not forbid such content. */
static enum narc_status read_link_target(narc_cursor *cursor, char target[LINK_TARGET_SIZE],
					 struct narc_error *error)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	const void *content;
	enum narc_status status = narc_cursor_content(cursor, &content, error);

	if (status != NARC_OK)
		return status;
	if (record->size == 0 || record->size >= LINK_TARGET_SIZE ||
	    memchr(content, '\0', (size_t)record->size)) {
		status = narc_fail(error, NARC_CORRUPT, "extract", NARC_NO_OFFSET,
				   "the symbolic link has no possible target");
		narc_error_set_path(error, record->path);
		return status;
	}
	memcpy(target, content, (size_t)record->size);
	target[record->size] = '\0';
	return NARC_OK;
}

static enum narc_status write_symlink(int parent, const char *name,
				      const struct narc_record *record, narc_cursor *cursor,
				      struct narc_error *error)
{
	struct timespec times[2];
	char target[LINK_TARGET_SIZE];
	enum narc_status status = read_link_target(cursor, target, error);

	if (status != NARC_OK)
		return status;
	times_of(record, times);
	if (symlinkat(target, parent, name) != 0)
		return fail_to_make(record->path, error, "cannot make the symbolic link");
	if (utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) == 0)
		return NARC_OK;
	status = fail_at(record->path, error, "cannot set the modification time");
	unlinkat(parent, name, 0);
	return status;
}

/* Makes what was not there. A failure leaves nothing, and touches nothing that was. */
static enum narc_status write_new(const struct narc_folder *folder, const char *name,
				  const struct narc_record *record, narc_cursor *cursor,
				  struct narc_error *error)
{
	return record->type == NARC_TYPE_SYMLINK
		       ? write_symlink(folder->parent, name, record, cursor, error)
		       : write_regular(folder, name, record, cursor, error);
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
		status = write_new(folder, temporary, record, cursor, error);
	} while (status == NARC_EXISTS);
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
	status = write_new(folder, name, record, cursor, error);
	if (status == NARC_EXISTS)
		status = replace(folder, name, record, cursor, error);
	return status;
}
