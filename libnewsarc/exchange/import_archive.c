/* SPDX-License-Identifier: BSD-2-Clause */
/* From any archive that libarchive reads, straight to the packer. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/locale_scope.h"
#include "newsarc.h"

enum { READ_BLOCK_SIZE = 256 * 1024 };

struct import {
	narc_packer *packer;
	struct archive *archive;
	const char *source; /* the archive's own name, for messages */
};

static enum narc_status fail(struct import *import, struct narc_error *error)
{
	const char *text = archive_error_string(import->archive);
	enum narc_status status =
		archive_errno(import->archive) == ENOMEM ? NARC_NOMEM : NARC_IO;

	if (!error)
		return status;
	memset(error, 0, sizeof(*error));
	error->status = status;
	error->offset = NARC_NO_OFFSET;
	strncpy(error->stage, "import", sizeof(error->stage) - 1);
	strncpy(error->path, import->source, sizeof(error->path) - 1);
	strncpy(error->message, text ? text : "libarchive cannot read it",
		sizeof(error->message) - 1);
	return status;
}

static enum narc_status read_data(void *context, void *buffer, size_t size, size_t *got,
				  struct narc_error *error)
{
	struct import *import = context;
	la_ssize_t result = archive_read_data(import->archive, buffer, size);

	if (result < 0)
		return fail(import, error);
	*got = (size_t)result;
	return NARC_OK;
}

/* A leading "/" is taken off, as tar does. */
static const char *relative(const char *path)
{
	return path + strspn(path, "/");
}

static const char *path_of(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	return path ? path : archive_entry_pathname_utf8(entry);
}

static struct narc_entry entry_for(struct archive_entry *from, const char *path)
{
	bool is_link = archive_entry_filetype(from) == AE_IFLNK;

	return (struct narc_entry){
		.path = relative(path),
		.type = is_link ? NARC_TYPE_SYMLINK : NARC_TYPE_REGULAR,
		.permissions = (uint32_t)archive_entry_perm(from) & 07777,
		.mtime_seconds = archive_entry_mtime(from),
		.mtime_nanoseconds = (uint32_t)archive_entry_mtime_nsec(from),
	};
}

static void skip(struct import *import, const char *path, const char *text)
{
	narc_packer_notify(import->packer, NARC_NOTICE_SKIPPED, path, text);
}

static const char *why_not(struct archive_entry *from)
{
	switch (archive_entry_filetype(from)) {
	case AE_IFSOCK:
		return "is a socket";
	case AE_IFIFO:
		return "is a named pipe";
	case AE_IFCHR:
	case AE_IFBLK:
		return "is a device";
	default:
		return "is of an unknown kind";
	}
}

static enum narc_status settle(struct import *import, enum narc_status status, const char *path,
			       struct narc_error *error)
{
	/* A path that cannot be stored concerns this file alone. */
	if (status == NARC_MISUSE) {
		skip(import, path, error->message);
		return NARC_OK;
	}
	return status;
}

static enum narc_status add_entry(struct import *import, struct archive_entry *from,
				  struct narc_error *error)
{
	const char *path = path_of(from);
	struct narc_entry entry;

	if (!path) {
		skip(import, "(a name)", "its name cannot be read");
		return NARC_OK;
	}
	entry = entry_for(from, path);
	if (archive_entry_hardlink(from) || archive_entry_hardlink_utf8(from)) {
		const char *target = archive_entry_hardlink(from);

		if (!target)
			target = archive_entry_hardlink_utf8(from);
		return settle(import,
			      narc_packer_add_link(import->packer, &entry, relative(target), error),
			      path, error);
	}
	switch (archive_entry_filetype(from)) {
	case AE_IFDIR:
		return NARC_OK;
	case AE_IFREG:
		return settle(import,
			      narc_packer_add_stream(import->packer, &entry, read_data, import,
						     error),
			      path, error);
	case AE_IFLNK: {
		const char *target = archive_entry_symlink(from);

		if (!target)
			target = archive_entry_symlink_utf8(from);
		if (!target) {
			skip(import, path, "the target of the symbolic link cannot be read");
			return NARC_OK;
		}
		return settle(import,
			      narc_packer_add(import->packer, &entry, target, strlen(target),
					      error),
			      path, error);
	}
	default:
		skip(import, path, why_not(from));
		return NARC_OK;
	}
}

static enum narc_status add_all(struct import *import, struct narc_error *error)
{
	struct archive_entry *entry;
	enum narc_status status = NARC_OK;
	int result;

	while (status == NARC_OK) {
		result = archive_read_next_header(import->archive, &entry);
		if (result == ARCHIVE_EOF)
			return NARC_OK;
		if (result == ARCHIVE_RETRY)
			continue;
		/* A warning is of a detail that newsarc does not keep; what is worse ends it. */
		if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
			return fail(import, error);
		if (archive_entry_is_encrypted(entry)) {
			skip(import, path_of(entry) ? path_of(entry) : "(a name)",
			     "is encrypted");
			continue;
		}
		status = add_entry(import, entry, error);
	}
	return status;
}

enum narc_status narc_import_archive(narc_packer *packer, const char *path,
				     struct narc_error *error)
{
	struct locale_scope scope = locale_scope_begin();
	bool is_stdin = strcmp(path, "-") == 0;
	struct import import = { packer, archive_read_new(), is_stdin ? "standard input" : path };
	struct narc_error local;
	enum narc_status status;

	if (!error)
		error = &local;
	status = import.archive ? narc_packer_begin_tree(packer, error) : NARC_NOMEM;
	if (status == NARC_OK) {
		archive_read_support_filter_all(import.archive);
		archive_read_support_format_all(import.archive);
		if (archive_read_open_filename(import.archive, is_stdin ? NULL : path,
					       READ_BLOCK_SIZE) != ARCHIVE_OK)
			status = fail(&import, error);
	}
	if (status == NARC_OK)
		status = add_all(&import, error);
	archive_read_free(import.archive);
	locale_scope_end(&scope);
	return status;
}
