/* SPDX-License-Identifier: BSD-2-Clause */
/* What is found of archives whose manifest is lost, where the rows that are left contradict each
 * other, or need others that are not there. */
#include "support_check.h"

#include <string.h>
#include <zstd.h>

#include "format/section.h"
#include "support/byte_order.h"
#include "support_archive.h"
#include "support_memory.h"

enum { LONG = 5000 };

/* Where section number place of this tag starts, counted from 0. */
static size_t find_section(const struct packed *packed, enum section_tag tag, unsigned place)
{
	const uint8_t *data = packed->data;
	size_t size;

	for (size_t i = 0; i < packed->size; i += size) {
		size = ZSTD_findFrameCompressedSize(data + i, packed->size - i);
		assert_false(ZSTD_isError(size));
		if (load_le32(data + i) == SECTION_MAGIC && load_le32(data + i + 8) == tag &&
		    place-- == 0)
			return i;
	}
	fail_msg("there is no such section");
	return 0;
}

static void damage_section(struct packed *packed, enum section_tag tag, unsigned place)
{
	((uint8_t *)packed->data)[find_section(packed, tag, place) + SECTION_HEADING_SIZE] ^= 1;
}

/* The same of all sections of the tag. */
static void damage_all(struct packed *packed, enum section_tag tag, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		damage_section(packed, tag, i);
}

static narc_archive *open_damaged(const struct packed *packed)
{
	struct narc_source source;
	narc_archive *archive = NULL;
	struct narc_error error;

	ASSERT_OK(narc_memory_source(packed->data, packed->size, &source, &error), &error);
	ASSERT_OK(narc_archive_open_damaged(source, &archive, &error), &error);
	assert_non_null(narc_archive_opening_error(archive));
	return archive;
}

/* Checks the archive; returns how many entries cannot be read. */
static uint64_t count_lost(narc_archive *archive)
{
	const struct narc_verify_options options = { .threads = 1 };
	struct narc_verify_result result = { 0 };
	struct narc_error error;

	ASSERT_OK(narc_archive_verify(archive, &options, &result, &error), &error);
	assert_true(result.damages > 0);
	return result.entries - result.good_entries;
}

/* Reads all that can be; returns how much could, and counts the rest. */
static size_t read_all(narc_archive *archive, size_t *failed)
{
	const struct narc_record *record;
	const void *content;
	narc_cursor *cursor;
	struct narc_error error;
	size_t delivered = 0;
	enum narc_status status;

	ASSERT_OK(narc_archive_keep_going(archive, NULL, &error), &error);
	cursor = open_cursor(archive, NULL);
	*failed = 0;
	while ((status = narc_cursor_next(cursor, &record, &error)) != NARC_END) {
		if (status == NARC_OK)
			status = narc_cursor_content(cursor, &content, &error);
		delivered += status == NARC_OK;
		*failed += status != NARC_OK;
		if (status != NARC_OK)
			ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	}
	narc_cursor_close(cursor);
	return delivered;
}

/* Of count generations with a file each, the last is a copy of the one whose block is lost. */
static void lose_owner_of_copy(unsigned count, unsigned lost)
{
	static const char *const paths[] = { "a", "b", "c", "d" };
	static const char *const texts[] = { "first", "second", "third" };
	struct given_file file = given_text(paths[0], texts[0]);
	struct packed packed = pack_files(NULL, &file, 1);
	narc_archive *archive;
	size_t failed;

	for (unsigned i = 1; i < count; i++) {
		struct packed base = packed;

		file = given_text(paths[i], texts[i + 1 < count ? i : lost]);
		packed = append_files(&base, NULL, &file, 1);
		packed_free(&base);
	}
	damage_section(&packed, SECTION_DESCRIPTOR, lost);
	damage_all(&packed, SECTION_MANIFEST, count);
	archive = open_damaged(&packed);
	assert_true(count_lost(archive) >= 1);
	assert_int_equal(read_all(archive, &failed), count - 2);
	assert_true(failed >= 1);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(a_copy_whose_owner_was_in_front_of_all_that_is_found_is_told_of)
{
	lose_owner_of_copy(2, 0);
	lose_owner_of_copy(3, 0);
}

TEST(a_copy_whose_owner_was_between_what_is_found_is_told_of)
{
	lose_owner_of_copy(3, 1);
	lose_owner_of_copy(4, 1);
	lose_owner_of_copy(4, 2);
}

/* One archive behind another, of which the header is lost: of the second, the rows count whose
 * numbers are not taken. */
TEST(two_entries_of_one_path_and_generation_are_told_of_and_come_out)
{
	char text[LONG + 1], other[LONG + 1];
	struct narc_pack_options options = plain_options();
	struct given_file files[2];
	struct packed one, two, both;
	narc_archive *archive;
	size_t failed;

	memset(text, 'x', LONG);
	memset(other, 'y', LONG);
	text[LONG] = other[LONG] = '\0';
	options.block_size = 4096;
	files[0] = given_text("a", text);
	one = pack_files(&options, files, 1);
	files[0] = given_text("A", text);
	files[1] = given_text("a", other);
	two = pack_files(&options, files, 2);
	both = (struct packed){ .data = test_malloc(one.size + two.size),
				.size = one.size + two.size };
	memcpy(both.data, one.data, one.size);
	memcpy((uint8_t *)both.data + one.size, two.data, two.size);
	damage_section(&both, SECTION_HEADER, 1);
	damage_all(&both, SECTION_MANIFEST, 2);
	archive = open_damaged(&both);
	count_lost(archive);
	assert_int_equal(read_all(archive, &failed), 2);
	assert_int_equal(failed, 0);
	narc_archive_close(archive);
	test_free(both.data);
	packed_free(&one);
	packed_free(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_whose_owner_was_in_front_of_all_that_is_found_is_told_of),
		cmocka_unit_test(a_copy_whose_owner_was_between_what_is_found_is_told_of),
		cmocka_unit_test(two_entries_of_one_path_and_generation_are_told_of_and_come_out),
	};

	return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
