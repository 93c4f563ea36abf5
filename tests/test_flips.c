/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each single bit of small archives, turned over: a check tells of it, and nothing that is
 * delivered is wrong. As some bits of a Zstandard frame mean nothing, and those of what older
 * generations left behind neither, all bits are tried, and none may be left out. Where a sanitizer
 * looks on, which is for other faults than these, a fifth of them is enough.
 */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "support/content_hash.h"
#include "support_archive.h"

enum { ROWS_LIMIT = 64, PATH_LIMIT = 80 };

/* What the archive holds. */
struct known_row {
	char path[PATH_LIMIT];
	uint32_t generation;
	uint64_t size;
	uint64_t hash;
};

struct known_rows {
	struct known_row rows[ROWS_LIMIT];
	size_t count;
};

static narc_cursor *open_all(narc_archive *archive)
{
	struct narc_filter filter;

	narc_filter_init(&filter);
	filter.all_versions = true;
	return open_cursor(archive, &filter);
}

static void collect_rows(const struct packed *packed, struct known_rows *known)
{
	narc_archive *archive = open_packed(packed);
	narc_cursor *cursor = open_all(archive);
	const struct narc_record *record;

	known->count = 0;
	while ((record = next_record(cursor))) {
		struct known_row *row = &known->rows[known->count++];

		assert_true(known->count <= ROWS_LIMIT && strlen(record->path) < PATH_LIMIT);
		strcpy(row->path, record->path);
		row->generation = record->generation;
		row->size = record->size;
		row->hash = record->hash;
	}
	narc_cursor_close(cursor);
	narc_archive_close(archive);
}

static bool is_known(const struct known_rows *known, const struct narc_record *record)
{
	bool has_path = strncmp(record->path, "lost-names/", strlen("lost-names/")) != 0;

	for (size_t i = 0; i < known->count; i++) {
		const struct known_row *row = &known->rows[i];

		if (row->size == record->size && row->hash == record->hash &&
		    row->generation == record->generation &&
		    (!has_path || strcmp(row->path, record->path) == 0))
			return true;
	}
	return false;
}

/* Goes through an archive; what it delivers must be what was packed. Returns how much was. */
static size_t read_all(narc_archive *archive, const struct known_rows *known)
{
	narc_cursor *cursor = open_all(archive);
	const struct narc_record *record;
	const void *content;
	size_t delivered = 0;
	enum narc_status status;

	while ((status = narc_cursor_next(cursor, &record, NULL)) != NARC_END) {
		if (status != NARC_OK)
			continue;
		assert_true(is_known(known, record));
		if (narc_cursor_content(cursor, &content, NULL) != NARC_OK)
			continue;
		assert_true(content_hash(content, (size_t)record->size) == record->hash);
		delivered++;
	}
	narc_cursor_close(cursor);
	return delivered;
}

static bool is_damaged(narc_archive *archive)
{
	const struct narc_verify_options options = { .threads = 1 };
	struct narc_verify_result result = { 0 };
	struct narc_error error;

	ASSERT_OK(narc_archive_verify(archive, &options, &result, &error), &error);
	assert_true(result.good_entries <= result.entries);
	assert_true(result.good_versions <= result.versions);
	return result.damages > 0;
}

/* What comes out at the best of an archive of which one bit is wrong. */
static size_t salvage(const void *data, size_t size, const struct known_rows *known)
{
	struct narc_source source;
	narc_archive *archive = NULL;
	struct narc_error error;
	size_t delivered;

	ASSERT_OK(narc_memory_source(data, size, &source, &error), &error);
	if (narc_archive_open_damaged(source, &archive, &error) != NARC_OK) {
		assert_int_equal(error.status, NARC_UNSUPPORTED);
		return known->count;
	}
	assert_true(is_damaged(archive));
	ASSERT_OK(narc_archive_keep_going(archive, NULL, &error), &error);
	delivered = read_all(archive, known);
	narc_archive_close(archive);
	return delivered;
}

static bool is_told(const void *data, size_t size, const struct known_rows *known)
{
	struct narc_source source;
	narc_archive *archive = NULL;
	bool told = true;

	ASSERT_OK(narc_memory_source(data, size, &source, NULL), NULL);
	if (narc_archive_open(source, &archive, NULL) != NARC_OK)
		return true;
	read_all(archive, known);
	told = is_damaged(archive);
	narc_archive_close(archive);
	return told;
}

/* So that it is known what was tried. */
static struct narc_info about(const struct packed *packed)
{
	narc_archive *archive = open_packed(packed);
	struct narc_info info;

	ASSERT_OK(narc_archive_info(archive, &info, NULL), NULL);
	narc_archive_close(archive);
	return info;
}

/* Turns over each bit in turn. least: so many rows come out in any case. */
static void assert_each_bit_counts(struct packed *packed, size_t least)
{
	uint8_t *data = packed->data;
	struct known_rows *known = malloc(sizeof(*known));
	const size_t step = is_thorough() ? 1 : 5;

	collect_rows(packed, known);
	for (size_t bit = 0; bit < 8 * packed->size; bit += step) {
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!is_told(data, packed->size, known))
			fail_msg("not told of: bit %zu of byte %zu of %zu", bit % 8, bit / 8,
				 packed->size);
		if (bit % (9 * step) == 0)
			assert_true(salvage(data, packed->size, known) >= least);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(known);
	packed_free(packed);
}

#define POST(date, text) "---\ndate: " date " 11:01:51 +0800\ncategories: emnews\n---\n" text "\n"

TEST(each_bit_of_an_archive_of_one_post_counts)
{
	const struct given_file file =
		given_text("_posts/2022-01-05-NW202201050000000001.md",
			   POST("2022-01-05", "The text of a post, and once more the text."));
	struct packed packed = pack_files(NULL, &file, 1);

	assert_each_bit_counts(&packed, 0);
}

TEST(each_bit_of_an_archive_with_a_dictionary_counts)
{
	struct made_posts posts = make_posts(12, 61);
	struct narc_pack_options options = plain_options();
	struct packed packed;

	options.block_size = 8 << 10;
	options.dictionary_size = 600;
	options.level = 19;
	packed = pack_files(&options, posts.files, posts.count);
	assert_true(about(&packed).dictionary_size > 0 && about(&packed).blocks > 1);
	assert_each_bit_counts(&packed, 0);
	made_posts_free(&posts);
}

static struct packed redact(const struct packed *packed, const char *key)
{
	struct packed redacted = { NULL, 0, { 0 } };
	narc_archive *archive = open_packed(packed);
	struct narc_redact_options options;
	struct narc_redact_result result;
	struct narc_sink sink;
	struct narc_error error;

	narc_redact_options_init(&options);
	options.keys = &key;
	options.key_count = 1;
	options.reason = "asked for";
	options.time = 1650000000;
	ASSERT_OK(narc_memory_sink(&redacted.data, &redacted.size, &sink, &error), &error);
	ASSERT_OK(narc_archive_redact(archive, &options, sink, &result, &error), &error);
	narc_archive_close(archive);
	return redacted;
}

/* Posts that change, copies, a file that moves, and one that is redacted. */
TEST(each_bit_of_an_archive_of_several_generations_counts)
{
	const struct given_file first[] = {
		given_text("_posts/2022-01-05-NW202201050000000001.md", POST("2022-01-05", "One")),
		given_text("_posts/2022-01-06-NW202201060000000002.md", POST("2022-01-06", "Two")),
		given_text("copy.md", "The same at two paths.\n"),
		given_text("copy-2.md", "The same at two paths.\n"),
	};
	const struct given_file second[] = {
		given_text("_posts/2022-01-05-NW202201050000000001.md", POST("2022-01-05", "Uno")),
		given_text("moved.md", "The same at two paths.\n"),
	};
	const struct given_file third = given_text("_posts/2022-01-05-NW202201050000000001.md",
						   POST("2022-01-05", "Eins"));
	struct packed one = pack_files(NULL, first, COUNT_OF(first));
	struct packed two = append_files(&one, NULL, second, COUNT_OF(second));
	struct packed redacted = redact(&two, "NW202201060000000002");
	struct packed three = append_files(&redacted, NULL, &third, 1);

	packed_free(&one);
	packed_free(&two);
	packed_free(&redacted);
	assert_int_equal(about(&three).tombstones, 1);
	assert_int_equal(about(&three).generation, 3);
	assert_true(about(&three).rows > about(&three).current_rows + 1);
	assert_each_bit_counts(&three, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bit_of_an_archive_of_one_post_counts),
		cmocka_unit_test(each_bit_of_an_archive_with_a_dictionary_counts),
		cmocka_unit_test(each_bit_of_an_archive_of_several_generations_counts),
	};

	return cmocka_run_group_tests_name("flips", tests, NULL, NULL);
}
