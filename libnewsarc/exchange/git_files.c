/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/git_files.h"

#include <limits.h>

#include "exchange/git_error.h"
#include "support/status.h"

/* A blob of this size on is read in pieces, if it has a file of its own in the repository. One
 * that is packed with others can be read as a whole only. */
#define STREAMED_SIZE ((size_t)1 << 20)
#define WHOLE_LIMIT ((size_t)1 << 30)

void git_files_free(struct git_files *files)
{
	git_odb_free(files->odb);
	path_map_clear(&files->told);
}

enum narc_status git_files_skip(struct git_files *files, const char *path, const char *text,
				struct narc_error *error)
{
	if (path_map_find(&files->told, path))
		return NARC_OK;
	if (!path_map_put(&files->told, path, NULL))
		return narc_fail_memory(error);
	narc_packer_notify(files->packer, NARC_NOTICE_SKIPPED, path, text);
	return NARC_OK;
}

struct blob_stream {
	git_odb_stream *stream;
	const git_oid *id;
	size_t left;
};

/* A narc_read_fn. */
static enum narc_status read_stream(void *context, void *buffer, size_t size, size_t *got,
				    struct narc_error *error)
{
	struct blob_stream *blob = context;
	int result;

	*got = 0;
	if (blob->left == 0)
		return NARC_OK;
	if (size > INT_MAX)
		size = INT_MAX;
	result = git_odb_stream_read(blob->stream, buffer, size);
	if (result <= 0 || (size_t)result > blob->left)
		return git_fail_object(error, "blob", blob->id);
	blob->left -= (size_t)result;
	*got = (size_t)result;
	return NARC_OK;
}

static enum narc_status add_whole(struct git_files *files, const struct narc_entry *entry,
				  const git_oid *id, struct narc_error *error)
{
	git_odb_object *object;
	enum narc_status status;

	if (git_odb_read(&object, files->odb, id) != 0)
		return git_fail_object(error, "blob", id);
	status = narc_packer_add(files->packer, entry, git_odb_object_data(object),
				 git_odb_object_size(object), error);
	git_odb_object_free(object);
	return status;
}

static enum narc_status add_large(struct git_files *files, const struct narc_entry *entry,
				  const git_oid *id, size_t size, struct narc_error *error)
{
	struct blob_stream blob = { .id = id, .left = size };
	git_object_t type;
	size_t streamed;
	enum narc_status status;

	if (git_odb_open_rstream(&blob.stream, &streamed, &type, files->odb, id) == 0) {
		status = narc_packer_add_stream(files->packer, entry, read_stream, &blob, error);
		git_odb_stream_free(blob.stream);
		return status;
	}
	if (size <= WHOLE_LIMIT)
		return add_whole(files, entry, id, error);
	return git_files_skip(files, entry->path,
			      "has more than 1 GiB, and is packed in the repository, where it "
			      "cannot be read in pieces: \"git unpack-objects\" makes a file of it",
			      error);
}

static enum narc_status add_blob(struct git_files *files, const char *path, const git_oid *id,
				 git_filemode_t mode, struct narc_error *error)
{
	const struct narc_entry entry = {
		.path = path,
		.type = mode == GIT_FILEMODE_LINK ? NARC_TYPE_SYMLINK : NARC_TYPE_REGULAR,
		.permissions = mode == GIT_FILEMODE_LINK	      ? 0777
			       : mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0755
								      : 0644,
		.mtime_seconds = files->time,
	};
	git_object_t type;
	size_t size;
	enum narc_status status;

	if (git_odb_read_header(&size, &type, files->odb, id) != 0)
		return git_fail_object(error, "blob", id);
	if (type != GIT_OBJECT_BLOB)
		return narc_fail(error, NARC_IO, "git", NARC_NO_OFFSET,
				 "%s is no file in its repository", path);
	status = size >= STREAMED_SIZE ? add_large(files, &entry, id, size, error)
				       : add_whole(files, &entry, id, error);
	/* A path or a link that cannot be stored concerns this file alone. */
	return status == NARC_MISUSE ? git_files_skip(files, path, error->message, error)
				     : status;
}

enum narc_status git_files_add(struct git_files *files, const char *path, const git_oid *id,
			       git_filemode_t mode, struct narc_error *error)
{
	switch (mode) {
	case GIT_FILEMODE_BLOB:
	case GIT_FILEMODE_BLOB_EXECUTABLE:
	case GIT_FILEMODE_LINK:
		return add_blob(files, path, id, mode, error);
	case GIT_FILEMODE_COMMIT:
		return git_files_skip(files, path, "is a submodule: pack that repository by itself",
				      error);
	default:
		return git_files_skip(files, path, "is of an unknown kind", error);
	}
}
