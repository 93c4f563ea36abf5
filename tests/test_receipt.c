/* SPDX-License-Identifier: BSD-2-Clause */
/* Receipts: what they prove, and that nothing else can be made of one. */
#include "support_check.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sign/keys.h"
#include "sign/signed_row.h"
#include "support_folder.h"
#include "support_rewrite.h"

/* ---- leaves ------------------------------------------------------------------------------- */

static struct narc_signed_row example_row(void)
{
	struct narc_signed_row row = {
		.record = {
			.path = "_posts/p.md",
			.info_code = "NW1",
			.kind = NARC_KIND_POST,
			.type = NARC_TYPE_SYMLINK,
			.date_origin = NARC_DATE_INFO_CODE,
			.local_time = -2,
			.zone_minutes = -90,
			.permissions = 0640,
			.mtime_seconds = 0x0102030405060708,
			.mtime_nanoseconds = 999999999,
			.generation = 0x01020304,
			.version = 7,
			.row = 0xa0b0c0d0e0,
		},
		.replaces = -3,
	};

	for (size_t i = 0; i < sizeof(row.sha256); i++)
		row.sha256[i] = (uint8_t)i;
	return row;
}

/* Section 2 of the text. */
static const uint8_t example_leaf[] = {
	0, /* of every leaf */
	0xe0, 0xd0, 0xc0, 0xb0, 0xa0, 0, 0, 0,
	4, 3, 2, 1,
	7, 0, 0, 0,
	0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xa6, 0xff,
	5,
	0xa0, 0xa1, 0, 0, /* 0120640 */
	8, 7, 6, 5, 4, 3, 2, 1,
	0xff, 0xc9, 0x9a, 0x3b,
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
	3, 0, 'N', 'W', '1',
	11, 0, '_', 'p', 'o', 's', 't', 's', '/', 'p', '.', 'm', 'd',
};

static void hash_row(const struct narc_signed_row *row, uint8_t hash[TREE_HASH_SIZE])
{
	struct byte_buffer scratch = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	ASSERT_OK(signed_row_hash(row, &scratch, hash, &error), &error);
	byte_buffer_free(&scratch);
}

TEST(a_leaf_has_the_bytes_that_the_text_says)
{
	const struct narc_signed_row row = example_row();
	uint8_t hash[TREE_HASH_SIZE], wanted[TREE_HASH_SIZE];

	hash_row(&row, hash);
	crypto_hash_sha256(wanted, example_leaf, sizeof(example_leaf));
	assert_memory_equal(hash, wanted, sizeof(wanted));
}

TEST(what_a_redaction_changes_is_not_in_a_leaf)
{
	struct narc_signed_row row = example_row();
	uint8_t before[TREE_HASH_SIZE], after[TREE_HASH_SIZE];

	row.record.size = 100;
	row.record.categories = "a\nb";
	row.record.owner = 5;
	hash_row(&row, before);
	row.record.size = 0;
	row.record.categories = "";
	row.record.owner = row.record.row;
	row.record.is_redacted = true;
	hash_row(&row, after);
	assert_memory_equal(before, after, sizeof(after));
}

/* ---- receipts ----------------------------------------------------------------------------- */

struct signed_archive {
	struct packed packed;
	struct narc_secret_key key;
	char statement[NARC_STATEMENT_SIZE];
	char signature[NARC_SIGNATURE_SIZE];
};

static void sign_packed(struct packed packed, uint32_t generation,
			struct signed_archive *signed_archive)
{
	narc_archive *archive = open_packed(&packed);
	struct narc_statement statement;
	struct narc_error error;

	signed_archive->packed = packed;
	ASSERT_OK(secret_key_make(&signed_archive->key, &error), &error);
	ASSERT_OK(narc_statement_make(archive, generation, 1, 1800000001, &statement, &error),
		  &error);
	ASSERT_OK(narc_statement_write(&statement, signed_archive->statement, &error), &error);
	ASSERT_OK(narc_sign(&signed_archive->key, signed_archive->statement,
			    strlen(signed_archive->statement), "for a test",
			    signed_archive->signature, &error),
		  &error);
	narc_archive_close(archive);
}

static enum narc_status make_receipt(const struct signed_archive *signed_archive,
				     const struct packed *packed, uint64_t row, char **receipt,
				     size_t *size, struct narc_error *error)
{
	narc_archive *archive = open_packed(packed);
	enum narc_status status = narc_receipt_make(
		archive, row, signed_archive->statement, strlen(signed_archive->statement),
		signed_archive->signature, strlen(signed_archive->signature), 1, receipt, size,
		error);

	narc_archive_close(archive);
	return status;
}

static narc_cursor *open_all_states(narc_archive *archive)
{
	struct narc_filter filter;

	narc_filter_init(&filter);
	filter.all_versions = filter.with_redacted = true;
	return open_cursor(archive, &filter);
}

/* Fails unless the receipt proves that this record was there. */
static void assert_proves(const char *text, size_t size,
			  const struct signed_archive *signed_archive,
			  const struct narc_record *record)
{
	const struct narc_record *proved;
	narc_receipt *receipt;
	struct narc_error error;

	ASSERT_OK(narc_receipt_open(text, size, &signed_archive->key.public, &receipt, &error),
		  &error);
	proved = &narc_receipt_row(receipt)->record;
	assert_int_equal(proved->row, record->row);
	assert_string_equal(proved->path, record->path);
	assert_string_equal(proved->info_code, record->info_code);
	assert_string_equal(proved->categories, "");
	assert_int_equal(proved->generation, record->generation);
	assert_int_equal(proved->version, record->version);
	assert_int_equal(proved->kind, record->kind);
	assert_int_equal(proved->type, record->type);
	assert_int_equal(proved->date_origin, record->date_origin);
	assert_true(proved->local_time == record->local_time);
	assert_int_equal(proved->zone_minutes, record->zone_minutes);
	assert_int_equal(proved->permissions, record->permissions);
	assert_true(proved->mtime_seconds == record->mtime_seconds);
	assert_int_equal(proved->mtime_nanoseconds, record->mtime_nanoseconds);
	assert_true(narc_receipt_statement(receipt)->time == 1800000001);
	narc_receipt_close(receipt);
}

static void assert_has_content(const char *text, size_t size,
			       const struct signed_archive *signed_archive, narc_cursor *cursor)
{
	char *folder = test_folder_new();
	char path[TEST_PATH_SIZE];
	const size_t content_size = (size_t)narc_cursor_record(cursor)->size;
	const void *content;
	narc_receipt *receipt;
	struct narc_error error;

	ASSERT_OK(narc_cursor_content(cursor, &content, &error), &error);
	ASSERT_OK(narc_receipt_open(text, size, &signed_archive->key.public, &receipt, &error),
		  &error);
	test_path(path, folder, "post");
	test_file_write(path, content, content_size);
	ASSERT_OK(narc_receipt_check_file(receipt, path, &error), &error);
	test_file_write(path, "another", 7);
	ASSERT_STATUS(narc_receipt_check_file(receipt, path, &error), NARC_BAD_SIGNATURE, &error);
	assert_string_equal(error.path, path);
	narc_receipt_close(receipt);
	test_folder_remove(folder);
}

TEST(the_receipt_of_every_row_proves_what_the_row_is)
{
	struct signed_archive living;
	narc_archive *archive;
	narc_cursor *cursor;
	const struct narc_record *record;
	struct narc_error error;
	size_t receipts = 0;
	char line[64];

	sign_packed(make_living_archive(), 0, &living);
	archive = open_packed(&living.packed);
	cursor = open_all_states(archive);
	while ((record = next_record(cursor))) {
		char *text;
		size_t size;

		ASSERT_OK(make_receipt(&living, &living.packed, record->row, &text, &size, &error),
			  &error);
		assert_proves(text, size, &living, record);
		assert_has_content(text, size, &living, cursor);
		/* Leaves are in the order of the rows' numbers, in whatever order rows come. */
		snprintf(line, sizeof(line), "\nleaf %llu\n", (unsigned long long)record->row);
		assert_non_null(memmem(text, size, line, strlen(line)));
		free(text);
		receipts++;
	}
	assert_true(receipts > 60);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	packed_free(&living.packed);
}

TEST(a_receipt_can_be_had_of_what_was_redacted)
{
	struct signed_archive living;
	struct rewritten rewritten;
	narc_archive *archive;
	narc_cursor *cursor;
	const struct narc_record *record;
	struct narc_error error;
	size_t redacted = 0;

	sign_packed(make_living_archive(), 0, &living);
	rewritten = rewrite_packed(REDACTING, &living.packed, NULL);
	archive = open_packed(&rewritten.parts[0]);
	cursor = open_all_states(archive);
	while ((record = next_record(cursor))) {
		char *before, *after;
		size_t before_size, after_size;

		if (!record->is_redacted)
			continue;
		ASSERT_OK(make_receipt(&living, &living.packed, record->row, &before, &before_size,
				       &error),
			  &error);
		ASSERT_OK(make_receipt(&living, &rewritten.parts[0], record->row, &after,
				       &after_size, &error),
			  &error);
		assert_int_equal(before_size, after_size);
		assert_memory_equal(before, after, after_size);
		free(before);
		free(after);
		redacted++;
	}
	assert_int_equal(redacted, 3);
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	rewritten_free(&rewritten);
	packed_free(&living.packed);
}

TEST(there_is_no_receipt_of_what_was_not_signed)
{
	const struct given_file altered = given_text("altered.txt", "another archive");
	struct signed_archive living;
	struct packed other = pack_files(NULL, &altered, 1);
	struct narc_statement first;
	narc_archive *archive;
	struct narc_error error;
	char *text;
	size_t size;

	sign_packed(make_living_archive(), 1, &living);
	ASSERT_OK(narc_statement_read(living.statement, strlen(living.statement), &first, &error),
		  &error);
	ASSERT_OK(make_receipt(&living, &living.packed, first.rows - 1, &text, &size, &error),
		  &error);
	free(text);
	/* In generation 2; past the last row; in an archive that was not signed. */
	ASSERT_STATUS(make_receipt(&living, &living.packed, first.rows, &text, &size, &error),
		      NARC_NOT_FOUND, &error);
	ASSERT_STATUS(make_receipt(&living, &living.packed, UINT64_MAX, &text, &size, &error),
		      NARC_NOT_FOUND, &error);
	ASSERT_STATUS(make_receipt(&living, &other, 0, &text, &size, &error), NARC_BAD_SIGNATURE,
		      &error);
	archive = open_packed(&living.packed);
	ASSERT_STATUS(narc_receipt_make(archive, 0, "x\n", 2, living.signature,
					strlen(living.signature), 1, &text, &size, &error),
		      NARC_BAD_SIGNATURE, &error);
	ASSERT_STATUS(narc_receipt_make(archive, 0, living.statement, strlen(living.statement),
					"x\n", 2, 1, &text, &size, &error),
		      NARC_BAD_SIGNATURE, &error);
	narc_archive_close(archive);
	packed_free(&other);
	packed_free(&living.packed);
}

/* A receipt as version 1 of the text has it, which is good for ever. */
static const char kept_key[] =
	"untrusted comment: minisign public key 0ECCEC5C2206BC5C\n"
	"RWRcvAYiXOzMDpw0/eBxvROEmrV0KCWdNM1/YV/iVaDi5uA9T7Me2zXN\n";

static const char kept_receipt[] =
	"newsarc receipt 1\n"
	"row 2\n"
	"generation 1\n"
	"version 1\n"
	"replaces 0\n"
	"date 1641204000\n"
	"zone 480\n"
	"class 1\n"
	"mode 100644\n"
	"mtime 1795692467\n"
	"nanoseconds 126338807\n"
	"sha256 900e85d86b072fde365f608d68fb05b3731b5bffc95558dff721ff9ab5b3d272\n"
	"infocode NW202201010000000003\n"
	"path p3.md\n"
	"leaf 2\n"
	"sibling 056ab8c9c23a842fb3f0919c21cad944671dc8d7cfc08b1edb6425168e958e28\n"
	"sibling d12269c5203b631e91991225c994797baa88c1b420d32a0ec0be2e58cfdeee92\n"
	"sibling b3a090f0dd4ffadce70870caf4e353b4fbc82981b9cbc716374b5bd6adb8c02d\n"
	"\n"
	"newsarc statement 1\n"
	"generation 1\n"
	"rows 5\n"
	"redacted 0\n"
	"bytes 445\n"
	"root 90497e08d5ff725005dcbafe08dc97d101a423844dc50a356861c513ab763e1b\n"
	"time 1795692467\n"
	"\n"
	"untrusted comment: signature by newsarc with key 0ECCEC5C2206BC5C\n"
	"RURcvAYiXOzMDn2x93FliM6vDAHdMsJXX1MUdcy8K/xJL/gC36GtkfpFsnVag/bZhQhcACO4lREslE66vl77tD/TILwe8Ix3lww=\n"
	"trusted comment: newsarc generation 1, 5 rows, signed 2026-11-26T11:27:47+00:00\n"
	"8p/QpLGHS28YWSbwHMlqBUmWGaFjDNwhpS3fIEU4o/aZVhGSm4rRewXlnNFwStQjRI3116BMHVL1bEAjjbzKDA==\n";

TEST(a_receipt_is_good_for_ever)
{
	struct narc_public_key key;
	narc_receipt *receipt;
	struct narc_error error;

	ASSERT_OK(public_key_read(kept_key, strlen(kept_key), &key, &error), &error);
	ASSERT_OK(narc_receipt_open(kept_receipt, strlen(kept_receipt), &key, &receipt, &error),
		  &error);
	assert_string_equal(narc_receipt_row(receipt)->record.path, "p3.md");
	assert_int_equal(narc_receipt_row(receipt)->record.row, 2);
	assert_true(narc_receipt_statement(receipt)->rows == 5);
	narc_receipt_close(receipt);
}

/* Whether a read failed. Then there is no receipt, or the right one. */
static bool read_without(uint64_t number, enum narc_status with,
			 const struct signed_archive *living, const char *wanted,
			 size_t wanted_size)
{
	struct faulty_io *io = calloc(1, sizeof(*io));
	narc_archive *archive = NULL;
	struct narc_error error = { 0 };
	char *text = NULL;
	size_t size = 0;
	enum narc_status status;
	bool has_failed;

	faulty_io_init(io);
	faulty_io_fail(io, IO_SOURCE_READ, number, with);
	status = narc_archive_open(faulty_memory_source(io, living->packed.data,
							living->packed.size),
				   &archive, &error);
	if (status == NARC_OK)
		status = narc_receipt_make(archive, 1, living->statement, strlen(living->statement),
					   living->signature, strlen(living->signature), 1, &text,
					   &size, &error);
	has_failed = io->has_failed;
	if (has_failed) {
		ASSERT_STATUS(status, with, &error);
		assert_fault_is_told(io, &error);
	} else {
		ASSERT_OK(status, &error);
		assert_int_equal(size, wanted_size);
		assert_memory_equal(text, wanted, size);
	}
	free(text);
	narc_archive_close(archive);
	assert_int_equal(io->opened, 0);
	free(io);
	return has_failed;
}

TEST(a_read_that_fails_is_told_and_makes_no_other_receipt)
{
	static const enum narc_status failures[] = { NARC_IO, NARC_NOMEM, NARC_CORRUPT };
	struct signed_archive living;
	struct narc_error error;
	char *wanted;
	size_t size;

	sign_packed(make_living_archive(), 0, &living);
	ASSERT_OK(make_receipt(&living, &living.packed, 1, &wanted, &size, &error), &error);
	for (size_t i = 0; i < COUNT_OF(failures); i++) {
		uint64_t number = 1;

		while (read_without(number, failures[i], &living, wanted, size))
			number++;
		assert_true(number > 10);
	}
	free(wanted);
	packed_free(&living.packed);
}

/* ---- hostile ones ------------------------------------------------------------------------- */

/* A receipt of a file whose path has all that has to be escaped. */
static char *odd_receipt(struct signed_archive *signed_archive, size_t *size)
{
	static const char line[] = "\npath %E5%90%8D%20100%25%0A%7F~!\n";
	const struct given_file files[] = { given_text("a.txt", "first"),
					    given_text("\xe5\x90\x8d 100%\n\x7f~!", "odd"),
					    given_text("z.txt", "last") };
	struct narc_error error;
	char *text;

	sign_packed(pack_files(NULL, files, COUNT_OF(files)), 0, signed_archive);
	ASSERT_OK(make_receipt(signed_archive, &signed_archive->packed, 2, &text, size, &error),
		  &error);
	assert_non_null(memmem(text, *size, line, strlen(line)));
	return text;
}

/* In memory of its own size, which a sanitizer watches. */
static enum narc_status open_copy(const char *text, size_t size, const struct narc_public_key *key)
{
	char *copy = malloc(size + 1);
	narc_receipt *receipt = NULL;
	struct narc_error error;
	enum narc_status status;

	memcpy(copy, text, size);
	status = narc_receipt_open(copy, size, key, &receipt, &error);
	if (status != NARC_OK)
		ASSERT_ERROR_IS_TOLD(&error, status);
	narc_receipt_close(receipt);
	free(copy);
	return status;
}

TEST(every_bit_of_a_receipt_counts_but_those_of_the_untrusted_comment)
{
	struct signed_archive archive;
	size_t size;
	char *text = odd_receipt(&archive, &size);
	const char *comment = strstr(strstr(text, "untrusted comment: ") - 1, ": ") + 2;
	const char *comment_end = strchr(comment, '\n');

	assert_int_equal(open_copy(text, size, &archive.key.public), NARC_OK);
	for (size_t bit = 0; bit < 8 * size; bit++) {
		const char *place = text + bit / 8;

		if (place >= comment && place < comment_end)
			continue;
		text[bit / 8] ^= (char)(1 << bit % 8);
		if (open_copy(text, size, &archive.key.public) == NARC_OK)
			fail_msg("bit %zu of byte %zu makes no difference", bit % 8, bit / 8);
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
	free(text);
	packed_free(&archive.packed);
}

TEST(a_receipt_that_is_cut_or_goes_on_is_refused)
{
	struct signed_archive archive;
	size_t size;
	char *text = odd_receipt(&archive, &size);
	char *longer = malloc(1 << 20);

	for (size_t cut = 0; cut < size; cut++)
		assert_int_not_equal(open_copy(text, cut, &archive.key.public), NARC_OK);
	memcpy(longer, text, size);
	memset(longer + size, '\n', ((size_t)1 << 20) - size);
	assert_int_not_equal(open_copy(longer, size + 1, &archive.key.public), NARC_OK);
	assert_int_equal(open_copy(longer, (size_t)1 << 20, &archive.key.public), NARC_LIMIT);
	free(longer);
	free(text);
	packed_free(&archive.packed);
}

/* The receipt with one place in it replaced by something else. */
static enum narc_status open_changed(const struct signed_archive *archive, const char *text,
				     const char *line, const char *instead)
{
	const char *place = strstr(text, line);
	char *changed = malloc(1 << 16);
	enum narc_status status;
	int size;

	assert_non_null(place);
	size = snprintf(changed, 1 << 16, "%.*s%s%s", (int)(place - text), text, instead,
			place + strlen(line));
	status = open_copy(changed, (size_t)size, &archive->key.public);
	free(changed);
	return status;
}

TEST(no_line_of_a_receipt_can_be_another_or_be_written_in_another_way)
{
	static const struct {
		const char *line;
		const char *instead;
	} changes[] = {
		{ "newsarc receipt 1\n", "newsarc receipt 2\n" },
		{ "newsarc receipt 1\n", "newsarc statement 1\n" },
		{ "row 2\n", "row 1\n" },
		{ "row 2\n", "row 02\n" },
		{ "generation 1\n", "generation 2\n" },
		{ "generation 1\n", "generation 0\n" },
		{ "version 1\n", "version 2\n" },
		{ "replaces 0\n", "replaces 1\n" },
		{ "replaces 0\n", "replaces -0\n" },
		{ "zone 0\n", "zone 60\n" },
		{ "zone 0\n", "zone 1440\n" },
		{ "zone 0\n", "zone 4294967296\n" },
		{ "class 6\n", "class 7\n" },
		{ "class 6\n", "class 14\n" },
		{ "mode 100644\n", "mode 120644\n" },
		{ "mode 100644\n", "mode 0100644\n" },
		{ "mode 100644\n", "mode 10000100644\n" },
		{ "\nsha256 ", "\nsha512 " },
		{ "\ninfocode\n", "\ninfocode \n" },
		{ "\ninfocode\n", "\ninfocode x\n" },
		{ "\npath %E5", "\npath %e5" },
		{ "\npath %E5", "\npath \xe5" },
		{ "\npath %E5", "\npath %00" },
		{ "\npath %E5", "\npath %" },
		{ "~!\n", "%7E!\n" },
		{ "~!\n", "~!%\n" },
		{ "leaf ", "leaf 1" },
		{ "sibling ", "sibling 00" },
		{ "sibling ", "sister " },
		{ "\n\nnewsarc statement", "\nnewsarc statement" },
		{ "\n\nnewsarc statement", "\n\n\nnewsarc statement" },
		{ "\n\nuntrusted", "\nuntrusted" },
		{ "\n\nuntrusted", "\n\n\nuntrusted" },
	};
	struct signed_archive archive;
	size_t size;
	char *text = odd_receipt(&archive, &size), *ended = malloc(size + 1);

	memcpy(ended, text, size);
	ended[size] = '\0';
	for (size_t i = 0; i < COUNT_OF(changes); i++)
		if (open_changed(&archive, ended, changes[i].line, changes[i].instead) == NARC_OK)
			fail_msg("taken: %s", changes[i].instead);
	free(ended);
	free(text);
	packed_free(&archive.packed);
}

TEST(a_path_of_any_length_in_a_receipt_does_no_harm)
{
	struct signed_archive archive;
	size_t size;
	char *text = odd_receipt(&archive, &size), *ended = malloc(size + 1);
	char line[20000];

	memcpy(ended, text, size);
	ended[size] = '\0';
	memset(line, 'x', sizeof(line));
	memcpy(line, "\npath ", 6);
	for (size_t length = 4000; length < sizeof(line) - 1; length += 95) {
		line[length] = '\0';
		assert_int_not_equal(open_changed(&archive, ended, "\npath ", line), NARC_OK);
		line[length] = 'x';
	}
	free(ended);
	free(text);
	packed_free(&archive.packed);
}

TEST(a_tree_of_more_levels_than_there_can_be_is_refused)
{
	struct signed_archive archive;
	size_t size;
	char *text = odd_receipt(&archive, &size), *ended = malloc(size + 1);
	char *lines = malloc(200 * 80), *place = lines;

	memcpy(ended, text, size);
	ended[size] = '\0';
	for (size_t i = 0; i < 100; i++)
		place += sprintf(place, "sibling %064d\n", 0);
	strcpy(place, "sibling ");
	assert_int_not_equal(open_changed(&archive, ended, "sibling ", lines), NARC_OK);
	free(lines);
	free(ended);
	free(text);
	packed_free(&archive.packed);
}

/* Changes a text at random in one of several ways; returns its new size. It has room for as much
 * again. */
static size_t change_at_random(struct test_random *random, char *text, size_t size)
{
	size_t place = (size_t)random_below(random, size);
	size_t length = (size_t)random_below(random, 80) + 1;
	size_t other = (size_t)random_below(random, size);

	if (length > size - place)
		length = size - place;
	if (length > size - other)
		length = size - other;
	switch (random_below(random, 4)) {
	case 0: /* another byte */
		text[place] = (char)random_next(random);
		return size;
	case 1: /* bytes less */
		memmove(text + place, text + place + length, size - place - length);
		return size - length;
	case 2: /* bytes of elsewhere */
		memmove(text + place, text + other, length);
		return size;
	default: /* bytes more */
		memmove(text + place + length, text + place, size - place);
		return size + length;
	}
}

TEST(whatever_is_done_to_a_receipt_it_proves_nothing_else)
{
	const unsigned tries = getenv("NARC_LONG") ? 300000 : 3000;
	struct test_random random = { 71 };
	struct signed_archive archive;
	struct narc_error error;
	size_t size, good = 0;
	char *text = odd_receipt(&archive, &size), *changed = malloc(2 * size + 100);

	for (unsigned i = 0; i < tries; i++) {
		size_t changed_size = size;
		narc_receipt *receipt;

		memcpy(changed, text, size);
		for (uint64_t left = random_below(&random, 4); left; left--)
			changed_size = change_at_random(&random, changed, changed_size);
		if (narc_receipt_open(changed, changed_size, &archive.key.public, &receipt,
				      &error) != NARC_OK)
			continue;
		assert_string_equal(narc_receipt_row(receipt)->record.path,
				    "\xe5\x90\x8d 100%\n\x7f~!");
		assert_int_equal(narc_receipt_statement(receipt)->rows, 3);
		narc_receipt_close(receipt);
		good++;
	}
	/* A quarter was not changed at all. */
	assert_in_range(good, tries / 5, tries / 3);
	free(changed);
	free(text);
	packed_free(&archive.packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leaf_has_the_bytes_that_the_text_says),
		cmocka_unit_test(what_a_redaction_changes_is_not_in_a_leaf),
		cmocka_unit_test(the_receipt_of_every_row_proves_what_the_row_is),
		cmocka_unit_test(a_receipt_can_be_had_of_what_was_redacted),
		cmocka_unit_test(there_is_no_receipt_of_what_was_not_signed),
		cmocka_unit_test(a_receipt_is_good_for_ever),
		cmocka_unit_test(a_read_that_fails_is_told_and_makes_no_other_receipt),
		cmocka_unit_test(every_bit_of_a_receipt_counts_but_those_of_the_untrusted_comment),
		cmocka_unit_test(a_receipt_that_is_cut_or_goes_on_is_refused),
		cmocka_unit_test(no_line_of_a_receipt_can_be_another_or_be_written_in_another_way),
		cmocka_unit_test(a_path_of_any_length_in_a_receipt_does_no_harm),
		cmocka_unit_test(a_tree_of_more_levels_than_there_can_be_is_refused),
		cmocka_unit_test(whatever_is_done_to_a_receipt_it_proves_nothing_else),
	};

	return cmocka_run_group_tests_name("receipt", tests, NULL, NULL);
}
