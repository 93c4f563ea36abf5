/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/compress_block.h"

#include <stdlib.h>

#include "support/content_hash.h"
#include "support/spill_file.h"
#include "support/status.h"

/* What a block of one post holds. */
enum { TYPICAL_POST_SIZE = 2048 };

/* Into how many parts a block is divided, and what a part may add to the bound of a frame. */
enum { PARTS = 4, PART_OVERHEAD = 64 };

void block_job_free(struct block_job *job)
{
	if (!job)
		return;
	if (job->large)
		spill_file_unmap(job->large, (size_t)job->facts.content_size);
	free(job->rows);
	arena_free(&job->texts);
	byte_buffer_free(&job->content);
	byte_buffer_free(&job->output);
	free(job);
}

static enum narc_status fail_zstd(struct narc_error *error, size_t code)
{
	return narc_fail(error, NARC_NOMEM, "compress", NARC_NO_OFFSET, "zstd: %s",
			 ZSTD_getErrorName(code));
}

/* The roots of the trees that high levels search: more of them find nothing more here, take up
 * to 64 MiB a thread, and are copied for each block. */
enum { TREE_HASH_LOG = 20 };

/* The level's parameters for blocks of this size; a frame may be one large file too, so the
 * window is bounded. */
static ZSTD_compressionParameters parameters_for(int level, uint64_t size, size_t dictionary_size)
{
	ZSTD_compressionParameters parameters = ZSTD_getCParams(level, size, dictionary_size);

	if (parameters.windowLog > WINDOW_LOG_LIMIT)
		parameters.windowLog = WINDOW_LOG_LIMIT;
	if (parameters.strategy >= ZSTD_btlazy2 && parameters.hashLog > TREE_HASH_LOG)
		parameters.hashLog = TREE_HASH_LOG;
	return parameters;
}

static enum narc_status prepare_context(ZSTD_CCtx *context,
					const struct block_compressor *compressor,
					struct narc_error *error)
{
	size_t code = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, compressor->level);

	if (!ZSTD_isError(code))
		code = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	if (!ZSTD_isError(code) && compressor->prepared)
		code = ZSTD_CCtx_refCDict(context, compressor->prepared);
	return ZSTD_isError(code) ? fail_zstd(error, code) : NARC_OK;
}

/* Makes a context ready for a content of size bytes. Without this the window would be the
 * level's, which may be too large; or, with a dictionary, that of the default level, which
 * may be too small for the content and the dictionary before it. */
static void prepare_window(ZSTD_CCtx *context, const struct block_compressor *compressor,
			   uint64_t size)
{
	ZSTD_CCtx_setParameter(
		context, ZSTD_c_windowLog,
		(int)parameters_for(compressor->level, size, compressor->dictionary_size)
			.windowLog);
}

enum narc_status block_compressor_init(struct block_compressor *compressor, int level,
				       size_t block_size, const struct byte_buffer *dictionary,
				       const struct names *names, unsigned threads,
				       struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (block_size == 0)
		block_size = TYPICAL_POST_SIZE;
	*compressor = (struct block_compressor){ .level = level, .names = names,
						 .part = block_size / PARTS + 1,
						 .threads = threads };
	if (dictionary->size) {
		compressor->dictionary = dictionary->data;
		compressor->dictionary_size = dictionary->size;
		compressor->identifier = ZSTD_getDictID_fromDict(dictionary->data,
								 dictionary->size);
		compressor->prepared = ZSTD_createCDict_advanced(
			dictionary->data, dictionary->size, ZSTD_dlm_byRef, ZSTD_dct_fullDict,
			parameters_for(level, block_size, dictionary->size), ZSTD_defaultCMem);
		if (!compressor->prepared)
			return narc_fail_memory(error);
	}
	compressor->frames = calloc(threads, sizeof(*compressor->frames));
	compressor->descriptors = calloc(threads + 1, sizeof(*compressor->descriptors));
	if (!compressor->frames || !compressor->descriptors)
		return narc_fail_memory(error);
	for (unsigned i = 0; i < threads && status == NARC_OK; i++) {
		compressor->frames[i] = ZSTD_createCCtx();
		status = compressor->frames[i]
				 ? prepare_context(compressor->frames[i], compressor, error)
				 : narc_fail_memory(error);
	}
	for (unsigned i = 0; i <= threads && status == NARC_OK; i++) {
		compressor->descriptors[i] = ZSTD_createCCtx();
		if (!compressor->descriptors[i])
			status = narc_fail_memory(error);
	}
	return status;
}

void block_compressor_free(struct block_compressor *compressor)
{
	for (unsigned i = 0; compressor->frames && i < compressor->threads; i++)
		ZSTD_freeCCtx(compressor->frames[i]);
	for (unsigned i = 0; compressor->descriptors && i <= compressor->threads; i++)
		ZSTD_freeCCtx(compressor->descriptors[i]);
	free(compressor->frames);
	free(compressor->descriptors);
	ZSTD_freeCDict(compressor->prepared);
}

/* Compresses the content up to end, and ends a zstd block there; at the end, the frame too. */
static size_t compress_part(ZSTD_CCtx *context, const struct block_job *job, size_t end,
			    ZSTD_inBuffer *input, ZSTD_outBuffer *output)
{
	input->size = end;
	return ZSTD_compressStream2(context, output, input,
				    end == job->content.size ? ZSTD_e_end : ZSTD_e_flush);
}

/* Ends a zstd block where a post ends, after each quarter of a full block or more: a reader
 * that wants one post decodes no further than to the end of the zstd block that it ends in.
 * This costs half a percent. */
static enum narc_status compress_content(ZSTD_CCtx *context, struct block_job *job, size_t part,
					 struct narc_error *error)
{
	size_t size = job->content.size;
	size_t bound = ZSTD_compressBound(size) + PARTS * PART_OVERHEAD;
	ZSTD_inBuffer input = { job->content.data, 0, 0 };
	ZSTD_outBuffer output = { byte_buffer_reserve(&job->output, bound), bound, 0 };
	size_t left = 1;

	if (!output.dst)
		return narc_fail_memory(error);
	ZSTD_CCtx_setPledgedSrcSize(context, size);
	for (size_t i = 0; i < job->facts.row_count && input.pos < size; i++) {
		size_t end = (size_t)job->rows[i].content_start;

		/* A row's start is the end of what comes before it. */
		if (end >= input.pos + part && size - end > part / 2)
			left = compress_part(context, job, end, &input, &output);
		if (ZSTD_isError(left))
			return fail_zstd(error, left);
	}
	left = compress_part(context, job, size, &input, &output);
	if (left)
		return fail_zstd(error, left);
	job->output.size += output.pos;
	job->facts.frame_size = output.pos;
	job->facts.frame_hash = content_hash(output.dst, output.pos);
	return NARC_OK;
}

void compress_block(void *context, unsigned worker, void *argument)
{
	struct block_compressor *compressor = context;
	struct block_job *job = argument;

	job->status = NARC_OK;
	prepare_window(compressor->frames[worker], compressor, job->content.size);
	if (job->content.size)
		job->status = compress_content(compressor->frames[worker], job, compressor->part,
					       &job->error);
	/* Of a large block, the size of the frame is not known yet. */
	if (job->status == NARC_OK && !job->large)
		job->status = descriptor_encode(&job->output, &job->facts, job->rows,
						compressor->names, compressor->descriptors[worker],
						&job->error);
}

/* Compresses all that input holds into sink, and hashes the frame. */
static enum narc_status compress_frame(ZSTD_CCtx *context, ZSTD_inBuffer input,
				       struct byte_buffer *output, struct narc_sink sink,
				       uint64_t *frame_size, XXH3_state_t *hash,
				       struct narc_error *error)
{
	size_t left;

	do {
		ZSTD_outBuffer piece = { output->data, output->capacity, 0 };
		enum narc_status status;

		left = ZSTD_compressStream2(context, &piece, &input, ZSTD_e_end);
		if (ZSTD_isError(left))
			return fail_zstd(error, left);
		status = sink.ops->append(sink.context, piece.dst, piece.pos, error);
		if (status != NARC_OK)
			return status;
		XXH3_64bits_update(hash, piece.dst, piece.pos);
		*frame_size += piece.pos;
	} while (left > 0);
	return NARC_OK;
}

enum narc_status compress_large(struct block_compressor *compressor, const uint8_t *content,
				uint64_t size, struct narc_sink sink, struct block_facts *facts,
				struct narc_error *error)
{
	struct byte_buffer output = BYTE_BUFFER_EMPTY;
	ZSTD_CCtx *context = ZSTD_createCCtx();
	XXH3_state_t *hash = XXH3_createState();
	enum narc_status status;

	facts->frame_size = 0;
	if (!context || !hash || !byte_buffer_reserve(&output, ZSTD_CStreamOutSize())) {
		status = narc_fail_memory(error);
		goto done;
	}
	status = prepare_context(context, compressor, error);
	prepare_window(context, compressor, size);
	ZSTD_CCtx_setPledgedSrcSize(context, size);
	XXH3_64bits_reset(hash);
	if (status == NARC_OK)
		status = compress_frame(context, (ZSTD_inBuffer){ content, (size_t)size, 0 },
					&output, sink, &facts->frame_size, hash, error);
	facts->frame_hash = XXH3_64bits_digest(hash);
done:
	XXH3_freeState(hash);
	ZSTD_freeCCtx(context);
	byte_buffer_free(&output);
	return status;
}
