/* SPDX-License-Identifier: BSD-2-Clause */
/* Redacting, merging, compacting and splitting archives, in memory. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack/rewrite.h"
#include "read/locate.h"
#include "support_folder.h"
#include "support_rewrite.h"

static struct narc_info info_of(const struct packed *packed)
{
	narc_archive *archive = open_packed(packed);
	struct narc_info info;
	struct narc_error error;

	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	assert_verifies(archive, info.rows);
	narc_archive_close(archive);
	return info;
}

static bool has_key(const struct packed *packed, const char *key, bool all_versions)
{
	narc_archive *archive = open_packed(packed);
	struct narc_filter filter;
	narc_cursor *cursor;
	bool found;

	narc_filter_init(&filter);
	filter.all_versions = all_versions;
	cursor = open_cursor(archive, &filter);
	found = find_record(cursor, key) != NULL;
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	return found;
}

/* A walk over all states of an archive's files. */
struct walk {
	narc_archive *archive;
	narc_cursor *cursor;
	const struct narc_record *record;
	const void *content;
};

static struct walk begin_walk(const struct packed *packed)
{
	struct walk walk = { .archive = open_packed(packed) };
	struct narc_filter filter;

	narc_filter_init(&filter);
	filter.all_versions = true;
	walk.cursor = open_cursor(walk.archive, &filter);
	return walk;
}

static bool step(struct walk *walk)
{
	struct narc_error error;

	walk->record = next_record(walk->cursor);
	if (walk->record)
		ASSERT_OK(narc_cursor_content(walk->cursor, &walk->content, &error), &error);
	return walk->record != NULL;
}

static void end_walk(struct walk *walk)
{
	narc_cursor_close(walk->cursor);
	narc_archive_close(walk->archive);
}

static bool has_redacted_key(const struct narc_record *record)
{
	return strcmp(record->info_code, REDACTED_CODE) == 0 ||
	       strcmp(record->path, REDACTED_PATH) == 0;
}

static void assert_same_state(const struct walk *one, const struct walk *two)
{
	assert_string_equal(one->record->path, two->record->path);
	assert_true(one->record->local_time == two->record->local_time);
	assert_int_equal(one->record->generation, two->record->generation);
	assert_int_equal(one->record->version, two->record->version);
	assert_true(one->record->size == two->record->size);
	assert_memory_equal(one->content, two->content, one->record->size);
}

/* ---- redaction ---------------------------------------------------------------------------- */

TEST(a_redacted_key_is_not_found_in_any_version_and_all_else_stays_as_it_was)
{
	struct packed living = make_living_archive();
	struct rewritten rewritten = rewrite_packed(REDACTING, &living, NULL);
	struct walk before = begin_walk(&living), after = begin_walk(&rewritten.parts[0]);
	size_t gone = 0;

	assert_int_equal(rewritten.redacted.rows, 3);
	assert_false(has_key(&rewritten.parts[0], REDACTED_CODE, true));
	assert_false(has_key(&rewritten.parts[0], REDACTED_PATH, true));
	while (step(&before)) {
		if (has_redacted_key(before.record)) {
			gone++;
			continue;
		}
		assert_true(step(&after));
		assert_same_state(&before, &after);
	}
	assert_false(step(&after));
	assert_int_equal(gone, 3);
	end_walk(&before);
	end_walk(&after);
	assert_int_equal(info_of(&rewritten.parts[0]).tombstones, 3);
	packed_free(&living);
	rewritten_free(&rewritten);
}

TEST(older_versions_can_be_kept)
{
	struct packed living = make_living_archive();
	struct rewritten rewritten = rewrite_packed(REDACTING_CURRENT, &living, NULL);

	assert_int_equal(rewritten.redacted.rows, 2);
	assert_false(has_key(&rewritten.parts[0], REDACTED_CODE, false));
	assert_true(has_key(&rewritten.parts[0], REDACTED_CODE, true));
	packed_free(&living);
	rewritten_free(&rewritten);
}

TEST(a_tombstone_says_when_and_why_and_has_the_hash_of_what_was_there)
{
	/* As sha256sum prints it. */
	static const uint8_t sha256[] = {
		0x63, 0x00, 0x36, 0xb1, 0xfc, 0x2e, 0x43, 0x92, 0x70, 0xac, 0x0f, 0x8a,
		0x44, 0x52, 0x75, 0x28, 0xa4, 0x54, 0x52, 0xd3, 0x9c, 0x69, 0x27, 0x56,
		0x2a, 0x8a, 0xb7, 0x3b, 0x23, 0x67, 0x1a, 0xe3
	};
	struct packed living = make_living_archive();
	struct rewritten rewritten = rewrite_packed(REDACTING, &living, NULL);
	narc_archive *archive = open_packed(&rewritten.parts[0]);
	const uint64_t rows = info_of(&living).rows;
	uint64_t tombstones = 0, with_hash = 0;

	for (uint64_t row = 0; row < rows; row++) {
		struct narc_tombstone tombstone;
		struct narc_error error;

		if (narc_archive_tombstone(archive, row, &tombstone, &error) == NARC_NOT_FOUND)
			continue;
		assert_string_equal(tombstone.reason, REASON);
		assert_true(tombstone.time == 1800000000);
		with_hash += memcmp(tombstone.sha256, sha256, sizeof(sha256)) == 0;
		tombstones++;
	}
	assert_int_equal(tombstones, 3);
	assert_int_equal(with_hash, 1);
	narc_archive_close(archive);
	packed_free(&living);
	rewritten_free(&rewritten);
}

/* How many rows are appended with a file that was redacted. */
static uint64_t append_redacted(const struct packed *base, bool with_another_hash)
{
	const struct given_file file = given_text(REDACTED_PATH, REDACTED_TEXT);
	narc_archive *archive = open_packed(base);
	narc_packer *packer = new_appender(NULL, archive);
	struct packed packed = { NULL, 0, { 0 } };
	struct narc_pack_result result;
	struct narc_error error;

	for (size_t i = 0; i < archive->manifest.tombstone_count && with_another_hash; i++)
		archive->manifest.tombstones[i].digest[31] ^= 1;
	ASSERT_OK(narc_packer_add(packer, &file.entry, file.content, file.size, &error), &error);
	ASSERT_OK(narc_packer_commit(packer, sink_over(base, &packed), &result, &error), &error);
	narc_packer_free(packer);
	narc_archive_close(archive);
	packed_free(&packed);
	return result.rows;
}

TEST(what_was_redacted_is_not_appended_but_another_content_of_its_short_hash_is)
{
	struct packed living = make_living_archive();
	struct rewritten rewritten = rewrite_packed(REDACTING, &living, NULL);

	assert_int_equal(append_redacted(&rewritten.parts[0], false), 0);
	assert_int_equal(append_redacted(&rewritten.parts[0], true), 1);
	packed_free(&living);
	rewritten_free(&rewritten);
}

TEST(a_redacted_file_that_comes_again_stays_out)
{
	const struct given_file again = given_text(REDACTED_PATH, REDACTED_TEXT);
	struct narc_pack_options options = living_options();
	struct packed living = make_living_archive();
	struct rewritten rewritten = rewrite_packed(REDACTING, &living, NULL);
	struct packed appended = append_files(&rewritten.parts[0], &options, &again, 1);

	assert_true(appended.result.rows == 0);
	packed_free(&appended);
	packed_free(&living);
	rewritten_free(&rewritten);
}

TEST(a_key_that_is_not_there_ends_a_redaction)
{
	static const char *const keys[] = { REDACTED_PATH, "nothing" };
	struct packed living = make_living_archive();
	narc_archive *archive = open_packed(&living);
	struct packed packed = { NULL, 0, { 0 } };
	struct narc_redact_options options;
	struct narc_redact_result result;
	struct narc_sink sink;
	struct narc_error error;

	narc_redact_options_init(&options);
	options.keys = keys;
	options.key_count = COUNT_OF(keys);
	options.reason = REASON;
	ASSERT_OK(narc_memory_sink(&packed.data, &packed.size, &sink, &error), &error);
	ASSERT_STATUS(narc_archive_redact(archive, &options, sink, &result, &error),
		      NARC_NOT_FOUND, &error);
	assert_string_equal(error.path, "nothing");
	assert_null(packed.data);
	narc_archive_close(archive);
	packed_free(&living);
}

/* Files with a secret that no others have, and which a dictionary is trained on; and one that is
 * too large for memory, compressed with the same dictionary. */
enum { SECRETS = 60, LARGE_SIZE = (64 << 20) + 1 };

static const char secret_text[] = "The name of the witness is Harald Emil Quistgaard-Rosenvinge, of "
				  "Brogade 17 in the town of Svaneke, and he was born in 1961. ";

struct secrets {
	char texts[SECRETS][512];
	char paths[SECRETS][16];
	const char *keys[SECRETS];
	struct given_file files[SECRETS + 1];
	char *large;
};

static struct packed pack_secrets(struct secrets *secrets)
{
	struct narc_pack_options options = living_options();
	struct test_random random = { 17 };

	for (size_t i = 0; i < SECRETS; i++) {
		snprintf(secrets->texts[i], sizeof(secrets->texts[i]), "%x %s%x%x %s%x",
			 (unsigned)random_next(&random), secret_text,
			 (unsigned)random_next(&random), (unsigned)random_next(&random),
			 secret_text, (unsigned)random_next(&random));
		snprintf(secrets->paths[i], sizeof(secrets->paths[i]), "secret-%zu", i);
		secrets->keys[i] = secrets->paths[i];
		secrets->files[i] = given_text(secrets->paths[i], secrets->texts[i]);
	}
	secrets->large = test_malloc(LARGE_SIZE);
	memset(secrets->large, 'x', LARGE_SIZE);
	secrets->files[SECRETS] = given_text("large", "");
	secrets->files[SECRETS].content = secrets->large;
	secrets->files[SECRETS].size = LARGE_SIZE;
	return pack_files(&options, secrets->files, SECRETS + 1);
}

static enum narc_status redact_secrets(const struct secrets *secrets, const struct packed *packed,
				       struct packed *redacted, struct narc_redact_result *result,
				       struct narc_error *error)
{
	narc_archive *archive = open_packed(packed);
	struct narc_redact_options options;
	struct narc_sink sink;
	enum narc_status status;

	narc_redact_options_init(&options);
	options.keys = secrets->keys;
	options.key_count = SECRETS;
	options.reason = REASON;
	options.level = 1;
	ASSERT_OK(narc_memory_sink(&redacted->data, &redacted->size, &sink, error), error);
	status = narc_archive_redact(archive, &options, sink, result, error);
	narc_archive_close(archive);
	return status;
}

TEST(what_is_too_large_for_memory_is_compressed_anew_where_its_dictionary_changes)
{
	static struct secrets secrets;
	struct packed packed = pack_secrets(&secrets), redacted = { NULL, 0, { 0 } };
	struct narc_redact_result result;
	struct narc_error error = { 0 };
	narc_archive *archive;

	ASSERT_OK(redact_secrets(&secrets, &packed, &redacted, &result, &error), &error);
	assert_true(result.scrubbed_size > 24);
	archive = open_packed(&redacted);
	assert_verifies(archive, SECRETS + 1);
	narc_archive_close(archive);
	packed_free(&packed);
	packed_free(&redacted);
	test_free(secrets.large);
}

TEST(a_disk_that_is_full_of_what_is_too_large_for_memory_is_told)
{
	static struct secrets secrets;
	struct packed packed = pack_secrets(&secrets), redacted = { NULL, 0, { 0 } };
	struct narc_redact_result result;
	struct narc_error error = { 0 };
	enum narc_status status;

	test_limit_file_size(32 << 20);
	status = redact_secrets(&secrets, &packed, &redacted, &result, &error);
	test_limit_file_size(TEST_NO_LIMIT);
	ASSERT_STATUS(status, NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	assert_null(redacted.data);
	packed_free(&packed);
	test_free(secrets.large);
}

/* ---- merging, compacting and splitting ---------------------------------------------------- */

TEST(compacting_keeps_all_states_and_has_one_segment)
{
	struct packed living = make_living_archive();
	struct rewritten rewritten = rewrite_packed(COMPACTING, &living, NULL);
	struct walk before = begin_walk(&living), after = begin_walk(&rewritten.parts[0]);

	while (step(&before)) {
		assert_true(step(&after));
		assert_same_state(&before, &after);
	}
	assert_false(step(&after));
	end_walk(&before);
	end_walk(&after);
	assert_int_equal(info_of(&rewritten.parts[0]).segments, 1);
	packed_free(&living);
	rewritten_free(&rewritten);
}

TEST(merging_keeps_the_rows_of_all_and_the_newest_state_of_a_path_is_current)
{
	const struct given_file later[] = { given_text("copy.txt", "came later"),
					    given_text("own.txt", "own") };
	struct narc_pack_options options = living_options();
	struct packed living = make_living_archive(), other, *part;
	struct rewritten rewritten;

	options.time += 100;
	other = pack_files(&options, later, COUNT_OF(later));
	rewritten = rewrite_packed(MERGING, &living, &other);
	part = &rewritten.parts[0];
	assert_int_equal(info_of(part).rows, info_of(&living).rows + 2);
	assert_int_equal(info_of(part).current_rows, info_of(&living).current_rows + 1);
	assert_true(has_key(part, "own.txt", false));
	assert_true(has_key(part, "archive/moved.txt", false));
	assert_false(has_key(part, "old_post/moved.txt", false));
	packed_free(&living);
	packed_free(&other);
	rewritten_free(&rewritten);
}

TEST(the_parts_of_a_split_have_all_rows_and_merge_to_the_whole)
{
	struct packed living = make_living_archive();
	struct rewritten parts = rewrite_packed(SPLITTING, &living, NULL), whole;
	uint64_t rows = 0;

	assert_true(parts.count > 1);
	for (size_t i = 0; i < parts.count; i++)
		rows += info_of(&parts.parts[i]).rows;
	assert_int_equal(rows, info_of(&living).rows);
	whole = rewrite_packed(MERGING, &parts.parts[0], &parts.parts[1]);
	assert_int_equal(info_of(&whole.parts[0]).rows,
			 info_of(&parts.parts[0]).rows + info_of(&parts.parts[1]).rows);
	packed_free(&living);
	rewritten_free(&parts);
	rewritten_free(&whole);
}

/* Splits by month what is made of two archives that have one file in states of two months, one
 * of them written later. */
static void assert_split_keeps_states_together(bool first_is_later)
{
	struct given_file january = given_text("page", "---\ndate: 2022-01-05\n---\nA page\n"),
			  march = given_text("page", "---\ndate: 2022-03-05\n---\nThe page\n");
	struct packed one, other;
	struct rewritten whole, parts;

	january.entry.mtime_seconds = 1700000000 + first_is_later;
	march.entry.mtime_seconds = 1700000000 + !first_is_later;
	one = pack_files(NULL, &january, 1);
	other = pack_files(NULL, &march, 1);
	whole = rewrite_packed(MERGING, &one, &other);
	assert_int_equal(info_of(&whole.parts[0]).current_rows, 1);
	parts = rewrite_packed(SPLITTING, &whole.parts[0], NULL);
	assert_int_equal(parts.count, 1);
	assert_int_equal(info_of(&parts.parts[0]).rows, 2);
	assert_int_equal(info_of(&parts.parts[0]).current_rows, 1);
	packed_free(&one);
	packed_free(&other);
	rewritten_free(&whole);
	rewritten_free(&parts);
}

TEST(states_of_a_file_stay_together_when_split_where_only_its_path_links_them)
{
	assert_split_keeps_states_together(false);
	assert_split_keeps_states_together(true);
}

/* ---- what goes wrong ---------------------------------------------------------------------- */

/* Rewrites with a call that fails; false if there are not so many. */
static bool rewrite_with(enum rewriting rewriting, const struct packed *living, enum io_call call,
			 uint64_t number)
{
	struct faulty_io io;
	struct rewritten rewritten = { .io = &io };
	narc_archive *archive, *other = open_packed(living);
	struct narc_error error = { 0 };
	enum narc_status status;

	faulty_io_init(&io);
	ASSERT_OK(narc_archive_open(faulty_memory_source(&io, living->data, living->size),
				    &archive, &error),
		  &error);
	faulty_io_fail(&io, call, number, number % 2 ? NARC_IO : NARC_NOMEM);
	status = rewrite(rewriting, archive, other, &rewritten, &error);
	narc_archive_close(archive);
	narc_archive_close(other);
	assert_int_equal(io.opened, 0);
	assert_int_equal(status == NARC_OK, !io.has_failed);
	if (status != NARC_OK)
		assert_fault_is_told(&io, &error);
	/* What was published before is whole; what was not is not there. */
	for (size_t i = 0; i < rewritten.count; i++)
		if (rewritten.parts[i].data)
			info_of(&rewritten.parts[i]);
	if (status != NARC_OK && rewriting != SPLITTING)
		assert_null(rewritten.parts[0].data);
	rewritten_free(&rewritten);
	return io.has_failed;
}

TEST(rewriting_fails_with_what_reading_and_writing_fail_with)
{
	static const enum io_call calls[] = { IO_SOURCE_READ, IO_SINK_APPEND, IO_SINK_SYNC,
					      IO_SINK_PUBLISH };
	struct packed living = make_living_archive();

	for (enum rewriting i = 0; i < REWRITINGS; i++)
		for (size_t call = 0; call < COUNT_OF(calls); call++) {
			uint64_t number = 1;

			while (rewrite_with(i, &living, calls[call], number))
				number++;
			assert_true(number > 1);
		}
	packed_free(&living);
}

/* ---- damaged data frames ------------------------------------------------------------------- */

enum { FRAMES = 200 };

/* Where the data frames of an archive stand. */
static size_t find_frames(const struct packed *packed, struct extent frames[FRAMES])
{
	narc_archive *archive = open_packed(packed);
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	struct locator locator;
	size_t count = 0;

	locator_init(&locator, archive, decompressor);
	for (uint64_t i = 0; i < archive->trailer.blocks; i++) {
		struct block_entry entry;
		struct narc_error error;

		ASSERT_OK(locate_block(&locator, i, &entry, &error), &error);
		assert_true(count < FRAMES);
		if (entry.frame_size)
			frames[count++] = (struct extent){ entry.offset, entry.frame_size };
	}
	locator_free(&locator);
	ZSTD_freeDCtx(decompressor);
	narc_archive_close(archive);
	return count;
}

/* Rewrites what is damaged in a data frame. Where all that is needed of it decodes as it did, what
 * comes of it is what came of it before; else the damage is told, and nothing is written. */
static void assert_damage_is_not_copied(enum rewriting rewriting, const struct packed *damaged,
					const struct extent *frame,
					const struct rewritten *wanted)
{
	narc_archive *archive = open_packed(damaged), *other = open_packed(damaged);
	struct rewritten rewritten = { .count = 0 };
	struct narc_error error = { 0 };
	enum narc_status status = rewrite(rewriting, archive, other, &rewritten, &error);
	bool copies_only = rewriting != REDACTING && rewriting != REDACTING_CURRENT;

	if (status != NARC_OK || copies_only) {
		ASSERT_STATUS(status, NARC_CORRUPT, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
		assert_true(error.offset == frame->offset);
	}
	for (size_t i = 0; i < rewritten.count; i++) {
		const struct packed *part = &rewritten.parts[i];

		assert_true(!part->data == (status != NARC_OK));
		assert_true(!part->data || (part->size == wanted->parts[i].size &&
					    memcmp(part->data, wanted->parts[i].data,
						   part->size) == 0));
	}
	rewritten_free(&rewritten);
	narc_archive_close(archive);
	narc_archive_close(other);
}

TEST(a_damaged_data_frame_is_never_copied)
{
	struct packed living = make_living_archive();
	struct extent frames[FRAMES];
	size_t count = find_frames(&living, frames);

	assert_true(count > 5);
	for (enum rewriting i = 0; i < REWRITINGS; i++) {
		struct rewritten wanted = rewrite_packed(i, &living, &living);

		for (size_t k = 0; k < 3 * count; k++) {
			const struct extent *frame = &frames[k / 3];
			/* At its start, amid it, and in its checksum. */
			size_t places[] = { 0, (size_t)frame->size / 2, (size_t)frame->size - 1 };
			uint8_t *byte = (uint8_t *)living.data + frame->offset + places[k % 3];

			*byte ^= 4;
			assert_damage_is_not_copied(i, &living, frame, &wanted);
			*byte ^= 4;
		}
		rewritten_free(&wanted);
	}
	packed_free(&living);
}

TEST(a_damaged_data_frame_that_is_copied_piece_by_piece_is_told)
{
	enum { SIZE = 5 << 20 };
	struct given_file file = given_text("large", "");
	struct test_random random = { 61 };
	uint8_t *content = malloc(SIZE);
	struct extent frames[FRAMES];
	struct rewritten wanted;
	struct packed packed;

	for (size_t i = 0; i < SIZE; i++)
		content[i] = (uint8_t)random_next(&random);
	file.content = content;
	file.size = SIZE;
	packed = pack_files(NULL, &file, 1);
	assert_int_equal(find_frames(&packed, frames), 1);
	wanted = rewrite_packed(MERGING, &packed, NULL);
	for (size_t place = 0; place < frames[0].size; place += (size_t)frames[0].size / 4) {
		uint8_t *byte = (uint8_t *)packed.data + frames[0].offset + place;

		*byte ^= 1;
		assert_damage_is_not_copied(MERGING, &packed, &frames[0], &wanted);
		assert_damage_is_not_copied(SPLITTING, &packed, &frames[0], &wanted);
		*byte ^= 1;
	}
	rewritten_free(&wanted);
	packed_free(&packed);
	free(content);
}

TEST(of_several_archives_the_damaged_one_is_named)
{
	static const char *const names[] = { "first", "second" };
	struct packed living = make_living_archive(), damaged = make_living_archive();
	narc_archive *archives[2];
	struct narc_merge_options options;
	struct packed merged = { NULL, 0, { 0 } };
	struct narc_error error = { 0 };
	struct extent frames[FRAMES];
	struct narc_sink sink;

	assert_true(find_frames(&damaged, frames) > 1);
	((uint8_t *)damaged.data)[frames[1].offset + 20] ^= 1;
	narc_merge_options_init(&options);
	for (size_t turn = 0; turn < 2; turn++) {
		options.names = turn ? names : NULL;
		archives[0] = open_packed(&living);
		archives[1] = open_packed(&damaged);
		ASSERT_OK(narc_memory_sink(&merged.data, &merged.size, &sink, &error), &error);
		ASSERT_STATUS(narc_archives_merge(archives, 2, &options, sink, &error),
			      NARC_CORRUPT, &error);
		assert_string_equal(error.path, turn ? "second" : "");
		for (size_t i = 0; i < 2; i++)
			narc_archive_close(archives[i]);
		assert_null(merged.data);
	}
	packed_free(&living);
	packed_free(&damaged);
}

/* ---- names that runs share ----------------------------------------------------------------- */

#define SECRET_CATEGORY "what-nobody-may-know"

/* An edit_block_fn: what comes is of the second generation, behind rows that are there. */
static enum narc_status put_behind(void *context, struct fetched_block *block,
				   struct block_job *job, enum block_edit *edit,
				   struct narc_error *error)
{
	const uint64_t *before = context;

	(void)block;
	(void)error;
	*edit = BLOCK_ROWS_CHANGE;
	job->facts.first_row += *before;
	for (uint32_t i = 0; i < job->facts.row_count; i++) {
		struct narc_record *record = &job->rows[i].record;

		record->row += *before;
		record->owner += *before;
		record->generation += *before > 0;
	}
	return NARC_OK;
}

/* An archive of two runs, of a generation each, that have the names of the first. */
static struct packed share_names(const struct packed *first, const struct packed *second)
{
	struct progress progress = { 0 };
	const struct rewrite_options options = { 1, 1 << 20, "/tmp", &progress };
	const int64_t times[] = { 1700000000, 1700000001 };
	narc_archive *archives[] = { open_packed(first), open_packed(second) };
	struct packed shared = { 0 };
	struct rewriter rewriter;
	struct narc_sink sink;
	struct narc_error error;

	ASSERT_OK(narc_memory_sink(&shared.data, &shared.size, &sink, &error), &error);
	ASSERT_OK(rewriter_init(&rewriter, sink, &options, &error), &error);
	rewriter_set_archive(&rewriter, archives[0]);
	ASSERT_OK(rewriter_load_names(&rewriter, archives[0]->runs[0].run, &error), &error);
	ASSERT_OK(rewriter_begin(&rewriter, 2, times, 2, &error), &error);
	for (size_t i = 0; i < 2; i++) {
		uint64_t before = rewriter.writer.trailer.rows;

		rewriter_set_archive(&rewriter, archives[i]);
		ASSERT_OK(rewriter_copy_run(&rewriter, &archives[i]->runs[0], put_behind, &before,
					    &error),
			  &error);
	}
	ASSERT_OK(rewriter_commit(&rewriter, &error), &error);
	rewriter_free(&rewriter);
	sink.ops->close(sink.context);
	for (size_t i = 0; i < 2; i++)
		narc_archive_close(archives[i]);
	return shared;
}

static bool has_name(narc_archive *archive, const char *text)
{
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	bool has = false;

	for (size_t i = 0; i < archive->run_count; i++) {
		const struct names *names;
		struct narc_error error;

		ASSERT_OK(archive_names(archive, &archive->runs[i], decompressor, &names, &error),
			  &error);
		for (uint32_t k = 0; k < names->count; k++)
			has = has || strcmp(names->names[k].bytes, text) == 0;
	}
	ZSTD_freeDCtx(decompressor);
	return has;
}

TEST(a_name_that_only_what_goes_had_goes_from_the_names_that_runs_share)
{
	static const char secret[] = "---\ndate: 2022-01-05\ncategories: " SECRET_CATEGORY
				     "\n---\n<http://a/?infoCode=" REDACTED_CODE ">\n";
	const struct given_file files[] = { given_text("_posts/a.md", secret),
					    given_text("_posts/b.md", secret),
					    given_text(REDACTED_PATH, REDACTED_TEXT) };
	const struct given_file other = given_text("c", "of the second");
	struct packed first = pack_files(NULL, files, COUNT_OF(files));
	struct packed second = pack_files(NULL, &other, 1);
	struct packed shared = share_names(&first, &second);
	struct rewritten redacted;
	narc_archive *archive = open_packed(&shared);

	assert_verifies(archive, 4);
	assert_int_equal(archive->run_count, 2);
	assert_ptr_equal(archive->runs[0].names, archive->runs[1].names);
	assert_true(has_name(archive, SECRET_CATEGORY));
	narc_archive_close(archive);
	redacted = rewrite_packed(REDACTING, &shared, NULL);
	archive = open_packed(&redacted.parts[0]);
	assert_verifies(archive, 4);
	assert_false(has_name(archive, SECRET_CATEGORY));
	narc_archive_close(archive);
	rewritten_free(&redacted);
	packed_free(&shared);
	packed_free(&first);
	packed_free(&second);
}

TEST(more_runs_than_an_archive_may_have_are_refused_before_anything_is_written)
{
	struct progress progress = { 0 };
	const struct rewrite_options options = { 1, 1 << 20, NULL, &progress };
	const int64_t time = 0;
	struct packed written = { 0 };
	struct rewriter rewriter;
	struct narc_sink sink;
	struct narc_error error = { 0 };

	ASSERT_OK(narc_memory_sink(&written.data, &written.size, &sink, &error), &error);
	ASSERT_OK(rewriter_init(&rewriter, sink, &options, &error), &error);
	ASSERT_STATUS(rewriter_begin(&rewriter, (size_t)RUNS_LIMIT + 1, &time, 1, &error),
		      NARC_LIMIT, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_LIMIT);
	assert_int_equal(rewriter.writer.offset, 0);
	rewriter_free(&rewriter);
	sink.ops->close(sink.context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_redacted_key_is_not_found_in_any_version_and_all_else_stays_as_it_was),
		cmocka_unit_test(older_versions_can_be_kept),
		cmocka_unit_test(a_tombstone_says_when_and_why_and_has_the_hash_of_what_was_there),
		cmocka_unit_test(what_was_redacted_is_not_appended_but_another_content_of_its_short_hash_is),
		cmocka_unit_test(a_redacted_file_that_comes_again_stays_out),
		cmocka_unit_test(a_key_that_is_not_there_ends_a_redaction),
		cmocka_unit_test(what_is_too_large_for_memory_is_compressed_anew_where_its_dictionary_changes),
		cmocka_unit_test(a_disk_that_is_full_of_what_is_too_large_for_memory_is_told),
		cmocka_unit_test(compacting_keeps_all_states_and_has_one_segment),
		cmocka_unit_test(merging_keeps_the_rows_of_all_and_the_newest_state_of_a_path_is_current),
		cmocka_unit_test(the_parts_of_a_split_have_all_rows_and_merge_to_the_whole),
		cmocka_unit_test(states_of_a_file_stay_together_when_split_where_only_its_path_links_them),
		cmocka_unit_test(rewriting_fails_with_what_reading_and_writing_fail_with),
		cmocka_unit_test(a_damaged_data_frame_is_never_copied),
		cmocka_unit_test(a_damaged_data_frame_that_is_copied_piece_by_piece_is_told),
		cmocka_unit_test(of_several_archives_the_damaged_one_is_named),
		cmocka_unit_test(
			a_name_that_only_what_goes_had_goes_from_the_names_that_runs_share),
		cmocka_unit_test(
			more_runs_than_an_archive_may_have_are_refused_before_anything_is_written),
	};

	return cmocka_run_group_tests_name("rewrite", tests, NULL, NULL);
}
