/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening: the header, the trailer, and proof that all parts lie inside the file. */
#include <stdlib.h>
#include <string.h>
#include <zdict.h>

#include "format/dictionary.h"
#include "format/header.h"
#include "read/archive.h"
#include "support/byte_order.h"
#include "support/fault_in.h"
#include "support/status.h"

/* How far back from the end each step of the search for a trailer looks. */
enum { SEARCH_STEP = 1 << 20 };

enum narc_status archive_read(const struct narc_archive *archive, uint64_t offset, void *buffer,
			      size_t length, struct narc_error *error)
{
	return archive->source.ops->read_at(archive->source.context, offset, buffer, length,
					    error);
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

static enum narc_status read_header(struct narc_archive *archive, struct narc_error *error)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	uint8_t heading[SECTION_HEADING_SIZE];
	uint32_t size;
	enum narc_status status;

	if (archive->file_size < sizeof(heading))
		return narc_fail(error, NARC_NOT_NEWSARC, "header", 0,
				 "too short to be a newsarc archive");
	status = archive_read(archive, 0, heading, sizeof(heading), error);
	if (status != NARC_OK)
		return status;
	if (load_le32(heading) != SECTION_MAGIC || load_le32(heading + 8) != SECTION_HEADER)
		return narc_fail(error, NARC_NOT_NEWSARC, "header", 0, "not a newsarc archive");
	status = section_read_heading(heading, SECTION_HEADER, 0, &size, error);
	if (status != NARC_OK)
		return status;
	status = archive_read_section(archive, (struct extent){ 0, size }, &section, error);
	if (status == NARC_OK)
		status = header_check(section.data, section.size, error);
	if (status == NARC_OK)
		archive->header_size = size;
	byte_buffer_free(&section);
	return status;
}

/* Looks for the last valid trailer that starts before limit. A trailer states its own
 * place, so chance finds are few, and the cost is one read of the file. */
static enum narc_status search_trailer(struct narc_archive *archive, uint64_t limit,
				       struct narc_error *error)
{
	uint8_t *window = malloc(SEARCH_STEP + TRAILER_SECTION_SIZE);
	enum narc_status status = NARC_OK;
	bool found = false;

	if (!window)
		return narc_fail_memory(error);
	while (limit > archive->header_size && !found) {
		uint64_t start = limit - archive->header_size > SEARCH_STEP
					 ? limit - SEARCH_STEP
					 : archive->header_size;
		uint64_t left = archive->file_size - start;
		size_t size = left < SEARCH_STEP + TRAILER_SECTION_SIZE
				      ? (size_t)left
				      : SEARCH_STEP + TRAILER_SECTION_SIZE;

		status = archive_read(archive, start, window, size, error);
		if (status != NARC_OK)
			break;
		for (uint64_t place = limit; place-- > start && !found;) {
			const uint8_t *bytes = window + (place - start);

			if (size - (size_t)(place - start) < TRAILER_SECTION_SIZE ||
			    load_le32(bytes) != SECTION_MAGIC)
				continue;
			found = trailer_decode(bytes, place, &archive->trailer, NULL) == NARC_OK;
		}
		limit = start;
	}
	free(window);
	if (status == NARC_OK && !found)
		status = narc_fail(error, NARC_CORRUPT, "trailer", archive->file_size,
				   "the file has no valid trailer: it was cut short, or was never "
				   "finished");
	return status;
}

static enum narc_status find_trailer(struct narc_archive *archive, struct narc_error *error)
{
	uint8_t section[TRAILER_SECTION_SIZE];
	uint64_t place;
	enum narc_status status;

	if (archive->file_size < archive->header_size + TRAILER_SECTION_SIZE)
		return narc_fail(error, NARC_CORRUPT, "trailer", archive->file_size,
				 "the file has no valid trailer: it was cut short, or was never "
				 "finished");
	place = archive->file_size - TRAILER_SECTION_SIZE;
	status = archive_read(archive, place, section, sizeof(section), error);
	if (status != NARC_OK)
		return status;
	if (trailer_decode(section, place, &archive->trailer, NULL) == NARC_OK)
		return NARC_OK;
	return search_trailer(archive, place, error);
}

enum narc_status narc_archive_open(struct narc_source source, narc_archive **out,
				   struct narc_error *error)
{
	struct narc_archive *archive = calloc(1, sizeof(*archive));
	enum narc_status status;

	if (!archive) {
		source.ops->close(source.context);
		return narc_fail_memory(error);
	}
	archive->source = source;
	pthread_mutex_init(&archive->lock, NULL);
	status = source.ops->size(source.context, &archive->file_size, error);
	if (status == NARC_OK)
		status = read_header(archive, error);
	if (status == NARC_OK)
		status = find_trailer(archive, error);
	if (status == NARC_OK)
		status = trailer_check(&archive->trailer, archive->header_size, error);
	if (status != NARC_OK) {
		narc_archive_close(archive);
		return status;
	}
	*out = archive;
	return NARC_OK;
}

void narc_archive_close(narc_archive *archive)
{
	if (!archive)
		return;
	archive->source.ops->close(archive->source.context);
	pthread_mutex_destroy(&archive->lock);
	names_free(&archive->names);
	ZSTD_freeDDict(archive->dictionary);
	free(archive->dictionary_bytes);
	free(archive);
}

static enum narc_status load_names(struct narc_archive *archive, ZSTD_DCtx *decompressor,
				   struct narc_error *error)
{
	struct extent extent = archive->trailer.names;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	if (extent.size == 0)
		return NARC_OK;
	status = archive_read_section(archive, extent, &section, error);
	if (status == NARC_OK)
		status = names_decode(section.data, section.size, extent.offset, decompressor,
				      &archive->names, error);
	byte_buffer_free(&section);
	return status;
}

enum narc_status archive_names(struct narc_archive *archive, ZSTD_DCtx *decompressor,
			       const struct names **names, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	pthread_mutex_lock(&archive->lock);
	if (!archive->names_loaded) {
		status = load_names(archive, decompressor, error);
		archive->names_loaded = status == NARC_OK;
	}
	pthread_mutex_unlock(&archive->lock);
	if (status == NARC_OK)
		*names = &archive->names;
	return status;
}

static enum narc_status load_dictionary(struct narc_archive *archive, ZSTD_DCtx *decompressor,
					struct narc_error *error)
{
	struct extent extent = archive->trailer.dictionary;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	uint8_t *place = byte_buffer_reserve(&section, (size_t)extent.size);
	enum narc_status status;

	/* It is large, read once, and waited for. */
	if (place)
		fault_in(place, (size_t)extent.size);
	status = archive_read_section(archive, extent, &section, error);
	if (status == NARC_OK)
		status = dictionary_decode(section.data, section.size, extent.offset, decompressor,
					   &archive->dictionary_bytes, &archive->dictionary_size,
					   &archive->dictionary_identifier, error);
	byte_buffer_free(&section);
	if (status != NARC_OK)
		return status;
	archive->dictionary = ZSTD_createDDict_byReference(archive->dictionary_bytes,
							   archive->dictionary_size);
	if (archive->dictionary)
		return NARC_OK;
	/* zstd does not say why not: what it can read the header of is good. */
	if (ZDICT_isError(ZDICT_getDictHeaderSize(archive->dictionary_bytes,
						  archive->dictionary_size)))
		status = narc_fail(error, NARC_CORRUPT, "dictionary", extent.offset,
				   "zstd does not take it as a dictionary");
	else
		status = narc_fail_memory(error);
	free(archive->dictionary_bytes);
	archive->dictionary_bytes = NULL;
	return status;
}

enum narc_status archive_dictionary(struct narc_archive *archive, ZSTD_DCtx *decompressor,
				    const ZSTD_DDict **dictionary, uint32_t *identifier,
				    struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	pthread_mutex_lock(&archive->lock);
	if (archive->trailer.dictionary.size && !archive->dictionary)
		status = load_dictionary(archive, decompressor, error);
	pthread_mutex_unlock(&archive->lock);
	if (status == NARC_OK) {
		*dictionary = archive->dictionary;
		*identifier = archive->dictionary_identifier;
	}
	return status;
}
