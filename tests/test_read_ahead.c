/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading, checking and writing whole archives on several threads: what comes of
 * it, what is told and in which order are the same for any number of them.
 */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_io.h"
#include "support/content_hash.h"
#include "support_archive.h"
#include "support_folder.h"
#include "support_rewrite.h"

static const unsigned thread_counts[] = { 1, 2, 8 };

enum { POSTS = 220, LARGE_SIZE = (9 << 20) + 7 };

/* Posts in many blocks; copies far from what they share; and a file whose content is too large
 * to be read ahead. */
struct shelf {
	struct made_posts posts;
	uint8_t *large;
	struct packed packed;
	struct narc_info info;
};

static void make_shelf(struct shelf *shelf, size_t dictionary_size)
{
	struct narc_pack_options options = plain_options();
	struct given_file others[] = { given_text("2021-11-01-copy.txt", "the same text"),
				       given_text("2022-02-01-copy.txt", "the same text"),
				       given_text("2021-12-02-large.bin", ""),
				       given_text("link", "no/target"), given_text("empty", "") };
	narc_packer *packer;
	narc_archive *archive;

	options.block_size = 4000;
	options.dictionary_size = dictionary_size;
	shelf->posts = make_posts(POSTS, 71);
	shelf->large = calloc(1, LARGE_SIZE);
	others[2].content = shelf->large;
	others[2].size = LARGE_SIZE;
	others[3].entry.type = NARC_TYPE_SYMLINK;
	packer = new_packer(&options);
	for (size_t i = 0; i < shelf->posts.count; i++)
		add_file(packer, &shelf->posts.files[i]);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		add_file(packer, &others[i]);
	shelf->packed = commit_packer(packer);
	archive = open_packed(&shelf->packed);
	assert_int_equal(narc_archive_info(archive, &shelf->info, NULL), NARC_OK);
	assert_true(shelf->info.blocks > 60);
	narc_archive_close(archive);
}

static void free_shelf(struct shelf *shelf)
{
	packed_free(&shelf->packed);
	made_posts_free(&shelf->posts);
	free(shelf->large);
}

/* Spoils the archive in the middle of the blocks, here and there. */
static void damage_shelf(struct shelf *shelf)
{
	uint8_t *blocks = (uint8_t *)shelf->packed.data + shelf->info.blocks_offset;
	size_t size = (size_t)shelf->info.blocks_size;

	for (size_t i = 2; i < 8; i++)
		memset(blocks + size * i / 10, 0x55, 5);
}

/* ---- what comes of it ------------------------------------------------------------- */

/* Everything that a reader is given and told, as text. */
struct transcript {
	char *text;
	size_t size;
	FILE *file;
};

static void begin_transcript(struct transcript *transcript)
{
	transcript->file = open_memstream(&transcript->text, &transcript->size);
	assert_non_null(transcript->file);
}

static void note_error(struct transcript *transcript, const struct narc_error *error)
{
	fprintf(transcript->file, "%s %d %s %lld %s %s\n", narc_status_name(error->status),
		error->system_errno, error->stage, (long long)error->offset, error->path,
		error->message);
}

static bool note_and_go_on(void *context, const struct narc_error *error)
{
	note_error(context, error);
	return true;
}

static bool note_damage(void *context, const struct narc_damage *damage)
{
	struct transcript *transcript = context;
	const struct narc_record *record;

	note_error(transcript, &damage->error);
	fprintf(transcript->file, "%llu entries, %llu versions, %llu unnamed\n",
		(unsigned long long)damage->entries, (unsigned long long)damage->versions,
		(unsigned long long)damage->unnamed);
	while (damage->touched && narc_cursor_next(damage->touched, &record, NULL) == NARC_OK)
		fprintf(transcript->file, "%s\n", record->path);
	return true;
}

static bool hash_piece(void *context, const void *data, size_t size)
{
	XXH3_64bits_update(context, data, size);
	return true;
}

/* A content as it was given, in memory or in pieces. */
static enum narc_status hash_content(narc_cursor *cursor, const struct narc_record *record,
				     uint64_t *hash, struct narc_error *error)
{
	XXH3_state_t *state = XXH3_createState();
	const void *data;
	enum narc_status status;

	XXH3_64bits_reset(state);
	if (record->row % 3) {
		status = narc_cursor_content(cursor, &data, error);
		if (status == NARC_OK)
			XXH3_64bits_update(state, data, (size_t)record->size);
	} else {
		status = narc_cursor_stream(cursor, hash_piece, state, error);
	}
	*hash = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	return status;
}

static void walk(struct transcript *transcript, narc_archive *archive,
		 const struct narc_filter *filter, unsigned threads)
{
	narc_cursor *cursor = open_cursor(archive, filter);
	const struct narc_record *record;
	struct narc_error error = { 0 };
	enum narc_status status;
	uint64_t hash;

	narc_cursor_read_ahead(cursor, threads);
	while ((status = narc_cursor_next(cursor, &record, &error)) != NARC_END) {
		if (status == NARC_OK) {
			fprintf(transcript->file, "%llu %s\n", (unsigned long long)record->row,
				record->path);
			status = hash_content(cursor, record, &hash, &error);
			assert_true(status != NARC_OK || hash == record->hash);
		}
		if (status != NARC_OK)
			note_error(transcript, &error);
	}
	narc_cursor_close(cursor);
}

static void verify(struct transcript *transcript, narc_archive *archive,
		   const struct narc_filter *filter, unsigned threads)
{
	const struct narc_verify_options options = { .threads = threads,
						     .report = note_damage,
						     .context = transcript };
	struct narc_verify_result result = { 0 };
	struct narc_error error;

	(void)filter;
	ASSERT_OK(narc_archive_verify(archive, &options, &result, &error), &error);
	fprintf(transcript->file, "%llu damages, %llu rows, %llu bytes\n",
		(unsigned long long)result.damages, (unsigned long long)result.rows_checked,
		(unsigned long long)result.bytes_checked);
}

static void extract(struct transcript *transcript, narc_archive *archive,
		    const struct narc_filter *filter, unsigned threads)
{
	const struct narc_extract_options options = { .threads = threads,
						      .failed = note_and_go_on,
						      .context = transcript };
	struct narc_extract_result result = { 0 };
	char *place = test_folder_new();
	narc_folder *folder = NULL;
	struct narc_error error;

	ASSERT_OK(narc_folder_open(place, &folder, &error), &error);
	ASSERT_OK(narc_folder_write_all(folder, archive, filter, &options, &result, &error),
		  &error);
	narc_folder_close(folder);
	fprintf(transcript->file, "%llu written, %llu failed\n",
		(unsigned long long)result.written, (unsigned long long)result.failed);
	test_tree_describe(place, transcript->file);
	test_tree_remove(place);
}

/* A narc_work_fn: fails in the threads now and then, and gives no result now and then. */
static enum narc_status describe(void *context, unsigned thread, narc_cursor *cursor,
				 void **result, struct narc_error *error)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	bool *is_busy = context;
	char *text = NULL;
	uint64_t hash;
	enum narc_status status;

	assert_true(thread < NARC_THREADS_LIMIT && !is_busy[thread]);
	is_busy[thread] = true;
	if (!error && record->row % 7 == 0)
		status = NARC_NOMEM;
	else
		status = hash_content(cursor, record, &hash, error);
	if (status == NARC_OK && record->row % 5) {
		assert_true(asprintf(&text, "%016llx", (unsigned long long)hash) > 0);
		*result = text;
	}
	is_busy[thread] = false;
	return status;
}

static void work(struct transcript *transcript, narc_archive *archive,
		 const struct narc_filter *filter, unsigned threads)
{
	bool is_busy[NARC_THREADS_LIMIT] = { false };
	const struct narc_work work = { .threads = threads,
					.work = describe,
					.free_result = free,
					.context = is_busy };
	narc_cursor *cursor = open_cursor(archive, filter);
	const struct narc_record *record;
	struct narc_error error = { 0 };
	enum narc_status status;

	narc_cursor_work_ahead(cursor, &work);
	while ((status = narc_cursor_next(cursor, &record, &error)) != NARC_END) {
		void *result = NULL;

		/* Of some, nobody wants the result. */
		if (status == NARC_OK && record->row % 3 == 0)
			continue;
		if (status == NARC_OK)
			status = narc_cursor_take_result(cursor, &result, &error);
		if (status == NARC_OK)
			fprintf(transcript->file, "%llu %s %s\n",
				(unsigned long long)record->row, record->path,
				result ? (const char *)result : "nothing");
		else
			note_error(transcript, &error);
		free(result);
	}
	narc_cursor_close(cursor);
}

typedef void (*read_fn)(struct transcript *transcript, narc_archive *archive,
			const struct narc_filter *filter, unsigned threads);

static const read_fn readers[] = { walk, verify, extract, work };

/* Fails unless all readers come to the same with any number of threads. */
static void assert_threads_change_nothing(const struct packed *packed,
					  const struct narc_filter *filter, bool is_damaged)
{
	for (size_t i = 0; i < COUNT_OF(readers); i++) {
		struct transcript wanted = { NULL, 0, NULL };

		for (size_t k = 0; k < COUNT_OF(thread_counts); k++) {
			narc_archive *archive = open_packed(packed);
			struct transcript found;

			begin_transcript(&found);
			readers[i](&found, archive, filter, thread_counts[k]);
			fclose(found.file);
			narc_archive_close(archive);
			assert_true(is_damaged == (strstr(found.text, "CORRUPT") != NULL));
			if (!wanted.text) {
				wanted = found;
				continue;
			}
			assert_string_equal(found.text, wanted.text);
			free(found.text);
		}
		free(wanted.text);
	}
}

TEST(a_good_archive_comes_out_the_same)
{
	struct shelf shelf;

	for (size_t dictionary_size = 0; dictionary_size <= 5000; dictionary_size += 5000) {
		make_shelf(&shelf, dictionary_size);
		assert_threads_change_nothing(&shelf.packed, NULL, false);
		free_shelf(&shelf);
	}
}

TEST(a_part_of_an_archive_comes_out_the_same)
{
	struct narc_filter filters[5];
	struct shelf shelf;

	make_shelf(&shelf, 5000);
	for (size_t i = 0; i < COUNT_OF(filters); i++)
		narc_filter_init(&filters[i]);
	ASSERT_OK(narc_filter_set_dates(&filters[0], "2021-12-01..2021-12-02", NULL), NULL);
	ASSERT_OK(narc_filter_set_dates(&filters[1], "..2021-11-30", NULL), NULL);
	filters[2].category = "report";
	filters[3].path_glob = "copies/*";
	filters[4].code_glob = "NW*1";
	for (size_t i = 0; i < COUNT_OF(filters); i++)
		assert_threads_change_nothing(&shelf.packed, &filters[i], false);
	free_shelf(&shelf);
}

TEST(damages_are_told_of_in_the_same_words_and_order)
{
	struct shelf shelf;

	for (size_t dictionary_size = 0; dictionary_size <= 5000; dictionary_size += 5000) {
		make_shelf(&shelf, dictionary_size);
		damage_shelf(&shelf);
		assert_threads_change_nothing(&shelf.packed, NULL, true);
		free_shelf(&shelf);
	}
}

TEST(a_damaged_dictionary_is_told_of_in_the_same_words_and_order)
{
	struct shelf shelf;

	make_shelf(&shelf, 5000);
	((uint8_t *)shelf.packed.data)[shelf.info.dictionary_offset + 100] ^= 1;
	assert_threads_change_nothing(&shelf.packed, NULL, true);
	free_shelf(&shelf);
}

TEST(a_damage_of_any_block_is_told_of_in_the_same_words_and_order)
{
	struct shelf shelf;

	make_shelf(&shelf, 5000);
	for (uint64_t place = 13; place < shelf.info.blocks_size;
	     place += shelf.info.blocks_size / 7) {
		uint8_t *byte = (uint8_t *)shelf.packed.data + shelf.info.blocks_offset + place;

		*byte ^= 0x10;
		assert_threads_change_nothing(&shelf.packed, NULL, true);
		*byte ^= 0x10;
	}
	free_shelf(&shelf);
}

/* ---- ends before the end ------------------------------------------------------------ */

TEST(a_cursor_is_closed_in_the_middle_of_a_walk)
{
	struct shelf shelf;
	narc_archive *archive;
	const void *content;
	struct narc_error error;

	make_shelf(&shelf, 5000);
	archive = open_packed(&shelf.packed);
	for (size_t steps = 0; steps < 100; steps += 9) {
		narc_cursor *cursor = open_cursor(archive, NULL);

		narc_cursor_read_ahead(cursor, 4);
		for (size_t i = 0; i < steps; i++) {
			assert_non_null(next_record(cursor));
			ASSERT_OK(narc_cursor_content(cursor, &content, &error), &error);
		}
		narc_cursor_close(cursor);
	}
	narc_archive_close(archive);
	free_shelf(&shelf);
}

TEST(work_is_done_in_the_order_of_the_cursor_in_an_archive_of_several_generations)
{
	struct packed living = make_living_archive();

	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		narc_archive *archive = open_packed(&living);
		narc_cursor *plain = open_cursor(archive, NULL);
		narc_cursor *cursor = open_cursor(archive, NULL);
		bool is_busy[NARC_THREADS_LIMIT] = { false };
		const struct narc_work work = { thread_counts[i], describe, free, is_busy };
		const struct narc_record *record, *other;
		void *result = NULL;

		narc_cursor_work_ahead(cursor, &work);
		while ((record = next_record(cursor))) {
			struct narc_error error;

			other = next_record(plain);
			assert_non_null(other);
			assert_int_equal(record->row, other->row);
			result = NULL;
			ASSERT_OK(narc_cursor_take_result(cursor, &result, &error), &error);
			assert_int_equal(result != NULL, record->row % 5 != 0);
			free(result);
		}
		assert_null(next_record(plain));
		narc_cursor_close(plain);
		narc_cursor_close(cursor);
		narc_archive_close(archive);
	}
	packed_free(&living);
}

TEST(work_is_done_with_what_a_key_leads_to)
{
	struct shelf shelf;
	bool is_busy[NARC_THREADS_LIMIT] = { false };
	const struct narc_work work = { 2, describe, free, is_busy };
	narc_archive *archive;
	narc_cursor *cursor;
	void *result = NULL;
	struct narc_error error = { 0 };

	make_shelf(&shelf, 0);
	archive = open_packed(&shelf.packed);
	cursor = open_cursor(archive, NULL);
	ASSERT_STATUS(narc_cursor_take_result(cursor, &result, &error), NARC_MISUSE, &error);
	narc_cursor_work_ahead(cursor, &work);
	ASSERT_STATUS(narc_cursor_take_result(cursor, &result, &error), NARC_MISUSE, &error);
	for (size_t i = 0; i < shelf.posts.count; i += 41) {
		const struct narc_record *record =
			find_path(cursor, shelf.posts.files[i].entry.path);

		result = NULL;
		ASSERT_OK(narc_cursor_take_result(cursor, &result, &error), &error);
		assert_int_equal(result != NULL, record->row % 5 != 0);
		free(result);
	}
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	free_shelf(&shelf);
}

TEST(a_look_up_ends_a_walk)
{
	struct shelf shelf;
	narc_archive *archive;
	narc_cursor *cursor;

	make_shelf(&shelf, 5000);
	archive = open_packed(&shelf.packed);
	cursor = open_cursor(archive, NULL);
	narc_cursor_read_ahead(cursor, 4);
	for (size_t i = 0; i < 50; i++)
		assert_non_null(next_record(cursor));
	for (size_t i = 0; i < shelf.posts.count; i += 41) {
		const struct given_file *file = &shelf.posts.files[i];

		find_path(cursor, file->entry.path);
		assert_is_file(cursor, file);
		/* A look-up is no walk. */
		narc_cursor_read_ahead(cursor, 4);
	}
	assert_null(find_record(cursor, "nothing"));
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	free_shelf(&shelf);
}

/* Lets so many damages pass, and then says stop. */
static bool count_down(void *context, const struct narc_error *error)
{
	unsigned *left = context;

	ASSERT_ERROR_IS_TOLD(error, error->status);
	return (*left)-- > 0;
}

static bool count_damages_down(void *context, const struct narc_damage *damage)
{
	return count_down(context, &damage->error);
}

TEST(a_receiver_ends_it_when_it_has_enough)
{
	struct shelf shelf;

	make_shelf(&shelf, 0);
	damage_shelf(&shelf);
	for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
		narc_archive *archive = open_packed(&shelf.packed);
		unsigned left = 2;
		const struct narc_verify_options checking = { .threads = thread_counts[i],
							      .report = count_damages_down,
							      .context = &left };
		const struct narc_extract_options writing = { .threads = thread_counts[i],
							      .failed = count_down,
							      .context = &left };
		struct narc_verify_result checked;
		struct narc_extract_result written;
		char *place = test_folder_new();
		narc_folder *folder;
		struct narc_error error = { 0 };

		ASSERT_STATUS(narc_archive_verify(archive, &checking, &checked, &error),
			      NARC_CANCELLED, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CANCELLED);
		ASSERT_OK(narc_folder_open(place, &folder, &error), &error);
		left = 2;
		ASSERT_STATUS(narc_folder_write_all(folder, archive, NULL, &writing, &written,
						    &error),
			      NARC_CANCELLED, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CANCELLED);
		narc_folder_close(folder);
		narc_archive_close(archive);
		test_tree_remove(place);
	}
	free_shelf(&shelf);
}

/* ---- how much is read ------------------------------------------------------------------ */

static uint64_t bytes_read_by_walk(struct shelf *shelf, const struct narc_filter *filter,
				   unsigned threads)
{
	struct faulty_io *io = calloc(1, sizeof(*io));
	struct transcript transcript;
	narc_archive *archive;
	struct narc_error error;
	uint64_t bytes;

	faulty_io_init(io);
	ASSERT_OK(narc_archive_open(faulty_memory_source(io, shelf->packed.data,
							 shelf->packed.size),
				    &archive, &error),
		  &error);
	begin_transcript(&transcript);
	walk(&transcript, archive, filter, threads);
	fclose(transcript.file);
	free(transcript.text);
	narc_archive_close(archive);
	bytes = io->bytes_read;
	assert_int_equal(io->opened, 0);
	free(io);
	return bytes;
}

TEST(nothing_behind_a_range_of_dates_is_read)
{
	struct narc_filter filter;
	struct shelf shelf;
	uint64_t alone;

	make_shelf(&shelf, 0);
	narc_filter_init(&filter);
	ASSERT_OK(narc_filter_set_dates(&filter, "2021-12-01", NULL), NULL);
	alone = bytes_read_by_walk(&shelf, &filter, 1);
	/* Each thread reads pages of the index for itself. */
	assert_true(bytes_read_by_walk(&shelf, &filter, 4) <= alone + 5 * shelf.info.index_size);
	free_shelf(&shelf);
}

TEST(data_frames_of_which_nothing_is_wanted_are_not_read)
{
	struct narc_filter filter;
	struct shelf shelf;

	make_shelf(&shelf, 0);
	narc_filter_init(&filter);
	filter.path_glob = "nothing/*";
	assert_true(bytes_read_by_walk(&shelf, &filter, 4) <=
		    shelf.info.file_size - shelf.info.blocks_size +
			    shelf.info.descriptors_size + 5 * shelf.info.index_size + 4096);
	free_shelf(&shelf);
}

/* ---- reads that fail --------------------------------------------------------------------- */

/* Reads all with a read that fails; whatever is not told of must be right. Returns false if
 * none failed. */
static bool reading_is_told_or_right(const struct shelf *shelf, struct faulty_io *io,
				     read_fn reader, const struct transcript *wanted,
				     uint64_t number)
{
	narc_archive *archive = NULL;
	struct transcript found;
	struct narc_error error = { 0 };

	faulty_io_fail(io, IO_SOURCE_READ, number, NARC_CORRUPT);
	if (narc_archive_open(faulty_memory_source(io, shelf->packed.data, shelf->packed.size),
			      &archive, &error) != NARC_OK)
		return true;
	begin_transcript(&found);
	reader(&found, archive, NULL, 4);
	fclose(found.file);
	narc_archive_close(archive);
	assert_int_equal(io->opened, 0);
	if (strcmp(found.text, wanted->text) != 0)
		assert_non_null(strstr(found.text, "CORRUPT"));
	free(found.text);
	return io->has_failed;
}

TEST(a_read_that_fails_is_told_of_or_does_no_harm)
{
	struct faulty_io *io = calloc(1, sizeof(*io));
	struct shelf shelf;

	faulty_io_init(io);
	make_shelf(&shelf, 5000);
	for (size_t i = 0; i < COUNT_OF(readers); i++) {
		narc_archive *archive = open_packed(&shelf.packed);
		struct transcript wanted;
		uint64_t number = 1;

		begin_transcript(&wanted);
		readers[i](&wanted, archive, NULL, 1);
		fclose(wanted.file);
		narc_archive_close(archive);
		while (reading_is_told_or_right(&shelf, io, readers[i], &wanted, number))
			number += number < 20 ? 1 : 23;
		assert_true(number > 100);
		free(wanted.text);
	}
	free_shelf(&shelf);
	free(io);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_archive_comes_out_the_same),
		cmocka_unit_test(a_part_of_an_archive_comes_out_the_same),
		cmocka_unit_test(damages_are_told_of_in_the_same_words_and_order),
		cmocka_unit_test(a_damaged_dictionary_is_told_of_in_the_same_words_and_order),
		cmocka_unit_test(a_damage_of_any_block_is_told_of_in_the_same_words_and_order),
		cmocka_unit_test(a_cursor_is_closed_in_the_middle_of_a_walk),
		cmocka_unit_test(work_is_done_in_the_order_of_the_cursor_in_an_archive_of_several_generations),
		cmocka_unit_test(work_is_done_with_what_a_key_leads_to),
		cmocka_unit_test(a_look_up_ends_a_walk),
		cmocka_unit_test(a_receiver_ends_it_when_it_has_enough),
		cmocka_unit_test(nothing_behind_a_range_of_dates_is_read),
		cmocka_unit_test(data_frames_of_which_nothing_is_wanted_are_not_read),
		cmocka_unit_test(a_read_that_fails_is_told_of_or_does_no_harm),
	};

	return cmocka_run_group_tests_name("read_ahead", tests, NULL, NULL);
}
