/* SPDX-License-Identifier: BSD-2-Clause */
/* What many blocks share, loaded when it is first needed, and kept: names and dictionaries. What is
 * damaged is not read again for each block that needs it. */
#include <stdlib.h>
#include <zdict.h>

#include "format/dictionary.h"
#include "read/archive.h"
#include "support/fault_in.h"
#include "support/status.h"

/* What stays loaded is little in any archive of posts: but a small file may have thousands of large
 * dictionaries and lists of names. */
#define KEPT_LIMIT ((uint64_t)2 << 30)

/* Of a set, volumes that are not used any more make room for others. */
#define KEPT_LIMIT_OF_SET ((uint64_t)256 << 20)

static bool is_used(const struct narc_archive *archive, struct extent extent)
{
	return volume_at(archive->volumes, extent.offset)->users > 0;
}

/* Gives up what is loaded of volumes that have no block at hand. */
static void drop_unused(struct narc_archive *archive)
{
	for (size_t i = 0; i < archive->names_count; i++) {
		struct archive_names *names = &archive->names[i];

		if (!names->is_loaded || is_used(archive, names->extent))
			continue;
		archive->kept -= names_memory(&names->names);
		names_free(&names->names);
		names->is_loaded = false;
	}
	for (size_t i = 0; i < archive->manifest.dictionary_count; i++) {
		struct archive_dictionary *dictionary = &archive->dictionaries[i];

		if (!dictionary->prepared ||
		    is_used(archive, archive->manifest.dictionaries[i].extent))
			continue;
		archive->kept -= dictionary->size;
		ZSTD_freeDDict(dictionary->prepared);
		free(dictionary->bytes);
		*dictionary = (struct archive_dictionary){ .damage = dictionary->damage };
	}
}

static bool fits(const struct narc_archive *archive, uint64_t size, uint64_t limit)
{
	return archive->kept <= limit && size <= limit - archive->kept;
}

/* Whether what takes so many bytes may stay. */
static enum narc_status admit(struct narc_archive *archive, uint64_t size, const char *stage,
			      uint64_t offset, struct narc_error *error)
{
	uint64_t limit = archive->limits.kept ? archive->limits.kept : KEPT_LIMIT;

	if (archive->volumes &&
	    !fits(archive, size, limit < KEPT_LIMIT_OF_SET ? limit : KEPT_LIMIT_OF_SET))
		drop_unused(archive);
	if (fits(archive, size, limit))
		return NARC_OK;
	return narc_fail(error, NARC_LIMIT, stage, offset,
			 "dictionaries and names take more than the limit of %llu bytes",
			 (unsigned long long)limit);
}

/* Counts what was loaded, if it may stay. */
static enum narc_status keep(struct narc_archive *archive, size_t size, const char *stage,
			     uint64_t offset, struct narc_error *error)
{
	enum narc_status status = admit(archive, size, stage, offset, error);

	archive->kept += status == NARC_OK ? size : 0;
	return status;
}

/* Whether what a section decodes to may stay, as far as it states that: so what would be too much
 * is not decoded. Of one that is damaged, nothing is believed. */
static enum narc_status admit_section(struct narc_archive *archive,
				      const struct byte_buffer *section, enum section_tag tag,
				      uint64_t offset, struct narc_error *error)
{
	uint64_t size = archive_stated_size(section, tag);
	struct byte_reader payload;
	enum narc_status status;

	if (admit(archive, size, section_name(tag), offset, NULL) == NARC_OK)
		return NARC_OK;
	status = section_open(section->data, section->size, tag, offset, &payload, error);
	return status == NARC_OK ? admit(archive, size, section_name(tag), offset, error) : status;
}

static enum narc_status load_names(struct narc_archive *archive, struct archive_names *names,
				   ZSTD_DCtx *decompressor, struct narc_error *error)
{
	struct extent extent = names->extent;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	if (extent.size == 0)
		return NARC_OK;
	status = archive_read_section(archive, extent, &section, error);
	if (status == NARC_OK)
		status = admit_section(archive, &section, SECTION_NAMES, extent.offset, error);
	if (status == NARC_OK)
		status = names_decode(section.data, section.size, extent.offset, decompressor,
				      &names->names, error);
	byte_buffer_free(&section);
	if (status == NARC_OK)
		status = keep(archive, names_memory(&names->names), "names", extent.offset, error);
	if (status != NARC_OK)
		names_free(&names->names);
	return status;
}

/* Takes note of what is wrong with a part, to be told again of each block that needs it. */
static enum narc_status note(enum narc_status status, const struct narc_error *error,
			     struct narc_error **damage)
{
	if (status == NARC_CORRUPT || status == NARC_LIMIT)
		*damage = archive_note_damage(error);
	return status;
}

static enum narc_status tell_again(const struct narc_error *damage, struct narc_error *error)
{
	if (error)
		*error = *damage;
	return damage->status;
}

enum narc_status archive_names(struct narc_archive *archive, struct archive_run *run,
			       ZSTD_DCtx *decompressor, const struct names **names,
			       struct narc_error *error)
{
	struct narc_error damage;
	struct archive_names *shared = run->names;
	enum narc_status status = NARC_OK;

	pthread_mutex_lock(&archive->lock);
	if (shared->damage) {
		status = tell_again(shared->damage, &damage);
	} else if (!shared->is_loaded) {
		status = note(load_names(archive, shared, decompressor, &damage), &damage,
			      &shared->damage);
		shared->is_loaded = status == NARC_OK;
	}
	pthread_mutex_unlock(&archive->lock);
	if (status != NARC_OK)
		return tell_again(&damage, error);
	*names = &shared->names;
	return NARC_OK;
}

/* Makes zstd's form of a dictionary. */
static enum narc_status prepare_dictionary(struct archive_dictionary *dictionary,
					   uint64_t offset, struct narc_error *error)
{
	dictionary->prepared = ZSTD_createDDict_byReference(dictionary->bytes, dictionary->size);
	if (dictionary->prepared)
		return NARC_OK;
	/* zstd does not say why not: what it can read the header of is good. */
	if (ZDICT_isError(ZDICT_getDictHeaderSize(dictionary->bytes, dictionary->size)))
		return narc_fail(error, NARC_CORRUPT, "dictionary", offset,
				 "zstd does not take it as a dictionary");
	return narc_fail_memory(error);
}

static enum narc_status load_dictionary(struct narc_archive *archive,
					const struct manifest_dictionary *wanted,
					ZSTD_DCtx *decompressor,
					struct archive_dictionary *dictionary,
					struct narc_error *error)
{
	struct extent extent = wanted->extent;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	uint8_t *place = byte_buffer_reserve(&section, (size_t)extent.size);
	uint32_t identifier;
	enum narc_status status;

	/* It is large, read once, and waited for. */
	if (place)
		fault_in(place, (size_t)extent.size);
	status = archive_read_section(archive, extent, &section, error);
	if (status == NARC_OK)
		status = admit_section(archive, &section, SECTION_DICTIONARY, extent.offset, error);
	if (status == NARC_OK)
		status = dictionary_decode(section.data, section.size, extent.offset, decompressor,
					   &dictionary->bytes, &dictionary->size, &identifier,
					   error);
	byte_buffer_free(&section);
	if (status != NARC_OK)
		return status;
	status = identifier == wanted->identifier
			 ? prepare_dictionary(dictionary, extent.offset, error)
			 : narc_fail(error, NARC_CORRUPT, "dictionary", extent.offset,
				     "is another one than the manifest says");
	if (status == NARC_OK)
		status = keep(archive, dictionary->size, "dictionary", extent.offset, error);
	if (status != NARC_OK) {
		ZSTD_freeDDict(dictionary->prepared);
		dictionary->prepared = NULL;
		free(dictionary->bytes);
		dictionary->bytes = NULL;
	}
	return status;
}

enum narc_status archive_dictionary_at(struct narc_archive *archive, size_t place,
				       ZSTD_DCtx *decompressor,
				       const struct archive_dictionary **dictionary,
				       struct narc_error *error)
{
	const struct manifest_dictionary *named = &archive->manifest.dictionaries[place];
	struct archive_dictionary *loaded = &archive->dictionaries[place];
	struct narc_error damage;
	enum narc_status status = NARC_OK;

	pthread_mutex_lock(&archive->lock);
	if (loaded->damage)
		status = tell_again(loaded->damage, &damage);
	else if (!loaded->prepared)
		status = note(load_dictionary(archive, named, decompressor, loaded, &damage),
			      &damage, &loaded->damage);
	pthread_mutex_unlock(&archive->lock);
	if (status != NARC_OK)
		return tell_again(&damage, error);
	*dictionary = loaded;
	return NARC_OK;
}

enum narc_status archive_dictionary(struct narc_archive *archive, uint64_t offset,
				    uint32_t identifier, ZSTD_DCtx *decompressor,
				    const ZSTD_DDict **prepared, struct narc_error *error)
{
	const struct manifest_dictionary *dictionaries = archive->manifest.dictionaries;
	const struct archive_dictionary *dictionary;
	size_t place = 0, end = archive->manifest.dictionary_count;
	enum narc_status status;

	*prepared = NULL;
	if (identifier == 0)
		return NARC_OK;
	/* A volume has its own, which others may have too, or another with its identifier. */
	if (archive->volumes) {
		const struct volume *volume = volume_at(archive->volumes, offset);

		place = volume->first_dictionary;
		end = place + volume->dictionary_count;
	}
	while (place < end && dictionaries[place].identifier != identifier)
		place++;
	if (place == end)
		return narc_fail(error, NARC_CORRUPT, "data frame", NARC_NO_OFFSET,
				 "needs a dictionary that the archive does not have");
	status = archive_dictionary_at(archive, place, decompressor, &dictionary, error);
	if (status == NARC_OK)
		*prepared = dictionary->prepared;
	return status;
}
