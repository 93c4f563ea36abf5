/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a generation from beginning to end: of a new archive, or behind those of another. */
#include <stdlib.h>
#include <string.h>

#include "format/dictionary.h"
#include "format/header.h"
#include "format/manifest.h"
#include "format/section.h"
#include "format/trailer.h"
#include "pack/intake.h"
#include "pack/merge_segments.h"
#include "pack/train_dictionary.h"
#include "pack/write_blocks.h"
#include "read/archive.h"
#include "support/status.h"

/* A generation being written. */
struct generation {
	struct narc_packer *packer;
	narc_archive *base; /* NULL for a new archive */
	struct narc_sink sink;
	uint64_t offset; /* where the next part goes */
	ZSTD_CCtx *compressor;
	ZSTD_DCtx *decompressor;

	/* What is made before the first block. */
	struct names names;
	struct byte_buffer dictionary; /* to compress with */
	bool dictionary_is_new;

	struct run run;
	struct row_counts counts;
	struct index_builder index;
	size_t kept; /* segments of base that stay */
	struct segment segment;
	struct manifest manifest;
	struct trailer trailer;
};

uint32_t packer_generation(const struct narc_packer *packer)
{
	return packer->base ? packer->base->trailer.generation + 1 : FIRST_GENERATION;
}

static void generation_free(struct generation *generation)
{
	names_free(&generation->names);
	byte_buffer_free(&generation->dictionary);
	index_builder_free(&generation->index);
	segment_free(&generation->segment);
	manifest_free(&generation->manifest);
	ZSTD_freeCCtx(generation->compressor);
	ZSTD_freeDCtx(generation->decompressor);
}

/* Writes what is complete, and gives its extent. */
static enum narc_status put(struct generation *generation, const struct byte_buffer *section,
			    struct extent *extent, struct narc_error *error)
{
	enum narc_status status = byte_buffer_status(section, error);

	if (status == NARC_OK)
		status = generation->sink.ops->append(generation->sink.context, section->data,
						      section->size, error);
	*extent = (struct extent){ generation->offset, section->size };
	generation->offset += section->size;
	return status;
}

/* ---- the dictionary ------------------------------------------------------------------------- */

static enum narc_status train(struct narc_packer *packer, size_t size,
			      struct byte_buffer *dictionary, struct narc_error *error)
{
	sample_finish(&packer->sample);
	if (size == 0 || packer->sample.count == 0)
		return NARC_OK;
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
		!has_identifier(&generation->manifest,
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

/* ---- before the blocks ------------------------------------------------------------------------ */

/* The header stands in front of names and dictionary, but says where the dictionary is. */
static enum narc_status put_header(struct generation *generation, const struct byte_buffer *names,
				   const struct byte_buffer *dictionary, struct narc_error *error)
{
	struct header_note note = { 0 };
	struct byte_buffer header = BYTE_BUFFER_EMPTY;
	struct extent extent;
	enum narc_status status;

	if (dictionary->size) {
		note.dictionary_raw_size = generation->dictionary.size;
		note.dictionary_body_gap = names->size + DICTIONARY_BODY_OFFSET;
		note.dictionary_body_size =
			dictionary->size - DICTIONARY_BODY_OFFSET - SECTION_CHECKSUM_SIZE;
	}
	header_encode(&header, &note);
	status = put(generation, &header, &extent, error);
	byte_buffer_free(&header);
	return status;
}

static enum narc_status put_dictionary(struct generation *generation,
				       const struct byte_buffer *dictionary,
				       struct narc_error *error)
{
	struct manifest *manifest = &generation->manifest;
	struct manifest_dictionary *entry =
		&manifest->dictionaries[manifest->dictionary_count++];

	entry->identifier = ZSTD_getDictID_fromDict(generation->dictionary.data,
						    generation->dictionary.size);
	return put(generation, dictionary, &entry->extent, error);
}

static enum narc_status write_prelude(struct generation *generation, struct narc_error *error)
{
	struct narc_packer *packer = generation->packer;
	struct dictionary_effort effort = dictionary_effort_for(packer->options.level);
	struct byte_buffer names = BYTE_BUFFER_EMPTY;
	struct byte_buffer dictionary = BYTE_BUFFER_EMPTY;
	enum narc_status status = name_counter_finish(&packer->names, &generation->names, error);

	if (status == NARC_OK)
		status = names_encode(&names, &generation->names, generation->compressor, error);
	if (status == NARC_OK)
		status = make_dictionary(generation, &effort, error);
	if (status == NARC_OK && generation->dictionary_is_new)
		status = dictionary_encode(&dictionary, generation->dictionary.data,
					   generation->dictionary.size, effort.level, error);
	if (status == NARC_OK && !generation->base)
		status = put_header(generation, &names, &dictionary, error);
	if (status == NARC_OK && names.size)
		status = put(generation, &names, &generation->run.names, error);
	if (status == NARC_OK && dictionary.size)
		status = put_dictionary(generation, &dictionary, error);
	byte_buffer_free(&names);
	byte_buffer_free(&dictionary);
	return status;
}

/* ---- blocks and index --------------------------------------------------------------------------- */

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

	generation->run.blocks.offset = generation->offset;
	if (status == NARC_OK)
		status = block_writer_init(&writer, packer, generation->sink, &compressor,
					   &generation->index, &generation->run, error);
	if (status == NARC_OK)
		status = block_writer_run(&writer, error);
	generation->counts = writer.counts;
	generation->offset = extent_end(generation->run.blocks);
	block_writer_free(&writer);
	block_compressor_free(&compressor);
	return status;
}

/* Starts a segment with those of the base that it takes the place of. */
static enum narc_status begin_segment(struct generation *generation, struct narc_error *error)
{
	struct segment *segment = &generation->segment;

	if (generation->base)
		return merge_segments(generation->base, generation->kept, &generation->index,
				      segment, error);
	segment->first_generation = FIRST_GENERATION;
	segment->runs = calloc(1, sizeof(*segment->runs));
	segment->times = calloc(1, sizeof(*segment->times));
	return segment->runs && segment->times ? NARC_OK : narc_fail_memory(error);
}

/* The index and the segment that names it; none if there are no rows. */
static enum narc_status write_segment(struct generation *generation, struct narc_error *error)
{
	struct segment *segment = &generation->segment;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct manifest *manifest = &generation->manifest;
	enum narc_status status;

	if (generation->run.rows == 0)
		return NARC_OK;
	segment->runs[segment->run_count++] = generation->run;
	segment->times[segment->generation_count++] =
		generation->base ? generation->packer->options.time
				 : generation->counts.newest_mtime;
	status = index_write(&generation->index, generation->sink, &generation->offset, segment,
			     error);
	if (status == NARC_OK)
		status = segment_encode(&section, segment, generation->compressor, error);
	if (status == NARC_OK)
		status = put(generation, &section, &manifest->segments[manifest->segment_count++],
			     error);
	byte_buffer_free(&section);
	return status;
}

/* ---- the end -------------------------------------------------------------------------------------- */

static void fill_trailer(struct generation *generation)
{
	const struct row_counts *counts = &generation->counts;
	const struct run *run = &generation->run;
	struct trailer *trailer = &generation->trailer;

	trailer->generation = packer_generation(generation->packer);
	trailer->rows += run->rows;
	trailer->blocks += run->block_count;
	trailer->content_size += counts->content_size;
	trailer->owned_size += counts->owned_size;
	trailer->current_rows += run->rows - counts->superseded_rows;
	trailer->current_posts += counts->posts - counts->superseded_posts;
	trailer->current_size += counts->content_size - counts->superseded_size;
	trailer->end = generation->offset + TRAILER_SECTION_SIZE;
}

/* What was written so far, synced, and then the trailer, synced: so what a valid trailer leads
 * to is whole. */
static enum narc_status commit(struct generation *generation, struct narc_error *error)
{
	struct narc_sink sink = generation->sink;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct extent extent;
	enum narc_status status = manifest_encode(&section, &generation->manifest,
						  generation->compressor, error);

	if (status == NARC_OK)
		status = put(generation, &section, &generation->trailer.manifest, error);
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	if (status == NARC_OK) {
		fill_trailer(generation);
		byte_buffer_clear(&section);
		trailer_encode(&section, &generation->trailer);
		status = put(generation, &section, &extent, error);
	}
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	if (status == NARC_OK)
		status = sink.ops->publish(sink.context, error);
	byte_buffer_free(&section);
	return status;
}

/* ---- the beginning ---------------------------------------------------------------------------------- */

/* Makes room for what the base has, and for one dictionary and one segment more. */
static enum narc_status begin_manifest(struct generation *generation, struct narc_error *error)
{
	const struct manifest *old = generation->base ? &generation->base->manifest : NULL;
	struct manifest *manifest = &generation->manifest;
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
	return NARC_OK;
}

/* Continues where the base ends, and cuts off what a torn writing may have left there. */
static enum narc_status begin_behind(struct generation *generation, struct narc_error *error)
{
	const struct trailer *last = &generation->base->trailer;

	generation->kept = segments_to_keep(generation->base, generation->packer->admitted);
	generation->trailer = *last;
	generation->run.first_row = last->rows;
	generation->run.first_block = last->blocks;
	generation->offset = last->end;
	return generation->sink.ops->truncate(generation->sink.context, last->end, error);
}

static enum narc_status begin(struct generation *generation, struct narc_error *error)
{
	struct narc_packer *packer = generation->packer;
	enum narc_status status;

	generation->compressor = ZSTD_createCCtx();
	generation->decompressor = ZSTD_createDCtx();
	if (!generation->compressor || !generation->decompressor)
		return narc_fail_memory(error);
	status = index_builder_init(&generation->index, packer->options.memory / 4,
				    packer->temporary_folder, error);
	if (status == NARC_OK && generation->base)
		status = begin_behind(generation, error);
	return status == NARC_OK ? begin_manifest(generation, error) : status;
}

static enum narc_status write_all(struct generation *generation, struct narc_error *error)
{
	enum narc_status status = begin(generation, error);

	if (status == NARC_OK)
		status = begin_segment(generation, error);
	if (status == NARC_OK)
		status = write_prelude(generation, error);
	if (status == NARC_OK)
		status = write_blocks(generation, error);
	if (status == NARC_OK)
		status = write_segment(generation, error);
	return status == NARC_OK ? commit(generation, error) : status;
}

enum narc_status narc_packer_commit(narc_packer *packer, struct narc_sink sink,
				    struct narc_pack_result *result, struct narc_error *error)
{
	struct generation generation = { .packer = packer, .base = packer->base, .sink = sink,
					 .index = { .blocks = { .fd = -1 } } };
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
	has_nothing = packer->base && packer->admitted == 0;
	if (has_nothing)
		generation.trailer = packer->base->trailer;
	else if (status == NARC_OK)
		status = write_all(&generation, error);
	generation_free(&generation);
	if (status == NARC_OK && result)
		*result = (struct narc_pack_result){
			.generation = generation.trailer.generation,
			.unchanged = packer->unchanged,
			.moved = generation.counts.moved,
			.rows = generation.run.rows,
			.posts = generation.counts.posts,
			.blocks = generation.run.block_count,
			.content_size = generation.counts.content_size,
			.owned_size = generation.counts.owned_size,
			.archive_size = generation.trailer.end,
			.notices = packer->notices,
		};
done:
	sink.ops->close(sink.context);
	return status;
}
