/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements: their text, and what of an archive they hold fast. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/archive.h"
#include "support_rewrite.h"

#define SIGNED_AT INT64_C(1800000001)

/* ---- text --------------------------------------------------------------------------------- */

static const char example[] =
	"newsarc statement 1\n"
	"generation 3\n"
	"rows 10000\n"
	"redacted 2\n"
	"bytes 19099123\n"
	"root 90497e08d5ff725005dcbafe08dc97d101a423844dc50a356861c513ab763e1b\n"
	"time 1795692467\n";

static enum narc_status read_text(const char *text, struct narc_error *error)
{
	struct narc_statement statement;

	return narc_statement_read(text, strlen(text), &statement, error);
}

TEST(a_statement_is_read_as_it_is_written)
{
	struct narc_statement statement = { .time = 0 };
	struct narc_error error;
	char text[NARC_STATEMENT_SIZE];

	ASSERT_OK(narc_statement_read(example, strlen(example), &statement, &error), &error);
	assert_int_equal(statement.generation, 3);
	assert_int_equal(statement.rows, 10000);
	assert_int_equal(statement.redacted, 2);
	assert_int_equal(statement.content_size, 19099123);
	assert_true(statement.time == 1795692467);
	assert_int_equal(statement.root[0], 0x90);
	assert_int_equal(statement.root[31], 0x1b);
	ASSERT_OK(narc_statement_write(&statement, text, &error), &error);
	assert_string_equal(text, example);
}

TEST(the_largest_statement_fits)
{
	const struct narc_statement statement = { .generation = UINT32_MAX,
						  .rows = UINT64_C(1) << 48,
						  .redacted = UINT64_C(1) << 48,
						  .content_size = UINT64_MAX,
						  .time = INT64_MIN };
	struct narc_statement again;
	struct narc_error error;
	char text[NARC_STATEMENT_SIZE];

	ASSERT_OK(narc_statement_write(&statement, text, &error), &error);
	ASSERT_OK(narc_statement_read(text, strlen(text), &again, &error), &error);
	assert_memory_equal(&again, &statement, sizeof(again));
}

TEST(what_a_statement_may_not_be_is_refused)
{
	static const char *const wrong[] = {
		"",
		"\n",
		"newsarc statement",
		"newsarc statement 1\n",
		"newsarc statement 1\ngeneration 0\n",
	};
	/* In place of a line of the example. */
	static const struct {
		const char *line;
		const char *instead;
	} changes[] = {
		{ "newsarc statement 1\n", "newsarc receipt 1\n" },
		{ "newsarc statement 1\n", "newsarc statement 2\n" },
		{ "newsarc statement 1\n", "newsarc statement 11\n" },
		{ "newsarc statement 1\n", "newsarc statement 1 \n" },
		{ "generation 3\n", "generation 0\n" },
		{ "generation 3\n", "generation 4294967296\n" },
		{ "generation 3\n", "generation 03\n" },
		{ "generation 3\n", "generation +3\n" },
		{ "generation 3\n", "generation 3 \n" },
		{ "generation 3\n", "generation  3\n" },
		{ "generation 3\n", "generation 3\r\n" },
		{ "generation 3\n", "generation\n" },
		{ "generation 3\n", "generation \n" },
		{ "generation 3\n", "" },
		{ "generation 3\n", "generation 3\ngeneration 3\n" },
		{ "rows 10000\n", "rows 281474976710657\n" },
		{ "rows 10000\n", "rows 18446744073709551617\n" },
		{ "rows 10000\n", "rows 1\n" }, /* fewer than were redacted */
		{ "bytes 19099123\n", "bytes 18446744073709551616\n" },
		{ "root 9", "root A" },
		{ "763e1b\n", "763e1B\n" },
		{ "763e1b\n", "763e1\n" },
		{ "763e1b\n", "763e1b00\n" },
		{ "time 1795692467\n", "time -\n" },
		{ "time 1795692467\n", "time -0\n" },
		{ "time 1795692467\n", "time 9223372036854775808\n" },
		{ "time 1795692467\n", "time 1795692467\nmore 1\n" },
		{ "time 1795692467\n", "time 1795692467\n\n" },
	};
	struct narc_error error;

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(read_text(wrong[i], &error), NARC_BAD_SIGNATURE);
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		const char *place = strstr(example, changes[i].line);
		char text[1024];
		enum narc_status status;

		assert_non_null(place);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - example), example,
			 changes[i].instead, place + strlen(changes[i].line));
		status = read_text(text, &error);
		if (status != NARC_BAD_SIGNATURE && status != NARC_UNSUPPORTED)
			fail_msg("taken: %s", changes[i].instead);
		ASSERT_ERROR_IS_TOLD(&error, status);
	}
}

TEST(every_cut_statement_and_every_byte_more_is_refused)
{
	char *text;
	struct narc_statement statement;
	struct narc_error error;

	/* In memory of its own size, which a sanitizer watches. */
	for (size_t size = 0; size < strlen(example); size++) {
		text = malloc(size + 1);
		memcpy(text, example, size);
		assert_int_not_equal(narc_statement_read(text, size, &statement, &error), NARC_OK);
		free(text);
	}
	assert_int_not_equal(narc_statement_read(example, sizeof(example), &statement, &error),
			     NARC_OK);
}

/* ---- archives ----------------------------------------------------------------------------- */

static struct narc_statement statement_of(const struct packed *packed, uint32_t generation,
				   unsigned threads)
{
	narc_archive *archive = open_packed(packed);
	struct narc_statement statement;
	struct narc_error error;

	ASSERT_OK(narc_statement_make(archive, generation, threads, SIGNED_AT, &statement, &error),
		  &error);
	narc_archive_close(archive);
	return statement;
}

static enum narc_status check(const struct packed *packed, const struct narc_statement *statement,
			      struct narc_statement *found, struct narc_error *error)
{
	narc_archive *archive = open_packed(packed);
	enum narc_status status = narc_statement_check(archive, statement, 1, found, error);

	narc_archive_close(archive);
	return status;
}

static struct packed rewritten_of(enum rewriting rewriting, const struct packed *packed,
				  const struct packed *other)
{
	return rewrite_packed(rewriting, packed, other).parts[0];
}

static void assert_same_root(const struct narc_statement *one, const struct narc_statement *two)
{
	assert_memory_equal(one->root, two->root, sizeof(one->root));
	assert_int_equal(one->rows, two->rows);
}

TEST(a_statement_is_of_all_rows_up_to_its_generation)
{
	struct packed living = make_living_archive();
	struct narc_statement first = statement_of(&living, 1, 1);
	struct narc_statement last = statement_of(&living, 2, 1);
	struct narc_statement newest = statement_of(&living, 0, 1);
	narc_archive *archive = open_packed(&living);
	struct narc_info info;
	struct narc_error error;

	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	assert_int_equal(last.generation, 2);
	assert_memory_equal(&last, &newest, sizeof(last));
	assert_true(last.rows == info.rows);
	assert_true(last.content_size == info.content_size);
	assert_true(last.time == SIGNED_AT);
	assert_true(first.rows < last.rows);
	assert_memory_not_equal(first.root, last.root, sizeof(first.root));
	ASSERT_STATUS(narc_statement_make(archive, 3, 1, 0, &last, &error), NARC_NOT_FOUND,
		      &error);
	narc_archive_close(archive);
	packed_free(&living);
}

TEST(a_statement_does_not_depend_on_threads)
{
	struct packed living = make_living_archive();
	struct narc_statement one = statement_of(&living, 2, 1), many = statement_of(&living, 2, 4);

	assert_memory_equal(&one, &many, sizeof(one));
	packed_free(&living);
}

TEST(an_archive_without_rows_can_be_signed)
{
	struct packed empty = pack_files(NULL, NULL, 0);
	struct narc_statement statement = statement_of(&empty, 0, 1), found;
	struct narc_error error;

	assert_int_equal(statement.rows, 0);
	ASSERT_OK(check(&empty, &statement, &found, &error), &error);
	packed_free(&empty);
}

TEST(each_number_of_a_statement_is_compared)
{
	struct packed living = make_living_archive();
	const struct narc_statement statement = statement_of(&living, 2, 1);
	struct narc_statement other, found;
	struct narc_error error;

	for (unsigned i = 0; i < 5; i++) {
		other = statement;
		other.rows += i == 0;
		other.redacted += i == 1;
		other.content_size += i == 2;
		other.root[31] ^= i == 3;
		other.generation -= i == 4;
		ASSERT_STATUS(check(&living, &other, &found, &error), NARC_BAD_SIGNATURE, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_BAD_SIGNATURE);
	}
	packed_free(&living);
}

TEST(a_statement_holds_after_an_append)
{
	const struct given_file files[] = { given_text("new.txt", "what is new") };
	struct packed living = make_living_archive();
	struct packed appended = append_files(&living, NULL, files, COUNT_OF(files));
	struct narc_statement statement = statement_of(&living, 2, 1), found;
	struct narc_statement later = statement_of(&appended, 2, 1);
	struct narc_statement newest = statement_of(&appended, 3, 1);
	struct narc_error error;

	assert_memory_equal(&statement, &later, sizeof(later));
	assert_int_equal(newest.rows, statement.rows + 1);
	ASSERT_OK(check(&appended, &statement, &found, &error), &error);
	/* The other way round, something was taken away. */
	ASSERT_STATUS(check(&living, &newest, &found, &error), NARC_BAD_SIGNATURE, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_BAD_SIGNATURE);
	packed_free(&appended);
	packed_free(&living);
}

TEST(a_statement_holds_after_compacting)
{
	struct packed living = make_living_archive();
	struct packed compacted = rewritten_of(COMPACTING, &living, NULL);
	struct narc_statement statement = statement_of(&living, 1, 1), found;
	struct narc_error error;

	ASSERT_OK(check(&compacted, &statement, &found, &error), &error);
	statement = statement_of(&living, 2, 1);
	ASSERT_OK(check(&compacted, &statement, &found, &error), &error);
	assert_memory_equal(&found, &statement, sizeof(found));
	packed_free(&compacted);
	packed_free(&living);
}

TEST(a_statement_holds_after_a_redaction_and_its_loss_is_told)
{
	struct packed living = make_living_archive();
	struct packed redacted = rewritten_of(REDACTING, &living, NULL);
	struct packed compacted = rewritten_of(COMPACTING, &redacted, NULL);
	struct narc_statement statement = statement_of(&living, 2, 1), found;
	struct narc_error error;

	ASSERT_OK(check(&redacted, &statement, &found, &error), &error);
	assert_int_equal(statement.redacted, 0);
	assert_int_equal(found.redacted, 3);
	assert_true(found.content_size < statement.content_size);
	ASSERT_OK(check(&compacted, &statement, &found, &error), &error);
	/* What is signed now can be altered no more by the contents' coming back. */
	statement = statement_of(&redacted, 2, 1);
	assert_same_root(&statement, &found);
	assert_int_equal(statement.redacted, 3);
	ASSERT_OK(check(&compacted, &statement, &found, &error), &error);
	ASSERT_STATUS(check(&living, &statement, &found, &error), NARC_BAD_SIGNATURE, &error);
	packed_free(&compacted);
	packed_free(&redacted);
	packed_free(&living);
}

TEST(another_hash_in_a_tombstone_is_found)
{
	struct packed living = make_living_archive();
	struct packed redacted = rewritten_of(REDACTING, &living, NULL);
	struct narc_statement statement = statement_of(&living, 2, 1), found;
	narc_archive *archive = open_packed(&redacted);
	struct narc_error error;

	for (size_t i = 0; i < archive->manifest.tombstone_count; i++) {
		uint8_t *digest = archive->manifest.tombstones[i].digest;

		digest[i] ^= 1;
		ASSERT_STATUS(narc_statement_check(archive, &statement, 1, &found, &error),
			      NARC_BAD_SIGNATURE, &error);
		digest[i] ^= 1;
	}
	ASSERT_OK(narc_statement_check(archive, &statement, 1, &found, &error), &error);
	narc_archive_close(archive);
	packed_free(&redacted);
	packed_free(&living);
}

TEST(a_merged_archive_is_another_one)
{
	const struct given_file files[] = { given_text("old.txt", "of another site") };
	struct packed living = make_living_archive();
	struct packed other = pack_files(NULL, files, COUNT_OF(files));
	struct packed merged = rewritten_of(MERGING, &living, &other);
	struct narc_statement statement = statement_of(&living, 2, 1), found;
	struct narc_error error;

	ASSERT_STATUS(check(&merged, &statement, &found, &error), NARC_BAD_SIGNATURE, &error);
	/* Rows of several generations stand in one run there; it can be signed all the same. */
	for (uint32_t generation = 1; generation <= 3; generation++) {
		statement = statement_of(&merged, generation, 1);
		ASSERT_OK(check(&merged, &statement, &found, &error), &error);
	}
	packed_free(&merged);
	packed_free(&other);
	packed_free(&living);
}

/* ---- alterations -------------------------------------------------------------------------- */

static struct given_file given_post(void)
{
	struct given_file file = given_text("_posts/p.md",
					    "---\ndate: 2022-01-05 11:00:00 +0800\n---\nA post.\n"
					    "<http://a/?infoCode=NW202201050000000001>\n");

	file.entry.mtime_nanoseconds = 5;
	return file;
}

static struct narc_statement state_of_one(const struct given_file *file)
{
	const struct given_file files[] = { given_text("a.txt", "a"), *file };
	struct packed packed = pack_files(NULL, files, COUNT_OF(files));
	struct narc_statement statement = statement_of(&packed, 0, 1);

	packed_free(&packed);
	return statement;
}

static void assert_other_root(const struct narc_statement *statement,
			      const struct given_file *altered)
{
	struct narc_statement other = state_of_one(altered);

	assert_memory_not_equal(other.root, statement->root, sizeof(other.root));
}

TEST(whatever_is_altered_of_a_file_alters_the_root)
{
	static const char *const contents[] = {
		/* Another text of the same length, time, zone, infoCode; nothing at all. */
		"---\ndate: 2022-01-05 11:00:00 +0800\n---\nA pose.\n"
		"<http://a/?infoCode=NW202201050000000001>\n",
		"---\ndate: 2022-01-05 11:00:01 +0800\n---\nA post.\n"
		"<http://a/?infoCode=NW202201050000000001>\n",
		"---\ndate: 2022-01-05 11:00:00 +0900\n---\nA post.\n"
		"<http://a/?infoCode=NW202201050000000001>\n",
		"---\ndate: 2022-01-05 11:00:00 +0800\n---\nA post.\n"
		"<http://a/?infoCode=NW202201050000000002>\n",
		"",
	};
	const struct given_file file = given_post();
	const struct narc_statement statement = state_of_one(&file), again = state_of_one(&file);
	struct given_file altered;

	assert_memory_equal(&statement, &again, sizeof(again));
	for (size_t i = 0; i < COUNT_OF(contents); i++) {
		altered = file;
		altered.content = contents[i];
		altered.size = strlen(contents[i]);
		assert_other_root(&statement, &altered);
	}
	altered = file;
	altered.entry.path = "_posts/q.md";
	assert_other_root(&statement, &altered);
	altered = file;
	altered.entry.permissions ^= 1;
	assert_other_root(&statement, &altered);
	altered = file;
	altered.entry.mtime_seconds++;
	assert_other_root(&statement, &altered);
	altered = file;
	altered.entry.mtime_nanoseconds++;
	assert_other_root(&statement, &altered);
	altered = file;
	altered.entry.type = NARC_TYPE_SYMLINK;
	assert_other_root(&statement, &altered);
}

TEST(damage_is_told_as_damage)
{
	const struct given_file files[] = { given_post() };
	struct packed packed = pack_files(NULL, files, COUNT_OF(files));
	struct narc_statement statement = statement_of(&packed, 0, 1), found;
	uint8_t *bytes = packed.data;
	narc_archive *archive = open_packed(&packed);
	struct narc_info info;
	struct narc_error error;

	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	narc_archive_close(archive);
	bytes[info.blocks_offset + 20] ^= 1;
	ASSERT_STATUS(check(&packed, &statement, &found, &error), NARC_CORRUPT, &error);
	packed_free(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_statement_is_read_as_it_is_written),
		cmocka_unit_test(the_largest_statement_fits),
		cmocka_unit_test(what_a_statement_may_not_be_is_refused),
		cmocka_unit_test(every_cut_statement_and_every_byte_more_is_refused),
		cmocka_unit_test(a_statement_is_of_all_rows_up_to_its_generation),
		cmocka_unit_test(a_statement_does_not_depend_on_threads),
		cmocka_unit_test(an_archive_without_rows_can_be_signed),
		cmocka_unit_test(each_number_of_a_statement_is_compared),
		cmocka_unit_test(a_statement_holds_after_an_append),
		cmocka_unit_test(a_statement_holds_after_compacting),
		cmocka_unit_test(a_statement_holds_after_a_redaction_and_its_loss_is_told),
		cmocka_unit_test(another_hash_in_a_tombstone_is_found),
		cmocka_unit_test(a_merged_archive_is_another_one),
		cmocka_unit_test(whatever_is_altered_of_a_file_alters_the_root),
		cmocka_unit_test(damage_is_told_as_damage),
	};

	return cmocka_run_group_tests_name("statement", tests, NULL, NULL);
}
