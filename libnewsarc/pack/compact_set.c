/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Joining the small volumes of a set. Those that follow each other are a set of their own, which is
 * merged into one volume; that takes their place with all their rows and generations, so that
 * nothing else of the set has to change.
 */
#include <stdlib.h>
#include <string.h>

#include "pack/replace_volumes.h"
#include "pack/retired_files.h"
#include "read/open_set.h"
#include "support/status.h"

/* A set is to have some thousands of volumes at most: what opens it reads what the manifest says of
 * each of them. */
#define VOLUME_SIZE ((uint64_t)256 << 20)
#define VOLUMES_WANTED 4096

struct compaction {
	struct narc_store store;
	const struct narc_compact_options *options;
	struct narc_compact_result result;
};

/* Volumes of an edition that follow each other. */
struct group {
	size_t first, count;
};

void narc_compact_options_init(struct narc_compact_options *options)
{
	struct narc_pack_options pack;

	narc_pack_options_init(&pack);
	*options = (struct narc_compact_options){
		.grace = 3600,
		.time = pack.time,
		.level = pack.level,
		.memory = pack.memory,
		.temporary_folder = pack.temporary_folder,
	};
}

/* ---- which are joined ----------------------------------------------------------------------- */

static uint64_t size_wanted(const struct compaction *compaction, const struct set_manifest *manifest)
{
	uint64_t size = 0;

	if (compaction->options->size)
		return compaction->options->size;
	for (size_t i = 0; i < manifest->volume_count; i++)
		size += manifest->volumes[i].size;
	return size / VOLUMES_WANTED > VOLUME_SIZE ? size / VOLUMES_WANTED : VOLUME_SIZE;
}

/* The next group from *place on, behind which *place moves; false if there is none. */
static bool next_group(const struct set_manifest *manifest, uint64_t size, size_t *place,
		       struct group *group)
{
	while (*place < manifest->volume_count) {
		const struct set_volume *first = &manifest->volumes[*place];
		uint64_t left = size;
		size_t end = *place;

		while (end < manifest->volume_count && manifest->volumes[end].size <= left &&
		       strcmp(manifest->volumes[end].label, first->label) == 0)
			left -= manifest->volumes[end++].size;
		*group = (struct group){ *place, end - *place };
		*place = end > *place ? end : *place + 1;
		if (group->count > 1)
			return true;
	}
	return false;
}

/* ---- joining them --------------------------------------------------------------------------- */

/* The successions between rows of the group, counted from its beginning. */
static void take_successions(const struct volume_list *list, const struct group *group,
			     struct set_manifest *part)
{
	const struct volume *first = &list->volumes[group->first];
	const struct volume *last = first + group->count - 1;
	uint64_t end = last->first_row + last->rows;
	size_t count = 0;

	for (size_t i = 0; i < list->manifest.succession_count; i++) {
		struct succession succession = list->manifest.successions[i];

		if (succession.row < first->first_row || succession.successor >= end)
			continue;
		succession.row -= first->first_row;
		succession.successor -= first->first_row;
		succession.generation -= first->generations_before;
		part->successions[count++] = succession;
	}
	part->succession_count = count;
}

/* Opens the group as a set of its own. */
static enum narc_status open_group(const struct set_edition *edition, const struct group *group,
				   struct byte_buffer *file, narc_archive **set,
				   struct narc_error *error)
{
	const struct volume_list *list = edition->set->volumes;
	struct set_manifest part = { .volumes = list->manifest.volumes + group->first,
				     .volume_count = group->count,
				     .filter_files = list->manifest.filter_files,
				     .filter_file_count = list->manifest.filter_file_count };
	struct narc_source source;
	enum narc_status status;

	part.successions = calloc(list->manifest.succession_count + 1, sizeof(*part.successions));
	if (!part.successions)
		return narc_fail_memory(error);
	take_successions(list, group, &part);
	status = set_manifest_encode(file, &part, error);
	free(part.successions);
	for (size_t i = 0; i < group->count; i++) {
		struct bytes filter = set_edition_filter(edition, &part.volumes[i]);

		byte_buffer_append(file, filter.data, filter.size);
	}
	if (status == NARC_OK)
		status = byte_buffer_status(file, error);
	if (status == NARC_OK)
		status = narc_memory_source(file->data, file->size, &source, error);
	return status == NARC_OK ? set_open(edition->store, false, source, set, error) : status;
}

static enum narc_status write_joined(struct compaction *compaction,
				     const struct set_edition *edition, const struct group *group,
				     struct volume_file *file, struct narc_error *error)
{
	const char *label = edition->set->volumes->manifest.volumes[group->first].label;
	struct byte_buffer manifest = BYTE_BUFFER_EMPTY;
	struct narc_merge_options options;
	narc_archive *set = NULL;
	struct narc_sink sink;
	enum narc_status status = open_group(edition, group, &manifest, &set, error);

	narc_merge_options_init(&options);
	options.level = compaction->options->level;
	options.memory = compaction->options->memory;
	options.temporary_folder = compaction->options->temporary_folder;
	options.progress = compaction->options->progress;
	options.progress_context = compaction->options->progress_context;
	if (status == NARC_OK)
		status = volume_sink(file, edition->store, label, &sink, error);
	if (status == NARC_OK)
		status = narc_archives_merge(&set, 1, &options, sink, error);
	if (set)
		status = volume_list_settle(set->volumes, status, error);
	narc_archive_close(set);
	byte_buffer_free(&manifest);
	return status;
}

static uint64_t rows_of(const struct set_edition *edition, const struct group *group)
{
	const struct volume *volumes = edition->set->volumes->volumes + group->first;
	uint64_t rows = 0;

	for (size_t i = 0; i < group->count; i++)
		rows += volumes[i].rows;
	return rows;
}

/* Somebody else may have joined them meanwhile: then there is nothing to be done. */
static enum narc_status join_group(struct compaction *compaction,
				   const struct set_edition *edition, const struct group *group,
				   struct narc_error *error)
{
	struct volume_description joined = { 0 };
	struct replacement replacement = {
		.volumes = edition->set->volumes->manifest.volumes + group->first,
		.count = group->count,
		.by = &joined,
	};
	struct replacements one = { .all = &replacement, .count = 1,
				    .time = compaction->options->time };
	struct volume_file file;
	enum narc_status status = write_joined(compaction, edition, group, &file, error);

	if (status == NARC_OK)
		status = describe_volume(&file, &joined, error);
	if (status == NARC_OK)
		status = replacement_settle(&replacement, rows_of(edition, group), error);
	if (status == NARC_OK)
		status = replace_volumes(compaction->store, &one, error);
	if (status == NARC_OK && replacement.is_done) {
		compaction->result.joined += group->count;
		compaction->result.written++;
	}
	volume_description_free(&joined);
	return status;
}

static enum narc_status join_all(struct compaction *compaction, struct narc_error *error)
{
	struct set_edition edition;
	struct group group;
	uint64_t size = 0;
	size_t place = 0;
	enum narc_status status = set_edition_load(compaction->store, &edition, error);

	if (status == NARC_OK && !edition.is_there)
		status = narc_fail(error, NARC_NOT_FOUND, "compact", NARC_NO_OFFSET,
				   "there is no set");
	if (status == NARC_OK)
		size = size_wanted(compaction, &edition.set->volumes->manifest);
	while (status == NARC_OK &&
	       next_group(&edition.set->volumes->manifest, size, &place, &group))
		status = join_group(compaction, &edition, &group, error);
	set_edition_free(&edition);
	return status;
}

/* ---- all of it ------------------------------------------------------------------------------ */

enum narc_status narc_set_compact(struct narc_store store,
				  const struct narc_compact_options *options,
				  struct narc_compact_result *result, struct narc_error *error)
{
	struct compaction compaction = { .store = store, .options = options };
	enum narc_status status = join_all(&compaction, error);

	if (status == NARC_OK)
		status = remove_retired(store, options->time, options->grace,
					&compaction.result.removed, &compaction.result.waiting,
					error);
	if (status == NARC_OK)
		*result = compaction.result;
	return status;
}
