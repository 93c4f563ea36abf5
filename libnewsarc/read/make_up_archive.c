/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/make_up.h"

#include <stdlib.h>
#include <string.h>

#include "format/dictionary.h"
#include "read/damage_list.h"
#include "support/status.h"

/* A file is not taken to have had more rows than it could if it had been so much larger. */
enum { GROWTH_LIMIT = 4, ROW_SIZE_LEAST = 8 };

static uint64_t rows_limit(const struct narc_archive *archive)
{
	return archive->file_size / ROW_SIZE_LEAST * GROWTH_LIMIT;
}

/* ---- what sections say -------------------------------------------------------------------- */

static enum narc_status take_dictionary(struct make_up *make_up, struct extent extent,
					struct narc_error *error)
{
	struct manifest *manifest = &make_up->archive->manifest;
	const struct byte_buffer *section = &make_up->section;
	struct manifest_dictionary *grown;
	uint8_t *raw;
	size_t size;
	uint32_t identifier;
	enum narc_status status =
		dictionary_decode(section->data, section->size, extent.offset,
				  make_up->decompressor, &raw, &size, &identifier, error);

	if (status != NARC_OK)
		return status;
	free(raw);
	for (size_t i = 0; i < manifest->dictionary_count; i++)
		if (manifest->dictionaries[i].identifier == identifier)
			return NARC_OK;
	grown = realloc(manifest->dictionaries,
			(manifest->dictionary_count + 1) * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	manifest->dictionaries = grown;
	grown[manifest->dictionary_count++] = (struct manifest_dictionary){ identifier, extent };
	return NARC_OK;
}

static enum narc_status take_segment(struct make_up *make_up, struct extent extent,
				     struct narc_error *error)
{
	const struct byte_buffer *section = &make_up->section;
	struct known_segment *grown =
		realloc(make_up->segments, (make_up->segment_count + 1) * sizeof(*grown));
	enum narc_status status;

	if (!grown)
		return narc_fail_memory(error);
	make_up->segments = grown;
	grown += make_up->segment_count;
	grown->offset = extent.offset;
	status = segment_decode(section->data, section->size, extent.offset, 0, extent.offset,
				make_up->decompressor, &grown->segment, error);
	if (status == NARC_OK)
		make_up->segment_count++;
	return status;
}

/* The last manifest knows all tombstones. */
static enum narc_status take_tombstones(struct make_up *make_up, struct extent extent,
					struct narc_error *error)
{
	const struct byte_buffer *section = &make_up->section;
	struct manifest *manifest = &make_up->archive->manifest;
	struct manifest former = *manifest;
	struct manifest found;
	enum narc_status status = manifest_decode(section->data, section->size, extent.offset, 0,
						  make_up->decompressor, &found, error);

	if (status != NARC_OK)
		return status;
	manifest->tombstones = found.tombstones;
	manifest->tombstone_count = found.tombstone_count;
	manifest->parity_strength = found.parity_strength;
	found.tombstones = former.tombstones;
	found.tombstone_count = former.tombstone_count;
	manifest_free(&found);
	return NARC_OK;
}

static void take_trailer(struct make_up *make_up, struct extent extent)
{
	struct trailer trailer;

	if (trailer_decode(make_up->section.data, extent.offset, &trailer, NULL) != NARC_OK)
		return;
	make_up->is_finished = true;
	if (trailer.rows <= rows_limit(make_up->archive))
		make_up->rows = trailer.rows;
}

static enum narc_status take_section(struct make_up *make_up, const struct found_section *found,
				     struct narc_error *error)
{
	enum narc_status status = archive_read_section(make_up->archive, found->extent,
						       &make_up->section, error);

	if (status != NARC_OK)
		return status;
	switch (found->tag) {
	case SECTION_DICTIONARY:
		return take_dictionary(make_up, found->extent, error);
	case SECTION_SEGMENT:
		return take_segment(make_up, found->extent, error);
	case SECTION_MANIFEST:
		return take_tombstones(make_up, found->extent, error);
	case SECTION_TRAILER:
		take_trailer(make_up, found->extent);
		break;
	default:
		break;
	}
	return NARC_OK;
}

/* What is malformed in spite of its checksum is taken for nothing. */
static enum narc_status take_sections(struct make_up *make_up, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < make_up->found.count && status == NARC_OK; i++) {
		const struct found_section *found = &make_up->found.list[i];

		if (found->block.rows) {
			make_up->is_finished = false;
			status = block_list_add(&make_up->blocks, &found->block, error);
			continue;
		}
		status = take_section(make_up, found, error);
		if (is_damage(status))
			status = NARC_OK;
	}
	if (status == NARC_OK && make_up->blocks.count == 0)
		status = narc_fail(error, NARC_CORRUPT, "blocks", NARC_NO_OFFSET,
				   "nothing of an archive can be found in the file");
	return status;
}

/* ---- what segments know ------------------------------------------------------------------- */

/* Whether a segment is of the blocks that were found: behind those of its rows, and before others.
 * Else it is of an archive that is stored in this one. */
static bool is_ours(const struct make_up *make_up, const struct known_segment *known)
{
	const struct block_list *blocks = &make_up->blocks;
	const struct segment *segment = &known->segment;
	const struct run *last = &segment->runs[segment->run_count - 1];
	const struct block_entry *before =
		block_list_row(blocks, last->first_row + last->rows - 1);
	const struct block_entry *next = before ? before + 1 : blocks->entries;

	if ((before && before->offset > known->offset) ||
	    (next < blocks->entries + blocks->count && next->offset < known->offset))
		return false;
	for (size_t i = 0; i < segment->run_count; i++) {
		const struct run *run = &segment->runs[i];
		const struct block_entry *first = block_list_row(blocks, run->first_row);

		if (first && first->first_row == run->first_row &&
		    first->first_local_time != run->first_local_time)
			return false;
	}
	return true;
}

/* Makes room for the times of so many generations. */
static enum narc_status reach_generation(struct segment *whole, uint64_t count,
					 struct narc_error *error)
{
	int64_t *grown;

	if (count <= whole->generation_count)
		return NARC_OK;
	grown = realloc(whole->times, (size_t)count * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	for (size_t i = whole->generation_count; i < count; i++)
		grown[i] = TIME_UNKNOWN;
	whole->times = grown;
	whole->generation_count = (size_t)count;
	return NARC_OK;
}

static enum narc_status take_times(struct make_up *make_up, const struct segment *segment,
				   struct narc_error *error)
{
	struct segment *whole = &make_up->archive->segments[0];
	size_t before = segment->first_generation - FIRST_GENERATION;
	enum narc_status status =
		reach_generation(whole, before + segment->generation_count, error);

	if (status == NARC_OK)
		memcpy(whole->times + before, segment->times,
		       segment->generation_count * sizeof(*segment->times));
	return status;
}

static enum narc_status take_runs(struct make_up *make_up, const struct segment *segment,
				  struct narc_error *error)
{
	size_t count = make_up->run_count + segment->run_count;
	struct run *grown = realloc(make_up->runs, count * sizeof(*grown));

	if (!grown)
		return narc_fail_memory(error);
	make_up->runs = grown;
	memcpy(grown + make_up->run_count, segment->runs,
	       segment->run_count * sizeof(*segment->runs));
	make_up->run_count = count;
	return NARC_OK;
}

static int by_row(const void *a, const void *b)
{
	const struct run *left = a;
	const struct run *right = b;

	return (left->first_row > right->first_row) - (left->first_row < right->first_row);
}

/* Takes what the segments that are ours know of generations and runs. */
static enum narc_status settle_segments(struct make_up *make_up, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < make_up->segment_count && status == NARC_OK; i++) {
		const struct known_segment *known = &make_up->segments[i];
		const struct segment *segment = &known->segment;
		uint64_t last = (uint64_t)segment->first_generation + segment->generation_count - 1;

		if (last > GENERATIONS_LIMIT || !is_ours(make_up, known))
			continue;
		status = take_times(make_up, segment, error);
		if (status == NARC_OK)
			status = take_runs(make_up, segment, error);
	}
	for (size_t i = 0; i < make_up->found.count && status == NARC_OK; i++)
		status = reach_generation(&make_up->archive->segments[0],
					  make_up->found.list[i].generation, error);
	if (make_up->run_count)
		qsort(make_up->runs, make_up->run_count, sizeof(*make_up->runs), by_row);
	return status;
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* Begins with an archive of nothing. */
static enum narc_status begin(struct make_up *make_up, struct narc_error *error)
{
	struct narc_archive *archive = make_up->archive;

	archive_forget(archive);
	archive->is_made_up = true;
	archive->manifest.segments = calloc(1, sizeof(*archive->manifest.segments));
	archive->segments = calloc(1, sizeof(*archive->segments));
	archive->found_blocks = calloc(1, sizeof(*archive->found_blocks));
	if (!make_up->decompressor || !archive->manifest.segments || !archive->segments ||
	    !archive->found_blocks)
		return narc_fail_memory(error);
	archive->manifest.segment_count = 1;
	archive->segments[0].first_generation = FIRST_GENERATION;
	return NARC_OK;
}

static enum narc_status find_all(struct make_up *make_up, struct narc_error *error)
{
	const struct narc_archive *archive = make_up->archive;
	const struct block_search search = { .source = archive->source,
					     .place = { 0, archive->file_size },
					     .end_row = rows_limit(archive) };

	return find_blocks(&search, make_up->decompressor, &make_up->found, error);
}

/* What the trailer would say. */
static void settle_trailer(struct make_up *make_up)
{
	struct narc_archive *archive = make_up->archive;
	const struct segment *segment = &archive->segments[0];

	archive->is_cut = !make_up->is_finished;
	archive->trailer = (struct trailer){ .generation = (uint32_t)segment->generation_count,
					     .manifest = { archive->file_size, 0 },
					     .rows = segment->rows,
					     .blocks = segment->block_count,
					     .end = archive->file_size };
}

enum narc_status archive_make_up(struct narc_archive *archive, struct narc_error *error)
{
	struct make_up make_up = { .archive = archive, .decompressor = ZSTD_createDCtx() };
	enum narc_status status = begin(&make_up, error);

	if (status == NARC_OK)
		status = find_all(&make_up, error);
	if (status == NARC_OK)
		status = take_sections(&make_up, error);
	if (status == NARC_OK)
		status = settle_segments(&make_up, error);
	if (status == NARC_OK)
		status = make_up_runs(&make_up, error);
	if (status == NARC_OK)
		settle_trailer(&make_up);
	for (size_t i = 0; i < make_up.segment_count; i++)
		segment_free(&make_up.segments[i].segment);
	free(make_up.segments);
	free(make_up.runs);
	free(make_up.blocks.entries);
	found_sections_free(&make_up.found);
	byte_buffer_free(&make_up.section);
	ZSTD_freeDCtx(make_up.decompressor);
	return status;
}
