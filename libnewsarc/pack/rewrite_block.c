/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "pack/rewrite.h"
#include "support/content_hash.h"
#include "support/status.h"

enum { COPY_SIZE = 1 << 20, COMPRESSED_BLOCK_SIZE = 56 << 10 };

/* The compressor for a dictionary, or for none. */
static enum narc_status get_compressor(struct rewriter *rewriter, uint32_t identifier,
				       struct block_compressor **out, struct narc_error *error)
{
	size_t place = rewriter_find_dictionary(rewriter, identifier);
	struct block_compressor *compressor;
	struct byte_buffer none = BYTE_BUFFER_EMPTY;
	enum narc_status status = NARC_OK;

	if (place == rewriter->dictionary_count)
		place = DICTIONARIES_LIMIT;
	compressor = &rewriter->compressors[place];
	if (!compressor->frames)
		status = block_compressor_init(compressor, rewriter->level, COMPRESSED_BLOCK_SIZE,
					       place < DICTIONARIES_LIMIT
						       ? &rewriter->dictionaries[place]
						       : &none,
					       &rewriter->names, 1, error);
	compressor->names = &rewriter->names;
	*out = compressor;
	return status;
}

static enum narc_status load_row(struct block_job *job, const struct row *row,
				 struct narc_error *error)
{
	struct row *copy = &job->rows[job->facts.row_count++];
	struct narc_record *record = &copy->record;

	*copy = *row;
	record->path = arena_copy_text(&job->texts, record->path, strlen(record->path));
	record->info_code = arena_copy_text(&job->texts, record->info_code,
					    strlen(record->info_code));
	record->categories = arena_copy_text(&job->texts, record->categories,
					     strlen(record->categories));
	if (!record->path || !record->info_code || !record->categories)
		return narc_fail_memory(error);
	return NARC_OK;
}

/* Makes a job of the rows of a block. */
static enum narc_status load_rows(const narc_archive *archive, const struct fetched_block *block,
				  struct block_job *job, struct narc_error *error)
{
	struct row_walk walk;
	struct row row;
	enum narc_status status = NARC_OK;

	job->facts = block->descriptor.facts;
	job->facts.row_count = 0;
	job->rows = calloc(block->descriptor.facts.row_count, sizeof(*job->rows));
	if (!job->rows)
		return narc_fail_memory(error);
	row_walk_begin(&walk, &block->descriptor, block->names);
	while (status == NARC_OK && (status = row_walk_next(&walk, &row, error)) == NARC_OK) {
		status = check_references(archive, block, &row, error);
		if (status == NARC_OK)
			status = load_row(job, &row, error);
	}
	return status == NARC_END ? NARC_OK : status;
}

struct row *copy_rows(const struct block_job *job)
{
	struct row *copy = malloc(job->facts.row_count * sizeof(*copy));

	if (copy)
		memcpy(copy, job->rows, job->facts.row_count * sizeof(*copy));
	return copy;
}

/* What is compressed anew gets hashes of its own, which say nothing of what it was. */
static enum narc_status check_content(const struct fetched_block *block, const struct row *owner,
				      const void *content, struct narc_error *error)
{
	if (content_hash(content, (size_t)owner->record.size) == owner->record.hash)
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "data frame", block->entry.offset,
			 "a content in it does not match its hash");
}

/* Appends the content of a row, which becomes its own, to that of the block. */
static enum narc_status append_content(struct rewriter *rewriter, struct owner_search *search,
				       struct fetched_block *block, const struct row *old,
				       struct block_job *job, struct narc_error *error)
{
	struct fetched_block *from;
	struct row owner;
	const uint8_t *content;
	uint64_t end;
	enum narc_status status =
		find_owner(&rewriter->locator, block, old, search, &from, &owner, error);

	if (status != NARC_OK)
		return status;
	end = owner.content_start + owner.record.size;
	status = decode_block_until(&rewriter->locator, from, end, error);
	if (status != NARC_OK && !block_was_saved(from, end))
		return status;
	content = from->content.data + owner.content_start;
	/* Of a damaged data frame, a row may be whole all the same. */
	status = check_content(from, &owner, content, error);
	if (status != NARC_OK)
		return status;
	byte_buffer_append(&job->content, content, (size_t)owner.record.size);
	return byte_buffer_status(&job->content, error);
}

/* A content that does not fit into memory is alone in its block, and compressed from a file. */
static enum narc_status map_large(struct rewriter *rewriter, const struct fetched_block *block,
				  const struct row *old, struct block_job *job,
				  struct narc_error *error)
{
	struct spill_file *large = &rewriter->large;
	struct spill_stream stream = { .spill = large };
	enum narc_status status = spill_file_align(large, error);
	uint64_t offset = large->size;

	if (status == NARC_OK)
		status = stream_block(&rewriter->locator, block, spill_piece, &stream, error);
	status = spill_stream_end(&stream, status, error);
	if (status == NARC_OK)
		status = spill_file_map(large, offset, (size_t)job->facts.content_size, &job->large,
					error);
	return status == NARC_OK ? check_content(block, old, job->large, error) : status;
}

enum narc_status rewriter_gather(struct rewriter *rewriter, struct owner_search *search,
				 struct fetched_block *block, struct block_job *job,
				 const struct row *old, struct narc_error *error)
{
	bool is_large = block->descriptor.facts.content_size > BLOCK_CONTENT_LIMIT;
	enum narc_status status = NARC_OK;

	for (uint32_t i = 0; i < job->facts.row_count && status == NARC_OK; i++) {
		struct row *row = &job->rows[i];

		row->content_start = job->content.size;
		if (row->source || row->record.size == 0)
			continue;
		status = is_large && old[i].source == 0
				 ? map_large(rewriter, block, &old[i], job, error)
				 : append_content(rewriter, search, block, &old[i], job, error);
	}
	if (!job->large)
		job->facts.content_size = job->content.size;
	return status;
}

/* Copies bytes of the archive as they are. */
static enum narc_status copy_bytes(struct rewriter *rewriter, struct extent extent,
				   struct narc_error *error)
{
	struct byte_buffer bytes = BYTE_BUFFER_EMPTY;
	struct extent copied;
	enum narc_status status = NARC_OK;

	while (extent.size && status == NARC_OK) {
		struct extent piece = { extent.offset,
					extent.size < COPY_SIZE ? extent.size : COPY_SIZE };

		status = archive_read_section(rewriter->archive, piece, &bytes, error);
		if (status == NARC_OK)
			status = archive_writer_put(&rewriter->writer, &bytes, &copied, error);
		extent.offset += piece.size;
		extent.size -= piece.size;
	}
	byte_buffer_free(&bytes);
	return status;
}

static enum narc_status put_descriptor(struct rewriter *rewriter, struct block_job *job,
				       struct narc_error *error)
{
	struct extent extent;
	enum narc_status status;

	byte_buffer_clear(&job->output);
	status = descriptor_encode(&job->output, &job->facts, job->rows, &rewriter->names,
				   rewriter->writer.compressor, error);
	return status == NARC_OK
		       ? archive_writer_put(&rewriter->writer, &job->output, &extent, error)
		       : status;
}

static enum narc_status compress(struct rewriter *rewriter, struct block_job *job,
				 struct narc_error *error)
{
	struct block_compressor *compressor;
	struct extent extent;
	enum narc_status status =
		get_compressor(rewriter, job->facts.dictionary, &compressor, error);

	rewriter->recompressed++;
	if (status != NARC_OK)
		return status;
	if (job->large) {
		status = compress_large(compressor, job->large, job->facts.content_size,
					rewriter->writer.sink, &job->facts, error);
		rewriter->writer.offset += job->facts.frame_size;
		return status == NARC_OK ? put_descriptor(rewriter, job, error) : status;
	}
	if (job->content.size == 0)
		job->facts.dictionary = 0;
	job->facts.frame_size = job->facts.frame_hash = 0;
	compress_block(compressor, 0, job);
	if (job->status != NARC_OK) {
		if (error)
			*error = job->error;
		return job->status;
	}
	return archive_writer_put(&rewriter->writer, &job->output, &extent, error);
}

/* Copies the data frame, and the descriptor if that stays. What is damaged must not get into an
 * archive whose parity then covers it. */
static enum narc_status copy_frame(struct rewriter *rewriter, struct fetched_block *block,
				   bool with_descriptor, struct narc_error *error)
{
	const struct block_entry *entry = &block->entry;
	struct extent extent = { entry->offset,
				 entry->frame_size + (with_descriptor ? entry->section_size : 0) };
	struct byte_buffer bytes = block->bytes;
	enum narc_status status = check_frame_hash(&rewriter->locator, block, error);

	if (status != NARC_OK)
		return status;
	rewriter->copied_size += entry->frame_size;
	if (!block->has_frame)
		return copy_bytes(rewriter, extent, error);
	bytes.size = (size_t)extent.size;
	return archive_writer_put(&rewriter->writer, &bytes, &extent, error);
}

static enum narc_status write_block(struct rewriter *rewriter, struct fetched_block *block,
				    struct block_job *job, enum block_edit edit,
				    struct narc_error *error)
{
	enum narc_status status;

	if (edit == BLOCK_CONTENT_CHANGES)
		return compress(rewriter, job, error);
	status = copy_frame(rewriter, block, edit == BLOCK_STAYS, error);
	return status == NARC_OK && edit == BLOCK_ROWS_CHANGE
		       ? put_descriptor(rewriter, job, error)
		       : status;
}

/* Adds what was written to the index and the counts. */
static enum narc_status index_rows(struct rewriter *rewriter, const struct block_job *job,
				   uint64_t block, struct narc_error *error)
{
	struct trailer *trailer = &rewriter->writer.trailer;
	enum narc_status status = NARC_OK;

	for (uint32_t i = 0; i < job->facts.row_count && status == NARC_OK; i++) {
		const struct row *row = &job->rows[i];

		status = row_keys_add(&rewriter->writer.index.keys, &row->record, block, error);
		if (status == NARC_OK)
			status = supersession_add(&rewriter->supersession, row, error);
		trailer->content_size += row->record.size;
		if (!row->source)
			trailer->owned_size += row->record.size;
	}
	return status;
}

static enum narc_status index_block(struct rewriter *rewriter, const struct block_job *job,
				    uint64_t offset, uint64_t frame_size,
				    struct narc_error *error)
{
	struct run *run = &rewriter->run;
	const struct row *last = &job->rows[job->facts.row_count - 1];
	struct block_entry entry = {
		.first_local_time = job->facts.first_local_time,
		.first_row = job->facts.first_row,
		.rows = job->facts.row_count,
		.first_block = run->first_block + run->block_count,
		.blocks = 1,
		.offset = offset,
		.frame_size = frame_size,
		.section_size = rewriter->writer.offset - offset - frame_size,
	};
	enum narc_status status = index_rows(rewriter, job, entry.first_block, error);

	if (run->rows == 0)
		run->first_local_time = entry.first_local_time;
	run->last_local_time = last->record.local_time;
	run->block_count++;
	run->rows += entry.rows;
	return status == NARC_OK ? index_add_block(&rewriter->writer.index, &entry, error) : status;
}

enum narc_status rewriter_copy_block(struct rewriter *rewriter, uint64_t number,
				     struct fetched_block *block, edit_block_fn edit_block,
				     void *context, struct narc_error *error)
{
	uint64_t offset = rewriter->writer.offset;
	enum block_edit edit = BLOCK_STAYS;
	struct block_entry entry;
	struct block_job *job = calloc(1, sizeof(*job));
	enum narc_status status =
		job ? locate_block(&rewriter->locator, number, &entry, error)
		    : narc_fail_memory(error);

	if (status == NARC_OK)
		status = fetch_block(&rewriter->locator, &entry, true, block, error);
	if (status == NARC_OK)
		status = load_rows(rewriter->archive, block, job, error);
	if (status == NARC_OK)
		status = edit_block(context, block, job, &edit, error);
	if (status == NARC_OK && edit != BLOCK_GOES)
		status = write_block(rewriter, block, job, edit, error);
	if (status == NARC_OK && edit != BLOCK_GOES)
		status = index_block(rewriter, job, offset, job->facts.frame_size, error);
	if (status == NARC_OK && edit != BLOCK_GOES)
		progress_add(rewriter->progress, job->facts.row_count, job->facts.content_size);
	block_job_free(job);
	return status;
}
