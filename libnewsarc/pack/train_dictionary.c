/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Training by zstd's fastCover (ZDICT_trainFromBuffer_fastCover, zdict.h), with fixed
 * parameters, so that the same sample makes the same dictionary.
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
	LARGEST = 1 << 20,
	SHARE = 16, /* the dictionary is this part of the content, until it is LARGEST */

	SEGMENT_SIZE = 512,
	DMER_SIZE = 8,
	FREQUENCY_LOG = 20,
	ACCELERATION = 1,

	/* For the statistics behind the entropy tables; a higher level takes many times as
	 * long, and gains half a percent. */
	STATISTICS_LEVEL = 3
};

size_t dictionary_size_for(uint64_t content_size)
{
	uint64_t size = content_size / SHARE;

	if (size < SMALLEST)
		return 0;
	return size < LARGEST ? (size_t)size : LARGEST;
}

/* The identifiers that RFC 8878 leaves to private use, by the content of the dictionary. */
static unsigned identifier_of(const uint8_t *data, size_t size)
{
	return 32768 + (unsigned)(content_hash(data, size) % (0x7fffffffu - 32768));
}

static void join_sample(const struct sample *sample, uint8_t *joined, size_t *sizes)
{
	size_t place = 0;

	for (size_t i = 0; i < sample->count; i++) {
		memcpy(joined + place, sample->items[i].data, sample->items[i].size);
		sizes[i] = sample->items[i].size;
		place += sizes[i];
	}
}

enum narc_status train_dictionary(const struct sample *sample, size_t size,
				  struct byte_buffer *dictionary, struct narc_error *error)
{
	ZDICT_fastCover_params_t parameters = {
		.k = SEGMENT_SIZE,
		.d = DMER_SIZE,
		.f = FREQUENCY_LOG,
		.steps = 1,
		.splitPoint = 1.0,
		.accel = ACCELERATION,
		.zParams = { .compressionLevel = STATISTICS_LEVEL },
	};
	uint8_t *joined = malloc(sample->held + 1);
	size_t *sizes = calloc(sample->count + 1, sizeof(*sizes));
	uint8_t *place;
	size_t trained;
	enum narc_status status = NARC_OK;

	byte_buffer_clear(dictionary);
	place = byte_buffer_reserve(dictionary, size);
	if (!joined || !sizes || !place) {
		status = narc_fail_memory(error);
		goto done;
	}
	join_sample(sample, joined, sizes);
	parameters.zParams.dictID = identifier_of(joined, sample->held);
	trained = ZDICT_trainFromBuffer_fastCover(place, size, joined, sizes,
						  (unsigned)sample->count, parameters);
	/* It fails too where there are too few samples to learn anything from. */
	if (!ZDICT_isError(trained))
		dictionary->size = trained;
	else if (is_memory_error(trained))
		status = narc_fail_memory(error);
done:
	free(joined);
	free(sizes);
	return status;
}
