/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/describe_volume.h"

#include <stdlib.h>
#include <string.h>

#include "format/info_code.h"
#include "format/key_filter.h"
#include "format/row_keys.h"
#include "pack/rewrite.h"
#include "read/cursor.h"
#include "support/status.h"

/* ---- sections ------------------------------------------------------------------------------- */

static enum narc_status read_section(struct volume_description *description, struct extent extent,
				     struct narc_error *error)
{
	struct byte_buffer *sections = &description->sections;
	uint8_t *place = byte_buffer_reserve(sections, (size_t)extent.size);
	enum narc_status status =
		place ? archive_read(description->archive, extent.offset, place,
				     (size_t)extent.size, error)
		      : narc_fail_memory(error);

	if (status == NARC_OK)
		sections->size += (size_t)extent.size;
	return status;
}

static struct bytes take_bytes(const uint8_t **next, uint64_t size)
{
	struct bytes bytes = { *next, (size_t)size };

	*next += size;
	return bytes;
}

/* Copies trailer, manifest and segments. */
static enum narc_status copy_sections(struct volume_description *description,
				      struct narc_error *error)
{
	const narc_archive *archive = description->archive;
	const struct manifest *manifest = &archive->manifest;
	struct set_volume *volume = &description->volume;
	const uint8_t *next;
	enum narc_status status =
		read_section(description,
			     (struct extent){ archive->trailer.end - TRAILER_SECTION_SIZE,
					      TRAILER_SECTION_SIZE },
			     error);

	if (status == NARC_OK)
		status = read_section(description, archive->trailer.manifest, error);
	for (size_t i = 0; i < manifest->segment_count && status == NARC_OK; i++)
		status = read_section(description, manifest->segments[i], error);
	description->segments = calloc(manifest->segment_count + 1, sizeof(struct bytes));
	if (status == NARC_OK && !description->segments)
		status = narc_fail_memory(error);
	if (status != NARC_OK)
		return status;
	next = description->sections.data;
	volume->trailer = take_bytes(&next, TRAILER_SECTION_SIZE);
	volume->manifest = take_bytes(&next, archive->trailer.manifest.size);
	for (size_t i = 0; i < manifest->segment_count; i++)
		description->segments[i] = take_bytes(&next, manifest->segments[i].size);
	volume->segments = description->segments;
	volume->segment_count = manifest->segment_count;
	return NARC_OK;
}

/* ---- keys ----------------------------------------------------------------------------------- */

struct key_list {
	struct volume_description *description;
	uint64_t *hashes;
	size_t count, capacity;
};

static void note_code(struct volume_description *description, const char *code, bool is_first)
{
	size_t size = strlen(code);
	const char *number = code_without_family(code, &size);

	if (is_first || strcmp(number, description->first_code) < 0)
		strcpy(description->first_code, number);
	if (is_first || strcmp(number, description->last_code) > 0)
		strcpy(description->last_code, number);
}

/* A row_key_fn. */
static enum narc_status add_key(void *context, enum key_index index, const void *key, size_t size,
				struct narc_error *error)
{
	struct key_list *list = context;

	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 1024;
		uint64_t *hashes = realloc(list->hashes, capacity * sizeof(*hashes));

		if (!hashes)
			return narc_fail_memory(error);
		list->hashes = hashes;
		list->capacity = capacity;
	}
	list->hashes[list->count++] = key_filter_hash(index, key, size);
	return NARC_OK;
}

static enum narc_status gather_keys(struct key_list *list, struct narc_error *error)
{
	struct volume_description *description = list->description;
	const struct narc_record *record;
	narc_cursor *cursor = NULL;
	bool has_code = false;
	enum narc_status status = cursor_open_all(description->archive, &cursor, error);

	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status != NARC_OK)
			break;
		if (*record->info_code) {
			note_code(description, record->info_code, !has_code);
			has_code = true;
		}
		status = row_keys_tell(record, add_key, list, error);
	}
	narc_cursor_close(cursor);
	return status == NARC_END ? NARC_OK : status;
}

static enum narc_status make_filter(struct volume_description *description,
				    struct narc_error *error)
{
	struct key_list list = { .description = description };
	enum narc_status status = gather_keys(&list, error);

	if (status == NARC_OK)
		status = key_filter_encode(&description->filter, list.hashes, list.count, error);
	free(list.hashes);
	description->volume.filter.size = description->filter.size;
	description->volume.first_code = description->first_code;
	description->volume.last_code = description->last_code;
	return status;
}

/* ---- all of it ------------------------------------------------------------------------------ */

enum narc_status describe_volume(const struct volume_file *file,
				 struct volume_description *description, struct narc_error *error)
{
	struct narc_source source;
	enum narc_status status;

	*description = (struct volume_description){
		.volume = { .name = file->name, .label = file->label, .size = file->size,
			    .hash = file->hash }
	};
	status = file->store.ops->open(file->store.context, file->name, &source, error);
	if (status == NARC_OK)
		status = narc_archive_open(source, &description->archive, error);
	if (status == NARC_OK)
		status = copy_sections(description, error);
	if (status == NARC_OK)
		status = make_filter(description, error);
	if (status != NARC_OK)
		return status;
	description->times = generation_times(description->archive);
	description->volume.times = description->times;
	description->volume.generations = description->archive->trailer.generation;
	return description->times ? NARC_OK : narc_fail_memory(error);
}

void volume_description_free(struct volume_description *description)
{
	narc_archive_close(description->archive);
	byte_buffer_free(&description->sections);
	byte_buffer_free(&description->filter);
	free(description->segments);
	free(description->times);
}
