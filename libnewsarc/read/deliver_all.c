/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing many records below a folder. The threads that read ahead write what they have read,
 * each file by itself; whatever they could not write is written again in its turn, by the
 * thread that called, and told of if it fails then.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "read/cursor.h"
#include "read/deliver.h"
#include "read/name_twins.h"
#include "support/progress.h"
#include "support/status.h"
#include "support/work_queue.h"

/* A thread has fewer files open than these at any time. */
enum { FILES_PER_THREAD = 8 };

struct extraction {
	narc_archive *archive;
	const struct narc_filter *filter;
	const struct narc_extract_options *options;
	narc_cursor *cursor;
	narc_folder *folder;   /* of the thread that called */
	narc_folder **folders; /* one a thread, made when it first writes */
	unsigned threads;
	struct name_twins twins;
	struct progress progress;
	struct narc_extract_result result;
};

/* Opens the folder once more, so that records need not be written in order. */
static enum narc_status open_unordered(const struct extraction *extraction,
				       const struct narc_folder *folder, narc_folder **again,
				       struct narc_error *error)
{
	narc_folder *opened;
	enum narc_status status = folder_open_again(folder, &opened, error);

	if (status != NARC_OK)
		return status;
	status = entry_paths_new(extraction->archive, extraction->filter, &opened->entries, error);
	if (status != NARC_OK) {
		narc_folder_close(opened);
		return status;
	}
	*again = opened;
	return NARC_OK;
}

/* A narc_work_fn. */
static enum narc_status write_ahead(void *context, unsigned thread, narc_cursor *cursor,
				    void **result, struct narc_error *error)
{
	const struct extraction *extraction = context;
	narc_folder **folder = &extraction->folders[thread];
	enum narc_status status = NARC_OK;

	(void)result;
	if (!*folder)
		status = open_unordered(extraction, extraction->folder, folder, error);
	return status == NARC_OK ? narc_folder_write(*folder, cursor, error) : status;
}

/* Tells of a record that failed, or of a block. */
static enum narc_status tell(struct extraction *extraction, enum narc_status status,
			     const struct narc_error *failure, struct narc_error *error)
{
	const struct narc_extract_options *options = extraction->options;

	if (status == NARC_NOMEM) {
		if (error)
			*error = *failure;
		return status;
	}
	extraction->result.failed++;
	if (options->failed && !options->failed(options->context, failure))
		return narc_fail(error, NARC_CANCELLED, "extract", NARC_NO_OFFSET,
				 "stopped by the receiver");
	return NARC_OK;
}

static enum narc_status write_record(struct extraction *extraction, struct narc_error *error)
{
	const struct row_work *work = cursor_row_work(extraction->cursor);
	struct narc_error failure;
	enum narc_status status = NARC_OK;

	if (!work || !work->is_done)
		status = narc_folder_write(extraction->folder, extraction->cursor, &failure);
	if (status != NARC_OK)
		return tell(extraction, status, &failure, error);
	extraction->result.written++;
	return name_twins_add(&extraction->twins, narc_cursor_record(extraction->cursor), error);
}

static enum narc_status write_records(struct extraction *extraction, struct narc_error *error)
{
	const struct narc_record *record;
	struct narc_error failure;
	enum narc_status status = NARC_OK;

	while (status == NARC_OK) {
		status = narc_cursor_next(extraction->cursor, &record, &failure);
		if (status == NARC_OK) {
			status = write_record(extraction, error);
			progress_add(&extraction->progress, 1, record->size);
		} else if (status == NARC_IO) {
			if (error)
				*error = failure;
		} else if (status != NARC_END) {
			status = tell(extraction, status, &failure, error);
		}
	}
	return status == NARC_END ? NARC_OK : status;
}

/* A name_twin_fn. Where the file system has one file for both, one content is lost. */
static enum narc_status tell_of_twin(void *context, const char *path, const char *other,
				     struct narc_error *error)
{
	struct extraction *extraction = context;
	const struct narc_extract_options *options = extraction->options;
	struct narc_error failure;
	bool same = false;
	enum narc_status status = folder_has_one_file(extraction->folder, path, other, &same,
						      &failure);

	if (status == NARC_OK && !same) {
		if (options->alike)
			options->alike(options->context, path, other);
		return NARC_OK;
	}
	/* Of a path with many versions, the last is wanted. */
	if (status == NARC_OK && extraction->filter && extraction->filter->all_versions &&
	    strcmp(path, other) == 0)
		return NARC_OK;
	if (status == NARC_OK) {
		status = narc_fail(&failure, NARC_IO, "extract", NARC_NO_OFFSET,
				   "the file system takes it for \"%s\", so one of the two is lost",
				   other);
		narc_error_set_path(&failure, path);
	}
	extraction->result.written--;
	return tell(extraction, status, &failure, error);
}

/* There may be few files to be had. */
static unsigned choose_threads(unsigned threads)
{
	struct rlimit limit;

	if (threads == 0)
		threads = work_queue_processors();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && threads > limit.rlim_cur / FILES_PER_THREAD)
		threads = (unsigned)(limit.rlim_cur / FILES_PER_THREAD);
	return threads ? threads : 1;
}

static enum narc_status begin(struct extraction *extraction, const struct narc_folder *folder,
			      struct narc_error *error)
{
	const struct narc_extract_options *options = extraction->options;
	uint64_t records, bytes;
	enum narc_status status = narc_cursor_open(extraction->archive, extraction->filter,
						   &extraction->cursor, error);

	if (status == NARC_OK)
		status = open_unordered(extraction, folder, &extraction->folder, error);
	if (status == NARC_OK)
		status = name_twins_init(&extraction->twins, extraction->archive,
					 options->temporary_folder ? options->temporary_folder
								   : "/tmp",
					 error);
	if (status != NARC_OK)
		return status;
	extraction->threads = choose_threads(options->threads);
	extraction->folders = calloc(extraction->threads, sizeof(*extraction->folders));
	if (!extraction->folders)
		return narc_fail_memory(error);
	narc_archive_expect(extraction->archive, extraction->filter, &records, &bytes);
	progress_begin(&extraction->progress, NARC_ACTIVITY_EXTRACTING, records, bytes);
	cursor_read_ahead(extraction->cursor, &(struct narc_work){ .threads = extraction->threads,
								   .work = write_ahead,
								   .context = extraction },
			  false);
	return NARC_OK;
}

enum narc_status narc_folder_write_all(narc_folder *folder, narc_archive *archive,
				       const struct narc_filter *filter,
				       const struct narc_extract_options *options,
				       struct narc_extract_result *result,
				       struct narc_error *error)
{
	struct extraction extraction = { .archive = archive, .filter = filter,
					 .options = options,
					 .progress = { .tell = options->progress,
						       .context = options->progress_context } };
	enum narc_status status = begin(&extraction, folder, error);

	if (status == NARC_OK)
		status = write_records(&extraction, error);
	if (status == NARC_OK)
		status = name_twins_tell(&extraction.twins, tell_of_twin, &extraction, error);
	if (status == NARC_OK)
		*result = extraction.result;
	/* First the cursor: its threads use the folders. */
	narc_cursor_close(extraction.cursor);
	for (unsigned i = 0; extraction.folders && i < extraction.threads; i++)
		narc_folder_close(extraction.folders[i]);
	narc_folder_close(extraction.folder);
	free(extraction.folders);
	name_twins_free(&extraction.twins);
	return status;
}
