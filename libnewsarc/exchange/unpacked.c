/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/unpacked.h"

#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/status.h"
#include "support/translate.h"

enum { EXPANSION_LIMIT = 1000 };
#define EXPANSION_ALLOWED ((uint64_t)1 << 30)

/* ---- errors ------------------------------------------------------------------------------- */

enum narc_status exchange_say(enum narc_status status, const char *source, const char *text,
			      struct narc_error *error)
{
	narc_fail_text(error, status, "import", NARC_NO_OFFSET, text);
	narc_error_set_path(error, source);
	return status;
}

static enum narc_status status_of(int number)
{
	return number == ENOMEM ? NARC_NOMEM : number == EFBIG ? NARC_LIMIT : NARC_IO;
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

void support_compressions(struct archive *archive)
{
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_compress(archive);
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_filter_lzip(archive);
	archive_read_support_filter_lzma(archive);
	archive_read_support_filter_rpm(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
}

enum narc_status unpacked_open(struct unpacked *unpacked, const char *path, const char *source,
			       struct narc_error *error)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int result;

	unpacked->archive = archive;
	unpacked->source = source;
	unpacked->has_ended = false;
	unpacked->next_size = 0;
	unpacked->offset = unpacked->start = unpacked->end = 0;
	if (!archive)
		return exchange_say(NARC_NOMEM, source, "out of memory", error);
	support_compressions(archive);
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	result = path ? archive_read_open_filename(archive, path, UNPACKED_BLOCK_SIZE)
		      : archive_read_open_fd(archive, STDIN_FILENO, UNPACKED_BLOCK_SIZE);
	if (result == ARCHIVE_OK)
		result = archive_read_next_header(archive, &entry);
	unpacked->has_ended = result == ARCHIVE_EOF;
	return result == ARCHIVE_OK || result == ARCHIVE_WARN || result == ARCHIVE_EOF
		       ? NARC_OK
		       : exchange_fail(archive, source, error);
}

void unpacked_close(struct unpacked *unpacked)
{
	archive_read_free(unpacked->archive);
	unpacked->archive = NULL;
}

/* What comes before a failure is to be had; archive_read_data would not give it. */
static enum narc_status next_block(struct unpacked *unpacked, struct narc_error *error)
{
	const void *bytes = NULL;
	la_int64_t offset;
	int result = archive_read_data_block(unpacked->archive, &bytes, &unpacked->next_size,
					     &offset);

	unpacked->next = bytes;
	unpacked->has_ended = result == ARCHIVE_EOF;
	if (result == ARCHIVE_OK || result == ARCHIVE_WARN)
		return NARC_OK;
	unpacked->next_size = 0;
	return unpacked->has_ended ? NARC_OK
				   : exchange_fail(unpacked->archive, unpacked->source, error);
}

static enum narc_status read_more(struct unpacked *unpacked, struct narc_error *error)
{
	size_t room = sizeof(unpacked->block) - unpacked->end;
	enum narc_status status = unpacked->next_size ? NARC_OK : next_block(unpacked, error);

	if (status != NARC_OK)
		return status;
	if (room > unpacked->next_size)
		room = unpacked->next_size;
	if (room)
		memcpy(unpacked->block + unpacked->end, unpacked->next, room);
	unpacked->next += room;
	unpacked->next_size -= room;
	unpacked->end += room;
	return check_expansion(unpacked->archive, unpacked->source,
			       unpacked->offset + (unpacked->end - unpacked->start), error);
}

enum narc_status unpacked_look(struct unpacked *unpacked, size_t size, const uint8_t **bytes,
			       size_t *there, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (size > sizeof(unpacked->block) - unpacked->start) {
		memmove(unpacked->block, unpacked->block + unpacked->start,
			unpacked->end - unpacked->start);
		unpacked->end -= unpacked->start;
		unpacked->start = 0;
	}
	while (status == NARC_OK && !unpacked->has_ended && unpacked->end - unpacked->start < size)
		status = read_more(unpacked, error);
	*bytes = unpacked->block + unpacked->start;
	*there = unpacked->end - unpacked->start;
	return status;
}

void unpacked_take(struct unpacked *unpacked, size_t size)
{
	unpacked->start += size;
	unpacked->offset += size;
}

enum narc_status unpacked_skip(struct unpacked *unpacked, uint64_t size, struct narc_error *error)
{
	const uint8_t *bytes;
	size_t there;

	while (size) {
		enum narc_status status = unpacked_look(unpacked, 1, &bytes, &there, error);

		if (status != NARC_OK)
			return status;
		if (there == 0)
			return exchange_say(NARC_IO, unpacked->source,
					    "ends amid a record: it was cut short", error);
		if (there > size)
			there = (size_t)size;
		unpacked_take(unpacked, there);
		size -= there;
	}
	return NARC_OK;
}
