/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Training by zstd's fastCover (ZDICT_trainFromBuffer_fastCover, zdict.h), with fixed
 * parameters, so that the same sample makes the same dictionary.
 *
 * fastCover chooses what the dictionary says. The entropy tables in front of it come from
 * blocks such as will be compressed, at the level at which they will be: those that fastCover
 * adds, from one post at a time at a low level, cost one percent of the archive.
 */
#include "pack/train_dictionary.h"

#include <stdlib.h>
#include <string.h>
#include <zdict.h>

#include "format/frame.h"
#include "support/content_hash.h"
#include "support/status.h"

enum {
	SMALLEST = 4096,
	SHARE = 8, /* the dictionary is this part of the content, until it is the largest */

	QUICK_LEVELS = 9,     /* at and below, training would take longer than compressing */
	THOROUGH_LEVELS = 20, /* at and above, nothing is too slow */

	SEGMENT_SIZE = 512,
	DMER_SIZE = 8,
	LARGEST_FREQUENCY_LOG = 24,
	ACCELERATION = 1,
	SELECTION_LEVEL = -5, /* its entropy tables are not used */

	BLOCKS = 12, /* for the entropy tables: more change them by little */
	BLOCK_SIZE = 64 << 10
};

struct dictionary_effort dictionary_effort_for(int level)
{
	if (level <= QUICK_LEVELS)
		return (struct dictionary_effort){ 3 << 19, 512 << 10, 6 };
	if (level < THOROUGH_LEVELS)
		return (struct dictionary_effort){ 24 << 20, 1 << 20, 19 };
	return (struct dictionary_effort){ 24 << 20, 4 << 20, 22 };
}

size_t dictionary_size_for(uint64_t content_size, const struct dictionary_effort *effort)
{
	uint64_t size = content_size / SHARE;

	if (size < SMALLEST)
		return 0;
	return size < effort->largest ? (size_t)size : effort->largest;
}

/* The identifiers that RFC 8878 leaves to private use, by the content of the dictionary. */
static unsigned identifier_of(const uint8_t *data, size_t size)
{
	return 32768 + (unsigned)(content_hash(data, size) % (0x7fffffffu - 32768));
}

/* The posts of a sample, one after the other. */
struct joined {
	uint8_t *data;
	size_t size;
	size_t *sizes; /* of each post */
	size_t count;
	unsigned identifier;
};

static void join_sample(const struct sample *sample, struct joined *joined)
{
	joined->count = sample->count;
	for (size_t i = 0; i < sample->count; i++) {
		memcpy(joined->data + joined->size, sample->items[i].data, sample->items[i].size);
		joined->sizes[i] = sample->items[i].size;
		joined->size += joined->sizes[i];
	}
	joined->identifier = identifier_of(joined->data, joined->size);
}

/* The frequencies of about as many strings as the sample has: fewer let different strings
 * share a counter, which costs half a percent of the archive at a sixteenth. */
static unsigned frequency_log(size_t size)
{
	unsigned log = 12;

	while (log < LARGEST_FREQUENCY_LOG && (size_t)1 << log < size)
		log++;
	return log;
}

/* Selects what the dictionary says; leaves it empty if there is too little to learn from. */
static enum narc_status select_content(const struct joined *joined, size_t size,
				       struct byte_buffer *dictionary, struct narc_error *error)
{
	ZDICT_fastCover_params_t parameters = {
		.k = SEGMENT_SIZE,
		.d = DMER_SIZE,
		.f = frequency_log(joined->size),
		.steps = 1,
		.splitPoint = 1.0,
		.accel = ACCELERATION,
		.zParams = { .compressionLevel = SELECTION_LEVEL, .dictID = joined->identifier },
	};
	uint8_t *place = byte_buffer_reserve(dictionary, size);
	size_t trained;

	if (!place)
		return narc_fail_memory(error);
	trained = ZDICT_trainFromBuffer_fastCover(place, size, joined->data, joined->sizes,
						  (unsigned)joined->count, parameters);
	if (!ZDICT_isError(trained))
		dictionary->size = trained;
	return is_memory_error(trained) ? narc_fail_memory(error) : NARC_OK;
}

/* Groups the first posts into blocks; returns how many, and sets their sizes. */
static unsigned group_blocks(const struct joined *joined, size_t *sizes)
{
	unsigned count = 0;

	sizes[0] = 0;
	for (size_t i = 0; i < joined->count; i++) {
		if (sizes[count] && sizes[count] + joined->sizes[i] > BLOCK_SIZE) {
			if (++count == BLOCKS)
				return count;
			sizes[count] = 0;
		}
		sizes[count] += joined->sizes[i];
	}
	return count + 1;
}

/* Replaces the entropy tables of a dictionary that was selected. */
static enum narc_status add_tables(const struct joined *joined, int level,
				   struct byte_buffer *dictionary, struct narc_error *error)
{
	ZDICT_params_t parameters = { .compressionLevel = level, .dictID = joined->identifier };
	size_t header = ZDICT_getDictHeaderSize(dictionary->data, dictionary->size);
	size_t content = dictionary->size - header;
	struct byte_buffer finished = BYTE_BUFFER_EMPTY;
	uint8_t *place = byte_buffer_reserve(&finished, dictionary->size);
	size_t sizes[BLOCKS];
	size_t size;

	if (!place)
		return narc_fail_memory(error);
	size = ZDICT_finalizeDictionary(place, dictionary->size, dictionary->data + header, content,
					joined->data, sizes, group_blocks(joined, sizes),
					parameters);
	if (ZDICT_isError(size)) {
		byte_buffer_free(&finished);
		return is_memory_error(size) ? narc_fail_memory(error) : NARC_OK;
	}
	finished.size = size;
	byte_buffer_free(dictionary);
	*dictionary = finished;
	return NARC_OK;
}

enum narc_status train_dictionary(const struct sample *sample, size_t size, int level,
				  struct byte_buffer *dictionary, struct narc_error *error)
{
	struct joined joined = { .data = calloc(sample->held + 1, 1),
				 .sizes = calloc(sample->count + 1, sizeof(*joined.sizes)) };
	enum narc_status status;

	byte_buffer_clear(dictionary);
	if (!joined.data || !joined.sizes) {
		status = narc_fail_memory(error);
		goto done;
	}
	join_sample(sample, &joined);
	status = select_content(&joined, size, dictionary, error);
	if (status == NARC_OK && dictionary->size)
		status = add_tables(&joined, level, dictionary, error);
done:
	free(joined.data);
	free(joined.sizes);
	return status;
}
