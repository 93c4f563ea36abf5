/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/volumes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/info_code.h"
#include "read/volume_filters.h"
#include "support/status.h"

void volume_list_free(struct volume_list *list)
{
	if (!list)
		return;
	filter_files_free(list);
	free(list->volumes);
	free(list->replaced);
	set_manifest_free(&list->manifest);
	byte_buffer_free(&list->manifest_section);
	list->manifest_source.ops->close(list->manifest_source.context);
	if (list->owns_store)
		list->store.ops->close(list->store.context);
	pthread_mutex_destroy(&list->lock);
	free(list);
}

/* ---- which of them -------------------------------------------------------------------------- */

static uint64_t place_of(const struct volume *volume)
{
	return volume->place.offset;
}

static uint64_t first_row_of(const struct volume *volume)
{
	return volume->first_row;
}

/* The last volume whose first is not above number; the first one if there is none. Of volumes
 * without any, which begin where the next one does, it is the one behind them. */
static struct volume *find_volume(const struct volume_list *list,
				  uint64_t (*first_of)(const struct volume *volume),
				  uint64_t number)
{
	size_t low = 0;
	size_t high = list->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (first_of(&list->volumes[middle]) > number)
			high = middle;
		else
			low = middle;
	}
	return &list->volumes[low];
}

struct volume *volume_at(const struct volume_list *list, uint64_t offset)
{
	return find_volume(list, place_of, offset);
}

struct volume *volume_of_row(const struct volume_list *list, uint64_t row)
{
	return find_volume(list, first_row_of, row);
}

/* ---- moving --------------------------------------------------------------------------------- */

/* Sums may wrap where a volume is damaged: what they lead to is looked at before it is used. */

static void move_key_page(const struct volume *volume, struct key_page *page)
{
	size_t count = page->level ? page->count + 1 : page->value_start[page->count];
	uint64_t shift = page->level ? volume->place.offset : volume->first_block;

	for (size_t i = 0; i < count; i++)
		page->values[i] += shift;
}

static void move_block_page(const struct volume *volume, struct block_page *page)
{
	for (uint32_t i = 0; i < page->count; i++) {
		page->entries[i].offset += volume->place.offset;
		page->entries[i].first_row += volume->first_row;
		page->entries[i].first_block += volume->first_block;
	}
}

static void move_superseded_page(const struct volume *volume, struct superseded_page *page)
{
	for (uint32_t i = 0; i < page->count; i++) {
		page->entries[i].row += volume->first_row;
		page->entries[i].generation += volume->generations_before;
		page->entries[i].child.offset += volume->place.offset;
	}
}

void volume_move_page(const struct volume *volume, struct cached_page *page)
{
	switch (page->tag) {
	case SECTION_KEY_PAGE:
		move_key_page(volume, &page->key_page);
		break;
	case SECTION_BLOCK_PAGE:
		move_block_page(volume, &page->block_page);
		break;
	default:
		move_superseded_page(volume, &page->superseded_page);
		break;
	}
}

void volume_move_descriptor(const struct volume *volume, struct descriptor *descriptor)
{
	descriptor->facts.first_row += volume->first_row;
	descriptor->generations_before = volume->generations_before;
}

static void move_extent(const struct volume *volume, struct extent *extent)
{
	if (extent->size)
		extent->offset += volume->place.offset;
}

void volume_move_segment(const struct volume *volume, struct segment *segment)
{
	struct extent *const roots[] = { &segment->code_root, &segment->path_root,
					 &segment->content_root, &segment->block_root,
					 &segment->superseded_root };

	for (size_t i = 0; i < segment->run_count; i++) {
		struct run *run = &segment->runs[i];

		move_extent(volume, &run->names);
		move_extent(volume, &run->blocks);
		run->first_row += volume->first_row;
		run->first_block += volume->first_block;
	}
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		move_extent(volume, roots[i]);
	segment->first_row += volume->first_row;
	segment->first_block += volume->first_block;
	segment->first_generation += volume->generations_before;
}

/* ---- which may have a key ------------------------------------------------------------------ */

/* As strcmp, of a text that may not end with NUL. */
static int compare(const char *text, size_t size, const char *other)
{
	size_t other_size = strlen(other);
	int order = memcmp(text, other, size < other_size ? size : other_size);

	return order ? order : (size > other_size) - (size < other_size);
}

struct volume_probe volume_probe_of(enum key_index index, const void *key, size_t size)
{
	struct volume_probe probe = { .index = index,
				      .code_size = size,
				      .hash = key_filter_hash(index, key, size) };

	if (index == KEY_INDEX_CODES)
		probe.code = code_without_family(key, &probe.code_size);
	return probe;
}

bool volume_is_candidate(const struct volume_list *list, const struct volume *volume,
			 const struct volume_probe *probe)
{
	if (list->only && *volume->said->label && strcmp(list->only, volume->said->label) != 0)
		return false;
	return !probe->code ||
	       (compare(probe->code, probe->code_size, volume->said->first_code) >= 0 &&
		compare(probe->code, probe->code_size, volume->said->last_code) <= 0);
}

/* ---- what supersedes, and what went wrong --------------------------------------------------- */

static size_t first_succession(const struct set_manifest *manifest, uint64_t row)
{
	size_t low = 0;
	size_t high = manifest->succession_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (manifest->successions[middle].row < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct succession *volume_list_successions(const struct volume_list *list, uint64_t first,
						 uint64_t rows, size_t *count)
{
	const struct set_manifest *manifest = &list->manifest;
	size_t start = first_succession(manifest, first);
	size_t end = start;

	while (end < manifest->succession_count && manifest->successions[end].row - first < rows)
		end++;
	*count = end - start;
	return manifest->successions + start;
}

static int by_successor(const void *a, const void *b)
{
	const struct succession *left = *(const struct succession *const *)a;
	const struct succession *right = *(const struct succession *const *)b;

	if (left->successor != right->successor)
		return left->successor < right->successor ? -1 : 1;
	return (left->row > right->row) - (left->row < right->row);
}

enum narc_status volume_list_sort_replaced(struct volume_list *list, struct narc_error *error)
{
	const struct set_manifest *manifest = &list->manifest;

	list->replaced = calloc(manifest->succession_count + 1, sizeof(*list->replaced));
	if (!list->replaced)
		return narc_fail_memory(error);
	for (size_t i = 0; i < manifest->succession_count; i++)
		if (manifest->successions[i].is_replaced)
			list->replaced[list->replaced_count++] = &manifest->successions[i];
	qsort(list->replaced, list->replaced_count, sizeof(*list->replaced), by_successor);
	return NARC_OK;
}

void volume_list_complete(const struct volume_list *list, struct row *row)
{
	const uint64_t successor = row->record.row;
	size_t low = 0;
	size_t high = list->replaced_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->replaced[middle]->successor < successor)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < list->replaced_count && list->replaced[low]->successor == successor)
		row->replaces = (int64_t)(row->record.row - list->replaced[low]->row);
}

enum narc_status volume_list_settle(const struct volume_list *list, enum narc_status status,
				    struct narc_error *error)
{
	char message[sizeof(error->message)];
	const struct volume *volume;

	if (!list || !error || status == NARC_OK || status == NARC_END ||
	    error->offset == NARC_NO_OFFSET)
		return status;
	volume = volume_at(list, error->offset);
	snprintf(message, sizeof(message), "%.*s, at byte %llu of %s", (int)sizeof(message) / 2,
		 error->message, (unsigned long long)(error->offset - volume->place.offset),
		 volume->said->name);
	memcpy(error->message, message, sizeof(message));
	error->offset = NARC_NO_OFFSET;
	return status;
}
