/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_PACK_TRAIN_DICTIONARY_H
#define NARC_PACK_TRAIN_DICTIONARY_H

#include "pack/sample.h"
#include "support/byte_buffer.h"

/* What is spent on the dictionary of an archive that is compressed at some level. */
struct dictionary_effort {
	size_t sample_size; /* bytes of posts to train on */
	size_t largest;     /* bytes of dictionary */
	int level;          /* at which the dictionary itself is compressed */
};

struct dictionary_effort dictionary_effort_for(int level);

/* Trains a dictionary of at most size bytes on the sample, in the format of RFC 8878,
 * section 5, for blocks that are compressed at level. dictionary stays empty if the sample is
 * too small to make one. */
enum narc_status train_dictionary(const struct sample *sample, size_t size, int level,
				  struct byte_buffer *dictionary, struct narc_error *error);

/* The size of dictionary that pays for content_size bytes of posts; 0: none does. */
size_t dictionary_size_for(uint64_t content_size, const struct dictionary_effort *effort);

#endif
