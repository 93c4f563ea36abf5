/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/make_up.h"

#include <stdlib.h>
#include <string.h>

#include "format/dictionary.h"
#include "read/damage_list.h"
#include "support/status.h"

/* A file is not taken to have had more rows than it could if it had been so much larger. */
enum { GROWTH_LIMIT = 4 };

/* Sections decode to a few times what they are, but could to thousands. Any file may have one that
 * decodes to as much as may be; all of them together to so many times the file. */
enum { EXPANSION_LIMIT = 32 };

static uint64_t rows_limit(const struct narc_archive *archive)
{
	return archive->file_size / ROW_SIZE_LEAST * GROWTH_LIMIT;
}

/* ---- what sections say -------------------------------------------------------------------- */

/* Reads a section that is to be decoded. NARC_LIMIT if those before it state that they decode to
 * more than all of an archive would. */
static enum narc_status read_section(struct make_up *make_up, const struct found_section *found,
				     struct narc_error *error)
{
	const struct narc_archive *archive = make_up->archive;
	uint64_t size;
	enum narc_status status =
		archive_read_section(archive, found->extent, &make_up->section, error);

	if (status != NARC_OK)
		return status;
	size = archive_stated_size(&make_up->section, found->tag);
	if (size > MANIFEST_SIZE_LIMIT ||
	    make_up->decoded / EXPANSION_LIMIT > archive->file_size)
		return narc_fail(error, NARC_LIMIT, section_name(found->tag), found->extent.offset,
				 "the sections decode to more than those of an archive would");
	make_up->decoded += size;
	return NARC_OK;
}

static bool knows_dictionary(const struct manifest *manifest, uint32_t identifier)
{
	for (size_t i = 0; i < manifest->dictionary_count; i++)
		if (manifest->dictionaries[i].identifier == identifier)
			return true;
	return false;
}

static enum narc_status take_dictionary(struct make_up *make_up, const struct found_section *found,
					struct narc_error *error)
{
	struct manifest *manifest = &make_up->archive->manifest;
	const struct byte_buffer *section = &make_up->section;
	struct manifest_dictionary *grown;
	uint8_t *raw;
	size_t size;
	uint32_t identifier;
	enum narc_status status = read_section(make_up, found, error);

	if (status == NARC_OK)
		status = dictionary_decode(section->data, section->size, found->extent.offset,
					   make_up->decompressor, &raw, &size, &identifier, error);
	if (status != NARC_OK)
		return status;
	free(raw);
	if (knows_dictionary(manifest, identifier))
		return NARC_OK;
	if (manifest->dictionary_count == DICTIONARIES_LIMIT)
		return narc_fail(error, NARC_LIMIT, "dictionary", found->extent.offset,
				 "there are more dictionaries than an archive may have");
	grown = realloc(manifest->dictionaries,
			(manifest->dictionary_count + 1) * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	manifest->dictionaries = grown;
	grown[manifest->dictionary_count++] =
		(struct manifest_dictionary){ identifier, found->extent };
	return NARC_OK;
}

static enum narc_status take_manifest(struct make_up *make_up, const struct found_section *found,
				      struct narc_error *error)
{
	const struct byte_buffer *section = &make_up->section;
	struct manifest *manifest = &make_up->archive->manifest;
	struct manifest taken;
	enum narc_status status = read_section(make_up, found, error);

	if (status == NARC_OK)
		status = manifest_decode(section->data, section->size, found->extent.offset, 0,
					 make_up->decompressor, &taken, error);
	if (status != NARC_OK)
		return status;
	manifest->tombstones = taken.tombstones;
	manifest->tombstone_count = taken.tombstone_count;
	manifest->parity_strength = taken.parity_strength;
	taken.tombstones = NULL;
	taken.tombstone_count = 0;
	manifest_free(&taken);
	return NARC_OK;
}

/* The last manifest knows all tombstones. */
static enum narc_status take_tombstones(struct make_up *make_up, struct narc_error *error)
{
	enum narc_status status = NARC_CORRUPT;

	for (size_t i = make_up->found.count; i-- > 0 && is_damage(status);)
		if (make_up->found.list[i].tag == SECTION_MANIFEST)
			status = take_manifest(make_up, &make_up->found.list[i], error);
	return is_damage(status) ? NARC_OK : status;
}

static enum narc_status take_trailer(struct make_up *make_up, const struct found_section *found,
				     struct narc_error *error)
{
	struct trailer trailer;
	enum narc_status status = archive_read_section(make_up->archive, found->extent,
						       &make_up->section, error);

	if (status == NARC_OK)
		status = trailer_decode(make_up->section.data, found->extent.offset, &trailer,
					error);
	if (status != NARC_OK)
		return status;
	make_up->is_finished = true;
	if (trailer.rows <= rows_limit(make_up->archive))
		make_up->rows = trailer.rows;
	return NARC_OK;
}

static enum narc_status take_section(struct make_up *make_up, const struct found_section *found,
				     struct narc_error *error)
{
	switch (found->tag) {
	case SECTION_DICTIONARY:
		return take_dictionary(make_up, found, error);
	case SECTION_TRAILER:
		return take_trailer(make_up, found, error);
	default: /* segments and manifests are, when all blocks are known */
		return NARC_OK;
	}
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
static bool is_ours(const struct make_up *make_up, const struct segment *segment,
		    uint64_t offset)
{
	const struct block_list *blocks = &make_up->blocks;
	const struct run *last = &segment->runs[segment->run_count - 1];
	const struct block_entry *before =
		block_list_row(blocks, last->first_row + last->rows - 1);
	const struct block_entry *next = before ? before + 1 : blocks->entries;

	if ((before && before->offset > offset) ||
	    (next < blocks->entries + blocks->count && next->offset < offset))
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

static int by_row(const void *a, const void *b)
{
	const struct run *left = a;
	const struct run *right = b;

	return (left->first_row > right->first_row) - (left->first_row < right->first_row);
}

/* Puts the runs in order, each once: segments of later generations have those of earlier ones. */
static void settle_runs(struct make_up *make_up)
{
	struct run *runs = make_up->runs;
	size_t kept = 0;

	if (make_up->run_count)
		qsort(runs, make_up->run_count, sizeof(*runs), by_row);
	for (size_t i = 0; i < make_up->run_count; i++)
		if (kept == 0 || runs[i].first_row != runs[kept - 1].first_row)
			runs[kept++] = runs[i];
	make_up->run_count = kept;
}

/* Makes room for so many more runs; for those that make more than one segment may have, none. */
static enum narc_status reach_runs(struct make_up *make_up, size_t more, struct narc_error *error)
{
	size_t capacity;
	struct run *grown;

	if (more <= make_up->run_capacity - make_up->run_count)
		return NARC_OK;
	settle_runs(make_up);
	if (more > RUNS_LIMIT - make_up->run_count)
		return narc_fail(error, NARC_LIMIT, "segment", NARC_NO_OFFSET,
				 "there are more runs than an archive may have");
	/* So much room that settling is rare. */
	capacity = 2 * (make_up->run_count + more);
	grown = realloc(make_up->runs, capacity * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	make_up->runs = grown;
	make_up->run_capacity = capacity;
	return NARC_OK;
}

static enum narc_status take_runs(struct make_up *make_up, const struct segment *segment,
				  struct narc_error *error)
{
	enum narc_status status = reach_runs(make_up, segment->run_count, error);

	if (status != NARC_OK)
		return status;
	memcpy(make_up->runs + make_up->run_count, segment->runs,
	       segment->run_count * sizeof(*segment->runs));
	make_up->run_count += segment->run_count;
	return NARC_OK;
}

/* Takes what a segment that is ours knows of generations and runs. */
static enum narc_status take_segment(struct make_up *make_up, const struct found_section *found,
				     struct narc_error *error)
{
	struct segment segment = { 0 };
	const struct byte_buffer *section = &make_up->section;
	uint64_t offset = found->extent.offset;
	enum narc_status status = read_section(make_up, found, error);

	if (status == NARC_OK)
		status = segment_decode(section->data, section->size, offset, 0, offset,
					make_up->decompressor, &segment, error);
	if (status != NARC_OK)
		return status;
	if ((uint64_t)segment.first_generation + segment.generation_count - 1 <=
		    GENERATIONS_LIMIT &&
	    is_ours(make_up, &segment, offset)) {
		status = take_times(make_up, &segment, error);
		if (status == NARC_OK)
			status = take_runs(make_up, &segment, error);
	}
	segment_free(&segment);
	return status;
}

static enum narc_status take_segments(struct make_up *make_up, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < make_up->found.count && status == NARC_OK; i++) {
		const struct found_section *found = &make_up->found.list[i];

		status = reach_generation(&make_up->archive->segments[0], found->generation, error);
		if (status == NARC_OK && found->tag == SECTION_SEGMENT)
			status = take_segment(make_up, found, error);
		if (is_damage(status))
			status = NARC_OK;
	}
	settle_runs(make_up);
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
		status = take_tombstones(&make_up, error);
	if (status == NARC_OK)
		status = take_segments(&make_up, error);
	if (status == NARC_OK)
		status = make_up_runs(&make_up, error);
	if (status == NARC_OK)
		settle_trailer(&make_up);
	free(make_up.runs);
	free(make_up.blocks.entries);
	found_sections_free(&make_up.found);
	byte_buffer_free(&make_up.section);
	ZSTD_freeDCtx(make_up.decompressor);
	return status;
}
