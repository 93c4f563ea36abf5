/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/write_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "support/status.h"

/* Jobs under way for each thread: one at work, one that waits for it, one that is done. */
enum { JOBS_PER_THREAD = 3, WRITER_BLOCK_ROWS = 4096 };

enum narc_status block_writer_init(struct block_writer *writer, struct narc_packer *packer,
				   struct narc_sink sink, struct block_compressor *compressor,
				   struct index_builder *index, struct trailer *trailer,
				   uint64_t offset, struct narc_error *error)
{
	enum narc_status status;

	memset(writer, 0, sizeof(*writer));
	writer->packer = packer;
	writer->sink = sink;
	writer->compressor = compressor;
	writer->index = index;
	writer->trailer = trailer;
	writer->offset = offset;
	writer->decompressor = ZSTD_createDCtx();
	if (!writer->decompressor)
		return narc_fail_memory(error);
	if (compressor->dictionary_size) {
		writer->dictionary = ZSTD_createDDict_byReference(compressor->dictionary,
								  compressor->dictionary_size);
		if (!writer->dictionary)
			return narc_fail_memory(error);
	}
	status = copy_finder_init(&writer->copies, packer->sequence, error);
	if (status == NARC_OK)
		status = work_queue_new(compressor->threads, JOBS_PER_THREAD * compressor->threads,
					compress_block, compressor, &writer->queue, error);
	return status;
}

void block_writer_free(struct block_writer *writer)
{
	/* Jobs that were not begun are never done: the workers go first. */
	struct work_queue *queue = writer->queue;

	if (queue) {
		work_queue_stop(queue);
		while (!work_queue_is_empty(queue))
			block_job_free(work_queue_take(queue));
		work_queue_free(queue);
	}
	block_job_free(writer->open);
	copy_finder_free(&writer->copies);
	ZSTD_freeDCtx(writer->decompressor);
	ZSTD_freeDDict(writer->dictionary);
}

/* ---- writing ------------------------------------------------------------------------------ */

/* Compresses a large content now, in its turn, and encodes its descriptor behind it. */
static enum narc_status write_large(struct block_writer *writer, struct block_job *job,
				    struct narc_error *error)
{
	enum narc_status status = compress_large(writer->compressor, job->large,
						 job->facts.content_size, writer->sink,
						 &job->facts.frame_size, error);

	spill_file_unmap(job->large, (size_t)job->facts.content_size);
	job->large = NULL;
	if (status == NARC_OK)
		status = descriptor_encode(&job->output, &job->facts, job->rows,
					   writer->compressor->names,
					   writer->compressor->descriptors[writer->compressor->threads],
					   error);
	return status;
}

static enum narc_status write_job(struct block_writer *writer, struct block_job *job,
				  struct narc_error *error)
{
	bool was_large = job->large != NULL;
	struct block_entry entry;
	enum narc_status status = job->status;

	if (status != NARC_OK && error)
		*error = job->error;
	if (status == NARC_OK && was_large)
		status = write_large(writer, job, error);
	if (status == NARC_OK)
		status = writer->sink.ops->append(writer->sink.context, job->output.data,
						  job->output.size, error);
	if (status != NARC_OK)
		return status;
	entry = (struct block_entry){
		.first_local_time = job->facts.first_local_time,
		.first_row = job->facts.first_row,
		.rows = job->facts.row_count,
		.first_block = writer->trailer->block_count,
		.blocks = 1,
		.offset = writer->offset,
		.frame_size = job->facts.frame_size,
		.section_size = job->output.size - (was_large ? 0 : job->facts.frame_size),
	};
	writer->offset += entry.frame_size + entry.section_size;
	writer->trailer->block_count++;
	writer->trailer->rows += entry.rows;
	return index_add_block(writer->index, &entry, error);
}

enum narc_status block_writer_take(struct block_writer *writer, struct narc_error *error)
{
	struct block_job *job = work_queue_take(writer->queue);
	enum narc_status status = write_job(writer, job, error);

	block_job_free(job);
	return status;
}

/* Hands the open block to the threads. */
static enum narc_status close_block(struct block_writer *writer, struct narc_error *error)
{
	struct block_job *job = writer->open;
	enum narc_status status = NARC_OK;

	if (!job)
		return NARC_OK;
	if (work_queue_is_full(writer->queue))
		status = block_writer_take(writer, error);
	if (status != NARC_OK)
		return status;
	writer->open = NULL;
	writer->blocks_grouped++;
	job->facts.dictionary = job->facts.content_size ? writer->compressor->identifier : 0;
	work_queue_give(writer->queue, job);
	return NARC_OK;
}

/* ---- grouping ------------------------------------------------------------------------------ */

static enum narc_status open_block(struct block_writer *writer, const struct pack_item *item,
				   uint64_t row, struct narc_error *error)
{
	struct block_job *job = calloc(1, sizeof(*job));

	if (!job)
		return narc_fail_memory(error);
	job->facts.first_row = row;
	job->facts.first_local_time = item->local_time;
	writer->open = job;
	return NARC_OK;
}

/* Whether size bytes more fit into the open block. */
static bool block_takes(const struct block_writer *writer, uint64_t size)
{
	const struct block_facts *facts = &writer->open->facts;

	if (facts->row_count == WRITER_BLOCK_ROWS)
		return false;
	/* What owns no bytes goes anywhere. */
	return size == 0 || facts->content_size == 0 ||
	       (!writer->open->large && size < LARGE_CONTENT &&
		facts->content_size + size <= writer->packer->options.block_size);
}

/* Looks for a row with the same content; *source is how far back it is, 0 if there is
 * none. */
static enum narc_status find_copy(struct block_writer *writer, const struct pack_item *item,
				  const uint8_t *content, uint64_t row, uint64_t *source,
				  struct narc_error *error)
{
	const struct block_job *open = writer->open;
	size_t probe = 0;
	uint64_t candidate;
	bool equal = false;
	enum narc_status status = NARC_OK;

	*source = 0;
	while (status == NARC_OK && !equal && item->size &&
	       copy_finder_next(&writer->copies, item->hash, &probe, &candidate)) {
		if (open && candidate >= open->facts.first_row) {
			const struct row *owner = &open->rows[candidate - open->facts.first_row];
			const uint8_t *stored = open->large ? open->large : open->content.data;

			equal = owner->record.size == item->size &&
				memcmp(stored + owner->content_start, content,
				       (size_t)item->size) == 0;
		} else {
			status = block_writer_compare(writer, candidate, content, item->size,
						      &equal, error);
		}
		if (equal)
			*source = row - candidate;
	}
	return status;
}

static enum narc_status copy_texts(struct block_job *job, const struct pack_item *item,
				   struct narc_record *record, struct narc_error *error)
{
	record->path = arena_copy_text(&job->texts, item->entry.path, strlen(item->entry.path));
	record->info_code = arena_copy_text(&job->texts, item->code, strlen(item->code));
	record->categories = arena_copy_text(&job->texts, item->categories,
					     strlen(item->categories));
	if (!record->path || !record->info_code || !record->categories)
		return narc_fail_memory(error);
	return NARC_OK;
}

static enum narc_status make_room(struct block_job *job, struct narc_error *error)
{
	size_t capacity = job->row_capacity ? 2 * job->row_capacity : 32;
	struct row *rows;

	if (job->facts.row_count < job->row_capacity)
		return NARC_OK;
	rows = realloc(job->rows, capacity * sizeof(*rows));
	if (!rows)
		return narc_fail_memory(error);
	job->rows = rows;
	job->row_capacity = capacity;
	return NARC_OK;
}

static enum narc_status add_row(struct block_writer *writer, const struct pack_item *item,
				uint64_t row_number, uint64_t source, int zone_minutes,
				struct narc_error *error)
{
	struct block_job *job = writer->open;
	enum narc_status status = make_room(job, error);
	struct row *row;

	if (status != NARC_OK)
		return status;
	row = &job->rows[job->facts.row_count];
	*row = (struct row){
		.record = {
			.kind = item->kind,
			.type = item->entry.type,
			.date_origin = item->origin,
			.local_time = item->local_time,
			.zone_minutes = zone_minutes,
			.permissions = item->entry.permissions,
			.mtime_seconds = item->entry.mtime_seconds,
			.mtime_nanoseconds = item->entry.mtime_nanoseconds,
			.size = item->size,
			.hash = item->hash,
			.row = row_number,
		},
		.source = source,
		.content_start = job->facts.content_size,
	};
	status = copy_texts(job, item, &row->record, error);
	if (status == NARC_OK)
		status = index_add_row(writer->index, &row->record, writer->blocks_grouped, error);
	job->facts.row_count++;
	return status;
}

/* Gives the row's content to the open block; a large one stays where it is mapped. */
static enum narc_status add_content(struct block_writer *writer, const struct pack_item *item,
				    const uint8_t **mapped, struct narc_error *error)
{
	struct block_job *job = writer->open;

	job->facts.content_size += item->size;
	if (*mapped) {
		job->large = *mapped;
		*mapped = NULL;
		return NARC_OK;
	}
	byte_buffer_append(&job->content, item->content, (size_t)item->size);
	return byte_buffer_status(&job->content, error);
}

static void count_row(struct trailer *trailer, const struct pack_item *item, uint64_t source)
{
	trailer->posts += item->kind == NARC_KIND_POST;
	trailer->content_size += item->size;
	if (!source)
		trailer->owned_size += item->size;
}

static enum narc_status place_item(struct block_writer *writer, const struct pack_item *item,
				   uint64_t row, const uint8_t **mapped,
				   struct narc_error *error)
{
	const uint8_t *content = *mapped ? *mapped : item->content;
	int zone_minutes = item->zone_minutes;
	uint64_t source = 0;
	enum narc_status status = NARC_OK;

	if (!item->has_zone)
		status = packer_zone(writer->packer, item->tree, item->local_time, &zone_minutes,
				     error);
	if (status == NARC_OK)
		status = find_copy(writer, item, content, row, &source, error);
	if (status == NARC_OK && writer->open && !block_takes(writer, source ? 0 : item->size))
		status = close_block(writer, error);
	if (status == NARC_OK && !writer->open)
		status = open_block(writer, item, row, error);
	if (status == NARC_OK)
		status = add_row(writer, item, row, source, zone_minutes, error);
	if (status == NARC_OK && !source) {
		status = add_content(writer, item, mapped, error);
		if (item->size)
			copy_finder_add(&writer->copies, item->hash, row);
	}
	count_row(writer->trailer, item, source);
	return status;
}

/* Places one item; a large content is mapped for it. */
static enum narc_status take_item(struct block_writer *writer, const struct pack_item *item,
				  uint64_t row, struct narc_error *error)
{
	const uint8_t *mapped = NULL;
	enum narc_status status = NARC_OK;

	if (item->is_large)
		status = spill_file_map(&writer->packer->large, item->large_offset,
					(size_t)item->size, &mapped, error);
	if (status == NARC_OK)
		status = place_item(writer, item, row, &mapped, error);
	if (mapped)
		spill_file_unmap(mapped, (size_t)item->size);
	return status;
}

enum narc_status block_writer_run(struct block_writer *writer, struct narc_error *error)
{
	struct narc_packer *packer = writer->packer;
	struct sort_item sorted;
	struct pack_item item;
	enum path_fate fate;
	uint64_t row = 0;
	enum narc_status status = external_sort_finish(packer->items, error);

	path_set_finish(&packer->paths);
	while (status == NARC_OK) {
		status = external_sort_next(packer->items, &sorted, error);
		if (status != NARC_OK)
			break;
		pack_item_decode(&sorted, &item);
		fate = path_set_fate(&packer->paths, item.entry.path, item.sequence, item.hash);
		if (fate == PATH_REPLACED)
			packer_notice(packer, NARC_NOTICE_REPLACED, item.entry.path,
				      "came more than once; the last one is kept");
		if (fate != PATH_KEPT)
			continue;
		status = take_item(writer, &item, row++, error);
	}
	if (status == NARC_END)
		status = close_block(writer, error);
	while (status == NARC_OK && !work_queue_is_empty(writer->queue))
		status = block_writer_take(writer, error);
	return status;
}
