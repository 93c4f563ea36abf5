/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "format/dictionary.h"
#include "format/limits.h"
#include "read/fetch_block.h"
#include "support/status.h"

/* The last row's time: the last block's rows have to be gone through. */
static enum narc_status find_last_time(struct locator *locator, const struct names *names,
				       int64_t *time, struct narc_error *error)
{
	struct fetched_block block = { 0 };
	struct row_walk walk;
	struct block_entry entry;
	struct row row;
	enum narc_status status = locate_block(locator, locator->archive->trailer.block_count - 1,
					       &entry, error);

	if (status == NARC_OK)
		status = fetch_block(locator, &entry, false, &block, error);
	if (status == NARC_OK) {
		row_walk_begin(&walk, &block.descriptor, names);
		while ((status = row_walk_next(&walk, &row, error)) == NARC_OK)
			*time = row.record.local_time;
	}
	fetched_block_free(&block);
	return status == NARC_END ? NARC_OK : status;
}

static enum narc_status sum_descriptors(struct locator *locator, uint64_t *total,
					struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	*total = 0;
	for (uint64_t i = 0; i < locator->archive->trailer.block_count; i++) {
		struct block_entry entry;

		status = locate_block(locator, i, &entry, error);
		if (status != NARC_OK)
			break;
		*total += entry.section_size;
	}
	return status;
}

static enum narc_status read_dictionary_size(struct narc_archive *archive,
					     ZSTD_DCtx *decompressor, uint64_t *size,
					     struct narc_error *error)
{
	const ZSTD_DDict *dictionary;
	uint32_t identifier;
	enum narc_status status = archive_dictionary(archive, decompressor, &dictionary,
						     &identifier, error);

	if (status == NARC_OK)
		*size = archive->dictionary_size;
	return status;
}

static enum narc_status read_dates(struct narc_archive *archive, struct locator *locator,
				   struct narc_info *info, struct narc_error *error)
{
	const struct names *names;
	struct block_entry entry;
	enum narc_status status = archive_names(archive, locator->decompressor, &names, error);

	if (status == NARC_OK)
		status = locate_block(locator, 0, &entry, error);
	if (status == NARC_OK)
		status = find_last_time(locator, names, &info->last_local_time, error);
	if (status == NARC_OK)
		status = sum_descriptors(locator, &info->descriptors_size, error);
	if (status != NARC_OK)
		return status;
	info->first_local_time = entry.first_local_time;
	info->has_dates = true;
	return NARC_OK;
}

enum narc_status narc_archive_info(narc_archive *archive, struct narc_info *out,
				   struct narc_error *error)
{
	const struct trailer *trailer = &archive->trailer;
	struct locator locator;
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	enum narc_status status = NARC_OK;
	struct narc_info info = {
		.format_version = FORMAT_VERSION,
		.generation = trailer->generation,
		.file_size = trailer->end,
		.trailing_size = archive->file_size - trailer->end,
		.rows = trailer->rows,
		.posts = trailer->posts,
		.blocks = trailer->block_count,
		.content_size = trailer->content_size,
		.owned_size = trailer->owned_size,
		.names_size = trailer->names.size,
		.dictionary_offset = trailer->dictionary.offset,
		.dictionary_size = trailer->dictionary.size,
		.blocks_offset = trailer->blocks.offset,
		.blocks_size = trailer->blocks.size,
		.index_size = trailer->end - TRAILER_SECTION_SIZE - extent_end(trailer->blocks),
	};

	if (!decompressor)
		return narc_fail_memory(error);
	locator_init(&locator, archive, decompressor);
	if (trailer->rows)
		status = read_dates(archive, &locator, &info, error);
	if (status == NARC_OK && trailer->dictionary.size)
		status = read_dictionary_size(archive, decompressor, &info.dictionary_raw_size,
					      error);
	locator_free(&locator);
	ZSTD_freeDCtx(decompressor);
	if (status == NARC_OK)
		*out = info;
	return status;
}
