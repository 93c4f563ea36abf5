/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a content back from the unfinished archive, to compare it with another. */
#include <string.h>

#include "format/frame.h"
#include "pack/write_blocks.h"
#include "support/status.h"

enum { READ_SIZE = 256 * 1024 };

/* Compares what is decoded, piece by piece, with the content sought. */
struct comparison {
	uint64_t skip;          /* bytes of the block before the row's content */
	const uint8_t *content; /* what is left of it */
	uint64_t left;
	bool equal;
};

static void compare_piece(struct comparison *comparison, const uint8_t *piece, size_t size)
{
	if (comparison->skip >= size) {
		comparison->skip -= size;
		return;
	}
	piece += comparison->skip;
	size -= (size_t)comparison->skip;
	comparison->skip = 0;
	if (size > comparison->left)
		size = (size_t)comparison->left;
	if (memcmp(piece, comparison->content, size) != 0)
		comparison->equal = false;
	comparison->content += size;
	comparison->left -= size;
}

/* Finds where in its block the row's content starts, and how long it is. */
static enum narc_status find_extent(struct block_writer *writer, const struct block_entry *entry,
				    uint64_t row_number, uint64_t *start, uint64_t *size,
				    struct narc_error *error)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct byte_buffer strings = BYTE_BUFFER_EMPTY;
	uint64_t offset = entry->offset + entry->frame_size;
	uint8_t *place = byte_buffer_reserve(&section, (size_t)entry->section_size);
	struct descriptor descriptor;
	struct row row;
	enum narc_status status;

	if (!place)
		return narc_fail_memory(error);
	status = writer->sink.ops->read_at(writer->sink.context, offset, place,
					   (size_t)entry->section_size, error);
	if (status == NARC_OK)
		status = descriptor_decode(place, (size_t)entry->section_size, offset,
					   writer->decompressor, &strings, &descriptor, error);
	if (status == NARC_OK) {
		row_walk_begin(&writer->walk, &descriptor, writer->compressor->names);
		do {
			status = row_walk_next(&writer->walk, &row, error);
		} while (status == NARC_OK && row.record.row < row_number);
	}
	if (status == NARC_OK) {
		*start = row.content_start;
		*size = row.record.size;
	}
	byte_buffer_free(&section);
	byte_buffer_free(&strings);
	return status;
}

static enum narc_status decode_and_compare(struct block_writer *writer,
					   const struct block_entry *entry,
					   struct comparison *comparison,
					   struct byte_buffer *input, struct byte_buffer *output,
					   struct narc_error *error)
{
	uint64_t offset = entry->offset;
	uint64_t end = offset + entry->frame_size;

	ZSTD_DCtx_reset(writer->decompressor, ZSTD_reset_session_only);
	ZSTD_DCtx_refDDict(writer->decompressor, writer->dictionary);
	while (offset < end && comparison->left && comparison->equal) {
		size_t size = end - offset < READ_SIZE ? (size_t)(end - offset) : READ_SIZE;
		ZSTD_inBuffer in = { input->data, size, 0 };
		enum narc_status status = writer->sink.ops->read_at(writer->sink.context, offset,
								    input->data, size, error);

		if (status != NARC_OK)
			return status;
		while (in.pos < in.size) {
			ZSTD_outBuffer out = { output->data, output->capacity, 0 };
			size_t code = ZSTD_decompressStream(writer->decompressor, &out, &in);

			if (is_memory_error(code))
				return narc_fail_memory(error);
			if (ZSTD_isError(code))
				return narc_fail(error, NARC_IO, "pack", offset,
						 "what was written cannot be read back: %s",
						 ZSTD_getErrorName(code));
			compare_piece(comparison, out.dst, out.pos);
		}
		offset += size;
	}
	return NARC_OK;
}

enum narc_status block_writer_compare(struct block_writer *writer, uint64_t row,
				      const uint8_t *content, uint64_t size, bool *equal,
				      struct narc_error *error)
{
	struct comparison comparison = { .content = content, .left = size, .equal = true };
	struct byte_buffer input = BYTE_BUFFER_EMPTY;
	struct byte_buffer output = BYTE_BUFFER_EMPTY;
	struct block_entry entry;
	uint64_t stored_size = 0;
	enum narc_status status = NARC_OK;

	*equal = false;
	while (status == NARC_OK && writer->run->first_row + writer->run->rows <= row)
		status = block_writer_take(writer, error);
	if (status == NARC_OK)
		status = index_find_block(writer->index, row, &entry, error);
	if (status == NARC_OK)
		status = find_extent(writer, &entry, row, &comparison.skip, &stored_size, error);
	if (status != NARC_OK || stored_size != size)
		return status;
	if (byte_buffer_reserve(&input, READ_SIZE) && byte_buffer_reserve(&output, READ_SIZE))
		status = decode_and_compare(writer, &entry, &comparison, &input, &output, error);
	else
		status = narc_fail_memory(error);
	*equal = status == NARC_OK && comparison.equal && comparison.left == 0;
	byte_buffer_free(&input);
	byte_buffer_free(&output);
	return status;
}
