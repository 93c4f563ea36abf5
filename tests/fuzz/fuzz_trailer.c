/* SPDX-License-Identifier: BSD-2-Clause */
/* What an archive is opened with: header, trailer, manifest, segments, names, dictionaries. The
 * first byte says which of them; the rest is a section's payload. */
#include <stdlib.h>
#include <string.h>

#include "format/dictionary.h"
#include "format/header.h"
#include "format/manifest.h"
#include "format/names.h"
#include "format/segment.h"
#include "format/trailer.h"
#include "fuzz.h"
#include "support/byte_order.h"

/* Where the header is taken to end. */
enum { HEADER_END = 100 };

static void fuzz_header(const struct fuzz_section *section)
{
	struct narc_error error = { 0 };

	fuzz_succeeded(header_check(section->bytes, section->size, &error), &error);
}

/* Of a trailer, what it says of its own place is believed. */
static void fuzz_trailer(const struct fuzz_section *section)
{
	enum { END_FIELD = SECTION_HEADING_SIZE + 80 };
	struct byte_buffer again = BYTE_BUFFER_EMPTY;
	struct trailer trailer;
	struct narc_error error = { 0 };
	uint64_t offset;

	if (section->size != TRAILER_SECTION_SIZE)
		return;
	offset = load_le64(section->bytes + END_FIELD) - TRAILER_SECTION_SIZE;
	if (!fuzz_succeeded(trailer_decode(section->bytes, offset, &trailer, &error), &error))
		return;
	fuzz_succeeded(trailer_check(&trailer, HEADER_END, &error), &error);
	trailer_encode(&again, &trailer);
	HOLDS(again.size == section->size && memcmp(again.data, section->bytes, again.size) == 0);
	byte_buffer_free(&again);
}

static enum narc_status decode_manifest(const uint8_t *bytes, size_t size,
					struct manifest *manifest, struct narc_error *error)
{
	return manifest_decode(bytes, size, FUZZ_OFFSET, HEADER_END, fuzz_codec()->decompressor,
			       manifest, error);
}

/* What is taken can be written again; and what is written comes back as it is. */
static void fuzz_manifest(const struct fuzz_section *section)
{
	ZSTD_CCtx *compressor = fuzz_codec()->compressor;
	struct byte_buffer again = BYTE_BUFFER_EMPTY;
	struct byte_buffer copied = BYTE_BUFFER_EMPTY;
	struct manifest manifest = { 0 };
	struct manifest copy = { 0 };
	struct narc_error error = { 0 };

	if (fuzz_succeeded(decode_manifest(section->bytes, section->size, &manifest, &error),
			   &error)) {
		HOLDS(manifest_encode(&again, &manifest, compressor, &error) == NARC_OK);
		HOLDS(decode_manifest(again.data, again.size, &copy, &error) == NARC_OK);
		HOLDS(manifest_encode(&copied, &copy, compressor, &error) == NARC_OK);
		HOLDS(again.size == copied.size &&
		      memcmp(again.data, copied.data, again.size) == 0);
		for (size_t i = 0; i < manifest.tombstone_count; i++)
			HOLDS(manifest_tombstone(&manifest, manifest.tombstones[i].row) ==
			      &manifest.tombstones[i]);
	}
	manifest_free(&manifest);
	manifest_free(&copy);
	byte_buffer_free(&again);
	byte_buffer_free(&copied);
}

static enum narc_status decode_segment(const uint8_t *bytes, size_t size,
				       struct segment *segment, struct narc_error *error)
{
	return segment_decode(bytes, size, FUZZ_OFFSET, HEADER_END, 2 * FUZZ_OFFSET,
			      fuzz_codec()->decompressor, segment, error);
}

static void fuzz_segment(const struct fuzz_section *section)
{
	ZSTD_CCtx *compressor = fuzz_codec()->compressor;
	struct byte_buffer again = BYTE_BUFFER_EMPTY;
	struct byte_buffer copied = BYTE_BUFFER_EMPTY;
	struct segment segment = { 0 };
	struct segment copy = { 0 };
	struct narc_error error = { 0 };

	if (fuzz_succeeded(decode_segment(section->bytes, section->size, &segment, &error),
			   &error)) {
		HOLDS(segment_encode(&again, &segment, compressor, &error) == NARC_OK);
		HOLDS(decode_segment(again.data, again.size, &copy, &error) == NARC_OK);
		HOLDS(segment_encode(&copied, &copy, compressor, &error) == NARC_OK);
		HOLDS(again.size == copied.size &&
		      memcmp(again.data, copied.data, again.size) == 0);
		HOLDS(segment.rows == copy.rows && segment.block_count == copy.block_count);
	}
	segment_free(&segment);
	segment_free(&copy);
	byte_buffer_free(&again);
	byte_buffer_free(&copied);
}

static void fuzz_names(const struct fuzz_section *section)
{
	struct fuzz_codec *codec = fuzz_codec();
	struct byte_buffer again = BYTE_BUFFER_EMPTY;
	struct names names = { 0 };
	struct names copy = { 0 };
	struct narc_error error = { 0 };

	if (fuzz_succeeded(names_decode(section->bytes, section->size, FUZZ_OFFSET,
					codec->decompressor, &names, &error),
			   &error) &&
	    names.count) {
		HOLDS(names_make_findable(&names, &error) == NARC_OK);
		HOLDS(names_encode(&again, &names, codec->compressor, &error) == NARC_OK);
		HOLDS(names_decode(again.data, again.size, FUZZ_OFFSET, codec->decompressor, &copy,
				   &error) == NARC_OK);
		HOLDS(names.count == copy.count);
		for (uint32_t i = 0; i < names.count; i++) {
			const struct name *name = &copy.names[i];
			uint64_t found = names_find(&names, name->bytes, name->size);
			const struct name *first = names_get(&names, found);

			/* A name may be there twice. */
			HOLDS(first && first->size == name->size);
			HOLDS(memcmp(first->bytes, name->bytes, name->size) == 0);
		}
	}
	names_free(&names);
	names_free(&copy);
	byte_buffer_free(&again);
}

static void fuzz_dictionary(const struct fuzz_section *section)
{
	uint8_t *raw = NULL;
	size_t size = 0;
	uint32_t identifier = 0;
	struct narc_error error = { 0 };

	if (fuzz_succeeded(dictionary_decode(section->bytes, section->size, FUZZ_OFFSET,
					     fuzz_codec()->decompressor, &raw, &size, &identifier,
					     &error),
			   &error))
		ZSTD_freeDDict(ZSTD_createDDict_byReference(raw, size));
	free(raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_kind kinds[] = {
		{ SECTION_HEADER, fuzz_header },     { SECTION_TRAILER, fuzz_trailer },
		{ SECTION_MANIFEST, fuzz_manifest }, { SECTION_SEGMENT, fuzz_segment },
		{ SECTION_NAMES, fuzz_names },       { SECTION_DICTIONARY, fuzz_dictionary },
	};

	fuzz_one_of(kinds, sizeof(kinds) / sizeof(kinds[0]), data, size);
	return 0;
}
