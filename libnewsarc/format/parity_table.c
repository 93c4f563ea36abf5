/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/parity_table.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "format/section.h"
#include "support/checked_math.h"
#include "support/reed_solomon.h"
#include "support/status.h"

static const char stage[] = "parity table";

/* Of the fields in front of the extents, of an extent, and of a hash. */
enum { FIELDS_SIZE = 32, EXTENT_SIZE = 16, HASH_SIZE = 8 };

/* A table has about so many chunks at least, if that makes these no smaller than below. */
enum { CHUNKS_AIM = 200, GUARD_CHUNKS_AIM = 8 };
enum { CHUNK_SIZE_LEAST = 256, CHUNK_SIZE_UNIT = 64, GUARD_CHUNK_SIZE_MOST = 2048, WHOLE = 10000 };

/* No larger ones are chosen unless the table would not find room in its section. */
enum { CHUNK_SIZE_MOST = 65536 };

void parity_table_free(struct parity_table *table)
{
	free(table->extents);
	free(table->starts);
	free(table->hashes);
	*table = (struct parity_table){ 0 };
}

/* ---- choosing ----------------------------------------------------------------------------- */

static uint64_t divide_up(uint64_t number, uint64_t divisor)
{
	return number / divisor + (number % divisor != 0);
}

/* The greatest power of two that makes so many chunks. */
static uint32_t chunk_size_for(uint64_t size, uint64_t chunks, uint32_t most)
{
	uint32_t chunk_size = CHUNK_SIZE_LEAST;

	while (chunk_size < most && size / (2 * (uint64_t)chunk_size) >= chunks)
		chunk_size *= 2;
	return chunk_size;
}

static void divide_chunks(struct parity_table *table, uint64_t stripes)
{
	table->stripes = stripes;
	table->data_chunks = (uint32_t)divide_up(table->chunks, stripes);
}

/* How many chunks of a stripe a region may take away. It begins and ends amid chunks; or it is of
 * chunks on one side of a table and parity on the other, each of which may be an odd number, with
 * one between them that is covered on both sides. */
static uint64_t chunks_of_region(const struct parity_table *table)
{
	uint64_t table_size = table->chunks * HASH_SIZE; /* at least */
	uint64_t together = (PARITY_REGION - 2) / table->chunk_size + 2;
	uint64_t apart = table_size < PARITY_REGION
				 ? (PARITY_REGION - table_size) / table->chunk_size + 3
				 : 0;
	uint64_t lost = together > apart ? together : apart;

	return (lost + 2 * (table->stripes - 1)) / table->stripes;
}

static uint64_t part_of(const struct parity_table *table, unsigned strength)
{
	return (uint64_t)table->data_chunks * strength / WHOLE;
}

static uint32_t parity_chunks_for(const struct parity_table *table, struct parity_aim aim)
{
	uint64_t part = part_of(table, aim.strength);
	uint64_t region = aim.survives_region ? chunks_of_region(table) : 1;

	if (region > table->data_chunks)
		region = table->data_chunks;
	return (uint32_t)(part > region ? part : region);
}

/* Divides what is covered into chunks of this size, and these into as few stripes as there can be;
 * false if such a table finds no room in a section. */
static bool divide(struct parity_table *table, uint32_t chunk_size, struct parity_aim aim)
{
	uint64_t stripes;

	table->chunk_size = chunk_size;
	table->chunks = divide_up(table->size, chunk_size);
	if (table->chunks > PARITY_TABLE_SIZE_LIMIT / HASH_SIZE)
		return false;
	stripes = divide_up(table->chunks, REED_SOLOMON_CHUNKS_LIMIT);
	do {
		divide_chunks(table, stripes++);
		table->parity_chunks = parity_chunks_for(table, aim);
	} while (table->data_chunks + table->parity_chunks > REED_SOLOMON_CHUNKS_LIMIT);
	return parity_table_section_size(table) <= PARITY_TABLE_SIZE_LIMIT;
}

/* Where it is a region that asks for so much parity, those chunks take least of which a whole
 * number is little more than it. */
static void fit_region(struct parity_table *table, struct parity_aim aim)
{
	uint32_t best = table->chunk_size;
	uint64_t least = parity_table_group(table).size;

	for (uint32_t size = CHUNK_SIZE_LEAST; size <= CHUNK_SIZE_MOST; size += CHUNK_SIZE_UNIT) {
		bool has_room = divide(table, size, aim);

		if (has_room && parity_table_group(table).size < least) {
			least = parity_table_group(table).size;
			best = size;
		}
	}
	divide(table, best, aim);
}

static enum narc_status choose(struct parity_table *table, struct parity_aim aim,
			       struct narc_error *error)
{
	uint32_t size = aim.strength ? chunk_size_for(table->size, CHUNKS_AIM, CHUNK_SIZE_MOST)
				     : chunk_size_for(table->size, GUARD_CHUNKS_AIM,
						      GUARD_CHUNK_SIZE_MOST);

	while (size <= PARITY_CHUNK_SIZE_LIMIT && table->extent_count <= PARITY_EXTENTS_LIMIT) {
		if (divide(table, size, aim)) {
			if (aim.strength && aim.survives_region &&
			    table->parity_chunks > part_of(table, aim.strength))
				fit_region(table, aim);
			return NARC_OK;
		}
		size *= 2;
	}
	return narc_fail(error, NARC_LIMIT, stage, NARC_NO_OFFSET,
			 "%llu bytes in %zu parts are more than parity can cover",
			 (unsigned long long)table->size, table->extent_count);
}

static enum narc_status make_hashes(struct parity_table *table, struct narc_error *error)
{
	size_t count = (size_t)(table->chunks + parity_table_parity_count(table));

	table->hashes = calloc(count, sizeof(*table->hashes));
	return table->hashes ? NARC_OK : narc_fail_memory(error);
}

static enum narc_status add_up_extents(struct parity_table *table, struct narc_error *error)
{
	table->starts = calloc(table->extent_count, sizeof(*table->starts));
	if (!table->starts)
		return narc_fail_memory(error);
	table->size = 0;
	for (size_t i = 0; i < table->extent_count; i++) {
		table->starts[i] = table->size;
		table->size += table->extents[i].size;
	}
	return NARC_OK;
}

enum narc_status parity_table_choose(struct parity_table *table, struct parity_aim aim,
				     struct narc_error *error)
{
	enum narc_status status = add_up_extents(table, error);

	if (status != NARC_OK)
		return status;
	status = choose(table, aim, error);
	return status == NARC_OK ? make_hashes(table, error) : status;
}

/* ---- places ------------------------------------------------------------------------------- */

uint64_t parity_table_chunks_of_section(const struct parity_table *table)
{
	return PARITY_SECTION_CONTENT_LIMIT / table->chunk_size;
}

struct extent parity_table_group(const struct parity_table *table)
{
	uint64_t count = parity_table_parity_count(table);
	uint64_t sections = divide_up(count, parity_table_chunks_of_section(table));
	uint64_t parity_size = count * table->chunk_size + sections * SECTION_MIN_SIZE;

	return (struct extent){ table->offset,
				2 * parity_table_section_size(table) + parity_size };
}

uint64_t parity_table_parity_offset(const struct parity_table *table, uint64_t number)
{
	uint64_t sections = number / parity_table_chunks_of_section(table);

	return table->offset + parity_table_section_size(table) + number * table->chunk_size +
	       sections * SECTION_MIN_SIZE + SECTION_HEADING_SIZE;
}

/* The extent that has this byte of what is covered; the last one for those behind it. */
static size_t find_extent(const struct parity_table *table, uint64_t start)
{
	size_t low = 0;
	size_t high = table->extent_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (table->starts[middle] <= start)
			low = middle;
		else
			high = middle;
	}
	return low;
}

uint64_t parity_table_place(const struct parity_table *table, uint64_t start, uint64_t length,
			    uint64_t *offset)
{
	size_t number = find_extent(table, start);
	const struct extent *extent = &table->extents[number];
	uint64_t inside = start - table->starts[number];

	if (inside >= extent->size)
		return 0;
	*offset = extent->offset + inside;
	return length < extent->size - inside ? length : extent->size - inside;
}

enum narc_status parity_table_read(const struct parity_table *table, uint64_t start, void *buffer,
				   size_t size, parity_read_fn read, void *context,
				   struct narc_error *error)
{
	uint8_t *bytes = buffer;
	enum narc_status status = NARC_OK;

	while (size && status == NARC_OK) {
		uint64_t offset;
		size_t part = (size_t)parity_table_place(table, start, size, &offset);

		if (part == 0) {
			memset(bytes, 0, size);
			break;
		}
		status = read(context, offset, bytes, part, error);
		start += part;
		bytes += part;
		size -= part;
	}
	return status;
}

/* ---- encoding ----------------------------------------------------------------------------- */

uint64_t parity_table_section_size(const struct parity_table *table)
{
	return SECTION_MIN_SIZE + FIELDS_SIZE + EXTENT_SIZE * table->extent_count +
	       HASH_SIZE * (table->chunks + parity_table_parity_count(table));
}

enum narc_status parity_table_encode(struct byte_buffer *out, const struct parity_table *table,
				     struct narc_error *error)
{
	size_t start = section_begin(out, SECTION_PARITY_TABLE);
	uint64_t count = table->chunks + parity_table_parity_count(table);

	byte_buffer_append_u64(out, table->offset);
	byte_buffer_append_u32(out, table->chunk_size);
	byte_buffer_append_u32(out, table->parity_chunks);
	byte_buffer_append_u64(out, table->stripes);
	byte_buffer_append_u64(out, table->extent_count);
	for (size_t i = 0; i < table->extent_count; i++) {
		byte_buffer_append_u64(out, table->extents[i].offset);
		byte_buffer_append_u64(out, table->extents[i].size);
	}
	for (uint64_t i = 0; i < count; i++)
		byte_buffer_append_u64(out, table->hashes[i]);
	section_end(out, start);
	return byte_buffer_status(out, error);
}

/* ---- decoding ----------------------------------------------------------------------------- */

static enum narc_status fail(uint64_t offset, struct narc_error *error, const char *what)
{
	return narc_fail_text(error, NARC_CORRUPT, stage, offset, what);
}

static enum narc_status read_extents(struct byte_reader *payload, uint64_t offset,
				     struct parity_table *table, struct narc_error *error)
{
	uint64_t count = byte_reader_u64(payload);
	uint64_t end = 0;

	if (count == 0 || count > PARITY_EXTENTS_LIMIT ||
	    count > byte_reader_left(payload) / EXTENT_SIZE)
		return fail(offset, error, "the number of extents is out of range");
	table->extents = calloc((size_t)count, sizeof(*table->extents));
	if (!table->extents)
		return narc_fail_memory(error);
	table->extent_count = (size_t)count;
	for (size_t i = 0; i < count; i++) {
		struct extent *extent = &table->extents[i];

		extent->offset = byte_reader_u64(payload);
		extent->size = byte_reader_u64(payload);
		if (extent->offset < end || extent->size == 0 || extent->size > INT64_MAX ||
		    !checked_add(extent->offset, extent->size, &end) || end > INT64_MAX)
			return fail(offset, error, "an extent is out of range");
	}
	return add_up_extents(table, error);
}

static enum narc_status read_hashes(struct byte_reader *payload, uint64_t offset,
				    struct parity_table *table, struct narc_error *error)
{
	uint64_t left = byte_reader_left(payload) / HASH_SIZE;
	uint64_t count;
	enum narc_status status;

	table->chunks = divide_up(table->size, table->chunk_size);
	if (table->chunks > left || table->stripes > table->chunks)
		return fail(offset, error, "the number of chunks is out of range");
	table->data_chunks = (uint32_t)divide_up(table->chunks, table->stripes);
	count = table->chunks + parity_table_parity_count(table);
	if (divide_up(table->chunks, table->stripes) + table->parity_chunks >
		    REED_SOLOMON_CHUNKS_LIMIT ||
	    count > left)
		return fail(offset, error, "the number of chunks is out of range");
	status = make_hashes(table, error);
	for (uint64_t i = 0; i < count && status == NARC_OK; i++)
		table->hashes[i] = byte_reader_u64(payload);
	return status;
}

/* All extents but the last stand in front of the group, and that behind it. */
static enum narc_status check_places(const struct parity_table *table, uint64_t offset,
				     struct narc_error *error)
{
	const struct extent *last = &table->extents[table->extent_count - 1];

	if (last->offset < extent_end(parity_table_group(table)) ||
	    (table->extent_count > 1 && extent_end(last[-1]) > table->offset))
		return fail(offset, error, "the extents are not where they can be");
	return NARC_OK;
}

enum narc_status parity_table_decode(const uint8_t *section, size_t size, uint64_t offset,
				     struct parity_table *out, struct narc_error *error)
{
	struct parity_table table = { 0 };
	struct byte_reader payload;
	enum narc_status status =
		section_open(section, size, SECTION_PARITY_TABLE, offset, &payload, error);

	if (status != NARC_OK)
		return status;
	table.offset = byte_reader_u64(&payload);
	table.chunk_size = byte_reader_u32(&payload);
	table.parity_chunks = byte_reader_u32(&payload);
	table.stripes = byte_reader_u64(&payload);
	if (table.chunk_size < PARITY_CHUNK_SIZE_LEAST ||
	    table.chunk_size > PARITY_CHUNK_SIZE_LIMIT || table.stripes == 0 ||
	    table.parity_chunks == 0 || table.parity_chunks > REED_SOLOMON_CHUNKS_LIMIT ||
	    table.offset > INT64_MAX)
		return fail(offset, error, "a number is out of range");
	status = read_extents(&payload, offset, &table, error);
	if (status == NARC_OK)
		status = read_hashes(&payload, offset, &table, error);
	if (status == NARC_OK)
		status = check_places(&table, offset, error);
	if (status == NARC_OK)
		status = section_close(&payload, SECTION_PARITY_TABLE, offset, error);
	if (status != NARC_OK) {
		parity_table_free(&table);
		return status;
	}
	*out = table;
	return NARC_OK;
}
