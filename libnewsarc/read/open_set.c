/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a set: its manifest, which says of each volume what that says of itself at its end. */
#include <stdlib.h>
#include <string.h>

#include "format/section.h"
#include "read/open_set.h"
#include "read/volume_source.h"
#include "support/checked_math.h"
#include "support/status.h"

static enum narc_status fail_volume(const struct set_volume *said, struct narc_error *error,
				    const char *what)
{
	return narc_fail(error, NARC_CORRUPT, "set", NARC_NO_OFFSET, "of volume %s, %s", said->name,
			 what);
}

/* ---- one volume ----------------------------------------------------------------------------- */

/* Gives the sections that the manifest has of a volume, which are asked for in their order. */
struct said_sections {
	const struct set_volume *volume;
	size_t given;
};

/* A give_section_fn. */
static enum narc_status give_said(void *context, struct extent extent, struct byte_buffer *buffer,
				  struct narc_error *error)
{
	struct said_sections *said = context;
	const struct set_volume *volume = said->volume;
	struct bytes section = volume->manifest;

	if (said->given > volume->segment_count)
		return fail_volume(volume, error, "segments are missing");
	if (said->given)
		section = volume->segments[said->given - 1];
	if (section.size != extent.size)
		return fail_volume(volume, error, "a section is of another size than it should be");
	said->given++;
	byte_buffer_clear(buffer);
	byte_buffer_append(buffer, section.data, section.size);
	return byte_buffer_status(buffer, error);
}

/* Has an archive know what the manifest of its set says of it, but not where to read. */
static enum narc_status take_said(struct narc_archive *part, const struct set_volume *said,
				  ZSTD_DCtx *decompressor, struct narc_error *error)
{
	struct said_sections sections = { said, 0 };
	enum narc_status status;

	if (said->trailer.size != TRAILER_SECTION_SIZE || said->size < TRAILER_SECTION_SIZE)
		return fail_volume(said, error, "the trailer is of another size than it should be");
	part->file_size = said->size;
	part->header_size = SECTION_MIN_SIZE;
	status = trailer_decode(said->trailer.data, said->size - TRAILER_SECTION_SIZE,
				&part->trailer, error);
	if (status == NARC_OK)
		status = trailer_check(&part->trailer, part->header_size, error);
	if (status == NARC_OK)
		status = archive_take_contents(part, give_said, &sections, decompressor, error);
	if (status == NARC_OK && sections.given != said->segment_count + 1)
		status = fail_volume(said, error, "there are more segments than it has");
	if (status == NARC_OK &&
	    (part->trailer.generation != said->generations || part->trailer.rows == 0))
		status = fail_volume(said, error, "the counts are wrong");
	return status;
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* A set that grows by a volume at a time. */
struct joining {
	struct narc_archive *set;
	ZSTD_DCtx *decompressor;
	size_t segment_capacity, dictionary_capacity, tombstone_capacity;
};

/* Room for more items in a list of an archive. */
static void *make_room(void *list, size_t count, size_t more, size_t item_size, size_t *capacity)
{
	if (count + more <= *capacity && list)
		return list;
	*capacity = 2 * (count + more) + 16;
	return realloc(list, *capacity * item_size);
}

static enum narc_status make_rooms(struct joining *joining, const struct narc_archive *part,
				   struct narc_error *error)
{
	struct narc_archive *set = joining->set;
	struct manifest *manifest = &set->manifest;
	const struct manifest *more = &part->manifest;
	size_t capacity = joining->segment_capacity;
	void *segments = make_room(set->segments, manifest->segment_count, more->segment_count,
				   sizeof(*set->segments), &joining->segment_capacity);
	void *extents, *dictionaries, *tombstones;

	if (segments)
		set->segments = segments;
	extents = make_room(manifest->segments, manifest->segment_count, more->segment_count,
			    sizeof(*manifest->segments), &capacity);
	if (extents)
		manifest->segments = extents;
	dictionaries = make_room(manifest->dictionaries, manifest->dictionary_count,
				 more->dictionary_count, sizeof(*manifest->dictionaries),
				 &joining->dictionary_capacity);
	if (dictionaries)
		manifest->dictionaries = dictionaries;
	tombstones = make_room(manifest->tombstones, manifest->tombstone_count,
			       more->tombstone_count, sizeof(*manifest->tombstones),
			       &joining->tombstone_capacity);
	if (tombstones)
		manifest->tombstones = tombstones;
	return segments && extents && dictionaries && tombstones ? NARC_OK
								 : narc_fail_memory(error);
}

static void move_segments(struct narc_archive *set, struct narc_archive *part,
			  struct volume *volume)
{
	struct manifest *manifest = &set->manifest;
	const int64_t *times = volume->said->times;

	volume->first_segment = manifest->segment_count;
	volume->segment_count = part->manifest.segment_count;
	for (size_t i = 0; i < part->manifest.segment_count; i++) {
		struct segment *segment = &part->segments[i];
		struct extent extent = part->manifest.segments[i];

		memcpy(segment->times, times, segment->generation_count * sizeof(*times));
		times += segment->generation_count;
		volume_move_segment(volume, segment);
		extent.offset += volume->place.offset;
		manifest->segments[manifest->segment_count] = extent;
		set->segments[manifest->segment_count++] = *segment;
	}
	part->manifest.segment_count = 0;
}

static void move_dictionaries(struct manifest *manifest, const struct manifest *part,
			      struct volume *volume)
{
	volume->first_dictionary = manifest->dictionary_count;
	volume->dictionary_count = part->dictionary_count;
	for (size_t i = 0; i < part->dictionary_count; i++) {
		struct manifest_dictionary dictionary = part->dictionaries[i];

		dictionary.extent.offset += volume->place.offset;
		manifest->dictionaries[manifest->dictionary_count++] = dictionary;
	}
}

static void move_tombstones(struct manifest *manifest, struct manifest *part,
			    const struct volume *volume)
{
	for (size_t i = 0; i < part->tombstone_count; i++) {
		struct tombstone tombstone = part->tombstones[i];

		tombstone.row += volume->first_row;
		manifest->tombstones[manifest->tombstone_count++] = tombstone;
	}
	part->tombstone_count = 0;
}

static void add_counts(struct trailer *trailer, const struct trailer *part)
{
	trailer->generation += part->generation;
	trailer->rows += part->rows;
	trailer->blocks += part->blocks;
	trailer->content_size += part->content_size;
	trailer->owned_size += part->owned_size;
}

/* Whether the numbers of the set stay within what those of an archive are. */
static bool has_room(const struct trailer *trailer, const struct trailer *more, uint64_t size)
{
	uint64_t end;

	return more->generation <= GENERATIONS_LIMIT - trailer->generation &&
	       more->rows <= ROWS_LIMIT - trailer->rows &&
	       checked_add(trailer->end, size, &end) && end < (uint64_t)1 << 62;
}

static enum narc_status join(struct joining *joining, struct narc_archive *part,
			     struct volume *volume, struct narc_error *error)
{
	struct narc_archive *set = joining->set;
	struct trailer *trailer = &set->trailer;
	enum narc_status status;

	if (!has_room(trailer, &part->trailer, part->file_size))
		return narc_fail(error, NARC_LIMIT, "set", NARC_NO_OFFSET,
				 "has more rows, generations or bytes than an archive can have");
	status = make_rooms(joining, part, error);
	if (status != NARC_OK)
		return status;
	volume->place = (struct extent){ trailer->end, part->file_size };
	volume->first_row = trailer->rows;
	volume->rows = part->trailer.rows;
	volume->first_block = trailer->blocks;
	volume->blocks = part->trailer.blocks;
	volume->generations_before = trailer->generation;
	volume->generations = part->trailer.generation;
	move_segments(set, part, volume);
	move_dictionaries(&set->manifest, &part->manifest, volume);
	move_tombstones(&set->manifest, &part->manifest, volume);
	if (part->manifest.parity_strength < set->manifest.parity_strength || trailer->rows == 0)
		set->manifest.parity_strength = part->manifest.parity_strength;
	add_counts(trailer, &part->trailer);
	trailer->end += part->file_size;
	return NARC_OK;
}

static enum narc_status add_volume(struct joining *joining, struct volume *volume,
				   struct narc_error *error)
{
	struct narc_archive part = { 0 };
	enum narc_status status = take_said(&part, volume->said, joining->decompressor, error);

	if (status == NARC_OK)
		status = join(joining, &part, volume, error);
	archive_forget(&part);
	return status;
}

/* A row that gives way is in a volume before that of its successor, which has the generation. */
static bool can_be(const struct narc_archive *set, const struct succession *succession)
{
	const struct volume *volume;

	if (succession->successor >= set->trailer.rows)
		return false;
	volume = volume_of_row(set->volumes, succession->successor);
	return succession->row < volume->first_row &&
	       succession->generation > volume->generations_before &&
	       succession->generation - volume->generations_before <= volume->generations;
}

static enum narc_status check_counts(const struct narc_archive *set, struct narc_error *error)
{
	const struct set_manifest *manifest = &set->volumes->manifest;

	for (size_t i = 0; i < manifest->succession_count; i++)
		if (!can_be(set, &manifest->successions[i]))
			return narc_fail(error, NARC_CORRUPT, "set", NARC_NO_OFFSET,
					 "says of row %llu what cannot be",
					 (unsigned long long)manifest->successions[i].row);
	if (manifest->current_rows <= set->trailer.rows &&
	    manifest->current_posts <= manifest->current_rows &&
	    manifest->current_size <= set->trailer.content_size)
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "set", NARC_NO_OFFSET,
			 "counts more current rows than there are");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each volume is there once: else its rows would be there twice. And no file that is read is
 * retired: else it would be removed. */
static enum narc_status check_names(const struct set_manifest *manifest, struct narc_error *error)
{
	const size_t most = manifest->volume_count + manifest->filter_file_count +
			    manifest->retired_count;
	const char **names = calloc(most + 1, sizeof(*names));
	enum narc_status status = NARC_OK;
	size_t count = 0;

	if (!names)
		return narc_fail_memory(error);
	for (size_t i = 0; i < manifest->volume_count; i++)
		names[count++] = manifest->volumes[i].name;
	for (size_t i = 0; i < manifest->filter_file_count; i++)
		names[count++] = manifest->filter_files[i].name;
	for (size_t i = 0; i < manifest->retired_count; i++)
		names[count++] = manifest->retired[i].name;
	qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 1; i < count && status == NARC_OK; i++)
		if (by_name(&names[i - 1], &names[i]) == 0)
			status = narc_fail(error, NARC_CORRUPT, "set", NARC_NO_OFFSET,
					   "has %s twice", names[i]);
	free(names);
	return status;
}

/* A row takes the place of one other. */
static enum narc_status check_replaced(const struct volume_list *list, struct narc_error *error)
{
	for (size_t i = 1; i < list->replaced_count; i++)
		if (list->replaced[i - 1]->successor == list->replaced[i]->successor)
			return narc_fail(error, NARC_CORRUPT, "set", NARC_NO_OFFSET,
					 "has row %llu take the place of two",
					 (unsigned long long)list->replaced[i]->successor);
	return NARC_OK;
}

static enum narc_status join_all(struct narc_archive *set, struct narc_error *error)
{
	struct volume_list *list = set->volumes;
	struct joining joining = { .set = set, .decompressor = ZSTD_createDCtx() };
	enum narc_status status = joining.decompressor ? NARC_OK : narc_fail_memory(error);

	list->volumes = calloc(list->manifest.volume_count + 1, sizeof(*list->volumes));
	if (!list->volumes)
		status = narc_fail_memory(error);
	else
		list->count = list->manifest.volume_count;
	for (size_t i = 0; i < list->count && status == NARC_OK; i++) {
		list->volumes[i].said = &list->manifest.volumes[i];
		status = add_volume(&joining, &list->volumes[i], error);
	}
	ZSTD_freeDCtx(joining.decompressor);
	if (status == NARC_OK)
		status = check_names(&list->manifest, error);
	if (status == NARC_OK)
		status = check_counts(set, error);
	if (status == NARC_OK)
		status = volume_list_sort_replaced(list, error);
	if (status == NARC_OK)
		status = check_replaced(list, error);
	set->file_size = set->trailer.manifest.offset = set->trailer.end;
	set->trailer.current_rows = list->manifest.current_rows;
	set->trailer.current_posts = list->manifest.current_posts;
	set->trailer.current_size = list->manifest.current_size;
	return status == NARC_OK ? archive_list_runs(set, error) : status;
}

/* ---- the manifest --------------------------------------------------------------------------- */

static enum narc_status read_manifest(struct volume_list *list, struct narc_error *error)
{
	struct narc_source source = list->manifest_source;
	struct byte_buffer *section = &list->manifest_section;
	uint8_t heading[SECTION_HEADING_SIZE];
	uint64_t file_size;
	uint32_t size = 0;
	uint8_t *place;
	enum narc_status status = source.ops->size(source.context, &file_size, error);

	if (status == NARC_OK && file_size < sizeof(heading))
		status = narc_fail(error, NARC_CORRUPT, "set", 0, "the manifest is cut short");
	if (status == NARC_OK)
		status = source.ops->read_at(source.context, 0, heading, sizeof(heading), error);
	if (status == NARC_OK)
		status = section_read_heading(heading, SECTION_SET, 0, &size, error);
	if (status == NARC_OK && size > file_size)
		status = narc_fail(error, NARC_CORRUPT, "set", 0, "the manifest is cut short");
	if (status != NARC_OK)
		return status;
	place = byte_buffer_reserve(section, size);
	if (!place)
		return narc_fail_memory(error);
	status = source.ops->read_at(source.context, 0, place, size, error);
	section->size = size;
	if (status == NARC_OK)
		status = set_manifest_decode(section->data, section->size, &list->manifest, error);
	if (status == NARC_OK && list->manifest.end != file_size)
		status = narc_fail(error, NARC_CORRUPT, "set", list->manifest.end,
				   "the manifest should end here");
	return status;
}

enum narc_status set_open(struct narc_store store, bool is_owner, struct narc_source manifest,
			  struct narc_archive **out, struct narc_error *error)
{
	struct narc_archive *set = calloc(1, sizeof(*set));
	struct volume_list *list = calloc(1, sizeof(*list));
	enum narc_status status;

	if (!set || !list) {
		if (is_owner)
			store.ops->close(store.context);
		manifest.ops->close(manifest.context);
		free(set);
		free(list);
		return narc_fail_memory(error);
	}
	set->volumes = list;
	list->store = store;
	list->owns_store = is_owner;
	list->manifest_source = manifest;
	pthread_mutex_init(&set->lock, NULL);
	pthread_mutex_init(&list->lock, NULL);
	status = volume_source_new(list, &set->source, error);
	if (status == NARC_OK)
		status = read_manifest(list, error);
	if (status != NARC_OK)
		narc_error_set_path(error, NARC_SET_MANIFEST);
	if (status == NARC_OK)
		status = join_all(set, error);
	if (status != NARC_OK)
		narc_archive_close(set);
	else
		*out = set;
	return status;
}

enum narc_status narc_set_open(struct narc_store store, narc_archive **set,
			       struct narc_error *error)
{
	struct narc_source manifest;
	enum narc_status status =
		store.ops->open(store.context, NARC_SET_MANIFEST, &manifest, error);

	if (status == NARC_OK)
		return set_open(store, true, manifest, set, error);
	store.ops->close(store.context);
	return status;
}

bool narc_archive_volume(const narc_archive *archive, size_t index, struct narc_volume *out)
{
	const struct volume *volume;

	if (!archive->volumes || index >= archive->volumes->count)
		return false;
	volume = &archive->volumes->volumes[index];
	*out = (struct narc_volume){ .name = volume->said->name,
				     .label = volume->said->label,
				     .size = volume->said->size,
				     .hash = volume->said->hash,
				     .first_row = volume->first_row,
				     .rows = volume->rows,
				     .first_generation = volume->generations_before + 1,
				     .generations = volume->generations,
				     .first_local_time = INT64_MAX,
				     .last_local_time = INT64_MIN };
	for (size_t i = 0; i < volume->segment_count; i++) {
		const struct segment *segment = &archive->segments[volume->first_segment + i];

		for (size_t k = 0; k < segment->run_count; k++) {
			const struct run *run = &segment->runs[k];

			if (run->first_local_time < out->first_local_time)
				out->first_local_time = run->first_local_time;
			if (run->last_local_time > out->last_local_time)
				out->last_local_time = run->last_local_time;
		}
	}
	return true;
}
