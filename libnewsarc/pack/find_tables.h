/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the parity tables of a damaged file, and how far from where it belongs what it has may
 * stand. */
#ifndef NARC_PACK_FIND_TABLES_H
#define NARC_PACK_FIND_TABLES_H

#include "format/parity_table.h"

/* More pieces that are each elsewhere than they belong are not looked for. */
enum { SHIFTS_LIMIT = 64 };

struct found_tables {
	struct parity_table *tables; /* generation by generation, of each group once */
	size_t count;
	/* How far behind where it belongs something may stand, modulo 2^64; the first is 0. */
	uint64_t shifts[SHIFTS_LIMIT];
	size_t shift_count;
};

/* Looks for tables from start on in a file of this size. */
enum narc_status find_tables(struct narc_source source, uint64_t start, uint64_t file_size,
			     struct found_tables *found, struct narc_error *error);
void found_tables_free(struct found_tables *found);

/* Whether the table that was found behind this one is of the second group of its generation. */
bool found_tables_has_second(const struct found_tables *found, size_t number);

#endif
