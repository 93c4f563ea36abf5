/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/limits.h"
#include "pack/pack_item.h"
#include "pack/packer.h"
#include "support/arena.h"
#include "support/file_io.h"
#include "support/status.h"
#include "support/translate.h"
#include "support/work_queue.h"

/* Batches under way for each thread: one at work, one that waits for it, one that is done.
 * More threads than the limit find nothing to do, as one thread admits all files. */
enum { BATCH_FILES = 32, BATCHES_PER_THREAD = 3, THREADS_LIMIT = 8 };

/* Files larger than this are read when they are admitted, so memory is bounded: all batches
 * together hold 48 MiB at most. */
#define READ_LIMIT ((size_t)64 << 10)

struct intake_folder {
	DIR *stream;
	unsigned users;
};

enum file_state {
	FILE_PARSED,
	FILE_LEFT,    /* to be read when it is admitted */
	FILE_UNCHANGED, /* in the archive that is appended to */
	FILE_ITSELF,  /* the archive that is being made */
	FILE_SKIPPED, /* for what text says */
	FILE_FAILED   /* with status */
};

struct given_file {
	const char *source; /* of the batch's texts, as all strings here are */
	const char *stored; /* NULL if it is left out */
	enum narc_file_type type;
	enum file_state state;
	const char *text;
	bool has_changed;
	struct pack_item item; /* owns its path */
	struct post_facts facts;
	size_t content_start; /* in the batch's contents */
	enum narc_status status;
	struct narc_error error;
};

/* Files of one folder. */
struct batch {
	struct intake_folder *folder;
	struct excluded_file excluded;
	size_t count;
	struct given_file files[BATCH_FILES];
	struct arena texts;
	struct byte_buffer contents;
};

struct intake {
	narc_packer *packer;
	unsigned threads; /* the one that gives files is the last of them */
	struct front_matter *matters;
	struct base_reader *readers; /* NULL if nothing is appended to */
	/* Batch n is at n modulo batch_count; one is filled, the others may be in the queue. */
	uint64_t filling;
	size_t batch_count;
	struct batch **batches;
	struct work_queue *queue; /* NULL if there is one thread */
};

/* ---- folders ------------------------------------------------------------------------------ */

struct intake_folder *intake_folder_new(DIR *stream)
{
	struct intake_folder *folder = malloc(sizeof(*folder));

	if (folder)
		*folder = (struct intake_folder){ stream, 1 };
	else
		closedir(stream);
	return folder;
}

int intake_folder_descriptor(const struct intake_folder *folder)
{
	return folder ? dirfd(folder->stream) : AT_FDCWD;
}

void intake_folder_release(struct intake_folder *folder)
{
	if (!folder || --folder->users)
		return;
	closedir(folder->stream);
	free(folder);
}

/* ---- in the threads ----------------------------------------------------------------------- */

static void skip(struct batch *batch, struct given_file *file, const char *text)
{
	file->state = FILE_SKIPPED;
	file->text = arena_copy_text(&batch->texts, text, strlen(text));
	if (!file->text) {
		file->state = FILE_FAILED;
		file->status = narc_fail_memory(&file->error);
	}
}

static void skip_for_errno(struct batch *batch, struct given_file *file, const char *what)
{
	char reason[SYSTEM_TEXT_SIZE];
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", translated(what), system_error_text(errno, reason));
	skip(batch, file, text);
}

/* What failed about one file leaves out that file; only what would fail for all ends packing. */
static void settle(struct batch *batch, struct given_file *file)
{
	bool of_this_file =
		file->status == NARC_MISUSE ||
		(file->status == NARC_IO && strcmp(file->error.stage, "read") == 0);

	if (of_this_file)
		skip(batch, file, file->error.message);
	else if (file->status != NARC_OK)
		file->state = FILE_FAILED;
}

static const char *name_in(const struct intake_folder *folder, const char *source)
{
	const char *slash = folder ? strrchr(source, '/') : NULL;

	return slash ? slash + 1 : source;
}

static struct narc_entry entry_for(const struct given_file *file, const struct stat *about)
{
	return (struct narc_entry){
		.path = file->stored,
		.type = file->type,
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

static bool is_excluded(const struct excluded_file *excluded, const struct stat *about)
{
	return excluded->exists && about->st_dev == excluded->device &&
	       about->st_ino == excluded->inode;
}

/* Returns a descriptor, or -1 with the file's state saying why. */
static int open_regular(struct batch *batch, struct given_file *file, struct stat *about)
{
	int fd = openat(intake_folder_descriptor(batch->folder),
			name_in(batch->folder, file->source),
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		skip_for_errno(batch, file, "cannot open");
		return -1;
	}
	if (fstat(fd, about) != 0 || !S_ISREG(about->st_mode)) {
		skip(batch, file, "is no longer a regular file");
	} else if (is_excluded(&batch->excluded, about)) {
		file->state = FILE_ITSELF;
	} else {
		return fd;
	}
	close(fd);
	return -1;
}

/* Room for a content behind those that the batch has. */
static uint8_t *place_content(struct batch *batch, struct given_file *file, size_t size)
{
	uint8_t *place = byte_buffer_reserve(&batch->contents, size);

	file->content_start = batch->contents.size;
	if (!place)
		file->status = narc_fail_memory(&file->error);
	return place;
}

/* Whether the file need not be read, as the archive has it. */
static bool is_known(struct intake *intake, unsigned worker, struct given_file *file,
		     const struct stat *about)
{
	const struct narc_record *record = NULL;
	struct narc_entry entry = entry_for(file, about);

	file->status = packer_check_entry(intake->packer, &entry, &file->item.entry,
					  &file->error);
	if (file->status != NARC_OK || !intake->readers || intake->packer->options.compare_content)
		return false;
	file->status = base_find_path(&intake->readers[worker], file->item.entry.path, &record,
				      &file->error);
	if (file->status != NARC_OK || !record ||
	    !base_has_state(record, &file->item.entry, (uint64_t)about->st_size))
		return false;
	file->item.hash = record->hash;
	file->item.local_time = record->local_time;
	file->state = FILE_UNCHANGED;
	return true;
}

/* Parses the content that is in its place, and keeps it there. */
static void parse(struct intake *intake, unsigned worker, struct batch *batch,
		  struct given_file *file, size_t size)
{
	const uint8_t *content = batch->contents.data + file->content_start;
	struct pack_item *item = &file->item;
	bool is_unchanged = false;

	item->size = size;
	file->status = packer_parse(&intake->matters[worker], item, content, &file->facts,
				    &file->error);
	if (file->status == NARC_OK && intake->readers)
		file->status = base_has_content(&intake->readers[worker], &item->entry, content,
						size, item->hash, &is_unchanged, &file->error);
	if (file->status != NARC_OK)
		return;
	if (is_unchanged) {
		file->state = FILE_UNCHANGED;
		return;
	}
	item->categories = arena_copy_text(&batch->texts, file->facts.categories,
					   file->facts.categories_size);
	if (!item->categories)
		file->status = narc_fail_memory(&file->error);
	batch->contents.size += size;
}

/* Reads a regular file that is open and has the size that about says. */
static void read_open(struct intake *intake, unsigned worker, struct batch *batch,
		      struct given_file *file, int fd, const struct stat *about)
{
	size_t size = (size_t)about->st_size;
	size_t got;
	/* One byte more than there should be, to see whether it grew. */
	uint8_t *place = place_content(batch, file, size + 1);
	struct stat after;

	if (place)
		file->status = file_read_some(fd, place, size + 1, &got, &file->error);
	if (file->status == NARC_OK && got > size)
		file->state = FILE_LEFT;
	else if (file->status == NARC_OK)
		parse(intake, worker, batch, file, got);
	file->has_changed = fstat(fd, &after) == 0 && !same_state(about, &after);
}

static void read_regular(struct intake *intake, unsigned worker, struct batch *batch,
			 struct given_file *file)
{
	struct stat about;
	int fd = open_regular(batch, file, &about);

	if (fd < 0)
		return;
	if (!is_known(intake, worker, file, &about) && file->status == NARC_OK) {
		if ((uint64_t)about.st_size > READ_LIMIT)
			file->state = FILE_LEFT;
		else
			read_open(intake, worker, batch, file, fd, &about);
	}
	close(fd);
}

static void read_symlink(struct intake *intake, unsigned worker, struct batch *batch,
			 struct given_file *file)
{
	int folder = intake_folder_descriptor(batch->folder);
	const char *name = name_in(batch->folder, file->source);
	uint8_t *place = place_content(batch, file, PATH_SIZE_LIMIT + 1);
	struct stat about;
	ssize_t size;

	if (!place)
		return;
	size = readlinkat(folder, name, (char *)place, PATH_SIZE_LIMIT + 1);
	if (size < 0 || fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
		skip_for_errno(batch, file, "cannot read the symbolic link");
	else if (!is_known(intake, worker, file, &about) && file->status == NARC_OK)
		parse(intake, worker, batch, file, (size_t)size);
}

/* A work_fn. */
static void read_batch(void *context, unsigned worker, void *job)
{
	struct batch *batch = job;

	for (size_t i = 0; i < batch->count; i++) {
		struct given_file *file = &batch->files[i];

		if (file->state != FILE_PARSED)
			continue;
		if (file->type == NARC_TYPE_SYMLINK)
			read_symlink(context, worker, batch, file);
		else
			read_regular(context, worker, batch, file);
		settle(batch, file);
	}
}

/* ---- admitting ---------------------------------------------------------------------------- */

static enum narc_status read_fd(void *context, void *buffer, size_t size, size_t *got,
				struct narc_error *error)
{
	return file_read_some(*(const int *)context, buffer, size, got, error);
}

/* Reads and admits a file in one go, whatever its size. */
static void admit_left(narc_packer *packer, struct batch *batch, struct given_file *file)
{
	struct stat before, after;
	struct narc_entry entry;
	int fd = open_regular(batch, file, &before);

	if (fd < 0)
		return;
	entry = entry_for(file, &before);
	file->status = packer_add_stream(packer, &entry, read_fd, &fd, &file->error);
	file->has_changed = fstat(fd, &after) == 0 && !same_state(&before, &after);
	close(fd);
	settle(batch, file);
}

static void admit_parsed(narc_packer *packer, struct batch *batch, struct given_file *file)
{
	file->item.content = batch->contents.data + file->content_start;
	file->item.tree = packer->tree_count - 1;
	file->item.sequence = packer->sequence++;
	file->status = packer_admit(packer, &file->item, &file->error);
	settle(batch, file);
}

static enum narc_status admit_file(narc_packer *packer, struct batch *batch,
				   struct given_file *file, struct narc_error *error)
{
	enum file_state state = file->state;

	if (state == FILE_PARSED)
		admit_parsed(packer, batch, file);
	else if (state == FILE_LEFT)
		admit_left(packer, batch, file);
	switch (file->state) {
	case FILE_UNCHANGED:
		return packer_note_unchanged(packer, &file->item, error);
	case FILE_FAILED:
		if (error)
			*error = file->error;
		return file->status;
	case FILE_ITSELF:
		packer_notice(packer, NARC_NOTICE_ITSELF, file->source,
			      "is the archive that is being made, and left out of it");
		return NARC_OK;
	case FILE_SKIPPED:
		packer_notice(packer, NARC_NOTICE_SKIPPED, file->source, file->text);
		return NARC_OK;
	default:
		if (file->has_changed)
			packer_notice(packer, NARC_NOTICE_CHANGED, file->source,
				      "changed while it was read; what is stored may be a mixture");
		return NARC_OK;
	}
}

static void clear_batch(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free((char *)(uintptr_t)batch->files[i].item.entry.path);
	batch->count = 0;
	intake_folder_release(batch->folder);
	batch->folder = NULL;
	arena_free(&batch->texts);
	byte_buffer_clear(&batch->contents);
}

static enum narc_status admit_batch(narc_packer *packer, struct batch *batch,
				    struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < batch->count && status == NARC_OK; i++)
		status = admit_file(packer, batch, &batch->files[i], error);
	clear_batch(batch);
	return status;
}

/* ---- giving ------------------------------------------------------------------------------- */

static enum narc_status open_readers(struct intake *intake, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	intake->readers = calloc(intake->threads, sizeof(*intake->readers));
	if (!intake->readers)
		return narc_fail_memory(error);
	for (unsigned i = 0; i < intake->threads && status == NARC_OK; i++)
		status = base_reader_open(&intake->readers[i], intake->packer->base, error);
	return status;
}

enum narc_status intake_new(narc_packer *packer, unsigned threads, struct intake **out,
			    struct narc_error *error)
{
	struct intake *intake = calloc(1, sizeof(*intake));
	enum narc_status status = NARC_OK;

	if (!intake)
		return narc_fail_memory(error);
	if (threads == 0)
		threads = work_queue_processors();
	intake->packer = packer;
	intake->threads = threads < THREADS_LIMIT ? threads : THREADS_LIMIT;
	intake->batch_count = intake->threads > 1 ? BATCHES_PER_THREAD * intake->threads + 1 : 1;
	intake->matters = calloc(intake->threads, sizeof(*intake->matters));
	intake->batches = calloc(intake->batch_count, sizeof(*intake->batches));
	if (!intake->matters || !intake->batches)
		status = narc_fail_memory(error);
	for (size_t i = 0; i < intake->batch_count && status == NARC_OK; i++) {
		intake->batches[i] = calloc(1, sizeof(*intake->batches[i]));
		if (!intake->batches[i])
			status = narc_fail_memory(error);
	}
	if (status == NARC_OK && packer->base)
		status = open_readers(intake, error);
	if (status == NARC_OK && intake->threads > 1)
		status = work_queue_new(intake->threads - 1, intake->batch_count - 1, read_batch,
					intake, &intake->queue, error);
	if (status != NARC_OK) {
		intake_free(intake);
		return status;
	}
	*out = intake;
	return NARC_OK;
}

void intake_free(struct intake *intake)
{
	if (!intake)
		return;
	work_queue_free(intake->queue);
	for (size_t i = 0; intake->batches && i < intake->batch_count; i++) {
		if (!intake->batches[i])
			continue;
		clear_batch(intake->batches[i]);
		byte_buffer_free(&intake->batches[i]->contents);
		free(intake->batches[i]);
	}
	for (unsigned i = 0; intake->matters && i < intake->threads; i++)
		front_matter_free(&intake->matters[i]);
	for (unsigned i = 0; intake->readers && i < intake->threads; i++)
		base_reader_close(&intake->readers[i]);
	free(intake->matters);
	free(intake->readers);
	free(intake->batches);
	free(intake);
}

static struct batch *filling_batch(const struct intake *intake)
{
	return intake->batches[intake->filling % intake->batch_count];
}

static enum narc_status admit_oldest(struct intake *intake, struct narc_error *error)
{
	work_queue_help(intake->queue, intake->threads - 1);
	return admit_batch(intake->packer, work_queue_take(intake->queue), error);
}

/* Sends the batch that is being filled on its way, and makes room for the next. */
static enum narc_status send_batch(struct intake *intake, struct narc_error *error)
{
	struct batch *batch = filling_batch(intake);
	enum narc_status status = NARC_OK;

	if (batch->count == 0)
		return NARC_OK;
	if (!intake->queue) {
		read_batch(intake, 0, batch);
		return admit_batch(intake->packer, batch, error);
	}
	if (work_queue_is_full(intake->queue))
		status = admit_oldest(intake, error);
	if (status != NARC_OK)
		return status;
	work_queue_give(intake->queue, batch);
	intake->filling++;
	return NARC_OK;
}

/* A place for one more file of folder. */
static enum narc_status next_file(struct intake *intake, struct intake_folder *folder,
				  struct batch **batch, struct given_file **file,
				  struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	*batch = filling_batch(intake);
	if ((*batch)->count == BATCH_FILES || (*batch)->folder != folder)
		status = send_batch(intake, error);
	if (status != NARC_OK)
		return status;
	*batch = filling_batch(intake);
	if ((*batch)->count == 0) {
		(*batch)->folder = folder;
		(*batch)->excluded = intake->packer->excluded;
		if (folder)
			folder->users++;
	}
	*file = &(*batch)->files[(*batch)->count++];
	memset(*file, 0, sizeof(**file));
	return NARC_OK;
}

enum narc_status intake_give(struct intake *intake, struct intake_folder *folder,
			     enum narc_file_type type, const char *source, const char *stored,
			     struct narc_error *error)
{
	struct batch *batch;
	struct given_file *file;
	enum narc_status status = next_file(intake, folder, &batch, &file, error);

	if (status != NARC_OK)
		return status;
	file->type = type;
	file->source = arena_copy_text(&batch->texts, source, strlen(source));
	file->stored = arena_copy_text(&batch->texts, stored, strlen(stored));
	if (file->source && file->stored)
		return NARC_OK;
	batch->count--;
	return narc_fail_memory(error);
}

enum narc_status intake_skip(struct intake *intake, const char *source, const char *text,
			     struct narc_error *error)
{
	struct batch *batch;
	struct given_file *file;
	enum narc_status status =
		next_file(intake, filling_batch(intake)->folder, &batch, &file, error);

	if (status != NARC_OK)
		return status;
	file->source = arena_copy_text(&batch->texts, source, strlen(source));
	file->text = arena_copy_text(&batch->texts, text, strlen(text));
	file->state = FILE_SKIPPED;
	if (file->source && file->text)
		return NARC_OK;
	batch->count--;
	return narc_fail_memory(error);
}

enum narc_status intake_drain(struct intake *intake, struct narc_error *error)
{
	enum narc_status status = intake ? send_batch(intake, error) : NARC_OK;

	while (intake && status == NARC_OK && intake->queue && !work_queue_is_empty(intake->queue))
		status = admit_oldest(intake, error);
	return status;
}
