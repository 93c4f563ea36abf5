/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/set_manifest.h"

#include <string.h>

#include "format/limits.h"
#include "format/section.h"
#include "support/checked_math.h"
#include "support/status.h"

static const char stage[] = "set";

static const char note[] =
	"\n\n"
	"This is the manifest of a newsarc set: an archive in several files, its volumes, which\n"
	"stand beside this one and are newsarc archives of their own. The program to read them\n"
	"with is \"narc\"; newsarc-set-format.md, version 1, which comes with the newsarc sources,\n"
	"tells how this file is built. Without it, nothing is lost but the order of the volumes.\n\n";

void set_manifest_free(struct set_manifest *manifest)
{
	arena_free(&manifest->memory);
	*manifest = (struct set_manifest){ 0 };
}

bool set_manifest_has(const struct set_manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->volume_count; i++)
		if (strcmp(manifest->volumes[i].name, name) == 0)
			return true;
	return false;
}

bool set_manifest_names(const struct set_manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->filter_file_count; i++)
		if (strcmp(manifest->filter_files[i].name, name) == 0)
			return true;
	return set_manifest_has(manifest, name);
}

bool set_manifest_has_retired(const struct set_manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->retired_count; i++)
		if (strcmp(manifest->retired[i].name, name) == 0)
			return true;
	return false;
}

bool volume_name_is_valid(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t size = strlen(name);

	return size > 0 && size <= VOLUME_NAME_SIZE_LIMIT && name[0] != '.' && name[0] != '-' &&
	       strspn(name, allowed) == size;
}

/* The number of a filter file, which may be there already: where other volumes have the same keys. */
static size_t number_of(struct set_manifest *manifest, struct filter_file file)
{
	for (size_t i = 0; i < manifest->filter_file_count; i++)
		if (strcmp(manifest->filter_files[i].name, file.name) == 0)
			return i + 1;
	manifest->filter_files[manifest->filter_file_count++] = file;
	return manifest->filter_file_count;
}

void set_manifest_move_filters(struct set_manifest *manifest, struct filter_file file)
{
	size_t number = number_of(manifest, file);
	uint64_t offset = 0;

	for (size_t i = 0; i < manifest->volume_count; i++) {
		struct set_volume *volume = &manifest->volumes[i];

		if (volume->filter_file)
			continue;
		volume->filter_file = number;
		volume->filter.offset = offset;
		offset += volume->filter.size;
	}
}

/* ---- encoding ------------------------------------------------------------------------------ */

static void append_text(struct byte_buffer *out, const char *text)
{
	byte_buffer_append_string(out, text, strlen(text));
}

static void append_bytes(struct byte_buffer *out, struct bytes bytes)
{
	byte_buffer_append_string(out, bytes.data, bytes.size);
}

static void append_filter_files(struct byte_buffer *out, const struct set_manifest *manifest)
{
	byte_buffer_append_varint(out, manifest->filter_file_count);
	for (size_t i = 0; i < manifest->filter_file_count; i++) {
		append_text(out, manifest->filter_files[i].name);
		byte_buffer_append_varint(out, manifest->filter_files[i].size);
	}
}

static void append_volume(struct byte_buffer *out, const struct set_volume *volume)
{
	uint64_t time = 0;

	append_text(out, volume->name);
	append_text(out, volume->label);
	byte_buffer_append_varint(out, volume->size);
	byte_buffer_append_u64(out, volume->hash);
	byte_buffer_append_varint(out, volume->generations);
	for (uint32_t i = 0; i < volume->generations; i++) {
		byte_buffer_append_zigzag(out, (int64_t)((uint64_t)volume->times[i] - time));
		time = (uint64_t)volume->times[i];
	}
	append_text(out, volume->first_code);
	append_text(out, volume->last_code);
	byte_buffer_append_varint(out, volume->filter_file);
	if (volume->filter_file)
		byte_buffer_append_varint(out, volume->filter.offset);
	byte_buffer_append_varint(out, volume->filter.size);
	append_bytes(out, volume->trailer);
	append_bytes(out, volume->manifest);
	byte_buffer_append_varint(out, volume->segment_count);
	for (size_t i = 0; i < volume->segment_count; i++)
		append_bytes(out, volume->segments[i]);
}

static void append_successions(struct byte_buffer *out, const struct set_manifest *manifest)
{
	uint64_t last = 0;

	byte_buffer_append_varint(out, manifest->succession_count);
	for (size_t i = 0; i < manifest->succession_count; i++) {
		const struct succession *succession = &manifest->successions[i];

		byte_buffer_append_varint(out, succession->row - last);
		byte_buffer_append_varint(out, succession->generation);
		byte_buffer_append_varint(out, (succession->successor - succession->row) << 1 |
						       succession->is_replaced);
		last = succession->row;
	}
}

static void append_retired(struct byte_buffer *out, const struct set_manifest *manifest)
{
	byte_buffer_append_varint(out, manifest->retired_count);
	for (size_t i = 0; i < manifest->retired_count; i++) {
		append_text(out, manifest->retired[i].name);
		byte_buffer_append_zigzag(out, manifest->retired[i].time);
	}
}

enum narc_status set_manifest_encode(struct byte_buffer *out, const struct set_manifest *manifest,
				     struct narc_error *error)
{
	size_t start = section_begin(out, SECTION_SET);

	byte_buffer_append_u16(out, SET_FORMAT_VERSION);
	byte_buffer_append_u16(out, 0);
	append_text(out, note);
	byte_buffer_append_varint(out, manifest->edition);
	byte_buffer_append_varint(out, manifest->current_rows);
	byte_buffer_append_varint(out, manifest->current_posts);
	byte_buffer_append_varint(out, manifest->current_size);
	append_filter_files(out, manifest);
	byte_buffer_append_varint(out, manifest->volume_count);
	for (size_t i = 0; i < manifest->volume_count; i++)
		append_volume(out, &manifest->volumes[i]);
	append_successions(out, manifest);
	append_retired(out, manifest);
	section_end(out, start);
	if (manifest->volume_count > VOLUMES_LIMIT || out->size - start > SET_SIZE_LIMIT)
		return narc_fail(error, NARC_LIMIT, stage, NARC_NO_OFFSET,
				 "there are more volumes than a set may have: compact it");
	return byte_buffer_status(out, error);
}

/* ---- decoding ------------------------------------------------------------------------------ */

/* What is read, and what goes wrong with it. */
struct decoding {
	struct byte_reader payload;
	struct set_manifest manifest;
	uint64_t filters; /* where the next one of those in this file is */
	bool has_no_memory;
};

static void *take_list(struct decoding *decoding, uint64_t count, size_t size)
{
	void *list = arena_take(&decoding->manifest.memory, (size_t)(count + 1) * size);

	if (list)
		memset(list, 0, (size_t)(count + 1) * size);
	decoding->has_no_memory |= !list;
	return list;
}

/* How many things come, each of least bytes at least; 0 if there is no room for so many. */
static size_t read_count(struct decoding *decoding, size_t least)
{
	uint64_t count = byte_reader_varint(&decoding->payload);

	if (count > byte_reader_left(&decoding->payload) / least)
		decoding->payload.failed = true;
	return decoding->payload.failed ? 0 : (size_t)count;
}

/* A string without NUL; "" if it cannot be. */
static const char *read_text(struct decoding *decoding, size_t limit)
{
	size_t size;
	const uint8_t *text = byte_reader_string(&decoding->payload, &size);
	const char *copy;

	if (!text || size > limit || memchr(text, '\0', size)) {
		decoding->payload.failed = true;
		return "";
	}
	copy = arena_copy_text(&decoding->manifest.memory, (const char *)text, size);
	decoding->has_no_memory |= !copy;
	return copy ? copy : "";
}

static const char *read_name(struct decoding *decoding)
{
	const char *name = read_text(decoding, VOLUME_NAME_SIZE_LIMIT);

	if (!volume_name_is_valid(name))
		decoding->payload.failed = true;
	return name;
}

static struct bytes read_bytes(struct decoding *decoding)
{
	struct bytes bytes;

	bytes.data = byte_reader_string(&decoding->payload, &bytes.size);
	return bytes;
}

static void read_times(struct decoding *decoding, struct set_volume *volume)
{
	size_t count = read_count(decoding, 1);
	int64_t *times = take_list(decoding, count, sizeof(*times));
	uint64_t time = 0;

	if (count > GENERATIONS_LIMIT)
		decoding->payload.failed = true;
	if (!times || decoding->payload.failed)
		return;
	for (size_t i = 0; i < count; i++) {
		time += (uint64_t)byte_reader_zigzag(&decoding->payload);
		times[i] = (int64_t)time;
	}
	volume->times = times;
	volume->generations = (uint32_t)count;
}

static void read_sections(struct decoding *decoding, struct set_volume *volume)
{
	struct bytes *segments;

	volume->trailer = read_bytes(decoding);
	volume->manifest = read_bytes(decoding);
	volume->segment_count = read_count(decoding, SECTION_MIN_SIZE);
	segments = take_list(decoding, volume->segment_count, sizeof(*segments));
	volume->segments = segments;
	for (size_t i = 0; segments && i < volume->segment_count; i++)
		segments[i] = read_bytes(decoding);
}

static void read_filter_files(struct decoding *decoding)
{
	struct set_manifest *manifest = &decoding->manifest;

	manifest->filter_file_count = read_count(decoding, 2);
	manifest->filter_files = take_list(decoding, manifest->filter_file_count,
					   sizeof(*manifest->filter_files));
	for (size_t i = 0; manifest->filter_files && i < manifest->filter_file_count &&
			   byte_reader_ok(&decoding->payload);
	     i++) {
		manifest->filter_files[i].name = read_name(decoding);
		manifest->filter_files[i].size = byte_reader_varint(&decoding->payload);
		if (manifest->filter_files[i].size > FILTER_FILE_SIZE_LIMIT)
			decoding->payload.failed = true;
	}
}

/* Where the filter of a volume is. */
static void read_filter_place(struct decoding *decoding, struct set_volume *volume)
{
	const struct set_manifest *manifest = &decoding->manifest;
	struct byte_reader *payload = &decoding->payload;
	uint64_t file = byte_reader_varint(payload);
	uint64_t offset = file ? byte_reader_varint(payload) : decoding->filters;
	uint64_t size = byte_reader_varint(payload);

	if (file > manifest->filter_file_count || size < SECTION_MIN_SIZE ||
	    size > FILTER_SIZE_LIMIT || !byte_reader_ok(payload)) {
		payload->failed = true;
		return;
	}
	volume->filter_file = (size_t)file;
	volume->filter = (struct extent){ offset, size };
	if (!file)
		decoding->filters += size;
	else if (offset > manifest->filter_files[file - 1].size ||
		 size > manifest->filter_files[file - 1].size - offset)
		payload->failed = true;
}

static void read_volume(struct decoding *decoding, struct set_volume *volume)
{
	volume->name = read_name(decoding);
	volume->label = read_text(decoding, VOLUME_NAME_SIZE_LIMIT);
	volume->size = byte_reader_varint(&decoding->payload);
	volume->hash = byte_reader_u64(&decoding->payload);
	read_times(decoding, volume);
	volume->first_code = read_text(decoding, CODE_SIZE_LIMIT);
	volume->last_code = read_text(decoding, CODE_SIZE_LIMIT);
	if (strcmp(volume->first_code, volume->last_code) > 0 ||
	    !*volume->first_code != !*volume->last_code)
		decoding->payload.failed = true;
	read_filter_place(decoding, volume);
	read_sections(decoding, volume);
}

static void read_volumes(struct decoding *decoding)
{
	struct set_manifest *manifest = &decoding->manifest;

	manifest->volume_count = read_count(decoding, TRAILER_SECTION_SIZE);
	if (manifest->volume_count > VOLUMES_LIMIT)
		decoding->payload.failed = true;
	manifest->volumes = take_list(decoding, manifest->volume_count,
				      sizeof(*manifest->volumes));
	for (size_t i = 0; i < manifest->volume_count && manifest->volumes &&
			   byte_reader_ok(&decoding->payload);
	     i++)
		read_volume(decoding, &manifest->volumes[i]);
}

static void read_successions(struct decoding *decoding)
{
	struct set_manifest *manifest = &decoding->manifest;
	uint64_t row = 0;

	manifest->succession_count = read_count(decoding, 3);
	manifest->successions = take_list(decoding, manifest->succession_count,
					  sizeof(*manifest->successions));
	for (size_t i = 0; manifest->successions && i < manifest->succession_count; i++) {
		uint64_t step = byte_reader_varint(&decoding->payload);
		uint64_t generation = byte_reader_varint(&decoding->payload);
		uint64_t distance = byte_reader_varint(&decoding->payload);

		if ((i && step == 0) || !checked_add(row, step, &row) || row > ROWS_LIMIT ||
		    generation == 0 || generation > UINT32_MAX || distance >> 1 == 0 ||
		    distance >> 1 > ROWS_LIMIT)
			decoding->payload.failed = true;
		manifest->successions[i] = (struct succession){ .row = row,
								.generation = (uint32_t)generation,
								.successor = row + (distance >> 1),
								.is_replaced = distance & 1 };
	}
}

static void read_retired(struct decoding *decoding)
{
	struct set_manifest *manifest = &decoding->manifest;

	manifest->retired_count = read_count(decoding, 3);
	manifest->retired = take_list(decoding, manifest->retired_count,
				      sizeof(*manifest->retired));
	for (size_t i = 0; manifest->retired && i < manifest->retired_count &&
			   byte_reader_ok(&decoding->payload);
	     i++) {
		manifest->retired[i].name = read_name(decoding);
		manifest->retired[i].time = byte_reader_zigzag(&decoding->payload);
	}
}

static enum narc_status check_version(struct byte_reader *payload, struct narc_error *error)
{
	uint16_t version = byte_reader_u16(payload);
	uint16_t features = byte_reader_u16(payload);

	if (version == SET_FORMAT_VERSION && features == 0)
		return NARC_OK;
	return narc_fail(error, NARC_UNSUPPORTED, stage, 0,
			 "this set is of version %u, or has features that this newsarc does not "
			 "know: a later one does",
			 version);
}

enum narc_status set_manifest_decode(const uint8_t *section, size_t size,
				     struct set_manifest *manifest, struct narc_error *error)
{
	struct decoding decoding = { .filters = size };
	struct byte_reader *payload = &decoding.payload;
	size_t note_size;
	enum narc_status status = section_open(section, size, SECTION_SET, 0, payload, error);

	if (status == NARC_OK)
		status = check_version(payload, error);
	if (status != NARC_OK)
		return status;
	byte_reader_string(payload, &note_size);
	decoding.manifest.edition = byte_reader_varint(payload);
	decoding.manifest.current_rows = byte_reader_varint(payload);
	decoding.manifest.current_posts = byte_reader_varint(payload);
	decoding.manifest.current_size = byte_reader_varint(payload);
	read_filter_files(&decoding);
	read_volumes(&decoding);
	read_successions(&decoding);
	read_retired(&decoding);
	status = decoding.has_no_memory ? narc_fail_memory(error)
					: section_close(payload, SECTION_SET, 0, error);
	decoding.manifest.end = decoding.filters;
	if (status == NARC_OK)
		*manifest = decoding.manifest;
	else
		set_manifest_free(&decoding.manifest);
	return status;
}
