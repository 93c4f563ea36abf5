/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a generation from beginning to end: of a new archive, or behind those of another. */
#include <stdlib.h>
#include <string.h>

#include "format/dictionary.h"
#include "pack/archive_writer.h"
#include "pack/intake.h"
#include "pack/merge_segments.h"
#include "pack/train_dictionary.h"
#include "pack/write_blocks.h"
#include "read/archive.h"
#include "support/status.h"

/* A generation being written, or all of a history. */
struct generation {
	struct narc_packer *packer;
	narc_archive *base; /* NULL for a new archive */
	struct archive_writer writer;
	ZSTD_DCtx *decompressor;

	/* What is made before the first block. */
	struct names names;
	struct byte_buffer dictionary; /* to compress with */
	bool dictionary_is_new;

	struct run run;
	struct row_counts counts;
	size_t kept; /* segments of base that stay */
};

static void generation_free(struct generation *generation)
{
	names_free(&generation->names);
	byte_buffer_free(&generation->dictionary);
	archive_writer_free(&generation->writer);
	ZSTD_freeDCtx(generation->decompressor);
}

/* ---- the dictionary ----------------------------------------------------------------------- */

static enum narc_status train(struct narc_packer *packer, size_t size,
			      struct byte_buffer *dictionary, struct narc_error *error)
{
	sample_finish(&packer->sample);
	if (size == 0 || packer->sample.count == 0)
		return NARC_OK;
	progress_begin(&packer->progress, NARC_ACTIVITY_TRAINING, 0, 0);
	return train_dictionary(&packer->sample, size, packer->options.level, dictionary, error);
}

static bool has_identifier(const struct manifest *manifest, uint32_t identifier)
{
	for (size_t i = 0; i < manifest->dictionary_count; i++)
		if (manifest->dictionaries[i].identifier == identifier)
			return true;
	return false;
}

/* What is appended is compressed with the newest dictionary that is there, unless it is enough
 * to learn one from that is twice as large: so the dictionaries of a small archive that grows
 * grow with it, and are few. */
static enum narc_status choose_dictionary(struct generation *generation, size_t size,
					  struct narc_error *error)
{
	narc_archive *base = generation->base;
	size_t count = base ? base->manifest.dictionary_count : 0;
	const struct archive_dictionary *newest = NULL;
	enum narc_status status = NARC_OK;

	if (count)
		status = archive_dictionary_at(base, count - 1, generation->decompressor, &newest,
					       error);
	if (status == NARC_OK && (!newest || size / 2 >= newest->size))
		status = train(generation->packer, size, &generation->dictionary, error);
	if (status != NARC_OK)
		return status;
	generation->dictionary_is_new =
		generation->dictionary.size &&
		!has_identifier(&generation->writer.manifest,
				ZSTD_getDictID_fromDict(generation->dictionary.data,
							generation->dictionary.size));
	if (newest && !generation->dictionary_is_new) {
		byte_buffer_clear(&generation->dictionary);
		byte_buffer_append(&generation->dictionary, newest->bytes, newest->size);
	}
	return byte_buffer_status(&generation->dictionary, error);
}

static enum narc_status make_dictionary(struct generation *generation,
					const struct dictionary_effort *effort,
					struct narc_error *error)
{
	struct narc_packer *packer = generation->packer;
	size_t size = packer->options.dictionary_size;

	if (size == 0)
		return NARC_OK;
	if (size == NARC_DICTIONARY_AUTO)
		size = dictionary_size_for(packer->content_size, effort);
	return choose_dictionary(generation, size, error);
}

/* ---- before the blocks -------------------------------------------------------------------- */

static enum narc_status write_prelude(struct generation *generation, struct narc_error *error)
{
	struct archive_writer *writer = &generation->writer;
	struct narc_packer *packer = generation->packer;
	struct dictionary_effort effort = dictionary_effort_for(packer->options.level);
	struct byte_buffer names = BYTE_BUFFER_EMPTY;
	struct byte_buffer dictionary = BYTE_BUFFER_EMPTY;
	enum narc_status status = name_counter_finish(&packer->names, &generation->names, error);

	if (status == NARC_OK)
		status = names_encode(&names, &generation->names, writer->compressor, error);
	if (status == NARC_OK)
		status = make_dictionary(generation, &effort, error);
	if (status == NARC_OK && generation->dictionary_is_new)
		status = dictionary_encode(&dictionary, generation->dictionary.data,
					   generation->dictionary.size, effort.level, error);
	if (status == NARC_OK && !generation->base)
		status = archive_writer_put_header(writer, &names, &dictionary,
						   generation->dictionary.size, error);
	if (status == NARC_OK && names.size)
		status = archive_writer_put_guarded(writer, &names, &generation->run.names, error);
	if (status == NARC_OK && dictionary.size)
		status = archive_writer_put_dictionary(
			writer, &dictionary,
			ZSTD_getDictID_fromDict(generation->dictionary.data,
						generation->dictionary.size),
			error);
	byte_buffer_free(&names);
	byte_buffer_free(&dictionary);
	return status;
}

/* ---- blocks and index --------------------------------------------------------------------- */

static enum narc_status write_blocks(struct generation *generation, struct narc_error *error)
{
	struct narc_packer *packer = generation->packer;
	const struct narc_pack_options *options = &packer->options;
	unsigned threads = options->threads ? options->threads : work_queue_processors();
	struct block_compressor compressor = { 0 };
	struct block_writer writer = { 0 };
	enum narc_status status =
		block_compressor_init(&compressor, options->level, options->block_size,
				      &generation->dictionary, &generation->names, threads, error);

	generation->run.blocks.offset = generation->writer.offset;
	if (status == NARC_OK)
		status = block_writer_init(&writer, packer, generation->writer.sink, &compressor,
					   &generation->writer.index, &generation->run, error);
	progress_begin(&packer->progress, NARC_ACTIVITY_COMPRESSING, packer->admitted,
		       packer->content_size);
	if (status == NARC_OK)
		status = block_writer_run(&writer, error);
	generation->counts = writer.counts;
	generation->writer.offset = extent_end(generation->run.blocks);
	block_writer_free(&writer);
	block_compressor_free(&compressor);
	return status;
}

/* Starts a segment with those of the base that it takes the place of. */
static enum narc_status begin_segment(struct generation *generation, struct narc_error *error)
{
	struct segment *segment = &generation->writer.segment;
	size_t generations = generation->packer->history.is_used
				     ? generation->packer->history.count
				     : 1;

	if (generation->base)
		return merge_segments(generation->base, generation->kept, generations,
				      &generation->writer.index, segment, error);
	segment->first_generation = FIRST_GENERATION;
	segment->runs = calloc(1, sizeof(*segment->runs));
	segment->times = calloc(generations + 1, sizeof(*segment->times));
	return segment->runs && segment->times ? NARC_OK : narc_fail_memory(error);
}

/* Adds what was written to the segment. */
static void end_segment(struct generation *generation)
{
	struct segment *segment = &generation->writer.segment;
	const struct history *history = &generation->packer->history;

	if (generation->run.rows == 0)
		return;
	segment->runs[segment->run_count++] = generation->run;
	if (history->is_used) {
		memcpy(segment->times + segment->generation_count, history->times,
		       history->count * sizeof(*history->times));
		segment->generation_count += history->count;
		return;
	}
	segment->times[segment->generation_count++] =
		generation->base ? generation->packer->options.time
				 : generation->counts.newest_mtime;
}

static void fill_trailer(struct generation *generation)
{
	const struct row_counts *counts = &generation->counts;
	const struct run *run = &generation->run;
	struct trailer *trailer = &generation->writer.trailer;

	trailer->generation = packer_generation(generation->packer);
	trailer->rows += run->rows;
	trailer->blocks += run->block_count;
	trailer->content_size += counts->content_size;
	trailer->owned_size += counts->owned_size;
	trailer->current_rows += run->rows - counts->superseded_rows;
	trailer->current_posts += counts->posts - counts->superseded_posts;
	trailer->current_size += counts->content_size - counts->superseded_size;
}

/* ---- the beginning ------------------------------------------------------------------------ */

/* Makes room for what the base has, and for one dictionary and one segment more. */
static enum narc_status begin_manifest(struct generation *generation, struct narc_error *error)
{
	const struct manifest *old = generation->base ? &generation->base->manifest : NULL;
	struct manifest *manifest = &generation->writer.manifest;
	size_t dictionaries = old ? old->dictionary_count : 0;

	manifest->dictionaries = calloc(dictionaries + 1, sizeof(*manifest->dictionaries));
	manifest->segments = calloc(generation->kept + 1, sizeof(*manifest->segments));
	if (!manifest->dictionaries || !manifest->segments)
		return narc_fail_memory(error);
	if (dictionaries)
		memcpy(manifest->dictionaries, old->dictionaries,
		       dictionaries * sizeof(*old->dictionaries));
	if (generation->kept)
		memcpy(manifest->segments, old->segments,
		       generation->kept * sizeof(*old->segments));
	manifest->dictionary_count = dictionaries;
	manifest->segment_count = generation->kept;
	manifest->parity_strength = generation->packer->options.parity;
	if (manifest->parity_strength == NARC_PARITY_AUTO)
		manifest->parity_strength = old ? old->parity_strength : 0;
	if (old)
		manifest->former_parity_size = manifest_parity_size(old);
	return old ? manifest_copy_tombstones(manifest, old, error) : NARC_OK;
}

/* Continues where the base ends, and cuts off what a torn writing may have left there: safely,
 * for there may be a trailer in it whose sync failed, and which must not come back when what it
 * leads to has been written over. */
static enum narc_status begin_behind(struct generation *generation, struct narc_error *error)
{
	const struct trailer *last = &generation->base->trailer;
	struct narc_sink sink = generation->writer.sink;
	enum narc_status status = sink.ops->truncate(sink.context, last->end, error);

	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	if (status != NARC_OK)
		return status;

	generation->kept = segments_to_keep(generation->base, generation->packer->admitted);
	generation->writer.trailer = *last;
	generation->run.first_row = last->rows;
	generation->run.first_block = last->blocks;
	generation->writer.start = generation->writer.offset = last->end;
	return NARC_OK;
}

static enum narc_status begin(struct generation *generation, struct narc_sink sink,
			      struct narc_error *error)
{
	struct narc_packer *packer = generation->packer;
	enum narc_status status =
		archive_writer_init(&generation->writer, sink, packer->options.memory / 4,
				    packer->temporary_folder, error);

	generation->decompressor = ZSTD_createDCtx();
	if (status == NARC_OK && !generation->decompressor)
		status = narc_fail_memory(error);
	if (status == NARC_OK && generation->base)
		status = begin_behind(generation, error);
	return status == NARC_OK ? begin_manifest(generation, error) : status;
}

static enum narc_status write_all(struct generation *generation, struct narc_sink sink,
				  struct narc_error *error)
{
	enum narc_status status = begin(generation, sink, error);

	if (status == NARC_OK)
		status = begin_segment(generation, error);
	if (status == NARC_OK)
		status = write_prelude(generation, error);
	if (status == NARC_OK)
		status = write_blocks(generation, error);
	if (status != NARC_OK)
		return status;
	end_segment(generation);
	fill_trailer(generation);
	progress_begin(&generation->packer->progress, NARC_ACTIVITY_INDEXING, 0, 0);
	return archive_writer_commit(&generation->writer, error);
}

enum narc_status narc_packer_commit(narc_packer *packer, struct narc_sink sink,
				    struct narc_pack_result *result, struct narc_error *error)
{
	const bool is_volume = packer->base && packer->base->volumes;
	struct generation generation = { .packer = packer, .base = is_volume ? NULL : packer->base,
					 .writer = { .index = { .blocks = { .fd = -1 } } } };
	const struct trailer *trailer = &generation.writer.trailer;
	bool has_nothing;
	enum narc_status status;

	if (packer->committed) {
		status = narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
				   "the archive is written already");
		goto done;
	}
	status = intake_drain(packer->intake, error);
	if (status == NARC_OK)
		status = packer_resolve_links(packer, error);
	packer->committed = true;
	/* A generation at the end that brought nothing is none. */
	packer->history.is_new = false;
	has_nothing = (packer->base || packer->is_volume) && packer->admitted == 0;
	if (has_nothing && packer->base)
		generation.writer.trailer = packer->base->trailer;
	else if (status == NARC_OK && !has_nothing)
		status = write_all(&generation, sink, error);
	if (status == NARC_OK && result)
		*result = (struct narc_pack_result){
			.generation = trailer->generation,
			.unchanged = packer->unchanged,
			.moved = generation.counts.moved,
			.rows = generation.run.rows,
			.posts = generation.counts.posts,
			.blocks = generation.run.block_count,
			.content_size = generation.counts.content_size,
			.owned_size = generation.counts.owned_size,
			.archive_size = trailer->end,
			.notices = packer->notices,
		};
	generation_free(&generation);
done:
	sink.ops->close(sink.context);
	return status;
}
