/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packed column (section 2 of the format): numbers by frame of reference, that is, a
 * base and the differences to it in as few bits as the largest needs.
 *
 * Descriptors are small, and their columns of few values or of random digits: bits get
 * nearer to their entropy than bytes do, compressed or not, and one value can be read
 * without the others. Method: Goldstein, Ramakrishnan, Shaft, "Compressing Relations and
 * Indexes", 1998.
 */
#ifndef NARC_FORMAT_PACKED_COLUMN_H
#define NARC_FORMAT_PACKED_COLUMN_H

#include "support/byte_buffer.h"

void packed_column_encode(struct byte_buffer *out, const int64_t *values, size_t count);

/* How many bytes that would take. */
size_t packed_column_size(const int64_t *values, size_t count);

struct packed_column {
	uint64_t base;
	unsigned width;
	const uint8_t *bits;
	size_t bits_size;
};

/* Takes a column of count > 0 values from reader. Fails the reader if the column is
 * malformed. */
struct packed_column packed_column_read(struct byte_reader *reader, size_t count);

/* The value at place, which is below the count. */
int64_t packed_column_get(const struct packed_column *column, size_t place);

#endif
