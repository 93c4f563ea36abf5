/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The descriptor of a block (section 8 of the format): what its rows are. Descriptors are
 * the leaves of the index by date, and enough to rebuild all the rest of it.
 */
#ifndef NARC_FORMAT_DESCRIPTOR_H
#define NARC_FORMAT_DESCRIPTOR_H

#include "format/limits.h"
#include "format/names.h"
#include "format/packed_column.h"
#include "support/civil_time.h"

/* A row as a block holds it. */
struct row {
	struct narc_record record;
	int64_t source;         /* 0: owns its content; d: content is that of row - d */
	int64_t replaces;       /* 0: no row; d: takes the place of row - d */
	uint64_t content_start; /* in the data frame's content; of rows that own theirs */
};

/* The row's date in seconds of UTC. Wraps instead of overflowing: a file may say anything. */
static inline int64_t record_instant(const struct narc_record *record)
{
	return (int64_t)((uint64_t)record->local_time -
			 (uint64_t)((int64_t)record->zone_minutes * 60));
}

/* The column "class" of a row without the bit that it was redacted, and the column "mode". */
uint8_t record_class(const struct narc_record *record);
uint32_t record_mode(const struct narc_record *record);

/* Takes them into a record; false if they are none. */
bool record_set_class(struct narc_record *record, uint64_t class, uint64_t mode);

/* What a descriptor says of the whole block. */
struct block_facts {
	uint64_t frame_size; /* 0: no data frame */
	uint64_t content_size;
	uint32_t dictionary;
	uint64_t frame_hash; /* of its bytes, as they are in the file; 0 if there is none */
	uint64_t first_row;
	uint32_t row_count;
	int64_t first_local_time;
};

/* Appends the section for facts->row_count rows. */
enum narc_status descriptor_encode(struct byte_buffer *out, const struct block_facts *facts,
				   const struct row *rows, const struct names *names,
				   ZSTD_CCtx *compressor, struct narc_error *error);

enum descriptor_column {
	COLUMN_LENGTH,
	COLUMN_SOURCE,
	COLUMN_GENERATION,
	COLUMN_VERSION,
	COLUMN_REPLACES,
	COLUMN_STEP,
	COLUMN_ZONE,
	COLUMN_CLASS,
	COLUMN_MODE,
	COLUMN_MTIME,
	COLUMN_MTIME_NANOSECONDS,
	COLUMN_CODE_FORM,
	COLUMN_CODE_NUMBER,
	COLUMN_CATEGORIES,
	COLUMN_SHAPE,
	COLUMN_COUNT
};

/* A decoded descriptor; points into the section that it was decoded from. */
struct descriptor {
	uint64_t offset;
	struct block_facts facts;
	uint32_t generations_before; /* its rows count theirs from behind these: 0, but in a set */
	bool mtime_is_relative;
	struct packed_column columns[COLUMN_COUNT];
	const uint8_t *hashes;
	struct byte_reader strings;
};

/* Checks the section and what can be checked without going through the rows. The strings
 * may be decoded into scratch. */
enum narc_status descriptor_decode(const uint8_t *section, size_t size, uint64_t offset,
				   ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
				   struct descriptor *descriptor, struct narc_error *error);

/* Whether a row refers to a name. */
bool descriptor_has_names(const struct descriptor *descriptor);

/* Goes through the rows of a descriptor, in order. Strings of the row given last stand in
 * the walk itself or in names. Where names is NULL, as they are lost, so are categories, infoCodes
 * of a form of their own, and paths: these are made up, each of date, infoCode and number. */
struct row_walk {
	const struct descriptor *descriptor;
	const struct names *names;
	uint32_t next;
	int64_t local_time;
	int64_t days; /* of local_time, since 1970-01-01 */
	struct civil_date date; /* the same day */
	uint64_t content_end; /* of the rows so far */
	uint32_t owners;      /* rows so far that own a byte at least */
	struct byte_reader strings;
	char path[PATH_SIZE_LIMIT + 1];
	char code[CODE_SIZE_LIMIT + 1];
	char categories[NAME_SIZE_LIMIT + 1];
};

void row_walk_begin(struct row_walk *walk, const struct descriptor *descriptor,
		    const struct names *names);

/* Gives the next row, checked by itself; NARC_END after the last, and then the sum of the
 * lengths has been checked too. */
enum narc_status row_walk_next(struct row_walk *walk, struct row *row, struct narc_error *error);

#endif
