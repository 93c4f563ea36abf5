/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_repair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/cursor.h"
#include "support_check.h"
#include "support_rewrite.h"

/* ---- making ------------------------------------------------------------------------------- */

enum { POSTS = 220, LATER_POSTS = 40, NOISE_SIZE = 3000, NOISES = 300 };

/* Files that do not compress, among the posts of all days. */
static size_t make_noise(struct given_file *files, size_t noise)
{
	struct test_random random = { 71 };
	size_t count = noise / NOISE_SIZE;

	assert_true(count <= NOISES);
	for (size_t i = 0; i < count; i++) {
		uint8_t *content = malloc(NOISE_SIZE);
		char *path = malloc(40);

		for (size_t k = 0; k < NOISE_SIZE; k++)
			content[k] = (uint8_t)random_next(&random);
		snprintf(path, 40, "noise/%zu.bin", i);
		files[i] = given_text(path, "");
		files[i].content = content;
		files[i].size = NOISE_SIZE;
		files[i].entry.mtime_seconds = 1638316800 + (int64_t)i * 300;
	}
	return count;
}

static void free_noise(struct given_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free((void *)(uintptr_t)files[i].content);
		free((void *)(uintptr_t)files[i].entry.path);
	}
}

static struct narc_pack_options repair_options(unsigned parity)
{
	struct narc_pack_options options = living_options();

	options.parity = parity;
	return options;
}

struct packed make_plain_archive(unsigned parity, size_t noise)
{
	struct narc_pack_options options = repair_options(parity);
	struct made_posts posts = make_posts(POSTS, 72);
	struct given_file *files = calloc(POSTS + NOISES, sizeof(*files));
	size_t count = make_noise(files, noise);
	struct packed packed;

	memcpy(files + count, posts.files, POSTS * sizeof(*files));
	packed = pack_files(&options, files, count + POSTS);
	free_noise(files, count);
	free(files);
	made_posts_free(&posts);
	return packed;
}

/* Appends what replaces the archive. */
static void grow(struct packed *packed, struct narc_pack_options *options,
		 const struct given_file *files, size_t count)
{
	struct packed grown;

	options->time += 86400;
	options->parity = NARC_PARITY_AUTO;
	grown = append_files(packed, options, files, count);
	packed_free(packed);
	*packed = grown;
}

static void redact(struct packed *packed)
{
	struct packed redacted = rewrite_packed(REDACTING, packed, NULL).parts[0];

	packed_free(packed);
	*packed = redacted;
}

#define REDACTED_POST \
	"---\ndate: 2022-01-05\n---\nA name\n<http://a/?infoCode=" REDACTED_CODE ">\n"

struct packed make_redacted_archive(unsigned parity, size_t noise)
{
	struct narc_pack_options options = repair_options(parity);
	struct made_posts posts = make_posts(POSTS, 73), later = make_posts(LATER_POSTS, 74);
	struct given_file *files = calloc(POSTS + NOISES + LATER_POSTS + 4, sizeof(*files));
	size_t count = make_noise(files, noise), all = count;
	struct packed packed;

	memcpy(files + all, posts.files, POSTS * sizeof(*files));
	all += POSTS;
	files[all++] = given_text("_posts/r.md", REDACTED_POST);
	files[all++] = given_text(REDACTED_PATH, REDACTED_TEXT);
	files[all++] = given_text("old_post/moved.txt", "a note that is moved about");
	packed = pack_files(&options, files, all);
	files[all - 1].entry.path = "archive/moved.txt";
	grow(&packed, &options, files + all - 1, 1);
	redact(&packed);
	/* Some are rewritten, and some are new. */
	memcpy(files + all, later.files, LATER_POSTS * sizeof(*files));
	for (size_t i = 0; i < LATER_POSTS / 2; i++)
		files[all + i].entry.path = posts.files[i].entry.path;
	grow(&packed, &options, files + all, LATER_POSTS);
	free_noise(files, count);
	free(files);
	made_posts_free(&posts);
	made_posts_free(&later);
	return packed;
}

/* ---- repairing ---------------------------------------------------------------------------- */

enum narc_status try_to_repair(const void *data, size_t size, struct packed *repaired,
			       struct narc_repair_result *result, struct narc_error *error)
{
	struct narc_repair_options options;
	struct narc_source source;
	struct narc_sink sink;
	narc_repair *repair = NULL;
	enum narc_status status;

	*repaired = (struct packed){ 0 };
	memset(result, 0xee, sizeof(*result));
	narc_repair_options_init(&options);
	status = narc_memory_source(data, size, &source, error);
	if (status == NARC_OK)
		status = narc_repair_new(source, &options, &repair, result, error);
	if (status == NARC_OK)
		status = narc_memory_sink(&repaired->data, &repaired->size, &sink, error);
	if (status == NARC_OK)
		status = narc_repair_write(repair, sink, error);
	narc_repair_free(repair);
	return status;
}

static enum narc_status replace_by_repaired(const char *path, struct narc_repair_result *result,
					    struct narc_error *error)
{
	struct narc_repair_options options;
	struct narc_source source;
	struct narc_sink sink;
	narc_repair *repair = NULL;
	enum narc_status status = narc_file_source(path, &source, error);

	narc_repair_options_init(&options);
	if (status == NARC_OK)
		status = narc_repair_new(source, &options, &repair, result, error);
	if (status == NARC_OK)
		status = narc_file_sink(path, true, &sink, error);
	if (status == NARC_OK)
		status = narc_repair_write(repair, sink, error);
	narc_repair_free(repair);
	return status;
}

enum narc_status repair_file(const char *path, struct narc_repair_result *result,
			     struct narc_error *error)
{
	struct narc_sink lock;
	enum narc_status status = narc_append_sink(path, &lock, error);

	if (status != NARC_OK)
		return status;
	status = replace_by_repaired(path, result, error);
	lock.ops->close(lock.context);
	return status;
}

void assert_mended(const struct packed *whole, const void *data, size_t size)
{
	struct narc_repair_result result;
	struct packed repaired;
	struct narc_error error;

	ASSERT_OK(try_to_repair(data, size, &repaired, &result, &error), &error);
	assert_int_equal(result.outcome, NARC_REPAIR_MENDED);
	assert_int_equal(result.lost_rows, 0);
	assert_true(result.mended_size == result.damaged_size);
	assert_int_equal(repaired.size, whole->size);
	assert_true(memcmp(repaired.data, whole->data, whole->size) == 0);
	packed_free(&repaired);
}

/* ---- what an archive has ------------------------------------------------------------------ */

static char *print_tombstone(const narc_archive *archive, uint64_t row)
{
	struct narc_tombstone tombstone;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct narc_error error;

	ASSERT_OK(narc_archive_tombstone(archive, row, &tombstone, &error), &error);
	fprintf(out, "%lld %s ", (long long)tombstone.time, tombstone.reason);
	for (size_t i = 0; i < sizeof(tombstone.sha256); i++)
		fprintf(out, "%02x", tombstone.sha256[i]);
	fclose(out);
	return text;
}

/* All that is said of a row but its number and its tombstone. */
static char *print_row(const struct narc_record *record)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "%s|%s|%s|%d %d %d|%lld %d|%o|%lld.%u|%llu %016llx|%u|%u|%d", record->path,
		record->info_code, record->categories, record->kind, record->type,
		record->date_origin, (long long)record->local_time, record->zone_minutes,
		record->permissions, (long long)record->mtime_seconds, record->mtime_nanoseconds,
		(unsigned long long)record->size, (unsigned long long)record->hash,
		record->generation, record->version, record->is_redacted);
	fclose(out);
	return text;
}

static char *print_times(const narc_archive *archive)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int64_t time;

	for (uint32_t i = 1; narc_archive_generation_time(archive, i, &time, NULL) == NARC_OK; i++)
		fprintf(out, "%lld ", (long long)time);
	fclose(out);
	return text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct known_row *)a)->text, ((const struct known_row *)b)->text);
}

/* In the order of their numbers. */
static void know_rows(narc_archive *archive, struct known_rows *known)
{
	struct narc_filter all;
	struct narc_cursor *cursor;
	const struct narc_record *record;
	const void *content;
	struct narc_error error;

	narc_filter_init(&all);
	all.all_versions = all.with_redacted = true;
	cursor = open_cursor(archive, &all);
	known->rows = calloc((size_t)archive->trailer.rows, sizeof(*known->rows));
	known->count = (size_t)archive->trailer.rows;
	while ((record = next_record(cursor))) {
		struct known_row *row = &known->rows[record->row];
		const struct block_entry *entry = &cursor->readers[0]->block.entry;

		assert_null(row->text);
		row->path = strdup(record->path);
		row->text = print_row(record);
		if (record->is_redacted)
			row->tombstone = print_tombstone(archive, record->row);
		row->owner = record->owner;
		row->block = (struct extent){ entry->offset,
					      entry->frame_size + entry->section_size };
		if (!record->is_redacted)
			ASSERT_OK(narc_cursor_content(cursor, &content, &error), &error);
	}
	narc_cursor_close(cursor);
	known->times = print_times(archive);
	known->segment_count = archive->manifest.segment_count;
	known->known_in = calloc(known->segment_count + 1, sizeof(*known->known_in));
	memcpy(known->known_in, archive->manifest.segments,
	       known->segment_count * sizeof(*known->known_in));
	known->manifest = archive->trailer.manifest;
}

struct known_rows known_rows_of(const struct packed *packed)
{
	narc_archive *archive = open_packed(packed);
	struct known_rows known;

	know_rows(archive, &known);
	narc_archive_close(archive);
	return known;
}

void known_rows_free(struct known_rows *known)
{
	for (size_t i = 0; i < known->count; i++) {
		free(known->rows[i].path);
		free(known->rows[i].text);
		free(known->rows[i].tombstone);
	}
	free(known->rows);
	free(known->known_in);
	free(known->times);
}

static bool is_touched(const struct extent *block, struct extent lost)
{
	return block->offset < extent_end(lost) && lost.offset < extent_end(*block);
}

/* Generations keep their times, and redacted rows their tombstones. */
static void assert_index_is_saved(const struct known_rows *known, const struct known_rows *got,
				  struct extent lost)
{
	bool times_are_lost = false;

	for (size_t i = 0; i < known->segment_count; i++)
		times_are_lost = times_are_lost || is_touched(&known->known_in[i], lost);
	if (!times_are_lost && strncmp(got->times, known->times, strlen(got->times)) != 0)
		fail_msg("generation times: \"%s\", not \"%s\"", got->times, known->times);
	if (is_touched(&known->manifest, lost))
		return;
	for (size_t i = 0; i < known->count; i++) {
		const struct known_row *row = &known->rows[i];
		const struct known_row *found =
			bsearch(row, got->rows, got->count, sizeof(*row), by_text);

		if (found && row->tombstone)
			assert_string_equal(found->tombstone, row->tombstone);
	}
}

uint64_t assert_saved(const struct known_rows *known, const void *data, size_t size,
		      struct extent lost)
{
	struct narc_repair_result result;
	struct packed repaired;
	struct known_rows got;
	struct narc_error error;
	narc_archive *archive;
	size_t count;

	ASSERT_OK(try_to_repair(data, size, &repaired, &result, &error), &error);
	archive = open_packed(&repaired);
	assert_verifies(archive, archive->trailer.rows);
	know_rows(archive, &got);
	narc_archive_close(archive);
	packed_free(&repaired);
	count = got.count;
	assert_true(result.outcome != NARC_REPAIR_SAVED || result.rows == count);
	qsort(got.rows, got.count, sizeof(*got.rows), by_text);
	for (size_t i = 0; i < known->count; i++) {
		const struct known_row *row = &known->rows[i];
		bool is_there = bsearch(row, got.rows, got.count, sizeof(*row), by_text);

		count -= is_there;
		if (!is_there && !is_touched(&row->block, lost) &&
		    !is_touched(&known->rows[row->owner].block, lost))
			fail_msg("\"%s\" is lost, or changed", row->text);
	}
	/* Nothing is there that was not before. */
	assert_int_equal(count, 0);
	assert_index_is_saved(known, &got, lost);
	count = got.count;
	known_rows_free(&got);
	return count;
}
