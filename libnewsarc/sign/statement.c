/* SPDX-License-Identifier: BSD-2-Clause */
#include "sign/statement.h"

#include <string.h>

#include "format/limits.h"
#include "support/status.h"

#define TITLE "newsarc statement"
#define VERSION "1"

void statement_put(struct byte_buffer *text, const struct narc_statement *statement)
{
	put_line(text, TITLE, VERSION);
	put_unsigned(text, "generation", statement->generation);
	put_unsigned(text, "rows", statement->rows);
	put_unsigned(text, "redacted", statement->redacted);
	put_unsigned(text, "bytes", statement->content_size);
	put_hash(text, "root", statement->root);
	put_signed(text, "time", statement->time);
}

enum narc_status narc_statement_write(const struct narc_statement *statement,
				      char text[NARC_STATEMENT_SIZE], struct narc_error *error)
{
	struct byte_buffer written = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	statement_put(&written, statement);
	byte_buffer_append_u8(&written, '\0');
	status = byte_buffer_status(&written, error);
	/* Seven lines, none of which can have 100 bytes. */
	if (status == NARC_OK)
		memcpy(text, written.data, written.size);
	byte_buffer_free(&written);
	return status;
}

static enum narc_status fail(struct narc_error *error, enum narc_status status, const char *what)
{
	return narc_fail_text(error, status, "statement", NARC_NO_OFFSET, what);
}

static enum narc_status parse(const void *text, size_t size, struct narc_statement *statement,
			      struct narc_error *error)
{
	struct line_reader reader = line_reader_over(text, size);
	size_t version_size;
	const char *version = take_line(&reader, TITLE, &version_size);

	if (reader.failed)
		return fail(error, NARC_BAD_SIGNATURE, "this is no newsarc statement");
	if (version_size != strlen(VERSION) || memcmp(version, VERSION, version_size) != 0)
		return fail(error, NARC_UNSUPPORTED,
			    "the statement is of another version than 1, or was altered");
	statement->generation = (uint32_t)take_unsigned(&reader, "generation", FIRST_GENERATION,
							UINT32_MAX);
	statement->rows = take_unsigned(&reader, "rows", 0, ROWS_LIMIT);
	statement->redacted = take_unsigned(&reader, "redacted", 0, statement->rows);
	statement->content_size = take_unsigned(&reader, "bytes", 0, UINT64_MAX);
	take_hash(&reader, "root", statement->root);
	statement->time = take_signed(&reader, "time");
	if (reader.failed)
		return fail(error, NARC_BAD_SIGNATURE,
			    "the statement does not say what it should: it is cut or was altered");
	return NARC_OK;
}

enum narc_status narc_statement_read(const void *text, size_t size,
				     struct narc_statement *out, struct narc_error *error)
{
	struct narc_statement statement = { .time = 0 };
	struct byte_buffer written = BYTE_BUFFER_EMPTY;
	enum narc_status status = parse(text, size, &statement, error);

	if (status == NARC_OK) {
		statement_put(&written, &statement);
		status = byte_buffer_status(&written, error);
	}
	/* There is one way to write it. */
	if (status == NARC_OK &&
	    (written.size != size || memcmp(written.data, text, size) != 0))
		status = fail(error, NARC_BAD_SIGNATURE,
			      "the statement is not written as it should be: it was altered");
	byte_buffer_free(&written);
	if (status == NARC_OK)
		*out = statement;
	return status;
}
