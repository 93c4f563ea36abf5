/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "format/dictionary.h"
#include "format/packed_body.h"
#include "format/section.h"
#include "pack/train_dictionary.h"
#include "support/status.h"

enum narc_status rewriter_init(struct rewriter *rewriter, struct narc_sink sink,
			       const struct rewrite_options *options, struct narc_error *error)
{
	enum narc_status status;

	memset(rewriter, 0, sizeof(*rewriter));
	rewriter->level = options->level;
	rewriter->progress = options->progress;
	rewriter->large = spill_file_in(options->folder);
	status = archive_writer_init(&rewriter->writer, sink, options->memory / 8, options->folder,
				     error);
	if (status == NARC_OK)
		status = supersession_init(&rewriter->supersession, options->memory / 4,
					   options->folder, error);
	rewriter->decompressor = ZSTD_createDCtx();
	rewriter->compressors = calloc(DICTIONARIES_LIMIT + 1, sizeof(*rewriter->compressors));
	rewriter->dictionaries = calloc(DICTIONARIES_LIMIT, sizeof(*rewriter->dictionaries));
	rewriter->identifiers = calloc(DICTIONARIES_LIMIT, sizeof(*rewriter->identifiers));
	if (status == NARC_OK && (!rewriter->decompressor || !rewriter->compressors ||
				  !rewriter->dictionaries || !rewriter->identifiers))
		status = narc_fail_memory(error);
	return status;
}

void rewriter_free(struct rewriter *rewriter)
{
	for (size_t i = 0; rewriter->dictionaries && i < rewriter->dictionary_count; i++)
		byte_buffer_free(&rewriter->dictionaries[i]);
	for (size_t i = 0; rewriter->compressors && i <= DICTIONARIES_LIMIT; i++)
		block_compressor_free(&rewriter->compressors[i]);
	free(rewriter->dictionaries);
	free(rewriter->identifiers);
	free(rewriter->compressors);
	names_free(&rewriter->names);
	supersession_free(&rewriter->supersession);
	archive_writer_free(&rewriter->writer);
	locator_free(&rewriter->locator);
	spill_file_close(&rewriter->large);
	ZSTD_freeDCtx(rewriter->decompressor);
}

void rewriter_set_archive(struct rewriter *rewriter, narc_archive *archive)
{
	locator_free(&rewriter->locator);
	rewriter->archive = archive;
	locator_init(&rewriter->locator, archive, rewriter->decompressor);
	/* As much parity as any of the archives has. */
	if (archive->manifest.parity_strength > rewriter->writer.manifest.parity_strength)
		rewriter->writer.manifest.parity_strength = archive->manifest.parity_strength;
}

/* ---- names and dictionaries --------------------------------------------------------------- */

/* A section of no names, which says that a run has none where the one before it had some. */
static enum narc_status encode_no_names(struct byte_buffer *out, ZSTD_CCtx *compressor,
					struct narc_error *error)
{
	struct byte_buffer raw = BYTE_BUFFER_EMPTY;
	size_t start = section_begin(out, SECTION_NAMES);
	enum narc_status status;

	byte_buffer_append_varint(&raw, 0);
	status = packed_body_encode(out, &raw, NAMES_SIZE_LIMIT, compressor, "names", error);
	section_end(out, start);
	byte_buffer_free(&raw);
	return status;
}

enum narc_status rewriter_load_names(struct rewriter *rewriter, const struct run *run,
				     struct narc_error *error)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	enum narc_status status = NARC_OK;

	if (rewriter->names_archive == rewriter->archive &&
	    rewriter->names_place.offset == run->names.offset &&
	    rewriter->names_place.size == run->names.size)
		return NARC_OK;
	rewriter->names_archive = NULL;
	rewriter->names_are_written = false;
	names_free(&rewriter->names);
	if (run->names.size) {
		status = archive_read_section(rewriter->archive, run->names, &section, error);
		if (status == NARC_OK)
			status = names_decode(section.data, section.size, run->names.offset,
					      rewriter->decompressor, &rewriter->names, error);
	}
	byte_buffer_free(&section);
	if (status == NARC_OK) {
		rewriter->names_archive = rewriter->archive;
		rewriter->names_place = run->names;
	}
	return status;
}

static enum narc_status encode_names(struct rewriter *rewriter, struct byte_buffer *section,
				     struct narc_error *error)
{
	struct archive_writer *writer = &rewriter->writer;

	if (rewriter->names.count == 0 && writer->names.size)
		return encode_no_names(section, writer->compressor, error);
	return names_encode(section, &rewriter->names, writer->compressor, error);
}

static enum narc_status put_names(struct rewriter *rewriter, const struct byte_buffer *section,
				  struct narc_error *error)
{
	rewriter->names_are_written = true;
	if (section->size == 0)
		return NARC_OK;
	return archive_writer_put_guarded(&rewriter->writer, section, &rewriter->writer.names,
					  error);
}

/* The place of a dictionary; behind all if it is not there. */
size_t rewriter_find_dictionary(const struct rewriter *rewriter, uint32_t identifier)
{
	size_t place = 0;

	while (place < rewriter->dictionary_count && rewriter->identifiers[place] != identifier)
		place++;
	return place;
}

static enum narc_status add_dictionary(struct rewriter *rewriter, uint32_t identifier,
				       const struct archive_dictionary *dictionary,
				       struct narc_error *error)
{
	size_t place = rewriter_find_dictionary(rewriter, identifier);
	struct byte_buffer *copy = &rewriter->dictionaries[place];

	if (place < rewriter->dictionary_count) {
		if (copy->size == dictionary->size &&
		    memcmp(copy->data, dictionary->bytes, copy->size) == 0)
			return NARC_OK;
		return narc_fail(error, NARC_MISUSE, "merge", NARC_NO_OFFSET,
				 "has another dictionary with the identifier %lu of one that is "
				 "there: pack its files instead",
				 (unsigned long)identifier);
	}
	if (place == DICTIONARIES_LIMIT)
		return narc_fail(error, NARC_LIMIT, "merge", NARC_NO_OFFSET,
				 "there are more dictionaries than an archive may have");
	byte_buffer_append(copy, dictionary->bytes, dictionary->size);
	rewriter->identifiers[place] = identifier;
	rewriter->dictionary_count++;
	return byte_buffer_status(copy, error);
}

enum narc_status rewriter_add_dictionaries(struct rewriter *rewriter, struct narc_error *error)
{
	const struct manifest *manifest = &rewriter->archive->manifest;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < manifest->dictionary_count && status == NARC_OK; i++) {
		const struct archive_dictionary *dictionary;

		status = archive_dictionary_at(rewriter->archive, i, rewriter->decompressor,
					       &dictionary, error);
		if (status == NARC_OK)
			status = add_dictionary(rewriter, manifest->dictionaries[i].identifier,
						dictionary, error);
	}
	return status;
}

static enum narc_status encode_dictionary(struct rewriter *rewriter, size_t place,
					  struct byte_buffer *section, struct narc_error *error)
{
	const struct byte_buffer *dictionary = &rewriter->dictionaries[place];

	byte_buffer_clear(section);
	return dictionary_encode(section, dictionary->data, dictionary->size,
				 dictionary_effort_for(rewriter->level).level, error);
}

/* Makes room for all that the new manifest and segment may have. */
static enum narc_status make_room(struct rewriter *rewriter, size_t runs, const int64_t *times,
				  size_t generations, struct narc_error *error)
{
	struct manifest *manifest = &rewriter->writer.manifest;
	struct segment *segment = &rewriter->writer.segment;

	if (runs > RUNS_LIMIT)
		return narc_fail(error, NARC_LIMIT, "segment", NARC_NO_OFFSET,
				 "there are more runs than an archive may have");
	manifest->dictionaries =
		calloc(rewriter->dictionary_count + 1, sizeof(*manifest->dictionaries));
	manifest->segments = calloc(1, sizeof(*manifest->segments));
	segment->runs = calloc(runs + 1, sizeof(*segment->runs));
	segment->times = calloc(generations + 1, sizeof(*segment->times));
	if (!manifest->dictionaries || !manifest->segments || !segment->runs || !segment->times)
		return narc_fail_memory(error);
	memcpy(segment->times, times, generations * sizeof(*times));
	segment->first_generation = FIRST_GENERATION;
	segment->generation_count = generations;
	rewriter->writer.trailer.generation = (uint32_t)generations;
	return NARC_OK;
}

enum narc_status rewriter_begin(struct rewriter *rewriter, size_t runs, const int64_t *times,
				size_t generations, struct narc_error *error)
{
	struct archive_writer *writer = &rewriter->writer;
	struct byte_buffer names = BYTE_BUFFER_EMPTY;
	struct byte_buffer dictionary = BYTE_BUFFER_EMPTY;
	enum narc_status status = make_room(rewriter, runs, times, generations, error);

	if (status == NARC_OK)
		status = encode_names(rewriter, &names, error);
	if (status == NARC_OK && rewriter->dictionary_count)
		status = encode_dictionary(rewriter, 0, &dictionary, error);
	if (status == NARC_OK)
		status = archive_writer_put_header(writer, &names, &dictionary,
						   rewriter->dictionaries[0].size, error);
	if (status == NARC_OK)
		status = put_names(rewriter, &names, error);
	for (size_t i = 0; i < rewriter->dictionary_count && status == NARC_OK; i++) {
		if (i > 0)
			status = encode_dictionary(rewriter, i, &dictionary, error);
		if (status == NARC_OK)
			status = archive_writer_put_dictionary(writer, &dictionary,
							       rewriter->identifiers[i], error);
	}
	byte_buffer_free(&names);
	byte_buffer_free(&dictionary);
	return status;
}

enum narc_status rewriter_add_tombstone(struct rewriter *rewriter,
					const struct tombstone *tombstone,
					struct narc_error *error)
{
	struct manifest *manifest = &rewriter->writer.manifest;
	struct tombstone *grown =
		realloc(manifest->tombstones,
			(manifest->tombstone_count + 1) * sizeof(*manifest->tombstones));
	char *reason = strdup(tombstone->reason);

	if (grown)
		manifest->tombstones = grown;
	if (!grown || !reason) {
		free(reason);
		return narc_fail_memory(error);
	}
	grown[manifest->tombstone_count] = *tombstone;
	grown[manifest->tombstone_count++].reason = reason;
	return NARC_OK;
}

int64_t *generation_times(const narc_archive *archive)
{
	int64_t *times = calloc((size_t)archive->trailer.generation, sizeof(*times));

	for (size_t i = 0; times && i < archive->manifest.segment_count; i++) {
		const struct segment *segment = &archive->segments[i];

		memcpy(times + segment->first_generation - FIRST_GENERATION, segment->times,
		       segment->generation_count * sizeof(*times));
	}
	return times;
}

/* ---- a run, and the end ------------------------------------------------------------------- */

/* The names may stand in front of a run before, and those of the first run of the dictionaries. */
static enum narc_status begin_run(struct rewriter *rewriter, struct narc_error *error)
{
	struct byte_buffer names = BYTE_BUFFER_EMPTY;
	struct archive_writer *writer = &rewriter->writer;
	enum narc_status status = NARC_OK;

	if (!rewriter->names_are_written) {
		status = encode_names(rewriter, &names, error);
		if (status == NARC_OK)
			status = put_names(rewriter, &names, error);
	}
	byte_buffer_free(&names);
	rewriter->run = (struct run){
		.names = writer->names,
		.blocks.offset = writer->offset,
		.first_block = writer->trailer.blocks,
		.first_row = writer->trailer.rows,
	};
	return status;
}

static void end_run(struct rewriter *rewriter)
{
	struct archive_writer *writer = &rewriter->writer;
	struct run *run = &rewriter->run;

	run->blocks.size = writer->offset - run->blocks.offset;
	writer->segment.runs[writer->segment.run_count++] = *run;
	writer->trailer.rows += run->rows;
	writer->trailer.blocks += run->block_count;
}

enum narc_status rewriter_copy_run(struct rewriter *rewriter, const struct archive_run *run,
				   edit_block_fn edit, void *context, struct narc_error *error)
{
	struct fetched_block block = { 0 };
	enum narc_status status = names_make_findable(&rewriter->names, error);

	if (status == NARC_OK)
		status = begin_run(rewriter, error);
	for (uint64_t i = 0; i < run->run->block_count && status == NARC_OK; i++)
		status = rewriter_copy_block(rewriter, run->run->first_block + i, &block, edit,
					     context, error);
	if (status == NARC_OK)
		end_run(rewriter);
	fetched_block_free(&block);
	return status;
}

/* What is current follows from what was superseded. */
static enum narc_status settle_history(struct rewriter *rewriter, struct narc_error *error)
{
	struct trailer *trailer = &rewriter->writer.trailer;
	struct superseded_row row;
	enum narc_status status = supersession_finish(&rewriter->supersession, error);

	while (status == NARC_OK &&
	       (status = supersession_next(&rewriter->supersession, &row, error)) == NARC_OK) {
		if (row.generation) {
			status = superseded_builder_add(&rewriter->writer.index.superseded, row.row,
							row.generation, error);
		} else if (!row.is_redacted) {
			trailer->current_rows++;
			trailer->current_posts += row.is_post;
			trailer->current_size += row.size;
		}
	}
	return status == NARC_END ? NARC_OK : status;
}

static int by_row(const void *a, const void *b)
{
	const struct tombstone *left = a;
	const struct tombstone *right = b;

	return (left->row > right->row) - (left->row < right->row);
}

enum narc_status rewriter_commit(struct rewriter *rewriter, struct narc_error *error)
{
	struct manifest *manifest = &rewriter->writer.manifest;
	enum narc_status status;

	progress_begin(rewriter->progress, NARC_ACTIVITY_INDEXING, 0, 0);
	status = settle_history(rewriter, error);
	if (manifest->tombstone_count)
		qsort(manifest->tombstones, manifest->tombstone_count,
		      sizeof(*manifest->tombstones), by_row);
	return status == NARC_OK ? archive_writer_commit(&rewriter->writer, error) : status;
}
