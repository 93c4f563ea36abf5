/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/find_blocks.h"

#include <stdlib.h>

#include "format/descriptor.h"
#include "format/limits.h"
#include "read/scan_sections.h"
#include "support/status.h"

struct finding {
	const struct block_search *search;
	ZSTD_DCtx *decompressor;
	struct byte_buffer strings;
	struct found_sections *found;
};

/* Behind the last of the first count sections that is of a block; 0 if none is. */
static size_t blocks_end(const struct found_sections *found, size_t count)
{
	return count ? found->list[count - 1].blocks_end : 0;
}

static enum narc_status add(struct found_sections *found, const struct found_section *section,
			    struct narc_error *error)
{
	if (found->count == found->capacity) {
		size_t capacity = found->capacity ? 2 * found->capacity : 256;
		struct found_section *grown = realloc(found->list, capacity * sizeof(*grown));

		if (!grown)
			return narc_fail_memory(error);
		found->list = grown;
		found->capacity = capacity;
	}
	found->list[found->count] = *section;
	found->list[found->count].blocks_end =
		section->block.rows ? found->count + 1
				    : blocks_end(found, found->count);
	found->count++;
	return NARC_OK;
}

/* Fills in what the rows of a descriptor say together; false if they are not to be trusted. */
static bool sum_up(const struct descriptor *descriptor, struct found_section *section)
{
	const struct packed_column *columns = descriptor->columns;
	uint64_t time = (uint64_t)descriptor->facts.first_local_time;
	uint64_t last = 0;

	for (uint32_t i = 0; i < descriptor->facts.row_count; i++) {
		uint64_t generation =
			(uint64_t)packed_column_get(&columns[COLUMN_GENERATION], i);

		if (generation == 0 || generation > GENERATIONS_LIMIT)
			return false;
		last = generation > last ? generation : last;
		time += (uint64_t)packed_column_get(&columns[COLUMN_STEP], i);
	}
	section->generation = (uint32_t)last;
	section->last_local_time = (int64_t)time;
	section->has_names = descriptor_has_names(descriptor);
	return true;
}

/* The last block among the first count sections; NULL if there is none. */
static const struct block_entry *last_block(const struct found_sections *found, size_t count)
{
	size_t end = blocks_end(found, count);

	return end ? &found->list[end - 1].block : NULL;
}

static uint64_t row_behind(const struct finding *finding, const struct block_entry *block)
{
	return block ? block->first_row + block->rows : finding->search->first_row;
}

/* How many sections begin before this place. */
static size_t sections_before(const struct found_sections *found, uint64_t place)
{
	size_t low = 0;
	size_t high = found->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (found->list[middle].extent.offset >= place)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Whether a block begins just behind the first count sections. */
static bool is_just_behind(const struct finding *finding, const struct block_entry *block,
			   size_t count)
{
	const struct found_sections *found = finding->found;

	return block->offset == (count ? extent_end(found->list[count - 1].extent)
				       : finding->search->place.offset);
}

/*
 * Whether a block follows on the first count sections, in the file and in rows. Others stand inside
 * of it, if they are of an archive that is stored in it, and found because its data frame is
 * damaged: so it is if the block begins just behind a section, or if its rows should come before
 * theirs. Else something is missing from the file, and the data frame only seems to reach over them.
 */
static bool follows(const struct finding *finding, const struct block_entry *block, size_t count)
{
	const struct found_sections *found = finding->found;
	const struct block_entry *before = last_block(found, count);
	const struct block_entry *last = last_block(found, found->count);

	if ((before && block_entry_end(before) > block->offset) ||
	    block->first_row < row_behind(finding, before) ||
	    block->first_row > finding->search->end_row ||
	    block->rows > finding->search->end_row - block->first_row)
		return false;
	return count == found->count || is_just_behind(finding, block, count) ||
	       block->first_row < row_behind(finding, last);
}

/* If the descriptor that was read is of a block that follows on those before, takes it, and drops
 * what is inside of it. */
static void take_block(struct finding *finding, const struct descriptor *descriptor,
		       struct found_section *section)
{
	const struct block_facts *facts = &descriptor->facts;
	uint64_t offset = section->extent.offset;
	struct block_entry block = { .first_local_time = facts->first_local_time,
				     .first_row = facts->first_row,
				     .rows = facts->row_count,
				     .blocks = 1,
				     .offset = offset - facts->frame_size,
				     .frame_size = facts->frame_size,
				     .section_size = section->extent.size };
	size_t count;

	if (facts->frame_size > offset - finding->search->place.offset ||
	    !sum_up(descriptor, section))
		return;
	count = sections_before(finding->found, block.offset);
	if (!follows(finding, &block, count))
		return;
	finding->found->count = count;
	section->block = block;
}

/* A section_found_fn. */
static enum narc_status look_at_section(void *context, enum section_tag tag,
					const struct byte_buffer *bytes, uint64_t offset,
					struct narc_error *error)
{
	struct finding *finding = context;
	struct found_section section = { .tag = tag, .extent = { offset, bytes->size } };
	struct descriptor descriptor;
	enum narc_status status = NARC_CORRUPT;

	if (tag == SECTION_DESCRIPTOR)
		status = descriptor_decode(bytes->data, bytes->size, offset, finding->decompressor,
					   &finding->strings, &descriptor, error);
	if (status == NARC_NOMEM)
		return status;
	if (status == NARC_OK)
		take_block(finding, &descriptor, &section);
	return add(finding->found, &section, error);
}

enum narc_status find_blocks(const struct block_search *search, ZSTD_DCtx *decompressor,
			     struct found_sections *found, struct narc_error *error)
{
	struct finding finding = { .search = search, .decompressor = decompressor,
				   .found = found };
	enum narc_status status =
		scan_sections(search->source, search->place.offset, extent_end(search->place),
			      look_at_section, &finding, error);

	byte_buffer_free(&finding.strings);
	return status;
}

void found_sections_free(struct found_sections *found)
{
	free(found->list);
}
