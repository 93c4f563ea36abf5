/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/unpacked.h"

#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/translate.h"

enum { EXPANSION_LIMIT = 1000 };
#define EXPANSION_ALLOWED ((uint64_t)1 << 30)

/* ---- errors ------------------------------------------------------------------------------- */

enum narc_status exchange_say(enum narc_status status, const char *source, const char *text,
			      struct narc_error *error)
{
	if (!error)
		return status;
	memset(error, 0, sizeof(*error));
	error->status = status;
	error->offset = NARC_NO_OFFSET;
	snprintf(error->stage, sizeof(error->stage), "import");
	snprintf(error->path, sizeof(error->path), "%s", source);
	snprintf(error->message, sizeof(error->message), "%s", translated(text));
	return status;
}

static enum narc_status status_of(int number)
{
	return number == ENOMEM ? NARC_NOMEM : NARC_IO;
}

enum narc_status exchange_fail(struct archive *archive, const char *source,
			       struct narc_error *error)
{
	const char *text = archive_error_string(archive);

	return exchange_say(status_of(archive_errno(archive)), source,
			    text ? text : "libarchive cannot read it", error);
}

enum narc_status check_expansion(struct archive *archive, const char *source, uint64_t given,
				 struct narc_error *error)
{
	char text[128];

	if (given <= EXPANSION_ALLOWED ||
	    given / EXPANSION_LIMIT <= (uint64_t)archive_filter_bytes(archive, -1))
		return NARC_OK;
	snprintf(text, sizeof(text),
		 "holds more than %d times what it has: unpack it, and pack the files that are "
		 "wanted",
		 EXPANSION_LIMIT);
	return exchange_say(NARC_LIMIT, source, text, error);
}

/* ---- reading ------------------------------------------------------------------------------ */

enum narc_status unpacked_open(struct unpacked *unpacked, const char *path, const char *source,
			       struct narc_error *error)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int result;

	unpacked->archive = archive;
	unpacked->source = source;
	unpacked->offset = unpacked->start = unpacked->end = 0;
	if (!archive)
		return exchange_say(NARC_NOMEM, source, "out of memory", error);
	archive_read_support_filter_all(archive);
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	result = path ? archive_read_open_filename(archive, path, UNPACKED_BLOCK_SIZE)
		      : archive_read_open_fd(archive, STDIN_FILENO, UNPACKED_BLOCK_SIZE);
	if (result == ARCHIVE_OK)
		result = archive_read_next_header(archive, &entry);
	return result == ARCHIVE_OK || result == ARCHIVE_WARN || result == ARCHIVE_EOF
		       ? NARC_OK
		       : exchange_fail(archive, source, error);
}

void unpacked_close(struct unpacked *unpacked)
{
	archive_read_free(unpacked->archive);
	unpacked->archive = NULL;
}

static enum narc_status read_more(struct unpacked *unpacked, bool *is_end,
				  struct narc_error *error)
{
	la_ssize_t got = archive_read_data(unpacked->archive, unpacked->block + unpacked->end,
					   sizeof(unpacked->block) - unpacked->end);

	if (got < 0)
		return exchange_fail(unpacked->archive, unpacked->source, error);
	*is_end = got == 0;
	unpacked->end += (size_t)got;
	return check_expansion(unpacked->archive, unpacked->source,
			       unpacked->offset + (unpacked->end - unpacked->start), error);
}

enum narc_status unpacked_look(struct unpacked *unpacked, size_t size, const uint8_t **bytes,
			       size_t *there, struct narc_error *error)
{
	enum narc_status status = NARC_OK;
	bool is_end = false;

	if (size > sizeof(unpacked->block) - unpacked->start) {
		memmove(unpacked->block, unpacked->block + unpacked->start,
			unpacked->end - unpacked->start);
		unpacked->end -= unpacked->start;
		unpacked->start = 0;
	}
	while (status == NARC_OK && !is_end && unpacked->end - unpacked->start < size)
		status = read_more(unpacked, &is_end, error);
	*bytes = unpacked->block + unpacked->start;
	*there = unpacked->end - unpacked->start;
	return status;
}

void unpacked_take(struct unpacked *unpacked, size_t size)
{
	unpacked->start += size;
	unpacked->offset += size;
}
