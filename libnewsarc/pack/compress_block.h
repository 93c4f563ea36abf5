/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressing blocks, on several threads at once. */
#ifndef NARC_PACK_COMPRESS_BLOCK_H
#define NARC_PACK_COMPRESS_BLOCK_H

#include <zstd.h>

#include "format/descriptor.h"
#include "support/arena.h"

/* A block on its way from grouping to the file. */
struct block_job {
	struct block_facts facts;
	struct row *rows;
	size_t row_capacity;
	struct arena texts; /* the rows' strings */
	struct byte_buffer content;
	const uint8_t *large; /* instead of content: mapped, and compressed when it is written */

	struct byte_buffer output; /* data frame and descriptor; if large, the latter only */
	enum narc_status status;
	struct narc_error error;
};

void block_job_free(struct block_job *job);

/* What the threads share, and each thread's own. */
struct block_compressor {
	int level;
	size_t part;            /* content bytes that a zstd block in a frame aims at */
	const uint8_t *dictionary;
	size_t dictionary_size; /* 0: there is none */
	uint32_t identifier;    /* of the dictionary */
	ZSTD_CDict *prepared;
	const struct names *names;
	unsigned threads;
	ZSTD_CCtx **frames;      /* one a thread */
	ZSTD_CCtx **descriptors; /* likewise, without dictionary; the last is the writer's */
};

enum narc_status block_compressor_init(struct block_compressor *compressor, int level,
				       size_t block_size, const struct byte_buffer *dictionary,
				       const struct names *names, unsigned threads,
				       struct narc_error *error);
void block_compressor_free(struct block_compressor *compressor);

/* A work_fn over block_jobs: fills in output, or status and error. */
void compress_block(void *context, unsigned worker, void *job);

/* Compresses large content piece by piece into sink; facts are told of the data frame. */
enum narc_status compress_large(struct block_compressor *compressor, const uint8_t *content,
				uint64_t size, struct narc_sink sink, struct block_facts *facts,
				struct narc_error *error);

#endif
