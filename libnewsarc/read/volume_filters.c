/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/volume_filters.h"

#include <stdlib.h>

#include "support/status.h"

const char *filter_file_name(const struct volume_list *list, const struct set_volume *volume)
{
	return volume->filter_file ? list->manifest.filter_files[volume->filter_file - 1].name
				   : NARC_SET_MANIFEST;
}

void filter_files_free(struct volume_list *list)
{
	for (size_t i = 0; list->filters && i <= list->manifest.filter_file_count; i++)
		byte_buffer_free(&list->filters[i].bytes);
	free(list->filters);
}

/* ---- a file --------------------------------------------------------------------------------- */

static enum narc_status read_bytes(struct narc_source source, uint64_t offset, uint64_t size,
				   struct byte_buffer *out, struct narc_error *error)
{
	uint8_t *place = byte_buffer_reserve(out, (size_t)size);
	enum narc_status status = place ? source.ops->read_at(source.context, offset, place,
							      (size_t)size, error)
					: narc_fail_memory(error);

	if (status == NARC_OK)
		out->size = (size_t)size;
	return status;
}

static enum narc_status fail_file(struct narc_error *error)
{
	return narc_fail(error, NARC_CORRUPT, "filter", NARC_NO_OFFSET,
			 "the file is not there, or not as large as the set says");
}

static enum narc_status read_filter_file(const struct volume_list *list,
					 const struct filter_file *file, struct byte_buffer *out,
					 struct narc_error *error)
{
	struct narc_source source;
	uint64_t size;
	enum narc_status status =
		list->store.ops->open(list->store.context, file->name, &source, error);

	if (status == NARC_NOT_FOUND)
		return fail_file(error);
	if (status != NARC_OK)
		return status;
	status = source.ops->size(source.context, &size, error);
	if (status == NARC_OK && size != file->size)
		status = fail_file(error);
	if (status == NARC_OK)
		status = read_bytes(source, 0, size, out, error);
	source.ops->close(source.context);
	return status;
}

static enum narc_status load_file(struct volume_list *list, size_t number,
				  struct narc_error *error)
{
	const struct set_manifest *manifest = &list->manifest;
	const uint64_t section_size = list->manifest_section.size;
	struct filter_bytes *filters;
	enum narc_status status;

	if (!list->filters)
		list->filters = calloc(manifest->filter_file_count + 1, sizeof(*list->filters));
	if (!list->filters)
		return narc_fail_memory(error);
	filters = &list->filters[number];
	if (filters->is_damaged)
		return fail_file(error);
	if (filters->bytes.size)
		return NARC_OK;
	status = number ? read_filter_file(list, &manifest->filter_files[number - 1],
					   &filters->bytes, error)
			: read_bytes(list->manifest_source, section_size,
				     manifest->end - section_size, &filters->bytes, error);
	filters->is_damaged = status == NARC_CORRUPT;
	return status;
}

/* ---- a filter ------------------------------------------------------------------------------- */

static enum narc_status load_filter(struct volume_list *list, struct volume *volume,
				    struct narc_error *error)
{
	const struct set_volume *said = volume->said;
	struct extent extent = said->filter;
	enum narc_status status = load_file(list, said->filter_file, error);

	if (status != NARC_OK)
		return status;
	if (!said->filter_file)
		extent.offset -= list->manifest_section.size;
	status = key_filter_decode(list->filters[said->filter_file].bytes.data + extent.offset,
				   (size_t)extent.size, said->filter.offset, &volume->filter,
				   error);
	volume->has_filter = status == NARC_OK;
	return status;
}

enum narc_status volume_load_filter(struct volume_list *list, struct volume *volume,
				    struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	pthread_mutex_lock(&list->lock);
	if (!volume->has_filter)
		status = load_filter(list, volume, error);
	pthread_mutex_unlock(&list->lock);
	return status;
}

bool volume_may_have(struct volume_list *list, struct volume *volume,
		     const struct volume_probe *probe)
{
	if (!volume->has_filter && volume_load_filter(list, volume, NULL) != NARC_OK)
		return true;
	return key_filter_may_have(&volume->filter, probe->hash);
}
