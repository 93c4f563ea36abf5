/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "format/packed_body.h"
#include "format/section.h"
#include "support/checked_math.h"
#include "support/status.h"

static const char stage[] = "manifest";

void manifest_free(struct manifest *manifest)
{
	free(manifest->dictionaries);
	free(manifest->segments);
	for (size_t i = 0; i < manifest->tombstone_count; i++)
		free(manifest->tombstones[i].reason);
	free(manifest->tombstones);
	*manifest = (struct manifest){ 0 };
}

const struct tombstone *manifest_tombstone(const struct manifest *manifest, uint64_t row)
{
	size_t low = 0;
	size_t high = manifest->tombstone_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (manifest->tombstones[middle].row < row)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < manifest->tombstone_count && manifest->tombstones[low].row == row)
		return &manifest->tombstones[low];
	return NULL;
}

uint64_t manifest_parity_size(const struct manifest *manifest)
{
	return manifest->former_parity_size + (manifest->parity_end - manifest->parity);
}

enum narc_status manifest_copy_tombstones(struct manifest *manifest, const struct manifest *other,
					  struct narc_error *error)
{
	manifest->tombstones = calloc(other->tombstone_count + 1, sizeof(*manifest->tombstones));
	if (!manifest->tombstones)
		return narc_fail_memory(error);
	for (size_t i = 0; i < other->tombstone_count; i++) {
		manifest->tombstones[i] = other->tombstones[i];
		manifest->tombstones[i].reason = strdup(other->tombstones[i].reason);
		manifest->tombstone_count++;
		if (!manifest->tombstones[i].reason)
			return narc_fail_memory(error);
	}
	return NARC_OK;
}

static void append_tombstones(struct byte_buffer *raw, const struct manifest *manifest)
{
	uint64_t last = 0;

	byte_buffer_append_varint(raw, manifest->tombstone_count);
	for (size_t i = 0; i < manifest->tombstone_count; i++) {
		const struct tombstone *tombstone = &manifest->tombstones[i];

		byte_buffer_append_varint(raw, tombstone->row - last);
		byte_buffer_append_zigzag(raw, tombstone->time);
		byte_buffer_append(raw, tombstone->digest, sizeof(tombstone->digest));
		byte_buffer_append_string(raw, tombstone->reason, strlen(tombstone->reason));
		last = tombstone->row;
	}
}

enum narc_status manifest_encode(struct byte_buffer *out, const struct manifest *manifest,
				 ZSTD_CCtx *compressor, struct narc_error *error)
{
	struct byte_buffer raw = BYTE_BUFFER_EMPTY;
	enum narc_status status;
	size_t start;

	if (manifest->dictionary_count > DICTIONARIES_LIMIT ||
	    manifest->segment_count > SEGMENTS_LIMIT)
		return narc_fail(error, NARC_LIMIT, stage, NARC_NO_OFFSET,
				 "there are more dictionaries or segments than an archive may "
				 "have: compact it");
	start = section_begin(out, SECTION_MANIFEST);
	byte_buffer_append_u64(out, manifest->parity_end);
	byte_buffer_append_varint(&raw, manifest->dictionary_count);
	for (size_t i = 0; i < manifest->dictionary_count; i++) {
		byte_buffer_append_u32(&raw, manifest->dictionaries[i].identifier);
		extent_append(&raw, manifest->dictionaries[i].extent);
	}
	byte_buffer_append_varint(&raw, manifest->segment_count);
	for (size_t i = 0; i < manifest->segment_count; i++) {
		if (i + 1 < manifest->segment_count)
			byte_buffer_append_varint(&raw, manifest->segments[i].offset);
		byte_buffer_append_varint(&raw, manifest->segments[i].size);
	}
	append_tombstones(&raw, manifest);
	byte_buffer_append_varint(&raw, manifest->parity);
	byte_buffer_append_varint(&raw, manifest->former_parity_size);
	byte_buffer_append_varint(&raw, manifest->parity_strength);
	status = packed_body_encode(out, &raw, MANIFEST_SIZE_LIMIT, compressor, stage, error);
	section_end(out, start);
	byte_buffer_free(&raw);
	return status == NARC_OK ? byte_buffer_status(out, error) : status;
}

/* Whether a section of this kind can be there, behind *place if the order matters. */
static bool is_possible(struct extent extent, enum section_tag tag, uint64_t start, uint64_t end)
{
	return extent.size >= SECTION_MIN_SIZE && extent.size <= section_size_limit(tag) &&
	       range_inside(extent.offset, extent.size, start, end);
}

static enum narc_status read_dictionaries(struct byte_reader *raw, uint64_t start, uint64_t end,
					  struct manifest *manifest, struct narc_error *error)
{
	uint64_t count = byte_reader_varint(raw);

	if (count > DICTIONARIES_LIMIT)
		return narc_fail(error, NARC_CORRUPT, stage, end, "too many dictionaries");
	manifest->dictionaries = calloc((size_t)count + 1, sizeof(*manifest->dictionaries));
	if (!manifest->dictionaries)
		return narc_fail_memory(error);
	manifest->dictionary_count = (size_t)count;
	for (size_t i = 0; i < count; i++) {
		struct manifest_dictionary *dictionary = &manifest->dictionaries[i];

		dictionary->identifier = byte_reader_u32(raw);
		dictionary->extent = extent_read(raw);
		if (dictionary->identifier == 0 ||
		    !is_possible(dictionary->extent, SECTION_DICTIONARY, start, end))
			return narc_fail(error, NARC_CORRUPT, stage, end,
					 "a dictionary is not where it can be");
		for (size_t k = 0; k < i; k++)
			if (manifest->dictionaries[k].identifier == dictionary->identifier)
				return narc_fail(error, NARC_CORRUPT, stage, end,
						 "two dictionaries have one identifier");
		start = extent_end(dictionary->extent);
	}
	return NARC_OK;
}

static enum narc_status read_segments(struct byte_reader *raw, uint64_t start, uint64_t end,
				      struct manifest *manifest, struct narc_error *error)
{
	uint64_t count = byte_reader_varint(raw);

	if (count > SEGMENTS_LIMIT)
		return narc_fail(error, NARC_CORRUPT, stage, end, "too many segments");
	manifest->segments = calloc((size_t)count + 1, sizeof(*manifest->segments));
	if (!manifest->segments)
		return narc_fail_memory(error);
	manifest->segment_count = (size_t)count;
	for (size_t i = 0; i < count; i++) {
		struct extent *segment = &manifest->segments[i];

		segment->offset = i + 1 < count ? byte_reader_varint(raw) : end;
		segment->size = byte_reader_varint(raw);
		if (i + 1 == count)
			segment->offset -= segment->size;
		if (!is_possible(*segment, SECTION_SEGMENT, start, end))
			return narc_fail(error, NARC_CORRUPT, stage, end,
					 "a segment is not where it can be");
	}
	return NARC_OK;
}

/* Reads a tombstone behind that of row last, if it is not the first. */
static bool read_tombstone(struct byte_reader *raw, bool is_first, uint64_t last,
			   struct tombstone *tombstone)
{
	uint64_t step = byte_reader_varint(raw);
	const uint8_t *digest, *reason;
	size_t size;

	tombstone->time = byte_reader_zigzag(raw);
	digest = byte_reader_bytes(raw, sizeof(tombstone->digest));
	reason = byte_reader_string(raw, &size);
	if (!digest || !reason || size > REASON_SIZE_LIMIT || memchr(reason, '\0', size) ||
	    (step == 0 && !is_first) || !checked_add(last, step, &tombstone->row) ||
	    tombstone->row > ROWS_LIMIT)
		return false;
	memcpy(tombstone->digest, digest, sizeof(tombstone->digest));
	tombstone->reason = strndup((const char *)reason, size);
	return true;
}

static enum narc_status read_tombstones(struct byte_reader *raw, uint64_t end,
					struct manifest *manifest, struct narc_error *error)
{
	uint64_t count = byte_reader_varint(raw);
	uint64_t last = 0;

	/* Besides the digest, a tombstone takes three bytes at least. */
	if (count > byte_reader_left(raw) / (CONTENT_DIGEST_SIZE + 3))
		return narc_fail(error, NARC_CORRUPT, stage, end, "too many tombstones");
	manifest->tombstones = calloc((size_t)count + 1, sizeof(*manifest->tombstones));
	if (!manifest->tombstones)
		return narc_fail_memory(error);
	for (size_t i = 0; i < count; i++) {
		struct tombstone *tombstone = &manifest->tombstones[i];

		if (!read_tombstone(raw, i == 0, last, tombstone))
			return narc_fail(error, NARC_CORRUPT, stage, end,
					 "a tombstone is malformed");
		manifest->tombstone_count++;
		if (!tombstone->reason)
			return narc_fail_memory(error);
		last = tombstone->row;
	}
	return NARC_OK;
}

static enum narc_status read_parity(struct byte_reader *raw, uint64_t start, uint64_t end,
				    struct manifest *manifest, struct narc_error *error)
{
	uint64_t strength;

	manifest->parity = byte_reader_varint(raw);
	manifest->former_parity_size = byte_reader_varint(raw);
	strength = byte_reader_varint(raw);
	if (strength > NARC_PARITY_WHOLE || manifest->former_parity_size > end - start ||
	    manifest->parity_end > end ||
	    (manifest->parity ? manifest->parity < start ||
					manifest->parity >= manifest->parity_end
			      : strength > 0 || manifest->parity_end > 0))
		return narc_fail(error, NARC_CORRUPT, stage, end,
				 "the parity is not where it can be");
	manifest->parity_strength = (unsigned)strength;
	return section_close(raw, SECTION_MANIFEST, end, error);
}

enum narc_status manifest_decode(const uint8_t *section, size_t size, uint64_t offset,
				 uint64_t start, ZSTD_DCtx *decompressor, struct manifest *out,
				 struct narc_error *error)
{
	struct manifest manifest = { 0 };
	struct byte_buffer scratch = BYTE_BUFFER_EMPTY;
	struct byte_reader payload, raw;
	enum narc_status status = section_open(section, size, SECTION_MANIFEST, offset, &payload,
					       error);

	if (status == NARC_OK)
		manifest.parity_end = byte_reader_u64(&payload);
	if (status == NARC_OK)
		status = packed_body_decode(&payload, MANIFEST_SIZE_LIMIT, decompressor, &scratch,
					    stage, offset, &raw, error);
	if (status == NARC_OK)
		status = read_dictionaries(&raw, start, offset, &manifest, error);
	if (status == NARC_OK)
		status = read_segments(&raw, start, offset, &manifest, error);
	if (status == NARC_OK)
		status = read_tombstones(&raw, offset, &manifest, error);
	if (status == NARC_OK)
		status = read_parity(&raw, start, offset, &manifest, error);
	byte_buffer_free(&scratch);
	if (status == NARC_OK)
		*out = manifest;
	else
		manifest_free(&manifest);
	return status;
}
