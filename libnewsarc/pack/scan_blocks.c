/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/scan_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "format/dictionary.h"
#include "format/descriptor.h"
#include "read/scan_sections.h"
#include "support/status.h"

/* A file is not taken to have had more rows than it could if it had been so much larger. */
enum { GROWTH_LIMIT = 4, ROW_SIZE_LEAST = 8 };

/* A place where bytes are missing, or are not understood, before a block. */
struct block_gap {
	uint64_t block;
	bool has_rows; /* by their numbers, rows are missing too */
};

/* From where on which names are those of the blocks. */
struct names_mark {
	uint64_t offset;
	struct extent names;
};

struct found_segment {
	uint64_t offset;
	struct segment segment;
};

struct finding {
	narc_archive *archive;
	ZSTD_DCtx *decompressor;
	struct byte_buffer scratch;
	struct names_mark *marks;
	size_t mark_count;
	uint64_t *ends; /* of the sections so far */
	size_t end_count;
	uint64_t end;          /* of the last block or section */
	bool run_has_ended;
	bool is_finished;      /* the last block has a trailer behind it */
	uint32_t *generations; /* of each block, the last one */
	struct block_gap *gaps;
	size_t gap_count;
	struct found_segment *segments; /* that are whole */
	size_t segment_count;
	struct found_facts *facts;
};

/* ---- names, dictionaries, segments and manifests ------------------------------------------ */

static enum narc_status add_dictionary(struct finding *finding, const struct byte_buffer *section,
				       uint64_t offset, struct narc_error *error)
{
	struct manifest *manifest = &finding->archive->manifest;
	struct manifest_dictionary *grown;
	uint8_t *raw;
	size_t size;
	uint32_t identifier;
	enum narc_status status = dictionary_decode(section->data, section->size, offset,
						    finding->decompressor, &raw, &size,
						    &identifier, error);

	if (status != NARC_OK)
		return status == NARC_NOMEM ? status : NARC_OK;
	free(raw);
	for (size_t i = 0; i < manifest->dictionary_count; i++)
		if (manifest->dictionaries[i].identifier == identifier)
			return NARC_OK;
	grown = realloc(manifest->dictionaries,
			(manifest->dictionary_count + 1) * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	manifest->dictionaries = grown;
	grown[manifest->dictionary_count++] =
		(struct manifest_dictionary){ identifier, { offset, section->size } };
	return NARC_OK;
}

static enum narc_status keep_segment(struct finding *finding, const struct byte_buffer *section,
				     uint64_t offset, struct narc_error *error)
{
	struct found_segment *grown =
		realloc(finding->segments, (finding->segment_count + 1) * sizeof(*grown));
	enum narc_status status;

	if (!grown)
		return narc_fail_memory(error);
	finding->segments = grown;
	status = segment_decode(section->data, section->size, offset, 0, offset,
				finding->decompressor, &grown[finding->segment_count].segment,
				error);
	if (status != NARC_OK)
		return status == NARC_NOMEM ? status : NARC_OK;
	grown[finding->segment_count++].offset = offset;
	return NARC_OK;
}

/* The last manifest knows all tombstones. */
static enum narc_status take_tombstones(struct finding *finding, const struct byte_buffer *section,
					uint64_t offset, struct narc_error *error)
{
	struct manifest *manifest = &finding->archive->manifest;
	struct manifest found;
	struct manifest former = *manifest;
	enum narc_status status = manifest_decode(section->data, section->size, offset, 0,
						  finding->decompressor, &found, error);

	if (status != NARC_OK)
		return status == NARC_NOMEM ? status : NARC_OK;
	manifest->tombstones = found.tombstones;
	manifest->tombstone_count = found.tombstone_count;
	manifest->parity_strength = found.parity_strength;
	found.tombstones = former.tombstones;
	found.tombstone_count = former.tombstone_count;
	manifest_free(&found);
	return NARC_OK;
}

static enum narc_status mark_names(struct finding *finding, uint64_t offset, struct extent names,
				   struct narc_error *error)
{
	struct names_mark *grown =
		realloc(finding->marks, (finding->mark_count + 1) * sizeof(*grown));

	if (!grown)
		return narc_fail_memory(error);
	finding->marks = grown;
	grown[finding->mark_count++] = (struct names_mark){ offset, names };
	return NARC_OK;
}

static struct extent current_names(const struct finding *finding)
{
	return finding->mark_count ? finding->marks[finding->mark_count - 1].names
				   : (struct extent){ 0 };
}

/* ---- blocks ------------------------------------------------------------------------------- */

static enum narc_status add_to_run(struct finding *finding, const struct block_entry *entry,
				   struct narc_error *error)
{
	struct segment *segment = &finding->archive->segments[0];

	if (finding->run_has_ended) {
		struct run *grown =
			realloc(segment->runs, (segment->run_count + 1) * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		segment->runs = grown;
		grown[segment->run_count++] = (struct run){ .names = current_names(finding) };
		finding->run_has_ended = false;
	}
	run_extend(&segment->runs[segment->run_count - 1], entry);
	return NARC_OK;
}

/* Notes a gap before a block that is in a run already begun. */
static enum narc_status note_gap(struct finding *finding, const struct block_entry *entry,
				 struct narc_error *error)
{
	struct block_gap *grown;

	if (finding->run_has_ended || entry->offset == finding->end)
		return NARC_OK;
	grown = realloc(finding->gaps, (finding->gap_count + 1) * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	finding->gaps = grown;
	grown[finding->gap_count++] =
		(struct block_gap){ entry->first_block,
				    entry->first_row > finding->archive->trailer.rows };
	return NARC_OK;
}

static enum narc_status append_block(struct finding *finding, const struct block_entry *entry,
				     uint32_t generation, struct narc_error *error)
{
	struct block_page *blocks = finding->archive->found_blocks;
	size_t count = (size_t)blocks->count + 1;
	struct block_entry *entries = realloc(blocks->entries, count * sizeof(*entries));
	uint32_t *generations;

	if (!entries)
		return narc_fail_memory(error);
	blocks->entries = entries;
	generations = realloc(finding->generations, count * sizeof(*generations));
	if (!generations)
		return narc_fail_memory(error);
	finding->generations = generations;
	generations[blocks->count] = generation;
	entries[blocks->count++] = *entry;
	return NARC_OK;
}

/* The greatest generation of a block's rows; 0 if these are not to be trusted. */
static uint32_t last_generation(const struct descriptor *descriptor)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < descriptor->facts.row_count; i++) {
		uint64_t generation =
			(uint64_t)packed_column_get(&descriptor->columns[COLUMN_GENERATION], i);

		if (generation == 0 || generation > GENERATIONS_LIMIT)
			return 0;
		last = generation > last ? (uint32_t)generation : last;
	}
	return last;
}

/* Whether a descriptor may be of the next block: behind the others in the file, and in rows. */
static bool follows(const struct finding *finding, const struct block_facts *facts,
		    uint64_t offset)
{
	const narc_archive *archive = finding->archive;
	uint64_t limit = archive->file_size / ROW_SIZE_LEAST * GROWTH_LIMIT;

	return facts->frame_size <= offset && facts->first_row >= archive->trailer.rows &&
	       facts->first_row <= limit && archive->found_blocks->count < UINT32_MAX;
}

/* Forgets the blocks from one on. */
static void forget_blocks(struct finding *finding, uint32_t first)
{
	narc_archive *archive = finding->archive;
	struct block_page *blocks = archive->found_blocks;
	struct segment *segment = &archive->segments[0];
	const struct block_entry *last = first ? &blocks->entries[first - 1] : NULL;

	blocks->count = first;
	archive->trailer.blocks = first;
	archive->trailer.rows = last ? last->first_row + last->rows : 0;
	while (segment->run_count && segment->runs[segment->run_count - 1].first_block >= first)
		segment->run_count--;
	if (segment->run_count)
		run_extend(&segment->runs[segment->run_count - 1], last);
	while (finding->gap_count && finding->gaps[finding->gap_count - 1].block >= first)
		finding->gap_count--;
}

/* Forgets what was found from start on, behind a section that ends there. */
static void forget_from(struct finding *finding, uint64_t start)
{
	const struct block_page *blocks = finding->archive->found_blocks;
	uint32_t first = blocks->count;

	while (first && blocks->entries[first - 1].offset >= start)
		first--;
	if (first < blocks->count)
		forget_blocks(finding, first);
	while (finding->mark_count && finding->marks[finding->mark_count - 1].offset >= start)
		finding->mark_count--;
	finding->end = start;
	finding->run_has_ended = first == 0 || block_end(&blocks->entries[first - 1]) != start;
}

/* What stands inside of a data frame is of an archive that is stored in it: if the frame begins
 * just behind a section; or by the blocks, if these are to have the rows of its own. */
static void forget_inner(struct finding *finding, const struct block_facts *facts, uint64_t offset)
{
	const struct block_page *blocks = finding->archive->found_blocks;
	uint64_t start = offset - facts->frame_size;
	uint32_t first = blocks->count;
	size_t end = finding->end_count;

	if (facts->frame_size > offset)
		return;
	while (end && finding->ends[end - 1] > start)
		end--;
	if (end && finding->ends[end - 1] == start) {
		if (end < finding->end_count)
			forget_from(finding, start);
		finding->end_count = end;
		return;
	}
	while (first && blocks->entries[first - 1].offset >= start)
		first--;
	if (facts->first_row < finding->archive->trailer.rows &&
	    (first == 0 || blocks->entries[first - 1].first_row + blocks->entries[first - 1].rows <=
				   facts->first_row))
		forget_blocks(finding, first);
}

static enum narc_status add_block(struct finding *finding, const struct byte_buffer *section,
				  uint64_t offset, struct narc_error *error)
{
	narc_archive *archive = finding->archive;
	struct trailer *trailer = &archive->trailer;
	struct descriptor descriptor;
	struct block_entry entry;
	uint32_t generation;
	enum narc_status status =
		descriptor_decode(section->data, section->size, offset, finding->decompressor,
				  &finding->scratch, &descriptor, error);

	if (status != NARC_OK)
		return status == NARC_NOMEM ? status : NARC_OK;
	generation = last_generation(&descriptor);
	if (generation)
		forget_inner(finding, &descriptor.facts, offset);
	if (!follows(finding, &descriptor.facts, offset) || generation == 0)
		return NARC_OK;
	entry = (struct block_entry){
		.first_local_time = descriptor.facts.first_local_time,
		.first_row = descriptor.facts.first_row,
		.rows = descriptor.facts.row_count,
		.first_block = trailer->blocks,
		.blocks = 1,
		.offset = offset - descriptor.facts.frame_size,
		.frame_size = descriptor.facts.frame_size,
		.section_size = section->size,
	};
	finding->facts->gaps += entry.first_row > trailer->rows;
	finding->is_finished = false;
	status = note_gap(finding, &entry, error);
	if (status == NARC_OK)
		status = add_to_run(finding, &entry, error);
	if (status == NARC_OK)
		status = append_block(finding, &entry, generation, error);
	if (status != NARC_OK)
		return status;
	trailer->blocks++;
	trailer->rows = entry.first_row + entry.rows;
	return NARC_OK;
}

/* ---- what segments know ------------------------------------------------------------------ */

/* How many blocks begin before this row. */
static uint32_t blocks_before(const struct block_page *blocks, uint64_t row)
{
	uint32_t low = 0;
	uint32_t high = blocks->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (blocks->entries[middle].first_row < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether a segment is of the blocks that were found: behind those of its rows, and before others.
 * Else it is of an archive that is stored in this one. */
static bool is_ours(const struct finding *finding, const struct found_segment *found)
{
	const struct block_page *blocks = finding->archive->found_blocks;
	const struct segment *segment = &found->segment;
	const struct run *last = &segment->runs[segment->run_count - 1];
	uint32_t end = blocks_before(blocks, last->first_row + last->rows);

	if ((end && blocks->entries[end - 1].offset > found->offset) ||
	    (end < blocks->count && blocks->entries[end].offset < found->offset))
		return false;
	for (size_t i = 0; i < segment->run_count; i++) {
		uint32_t place = blocks_before(blocks, segment->runs[i].first_row);
		const struct block_entry *entry = &blocks->entries[place];

		if (place < blocks->count && entry->first_row == segment->runs[i].first_row &&
		    entry->first_local_time != segment->runs[i].first_local_time)
			return false;
	}
	return true;
}

/* Takes the times of generations that segments have; keeps of these only what is ours. */
static enum narc_status take_times(struct finding *finding, struct narc_error *error)
{
	struct segment *whole = &finding->archive->segments[0];
	size_t kept = 0;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < finding->segment_count; i++) {
		struct found_segment *found = &finding->segments[i];
		struct segment *segment = &found->segment;
		uint64_t last = (uint64_t)segment->first_generation + segment->generation_count - 1;

		if (status != NARC_OK || last > GENERATIONS_LIMIT || !is_ours(finding, found)) {
			segment_free(segment);
			continue;
		}
		status = found_archive_reach(finding->archive, last, error);
		if (status == NARC_OK)
			memcpy(whole->times + segment->first_generation - FIRST_GENERATION,
			       segment->times, segment->generation_count * sizeof(*segment->times));
		finding->segments[kept++] = *found;
	}
	finding->segment_count = kept;
	for (uint32_t i = 0; i < finding->archive->found_blocks->count && status == NARC_OK; i++)
		status = found_archive_reach(finding->archive, finding->generations[i], error);
	return status;
}

static bool has_row(const struct run *run, uint64_t row)
{
	return row >= run->first_row && row - run->first_row < run->rows;
}

/* Whether the blocks on both sides of a gap are of one run, and so have the same names. If no
 * segment says so, they are if only blocks of the same generation seem to be missing: but for blocks,
 * what is between two of a run can only be the beginning of another. */
static bool is_inside_run(const struct finding *finding, const struct block_gap *gap)
{
	const struct block_entry *entry = &finding->archive->found_blocks->entries[gap->block];

	for (size_t i = 0; i < finding->segment_count; i++) {
		const struct segment *segment = &finding->segments[i].segment;

		for (size_t k = 0; k < segment->run_count; k++)
			if (has_row(&segment->runs[k], entry->first_row))
				return has_row(&segment->runs[k], entry[-1].first_row);
	}
	return gap->has_rows && entry->first_local_time >= entry[-1].first_local_time &&
	       finding->generations[gap->block] == finding->generations[gap->block - 1];
}

static enum narc_status settle_names(struct finding *finding, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < finding->gap_count && status == NARC_OK; i++)
		if (!is_inside_run(finding, &finding->gaps[i]))
			status = found_archive_divide_run(finding->archive, finding->gaps[i].block,
							  error);
	return status;
}

/* ---- all of it ---------------------------------------------------------------------------- */

static enum narc_status note_end(struct finding *finding, struct narc_error *error)
{
	uint64_t *grown = realloc(finding->ends, (finding->end_count + 1) * sizeof(*grown));

	if (!grown)
		return narc_fail_memory(error);
	finding->ends = grown;
	grown[finding->end_count++] = finding->end;
	return NARC_OK;
}

/* A section_found_fn. */
static enum narc_status look_at_section(void *context, enum section_tag tag,
					const struct byte_buffer *section, uint64_t offset,
					struct narc_error *error)
{
	struct finding *finding = context;
	struct trailer trailer;
	enum narc_status status = NARC_OK;

	switch (tag) {
	case SECTION_NAMES:
		status = mark_names(finding, offset, (struct extent){ offset, section->size },
				    error);
		break;
	case SECTION_DICTIONARY:
		status = add_dictionary(finding, section, offset, error);
		break;
	case SECTION_SEGMENT:
		status = keep_segment(finding, section, offset, error);
		break;
	case SECTION_MANIFEST:
		status = take_tombstones(finding, section, offset, error);
		break;
	case SECTION_TRAILER:
		status = mark_names(finding, offset, (struct extent){ 0 }, error);
		if (trailer_decode(section->data, offset, &trailer, NULL) == NARC_OK) {
			finding->is_finished = true;
			finding->facts->rows = trailer.rows;
		}
		break;
	case SECTION_DESCRIPTOR:
		status = add_block(finding, section, offset, error);
		break;
	default:
		break;
	}
	finding->run_has_ended = finding->run_has_ended || tag != SECTION_DESCRIPTOR;
	finding->end = offset + section->size;
	return status == NARC_OK ? note_end(finding, error) : status;
}

static enum narc_status end(struct finding *finding, struct narc_error *error)
{
	narc_archive *archive = finding->archive;
	enum narc_status status;

	if (archive->trailer.blocks == 0)
		return narc_fail(error, NARC_CORRUPT, "repair", NARC_NO_OFFSET,
				 "nothing of an archive can be found in the file");
	if (finding->facts->rows < archive->trailer.rows)
		finding->facts->rows = archive->trailer.rows;
	if (!finding->is_finished || finding->facts->rows > archive->trailer.rows)
		finding->facts->gaps++;
	archive->trailer.manifest.offset = archive->file_size;
	archive->dictionaries = calloc(archive->manifest.dictionary_count + 1,
				       sizeof(*archive->dictionaries));
	if (!archive->dictionaries)
		return narc_fail_memory(error);
	status = take_times(finding, error);
	archive->trailer.generation = (uint32_t)archive->segments[0].generation_count;
	if (status == NARC_OK)
		status = settle_names(finding, error);
	return status == NARC_OK ? found_archive_list_runs(archive, error) : status;
}

enum narc_status scan_blocks(struct narc_source source, narc_archive **out,
			     struct found_facts *facts, struct narc_error *error)
{
	struct finding finding = { .run_has_ended = true, .facts = facts,
				   .decompressor = ZSTD_createDCtx() };
	enum narc_status status = found_archive_new(source, &finding.archive, error);

	if (status == NARC_OK && !finding.decompressor)
		status = narc_fail_memory(error);
	if (status == NARC_OK)
		status = scan_sections(source, 0, look_at_section, &finding, error);
	if (status == NARC_OK)
		status = end(&finding, error);
	byte_buffer_free(&finding.scratch);
	free(finding.generations);
	free(finding.gaps);
	free(finding.marks);
	free(finding.ends);
	for (size_t i = 0; i < finding.segment_count; i++)
		segment_free(&finding.segments[i].segment);
	free(finding.segments);
	ZSTD_freeDCtx(finding.decompressor);
	if (status != NARC_OK) {
		narc_archive_close(finding.archive);
		return status;
	}
	*out = finding.archive;
	return NARC_OK;
}

