/* SPDX-License-Identifier: BSD-2-Clause */
/* Parity tables (section 19 of the format): what a Reed-Solomon code covers, and the hashes by
 * which damage is found. */
#ifndef NARC_FORMAT_PARITY_TABLE_H
#define NARC_FORMAT_PARITY_TABLE_H

#include "format/extent.h"

struct parity_table {
	uint64_t offset;        /* of the first of the two, in the file */
	uint32_t chunk_size;    /* bytes */
	uint64_t stripes;
	uint32_t parity_chunks; /* of a stripe */
	struct extent *extents; /* what is covered, in the order of the file */
	size_t extent_count;

	/* These follow from the above. */
	uint64_t size;          /* of all extents together */
	uint64_t *starts;       /* of each extent, how many bytes are covered before it */
	uint64_t chunks;        /* that they make */
	uint32_t data_chunks;   /* of a stripe */
	uint64_t *hashes;       /* of the chunks, then of the parity chunks */
};

void parity_table_free(struct parity_table *table);

#define PARITY_REGION ((uint64_t)64 << 10)

/* How much parity there is to be. */
struct parity_aim {
	unsigned strength; /* such a part of what is covered, in hundredths of a percent; 0: none */
	bool survives_region; /* as much as makes up for the loss of PARITY_REGION bytes anywhere,
			       * but not more than what is covered */
};

/* Of a table whose extents are there, chooses chunks and stripes, and makes room for the hashes.
 * NARC_LIMIT if they are more than a table has room for, which is some terabytes. */
enum narc_status parity_table_choose(struct parity_table *table, struct parity_aim aim,
				     struct narc_error *error);

static inline uint64_t parity_table_parity_count(const struct parity_table *table)
{
	return table->stripes * table->parity_chunks;
}

/* The size of the table's section. */
uint64_t parity_table_section_size(const struct parity_table *table);

/* Where in the file the two tables stand, with the parity sections between them. */
struct extent parity_table_group(const struct parity_table *table);

/* Where the last extent ends: so did the file when the table was written. */
static inline uint64_t parity_table_covered_end(const struct parity_table *table)
{
	return extent_end(table->extents[table->extent_count - 1]);
}

/* How many parity chunks are in a section, but for the last. */
uint64_t parity_table_chunks_of_section(const struct parity_table *table);

/* Where in the file a parity chunk stands. */
uint64_t parity_table_parity_offset(const struct parity_table *table, uint64_t number);

/* Says where bytes stand that are start bytes behind the beginning of what is covered: returns
 * how many of up to length bytes stand at *offset, one behind the other; 0 behind the end. */
uint64_t parity_table_place(const struct parity_table *table, uint64_t start, uint64_t length,
			    uint64_t *offset);

/* Reads bytes of the file, exactly length of them, as a source's read_at does. */
typedef enum narc_status (*parity_read_fn)(void *context, uint64_t offset, void *buffer,
					   size_t length, struct narc_error *error);

/* Reads size bytes of what is covered, start bytes behind its beginning, with zeros behind its
 * end. */
enum narc_status parity_table_read(const struct parity_table *table, uint64_t start, void *buffer,
				   size_t size, parity_read_fn read, void *context,
				   struct narc_error *error);

enum narc_status parity_table_encode(struct byte_buffer *out, const struct parity_table *table,
				     struct narc_error *error);

/* Checks what the table says of itself; where it stood in the file is the caller's to check. */
enum narc_status parity_table_decode(const uint8_t *section, size_t size, uint64_t offset,
				     struct parity_table *table, struct narc_error *error);

#endif
