/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/mend.h"

#include <stdlib.h>
#include <string.h>

#include "format/write_parity.h"
#include "pack/find_tables.h"
#include "support/checked_math.h"
#include "support/content_hash.h"
#include "support/reed_solomon.h"
#include "support/status.h"

struct mending {
	struct mended_source *mended;
	const char *folder;
	struct found_tables found;
	uint64_t file_size; /* of the damaged file */
	uint64_t end_shift; /* of the last chunk that was found */
	struct progress *progress;
	struct mend_result *result;
};

/* The file was as large as its last trailer says, which is covered; or larger, by what followed. */
static void settle_size(struct mending *mending)
{
	uint64_t size = mending->file_size;

	for (size_t i = 0; i < mending->found.count; i++)
		if (parity_table_covered_end(&mending->found.tables[i]) > size)
			size = parity_table_covered_end(&mending->found.tables[i]);
	mended_source_resize(mending->mended, size);
}

/* ---- one group ---------------------------------------------------------------------------- */

/* The chunks of a table, and what is known of them. */
struct chunks {
	struct mending *mending;
	const struct parity_table *table;
	uint8_t *found;  /* of each, which of the shifts it has, or one of the below */
	uint8_t *bytes;  /* room for the chunks of a stripe */
	size_t shift;    /* that the last chunk found had */
	bool is_last;    /* no other group of the generation comes */
};

enum { MENDED = 254, LOST = 255 };

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

/* Reads a chunk as it was found, or would be. What cannot be read is as good as damaged. */
static bool read_chunk(const struct chunks *chunks, uint64_t number, uint8_t found, uint8_t *bytes)
{
	const struct parity_table *table = chunks->table;
	struct narc_source mended = mended_source_as_source(chunks->mending->mended);
	struct shifted_file shifted = { chunks->mending, 0 };
	uint64_t start = number * table->chunk_size;

	if (found == MENDED)
		return parity_table_read(table, start, bytes, table->chunk_size,
					 mended.ops->read_at, mended.context, NULL) == NARC_OK;
	shifted.shift = chunks->mending->found.shifts[found];
	return parity_table_read(table, start, bytes, table->chunk_size, read_shifted, &shifted,
				 NULL) == NARC_OK;
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

/* Looks for a chunk where the one before was found, and where else it may be; or it was made again
 * by the group before. */
static enum narc_status find_chunk(struct chunks *chunks, uint64_t number, struct narc_error *error)
{
	const struct mending *mending = chunks->mending;
	const size_t count = mending->found.shift_count;

	for (size_t i = 0; i <= count; i++) {
		size_t place = i < count ? (chunks->shift + i) % count : MENDED;

		if (!read_chunk(chunks, number, (uint8_t)place, chunks->bytes) ||
		    !is_right(chunks->table, number, chunks->bytes))
			continue;
		chunks->found[number] = (uint8_t)place;
		if (place == MENDED)
			return NARC_OK;
		chunks->shift = place;
		if (mending->found.shifts[place] == 0)
			return NARC_OK;
		mending->result->moved = true;
		return put_chunk(chunks, number, mending->found.shifts[place], NULL, error);
	}
	chunks->found[number] = LOST;
	return NARC_OK;
}

/* The same for a parity chunk, which is not put anywhere. */
static bool read_parity(struct chunks *chunks, uint64_t number, uint8_t *bytes)
{
	const struct parity_table *table = chunks->table;
	uint64_t offset = parity_table_parity_offset(table, number);

	for (size_t i = 0; i < chunks->mending->found.shift_count; i++) {
		struct shifted_file file = { chunks->mending, chunks->mending->found.shifts[i] };

		if (read_shifted(&file, offset, bytes, table->chunk_size, NULL) == NARC_OK &&
		    is_right(table, table->chunks + number, bytes))
			return true;
	}
	return false;
}

/* Whether data of a stripe is lost: a stripe that is whole need not be read. */
static bool has_lost(const struct chunks *chunks, uint64_t stripe)
{
	const struct parity_table *table = chunks->table;

	for (uint64_t i = stripe; i < table->chunks; i += table->stripes)
		if (chunks->found[i] == LOST)
			return true;
	return false;
}

/* Reads all chunks of a stripe that are not lost; counts those that are lost. */
static unsigned read_stripe(struct chunks *chunks, uint64_t stripe, uint8_t **places, bool *lost)
{
	const struct parity_table *table = chunks->table;
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
				  !read_chunk(chunks, number, chunks->found[number], places[i]);
		count += i < table->data_chunks && lost[i];
	}
	return count;
}

/* Makes again the chunks of a stripe that are lost, if there is parity enough. What another group
 * may still make again is not counted as damaged yet. */
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
	if (chunks->is_last)
		result->damaged_bytes += (uint64_t)count * table->chunk_size;
	status = reed_solomon_rebuild(code, table->chunk_size, places, lost, error);
	if (status == NARC_CORRUPT)
		return NARC_OK;
	for (uint32_t i = 0; i < table->data_chunks && status == NARC_OK; i++) {
		uint64_t number = i * table->stripes + stripe;

		if (!lost[i] || !is_right(table, number, places[i]))
			continue;
		status = put_chunk(chunks, number, 0, places[i], error);
		chunks->found[number] = MENDED;
		result->mended_bytes += table->chunk_size;
		if (!chunks->is_last)
			result->damaged_bytes += table->chunk_size;
	}
	return status;
}

static enum narc_status mend_chunks(struct chunks *chunks, struct narc_error *error)
{
	const struct parity_table *table = chunks->table;
	struct reed_solomon code;
	enum narc_status status = reed_solomon_init(&code, table->data_chunks,
						    table->parity_chunks, error);

	for (uint64_t i = 0; i < table->chunks && status == NARC_OK; i++) {
		status = find_chunk(chunks, i, error);
		progress_add(chunks->mending->progress, 0, table->chunk_size);
	}
	for (uint64_t i = 0; i < table->stripes && status == NARC_OK; i++)
		if (has_lost(chunks, i))
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

static bool has_all(const struct chunks *chunks)
{
	return !memchr(chunks->found, LOST, (size_t)chunks->table->chunks);
}

static enum narc_status mend_group(struct mending *mending, size_t number,
				   struct narc_error *error)
{
	struct parity_table *table = &mending->found.tables[number];
	size_t stripe = (size_t)table->data_chunks + table->parity_chunks;
	struct chunks chunks = {
		.mending = mending,
		.table = table,
		.found = calloc((size_t)table->chunks, 1),
		.bytes = malloc(stripe * table->chunk_size),
		.is_last = !found_tables_has_second(&mending->found, number),
	};
	enum narc_status status = chunks.found && chunks.bytes ? mend_chunks(&chunks, error)
							       : narc_fail_memory(error);

	mending->end_shift = mending->found.shifts[chunks.shift];
	if (status == NARC_OK && has_all(&chunks))
		status = mend_parity(mending, table, error);
	free(chunks.found);
	free(chunks.bytes);
	return status;
}

/* ---- all of them -------------------------------------------------------------------------- */

/* What stands behind the last generation with parity moves with the end of that. */
static enum narc_status move_end(struct mending *mending, struct narc_error *error)
{
	uint64_t end = parity_table_covered_end(&mending->found.tables[mending->found.count - 1]);
	uint64_t place = end + mending->end_shift;
	uint64_t left = place < mending->file_size ? mending->file_size - place : 0;

	if (mending->end_shift == 0)
		return NARC_OK;
	mended_source_resize(mending->mended, end);
	mended_source_resize(mending->mended, end + left);
	return left ? mended_source_move(mending->mended, end, place, left, error) : NARC_OK;
}

static void begin_progress(const struct mending *mending)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < mending->found.count; i++)
		bytes += mending->found.tables[i].chunks * mending->found.tables[i].chunk_size;
	progress_begin(mending->progress, NARC_ACTIVITY_MENDING, 0, bytes);
}

enum narc_status mend(struct mended_source *mended, uint64_t start, const char *folder,
		      struct progress *progress, struct mend_result *result,
		      struct narc_error *error)
{
	struct mending mending = { .mended = mended, .folder = folder, .file_size = mended->size,
				   .progress = progress, .result = result };
	enum narc_status status =
		find_tables(mended->damaged, start, mended->size, &mending.found, error);

	*result = (struct mend_result){ .tables = mending.found.count };
	settle_size(&mending);
	begin_progress(&mending);
	for (size_t i = 0; i < mending.found.count && status == NARC_OK; i++)
		status = mend_group(&mending, i, error);
	if (status == NARC_OK && mending.found.count)
		status = move_end(&mending, error);
	found_tables_free(&mending.found);
	return status;
}
