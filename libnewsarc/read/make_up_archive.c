/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening an archive that cannot be opened: what trailer, manifest and segments said is made up
 * from the blocks that are found in the file, and from the names and dictionaries in front of
 * them. It is one segment without an index, of all generations that rows are of.
 */
#include <stdlib.h>

#include "read/find_section.h"
#include "read/recovery.h"
#include "support/byte_order.h"
#include "support/status.h"

struct salvage {
	struct narc_archive *archive;
	ZSTD_DCtx *decompressor;
	struct segment *segment; /* the only one */
	bool *names_are_bad;     /* of each run */
	uint64_t blocks;
	uint64_t rows;
	size_t run_capacity;
	struct byte_buffer section;
	struct byte_buffer window;
};

/* What stands between two blocks. */
struct between {
	bool has_section;
	bool has_damage;
	uint64_t damage; /* where the first is */
	struct extent names;
};

/* ---- what stands between blocks ----------------------------------------------------------- */

static enum narc_status add_dictionary(struct salvage *salvage, struct extent extent,
				       struct narc_error *error)
{
	struct manifest *manifest = &salvage->archive->manifest;
	struct manifest_dictionary *grown =
		realloc(manifest->dictionaries,
			(manifest->dictionary_count + 1) * sizeof(*grown));

	if (!grown)
		return narc_fail_memory(error);
	manifest->dictionaries = grown;
	grown[manifest->dictionary_count++] = (struct manifest_dictionary){
		load_le32(salvage->section.data + SECTION_HEADING_SIZE), extent
	};
	return NARC_OK;
}

static enum narc_status take_section(struct salvage *salvage, enum section_tag tag,
				     struct extent extent, struct between *between,
				     struct narc_error *error)
{
	between->has_section = true;
	if (tag == SECTION_NAMES)
		between->names = extent;
	if (tag == SECTION_TRAILER) {
		/* What stands in front of it is of the generation before. */
		between->names = (struct extent){ 0 };
		between->has_damage = false;
	}
	if (tag == SECTION_DICTIONARY && extent.size >= SECTION_MIN_SIZE + 8)
		return add_dictionary(salvage, extent, error);
	return NARC_OK;
}

/* Looks for the sections from place to end. */
static enum narc_status look_between(struct salvage *salvage, uint64_t place, uint64_t end,
				     struct between *between, struct narc_error *error)
{
	const struct narc_archive *archive = salvage->archive;
	enum narc_status status = NARC_OK;

	*between = (struct between){ .has_section = false };
	while (place < end && status == NARC_OK) {
		struct extent extent;
		enum section_tag tag;
		bool is_there;

		status = section_at(archive, place, end, &salvage->section, &is_there, &extent,
				    &tag, error);
		if (status == NARC_OK && is_there) {
			status = take_section(salvage, tag, extent, between, error);
			place = extent_end(extent);
			continue;
		}
		if (!between->has_damage)
			between->damage = place;
		between->has_damage = true;
		place++;
		if (status == NARC_OK)
			status = find_section_magic(archive, &place, end, &salvage->window, error);
	}
	return status;
}

/* ---- runs --------------------------------------------------------------------------------- */

static enum narc_status begin_run(struct salvage *salvage, const struct block_entry *first,
				  const struct between *between, struct narc_error *error)
{
	struct segment *segment = salvage->segment;
	struct extent names = between->names;
	struct run *run;

	if (segment->run_count == salvage->run_capacity) {
		size_t capacity = salvage->run_capacity ? 2 * salvage->run_capacity : 16;
		struct run *runs = realloc(segment->runs, capacity * sizeof(*runs));
		bool *marks;

		if (!runs)
			return narc_fail_memory(error);
		segment->runs = runs;
		marks = realloc(salvage->names_are_bad, capacity * sizeof(*marks));
		if (!marks)
			return narc_fail_memory(error);
		salvage->names_are_bad = marks;
		salvage->run_capacity = capacity;
	}
	/* The names may have been in what is damaged. */
	salvage->names_are_bad[segment->run_count] = between->names.size == 0 &&
						     between->has_damage;
	if (salvage->names_are_bad[segment->run_count])
		names.offset = between->damage;
	run = &segment->runs[segment->run_count++];
	*run = (struct run){ .names = names,
			     .blocks.offset = first->offset,
			     .first_block = first->first_block,
			     .first_row = first->first_row,
			     .first_local_time = INT64_MIN,
			     .last_local_time = INT64_MAX };
	return NARC_OK;
}

/* The last run has this block too, or what stands for some that are lost. */
static void extend_run(struct salvage *salvage, const struct block_entry *entry)
{
	struct run *run = &salvage->segment->runs[salvage->segment->run_count - 1];

	run->blocks.size = block_entry_end(entry) - run->blocks.offset;
	run->block_count++;
	run->rows = entry->first_row + entry->rows - run->first_row;
	salvage->blocks++;
	salvage->rows = entry->first_row + entry->rows;
}

/* Divides what was found into runs, where sections stand between blocks. A stretch with nothing but
 * damage belongs to the run before it, unless it is the last. */
static enum narc_status make_runs(struct salvage *salvage, const struct recovery *found,
				  struct narc_error *error)
{
	struct between between = { .has_section = true };
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < found->block_count && status == NARC_OK; i++) {
		struct block_entry entry = found->blocks[i];

		entry.first_block = salvage->blocks;
		if (is_hole(&entry)) {
			status = look_between(salvage, entry.offset, block_entry_end(&entry),
					      &between, error);
			if (status != NARC_OK || between.has_section ||
			    !salvage->segment->run_count || i + 1 == found->block_count)
				continue;
		} else if (between.has_section || !salvage->segment->run_count) {
			status = begin_run(salvage, &entry, &between, error);
			between = (struct between){ .has_section = false };
		}
		if (status == NARC_OK)
			extend_run(salvage, &entry);
	}
	return status;
}

static enum narc_status find_runs(struct salvage *salvage, struct narc_error *error)
{
	struct narc_archive *archive = salvage->archive;
	const struct run whole = { .blocks = { archive->header_size,
					       archive->file_size - archive->header_size },
				   .block_count = UINT64_MAX,
				   .rows = ROWS_LIMIT };
	struct recovery found = { .blocks = NULL };
	enum narc_status status = find_blocks(archive, &whole, whole.blocks.offset, 0, 0,
					      salvage->decompressor, &found, error);

	if (status == NARC_OK)
		status = make_runs(salvage, &found, error);
	free(found.blocks);
	return status;
}

/* ---- what else an archive has ------------------------------------------------------------- */

/* Times of generations are not known, and how many there were only as far as rows say. */
static void fill_in(struct salvage *salvage)
{
	struct narc_archive *archive = salvage->archive;
	struct segment *segment = salvage->segment;

	segment->block_count = salvage->blocks;
	segment->rows = salvage->rows;
	segment->first_generation = 1;
	segment->generation_count = UINT32_MAX;
	archive->run_count = segment->run_count;
	archive->trailer = (struct trailer){ .generation = UINT32_MAX,
					     .manifest = { archive->file_size, 0 },
					     .rows = salvage->rows,
					     .blocks = salvage->blocks,
					     .end = archive->file_size };
}

static enum narc_status mark_names(struct archive_run *run, struct narc_error *error)
{
	struct narc_error damage;

	narc_fail(&damage, NARC_CORRUPT, "names", run->run->names.offset,
		  "the names are not to be found");
	run->names_damage = archive_note_damage(&damage);
	return run->names_damage ? NARC_OK : narc_fail_memory(error);
}

enum narc_status archive_make_up(struct narc_archive *archive, struct narc_error *error)
{
	struct salvage salvage = { .archive = archive, .decompressor = ZSTD_createDCtx() };
	enum narc_status status = NARC_OK;

	archive_forget(archive);
	archive->manifest.segments = calloc(1, sizeof(*archive->manifest.segments));
	archive->segments = calloc(1, sizeof(*archive->segments));
	if (!salvage.decompressor || !archive->manifest.segments || !archive->segments) {
		status = narc_fail_memory(error);
		goto done;
	}
	archive->manifest.segment_count = 1;
	archive->is_salvaged = true;
	salvage.segment = archive->segments;
	status = find_runs(&salvage, error);
	if (status == NARC_OK && salvage.blocks == 0)
		status = narc_fail(error, NARC_CORRUPT, "blocks", NARC_NO_OFFSET,
				   "nothing of an archive is to be found");
	fill_in(&salvage);
	if (status == NARC_OK)
		status = archive_list_runs(archive, error);
	for (size_t i = 0; status == NARC_OK && i < archive->run_count; i++)
		if (salvage.names_are_bad[i])
			status = mark_names(&archive->runs[i], error);
done:
	ZSTD_freeDCtx(salvage.decompressor);
	free(salvage.names_are_bad);
	byte_buffer_free(&salvage.section);
	byte_buffer_free(&salvage.window);
	return status;
}
