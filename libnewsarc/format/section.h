/* SPDX-License-Identifier: BSD-2-Clause */
/* The envelope of every record of ours: a zstd skippable frame with a tag and an XXH3. */
#ifndef NARC_FORMAT_SECTION_H
#define NARC_FORMAT_SECTION_H

#include "support/byte_buffer.h"

enum section_tag {
	SECTION_HEADER = 0x4352414e,     /* "NARC" */
	SECTION_NAMES = 0x4d414e4e,      /* "NNAM" */
	SECTION_DICTIONARY = 0x4349444e, /* "NDIC" */
	SECTION_DESCRIPTOR = 0x4b4c424e, /* "NBLK" */
	SECTION_KEY_PAGE = 0x59454b4e,   /* "NKEY" */
	SECTION_BLOCK_PAGE = 0x5849424e, /* "NBIX" */
	SECTION_SUPERSEDED = 0x5055534e, /* "NSUP" */
	SECTION_PARITY_TABLE = 0x4254504e, /* "NPTB" */
	SECTION_PARITY = 0x5241504e,     /* "NPAR" */
	SECTION_SEGMENT = 0x4745534e,    /* "NSEG" */
	SECTION_MANIFEST = 0x4e414d4e,   /* "NMAN" */
	SECTION_TRAILER = 0x444e454e,    /* "NEND" */
	SECTION_SET = 0x5445534e,        /* "NSET", and the next, in manifests of sets only */
	SECTION_FILTER = 0x544c464e      /* "NFLT" */
};

#define SECTION_MAGIC 0x184d2a5au

enum {
	SECTION_SIZES_SIZE = 8,    /* magic and size, as in every skippable frame */
	SECTION_HEADING_SIZE = 12, /* these and the tag */
	SECTION_CHECKSUM_SIZE = 8,
	SECTION_MIN_SIZE = SECTION_HEADING_SIZE + SECTION_CHECKSUM_SIZE
};

/* What this kind of section is called in messages. */
const char *section_name(enum section_tag tag);

/* The largest section of this kind that a reader accepts. */
uint32_t section_size_limit(enum section_tag tag);

/* Starts a section at the end of buffer; the payload is appended next, then section_end.
 * start is where the section begins in buffer. */
size_t section_begin(struct byte_buffer *buffer, enum section_tag tag);
void section_end(struct byte_buffer *buffer, size_t start);

/* Adds distance to the 8 bytes at place in a section that is complete, and makes its checksum anew: of
 * an offset into what is put somewhere else as a whole. */
void section_move_offset(uint8_t *section, size_t place, uint64_t distance);

/* Reads the section size from the first SECTION_HEADING_SIZE bytes of a section at
 * offset, and checks magic, tag and size. */
enum narc_status section_read_heading(const uint8_t *heading, enum section_tag tag,
				      uint64_t offset, uint32_t *section_size,
				      struct narc_error *error);

/* Checks a whole section of section_size bytes and gives its payload, which lies in
 * section. */
enum narc_status section_open(const uint8_t *section, size_t section_size, enum section_tag tag,
			      uint64_t offset, struct byte_reader *payload,
			      struct narc_error *error);

/* NARC_CORRUPT unless the payload was read without failure and to its end. */
enum narc_status section_close(const struct byte_reader *payload, enum section_tag tag,
			       uint64_t offset, struct narc_error *error);

#endif
