/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the files of a tree, in an order that does not depend on the file system. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/limits.h"
#include "pack/packer.h"
#include "support/file_io.h"
#include "support/status.h"

/* The path in the file system and the stored path of the file at hand, in one buffer each,
 * which grow and shrink as the walk goes down and up. */
struct discovery {
	struct narc_packer *packer;
	struct byte_buffer source; /* ends with NUL */
	struct byte_buffer stored; /* likewise */
};

static void skip(struct discovery *walk, const char *text)
{
	packer_notice(walk->packer, NARC_NOTICE_SKIPPED, (const char *)walk->source.data, text);
}

static void skip_for_errno(struct discovery *walk, const char *what)
{
	char reason[SYSTEM_TEXT_SIZE];
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", what, system_error_text(errno, reason));
	skip(walk, text);
}

/* What failed about one file is told of, and the walk goes on; only what would fail for all
 * files ends it. */
static enum narc_status settle(struct discovery *walk, enum narc_status status,
			       const struct narc_error *local, struct narc_error *error)
{
	bool of_this_file = status == NARC_MISUSE ||
			    (status == NARC_IO && strcmp(local->stage, "read") == 0);

	if (status == NARC_OK)
		return NARC_OK;
	if (of_this_file) {
		skip(walk, local->message);
		return NARC_OK;
	}
	if (error)
		*error = *local;
	return status;
}

static enum narc_status read_fd(void *context, void *buffer, size_t size, size_t *got,
				struct narc_error *error)
{
	return file_read_some(*(const int *)context, buffer, size, got, error);
}

static struct narc_entry entry_for(const struct discovery *walk, const struct stat *about)
{
	return (struct narc_entry){
		.path = (const char *)walk->stored.data,
		.type = S_ISLNK(about->st_mode) ? NARC_TYPE_SYMLINK : NARC_TYPE_REGULAR,
		.permissions = about->st_mode & 07777,
		.mtime_seconds = about->st_mtim.tv_sec,
		.mtime_nanoseconds = (uint32_t)about->st_mtim.tv_nsec,
	};
}

static bool same_state(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static enum narc_status add_regular(struct discovery *walk, int folder, const char *name,
				    struct narc_error *error)
{
	struct narc_error local;
	struct narc_entry entry;
	struct stat before, after;
	enum narc_status status;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		skip_for_errno(walk, "cannot open");
		return NARC_OK;
	}
	if (fstat(fd, &before) != 0 || !S_ISREG(before.st_mode)) {
		skip(walk, "is no longer a regular file");
		close(fd);
		return NARC_OK;
	}
	entry = entry_for(walk, &before);
	status = narc_packer_add_stream(walk->packer, &entry, read_fd, &fd, &local);
	if (status == NARC_OK && fstat(fd, &after) == 0 && !same_state(&before, &after))
		packer_notice(walk->packer, NARC_NOTICE_CHANGED, (const char *)walk->source.data,
			      "changed while it was read; what is stored may be a mixture");
	close(fd);
	return settle(walk, status, &local, error);
}

void narc_packer_exclude(narc_packer *packer, const char *path)
{
	struct stat about;

	packer->has_excluded = stat(path, &about) == 0;
	if (packer->has_excluded) {
		packer->excluded_device = about.st_dev;
		packer->excluded_inode = about.st_ino;
	}
}

static bool is_excluded(const struct narc_packer *packer, const struct stat *about)
{
	return packer->has_excluded && about->st_dev == packer->excluded_device &&
	       about->st_ino == packer->excluded_inode;
}

static enum narc_status add_symlink(struct discovery *walk, int folder, const char *name,
				    const struct stat *about, struct narc_error *error)
{
	struct narc_error local;
	struct narc_entry entry = entry_for(walk, about);
	char target[PATH_SIZE_LIMIT + 1];
	ssize_t size = readlinkat(folder, name, target, sizeof(target));

	if (size < 0) {
		skip_for_errno(walk, "cannot read the symbolic link");
		return NARC_OK;
	}
	return settle(walk,
		      narc_packer_add(walk->packer, &entry, target, (size_t)size, &local),
		      &local, error);
}

static enum narc_status add_folder(struct discovery *walk, int parent, const char *name,
				   struct narc_error *error);

/* Adds what has this name in folder, whatever it is. */
static enum narc_status add_named(struct discovery *walk, int folder, const char *name,
				  struct narc_error *error)
{
	struct stat about;

	if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
		skip_for_errno(walk, "cannot look at it");
		return NARC_OK;
	}
	if (is_excluded(walk->packer, &about)) {
		packer_notice(walk->packer, NARC_NOTICE_ITSELF, (const char *)walk->source.data,
			      "is the archive that is being made, and left out of it");
		return NARC_OK;
	}
	if (S_ISREG(about.st_mode))
		return add_regular(walk, folder, name, error);
	if (S_ISLNK(about.st_mode))
		return add_symlink(walk, folder, name, &about, error);
	if (S_ISDIR(about.st_mode))
		return add_folder(walk, folder, name, error);
	skip(walk, S_ISSOCK(about.st_mode)   ? "is a socket"
		   : S_ISFIFO(about.st_mode) ? "is a named pipe"
					     : "is a device");
	return NARC_OK;
}

/* Extends a path by "/name"; returns its former size, without the NUL. */
static size_t path_push(struct byte_buffer *path, const char *name)
{
	size_t size = path->size ? path->size - 1 : 0;

	path->size = size;
	if (size && path->data[size - 1] != '/')
		byte_buffer_append_u8(path, '/');
	byte_buffer_append(path, name, strlen(name) + 1);
	return size;
}

static void path_pop(struct byte_buffer *path, size_t size)
{
	path->size = size;
	byte_buffer_append_u8(path, '\0');
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/* The names in a folder but "." and "..", sorted. */
static enum narc_status read_names(DIR *folder, char ***out, size_t *out_count,
				   struct narc_error *error)
{
	char **names = NULL;
	size_t count = 0, capacity = 0;
	struct dirent *entry;

	while ((errno = 0, entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (count == capacity) {
			size_t more = capacity ? 2 * capacity : 64;
			char **grown = realloc(names, more * sizeof(*names));

			if (!grown)
				goto no_memory;
			names = grown;
			capacity = more;
		}
		names[count] = strdup(entry->d_name);
		if (!names[count])
			goto no_memory;
		count++;
	}
	if (errno) {
		free_names(names, count);
		return narc_fail_system(error, "read", NULL, errno, "cannot read the folder");
	}
	if (count)
		qsort(names, count, sizeof(*names), by_name);
	*out = names;
	*out_count = count;
	return NARC_OK;
no_memory:
	free_names(names, count);
	return narc_fail_memory(error);
}

static enum narc_status add_names(struct discovery *walk, int folder, char **names, size_t count,
				  struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < count && status == NARC_OK; i++) {
		size_t source_size = path_push(&walk->source, names[i]);
		size_t stored_size = path_push(&walk->stored, names[i]);

		if (walk->source.failed || walk->stored.failed)
			return narc_fail_memory(error);
		status = add_named(walk, folder, names[i], error);
		path_pop(&walk->source, source_size);
		path_pop(&walk->stored, stored_size);
	}
	return status;
}

static enum narc_status add_folder(struct discovery *walk, int parent, const char *name,
				   struct narc_error *error)
{
	struct narc_error local;
	char **names = NULL;
	size_t count = 0;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	enum narc_status status;

	if (!folder) {
		skip_for_errno(walk, "cannot open the folder");
		if (fd >= 0)
			close(fd);
		return NARC_OK;
	}
	status = settle(walk, read_names(folder, &names, &count, &local), &local, error);
	if (status == NARC_OK)
		status = add_names(walk, dirfd(folder), names, count, error);
	free_names(names, count);
	closedir(folder);
	return status;
}

static enum narc_status begin_walk(struct discovery *walk, struct narc_packer *packer,
				   const char *source, const char *stored,
				   struct narc_error *error)
{
	*walk = (struct discovery){ .packer = packer };
	byte_buffer_append(&walk->source, source, strlen(source) + 1);
	byte_buffer_append(&walk->stored, stored, strlen(stored) + 1);
	if (walk->source.failed || walk->stored.failed)
		return narc_fail_memory(error);
	return NARC_OK;
}

static void end_walk(struct discovery *walk)
{
	byte_buffer_free(&walk->source);
	byte_buffer_free(&walk->stored);
}

enum narc_status narc_packer_add_tree(narc_packer *packer, const char *root,
				      struct narc_error *error)
{
	const char *slash = strrchr(root, '/');
	struct discovery walk = { .packer = packer };
	struct stat about;
	enum narc_status status;

	if (lstat(root, &about) != 0)
		return narc_fail_system(error, "pack", root, errno, "cannot look at it");
	/* A symbolic link given by name to a folder means the folder. */
	if (S_ISLNK(about.st_mode) && stat(root, &about) == 0 && !S_ISDIR(about.st_mode))
		lstat(root, &about);
	status = narc_packer_begin_tree(packer, error);
	if (status == NARC_OK)
		status = begin_walk(&walk, packer, root,
				    S_ISDIR(about.st_mode) ? "" : slash ? slash + 1 : root, error);
	if (status != NARC_OK)
		goto done;
	if (S_ISDIR(about.st_mode)) {
		int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0) {
			status = add_folder(&walk, fd, ".", error);
			close(fd);
		} else {
			status = narc_fail_system(error, "pack", root, errno,
						  "cannot open the folder");
		}
	} else {
		status = add_named(&walk, AT_FDCWD, root, error);
	}
done:
	end_walk(&walk);
	return status;
}

enum narc_status narc_packer_add_path(narc_packer *packer, const char *root, const char *path,
				      struct narc_error *error)
{
	size_t root_size = root ? strlen(root) : 0;
	struct discovery walk;
	enum narc_status status;

	/* An absolute path below root is another name for the one relative to it. */
	while (root_size && root[root_size - 1] == '/')
		root_size--;
	if (root && root[0] == '/' && strncmp(path, root, root_size) == 0 &&
	    path[root_size] == '/')
		path += root_size + strspn(path + root_size, "/");
	status = begin_walk(&walk, packer, root ? root : "", path, error);

	if (status == NARC_OK)
		path_push(&walk.source, path);
	if (status == NARC_OK && walk.source.failed)
		status = narc_fail_memory(error);
	if (status == NARC_OK)
		status = add_named(&walk, AT_FDCWD, (const char *)walk.source.data, error);
	end_walk(&walk);
	return status;
}
