// SPDX-License-Identifier: BSD-2-Clause
/* Pages of the index: decoding them, and searching in them. */
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "micro.h"
#include "read/locate.h"

/* An archive with a locator over it, and one section of its index. */
struct index_input {
	struct sample_archive *sample;
	ZSTD_DCtx *decompressor;
	struct locator locator;
	struct extent extent;
	struct byte_buffer section;
	struct byte_buffer scratch;
	struct key_page page;
};

static void *prepare_index(void)
{
	struct index_input *input = take_memory(1, sizeof(*input));

	input->sample = pack_sample((size_t)64 << 10);
	input->decompressor = ZSTD_createDCtx();
	locator_init(&input->locator, input->sample->archive, input->decompressor);
	return input;
}

static void finish_index(void *argument)
{
	struct index_input *input = argument;

	key_page_free(&input->page);
	byte_buffer_free(&input->section);
	byte_buffer_free(&input->scratch);
	locator_free(&input->locator);
	ZSTD_freeDCtx(input->decompressor);
	sample_archive_free(input->sample);
	free(input);
}

static void read_section(struct index_input *input, struct extent extent)
{
	struct narc_error error;

	input->extent = extent;
	must(archive_read_section(input->sample->archive, extent, &input->section, &error), &error);
}

static void decode_key_page(struct index_input *input)
{
	struct narc_error error;

	must(key_page_decode(input->section.data, input->section.size, input->extent.offset,
			     input->decompressor, &input->scratch, &input->page, &error),
	     &error);
}

/* A full leaf of infoCodes: the first. */
static void *prepare_key_leaf(void)
{
	struct index_input *input = prepare_index();

	read_section(input, input->sample->archive->segments[0].code_root);
	decode_key_page(input);
	while (input->page.level > 0) {
		struct extent child = { input->page.values[0],
					input->page.values[1] - input->page.values[0] };

		key_page_free(&input->page);
		read_section(input, child);
		decode_key_page(input);
	}
	return input;
}

static void run_key_page_decode(void *argument, uint64_t operations)
{
	struct index_input *input = argument;

	while (operations--) {
		key_page_free(&input->page);
		decode_key_page(input);
	}
}

static void run_key_page_search(void *argument, uint64_t operations)
{
	struct index_input *input = argument;
	uint32_t place;

	for (uint64_t i = 0; i < operations; i++) {
		const char *key = input->sample->codes[i % SAMPLE_POSTS];

		key_page_search(&input->page, (const uint8_t *)key, strlen(key), &place);
	}
}

static void *prepare_block_leaf(void)
{
	struct index_input *input = prepare_index();

	read_section(input, input->sample->archive->segments[0].block_root);
	return input;
}

static void run_block_page_decode(void *argument, uint64_t operations)
{
	struct index_input *input = argument;
	struct narc_error error;

	while (operations--) {
		struct block_page page;

		must(block_page_decode(input->section.data, input->section.size,
				       input->extent.offset, input->decompressor, &input->scratch,
				       &page, &error),
		     &error);
		block_page_free(&page);
	}
}

static void run_locate_key(void *argument, uint64_t operations)
{
	struct index_input *input = argument;
	struct narc_error error;
	const uint64_t *blocks;
	size_t count;

	for (uint64_t i = 0; i < operations; i++) {
		const char *key = input->sample->codes[i % SAMPLE_POSTS];

		must(locate_key(&input->locator, &input->sample->archive->segments[0],
				KEY_INDEX_CODES, key, strlen(key), &blocks, &count, &error),
		     &error);
	}
}

static void run_locate_block(void *argument, uint64_t operations)
{
	struct index_input *input = argument;
	uint64_t count = input->sample->archive->trailer.blocks;
	struct block_entry entry;
	struct narc_error error;

	for (uint64_t i = 0; i < operations; i++)
		must(locate_block(&input->locator, i % count, &entry, &error), &error);
}

const struct benchmark index_benchmarks[] = {
	{ "key-page-decode", prepare_key_leaf, run_key_page_decode, finish_index },
	{ "key-page-search", prepare_key_leaf, run_key_page_search, finish_index },
	{ "block-page-decode", prepare_block_leaf, run_block_page_decode, finish_index },
	{ "locate-key", prepare_index, run_locate_key, finish_index },
	{ "locate-block", prepare_index, run_locate_block, finish_index },
	{ 0 },
};
