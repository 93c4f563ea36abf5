/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/header.h"

#include <stdio.h>
#include <string.h>

#include "format/limits.h"
#include "format/section.h"
#include "support/status.h"

enum { NOTE_SIZE = 2048 };

static const char opening[] =
	"\n\n"
	"This is a newsarc archive: posts of a news site and the files beside them, as they\n"
	"were, compressed with Zstandard (RFC 8878). The program to read it with is \"narc\";\n"
	"how the file is built is told in full by newsarc-format.md, version 1, which comes\n"
	"with the newsarc sources.\n"
	"\n"
	"Without narc, any Zstandard program prints all posts, one after the other, in order\n"
	"of date. ";

static size_t format_note(char *text, size_t room, const struct header_note *note,
			  uint64_t header_size)
{
	int size;

	if (note->dictionary_raw_size == 0)
		size = snprintf(text, room, "%sWith this file as FILE:\n\n    zstd -dc FILE\n\n",
				opening);
	else
		size = snprintf(text, room,
				"%sThey share a dictionary, which stands in this file at\n"
				"byte %llu and is %llu bytes long. With this file as FILE:\n\n"
				"    dd if=FILE of=DICT.zst bs=1 skip=%llu count=%llu\n"
				"    zstd -d DICT.zst -o DICT\n"
				"    zstd -dc -D DICT FILE\n\n",
				opening,
				(unsigned long long)(header_size + note->dictionary_body_gap),
				(unsigned long long)note->dictionary_body_size,
				(unsigned long long)(header_size + note->dictionary_body_gap),
				(unsigned long long)note->dictionary_body_size);
	return (size_t)size;
}

void header_encode(struct byte_buffer *out, const struct header_note *note)
{
	const size_t fixed_size = SECTION_HEADING_SIZE + 8 + SECTION_CHECKSUM_SIZE;
	char text[NOTE_SIZE];
	size_t size = 0;
	size_t last;
	size_t start;

	/* The note holds an offset behind itself, whose digits are part of its length. */
	do {
		last = size;
		size = format_note(text, sizeof(text), note, fixed_size + last);
	} while (size != last);
	start = section_begin(out, SECTION_HEADER);
	byte_buffer_append_u16(out, FORMAT_VERSION);
	byte_buffer_append_u16(out, 0);
	byte_buffer_append_u32(out, 0);
	byte_buffer_append(out, text, size);
	section_end(out, start);
}

enum narc_status header_check(const uint8_t *section, size_t size, struct narc_error *error)
{
	struct byte_reader payload;
	enum narc_status status = section_open(section, size, SECTION_HEADER, 0, &payload, error);
	uint16_t version, reserved;

	if (status != NARC_OK)
		return status;
	version = byte_reader_u16(&payload);
	reserved = byte_reader_u16(&payload);
	byte_reader_u32(&payload); /* Unused bits */
	byte_reader_bytes(&payload, byte_reader_left(&payload));
	status = section_close(&payload, SECTION_HEADER, 0, error);
	if (status != NARC_OK)
		return status;
	if (version != FORMAT_VERSION)
		return narc_fail(error, NARC_UNSUPPORTED, "header", 0,
				 "format version %u; this program reads version %d: use a later one",
				 version, FORMAT_VERSION);
	if (reserved != 0)
		return narc_fail(error, NARC_UNSUPPORTED, "header", 0,
				 "uses features this program does not know (%#x): use a later one",
				 reserved);
	return NARC_OK;
}
