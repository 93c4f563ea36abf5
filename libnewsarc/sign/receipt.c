/* SPDX-License-Identifier: BSD-2-Clause */
/* Receipts (section 6 of newsarc-signature.md): three paragraphs, which are the row and its path
 * to the root, the statement, and its signature. */
#include <errno.h>
#include <fcntl.h>
#include <sodium/crypto_hash_sha256.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "sign/row_tree.h"
#include "sign/signature.h"
#include "sign/text_lines.h"
#include "support/file_io.h"
#include "support/status.h"

#define TITLE "newsarc receipt"
#define VERSION "1"

/* More than the longest path and the longest signature need. */
enum { RECEIPT_SIZE_LIMIT = 64 << 10, READ_SIZE = 64 << 10 };

struct narc_receipt {
	struct narc_signed_row row; /* with the strings below */
	char info_code[CODE_SIZE_LIMIT + 1];
	char path[PATH_SIZE_LIMIT + 1];
	uint64_t leaf;
	struct tree_path siblings;
	struct narc_statement statement;
};

static enum narc_status fail(struct narc_error *error, enum narc_status status, const char *what)
{
	return narc_fail_text(error, status, "receipt", NARC_NO_OFFSET, what);
}

/* ---- the first paragraph ------------------------------------------------------------------ */

static void put_row(struct byte_buffer *text, const struct narc_signed_row *row)
{
	const struct narc_record *record = &row->record;

	put_unsigned(text, "row", record->row);
	put_unsigned(text, "generation", record->generation);
	put_unsigned(text, "version", record->version);
	put_signed(text, "replaces", row->replaces);
	put_signed(text, "date", record->local_time);
	put_signed(text, "zone", record->zone_minutes);
	put_unsigned(text, "class", record_class(record));
	put_octal(text, "mode", record_mode(record));
	put_signed(text, "mtime", record->mtime_seconds);
	put_unsigned(text, "nanoseconds", record->mtime_nanoseconds);
	put_hash(text, "sha256", row->sha256);
	put_string(text, "infocode", record->info_code);
	put_string(text, "path", record->path);
}

static void put_proof(struct byte_buffer *text, const struct narc_signed_row *row, uint64_t leaf,
		      const struct tree_path *siblings)
{
	put_line(text, TITLE, VERSION);
	put_row(text, row);
	put_unsigned(text, "leaf", leaf);
	for (unsigned i = 0; i < siblings->size; i++)
		put_hash(text, "sibling", siblings->hashes[i]);
	byte_buffer_append(text, "\n", 1);
}

static void take_row(struct line_reader *reader, narc_receipt *receipt)
{
	struct narc_record *record = &receipt->row.record;
	int64_t zone;
	uint64_t class;

	record->row = take_unsigned(reader, "row", 0, ROWS_LIMIT);
	record->generation =
		(uint32_t)take_unsigned(reader, "generation", FIRST_GENERATION, UINT32_MAX);
	record->version = (uint32_t)take_unsigned(reader, "version", 1, UINT32_MAX);
	receipt->row.replaces = take_signed(reader, "replaces");
	record->local_time = take_signed(reader, "date");
	zone = take_signed(reader, "zone");
	reader->failed |= zone < -ZONE_MINUTES_LIMIT || zone > ZONE_MINUTES_LIMIT;
	record->zone_minutes = (int)zone;
	class = take_unsigned(reader, "class", 0, UINT8_MAX);
	if (!record_set_class(record, class, take_octal(reader, "mode")))
		reader->failed = true;
	record->mtime_seconds = take_signed(reader, "mtime");
	record->mtime_nanoseconds = (uint32_t)take_unsigned(reader, "nanoseconds", 0, 999999999);
	take_hash(reader, "sha256", receipt->row.sha256);
	take_string(reader, "infocode", receipt->info_code, CODE_SIZE_LIMIT);
	take_string(reader, "path", receipt->path, PATH_SIZE_LIMIT);
	record->info_code = receipt->info_code;
	record->path = receipt->path;
	record->categories = "";
}

static enum narc_status parse_proof(struct line_reader *reader, narc_receipt *receipt,
				    struct narc_error *error)
{
	size_t version_size;
	const char *version = take_line(reader, TITLE, &version_size);

	if (reader->failed)
		return fail(error, NARC_BAD_SIGNATURE, "this is no newsarc receipt");
	if (version_size != strlen(VERSION) || memcmp(version, VERSION, version_size) != 0)
		return fail(error, NARC_UNSUPPORTED,
			    "the receipt is of another version than 1, or was altered");
	take_row(reader, receipt);
	receipt->leaf = take_unsigned(reader, "leaf", 0, ROWS_LIMIT);
	while (next_line_is(reader, "sibling") && receipt->siblings.size < TREE_LEVELS_MOST)
		take_hash(reader, "sibling", receipt->siblings.hashes[receipt->siblings.size++]);
	take_line(reader, "", &version_size);
	if (reader->failed)
		return fail(error, NARC_BAD_SIGNATURE,
			    "the receipt does not say what it should: it is cut or was altered");
	return NARC_OK;
}

/* There is one way to write it. */
static enum narc_status check_writing(const narc_receipt *receipt, const char *text, size_t size,
				      struct narc_error *error)
{
	struct byte_buffer written = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	put_proof(&written, &receipt->row, receipt->leaf, &receipt->siblings);
	status = byte_buffer_status(&written, error);
	if (status == NARC_OK &&
	    (written.size != size || memcmp(written.data, text, size) != 0))
		status = fail(error, NARC_BAD_SIGNATURE,
			      "the receipt is not written as it should be: it was altered");
	byte_buffer_free(&written);
	return status;
}

/* ---- checking ----------------------------------------------------------------------------- */

/* Reads the other two paragraphs and checks the signature. */
static enum narc_status check_statement(const struct line_reader *reader,
					const struct narc_public_key *key,
					struct narc_statement *statement,
					struct narc_error *error)
{
	size_t left = (size_t)(reader->end - reader->next);
	const char *gap = memmem(reader->next, left, "\n\n", 2);
	size_t size = gap ? (size_t)(gap + 1 - reader->next) : 0;
	enum narc_status status;

	if (!gap)
		return fail(error, NARC_BAD_SIGNATURE, "the receipt is cut, or was altered");
	status = narc_check_signature(gap + 2, left - size - 1, reader->next, size, key, error);
	return status == NARC_OK ? narc_statement_read(reader->next, size, statement, error)
				 : status;
}

static enum narc_status check_path(const narc_receipt *receipt, struct narc_error *error)
{
	const struct narc_statement *statement = &receipt->statement;
	struct byte_buffer scratch = BYTE_BUFFER_EMPTY;
	uint8_t leaf[TREE_HASH_SIZE], root[TREE_HASH_SIZE];
	enum narc_status status = signed_row_hash(&receipt->row, &scratch, leaf, error);

	byte_buffer_free(&scratch);
	if (status != NARC_OK)
		return status;
	if (receipt->row.record.generation > statement->generation ||
	    !tree_path_root(&receipt->siblings, leaf, receipt->leaf, statement->rows, root) ||
	    memcmp(root, statement->root, sizeof(root)) != 0)
		return fail(error, NARC_BAD_SIGNATURE,
			    "what the receipt says of the entry is not what was signed");
	return NARC_OK;
}

static enum narc_status check(const char *text, size_t size, const struct narc_public_key *key,
			      narc_receipt *receipt, struct narc_error *error)
{
	struct line_reader reader = line_reader_over(text, size);
	enum narc_status status = parse_proof(&reader, receipt, error);

	if (status == NARC_OK)
		status = check_writing(receipt, text, (size_t)(reader.next - text), error);
	if (status == NARC_OK)
		status = check_statement(&reader, key, &receipt->statement, error);
	return status == NARC_OK ? check_path(receipt, error) : status;
}

enum narc_status narc_receipt_open(const void *text, size_t size,
				   const struct narc_public_key *key, narc_receipt **out,
				   struct narc_error *error)
{
	narc_receipt *receipt;
	enum narc_status status;

	if (size > RECEIPT_SIZE_LIMIT)
		return fail(error, NARC_LIMIT, "this is too long for a receipt");
	receipt = calloc(1, sizeof(*receipt));
	if (!receipt)
		return narc_fail_memory(error);
	status = check(text, size, key, receipt, error);
	if (status == NARC_OK)
		*out = receipt;
	else
		narc_receipt_close(receipt);
	return status;
}

const struct narc_signed_row *narc_receipt_row(const narc_receipt *receipt)
{
	return &receipt->row;
}

const struct narc_statement *narc_receipt_statement(const narc_receipt *receipt)
{
	return &receipt->statement;
}

void narc_receipt_close(narc_receipt *receipt)
{
	free(receipt);
}

/* ---- a file ------------------------------------------------------------------------------- */

static enum narc_status digest_file(int fd, uint8_t digest[crypto_hash_sha256_BYTES],
				    struct narc_error *error)
{
	crypto_hash_sha256_state state;
	uint8_t *piece = malloc(READ_SIZE);
	size_t got = READ_SIZE;
	enum narc_status status = piece ? NARC_OK : narc_fail_memory(error);

	crypto_hash_sha256_init(&state);
	while (status == NARC_OK && got == READ_SIZE) {
		status = file_read_some(fd, piece, READ_SIZE, &got, error);
		if (status == NARC_OK)
			crypto_hash_sha256_update(&state, piece, got);
	}
	crypto_hash_sha256_final(&state, digest);
	free(piece);
	return status;
}

enum narc_status narc_receipt_check_file(const narc_receipt *receipt, const char *path,
					 struct narc_error *error)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum narc_status status;

	if (fd < 0)
		return narc_fail_system(error, "receipt", path, errno, "cannot open");
	status = digest_file(fd, digest, error);
	close(fd);
	if (status == NARC_OK && memcmp(digest, receipt->row.sha256, sizeof(digest)) != 0)
		status = fail(error, NARC_BAD_SIGNATURE,
			      "this is not the content that was signed");
	if (status != NARC_OK)
		narc_error_set_path(error, path);
	return status;
}

/* ---- making ------------------------------------------------------------------------------- */

static enum narc_status write_receipt(const struct row_tree *tree, const void *statement,
				      size_t statement_size, const void *signature,
				      size_t signature_size, char **receipt, size_t *size,
				      struct narc_error *error)
{
	struct byte_buffer text = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	put_proof(&text, &tree->row, tree->leaf, &tree->merkle.path);
	byte_buffer_append(&text, statement, statement_size);
	byte_buffer_append(&text, "\n", 1);
	byte_buffer_append(&text, signature, signature_size);
	status = byte_buffer_status(&text, error);
	if (status != NARC_OK) {
		byte_buffer_free(&text);
		return status;
	}
	*receipt = (char *)text.data;
	*size = text.size;
	return NARC_OK;
}

enum narc_status narc_receipt_make(narc_archive *archive, uint64_t row, const void *statement,
				   size_t statement_size, const void *signature,
				   size_t signature_size, unsigned threads, char **receipt,
				   size_t *size, struct narc_error *error)
{
	struct narc_statement signed_statement;
	struct row_tree tree;
	enum narc_status status = narc_statement_read(statement, statement_size,
						      &signed_statement, error);

	if (status == NARC_OK)
		status = signature_check_form(signature, signature_size, error);
	if (status != NARC_OK)
		return status;
	status = row_tree_build_signed(archive, &signed_statement, row, threads, &tree, error);
	if (status == NARC_OK && tree.leaf == NO_ROW)
		status = fail(error, NARC_NOT_FOUND, "the row is not among those that were signed");
	if (status == NARC_OK)
		status = write_receipt(&tree, statement, statement_size, signature, signature_size,
				       receipt, size, error);
	row_tree_free(&tree);
	return status;
}
