/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/write_parity.h"

#include <stdlib.h>
#include <string.h>

#include "format/section.h"
#include "support/content_hash.h"
#include "support/reed_solomon.h"
#include "support/spill_file.h"
#include "support/status.h"

/* Stripes are gone through in bands, as many next to each other as fit into so much memory. */
enum { BAND_MEMORY = 32 << 20 };

struct parity_writer {
	struct parity_table *table;
	const struct parity_input *input;
	struct reed_solomon code;
	uint64_t band;            /* stripes, but for the last */
	uint8_t *memory;          /* of the chunks of a band */
	uint8_t *chunks[REED_SOLOMON_CHUNKS_LIMIT]; /* of data, then of parity, of each stripe */
	struct spill_file parity; /* band after band, in each the chunks of parity as in chunks */
};

static enum narc_status parity_writer_init(struct parity_writer *writer, const char *folder,
					   struct narc_error *error)
{
	const struct parity_table *table = writer->table;
	unsigned count = table->data_chunks + table->parity_chunks;
	size_t stripe = (size_t)count * table->chunk_size;

	writer->parity = spill_file_in(folder);
	writer->band = BAND_MEMORY > stripe ? BAND_MEMORY / stripe : 1;
	if (writer->band > table->stripes)
		writer->band = table->stripes;
	writer->memory = malloc(stripe * (size_t)writer->band);
	if (!writer->memory)
		return narc_fail_memory(error);
	for (unsigned i = 0; i < count; i++)
		writer->chunks[i] = writer->memory + i * (size_t)writer->band * table->chunk_size;
	return reed_solomon_init(&writer->code, table->data_chunks, table->parity_chunks, error);
}

static void parity_writer_free(struct parity_writer *writer)
{
	reed_solomon_free(&writer->code);
	spill_file_close(&writer->parity);
	free(writer->memory);
}

/* ---- computing ---------------------------------------------------------------------------- */

/* A parity_read_fn. */
static enum narc_status read_input(void *context, uint64_t offset, void *buffer, size_t size,
				   struct narc_error *error)
{
	const struct parity_input *input = ((const struct parity_writer *)context)->input;

	if (offset < input->tail_offset)
		return input->sink.ops->read_at(input->sink.context, offset, buffer, size, error);
	memcpy(buffer, input->tail->data + (offset - input->tail_offset), size);
	return NARC_OK;
}

static void hash_chunks(const struct parity_table *table, const uint8_t *bytes, uint64_t count,
			uint64_t *hashes)
{
	for (uint64_t i = 0; i < count; i++)
		hashes[i] = content_hash(bytes + i * table->chunk_size, table->chunk_size);
}

/* Reads the data chunks of count stripes from first on, and hashes those that there are. */
static enum narc_status read_band(struct parity_writer *writer, uint64_t first, uint64_t count,
				  struct narc_error *error)
{
	const struct parity_table *table = writer->table;
	enum narc_status status = NARC_OK;

	for (uint64_t i = 0; i < table->data_chunks && status == NARC_OK; i++) {
		uint64_t chunk = i * table->stripes + first;
		uint64_t left = chunk < table->chunks ? table->chunks - chunk : 0;

		status = parity_table_read(table, chunk * table->chunk_size, writer->chunks[i],
					   (size_t)count * table->chunk_size, read_input, writer,
					   error);
		hash_chunks(table, writer->chunks[i], left < count ? left : count,
			    table->hashes + chunk);
	}
	return status;
}

static enum narc_status compute_band(struct parity_writer *writer, uint64_t first, uint64_t count,
				     struct narc_error *error)
{
	struct parity_table *table = writer->table;
	uint8_t **parity = writer->chunks + table->data_chunks;
	size_t size = (size_t)count * table->chunk_size;
	enum narc_status status = read_band(writer, first, count, error);

	if (status == NARC_OK)
		reed_solomon_encode(&writer->code, size, writer->chunks, parity);
	for (uint32_t i = 0; i < table->parity_chunks && status == NARC_OK; i++) {
		hash_chunks(table, parity[i], count,
			    table->hashes + table->chunks + i * table->stripes + first);
		status = spill_file_append(&writer->parity, parity[i], size, error);
	}
	return status;
}

static enum narc_status compute(struct parity_writer *writer, struct narc_error *error)
{
	const struct parity_table *table = writer->table;
	enum narc_status status = NARC_OK;

	for (uint64_t first = 0; first < table->stripes && status == NARC_OK;
	     first += writer->band) {
		uint64_t left = table->stripes - first;

		status = compute_band(writer, first, left < writer->band ? left : writer->band,
				      error);
	}
	return status;
}

/* ---- writing ------------------------------------------------------------------------------ */

/* Appends a parity chunk, by its number, to a section. */
static enum narc_status append_chunk(struct parity_writer *writer, uint64_t number,
				     struct byte_buffer *section, struct narc_error *error)
{
	const struct parity_table *table = writer->table;
	uint64_t row = number / table->stripes;
	uint64_t stripe = number % table->stripes;
	uint64_t first = stripe - stripe % writer->band;
	uint64_t left = table->stripes - first;
	uint64_t width = left < writer->band ? left : writer->band;
	uint64_t place = first * table->parity_chunks + row * width + (stripe - first);
	uint8_t *bytes = byte_buffer_reserve(section, table->chunk_size);

	if (!bytes)
		return narc_fail_memory(error);
	section->size += table->chunk_size;
	return spill_file_read_at(&writer->parity, place * table->chunk_size, bytes,
				  table->chunk_size, error);
}

static enum narc_status put(const struct parity_writer *writer, const struct byte_buffer *section,
			    struct narc_error *error)
{
	struct narc_sink sink = writer->input->sink;
	enum narc_status status = byte_buffer_status(section, error);

	return status == NARC_OK
		       ? sink.ops->append(sink.context, section->data, section->size, error)
		       : status;
}

static enum narc_status put_parity(struct parity_writer *writer, struct narc_error *error)
{
	uint64_t count = parity_table_parity_count(writer->table);
	uint64_t in_section = parity_table_chunks_of_section(writer->table);
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	enum narc_status status = NARC_OK;

	for (uint64_t first = 0; first < count && status == NARC_OK; first += in_section) {
		size_t start;

		byte_buffer_clear(&section);
		start = section_begin(&section, SECTION_PARITY);
		for (uint64_t i = first; i < count && i < first + in_section && status == NARC_OK;
		     i++)
			status = append_chunk(writer, i, &section, error);
		section_end(&section, start);
		if (status == NARC_OK)
			status = put(writer, &section, error);
	}
	byte_buffer_free(&section);
	return status;
}

enum narc_status write_parity(struct parity_table *table, const struct parity_input *input,
			      const char *folder, struct narc_error *error)
{
	struct parity_writer writer = { .table = table, .input = input };
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	enum narc_status status = parity_writer_init(&writer, folder, error);

	if (status == NARC_OK)
		status = compute(&writer, error);
	if (status == NARC_OK)
		status = parity_table_encode(&section, table, error);
	if (status == NARC_OK)
		status = put(&writer, &section, error);
	if (status == NARC_OK)
		status = put_parity(&writer, error);
	if (status == NARC_OK)
		status = put(&writer, &section, error);
	byte_buffer_free(&section);
	parity_writer_free(&writer);
	return status;
}
