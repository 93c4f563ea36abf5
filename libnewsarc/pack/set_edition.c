/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/set_edition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/open_set.h"
#include "support/content_hash.h"
#include "support/status.h"

/* A manifest with the filters that are in it. */
#define FILE_SIZE_LIMIT ((size_t)2 << 30)

/* As many bytes of filters stay in the manifest, which every writer writes. */
#define FILTERS_IN_MANIFEST ((size_t)256 << 10)

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

struct bytes set_edition_filter(const struct set_edition *edition, const struct set_volume *volume)
{
	const uint8_t *data = edition->data;

	if (volume->filter_file)
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ data + volume->filter.offset, (size_t)volume->filter.size };
}

/* ---- the next one --------------------------------------------------------------------------- */

static void *copy_list(const void *list, size_t count, size_t more, size_t item_size)
{
	void *copy = calloc(count + more + 1, item_size);

	if (copy && count)
		memcpy(copy, list, count * item_size);
	return copy;
}

enum narc_status next_edition_begin(const struct set_edition *edition, size_t successions,
				    size_t retired, struct next_edition *next,
				    struct narc_error *error)
{
	const struct set_manifest *former = &edition->set->volumes->manifest;
	struct set_manifest *manifest = &next->manifest;

	*next = (struct next_edition){ .manifest = *former };
	manifest->memory = (struct arena){ 0 };
	manifest->edition++;
	manifest->filter_files = copy_list(former->filter_files, former->filter_file_count, 1,
					   sizeof(*former->filter_files));
	manifest->volumes = copy_list(former->volumes, former->volume_count, 1,
				      sizeof(*former->volumes));
	manifest->successions = copy_list(former->successions, former->succession_count,
					  successions, sizeof(*former->successions));
	manifest->retired = copy_list(former->retired, former->retired_count,
				      retired + former->filter_file_count,
				      sizeof(*former->retired));
	next->filters = calloc(former->volume_count + 2, sizeof(*next->filters));
	if (!manifest->filter_files || !manifest->volumes || !manifest->successions ||
	    !manifest->retired || !next->filters) {
		next_edition_free(next);
		return narc_fail_memory(error);
	}
	for (size_t i = 0; i < former->volume_count; i++)
		next->filters[i] = set_edition_filter(edition, &former->volumes[i]);
	return NARC_OK;
}

/* A file that was retired may have come again. */
static void drop_returned(struct set_manifest *manifest)
{
	size_t kept = 0;

	for (size_t i = 0; i < manifest->retired_count; i++)
		if (!set_manifest_names(manifest, manifest->retired[i].name))
			manifest->retired[kept++] = manifest->retired[i];
	manifest->retired_count = kept;
}

void next_edition_free(struct next_edition *next)
{
	free(next->manifest.filter_files);
	free(next->manifest.volumes);
	free(next->manifest.successions);
	free(next->manifest.retired);
	free(next->filters);
	*next = (struct next_edition){ 0 };
}

/* ---- filter files --------------------------------------------------------------------------- */

static bool is_of_a_volume(const struct set_manifest *manifest, size_t filter_file)
{
	for (size_t i = 0; i < manifest->volume_count; i++)
		if (manifest->volumes[i].filter_file == filter_file)
			return true;
	return false;
}

static void renumber(struct set_manifest *manifest, size_t from, size_t to)
{
	for (size_t i = 0; i < manifest->volume_count; i++)
		if (manifest->volumes[i].filter_file == from)
			manifest->volumes[i].filter_file = to;
}

void next_edition_retire_filters(struct next_edition *next, int64_t time)
{
	struct set_manifest *manifest = &next->manifest;
	size_t kept = 0;

	for (size_t i = 0; i < manifest->filter_file_count; i++) {
		if (is_of_a_volume(manifest, i + 1)) {
			manifest->filter_files[kept++] = manifest->filter_files[i];
			renumber(manifest, i + 1, kept);
			continue;
		}
		manifest->retired[manifest->retired_count++] =
			(struct retired_volume){ manifest->filter_files[i].name, time };
	}
	manifest->filter_file_count = kept;
}

static void append_filters(const struct next_edition *next, struct byte_buffer *out)
{
	for (size_t i = 0; i < next->manifest.volume_count; i++)
		byte_buffer_append(out, next->filters[i].data, next->filters[i].size);
}

static enum narc_status write_file(struct narc_store store, const struct byte_buffer *data,
				   const char *name, struct narc_error *error)
{
	struct narc_sink sink;
	enum narc_status status = store.ops->create(store.context, &sink, error);

	if (status != NARC_OK)
		return status;
	status = sink.ops->append(sink.context, data->data, data->size, error);
	if (status == NARC_OK)
		status = store.ops->finish(store.context, sink, data->size, name, error);
	sink.ops->close(sink.context);
	return status;
}

/* Moves all filters of the manifest into a file of their own. */
static enum narc_status move_filters(struct narc_store store, struct next_edition *next,
				     struct narc_error *error)
{
	struct byte_buffer filters = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	append_filters(next, &filters);
	status = byte_buffer_status(&filters, error);
	if (status == NARC_OK && filters.size > FILTERS_IN_MANIFEST) {
		snprintf(next->filter_file, sizeof(next->filter_file), "%016llx.filters",
			 (unsigned long long)content_hash(filters.data, filters.size));
		status = write_file(store, &filters, next->filter_file, error);
		if (status == NARC_OK) {
			set_manifest_move_filters(&next->manifest,
						  (struct filter_file){ next->filter_file,
									filters.size });
			memset(next->filters, 0,
			       next->manifest.volume_count * sizeof(*next->filters));
		}
	}
	byte_buffer_free(&filters);
	return status;
}

/* ---- writing it ----------------------------------------------------------------------------- */

enum narc_status next_edition_write(const struct set_edition *edition, struct next_edition *next,
				    struct narc_error *error)
{
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	struct narc_store store = edition->store;
	enum narc_status status = move_filters(store, next, error);

	if (status != NARC_OK)
		return status;
	drop_returned(&next->manifest);
	status = set_manifest_encode(&file, &next->manifest, error);
	append_filters(next, &file);
	if (status == NARC_OK)
		status = byte_buffer_status(&file, error);
	if (status == NARC_OK)
		status = store.ops->replace(store.context, NARC_SET_MANIFEST, file.data, file.size,
					    edition->is_there ? edition->version : NULL, error);
	byte_buffer_free(&file);
	return status;
}
