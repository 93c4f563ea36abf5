/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Archives that are cut off or changed: never a crash, never wrong bytes, and a check tells
 * of it. The archives are small, so that every place can be tried.
 */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "format/section.h"
#include "support/byte_order.h"
#include "support/content_hash.h"
#include "support_archive.h"

static struct given_file files[30];
static struct made_posts posts;
enum { PLAIN_FILES = 6 };

/* Short files of all kinds; some texts are long enough to be compressed. */
static void make_files(size_t post_count)
{
	static const struct {
		const char *path;
		const char *text;
	} plain[PLAIN_FILES] = {
		{ "_posts/2022-01-05-NW202201050000000001.md",
		  "---\ndate: 2022-01-05 11:01:51 +0800\ncategories: emnews\n---\nThe text of a "
		  "post, the text of a post, and once more the text of a post.\n" },
		{ "_posts/2022-01-05-202201050000000002.md",
		  "---\ndate: 2022-01-05 11:02:51 +0800\ncategories: emnews\n---\nAnother text "
		  "of a post, the text of a post.\n?infoCode=202201050000000002\n" },
		{ "copy.md", "---\ndate: 2022-01-06\n---\nThe same at two paths.\n" },
		{ "copy-2.md", "---\ndate: 2022-01-06\n---\nThe same at two paths.\n" },
		{ "empty", "" },
		{ "x", "a" },
	};

	posts = make_posts(post_count, 51);
	for (size_t i = 0; i < PLAIN_FILES; i++)
		files[i] = given_text(plain[i].path, plain[i].text);
	memcpy(files + PLAIN_FILES, posts.files, post_count * sizeof(*files));
}

static const struct given_file *file_of(const char *path)
{
	for (size_t i = 0; i < PLAIN_FILES + posts.count; i++)
		if (strcmp(files[i].entry.path, path) == 0)
			return &files[i];
	return NULL;
}

/* ---- what a damaged archive may do ------------------------------------------------- */

/* Goes through an archive, come what may, and fails if anything delivered is wrong. Returns
 * how many rows were delivered with their content. */
static size_t read_what_can_be_read(narc_archive *archive)
{
	narc_cursor *cursor = NULL;
	struct narc_error error = { 0 };
	size_t delivered = 0;
	enum narc_status status = narc_cursor_open(archive, NULL, &cursor, &error);

	if (status != NARC_OK) {
		ASSERT_ERROR_IS_TOLD(&error, status);
		return 0;
	}
	for (unsigned calls = 0; calls < 1000; calls++) {
		const struct narc_record *record;
		const struct given_file *file;
		const void *content;

		status = narc_cursor_next(cursor, &record, &error);
		if (status == NARC_END)
			break;
		if (status != NARC_OK) {
			ASSERT_ERROR_IS_TOLD(&error, status);
			continue;
		}
		file = file_of(record->path);
		assert_non_null(file);
		assert_true(record->size == file->size);
		status = narc_cursor_content(cursor, &content, &error);
		if (status != NARC_OK) {
			ASSERT_ERROR_IS_TOLD(&error, status);
			continue;
		}
		assert_memory_equal(content, file->content, file->size);
		delivered++;
	}
	assert_int_equal(status, NARC_END);
	narc_cursor_close(cursor);
	return delivered;
}

/* Looks up keys; of what is found, the content must have the hash that it should have. */
static void find_anything(narc_archive *archive)
{
	static const char *const keys[] = { "NW202201050000000001", "NW202201050000000002",
					    "copy.md", "x", "nothing" };
	narc_cursor *cursor = NULL;

	if (narc_cursor_open(archive, NULL, &cursor, NULL) != NARC_OK)
		return;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		const struct narc_record *record;
		const void *content;

		if (narc_cursor_find(cursor, keys[i], NULL) == NARC_OK &&
		    narc_cursor_next(cursor, &record, NULL) == NARC_OK &&
		    narc_cursor_content(cursor, &content, NULL) == NARC_OK)
			assert_true(content_hash(content, record->size) == record->hash);
	}
	narc_cursor_close(cursor);
}

static bool check_telling(void *context, const struct narc_damage *damage)
{
	unsigned *told = context;

	ASSERT_ERROR_IS_TOLD(&damage->error, damage->error.status);
	(*told)++;
	return true;
}

/* What became of a damaged archive. */
enum outcome { REFUSED, TOLD, NOT_SEEN };

static enum outcome try_archive(const void *data, size_t size)
{
	unsigned told = 0;
	const struct narc_verify_options options = { .report = check_telling, .context = &told };
	struct narc_verify_result result = { 0 };
	struct narc_source source;
	narc_archive *archive = NULL;
	struct narc_error error = { 0 };
	struct narc_info info;
	size_t delivered;
	enum narc_status status;

	ASSERT_OK(narc_memory_source(data, size, &source, &error), &error);
	status = narc_archive_open(source, &archive, &error);
	if (status != NARC_OK) {
		ASSERT_ERROR_IS_TOLD(&error, status);
		return REFUSED;
	}
	narc_archive_info(archive, &info, NULL);
	delivered = read_what_can_be_read(archive);
	find_anything(archive);
	ASSERT_OK(narc_archive_verify(archive, &options, &result, &error), &error);
	assert_true(result.damages == told);
	narc_archive_close(archive);
	if (told)
		return TOLD;
	/* Who does not tell of a damage must deliver everything. */
	assert_int_equal(delivered, PLAIN_FILES + posts.count);
	return NOT_SEEN;
}

/* The same with a copy of just this size, so that sanitizers see reads beyond. */
static enum outcome try_copy(const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);
	enum outcome outcome;

	memcpy(copy, data, size);
	outcome = try_archive(copy, size);
	free(copy);
	return outcome;
}

/* Whether a place is in a data frame. */
static bool *mark_data_frames(const struct packed *packed)
{
	bool *marks = calloc(packed->size, sizeof(*marks));
	const uint8_t *data = packed->data;

	for (size_t place = 0; place < packed->size;) {
		size_t size = ZSTD_findFrameCompressedSize(data + place, packed->size - place);

		assert_false(ZSTD_isError(size));
		if (!ZSTD_isSkippableFrame(data + place, packed->size - place))
			memset(marks + place, true, size);
		place += size;
	}
	return marks;
}

/* ---- tests ------------------------------------------------------------------------- */

/* Without a dictionary and with few rows, or with one and more. */
static struct packed pack_small(bool with_dictionary)
{
	struct narc_pack_options options = plain_options();
	struct packed packed;
	narc_archive *archive;
	struct narc_info info;

	make_files(with_dictionary ? 20 : 0);
	options.block_size = with_dictionary ? 16 << 10 : 150;
	options.dictionary_size = with_dictionary ? 1000 : 0;
	options.level = 19;
	packed = pack_files(&options, files, PLAIN_FILES + posts.count);
	archive = open_packed(&packed);
	assert_int_equal(narc_archive_info(archive, &info, NULL), NARC_OK);
	assert_int_equal(info.dictionary_size > 0, with_dictionary);
	assert_true(info.blocks > 1);
	narc_archive_close(archive);
	return packed;
}

static void free_small(struct packed *packed)
{
	packed_free(packed);
	made_posts_free(&posts);
}

TEST(an_archive_cut_off_anywhere_is_refused)
{
	for (int with_dictionary = 0; with_dictionary < 2; with_dictionary++) {
		struct packed packed = pack_small(with_dictionary);

		for (size_t size = 0; size < packed.size; size++)
			assert_int_equal(try_copy(packed.data, size), REFUSED);
		free_small(&packed);
	}
}

static void assert_changes_are_told(const struct packed *packed, uint8_t mask)
{
	uint8_t *copy = malloc(packed->size);

	memcpy(copy, packed->data, packed->size);
	for (size_t place = 0; place < packed->size; place++) {
		copy[place] ^= mask;
		if (try_archive(copy, packed->size) == NOT_SEEN)
			fail_msg("not told of: byte %zu of %zu", place, packed->size);
		copy[place] ^= mask;
	}
	free(copy);
}

TEST(every_byte_that_is_changed_is_told_of)
{
	for (int with_dictionary = 0; with_dictionary < 2; with_dictionary++) {
		struct packed packed = pack_small(with_dictionary);

		assert_changes_are_told(&packed, 0xff);
		free_small(&packed);
	}
}

TEST(every_stretch_that_is_zeroed_is_told_of)
{
	static const size_t lengths[] = { 4, 64, 512 };
	struct packed packed = pack_small(true);
	uint8_t *copy = malloc(packed.size);

	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		for (size_t place = 0; place + lengths[i] <= packed.size; place += lengths[i]) {
			memcpy(copy, packed.data, packed.size);
			memset(copy + place, 0, lengths[i]);
			if (memcmp(copy, packed.data, packed.size) != 0)
				assert_int_not_equal(try_archive(copy, packed.size), NOT_SEEN);
		}
	}
	free(copy);
	free_small(&packed);
}

TEST(bytes_that_are_missing_or_too_many_inside_are_told_of)
{
	struct packed packed = pack_small(true);
	uint8_t *copy = malloc(packed.size + 1);

	for (size_t place = 0; place < packed.size; place += 7) {
		memcpy(copy, packed.data, place);
		memcpy(copy + place, (uint8_t *)packed.data + place + 1, packed.size - place - 1);
		assert_int_not_equal(try_copy(copy, packed.size - 1), NOT_SEEN);
		copy[place] = 0x5a;
		memcpy(copy + place + 1, (uint8_t *)packed.data + place, packed.size - place);
		assert_int_not_equal(try_copy(copy, packed.size + 1), NOT_SEEN);
	}
	free(copy);
	free_small(&packed);
}

/* Goes through an archive that somebody made up: its rows may say anything, but a content
 * that is delivered has the hash that its row says. */
static void read_anything(const void *data, size_t size)
{
	const struct narc_verify_options options = { .quick = false };
	struct narc_verify_result result;
	struct narc_source source;
	narc_archive *archive = NULL;
	narc_cursor *cursor = NULL;
	struct narc_info info;
	struct narc_error error = { 0 };

	ASSERT_OK(narc_memory_source(data, size, &source, &error), &error);
	if (narc_archive_open(source, &archive, &error) != NARC_OK)
		return;
	narc_archive_info(archive, &info, NULL);
	ASSERT_OK(narc_cursor_open(archive, NULL, &cursor, &error), &error);
	for (unsigned calls = 0; calls < 1000; calls++) {
		const struct narc_record *record;
		const void *content;
		enum narc_status status = narc_cursor_next(cursor, &record, &error);

		if (status == NARC_END)
			break;
		if (status == NARC_OK && narc_cursor_content(cursor, &content, NULL) == NARC_OK)
			assert_true(content_hash(content, record->size) == record->hash);
	}
	narc_cursor_close(cursor);
	find_anything(archive);
	ASSERT_OK(narc_archive_verify(archive, &options, &result, &error), &error);
	narc_archive_close(archive);
}

/* Changes each byte of a section's payload in turn, and makes its checksum right again. */
static void change_section(uint8_t *data, size_t size, size_t start, size_t section_size)
{
	static const uint8_t masks[] = { 1, 2, 4, 8, 16, 32, 64, 128, 0xff };
	size_t end = start + section_size - SECTION_CHECKSUM_SIZE;

	for (size_t place = start + SECTION_HEADING_SIZE; place < end; place++) {
		for (size_t i = 0; i < COUNT_OF(masks); i++) {
			data[place] ^= masks[i];
			store_le64(data + end, content_hash(data + start, end - start));
			read_anything(data, size);
			data[place] ^= masks[i];
		}
	}
	store_le64(data + end, content_hash(data + start, end - start));
}

TEST(sections_that_were_made_up_do_no_harm)
{
	struct packed packed = pack_small(false);
	uint8_t *copy = malloc(packed.size); /* of just this size, for sanitizers */

	memcpy(copy, packed.data, packed.size);
	for (size_t place = 0; place < packed.size;) {
		size_t size = ZSTD_findFrameCompressedSize(copy + place, packed.size - place);

		/* The note in the header is not read. */
		if (place > 0 && ZSTD_isSkippableFrame(copy + place, packed.size - place))
			change_section(copy, packed.size, place, size);
		place += size;
	}
	assert_memory_equal(copy, packed.data, packed.size);
	free(copy);
	free_small(&packed);
}

TEST(a_damage_of_one_block_leaves_the_others_readable)
{
	struct packed packed = pack_small(true);
	bool *in_frame = mark_data_frames(&packed);
	size_t first = 0, last;

	while (!in_frame[first])
		first++;
	for (last = first; in_frame[last];)
		last++;
	for (size_t place = first; place < last; place += 97) {
		uint8_t *copy = malloc(packed.size);
		narc_archive *archive;
		size_t delivered;

		memcpy(copy, packed.data, packed.size);
		memset(copy + place, 0x55, 4);
		archive = open_bytes(copy, packed.size);
		delivered = read_what_can_be_read(archive);
		assert_true(delivered > 0 && delivered < PLAIN_FILES + posts.count);
		narc_archive_close(archive);
		free(copy);
	}
	free(in_frame);
	free_small(&packed);
}

TEST(a_look_up_takes_a_block_only_up_to_the_part_that_has_the_row)
{
	struct made_posts made = make_posts(40, 52);
	struct packed packed = pack_files(NULL, made.files, made.count);
	bool *in_frame = mark_data_frames(&packed);
	narc_archive *archive = open_packed(&packed);
	narc_cursor *cursor = open_cursor(archive, NULL);
	char *first = strdup(next_record(cursor)->path);
	char *last = NULL;
	const struct narc_record *record;
	const void *content;
	size_t end = packed.size;

	assert_int_equal(packed.result.blocks, 1);
	assert_true(packed.result.owned_size > 40000);
	while ((record = next_record(cursor))) {
		free(last);
		last = strdup(record->path);
	}
	while (!in_frame[end - 1])
		end--;
	memset((uint8_t *)packed.data + end - 40, 0, 36);
	find_path(cursor, first);
	ASSERT_OK(narc_cursor_content(cursor, &content, NULL), NULL);
	find_path(cursor, last);
	ASSERT_STATUS(narc_cursor_content(cursor, &content, NULL), NARC_CORRUPT, NULL);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	free(first);
	free(last);
	free(in_frame);
	packed_free(&packed);
	made_posts_free(&made);
}

/* Changes a byte of a section that stands behind so many others of its tag, and makes its checksum
 * right again. */
static void change_byte(const struct packed *packed, enum section_tag tag, unsigned before,
			size_t byte)
{
	uint8_t *data = packed->data;
	size_t start = 0, size;

	for (;; start += size) {
		size = ZSTD_findFrameCompressedSize(data + start, packed->size - start);
		if (load_le32(data + start) == SECTION_MAGIC &&
		    load_le32(data + start + 8) == tag && before-- == 0)
			break;
	}
	data[start + SECTION_HEADING_SIZE + byte] ^= 1;
	store_le64(data + start + size - SECTION_CHECKSUM_SIZE,
		   content_hash(data + start, size - SECTION_CHECKSUM_SIZE));
}

TEST(a_trailer_that_is_wrong_hides_nothing_of_the_generation_behind_it)
{
	enum { TRAILER_RESERVED = 4, TABLE_CHUNK_SIZE = 8 };
	const struct narc_verify_options options = { .threads = 1 };
	struct narc_verify_result result = { 0 };
	struct given_file file = given_text("a", "first");
	struct packed base = pack_files(NULL, &file, 1), packed;
	narc_archive *archive;
	struct narc_error error;

	file = given_text("b", "second");
	packed = append_files(&base, NULL, &file, 1);
	change_byte(&packed, SECTION_TRAILER, 0, TRAILER_RESERVED);
	/* The second table of the second generation. */
	change_byte(&packed, SECTION_PARITY_TABLE, 3, TABLE_CHUNK_SIZE);
	archive = open_packed(&packed);
	ASSERT_OK(narc_archive_verify(archive, &options, &result, &error), &error);
	assert_int_equal(result.damages, 2);
	narc_archive_close(archive);
	packed_free(&packed);
	packed_free(&base);
}

TEST(what_is_no_archive_is_not_taken_for_one)
{
	static const char zeros[1000];
	static const char *const texts[] = { "", "a", "NARC", "---\ndate: 2022-01-05\n---\n" };
	struct narc_source source;
	narc_archive *archive;
	struct narc_error error = { 0 };

	for (size_t i = 0; i <= COUNT_OF(texts); i++) {
		const char *text = i < COUNT_OF(texts) ? texts[i] : zeros;
		size_t size = i < COUNT_OF(texts) ? strlen(text) : sizeof(zeros);

		ASSERT_OK(narc_memory_source(text, size, &source, &error), &error);
		ASSERT_STATUS(narc_archive_open(source, &archive, &error), NARC_NOT_NEWSARC,
			      &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_NOT_NEWSARC);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_archive_cut_off_anywhere_is_refused),
		cmocka_unit_test(every_byte_that_is_changed_is_told_of),
		cmocka_unit_test(every_stretch_that_is_zeroed_is_told_of),
		cmocka_unit_test(bytes_that_are_missing_or_too_many_inside_are_told_of),
		cmocka_unit_test(sections_that_were_made_up_do_no_harm),
		cmocka_unit_test(a_damage_of_one_block_leaves_the_others_readable),
		cmocka_unit_test(a_look_up_takes_a_block_only_up_to_the_part_that_has_the_row),
		cmocka_unit_test(
			a_trailer_that_is_wrong_hides_nothing_of_the_generation_behind_it),
		cmocka_unit_test(what_is_no_archive_is_not_taken_for_one),
	};

	return cmocka_run_group_tests_name("damage", tests, NULL, NULL);
}
