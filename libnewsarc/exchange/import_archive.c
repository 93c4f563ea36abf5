/* SPDX-License-Identifier: BSD-2-Clause */
/* From any archive that libarchive reads, straight to the packer. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exchange/import_warc.h"
#include "exchange/locale_scope.h"
#include "exchange/warc_record.h"

struct import {
	narc_packer *packer;
	struct archive *archive;
	const char *source; /* the archive's own name, for messages */
	struct waiting_file *waiting;
	struct unpacked *input; /* of which the archive is read; NULL if it is that of a file */
	uint64_t given;         /* bytes of content */
};

/* The archive that is read from outside. */
static struct archive *outer(const struct import *import)
{
	return import->input ? import->input->archive : import->archive;
}

static enum narc_status read_data(void *context, void *buffer, size_t size, size_t *got,
				  struct narc_error *error)
{
	struct import *import = context;
	la_ssize_t result = archive_read_data(import->archive, buffer, size);

	*got = result < 0 ? 0 : (size_t)result;
	import->given += *got;
	return result < 0 ? exchange_fail(import->archive, import->source, error)
			  : check_expansion(outer(import), import->source, import->given, error);
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
	return result == ARCHIVE_OK || result == ARCHIVE_WARN
		       ? NARC_OK
		       : exchange_fail(import->archive, import->source, error);
}

/* All formats but mtree, which lists files that are elsewhere, and takes most text for it; and
 * WARC, which has a reader of its own. */
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
	archive_read_support_format_xar(archive);
	archive_read_support_format_zip(archive);
}

/* What comes back from exchange_fail as the same status. */
static int number_of(enum narc_status status)
{
	return status == NARC_NOMEM ? ENOMEM : status == NARC_LIMIT ? EFBIG : EIO;
}

/* Gives libarchive what is unpacked already. */
static la_ssize_t read_input(struct archive *archive, void *context, const void **block)
{
	struct import *import = context;
	struct narc_error error;
	const uint8_t *bytes;
	size_t there;

	if (unpacked_look(import->input, 1, &bytes, &there, &error) != NARC_OK) {
		archive_set_error(archive, number_of(error.status), "%s", error.message);
		return -1;
	}
	*block = bytes;
	unpacked_take(import->input, there);
	return (la_ssize_t)there;
}

/* Opens the archive at path, or what comes from the input if that is NULL, and reads the first
 * header. */
static enum narc_status open_archive(struct import *import, const char *path,
				     struct archive_entry **entry, struct narc_error *error)
{
	int result;

	archive_read_free(import->archive);
	import->archive = archive_read_new();
	if (!import->archive)
		return exchange_say(NARC_NOMEM, import->source, "out of memory", error);
	support_formats(import->archive);
	if (path)
		support_compressions(import->archive);
	result = path ? archive_read_open_filename(import->archive, path, UNPACKED_BLOCK_SIZE)
		      : archive_read_open(import->archive, import, NULL, read_input, NULL);
	return result == ARCHIVE_OK ? next_entry(import, entry, error)
				    : exchange_fail(import->archive, import->source, error);
}

/* Tells a zip, whose names are UTF-8 or of a code page. */
static enum narc_status starts_like_zip(struct unpacked *input, bool *is_zip,
					struct narc_error *error)
{
	const uint8_t *bytes;
	size_t there;
	enum narc_status status = unpacked_look(input, 4, &bytes, &there, error);

	*is_zip = status == NARC_OK && there >= 4 &&
		  (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0 ||
		   memcmp(bytes, "PK\7\10", 4) == 0);
	return status;
}

/* Whether names in this format are bytes, which are to stay as they are. */
static bool has_names_of_bytes(struct import *import)
{
	int format = archive_format(import->archive) & ARCHIVE_FORMAT_BASE_MASK;

	return format == ARCHIVE_FORMAT_TAR || format == ARCHIVE_FORMAT_CPIO;
}

/* The files of the archive at path, or what comes from the input if that is NULL. In a UTF-8 locale
 * libarchive composes accents; in the C locale it leaves bytes alone, but cannot take names that
 * are of an encoding, as zip and 7-Zip have them. Of these only zip can be read from a pipe. */
static enum narc_status add_files(struct import *import, const char *path, bool is_zip,
				  struct narc_error *error)
{
	struct locale_scope scope = locale_scope_begin(is_zip ? "C.UTF-8" : "C");
	struct archive_entry *entry;
	enum narc_status status = open_archive(import, path, &entry, error);

	if (status == NARC_OK && path && !has_names_of_bytes(import)) {
		locale_scope_end(&scope);
		scope = locale_scope_begin("C.UTF-8");
		status = open_archive(import, path, &entry, error);
	}
	while (status == NARC_OK) {
		status = take_entry(import, entry, error);
		if (status == NARC_OK)
			status = next_entry(import, &entry, error);
	}
	status = add_waiting(import, status == NARC_END ? NARC_OK : status, error);
	locale_scope_end(&scope);
	archive_read_free(import->archive);
	return status;
}

/* libarchive goes to and fro in a file, so that is opened anew for it; what is none comes once. */
static bool can_be_read_again(const char *path)
{
	struct stat about;

	return path && stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

static enum narc_status add_all(struct import *import, const char *path,
				struct unpacked *unpacked, struct narc_error *error)
{
	bool is_warc = false, is_zip = false;
	enum narc_status status = unpacked_open(unpacked, path, import->source, error);

	if (status == NARC_OK)
		status = warc_starts(unpacked, &is_warc, error);
	if (status == NARC_OK && is_warc)
		return import_warc(import->packer, unpacked, error);
	if (can_be_read_again(path))
		return add_files(import, path, false, error);
	import->input = unpacked;
	if (status == NARC_OK)
		status = starts_like_zip(unpacked, &is_zip, error);
	return status == NARC_OK ? add_files(import, NULL, is_zip, error) : status;
}

enum narc_status narc_import_archive(narc_packer *packer, const char *path,
				     struct narc_error *error)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct import import = { .packer = packer, .source = is_stdin ? "standard input" : path };
	struct unpacked *unpacked = malloc(sizeof(*unpacked));
	struct narc_error local;
	enum narc_status status;

	if (!error)
		error = &local;
	if (!unpacked)
		return exchange_say(NARC_NOMEM, import.source, "out of memory", error);
	status = narc_packer_begin_tree(packer, error);
	unpacked->archive = NULL;
	if (status == NARC_OK)
		status = add_all(&import, is_stdin ? NULL : path, unpacked, error);
	unpacked_close(unpacked);
	free(unpacked);
	return status;
}
