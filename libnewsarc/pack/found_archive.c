/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/found_archive.h"

#include <stdlib.h>
#include <string.h>

#include "format/dictionary.h"
#include "format/descriptor.h"
#include "read/scan_sections.h"
#include "support/status.h"

/* A file is not taken to have had more rows than it could if it had been so much larger. */
enum { GROWTH_LIMIT = 4, ROW_SIZE_LEAST = 8 };

struct finding {
	narc_archive *archive;
	ZSTD_DCtx *decompressor;
	struct byte_buffer scratch;
	struct extent names;   /* of the blocks that come */
	uint64_t end;          /* of the last block or section */
	bool run_has_ended;
	bool is_finished;      /* the last block has a trailer behind it */
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

/* Makes room for the times of so many generations. */
static enum narc_status reach_generation(struct segment *segment, uint64_t count,
					 struct narc_error *error)
{
	int64_t *grown;

	if (count <= segment->generation_count)
		return NARC_OK;
	grown = realloc(segment->times, (size_t)count * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	for (size_t i = segment->generation_count; i < count; i++)
		grown[i] = i ? grown[i - 1] : 0;
	segment->times = grown;
	segment->generation_count = (size_t)count;
	return NARC_OK;
}

static enum narc_status take_times(struct finding *finding, const struct byte_buffer *section,
				   uint64_t offset, struct narc_error *error)
{
	struct segment *whole = &finding->archive->segments[0];
	struct segment found;
	uint64_t last;
	enum narc_status status = segment_decode(section->data, section->size, offset, 0, offset,
						 finding->decompressor, &found, error);

	if (status != NARC_OK)
		return status == NARC_NOMEM ? status : NARC_OK;
	last = (uint64_t)found.first_generation + found.generation_count - 1;
	if (last <= RUNS_LIMIT)
		status = reach_generation(whole, last, error);
	if (last <= RUNS_LIMIT && status == NARC_OK)
		memcpy(whole->times + found.first_generation - FIRST_GENERATION, found.times,
		       found.generation_count * sizeof(*found.times));
	segment_free(&found);
	return status;
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

/* ---- blocks ------------------------------------------------------------------------------- */

static enum narc_status begin_run(struct finding *finding, const struct block_entry *entry,
				  struct narc_error *error)
{
	struct segment *segment = &finding->archive->segments[0];
	struct run *grown;

	if (!finding->run_has_ended)
		return NARC_OK;
	grown = realloc(segment->runs, (segment->run_count + 1) * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	segment->runs = grown;
	grown[segment->run_count++] = (struct run){
		.names = finding->names,
		.blocks.offset = entry->offset,
		.first_block = entry->first_block,
		.first_row = entry->first_row,
		.first_local_time = entry->first_local_time,
	};
	finding->run_has_ended = false;
	return NARC_OK;
}

static enum narc_status append_block(struct finding *finding, const struct block_entry *entry,
				     struct narc_error *error)
{
	struct block_page *blocks = finding->archive->found_blocks;
	struct block_entry *grown =
		realloc(blocks->entries, ((size_t)blocks->count + 1) * sizeof(*grown));

	if (!grown)
		return narc_fail_memory(error);
	blocks->entries = grown;
	grown[blocks->count++] = *entry;
	return NARC_OK;
}

/* The greatest generation of a block's rows; 0 if these are not to be trusted. */
static uint64_t last_generation(const struct descriptor *descriptor)
{
	uint64_t last = 0;

	for (uint32_t i = 0; i < descriptor->facts.row_count; i++) {
		uint64_t generation =
			(uint64_t)packed_column_get(&descriptor->columns[COLUMN_GENERATION], i);

		if (generation == 0 || generation > RUNS_LIMIT)
			return 0;
		last = generation > last ? generation : last;
	}
	return last;
}

/* Whether a descriptor may be of the next block: behind the others in the file, and in rows. */
static bool follows(const struct finding *finding, const struct block_facts *facts,
		    uint64_t offset)
{
	const narc_archive *archive = finding->archive;
	uint64_t limit = archive->file_size / ROW_SIZE_LEAST * GROWTH_LIMIT;

	return facts->frame_size <= offset - finding->end &&
	       facts->first_row >= archive->trailer.rows && facts->first_row <= limit &&
	       archive->found_blocks->count < UINT32_MAX;
}

static enum narc_status add_block(struct finding *finding, const struct byte_buffer *section,
				  uint64_t offset, struct narc_error *error)
{
	narc_archive *archive = finding->archive;
	struct trailer *trailer = &archive->trailer;
	struct descriptor descriptor;
	struct block_entry entry;
	uint64_t generation;
	enum narc_status status =
		descriptor_decode(section->data, section->size, offset, finding->decompressor,
				  &finding->scratch, &descriptor, error);

	if (status != NARC_OK)
		return status == NARC_NOMEM ? status : NARC_OK;
	generation = last_generation(&descriptor);
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
	status = begin_run(finding, &entry, error);
	if (status == NARC_OK)
		status = append_block(finding, &entry, error);
	if (status == NARC_OK)
		status = reach_generation(&archive->segments[0], generation, error);
	if (status != NARC_OK)
		return status;
	trailer->blocks++;
	trailer->rows = entry.first_row + entry.rows;
	return NARC_OK;
}

/* Adds the block found last to its run. */
static void extend_run(narc_archive *archive)
{
	struct segment *segment = &archive->segments[0];
	const struct block_page *blocks = archive->found_blocks;
	const struct block_entry *last = &blocks->entries[blocks->count - 1];
	struct run *run = &segment->runs[segment->run_count - 1];

	run->blocks.size = last->offset + last->frame_size + last->section_size -
			   run->blocks.offset;
	run->block_count = last->first_block + 1 - run->first_block;
	run->rows = last->first_row + last->rows - run->first_row;
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* A section_found_fn. */
static enum narc_status look_at_section(void *context, enum section_tag tag,
					const struct byte_buffer *section, uint64_t offset,
					struct narc_error *error)
{
	struct finding *finding = context;
	uint64_t blocks = finding->archive->trailer.blocks;
	struct trailer trailer;
	enum narc_status status = NARC_OK;

	switch (tag) {
	case SECTION_NAMES:
		finding->names = (struct extent){ offset, section->size };
		break;
	case SECTION_DICTIONARY:
		status = add_dictionary(finding, section, offset, error);
		break;
	case SECTION_SEGMENT:
		status = take_times(finding, section, offset, error);
		break;
	case SECTION_MANIFEST:
		status = take_tombstones(finding, section, offset, error);
		break;
	case SECTION_TRAILER:
		finding->names = (struct extent){ 0 };
		if (trailer_decode(section->data, offset, &trailer, NULL) == NARC_OK) {
			finding->is_finished = true;
			finding->facts->rows = trailer.rows;
		}
		break;
	case SECTION_DESCRIPTOR:
		status = add_block(finding, section, offset, error);
		if (status == NARC_OK && finding->archive->trailer.blocks > blocks)
			extend_run(finding->archive);
		break;
	default:
		break;
	}
	finding->run_has_ended = finding->run_has_ended || tag != SECTION_DESCRIPTOR;
	finding->end = offset + section->size;
	return status;
}

static enum narc_status begin(struct narc_source source, narc_archive **out,
			      struct narc_error *error)
{
	narc_archive *archive = calloc(1, sizeof(*archive));

	if (!archive) {
		source.ops->close(source.context);
		return narc_fail_memory(error);
	}
	*out = archive;
	archive->source = source;
	pthread_mutex_init(&archive->lock, NULL);
	archive->segments = calloc(1, sizeof(*archive->segments));
	archive->found_blocks = calloc(1, sizeof(*archive->found_blocks));
	if (!archive->segments || !archive->found_blocks)
		return narc_fail_memory(error);
	archive->manifest.segment_count = 1;
	archive->segments[0].first_generation = FIRST_GENERATION;
	return source.ops->size(source.context, &archive->file_size, error);
}

static enum narc_status end(struct finding *finding, struct narc_error *error)
{
	narc_archive *archive = finding->archive;

	if (archive->trailer.blocks == 0)
		return narc_fail(error, NARC_CORRUPT, "repair", NARC_NO_OFFSET,
				 "nothing of an archive can be found in the file");
	if (finding->facts->rows < archive->trailer.rows)
		finding->facts->rows = archive->trailer.rows;
	if (!finding->is_finished || finding->facts->rows > archive->trailer.rows)
		finding->facts->gaps++;
	archive->trailer.manifest.offset = archive->file_size;
	archive->trailer.generation = (uint32_t)archive->segments[0].generation_count;
	archive->run_count = archive->segments[0].run_count;
	return archive_list_runs(archive, error);
}

enum narc_status found_archive_open(struct narc_source source, narc_archive **out,
				    struct found_facts *facts, struct narc_error *error)
{
	struct finding finding = { .run_has_ended = true, .facts = facts,
				   .decompressor = ZSTD_createDCtx() };
	enum narc_status status = begin(source, &finding.archive, error);

	if (status == NARC_OK && !finding.decompressor)
		status = narc_fail_memory(error);
	if (status == NARC_OK)
		status = scan_sections(source, 0, look_at_section, &finding, error);
	if (status == NARC_OK)
		status = end(&finding, error);
	byte_buffer_free(&finding.scratch);
	ZSTD_freeDCtx(finding.decompressor);
	if (status != NARC_OK) {
		narc_archive_close(finding.archive);
		return status;
	}
	*out = finding.archive;
	return NARC_OK;
}

enum narc_status found_archive_add_tombstone(narc_archive *archive, uint64_t row,
					     struct narc_error *error)
{
	struct manifest *manifest = &archive->manifest;
	struct tombstone *grown;
	size_t place = 0;
	char *reason;

	if (manifest_tombstone(manifest, row))
		return NARC_OK;
	grown = realloc(manifest->tombstones, (manifest->tombstone_count + 1) * sizeof(*grown));
	if (grown)
		manifest->tombstones = grown;
	reason = strdup("what was said of it is lost");
	if (!grown || !reason) {
		free(reason);
		return narc_fail_memory(error);
	}
	while (place < manifest->tombstone_count && grown[place].row < row)
		place++;
	memmove(grown + place + 1, grown + place,
		(manifest->tombstone_count - place) * sizeof(*grown));
	grown[place] = (struct tombstone){ .row = row, .reason = reason };
	manifest->tombstone_count++;
	return NARC_OK;
}
