/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "format/limits.h"
#include "read/fetch_block.h"
#include "read/filter.h"
#include "support/status.h"

static enum narc_status sum_descriptors(struct locator *locator, uint64_t *total,
					struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	*total = 0;
	for (uint64_t i = 0; i < locator->archive->trailer.blocks; i++) {
		struct block_entry entry;

		status = locate_block(locator, i, &entry, error);
		if (status != NARC_OK)
			break;
		*total += entry.section_size;
	}
	return status;
}

static enum narc_status add_dictionaries(struct narc_archive *archive, ZSTD_DCtx *decompressor,
					 struct narc_info *info, struct narc_error *error)
{
	const struct manifest *manifest = &archive->manifest;
	enum narc_status status = NARC_OK;

	if (manifest->dictionary_count)
		info->dictionary_offset = manifest->dictionaries[0].extent.offset;
	info->dictionaries = manifest->dictionary_count;
	for (size_t i = 0; i < manifest->dictionary_count && status == NARC_OK; i++) {
		const struct archive_dictionary *dictionary;

		info->dictionary_size += manifest->dictionaries[i].extent.size;
		status = archive_dictionary_at(archive, i, decompressor, &dictionary, error);
		if (status == NARC_OK)
			info->dictionary_raw_size += dictionary->size;
	}
	return status;
}

static void add_runs(const struct narc_archive *archive, struct narc_info *info)
{
	for (size_t i = 0; i < archive->run_count; i++) {
		const struct run *run = archive->runs[i].run;

		if (i == 0 || run->first_local_time < info->first_local_time)
			info->first_local_time = run->first_local_time;
		if (i == 0 || run->last_local_time > info->last_local_time)
			info->last_local_time = run->last_local_time;
		info->names_size += run->names.size;
		info->blocks_size += run->blocks.size;
	}
	info->has_dates = archive->run_count > 0;
	info->runs = archive->run_count;
	if (archive->run_count)
		info->blocks_offset = archive->runs[0].run->blocks.offset;
}

enum narc_status narc_archive_generation_time(const narc_archive *archive, uint32_t generation,
					      int64_t *time, struct narc_error *error)
{
	for (size_t i = 0; i < archive->manifest.segment_count; i++) {
		const struct segment *segment = &archive->segments[i];
		uint32_t place = generation - segment->first_generation;

		if (place >= segment->generation_count || segment->times[place] == TIME_UNKNOWN)
			continue;
		*time = segment->times[place];
		return NARC_OK;
	}
	return narc_fail(error, NARC_NOT_FOUND, "find", NARC_NO_OFFSET,
			 "there is no generation %lu with entries", (unsigned long)generation);
}

enum narc_status narc_archive_generation_at(const narc_archive *archive, int64_t time,
					    uint32_t *generation, struct narc_error *error)
{
	int64_t written;

	for (uint32_t i = archive->trailer.generation; i > 0; i--) {
		bool is_known = narc_archive_generation_time(archive, i, &written, NULL) == NARC_OK;

		if (!is_known && archive->is_made_up)
			return narc_fail(error, NARC_NOT_FOUND, "find", NARC_NO_OFFSET,
					 "when generations were written cannot be read");
		if (!is_known || written > time)
			continue;
		*generation = i;
		return NARC_OK;
	}
	return narc_fail(error, NARC_NOT_FOUND, "find", NARC_NO_OFFSET,
			 "nothing was archived by then");
}

enum narc_status narc_archive_tombstone(const narc_archive *archive, uint64_t row,
					struct narc_tombstone *out, struct narc_error *error)
{
	const struct tombstone *tombstone = manifest_tombstone(&archive->manifest, row);

	if (!tombstone)
		return narc_fail(error, NARC_NOT_FOUND, "find", NARC_NO_OFFSET,
				 "the content of row %llu was not taken out",
				 (unsigned long long)row);
	out->time = tombstone->time;
	out->reason = tombstone->reason;
	memcpy(out->sha256, tombstone->digest, sizeof(out->sha256));
	return NARC_OK;
}

enum narc_status narc_archive_info(narc_archive *archive, struct narc_info *out,
				   struct narc_error *error)
{
	const struct trailer *trailer = &archive->trailer;
	struct locator locator;
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	enum narc_status status;
	struct narc_info info = {
		.format_version = FORMAT_VERSION,
		.generation = trailer->generation,
		.segments = archive->manifest.segment_count,
		.file_size = trailer->end,
		.trailing_size = archive->file_size - trailer->end,
		.rows = trailer->rows,
		.current_rows = trailer->current_rows,
		.current_posts = trailer->current_posts,
		.current_size = trailer->current_size,
		.tombstones = archive->manifest.tombstone_count,
		.parity_strength = archive->manifest.parity_strength,
		.blocks = trailer->blocks,
		.content_size = trailer->content_size,
		.owned_size = trailer->owned_size,
	};

	if (!decompressor)
		return narc_fail_memory(error);
	locator_init(&locator, archive, decompressor);
	add_runs(archive, &info);
	status = sum_descriptors(&locator, &info.descriptors_size, error);
	if (status == NARC_OK)
		status = add_dictionaries(archive, decompressor, &info, error);
	info.parity_size = manifest_parity_size(&archive->manifest);
	info.index_size = trailer->end - archive->header_size - info.names_size -
			  info.dictionary_size - info.blocks_size;
	info.index_size -= info.parity_size < info.index_size ? info.parity_size : info.index_size;
	locator_free(&locator);
	ZSTD_freeDCtx(decompressor);
	if (status == NARC_OK)
		*out = info;
	return volume_list_settle(archive->volumes, status, error);
}

void narc_archive_expect(const narc_archive *archive, const struct narc_filter *filter,
			 uint64_t *records, uint64_t *bytes)
{
	const struct trailer *trailer = &archive->trailer;
	const bool is_of_all = !filter || (filter_is_of_dates(filter) && filter->from == INT64_MIN &&
					   filter->to == INT64_MAX && !filter->as_of);

	*records = *bytes = 0;
	if (!is_of_all)
		return;
	*records = trailer->current_rows;
	*bytes = trailer->current_size;
	if (filter && filter->all_versions) {
		*records = trailer->rows;
		*bytes = trailer->content_size;
	}
}
