// SPDX-License-Identifier: BSD-2-Clause
/* Blocks: descriptors, rows, data frames; and look-ups, which are all of it together. */
#include <stdlib.h>

#include "measure.h"
#include "micro.h"
#include "read/cursor.h"

/* One fetched block in the middle of an archive. */
struct block_input {
	struct sample_archive *sample;
	ZSTD_DCtx *decompressor;
	struct locator locator;
	struct fetched_block block;
	struct row_walk walk;
};

static void *prepare_block(size_t block_size)
{
	struct block_input *input = take_memory(1, sizeof(*input));
	struct block_entry entry;
	struct narc_error error;

	input->sample = pack_sample(block_size);
	input->decompressor = ZSTD_createDCtx();
	locator_init(&input->locator, input->sample->archive, input->decompressor);
	must(locate_block(&input->locator, input->sample->archive->trailer.blocks / 2,
			  &entry, &error),
	     &error);
	must(fetch_block(&input->locator, &entry, true, &input->block, &error), &error);
	return input;
}

static void *prepare_full_block(void)
{
	return prepare_block((size_t)64 << 10);
}

static void *prepare_post_block(void)
{
	return prepare_block(0);
}

static void finish_block(void *argument)
{
	struct block_input *input = argument;

	fetched_block_free(&input->block);
	locator_free(&input->locator);
	ZSTD_freeDCtx(input->decompressor);
	sample_archive_free(input->sample);
	free(input);
}

static void run_descriptor_decode(void *argument, uint64_t operations)
{
	struct block_input *input = argument;
	const struct byte_buffer *bytes = &input->block.bytes;
	size_t frame_size = (size_t)input->block.entry.frame_size;
	struct narc_error error;

	while (operations--)
		must(descriptor_decode(bytes->data + frame_size, bytes->size - frame_size,
				       input->block.descriptor.offset, input->decompressor,
				       &input->block.strings, &input->block.descriptor, &error),
		     &error);
}

/* An operation is one row. */
static void run_row_walk(void *argument, uint64_t operations)
{
	struct block_input *input = argument;
	enum narc_status status = NARC_END;
	struct narc_error error;
	struct row row;

	while (operations--) {
		if (status == NARC_END)
			row_walk_begin(&input->walk, &input->block.descriptor,
				       input->block.names);
		status = row_walk_next(&input->walk, &row, &error);
		if (status != NARC_END)
			must(status, &error);
	}
}

static void run_block_decode(void *argument, uint64_t operations)
{
	struct block_input *input = argument;
	struct narc_error error;

	while (operations--) {
		input->block.has_content = false;
		must(decode_block(&input->locator, &input->block, &error), &error);
	}
}

static void run_look_up(void *argument, uint64_t operations)
{
	struct block_input *input = argument;
	narc_cursor *cursor = input->sample->cursor;
	const struct narc_record *record;
	const void *content;
	struct narc_error error;

	for (uint64_t i = 0; i < operations; i++) {
		const char *key = input->sample->codes[i % SAMPLE_POSTS];

		must(narc_cursor_find(cursor, key, &error), &error);
		must(narc_cursor_next(cursor, &record, &error), &error);
		must(narc_cursor_content(cursor, &content, &error), &error);
	}
}

const struct benchmark block_benchmarks[] = {
	{ "descriptor-decode", prepare_full_block, run_descriptor_decode, finish_block },
	{ "row-walk", prepare_full_block, run_row_walk, finish_block },
	{ "block-decode", prepare_full_block, run_block_decode, finish_block },
	{ "post-block-decode", prepare_post_block, run_block_decode, finish_block },
	{ "look-up", prepare_full_block, run_look_up, finish_block },
	{ "post-look-up", prepare_post_block, run_look_up, finish_block },
	{ 0 },
};
