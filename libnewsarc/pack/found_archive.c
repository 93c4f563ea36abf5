/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/found_archive.h"

#include <stdlib.h>
#include <string.h>

#include "support/status.h"

enum narc_status found_archive_new(struct narc_source source, narc_archive **out,
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

enum narc_status found_archive_reach(narc_archive *archive, uint64_t count,
				     struct narc_error *error)
{
	struct segment *segment = &archive->segments[0];
	int64_t *grown;

	if (count <= segment->generation_count)
		return NARC_OK;
	grown = realloc(segment->times, (size_t)count * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	for (size_t i = segment->generation_count; i < count; i++)
		grown[i] = TIME_UNKNOWN;
	segment->times = grown;
	segment->generation_count = (size_t)count;
	return NARC_OK;
}

uint64_t block_end(const struct block_entry *entry)
{
	return entry->offset + entry->frame_size + entry->section_size;
}

void run_extend(struct run *run, const struct block_entry *entry)
{
	if (run->block_count == 0) {
		run->blocks.offset = entry->offset;
		run->first_block = entry->first_block;
		run->first_row = entry->first_row;
		run->first_local_time = entry->first_local_time;
	}
	run->blocks.size = block_end(entry) - run->blocks.offset;
	run->block_count = entry->first_block + 1 - run->first_block;
	run->rows = entry->first_row + entry->rows - run->first_row;
}

enum narc_status found_archive_divide_run(narc_archive *archive, uint64_t block,
					  struct narc_error *error)
{
	const struct block_entry *entries = archive->found_blocks->entries;
	struct segment *segment = &archive->segments[0];
	struct run *runs = realloc(segment->runs, (segment->run_count + 1) * sizeof(*runs));
	size_t place = 0;
	uint64_t end;

	if (!runs)
		return narc_fail_memory(error);
	segment->runs = runs;
	while (runs[place].first_block + runs[place].block_count <= block)
		place++;
	memmove(runs + place + 1, runs + place, (segment->run_count - place) * sizeof(*runs));
	segment->run_count++;
	end = runs[place].first_block + runs[place].block_count;
	run_extend(&runs[place], &entries[block - 1]);
	runs[place + 1] = (struct run){ 0 };
	for (; block < end; block++)
		run_extend(&runs[place + 1], &entries[block]);
	return NARC_OK;
}

enum narc_status found_archive_list_runs(narc_archive *archive, struct narc_error *error)
{
	const struct segment *segment = &archive->segments[0];

	archive->runs = calloc(segment->run_count + 1, sizeof(*archive->runs));
	if (!archive->runs)
		return narc_fail_memory(error);
	for (size_t i = 0; i < segment->run_count; i++)
		archive->runs[i] = (struct archive_run){ .run = &segment->runs[i],
							.segment = segment };
	archive->run_count = segment->run_count;
	return NARC_OK;
}

enum narc_status found_archive_drop_blocks(narc_archive *archive, const bool *dropped,
					   struct narc_error *error)
{
	struct segment *segment = &archive->segments[0];
	struct block_entry *entries = archive->found_blocks->entries;
	uint32_t kept = 0;
	size_t runs = 0;

	for (size_t i = 0; i < segment->run_count; i++) {
		const struct run *old = &segment->runs[i];
		uint64_t end = old->first_block + old->block_count;
		struct run run = { .names = old->names };

		for (uint64_t k = old->first_block; k < end; k++) {
			if (dropped[k])
				continue;
			entries[kept] = entries[k];
			entries[kept].first_block = kept;
			run_extend(&run, &entries[kept++]);
		}
		if (run.block_count)
			segment->runs[runs++] = run;
	}
	for (size_t i = 0; i < archive->run_count; i++) {
		names_free(&archive->runs[i].names);
		free(archive->runs[i].names_damage);
	}
	free(archive->runs);
	archive->runs = NULL;
	archive->run_count = 0;
	segment->run_count = runs;
	archive->found_blocks->count = kept;
	archive->trailer.blocks = kept;
	return found_archive_list_runs(archive, error);
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

void found_archive_drop_tombstone(narc_archive *archive, uint64_t row)
{
	struct manifest *manifest = &archive->manifest;
	const struct tombstone *found = manifest_tombstone(manifest, row);
	size_t place;

	if (!found)
		return;
	place = (size_t)(found - manifest->tombstones);
	free(manifest->tombstones[place].reason);
	memmove(manifest->tombstones + place, manifest->tombstones + place + 1,
		(manifest->tombstone_count - place - 1) * sizeof(*found));
	manifest->tombstone_count--;
}
