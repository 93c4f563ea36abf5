/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_jobs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format/limits.h"
#include "support_check.h"
#include "support_folder.h"
#include "support_repair.h"

static const char archive_name[] = REWRITTEN_NAME ".narc";
static const char cut_name[] = "cut.narc", broken_name[] = "broken.narc";

const char *job_name(enum job job)
{
	static const char *const names[JOBS] = { "pack", "pack --force", "append", "append history",
						 "merge", "compact", "redact", "split",
						 "repair by parity", "repair without parity",
						 "extract", "export" };

	return names[job];
}

/* ---- the folder ---------------------------------------------------------------------------- */

/* An archive without its trailer, which its guard makes again, and one whose first post is lost. */
static void add_damaged(const struct workplace *place, const struct packed *living)
{
	narc_archive *archive = open_packed(living);
	uint8_t *broken = malloc(living->size);
	char path[TEST_PATH_SIZE];
	struct narc_info info;
	struct narc_error error;

	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	narc_archive_close(archive);
	test_path(path, place->folder, cut_name);
	test_file_write(path, living->data, living->size - TRAILER_SECTION_SIZE);
	memcpy(broken, living->data, living->size);
	memset(broken + info.blocks_offset, 0, 30);
	test_path(path, place->folder, broken_name);
	test_file_write(path, broken, living->size);
	free(broken);
}

struct workplace workplace_new(const struct packed *living)
{
	static const char *const texts[] = { "---\ndate: 2022-01-05\n---\nA post\n", "plain",
					     "another, which is a little longer", "" };
	static const struct timespec times[2] = { { .tv_sec = 1641352000 },
						  { .tv_sec = 1641352000 } };
	struct workplace place = { .folder = test_folder_new() };
	char path[TEST_PATH_SIZE], tree[TEST_PATH_SIZE];

	test_path(path, place.folder, archive_name);
	test_file_write(path, living->data, living->size);
	add_damaged(&place, living);
	test_path(tree, place.folder, "tree");
	assert_int_equal(mkdir(tree, 0777), 0);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		char name[16];

		snprintf(name, sizeof(name), "%zu.md", i);
		test_path(path, tree, name);
		test_file_write(path, texts[i], strlen(texts[i]));
		assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	}
	return place;
}

void workplace_remove(struct workplace *place)
{
	test_tree_remove(place->folder);
}

/* ---- packing and appending ----------------------------------------------------------------- */

static void note_skipped(void *context, enum narc_notice_kind kind, const char *path,
			 const char *text)
{
	struct workplace *place = context;

	(void)kind;
	(void)path;
	(void)text;
	place->has_told = true;
}

static enum narc_status new_job_packer(struct workplace *place, narc_packer **packer,
				       struct narc_error *error)
{
	struct narc_pack_options options = living_options();

	options.time += 100;
	options.memory = 1; /* all goes through temporary files */
	options.threads = 1;
	options.notice = note_skipped;
	options.notice_context = place;
	return narc_packer_new(&options, packer, error);
}

static enum narc_status add_tree(const struct workplace *place, narc_packer *packer,
				 struct narc_error *error)
{
	char tree[TEST_PATH_SIZE];

	test_path(tree, place->folder, "tree");
	return narc_packer_add_tree(packer, tree, error);
}

static enum narc_status pack(struct workplace *place, const char *name, struct narc_error *error)
{
	narc_packer *packer = NULL;
	struct narc_sink sink;
	char path[TEST_PATH_SIZE];
	enum narc_status status = new_job_packer(place, &packer, error);

	test_path(path, place->folder, name);
	if (status == NARC_OK)
		status = add_tree(place, packer, error);
	if (status == NARC_OK)
		status = narc_file_sink(path, strcmp(name, archive_name) == 0, &sink, error);
	if (status == NARC_OK)
		status = narc_packer_commit(packer, sink, NULL, error);
	narc_packer_free(packer);
	return status;
}

static enum narc_status open_file(const char *path, narc_archive **archive,
				  struct narc_error *error)
{
	struct narc_source source;
	enum narc_status status = narc_file_source(path, &source, error);

	return status == NARC_OK ? narc_archive_open(source, archive, error) : status;
}

/* A narc_has_path_fn. */
static enum narc_status has_no_path(void *context, const char *path, bool *has_path,
				    struct narc_error *error)
{
	(void)context;
	(void)path;
	(void)error;
	*has_path = false;
	return NARC_OK;
}

/* Adds states of two files, each of a generation of its own. */
static enum narc_status add_history(narc_packer *packer, struct narc_error *error)
{
	static const struct {
		const char *path, *content;
	} states[] = { { "a.md", "first" }, { "a.md", "second" }, { "b.md", "second" },
		       { "a.md", "third" } };
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < COUNT_OF(states) && status == NARC_OK; i++) {
		const struct narc_entry entry = { .path = states[i].path, .permissions = 0644 };

		status = narc_packer_begin_generation(packer, (int64_t)i, has_no_path, NULL, error);
		if (status == NARC_OK)
			status = narc_packer_add(packer, &entry, states[i].content,
						 strlen(states[i].content), error);
	}
	return status;
}

static enum narc_status append(struct workplace *place, const char *path, bool is_history,
			       struct narc_error *error)
{
	narc_packer *packer = NULL;
	narc_archive *archive = NULL;
	struct narc_sink sink;
	enum narc_status status = narc_append_sink(path, &sink, error);

	if (status != NARC_OK)
		return status;
	status = open_file(path, &archive, error);
	if (status == NARC_OK)
		status = new_job_packer(place, &packer, error);
	if (status == NARC_OK)
		status = narc_packer_append_to(packer, archive, error);
	if (status == NARC_OK)
		status = is_history ? add_history(packer, error) : add_tree(place, packer, error);
	if (status == NARC_OK)
		status = narc_packer_commit(packer, sink, NULL, error);
	else
		sink.ops->close(sink.context);
	narc_packer_free(packer);
	narc_archive_close(archive);
	return status;
}

/* ---- repairing ----------------------------------------------------------------------------- */

static enum narc_status repair(const struct workplace *place, const char *name,
			       enum narc_repair_outcome wanted, struct narc_error *error)
{
	struct narc_repair_result result;
	char path[TEST_PATH_SIZE];
	enum narc_status status;

	test_path(path, place->folder, name);
	status = repair_file(path, &result, error);
	assert_true(status != NARC_OK || result.outcome == wanted);
	return status;
}

/* ---- taking out ---------------------------------------------------------------------------- */

/* The first of the records that could not be written. */
static bool note_failed(void *context, const struct narc_error *failure)
{
	struct narc_error *error = context;

	if (error->status == NARC_OK)
		*error = *failure;
	return true;
}

static enum narc_status extract(const struct workplace *place, narc_archive *archive,
				struct narc_error *error)
{
	struct narc_error failure = { .status = NARC_OK };
	const struct narc_extract_options options = { .threads = 1, .failed = note_failed,
						      .context = &failure };
	struct narc_extract_result result;
	narc_folder *folder = NULL;
	char path[TEST_PATH_SIZE];
	enum narc_status status;

	test_path(path, place->folder, "out");
	status = narc_folder_open(path, &folder, error);
	if (status == NARC_OK)
		status = narc_folder_write_all(folder, archive, NULL, &options, &result, error);
	narc_folder_close(folder);
	if (status != NARC_OK)
		return status;
	assert_int_equal(result.failed != 0, failure.status != NARC_OK);
	if (result.failed)
		*error = failure;
	return failure.status;
}

static enum narc_status export(const struct workplace *place, narc_archive *archive,
			       struct narc_error *error)
{
#ifdef WITH_EXCHANGE
	const struct narc_export_options options = { .threads = 1 };
	struct narc_sink sink;
	char path[TEST_PATH_SIZE];
	enum narc_status status;

	test_path(path, place->folder, "out.tar");
	status = narc_file_sink(path, true, &sink, error);
	if (status != NARC_OK)
		return status;
	status = narc_export_archive(archive, NULL, "pax", &options, sink, error);
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	if (status == NARC_OK)
		status = sink.ops->publish(sink.context, error);
	sink.ops->close(sink.context);
	return status;
#else
	(void)place;
	(void)archive;
	(void)error;
	return NARC_OK;
#endif
}

/* ---- all of them --------------------------------------------------------------------------- */

static enum narc_status do_with_archive(struct workplace *place, enum job job,
					narc_archive *archive, struct narc_error *error)
{
	struct rewritten rewritten = { .folder = place->folder, .memory = 1 };

	switch (job) {
	case JOB_MERGE:
		return rewrite(MERGING, archive, archive, &rewritten, error);
	case JOB_COMPACT:
		return rewrite(COMPACTING, archive, NULL, &rewritten, error);
	case JOB_REDACT:
		return rewrite(REDACTING, archive, NULL, &rewritten, error);
	case JOB_SPLIT:
		return rewrite(SPLITTING, archive, NULL, &rewritten, error);
	case JOB_EXTRACT:
		return extract(place, archive, error);
	default:
		return export(place, archive, error);
	}
}

enum narc_status workplace_do(struct workplace *place, enum job job, struct narc_error *error)
{
	narc_archive *archive = NULL;
	char path[TEST_PATH_SIZE];
	enum narc_status status;

	test_path(path, place->folder, archive_name);
	if (job == JOB_PACK)
		return pack(place, "new.narc", error);
	if (job == JOB_PACK_OVER)
		return pack(place, archive_name, error);
	if (job == JOB_APPEND || job == JOB_APPEND_HISTORY)
		return append(place, path, job == JOB_APPEND_HISTORY, error);
	if (job == JOB_MEND)
		return repair(place, cut_name, NARC_REPAIR_MENDED, error);
	if (job == JOB_SAVE)
		return repair(place, broken_name, NARC_REPAIR_SAVED, error);
	status = open_file(path, &archive, error);
	if (status == NARC_OK)
		status = do_with_archive(place, job, archive, error);
	narc_archive_close(archive);
	return status;
}

/* ---- what a folder holds ------------------------------------------------------------------- */

static void take_below(struct snapshot *snapshot, const char *root, const char *folder)
{
	DIR *open = opendir(folder);
	struct dirent *entry;

	assert_non_null(open);
	while ((entry = readdir(open))) {
		struct snapshot_file *file = &snapshot->files[snapshot->count];
		char path[TEST_PATH_SIZE];
		struct stat about;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		test_path(path, folder, entry->d_name);
		assert_int_equal(lstat(path, &about), 0);
		if (S_ISDIR(about.st_mode)) {
			take_below(snapshot, root, path);
			continue;
		}
		assert_true(++snapshot->count < COUNT_OF(snapshot->files));
		file->path = strdup(path + strlen(root) + 1);
		file->data = test_file_read(path, &file->size);
		assert_non_null(file->data);
	}
	closedir(open);
}

void snapshot_take(struct snapshot *snapshot, const char *folder)
{
	snapshot->count = 0;
	take_below(snapshot, folder, folder);
}

void snapshot_free(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		free(snapshot->files[i].path);
		free(snapshot->files[i].data);
	}
}

const struct snapshot_file *snapshot_find(const struct snapshot *snapshot, const char *path)
{
	for (size_t i = 0; i < snapshot->count; i++)
		if (strcmp(snapshot->files[i].path, path) == 0)
			return &snapshot->files[i];
	return NULL;
}

bool snapshot_has(const struct snapshot *snapshot, const struct snapshot_file *file)
{
	const struct snapshot_file *found = snapshot_find(snapshot, file->path);

	return found && found->size == file->size &&
	       memcmp(found->data, file->data, file->size) == 0;
}
