/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/segment.h"

#include <stdlib.h>

#include "format/limits.h"
#include "format/packed_body.h"
#include "format/section.h"
#include "support/checked_math.h"
#include "support/status.h"

static const char stage[] = "segment";

void segment_free(struct segment *segment)
{
	free(segment->runs);
	free(segment->times);
	*segment = (struct segment){ 0 };
}

static void append_run(struct byte_buffer *raw, const struct run *run)
{
	extent_append(raw, run->names);
	extent_append(raw, run->blocks);
	byte_buffer_append_varint(raw, run->block_count);
	byte_buffer_append_varint(raw, run->rows);
	byte_buffer_append_zigzag(raw, run->first_local_time);
	byte_buffer_append_varint(raw, (uint64_t)run->last_local_time -
					       (uint64_t)run->first_local_time);
}

static void append_root(struct byte_buffer *out, struct extent root)
{
	byte_buffer_append_u64(out, root.offset);
	byte_buffer_append_u32(out, (uint32_t)root.size);
}

enum narc_status segment_encode(struct byte_buffer *out, const struct segment *segment,
				ZSTD_CCtx *compressor, struct narc_error *error)
{
	struct byte_buffer raw = BYTE_BUFFER_EMPTY;
	uint64_t time = 0;
	enum narc_status status;
	size_t start;

	if (segment->run_count > RUNS_LIMIT)
		return narc_fail(error, NARC_LIMIT, stage, NARC_NO_OFFSET,
				 "there are more runs than an archive may have");
	start = section_begin(out, SECTION_SEGMENT);
	append_root(out, segment->code_root);
	append_root(out, segment->path_root);
	append_root(out, segment->content_root);
	append_root(out, segment->block_root);
	append_root(out, segment->superseded_root);
	byte_buffer_append_varint(&raw, segment->first_row);
	byte_buffer_append_varint(&raw, segment->first_block);
	byte_buffer_append_varint(&raw, segment->run_count);
	for (size_t i = 0; i < segment->run_count; i++)
		append_run(&raw, &segment->runs[i]);
	byte_buffer_append_varint(&raw, segment->generation_count);
	byte_buffer_append_varint(&raw, segment->first_generation);
	for (size_t i = 0; i < segment->generation_count; i++) {
		byte_buffer_append_zigzag(&raw, (int64_t)((uint64_t)segment->times[i] - time));
		time = (uint64_t)segment->times[i];
	}
	status = packed_body_encode(out, &raw, MANIFEST_SIZE_LIMIT, compressor, stage, error);
	section_end(out, start);
	byte_buffer_free(&raw);
	return status == NARC_OK ? byte_buffer_status(out, error) : status;
}

/* The part of the file where what a segment names may be, and where the segment is. */
struct bounds {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
};

static bool section_is_inside(struct extent extent, uint64_t limit, const struct bounds *bounds)
{
	if (extent.size == 0)
		return extent.offset == 0;
	return extent.size >= SECTION_MIN_SIZE && extent.size <= limit &&
	       range_inside(extent.offset, extent.size, bounds->start, bounds->end);
}

/* Reads a run; *place is where it may start at the earliest, and moves behind it. */
static bool read_run(struct byte_reader *raw, const struct bounds *bounds, uint64_t *place,
		     struct run *run)
{
	uint64_t span;

	run->names = extent_read(raw);
	run->blocks = extent_read(raw);
	run->block_count = byte_reader_varint(raw);
	run->rows = byte_reader_varint(raw);
	run->first_local_time = byte_reader_zigzag(raw);
	span = byte_reader_varint(raw);
	run->last_local_time = (int64_t)((uint64_t)run->first_local_time + span);
	if (!section_is_inside(run->names, NAMES_SIZE_LIMIT, bounds) || run->blocks.size == 0 ||
	    run->block_count == 0 || run->rows < run->block_count || run->rows > ROWS_LIMIT ||
	    run->last_local_time < run->first_local_time ||
	    !range_inside(run->blocks.offset, run->blocks.size, *place, bounds->end))
		return false;
	*place = extent_end(run->blocks);
	return true;
}

/* Runs have as many bytes as their blocks and rows take at least: so what is gone through, or has
 * memory taken for it, block by block and row by row, is in proportion to the file. */
static enum narc_status check_room(const struct segment *segment, uint64_t offset,
				   struct narc_error *error)
{
	for (size_t i = 0; i < segment->run_count; i++) {
		const struct run *run = &segment->runs[i];

		if (run->blocks.size <
		    run->block_count * BLOCK_SIZE_LEAST + run->rows * ROW_SIZE_LEAST)
			return narc_fail(error, NARC_CORRUPT, stage, offset,
					 "a run has more blocks or rows than find room in it");
	}
	return NARC_OK;
}

static enum narc_status read_runs(struct byte_reader *raw, const struct bounds *bounds,
				  struct segment *segment, struct narc_error *error)
{
	uint64_t place = bounds->start;
	uint64_t count;

	segment->first_row = byte_reader_varint(raw);
	segment->first_block = byte_reader_varint(raw);
	count = byte_reader_varint(raw);
	/* A run takes eight bytes at least. */
	if (!byte_reader_ok(raw) || segment->first_row > ROWS_LIMIT ||
	    segment->first_block > ROWS_LIMIT || count == 0 || count > RUNS_LIMIT ||
	    count > byte_reader_left(raw) / 8)
		return narc_fail(error, NARC_CORRUPT, stage, bounds->offset,
				 "a number is out of range");
	segment->runs = calloc((size_t)count, sizeof(*segment->runs));
	if (!segment->runs)
		return narc_fail_memory(error);
	segment->run_count = (size_t)count;
	for (size_t i = 0; i < segment->run_count; i++) {
		struct run *run = &segment->runs[i];

		if (!read_run(raw, bounds, &place, run))
			return narc_fail(error, NARC_CORRUPT, stage, bounds->offset,
					 "a run is not where it can be, or empty");
		run->first_row = segment->first_row + segment->rows;
		run->first_block = segment->first_block + segment->block_count;
		segment->rows += run->rows;
		segment->block_count += run->block_count;
		if (segment->rows > ROWS_LIMIT)
			return narc_fail(error, NARC_LIMIT, stage, bounds->offset,
					 "the number of rows is over the limit");
	}
	return check_room(segment, bounds->offset, error);
}

static enum narc_status read_generations(struct byte_reader *raw, const struct bounds *bounds,
					 struct segment *segment, struct narc_error *error)
{
	uint64_t count = byte_reader_varint(raw);
	uint64_t first = byte_reader_varint(raw);
	uint64_t time = 0;

	if (!byte_reader_ok(raw) || count == 0 || count > GENERATIONS_LIMIT ||
	    count > byte_reader_left(raw) || first == 0 || first + count - 1 > UINT32_MAX ||
	    first > UINT32_MAX)
		return narc_fail(error, NARC_CORRUPT, stage, bounds->offset,
				 "the generations are out of range");
	segment->times = calloc((size_t)count, sizeof(*segment->times));
	if (!segment->times)
		return narc_fail_memory(error);
	segment->generation_count = (size_t)count;
	segment->first_generation = (uint32_t)first;
	for (size_t i = 0; i < segment->generation_count; i++) {
		time += (uint64_t)byte_reader_zigzag(raw);
		segment->times[i] = (int64_t)time;
	}
	return NARC_OK;
}

static enum narc_status read_roots(struct byte_reader *payload, const struct bounds *bounds,
				   struct segment *segment, struct narc_error *error)
{
	struct extent *const roots[SEGMENT_ROOTS] = { &segment->code_root, &segment->path_root,
					 &segment->content_root, &segment->block_root,
					 &segment->superseded_root };

	for (size_t i = 0; i < SEGMENT_ROOTS; i++) {
		roots[i]->offset = byte_reader_u64(payload);
		roots[i]->size = byte_reader_u32(payload);
		if (!byte_reader_ok(payload))
			break; /* that is told of where the body begins */
		if (!section_is_inside(*roots[i], PAGE_SIZE_LIMIT, bounds))
			return narc_fail(error, NARC_CORRUPT, stage, bounds->offset,
					 "the root of an index is not where it can be");
	}
	if (byte_reader_ok(payload) && segment->block_root.size == 0)
		return narc_fail(error, NARC_CORRUPT, stage, bounds->offset,
				 "has no index of blocks");
	return NARC_OK;
}

enum narc_status segment_decode(const uint8_t *section, size_t size, uint64_t offset,
				uint64_t start, uint64_t end, ZSTD_DCtx *decompressor,
				struct segment *out, struct narc_error *error)
{
	struct segment segment = { 0 };
	const struct bounds bounds = { start, end, offset };
	struct byte_buffer scratch = BYTE_BUFFER_EMPTY;
	struct byte_reader payload, raw;
	enum narc_status status = section_open(section, size, SECTION_SEGMENT, offset, &payload,
					       error);

	if (status == NARC_OK)
		status = read_roots(&payload, &bounds, &segment, error);
	if (status == NARC_OK)
		status = packed_body_decode(&payload, MANIFEST_SIZE_LIMIT, decompressor, &scratch,
					    stage, offset, &raw, error);
	if (status == NARC_OK)
		status = read_runs(&raw, &bounds, &segment, error);
	if (status == NARC_OK)
		status = read_generations(&raw, &bounds, &segment, error);
	if (status == NARC_OK)
		status = section_close(&raw, SECTION_SEGMENT, offset, error);
	byte_buffer_free(&scratch);
	if (status == NARC_OK)
		*out = segment;
	else
		segment_free(&segment);
	return status;
}
