/* SPDX-License-Identifier: BSD-2-Clause */
/* To any archive that libarchive writes, into a sink. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "exchange/locale_scope.h"
#include "newsarc.h"
#include "support/progress.h"
#include "support/status.h"
#include "support/translate.h"

enum { WRITE_BLOCK_SIZE = 256 * 1024 };

struct export {
	narc_cursor *cursor;
	struct archive *archive;
	struct archive_entry *entry;
	struct narc_sink sink;
	enum narc_status sink_status; /* the first failure of the sink */
	const struct narc_export_options *options;
	struct progress progress;
	struct narc_error *error;
};

static enum narc_status fail(struct export *export, enum narc_status status, const char *path)
{
	const char *text = archive_error_string(export->archive);
	int number = archive_errno(export->archive);
	struct narc_error *error = export->error;

	narc_fail_text(error, status, "export", NARC_NO_OFFSET,
		       text ? text : "libarchive cannot write it");
	error->system_errno = number > 0 ? number : 0;
	narc_error_set_path(error, path);
	return status;
}

/* libarchive is not told of a failure, for it would keep its buffer for ever: what comes
 * behind one is dropped, and the export ends with the record at hand. */
static la_ssize_t write_block(struct archive *archive, void *context, const void *data,
			      size_t size)
{
	struct export *export = context;

	(void)archive;
	if (export->sink_status == NARC_OK)
		export->sink_status = export->sink.ops->append(export->sink.context, data, size,
							       export->error);
	return (la_ssize_t)size;
}

/* A record that cannot be delivered is left out if the caller agrees. */
static enum narc_status settle(struct export *export, enum narc_status status)
{
	const struct narc_export_options *options = export->options;

	if (status != NARC_CORRUPT && status != NARC_LIMIT)
		return status;
	if (options->damaged && options->damaged(options->context, export->error))
		return NARC_OK;
	return status;
}

static bool write_data(void *context, const void *data, size_t size)
{
	struct export *export = context;

	return archive_write_data(export->archive, data, size) == (la_ssize_t)size;
}

static void describe(struct archive_entry *entry, const struct narc_record *record)
{
	archive_entry_clear(entry);
	archive_entry_set_pathname(entry, record->path);
	archive_entry_set_perm(entry, (mode_t)record->permissions);
	archive_entry_set_mtime(entry, (time_t)record->mtime_seconds,
				(long)record->mtime_nanoseconds);
	archive_entry_set_nlink(entry, 1);
	archive_entry_set_filetype(entry,
				   record->type == NARC_TYPE_SYMLINK ? AE_IFLNK : AE_IFREG);
	archive_entry_set_size(entry, record->type == NARC_TYPE_SYMLINK
					      ? 0
					      : (la_int64_t)record->size);
}

/* Formats with calendar dates cannot hold a time in a year above INT_MAX, which libarchive does
 * not look at before it converts it. */
static bool has_calendar_time(const struct export *export)
{
	int format = archive_format(export->archive) & ARCHIVE_FORMAT_BASE_MASK;
	time_t time = archive_entry_mtime(export->entry);
	struct tm date;

	return format == ARCHIVE_FORMAT_TAR || format == ARCHIVE_FORMAT_CPIO ||
	       (gmtime_r(&time, &date) && localtime_r(&time, &date));
}

/* What a format cannot say of a record, such as nanoseconds in ustar, it says less well,
 * and warns; what it cannot hold at all it refuses. */
static enum narc_status write_header(struct export *export, const struct narc_record *record)
{
	int result;

	if (!has_calendar_time(export)) {
		archive_set_error(export->archive, EOVERFLOW,
				  translated("its modification time is none that the format can "
					     "hold"));
		return fail(export, NARC_LIMIT, record->path);
	}
	result = archive_write_header(export->archive, export->entry);
	if (result == ARCHIVE_OK || result == ARCHIVE_WARN)
		return NARC_OK;
	return fail(export, result == ARCHIVE_FATAL ? NARC_IO : NARC_LIMIT, record->path);
}

static enum narc_status export_symlink(struct export *export, const struct narc_record *record)
{
	char target[4096];
	const void *data;
	enum narc_status status = narc_cursor_content(export->cursor, &data, export->error);

	if (status != NARC_OK)
		return status;
	if (record->size >= sizeof(target)) {
		archive_set_error(export->archive, ENAMETOOLONG,
				  translated("the symbolic link's target is too long"));
		return fail(export, NARC_LIMIT, record->path);
	}
	memcpy(target, data, (size_t)record->size);
	target[record->size] = '\0';
	archive_entry_set_symlink(export->entry, target);
	return write_header(export, record);
}

/* Writes the header in front of the first piece: what fails before that can be left out. */
struct streaming {
	struct export *export;
	const struct narc_record *record;
	bool has_header;
	enum narc_status header_status;
};

static bool write_piece(void *context, const void *data, size_t size)
{
	struct streaming *streaming = context;

	if (!streaming->has_header)
		streaming->header_status = write_header(streaming->export, streaming->record);
	streaming->has_header = streaming->header_status == NARC_OK;
	return streaming->has_header && write_data(streaming->export, data, size);
}

/* Of what is too large for memory the end is not known at the beginning. */
static enum narc_status export_large(struct export *export, const struct narc_record *record)
{
	struct streaming streaming = { .export = export, .record = record };
	enum narc_status status =
		narc_cursor_stream(export->cursor, write_piece, &streaming, export->error);

	if (streaming.header_status != NARC_OK)
		return streaming.header_status;
	if (status == NARC_CANCELLED)
		return fail(export, NARC_IO, record->path);
	/* A record cut off in the middle spoils the export: it cannot go on behind it. */
	if (status != NARC_OK && streaming.has_header)
		status = export->error->status = NARC_IO;
	return status;
}

/* The content is checked before the header is written, for a header cannot be taken back. */
static enum narc_status export_regular(struct export *export, const struct narc_record *record)
{
	const void *data;
	enum narc_status status;

	if (narc_cursor_is_large(export->cursor))
		return export_large(export, record);
	status = narc_cursor_content(export->cursor, &data, export->error);
	if (status == NARC_OK)
		status = write_header(export, record);
	if (status == NARC_OK && !write_data(export, data, (size_t)record->size))
		status = fail(export, NARC_IO, record->path);
	return status;
}

static enum narc_status export_all(struct export *export)
{
	const struct narc_record *record;
	enum narc_status status = NARC_OK;

	while (status == NARC_OK && export->sink_status == NARC_OK) {
		status = narc_cursor_next(export->cursor, &record, export->error);
		if (status == NARC_END)
			return NARC_OK;
		if (status != NARC_OK) {
			status = settle(export, status);
			continue;
		}
		describe(export->entry, record);
		status = settle(export, record->type == NARC_TYPE_SYMLINK
						? export_symlink(export, record)
						: export_regular(export, record));
		progress_add(&export->progress, 1, record->size);
	}
	return status;
}

static enum narc_status open_export(struct export *export, const char *format)
{
	if (archive_write_set_format_by_name(export->archive, format) != ARCHIVE_OK) {
		archive_set_error(export->archive, EINVAL,
				  translated("libarchive writes no format \"%s\"; try pax, ustar, "
					     "gnutar, zip, 7zip or cpio"),
				  format);
		return fail(export, NARC_MISUSE, "");
	}
	/* Fixed owners, so that the same records make the same bytes; and names as they are. */
	archive_write_set_options(export->archive, "hdrcharset=UTF-8");
	archive_write_set_bytes_per_block(export->archive, WRITE_BLOCK_SIZE);
	archive_write_set_bytes_in_last_block(export->archive, 1);
	if (archive_write_open(export->archive, export, NULL, write_block, NULL) != ARCHIVE_OK)
		return fail(export, NARC_IO, "");
	return NARC_OK;
}

enum narc_status narc_export_archive(narc_archive *archive, const struct narc_filter *filter,
				     const char *format,
				     const struct narc_export_options *options,
				     struct narc_sink sink, struct narc_error *error)
{
	struct locale_scope scope = locale_scope_begin("C.UTF-8");
	struct narc_error local;
	struct export export = { .archive = archive_write_new(), .entry = archive_entry_new(),
				 .sink = sink, .options = options,
				 .progress = { .tell = options->progress,
					       .context = options->progress_context },
				 .error = error ? error : &local };
	uint64_t records, bytes;
	enum narc_status status = NARC_NOMEM;

	if (export.archive && export.entry)
		status = narc_cursor_open(archive, filter, &export.cursor, export.error);
	if (status == NARC_OK)
		status = open_export(&export, format);
	if (status == NARC_OK) {
		narc_archive_expect(archive, filter, &records, &bytes);
		progress_begin(&export.progress, NARC_ACTIVITY_EXTRACTING, records, bytes);
		narc_cursor_read_ahead(export.cursor, options->threads);
		status = export_all(&export);
	}
	if (status == NARC_OK && export.sink_status == NARC_OK &&
	    archive_write_close(export.archive) != ARCHIVE_OK)
		status = fail(&export, NARC_IO, "");
	/* What libarchive writes when it is freed comes too late. */
	if (status == NARC_OK)
		status = export.sink_status;
	else if (export.sink_status == NARC_OK)
		export.sink_status = status;
	narc_cursor_close(export.cursor);
	archive_entry_free(export.entry);
	archive_write_free(export.archive);
	locale_scope_end(&scope);
	return status;
}

bool narc_exchange_library_version(size_t index, struct narc_library *library)
{
	int number = archive_version_number();

	if (index > 0)
		return false;
	library->name = "libarchive";
	snprintf(library->version, sizeof(library->version), "%d.%d.%d", number / 1000000,
		 number / 1000 % 1000, number % 1000);
	return true;
}
