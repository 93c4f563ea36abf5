/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/mend.h"

#include <stdlib.h>
#include <string.h>

#include "format/parity_table.h"
#include "format/write_parity.h"
#include "read/scan_sections.h"
#include "support/checked_math.h"
#include "support/content_hash.h"
#include "support/reed_solomon.h"
#include "support/status.h"

/* More pieces that are each elsewhere than they belong are not looked for. */
enum { SHIFTS_LIMIT = 64 };

/* How many times as large as it is a file may have been. */
enum { GROWTH_LIMIT = 4 };

struct mending {
	struct mended_source *mended;
	const char *folder;
	struct parity_table *tables; /* one of each generation that has one */
	size_t table_count;
	bool last_in_place; /* the last of them stands where it belongs */
	uint64_t file_size; /* of the damaged file */
	/* How far behind where it belongs something may stand, modulo 2^64; the first is 0. */
	uint64_t shifts[SHIFTS_LIMIT];
	size_t shift_count;
	uint64_t end_shift; /* of the last chunk that was found */
	struct mend_result *result;
};

/* ---- finding tables ----------------------------------------------------------------------- */

static void note_shift(struct mending *mending, uint64_t shift)
{
	for (size_t i = 0; i < mending->shift_count; i++)
		if (mending->shifts[i] == shift)
			return;
	if (mending->shift_count < SHIFTS_LIMIT)
		mending->shifts[mending->shift_count++] = shift;
}

static uint64_t second_table_of(const struct parity_table *table)
{
	return extent_end(parity_table_group(table)) - parity_table_section_size(table);
}

/* Where the file ended when the table was written. */
static uint64_t end_of_file(const struct parity_table *table)
{
	return extent_end(table->extents[table->extent_count - 1]);
}

/* Whether a table may be of this file. What was so much larger cannot be mended, and what only
 * says so is not to keep us busy. Between its extents, tables and parity have their place. */
static bool is_possible(const struct mending *mending, const struct parity_table *table)
{
	const struct extent *last = &table->extents[table->extent_count - 1];

	return end_of_file(table) / GROWTH_LIMIT <= mending->file_size &&
	       last->offset >= extent_end(parity_table_group(table)) &&
	       (table->extent_count == 1 || extent_end(last[-1]) <= table->offset);
}

/* Where the first byte stands that is a table's. */
static uint64_t start_of(const struct parity_table *table)
{
	return table->extents[0].offset < table->offset ? table->extents[0].offset : table->offset;
}

/* Generations stand one behind the other. Of tables that are over the same, one is of an archive
 * inside of this one: that which is not where it belongs; or that which comes first, as parity
 * comes last in a generation. */
static bool gives_way(struct mending *mending, const struct parity_table *table, bool in_place)
{
	while (mending->table_count) {
		struct parity_table *last = &mending->tables[mending->table_count - 1];

		if (start_of(table) >= end_of_file(last))
			return false;
		if (mending->last_in_place && !in_place)
			return true;
		parity_table_free(last);
		mending->table_count--;
	}
	return false;
}

/* Takes over a table. */
static enum narc_status add_table(struct mending *mending, struct parity_table *table,
				  struct narc_error *error)
{
	struct parity_table *grown =
		realloc(mending->tables, (mending->table_count + 1) * sizeof(*grown));

	if (!grown) {
		parity_table_free(table);
		return narc_fail_memory(error);
	}
	mending->tables = grown;
	grown[mending->table_count++] = *table;
	return NARC_OK;
}

/* A section_found_fn. */
static enum narc_status look_at_section(void *context, enum section_tag tag,
					const struct byte_buffer *section, uint64_t offset,
					struct narc_error *error)
{
	struct mending *mending = context;
	size_t count = mending->table_count;
	struct parity_table table;
	bool in_place, is_again;
	enum narc_status status;

	if (tag != SECTION_PARITY_TABLE)
		return NARC_OK;
	/* Only what has a right checksum, and means something, is taken for a table. */
	status = parity_table_decode(section->data, section->size, offset, &table, error);
	if (status != NARC_OK)
		return status == NARC_NOMEM ? status : NARC_OK;
	in_place = offset == table.offset || offset == second_table_of(&table);
	is_again = count && mending->tables[count - 1].offset == table.offset;
	if (!is_possible(mending, &table) || (!is_again && gives_way(mending, &table, in_place))) {
		parity_table_free(&table);
		return NARC_OK;
	}
	/* Which of the two it is, is only known where it belongs. */
	if (!in_place) {
		note_shift(mending, offset - table.offset);
		note_shift(mending, offset - second_table_of(&table));
	}
	mending->last_in_place = in_place || (is_again && mending->last_in_place);
	if (!is_again)
		return add_table(mending, &table, error);
	parity_table_free(&table);
	return NARC_OK;
}

/* The file was as large as its last trailer says, which is covered; or larger, by what followed. */
static void settle_size(struct mending *mending)
{
	uint64_t size = mending->file_size;

	for (size_t i = 0; i < mending->table_count; i++)
		if (end_of_file(&mending->tables[i]) > size)
			size = end_of_file(&mending->tables[i]);
	mended_source_resize(mending->mended, size);
}

/* ---- one generation ----------------------------------------------------------------------- */

/* The chunks of a table, and what is known of them. */
struct chunks {
	struct mending *mending;
	const struct parity_table *table;
	uint8_t *found;  /* of each, which of the shifts it has, or LOST */
	uint8_t *bytes;  /* room for the chunks of a stripe */
	size_t shift;    /* that the last chunk found had */
};

enum { LOST = 255 };

/* The damaged file, where each byte stands shift bytes behind where it belongs. */
struct shifted_file {
	const struct mending *mending;
	uint64_t shift;
};

/* A parity_read_fn. */
static enum narc_status read_shifted(void *context, uint64_t offset, void *buffer, size_t length,
				     struct narc_error *error)
{
	const struct shifted_file *file = context;
	struct narc_source source = file->mending->mended->damaged;
	uint64_t place = offset + file->shift;

	if (!range_inside(place, length, 0, file->mending->file_size))
		return NARC_CORRUPT;
	return source.ops->read_at(source.context, place, buffer, length, error);
}

/* What cannot be read is as good as damaged. */
static bool read_chunk(const struct chunks *chunks, uint64_t number, uint64_t shift, uint8_t *bytes)
{
	const struct parity_table *table = chunks->table;
	struct shifted_file file = { chunks->mending, shift };

	return parity_table_read(table, number * table->chunk_size, bytes, table->chunk_size,
				 read_shifted, &file, NULL) == NARC_OK;
}

/* Puts a chunk where it belongs: as it stands in the damaged file, or as it was made again. */
static enum narc_status put_chunk(const struct chunks *chunks, uint64_t number, uint64_t shift,
				  const uint8_t *made, struct narc_error *error)
{
	const struct parity_table *table = chunks->table;
	uint64_t start = number * table->chunk_size;
	uint32_t done = 0;
	enum narc_status status = NARC_OK;

	while (done < table->chunk_size && status == NARC_OK) {
		uint64_t offset;
		size_t part = (size_t)parity_table_place(table, start + done,
							 table->chunk_size - done, &offset);

		if (part == 0)
			break;
		status = made ? mended_source_put(chunks->mending->mended, offset, made + done,
						  part, error)
			      : mended_source_move(chunks->mending->mended, offset,
						   offset + shift, part, error);
		done += (uint32_t)part;
	}
	return status;
}

static bool is_right(const struct parity_table *table, uint64_t number, const uint8_t *bytes)
{
	return content_hash(bytes, table->chunk_size) == table->hashes[number];
}

/* Looks for a chunk where the one before was found, and where else it may be. */
static enum narc_status find_chunk(struct chunks *chunks, uint64_t number, struct narc_error *error)
{
	const struct mending *mending = chunks->mending;

	for (size_t i = 0; i < mending->shift_count; i++) {
		size_t place = (chunks->shift + i) % mending->shift_count;
		uint64_t shift = mending->shifts[place];

		if (!read_chunk(chunks, number, shift, chunks->bytes) ||
		    !is_right(chunks->table, number, chunks->bytes))
			continue;
		chunks->shift = place;
		chunks->found[number] = (uint8_t)place;
		if (shift == 0)
			return NARC_OK;
		mending->result->moved = true;
		return put_chunk(chunks, number, shift, NULL, error);
	}
	chunks->found[number] = LOST;
	return NARC_OK;
}

/* The same for a parity chunk, which is not put anywhere. */
static bool read_parity(struct chunks *chunks, uint64_t number, uint8_t *bytes)
{
	const struct parity_table *table = chunks->table;
	uint64_t offset = parity_table_parity_offset(table, number);

	for (size_t i = 0; i < chunks->mending->shift_count; i++) {
		struct shifted_file file = { chunks->mending, chunks->mending->shifts[i] };

		if (read_shifted(&file, offset, bytes, table->chunk_size, NULL) == NARC_OK &&
		    is_right(table, table->chunks + number, bytes))
			return true;
	}
	return false;
}

/* Reads all chunks of a stripe that are not lost; counts those that are lost. */
static unsigned read_stripe(struct chunks *chunks, uint64_t stripe, uint8_t **places, bool *lost)
{
	const struct parity_table *table = chunks->table;
	const uint64_t *shifts = chunks->mending->shifts;
	unsigned count = 0;

	for (uint32_t i = 0; i < table->data_chunks + table->parity_chunks; i++) {
		uint64_t number = i * table->stripes + stripe;

		places[i] = chunks->bytes + (size_t)i * table->chunk_size;
		lost[i] = false;
		if (i >= table->data_chunks)
			lost[i] = !read_parity(
				chunks, (i - table->data_chunks) * table->stripes + stripe,
				places[i]);
		else if (number >= table->chunks)
			memset(places[i], 0, table->chunk_size);
		else
			lost[i] = chunks->found[number] == LOST ||
				  !read_chunk(chunks, number, shifts[chunks->found[number]],
					      places[i]);
		count += i < table->data_chunks && lost[i];
	}
	return count;
}

/* Makes again the chunks of a stripe that are lost, if there is parity enough. */
static enum narc_status mend_stripe(struct chunks *chunks, const struct reed_solomon *code,
				    uint64_t stripe, struct narc_error *error)
{
	const struct parity_table *table = chunks->table;
	struct mend_result *result = chunks->mending->result;
	uint8_t *places[REED_SOLOMON_CHUNKS_LIMIT];
	bool lost[REED_SOLOMON_CHUNKS_LIMIT];
	unsigned count = read_stripe(chunks, stripe, places, lost);
	enum narc_status status;

	if (count == 0)
		return NARC_OK;
	result->damaged_bytes += (uint64_t)count * table->chunk_size;
	status = reed_solomon_rebuild(code, table->chunk_size, places, lost, error);
	if (status == NARC_CORRUPT)
		return NARC_OK;
	for (uint32_t i = 0; i < table->data_chunks && status == NARC_OK; i++) {
		uint64_t number = i * table->stripes + stripe;

		if (!lost[i] || !is_right(table, number, places[i]))
			continue;
		status = put_chunk(chunks, number, 0, places[i], error);
		chunks->found[number] = 0;
		result->mended_bytes += table->chunk_size;
	}
	return status;
}

static enum narc_status mend_chunks(struct chunks *chunks, struct narc_error *error)
{
	const struct parity_table *table = chunks->table;
	struct reed_solomon code;
	enum narc_status status = reed_solomon_init(&code, table->data_chunks,
						    table->parity_chunks, error);

	for (uint64_t i = 0; i < table->chunks && status == NARC_OK; i++)
		status = find_chunk(chunks, i, error);
	for (uint64_t i = 0; i < table->stripes && status == NARC_OK; i++)
		status = mend_stripe(chunks, &code, i, error);
	reed_solomon_free(&code);
	return status;
}

/* ---- the parity itself -------------------------------------------------------------------- */

/* What write_parity writes goes where it belongs in the mended file, if it is not there. */
struct parity_target {
	struct mended_source *mended;
	uint64_t offset;
	uint64_t changed;
};

static enum narc_status put_part(void *context, const void *data, size_t length,
				 struct narc_error *error)
{
	struct parity_target *target = context;
	struct narc_source source = mended_source_as_source(target->mended);
	uint8_t *there = malloc(length);
	enum narc_status status = there ? NARC_OK : narc_fail_memory(error);

	if (status == NARC_OK)
		status = source.ops->read_at(source.context, target->offset, there, length, error);
	if (status == NARC_OK && memcmp(there, data, length) != 0) {
		status = mended_source_put(target->mended, target->offset, data, length, error);
		target->changed += length;
	}
	target->offset += length;
	free(there);
	return status;
}

static enum narc_status read_mended(void *context, uint64_t offset, void *buffer, size_t length,
				    struct narc_error *error)
{
	struct parity_target *target = context;
	struct narc_source source = mended_source_as_source(target->mended);

	return source.ops->read_at(source.context, offset, buffer, length, error);
}

/* Writes tables and parity anew, of which all that they cover is right. */
static enum narc_status mend_parity(struct mending *mending, struct parity_table *table,
				    struct narc_error *error)
{
	static const struct narc_sink_ops ops = { .append = put_part, .read_at = read_mended };
	struct parity_target target = { mending->mended, table->offset, 0 };
	const struct parity_input input = { { &ops, &target }, UINT64_MAX, NULL };
	enum narc_status status = write_parity(table, &input, mending->folder, error);

	mending->result->damaged_bytes += target.changed;
	mending->result->mended_bytes += target.changed;
	return status;
}

static bool has_lost(const struct chunks *chunks)
{
	for (uint64_t i = 0; i < chunks->table->chunks; i++)
		if (chunks->found[i] == LOST)
			return true;
	return false;
}

static enum narc_status mend_generation(struct mending *mending, struct parity_table *table,
					struct narc_error *error)
{
	size_t stripe = (size_t)table->data_chunks + table->parity_chunks;
	struct chunks chunks = {
		.mending = mending,
		.table = table,
		.found = calloc((size_t)table->chunks, 1),
		.bytes = malloc(stripe * table->chunk_size),
	};
	enum narc_status status = chunks.found && chunks.bytes ? mend_chunks(&chunks, error)
							       : narc_fail_memory(error);

	mending->end_shift = mending->shifts[chunks.shift];
	if (status == NARC_OK && !has_lost(&chunks))
		status = mend_parity(mending, table, error);
	free(chunks.found);
	free(chunks.bytes);
	return status;
}

/* ---- all of them -------------------------------------------------------------------------- */

/* What stands behind the last generation with parity moves with the end of that. */
static enum narc_status move_end(struct mending *mending, struct narc_error *error)
{
	uint64_t end = end_of_file(&mending->tables[mending->table_count - 1]);
	uint64_t place = end + mending->end_shift;
	uint64_t left = place < mending->file_size ? mending->file_size - place : 0;

	if (mending->end_shift == 0)
		return NARC_OK;
	mended_source_resize(mending->mended, end);
	mended_source_resize(mending->mended, end + left);
	return left ? mended_source_move(mending->mended, end, place, left, error) : NARC_OK;
}

enum narc_status mend(struct mended_source *mended, uint64_t start, const char *folder,
		      struct mend_result *result, struct narc_error *error)
{
	struct mending mending = { .mended = mended, .folder = folder, .file_size = mended->size,
				   .shift_count = 1, .result = result };
	enum narc_status status = scan_sections(mended->damaged, start, look_at_section, &mending,
						error);

	*result = (struct mend_result){ .tables = mending.table_count };
	settle_size(&mending);
	for (size_t i = 0; i < mending.table_count && status == NARC_OK; i++)
		status = mend_generation(&mending, &mending.tables[i], error);
	if (status == NARC_OK && mending.table_count)
		status = move_end(&mending, error);
	for (size_t i = 0; i < mending.table_count; i++)
		parity_table_free(&mending.tables[i]);
	free(mending.tables);
	return status;
}
