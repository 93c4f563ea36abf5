/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/packed_column.h"

#include <string.h>

#include "support/byte_order.h"

static unsigned bit_width(uint64_t value)
{
	unsigned width = 0;

	for (; value; value >>= 1)
		width++;
	return width;
}

static size_t bits_size(size_t count, unsigned width)
{
	return (count * width + 7) / 8;
}

static void find_range(const int64_t *values, size_t count, int64_t *base, unsigned *width)
{
	int64_t smallest = values[0];
	int64_t largest = values[0];

	for (size_t i = 1; i < count; i++) {
		if (values[i] < smallest)
			smallest = values[i];
		if (values[i] > largest)
			largest = values[i];
	}
	*base = smallest;
	*width = bit_width((uint64_t)largest - (uint64_t)smallest);
}

/* Adds the width low bits of value at bit number place of zeroed memory. */
static void put_bits(uint8_t *bits, size_t place, unsigned width, uint64_t value)
{
	while (width > 0) {
		unsigned shift = (unsigned)(place % 8);
		unsigned taken = width < 8 - shift ? width : 8 - shift;

		bits[place / 8] |= (uint8_t)(value << shift);
		value = taken < 64 ? value >> taken : 0;
		place += taken;
		width -= taken;
	}
}

void packed_column_encode(struct byte_buffer *out, const int64_t *values, size_t count)
{
	int64_t base;
	unsigned width;
	uint8_t *bits;
	size_t size;

	find_range(values, count, &base, &width);
	size = bits_size(count, width);
	byte_buffer_append_zigzag(out, base);
	byte_buffer_append_u8(out, (uint8_t)width);
	bits = byte_buffer_reserve(out, size);
	if (!bits)
		return;
	memset(bits, 0, size);
	for (size_t i = 0; i < count; i++)
		put_bits(bits, i * width, width, (uint64_t)values[i] - (uint64_t)base);
	out->size += size;
}

size_t packed_column_size(const int64_t *values, size_t count)
{
	int64_t base;
	unsigned width;
	uint64_t zigzag;

	find_range(values, count, &base, &width);
	zigzag = base < 0 ? ~((uint64_t)base << 1) : (uint64_t)base << 1;
	return bits_size(count, width) + 1 + (bit_width(zigzag | 1) + 6) / 7;
}

/* The 64 bits from shift on of up to nine bytes; those that are not there are 0. */
static uint64_t load_bits(const uint8_t *bytes, size_t size, unsigned shift)
{
	uint8_t window[9] = { 0 };
	uint64_t value;

	memcpy(window, bytes, size < sizeof(window) ? size : sizeof(window));
	value = load_le64(window) >> shift;
	return shift ? value | (uint64_t)window[8] << (64 - shift) : value;
}

int64_t packed_column_get(const struct packed_column *column, size_t place)
{
	size_t first = place * column->width;
	size_t byte = first / 8;
	unsigned shift = (unsigned)(first % 8);
	uint64_t value;

	if (column->width == 0)
		return (int64_t)column->base;
	/* One load has all of it, unless it is wide or near the end. */
	if (column->bits_size - byte >= 8 && shift + column->width <= 64)
		value = load_le64(column->bits + byte) >> shift;
	else
		value = load_bits(column->bits + byte, column->bits_size - byte, shift);
	if (column->width < 64)
		value &= ((uint64_t)1 << column->width) - 1;
	return (int64_t)(column->base + value);
}

struct packed_column packed_column_read(struct byte_reader *reader, size_t count)
{
	struct packed_column column = { 0 };
	unsigned spare;

	column.base = (uint64_t)byte_reader_zigzag(reader);
	column.width = byte_reader_u8(reader);
	if (column.width > 64) {
		reader->failed = true;
		return column;
	}
	column.bits_size = bits_size(count, column.width);
	column.bits = byte_reader_bytes(reader, column.bits_size);
	spare = (unsigned)(column.bits_size * 8 - count * column.width);
	if (column.bits && spare && column.bits[column.bits_size - 1] >> (8 - spare))
		reader->failed = true;
	return column;
}
