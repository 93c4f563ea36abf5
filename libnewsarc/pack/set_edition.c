/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/set_edition.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "read/open_set.h"
#include "support/status.h"

/* A manifest with its filters. */
#define FILE_SIZE_LIMIT ((size_t)4 << 30)

/* ---- the one that is there ------------------------------------------------------------------ */

static enum narc_status make_empty(struct set_edition *edition, struct narc_error *error)
{
	const struct set_manifest nothing = { .edition = 0 };
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	enum narc_status status = set_manifest_encode(&section, &nothing, error);

	edition->data = section.data;
	edition->size = section.size;
	return status;
}

enum narc_status set_edition_load(struct narc_store store, struct set_edition *edition,
				  struct narc_error *error)
{
	struct narc_source source;
	enum narc_status status;

	*edition = (struct set_edition){ .store = store };
	status = store.ops->read(store.context, NARC_SET_MANIFEST, FILE_SIZE_LIMIT, &edition->data,
				 &edition->size, edition->version, error);
	edition->is_there = status == NARC_OK;
	if (status == NARC_NOT_FOUND)
		status = make_empty(edition, error);
	if (status == NARC_OK)
		status = narc_memory_source(edition->data, edition->size, &source, error);
	return status == NARC_OK ? set_open(store, false, source, &edition->set, error) : status;
}

void set_edition_free(struct set_edition *edition)
{
	narc_archive_close(edition->set);
	free(edition->data);
	*edition = (struct set_edition){ 0 };
}

/* ---- the next one --------------------------------------------------------------------------- */

static void *copy_list(const void *list, size_t count, size_t more, size_t item_size)
{
	void *copy = calloc(count + more + 1, item_size);

	if (copy && count)
		memcpy(copy, list, count * item_size);
	return copy;
}

static bool has_all_filters(const struct set_edition *edition, const struct set_manifest *former)
{
	for (size_t i = 0; i < former->volume_count; i++)
		if (extent_end(former->volumes[i].filter) > edition->size)
			return false;
	return true;
}

enum narc_status next_edition_begin(const struct set_edition *edition, size_t successions,
				    size_t retired, struct next_edition *next,
				    struct narc_error *error)
{
	const struct set_manifest *former = &edition->set->volumes->manifest;
	struct set_manifest *manifest = &next->manifest;
	enum narc_status status;

	*next = (struct next_edition){ .manifest = *former };
	manifest->memory = (struct arena){ 0 };
	manifest->edition++;
	manifest->volumes = copy_list(former->volumes, former->volume_count, 1,
				      sizeof(*former->volumes));
	manifest->successions = copy_list(former->successions, former->succession_count,
					  successions, sizeof(*former->successions));
	manifest->retired = copy_list(former->retired, former->retired_count, retired,
				      sizeof(*former->retired));
	next->filters = calloc(former->volume_count + 2, sizeof(*next->filters));
	if (!manifest->volumes || !manifest->successions || !manifest->retired || !next->filters) {
		next_edition_free(next);
		return narc_fail_memory(error);
	}
	if (!has_all_filters(edition, former)) {
		next_edition_free(next);
		status = narc_fail(error, NARC_CORRUPT, "set", edition->size,
				   "the manifest is cut short");
		narc_error_set_path(error, NARC_SET_MANIFEST);
		return status;
	}
	for (size_t i = 0; i < former->volume_count; i++)
		next->filters[i] = (struct bytes){
			(const uint8_t *)edition->data + former->volumes[i].filter.offset,
			(size_t)former->volumes[i].filter.size
		};
	return NARC_OK;
}

/* A file that was retired may have come again. */
static void drop_returned(struct set_manifest *manifest)
{
	size_t kept = 0;

	for (size_t i = 0; i < manifest->retired_count; i++)
		if (!set_manifest_has(manifest, manifest->retired[i].name))
			manifest->retired[kept++] = manifest->retired[i];
	manifest->retired_count = kept;
}

void next_edition_free(struct next_edition *next)
{
	free(next->manifest.volumes);
	free(next->manifest.successions);
	free(next->manifest.retired);
	free(next->filters);
	*next = (struct next_edition){ 0 };
}

enum narc_status next_edition_write(const struct set_edition *edition, struct next_edition *next,
				    struct narc_error *error)
{
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	struct narc_store store = edition->store;
	enum narc_status status;

	drop_returned(&next->manifest);
	status = set_manifest_encode(&file, &next->manifest, error);

	for (size_t i = 0; i < next->manifest.volume_count; i++)
		byte_buffer_append(&file, next->filters[i].data, next->filters[i].size);
	if (status == NARC_OK)
		status = byte_buffer_status(&file, error);
	if (status == NARC_OK)
		status = store.ops->replace(store.context, NARC_SET_MANIFEST, file.data, file.size,
					    edition->is_there ? edition->version : NULL, error);
	byte_buffer_free(&file);
	return status;
}
