/* SPDX-License-Identifier: BSD-2-Clause */
/* What an archive that is open has, and how it ends. */
#include "read/archive.h"

#include <stdlib.h>

#include "format/dictionary.h"
#include "format/packed_body.h"
#include "read/recovery.h"
#include "support/status.h"

enum narc_status archive_read(const struct narc_archive *archive, uint64_t offset, void *buffer,
			      size_t length, struct narc_error *error)
{
	return archive->source.ops->read_at(archive->source.context, offset, buffer, length,
					    error);
}

void archive_expect(const struct narc_archive *archive, struct extent extent)
{
	if (archive->source.ops->expect)
		archive->source.ops->expect(archive->source.context, extent.offset, extent.size);
}

enum narc_status archive_read_section(const struct narc_archive *archive, struct extent extent,
				      struct byte_buffer *buffer, struct narc_error *error)
{
	enum narc_status status;
	uint8_t *place;

	byte_buffer_clear(buffer);
	place = byte_buffer_reserve(buffer, (size_t)extent.size);
	if (!place)
		return narc_fail_memory(error);
	status = archive_read(archive, extent.offset, place, (size_t)extent.size, error);
	if (status == NARC_OK)
		buffer->size = (size_t)extent.size;
	return status;
}

uint64_t archive_stated_size(const struct byte_buffer *section, enum section_tag tag)
{
	struct byte_reader payload = byte_reader_over(section->data + SECTION_HEADING_SIZE,
						      section->size - SECTION_MIN_SIZE);

	if (tag == SECTION_DICTIONARY)
		return dictionary_stated_size(payload);
	if (tag == SECTION_SEGMENT)
		byte_reader_bytes(&payload, SEGMENT_BODY_PLACE);
	if (tag == SECTION_MANIFEST)
		byte_reader_bytes(&payload, MANIFEST_BODY_PLACE);
	return packed_body_stated_size(payload);
}

struct narc_error *archive_note_damage(const struct narc_error *damage)
{
	struct narc_error *copy = malloc(sizeof(*copy));

	if (copy)
		*copy = *damage;
	return copy;
}

const struct narc_error *narc_archive_opening_error(const narc_archive *archive)
{
	return archive->is_made_up ? &archive->opening_error : NULL;
}

uint64_t narc_archive_ignored(const narc_archive *archive, bool *is_generation)
{
	*is_generation = archive->lost_generation;
	return archive->file_size - archive->trailer.end;
}

/* ---- runs --------------------------------------------------------------------------------- */

static int by_names(const void *a, const void *b)
{
	const struct extent *left = &(*(struct archive_run *const *)a)->run->names;
	const struct extent *right = &(*(struct archive_run *const *)b)->run->names;

	if (left->offset != right->offset)
		return left->offset < right->offset ? -1 : 1;
	return (left->size > right->size) - (left->size < right->size);
}

/* Has runs with the same names share them: else each run would take as much time and memory. */
static enum narc_status list_names(struct narc_archive *archive, struct narc_error *error)
{
	struct archive_run **order = calloc(archive->run_count + 1, sizeof(struct archive_run *));

	archive->names = calloc(archive->run_count + 1, sizeof(*archive->names));
	if (!order || !archive->names) {
		free(order);
		return narc_fail_memory(error);
	}
	for (size_t i = 0; i < archive->run_count; i++)
		order[i] = &archive->runs[i];
	qsort(order, archive->run_count, sizeof(struct archive_run *), by_names);
	for (size_t i = 0; i < archive->run_count; i++) {
		if (i == 0 || by_names(&order[i - 1], &order[i]) != 0)
			archive->names[archive->names_count++].extent = order[i]->run->names;
		order[i]->names = &archive->names[archive->names_count - 1];
	}
	free(order);
	return NARC_OK;
}

enum narc_status archive_list_runs(struct narc_archive *archive, struct narc_error *error)
{
	struct archive_run *next;

	archive->run_count = archive->names_count = 0;
	archive->names = NULL;
	for (size_t i = 0; i < archive->manifest.segment_count; i++)
		archive->run_count += archive->segments[i].run_count;
	archive->runs = calloc(archive->run_count + 1, sizeof(*archive->runs));
	archive->dictionaries = calloc(archive->manifest.dictionary_count + 1,
				       sizeof(*archive->dictionaries));
	if (!archive->runs || !archive->dictionaries)
		return narc_fail_memory(error);
	next = archive->runs;
	for (size_t i = 0; i < archive->manifest.segment_count; i++) {
		const struct segment *segment = &archive->segments[i];

		for (size_t k = 0; k < segment->run_count; k++)
			*next++ = (struct archive_run){ .run = &segment->runs[k],
							.segment = segment };
	}
	return list_names(archive, error);
}

static uint64_t first_block_of(const struct run *run)
{
	return run->first_block;
}

static uint64_t first_row_of(const struct run *run)
{
	return run->first_row;
}

/* The last run whose first is not above number; the first one if there is none. */
static struct archive_run *find_run(const struct narc_archive *archive,
				    uint64_t (*first_of)(const struct run *run), uint64_t number)
{
	size_t low = 0;
	size_t high = archive->run_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (first_of(archive->runs[middle].run) > number)
			high = middle;
		else
			low = middle;
	}
	return &archive->runs[low];
}

struct archive_run *archive_run_of_block(const struct narc_archive *archive, uint64_t block)
{
	return find_run(archive, first_block_of, block);
}

struct archive_run *archive_run_of_row(const struct narc_archive *archive, uint64_t row)
{
	return find_run(archive, first_row_of, row);
}

size_t archive_segment_of_generation(const struct narc_archive *archive, uint32_t generation)
{
	size_t place = archive->manifest.segment_count;

	while (place > 1 && archive->segments[place - 1].first_generation > generation)
		place--;
	return place - 1;
}

/* ---- views, and the end -------------------------------------------------------------------- */

enum narc_status archive_view_new(const struct narc_archive *archive, struct narc_archive **out,
				  struct narc_error *error)
{
	struct narc_archive *view = malloc(sizeof(*view));
	enum narc_status status;

	if (!view)
		return narc_fail_memory(error);
	*view = *archive;
	pthread_mutex_init(&view->lock, NULL);
	view->recovery = NULL;
	view->kept = 0;
	status = archive_list_runs(view, error);
	if (status != NARC_OK) {
		archive_view_free(view);
		return status;
	}
	for (size_t i = 0; i < view->names_count && status == NARC_OK; i++) {
		const struct narc_error *damage = archive->names[i].damage;

		view->names[i].damage = damage ? archive_note_damage(damage) : NULL;
		if (damage && !view->names[i].damage)
			status = narc_fail_memory(error);
	}
	if (status != NARC_OK) {
		archive_view_free(view);
		return status;
	}
	*out = view;
	return NARC_OK;
}

void archive_unload(struct narc_archive *archive)
{
	recovery_free(archive);
	for (size_t i = 0; i < archive->names_count; i++) {
		names_free(&archive->names[i].names);
		free(archive->names[i].damage);
	}
	for (size_t i = 0; archive->dictionaries && i < archive->manifest.dictionary_count; i++) {
		ZSTD_freeDDict(archive->dictionaries[i].prepared);
		free(archive->dictionaries[i].bytes);
		free(archive->dictionaries[i].damage);
	}
	free(archive->runs);
	free(archive->names);
	free(archive->dictionaries);
	archive->recovery = NULL;
	archive->runs = NULL;
	archive->names = NULL;
	archive->run_count = archive->names_count = 0;
	archive->dictionaries = NULL;
	archive->kept = 0;
}

void archive_forget(struct narc_archive *archive)
{
	archive_unload(archive);
	for (size_t i = 0; archive->segments && i < archive->manifest.segment_count; i++)
		segment_free(&archive->segments[i]);
	manifest_free(&archive->manifest);
	block_list_free(archive->found_blocks);
	free(archive->segments);
	archive->segments = NULL;
	archive->found_blocks = NULL;
	archive->manifest = (struct manifest){ 0 };
}

void archive_view_free(struct narc_archive *view)
{
	if (!view)
		return;
	archive_unload(view);
	pthread_mutex_destroy(&view->lock);
	free(view);
}

void narc_archive_close(narc_archive *archive)
{
	if (!archive)
		return;
	if (archive->source.ops) /* a set may have failed before it had one */
		archive->source.ops->close(archive->source.context);
	archive_forget(archive);
	volume_list_free(archive->volumes);
	pthread_mutex_destroy(&archive->lock);
	free(archive);
}
