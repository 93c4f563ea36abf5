/* SPDX-License-Identifier: BSD-2-Clause */
/* From any archive that libarchive reads, straight to the packer. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exchange/locale_scope.h"
#include "newsarc.h"

enum { READ_BLOCK_SIZE = 256 * 1024 };

/* Files give no more than so many times what was read of their archive: holes without end, and what
 * was compressed over and over, do. A small archive may. */
enum { EXPANSION_LIMIT = 1000 };
#define EXPANSION_ALLOWED ((uint64_t)1 << 30)

struct input;

struct import {
	narc_packer *packer;
	struct archive *archive;
	const char *source; /* the archive's own name, for messages */
	struct waiting_file *waiting;
	struct input *input; /* NULL if it is a file */
	uint64_t given;      /* bytes of content */
};

static enum narc_status status_of(int number)
{
	switch (number) {
	case ENOMEM:
		return NARC_NOMEM;
	case EFBIG:
		return NARC_LIMIT;
	default:
		return NARC_IO;
	}
}

static enum narc_status fail(struct import *import, struct narc_error *error)
{
	const char *text = archive_error_string(import->archive);
	enum narc_status status = status_of(archive_errno(import->archive));

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
	import->given += (uint64_t)result;
	if (import->given > EXPANSION_ALLOWED &&
	    import->given / EXPANSION_LIMIT >
		    (uint64_t)archive_filter_bytes(import->archive, -1)) {
		archive_set_error(import->archive, EFBIG,
				  "holds more than %d times what it has: unpack it, and pack the "
				  "files that are wanted",
				  EXPANSION_LIMIT);
		return fail(import, error);
	}
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

/* ---- hard links in cpio ------------------------------------------------------------------ */

/* Of several links to a file, cpio gives the content with the last one only; the first comes
 * as an empty file. So such a file waits: it becomes a link to the one with the content. */
struct waiting_file {
	struct waiting_file *next;
	struct narc_entry entry;
	char path[];
};

static bool may_have_content_later(struct import *import, struct archive_entry *from)
{
	return (archive_format(import->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_CPIO &&
	       archive_entry_filetype(from) == AE_IFREG && archive_entry_nlink(from) > 1 &&
	       archive_entry_size(from) == 0 && !archive_entry_hardlink(from);
}

static enum narc_status wait_for_content(struct import *import, struct archive_entry *from)
{
	const char *path = relative(path_of(from));
	struct waiting_file *file = malloc(sizeof(*file) + strlen(path) + 1);

	if (!file)
		return NARC_NOMEM;
	strcpy(file->path, path);
	file->entry = entry_for(from, path);
	file->entry.path = file->path;
	file->next = import->waiting;
	import->waiting = file;
	return NARC_OK;
}

/* The content of the file that waits under first comes under path. */
static enum narc_status end_waiting(struct import *import, const char *first, const char *path,
				    struct narc_error *error)
{
	for (struct waiting_file **place = &import->waiting; *place; place = &(*place)->next) {
		struct waiting_file *file = *place;
		enum narc_status status;

		if (strcmp(file->path, first) != 0)
			continue;
		*place = file->next;
		status = narc_packer_add_link(import->packer, &file->entry, path, error);
		status = settle(import, status, file->path, error);
		free(file);
		return status;
	}
	return NARC_OK;
}

/* Ends the waiting: files whose content never came were empty. If status is a failure, they
 * are given up. */
static enum narc_status add_waiting(struct import *import, enum narc_status status,
				    struct narc_error *error)
{
	while (import->waiting) {
		struct waiting_file *file = import->waiting;

		if (status == NARC_OK)
			status = settle(import,
					narc_packer_add(import->packer, &file->entry, "", 0, error),
					file->path, error);
		import->waiting = file->next;
		free(file);
	}
	return status;
}

/* ---- all entries -------------------------------------------------------------------------- */

static enum narc_status take_entry(struct import *import, struct archive_entry *entry,
				   struct narc_error *error)
{
	const char *first = archive_entry_hardlink(entry);
	enum narc_status status;

	if (archive_entry_is_encrypted(entry)) {
		skip(import, path_of(entry) ? path_of(entry) : "(a name)", "is encrypted");
		return NARC_OK;
	}
	if (may_have_content_later(import, entry) && path_of(entry))
		return wait_for_content(import, entry);
	if (!first || archive_entry_size(entry) == 0 || !path_of(entry))
		return add_entry(import, entry, error);
	/* A link that brings the content. */
	status = end_waiting(import, relative(first), relative(path_of(entry)), error);
	archive_entry_set_hardlink(entry, NULL);
	return status == NARC_OK ? add_entry(import, entry, error) : status;
}

/* Reads the next header: NARC_END if there is none. A warning is of a detail that newsarc
 * does not keep; what is worse ends it. */
static enum narc_status next_entry(struct import *import, struct archive_entry **entry,
				   struct narc_error *error)
{
	int result;

	do {
		result = archive_read_next_header(import->archive, entry);
	} while (result == ARCHIVE_RETRY);
	if (result == ARCHIVE_EOF)
		return NARC_END;
	return result == ARCHIVE_OK || result == ARCHIVE_WARN ? NARC_OK : fail(import, error);
}

/* All formats but mtree, which lists files that are elsewhere, and takes most text for it. */
static void support_formats(struct archive *archive)
{
	archive_read_support_format_7zip(archive);
	archive_read_support_format_ar(archive);
	archive_read_support_format_cab(archive);
	archive_read_support_format_cpio(archive);
	archive_read_support_format_empty(archive);
	archive_read_support_format_iso9660(archive);
	archive_read_support_format_lha(archive);
	archive_read_support_format_rar(archive);
	archive_read_support_format_rar5(archive);
	archive_read_support_format_tar(archive);
	archive_read_support_format_warc(archive);
	archive_read_support_format_xar(archive);
	archive_read_support_format_zip(archive);
}

/* Standard input, whose first block is looked at before libarchive gets it. */
struct input {
	size_t size; /* of the first block, until that is given */
	char block[READ_BLOCK_SIZE];
};

static la_ssize_t read_input(struct archive *archive, void *context, const void **block)
{
	struct input *input = context;
	la_ssize_t size = (la_ssize_t)input->size;

	*block = input->block;
	input->size = 0;
	while (size == 0 && (size = read(STDIN_FILENO, input->block, sizeof(input->block))) < 0) {
		if (errno != EINTR) {
			archive_set_error(archive, errno, "cannot read");
			return -1;
		}
		size = 0;
	}
	return size;
}

/* Reads enough of standard input to tell a zip, whose names are UTF-8 or of a code page. */
static bool starts_like_zip(struct input *input)
{
	while (input->size < 4) {
		ssize_t got = read(STDIN_FILENO, input->block + input->size,
				   sizeof(input->block) - input->size);

		if (got == 0 || (got < 0 && errno != EINTR))
			break;
		if (got > 0)
			input->size += (size_t)got;
	}
	return input->size >= 2 && memcmp(input->block, "PK", 2) == 0;
}

/* Opens the archive at path, standard input if that is NULL, and reads the first header. */
static enum narc_status open_input(struct import *import, const char *path,
				   struct archive_entry **entry, struct narc_error *error)
{
	archive_read_free(import->archive);
	import->archive = archive_read_new();
	if (!import->archive)
		return NARC_NOMEM;
	archive_read_support_filter_all(import->archive);
	support_formats(import->archive);
	if ((path ? archive_read_open_filename(import->archive, path, READ_BLOCK_SIZE)
		  : archive_read_open(import->archive, import->input, NULL, read_input, NULL)) !=
	    ARCHIVE_OK)
		return fail(import, error);
	return next_entry(import, entry, error);
}

/* Whether names in this format are bytes, which are to stay as they are. */
static bool has_names_of_bytes(struct import *import)
{
	int format = archive_format(import->archive) & ARCHIVE_FORMAT_BASE_MASK;

	return format == ARCHIVE_FORMAT_TAR || format == ARCHIVE_FORMAT_CPIO;
}

static enum narc_status add_all(struct import *import, const char *path,
				struct narc_error *error)
{
	/* In a UTF-8 locale libarchive composes accents; in the C locale it leaves bytes alone,
	 * but cannot take names that are of an encoding, as zip and 7-Zip have them. Of these
	 * only zip can be read from a pipe. */
	bool is_zip = !path && starts_like_zip(import->input);
	struct locale_scope scope = locale_scope_begin(is_zip ? "C.UTF-8" : "C");
	struct archive_entry *entry;
	enum narc_status status = open_input(import, path, &entry, error);

	if (status == NARC_OK && path && !has_names_of_bytes(import)) {
		locale_scope_end(&scope);
		scope = locale_scope_begin("C.UTF-8");
		status = open_input(import, path, &entry, error);
	}
	while (status == NARC_OK) {
		status = take_entry(import, entry, error);
		if (status == NARC_OK)
			status = next_entry(import, &entry, error);
	}
	status = add_waiting(import, status == NARC_END ? NARC_OK : status, error);
	locale_scope_end(&scope);
	return status;
}

enum narc_status narc_import_archive(narc_packer *packer, const char *path,
				     struct narc_error *error)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct import import = { .packer = packer, .source = is_stdin ? "standard input" : path };
	struct narc_error local;
	enum narc_status status;

	if (!error)
		error = &local;
	if (is_stdin)
		import.input = calloc(1, sizeof(*import.input));
	status = is_stdin && !import.input ? NARC_NOMEM : narc_packer_begin_tree(packer, error);
	if (status == NARC_OK)
		status = add_all(&import, is_stdin ? NULL : path, error);
	archive_read_free(import.archive);
	free(import.input);
	return status;
}
