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

#include "pack/intake.h"
#include "pack/packer.h"
#include "support/status.h"
#include "support/translate.h"

/* The path in the file system and the stored path of the file at hand, in one buffer each,
 * which grow and shrink as the walk goes down and up. */
struct discovery {
	struct narc_packer *packer;
	struct byte_buffer source; /* ends with NUL */
	struct byte_buffer stored; /* likewise */
};

static enum narc_status skip(struct discovery *walk, const char *text, struct narc_error *error)
{
	return intake_skip(walk->packer->intake, (const char *)walk->source.data, text, error);
}

static enum narc_status skip_for_errno(struct discovery *walk, const char *what,
				       struct narc_error *error)
{
	char reason[SYSTEM_TEXT_SIZE];
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", translated(what), system_error_text(errno, reason));
	return skip(walk, text, error);
}

static enum narc_status give(struct discovery *walk, struct intake_folder *folder,
			     enum narc_file_type type, struct narc_error *error)
{
	return intake_give(walk->packer->intake, folder, type, (const char *)walk->source.data,
			   (const char *)walk->stored.data, error);
}

void narc_packer_exclude(narc_packer *packer, const char *path)
{
	struct stat about;

	packer->excluded.exists = stat(path, &about) == 0;
	if (packer->excluded.exists) {
		packer->excluded.device = about.st_dev;
		packer->excluded.inode = about.st_ino;
	}
}

/* What a folder has. */
struct found_name {
	unsigned char type; /* as in struct dirent */
	char name[];
};

/* Whether a folder is the set that is packed into. */
static bool is_itself(const struct narc_packer *packer, int folder)
{
	const struct excluded_file *excluded = &packer->excluded;
	struct stat about;

	return excluded->exists && fstat(folder, &about) == 0 &&
	       about.st_dev == excluded->device && about.st_ino == excluded->inode;
}

static enum narc_status add_folder(struct discovery *walk, int parent, const char *name,
				   struct narc_error *error);

/* The type of a file that its folder does not tell; DT_UNKNOWN with errno if it is not to be
 * found out. */
static unsigned char look_for_type(int folder, const char *name)
{
	struct stat about;

	if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
		return DT_UNKNOWN;
	return IFTODT(about.st_mode);
}

/* Adds what has this name in folder, whatever it is. */
static enum narc_status add_named(struct discovery *walk, struct intake_folder *folder,
				  const char *name, unsigned char type, struct narc_error *error)
{
	int descriptor = intake_folder_descriptor(folder);

	if (type == DT_UNKNOWN)
		type = look_for_type(descriptor, name);
	switch (type) {
	case DT_REG:
		return give(walk, folder, NARC_TYPE_REGULAR, error);
	case DT_LNK:
		return give(walk, folder, NARC_TYPE_SYMLINK, error);
	case DT_DIR:
		return add_folder(walk, descriptor, name, error);
	case DT_SOCK:
		return skip(walk, "is a socket", error);
	case DT_FIFO:
		return skip(walk, "is a named pipe", error);
	case DT_UNKNOWN:
		return skip_for_errno(walk, "cannot look at it", error);
	default:
		return skip(walk, "is a device", error);
	}
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
	return strcmp((*(struct found_name *const *)a)->name,
		      (*(struct found_name *const *)b)->name);
}

static void free_names(struct found_name **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static struct found_name *copy_name(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name) + 1;
	struct found_name *name = malloc(sizeof(*name) + size);

	if (name) {
		name->type = entry->d_type;
		memcpy(name->name, entry->d_name, size);
	}
	return name;
}

/* The names in a folder but "." and "..", sorted. */
static enum narc_status read_names(DIR *folder, struct found_name ***out, size_t *out_count,
				   struct narc_error *error)
{
	struct found_name **names = NULL;
	size_t count = 0, capacity = 0;
	struct dirent *entry;

	while ((errno = 0, entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (count == capacity) {
			size_t more = capacity ? 2 * capacity : 64;
			struct found_name **grown = realloc(names, more * sizeof(*names));

			if (!grown)
				goto no_memory;
			names = grown;
			capacity = more;
		}
		names[count] = copy_name(entry);
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

static enum narc_status add_names(struct discovery *walk, struct intake_folder *folder,
				  struct found_name **names, size_t count,
				  struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < count && status == NARC_OK; i++) {
		size_t source_size = path_push(&walk->source, names[i]->name);
		size_t stored_size = path_push(&walk->stored, names[i]->name);

		if (walk->source.failed || walk->stored.failed)
			return narc_fail_memory(error);
		status = add_named(walk, folder, names[i]->name, names[i]->type, error);
		path_pop(&walk->source, source_size);
		path_pop(&walk->stored, stored_size);
	}
	return status;
}

static enum narc_status add_folder(struct discovery *walk, int parent, const char *name,
				   struct narc_error *error)
{
	struct narc_error local;
	struct found_name **names = NULL;
	size_t count = 0;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	struct intake_folder *folder;
	enum narc_status status;

	if (!stream) {
		status = skip_for_errno(walk, "cannot open the folder", error);
		if (fd >= 0)
			close(fd);
		return status;
	}
	if (is_itself(walk->packer, fd)) {
		closedir(stream);
		return NARC_OK;
	}
	folder = intake_folder_new(stream);
	if (!folder)
		return narc_fail_memory(error);
	status = read_names(stream, &names, &count, &local);
	if (status == NARC_OK)
		status = add_names(walk, folder, names, count, error);
	else if (status == NARC_IO)
		status = skip(walk, local.message, error);
	else if (error)
		*error = local;
	free_names(names, count);
	intake_folder_release(folder);
	return status;
}

/* Has the tree's files looked for in this folder, if others take their place. */
static enum narc_status set_root(struct narc_packer *packer, const char *root,
				 struct narc_error *error)
{
	struct pack_tree *tree = &packer->trees[packer->tree_count - 1];

	if (!tree->root)
		tree->root = strdup(root);
	return tree->root ? NARC_OK : narc_fail_memory(error);
}

static enum narc_status begin_walk(struct discovery *walk, struct narc_packer *packer,
				   const char *source, const char *stored,
				   struct narc_error *error)
{
	enum narc_status status;

	*walk = (struct discovery){ .packer = packer };
	byte_buffer_append(&walk->source, source, strlen(source) + 1);
	byte_buffer_append(&walk->stored, stored, strlen(stored) + 1);
	if (walk->source.failed || walk->stored.failed)
		return narc_fail_memory(error);
	if (packer->intake)
		return NARC_OK;
	status = history_refuse(&packer->history, error);
	return status == NARC_OK
		       ? intake_new(packer, packer->options.threads, &packer->intake, error)
		       : status;
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

		status = set_root(packer, root, error);
		if (fd < 0)
			status = narc_fail_system(error, "pack", root, errno,
						  "cannot open the folder");
		else if (status == NARC_OK)
			status = add_folder(&walk, fd, ".", error);
		if (fd >= 0)
			close(fd);
	} else {
		status = add_named(&walk, NULL, root, IFTODT(about.st_mode), error);
	}
	if (status == NARC_OK)
		status = intake_drain(packer->intake, error);
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
		status = set_root(packer, root ? root : ".", error);
	if (status == NARC_OK)
		path_push(&walk.source, path);
	if (status == NARC_OK && walk.source.failed)
		status = narc_fail_memory(error);
	if (status == NARC_OK)
		status = add_named(&walk, NULL, (const char *)walk.source.data, DT_UNKNOWN, error);
	end_walk(&walk);
	return status;
}
