/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/write_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "support/status.h"

/* Jobs under way for each thread: one at work, one that waits for it, one that is done. */
enum { JOBS_PER_THREAD = 3, WRITER_BLOCK_ROWS = 4096 };

enum narc_status block_writer_init(struct block_writer *writer, struct narc_packer *packer,
				   struct narc_sink sink, struct block_compressor *compressor,
				   struct index_builder *index, struct run *run,
				   struct narc_error *error)
{
	enum narc_status status;

	memset(writer, 0, sizeof(*writer));
	writer->packer = packer;
	writer->sink = sink;
	writer->compressor = compressor;
	writer->index = index;
	writer->run = run;
	writer->next_block = run->first_block;
	writer->counts.newest_mtime = INT64_MIN;
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
						 &job->facts, error);

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
		.first_block = writer->run->first_block + writer->run->block_count,
		.blocks = 1,
		.offset = extent_end(writer->run->blocks),
		.frame_size = job->facts.frame_size,
		.section_size = job->output.size - (was_large ? 0 : job->facts.frame_size),
	};
	writer->run->blocks.size += entry.frame_size + entry.section_size;
	writer->run->block_count++;
	writer->run->rows += entry.rows;
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
	writer->next_block++;
	job->facts.dictionary = job->facts.content_size ? writer->compressor->identifier : 0;
	work_queue_give(writer->queue, job);
	return NARC_OK;
}

/* ---- grouping ----------------------------------------------------------------------------- */

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

/* Looks for a row of this generation with the same content; *owner is ROW_NONE if there is
 * none. */
static enum narc_status find_copy(struct block_writer *writer, const struct pack_item *item,
				  const uint8_t *content, uint64_t *owner,
				  struct narc_error *error)
{
	const struct block_job *open = writer->open;
	size_t probe = 0;
	uint64_t candidate;
	bool equal = false;
	enum narc_status status = NARC_OK;

	*owner = ROW_NONE;
	while (status == NARC_OK && !equal && item->size &&
	       copy_finder_next(&writer->copies, item->hash, &probe, &candidate)) {
		if (open && candidate >= open->facts.first_row) {
			const struct row *row = &open->rows[candidate - open->facts.first_row];
			const uint8_t *stored = open->large ? open->large : open->content.data;

			equal = row->record.size == item->size &&
				memcmp(stored + row->content_start, content,
				       (size_t)item->size) == 0;
		} else {
			status = block_writer_compare(writer, candidate, content, item->size,
						      &equal, error);
		}
		if (equal)
			*owner = candidate;
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

/* How far before the row another is; 0 if there is none. */
static int64_t distance_to(uint64_t row, uint64_t other)
{
	return other == ROW_NONE ? 0 : (int64_t)(row - other);
}

static enum narc_status add_row(struct block_writer *writer, const struct pack_item *item,
				uint64_t row_number, const struct item_history *history,
				int zone_minutes, struct narc_error *error)
{
	struct block_job *job = writer->open;
	uint64_t replaced = history->moved.row != ROW_NONE ? history->moved.row
							   : history->at_path.row;
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
			.generation = history->generation,
			.version = history->version,
			.row = row_number,
		},
		.source = distance_to(row_number, history->owner),
		.replaces = distance_to(row_number, replaced),
		.content_start = job->facts.content_size,
	};
	status = copy_texts(job, item, &row->record, error);
	if (status == NARC_OK)
		status = row_keys_add(&writer->index->keys, &row->record, writer->next_block,
				      error);
	job->facts.row_count++;
	return status;
}

/* Takes note of a row of the set that gives way: the volume does not say so itself. */
static enum narc_status note_foreign(struct narc_packer *packer, struct former_row *former,
				     uint32_t generation, uint64_t successor, bool is_replaced,
				     struct narc_error *error)
{
	if (former->row == ROW_NONE || !(former->row & FOREIGN_ROW))
		return NARC_OK;
	if (packer->foreign_count == packer->foreign_capacity) {
		size_t capacity = packer->foreign_capacity ? 2 * packer->foreign_capacity : 64;
		struct foreign_row *grown =
			realloc(packer->foreign_rows, capacity * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		packer->foreign_rows = grown;
		packer->foreign_capacity = capacity;
	}
	packer->foreign_rows[packer->foreign_count++] = (struct foreign_row){
		former->row & ~FOREIGN_ROW, generation, successor, is_replaced
	};
	former->row = ROW_NONE;
	return NARC_OK;
}

/* Takes note of a row that gives way to one of this generation. */
static enum narc_status supersede(struct block_writer *writer, const struct former_row *former,
				  uint32_t generation, struct narc_error *error)
{
	if (former->row == ROW_NONE)
		return NARC_OK;
	/* What was redacted is not counted among what is current. */
	if (!former->is_redacted) {
		writer->counts.superseded_rows++;
		writer->counts.superseded_posts += former->kind == NARC_KIND_POST;
		writer->counts.superseded_size += former->size;
	}
	return superseded_builder_add(&writer->index->superseded, former->row, generation, error);
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

static void count_row(struct block_writer *writer, const struct pack_item *item, uint64_t row,
		      bool owns_content)
{
	struct row_counts *counts = &writer->counts;
	struct run *run = writer->run;

	if (row == run->first_row)
		run->first_local_time = item->local_time;
	run->last_local_time = item->local_time;
	counts->posts += item->kind == NARC_KIND_POST;
	counts->content_size += item->size;
	if (owns_content)
		counts->owned_size += item->size;
	if (item->entry.mtime_seconds > counts->newest_mtime)
		counts->newest_mtime = item->entry.mtime_seconds;
}

/* Finds out what the item is to those before it, in this generation and in older ones; of a
 * history, that was done when it came. */
static enum narc_status look_back(struct block_writer *writer, const struct pack_item *item,
				  const uint8_t *content, uint64_t row,
				  struct item_history *history, struct narc_error *error)
{
	struct narc_packer *packer = writer->packer;
	bool has_moved;
	uint64_t owner;
	enum narc_status status =
		packer->history.is_used
			? history_recall(&packer->history, item->sequence, history, error)
			: resolve_history(packer, item, content, PAST_NONE, history, error);

	if (status == NARC_OK)
		status = find_copy(writer, item, content, &owner, error);
	if (status == NARC_OK && owner != ROW_NONE)
		history->owner = owner;
	if (status != NARC_OK)
		return status;
	has_moved = history->moved.row != ROW_NONE;
	writer->counts.moved += has_moved;
	status = note_foreign(packer, &history->at_path, history->generation, row, !has_moved, error);
	if (status == NARC_OK)
		status = note_foreign(packer, &history->moved, history->generation, row, true, error);
	if (status == NARC_OK)
		status = supersede(writer, &history->at_path, history->generation, error);
	if (status == NARC_OK)
		status = supersede(writer, &history->moved, history->generation, error);
	return status;
}

static enum narc_status place_item(struct block_writer *writer, const struct pack_item *item,
				   uint64_t row, const uint8_t **mapped,
				   struct narc_error *error)
{
	const uint8_t *content = *mapped ? *mapped : item->content;
	int zone_minutes = item->zone_minutes;
	struct item_history history;
	bool owns_content = false;
	enum narc_status status = NARC_OK;

	if (!item->has_zone)
		status = packer_zone(writer->packer, item->tree, item->local_time, &zone_minutes,
				     error);
	if (status == NARC_OK)
		status = look_back(writer, item, content, row, &history, error);
	if (status == NARC_OK) {
		owns_content = history.owner == ROW_NONE;
		if (writer->open && !block_takes(writer, owns_content ? item->size : 0))
			status = close_block(writer, error);
	}
	if (status == NARC_OK && !writer->open)
		status = open_block(writer, item, row, error);
	if (status == NARC_OK)
		status = add_row(writer, item, row, &history, zone_minutes, error);
	if (status == NARC_OK && owns_content) {
		status = add_content(writer, item, mapped, error);
		if (item->size)
			copy_finder_add(&writer->copies, item->hash, row);
	}
	count_row(writer, item, row, owns_content);
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
	uint64_t row = writer->run->first_row;
	enum narc_status status = external_sort_finish(packer->items, error);

	path_set_finish(&packer->paths);
	if (status == NARC_OK && packer->history.is_used)
		status = history_number_rows(&packer->history, packer->items, row, error);
	while (status == NARC_OK) {
		status = external_sort_next(packer->items, &sorted, error);
		if (status != NARC_OK)
			break;
		pack_item_decode(&sorted, &item);
		progress_add(&packer->progress, 1, item.size);
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
