/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How libFuzzer changes an archive: mostly inside of one frame, and then checksums and hashes are
 * made right again. Otherwise nearly all that it tries would end at the first checksum.
 */
#include <stdlib.h>
#include <string.h>

#include "format/descriptor.h"
#include "format/dictionary.h"
#include "format/frame.h"
#include "format/limits.h"
#include "fuzz.h"
#include "support/content_hash.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* ---- frames ------------------------------------------------------------------------------- */

enum { FRAMES_LIMIT = 256 };

/* What is between two places of the file: a frame, or the rest that is none. */
struct frame {
	size_t start;
	size_t size;
	bool is_section;
};

static size_t list_frames(const uint8_t *data, size_t size, struct frame frames[FRAMES_LIMIT])
{
	size_t count = 0;

	for (size_t place = 0; place < size && count < FRAMES_LIMIT; count++) {
		size_t left = size - place;
		size_t frame = ZSTD_findFrameCompressedSize(data + place, left);
		bool good = !ZSTD_isError(frame) && frame > 0 && count < FRAMES_LIMIT - 1;

		frames[count] = (struct frame){
			.start = place,
			.size = good ? frame : left,
			.is_section = good && frame >= SECTION_MIN_SIZE &&
				      load_le32(data + place) == SECTION_MAGIC,
		};
		place += frames[count].size;
	}
	return count;
}

/* ---- making right what follows from the rest ---------------------------------------------- */

/* What was decoded last. */
struct sealing {
	uint8_t *dictionary;
	size_t dictionary_size;
	uint8_t *content;
	size_t content_size;
	uint64_t frame_hash; /* of the data frame that was not described yet */
	struct frame manifest;
};

static void decode_content(struct sealing *sealing, uint8_t *bytes, size_t size)
{
	enum { CONTENT_LIMIT = 1 << 20, CHECKSUM_SIZE = 4 };
	ZSTD_DCtx *decompressor = fuzz_codec()->decompressor;
	ZSTD_frameHeader header;
	size_t room, got;

	free(sealing->content);
	sealing->content = NULL;
	if (ZSTD_getFrameHeader(&header, bytes, size) != 0 || !header.checksumFlag ||
	    header.frameContentSize > CONTENT_LIMIT)
		return;
	room = (size_t)header.frameContentSize;
	sealing->content = malloc(room + 1);
	HOLDS(sealing->content);
	ZSTD_DCtx_setParameter(decompressor, ZSTD_d_forceIgnoreChecksum, ZSTD_d_ignoreChecksum);
	got = ZSTD_decompress_usingDict(decompressor, sealing->content, room, bytes, size,
					sealing->dictionary, sealing->dictionary_size);
	ZSTD_DCtx_reset(decompressor, ZSTD_reset_session_and_parameters);
	if (ZSTD_isError(got)) {
		free(sealing->content);
		sealing->content = NULL;
		return;
	}
	sealing->content_size = got;
	store_le32(bytes + size - CHECKSUM_SIZE, (uint32_t)XXH64(sealing->content, got, 0));
}

static void take_dictionary(struct sealing *sealing, const uint8_t *section, size_t size)
{
	uint32_t identifier;

	free(sealing->dictionary);
	sealing->dictionary = NULL;
	sealing->dictionary_size = 0;
	dictionary_decode(section, size, 0, fuzz_codec()->decompressor, &sealing->dictionary,
			  &sealing->dictionary_size, &identifier, NULL);
}

/* Sets the hash of the frame before the descriptor, and goes on to the next one. */
static void set_frame_hash(struct sealing *sealing, uint8_t *section, size_t size)
{
	struct byte_reader payload = byte_reader_over(section, size);
	const uint8_t *place;

	byte_reader_bytes(&payload, SECTION_HEADING_SIZE);
	byte_reader_varint(&payload); /* sizes of the frame and of its content */
	byte_reader_varint(&payload);
	byte_reader_u32(&payload); /* the dictionary */
	place = byte_reader_bytes(&payload, 8);
	if (place)
		store_le64(section + (place - section), sealing->frame_hash);
	sealing->frame_hash = 0;
}

/* Sets the hashes of the rows whose content is in the frame before the descriptor. */
static void set_hashes(const struct sealing *sealing, uint8_t *section, size_t size)
{
	struct fuzz_codec *codec = fuzz_codec();
	struct descriptor descriptor;
	size_t place = 0;

	if (!sealing->content ||
	    descriptor_decode(section, size, FUZZ_OFFSET, codec->decompressor, &codec->scratch,
			      &descriptor, NULL) != NARC_OK)
		return;
	for (uint32_t i = 0; i < descriptor.facts.row_count; i++) {
		uint8_t *hash = section + (descriptor.hashes - section) + 8 * (size_t)i;
		int64_t source = packed_column_get(&descriptor.columns[COLUMN_SOURCE], i);
		uint64_t length =
			(uint64_t)packed_column_get(&descriptor.columns[COLUMN_LENGTH], i);

		if (source > 0 && source <= (int64_t)i) {
			memcpy(hash, hash - 8 * source, 8);
		} else if (source == 0 && length <= sealing->content_size - place) {
			store_le64(hash, content_hash(sealing->content + place, (size_t)length));
			place += (size_t)length;
		}
	}
}

/* A trailer says where it is, and where the manifest is in front of it. */
static void set_places(const struct sealing *sealing, uint8_t *section, size_t start)
{
	uint8_t *payload = section + SECTION_HEADING_SIZE;

	store_le64(payload + 80, start + TRAILER_SECTION_SIZE);
	if (sealing->manifest.size && sealing->manifest.start + sealing->manifest.size == start) {
		store_le64(payload + 8, sealing->manifest.start);
		store_le64(payload + 16, sealing->manifest.size);
	}
}

static void set_checksum(uint8_t *section, size_t size)
{
	size -= SECTION_CHECKSUM_SIZE;
	store_le64(section + size, content_hash(section, size));
}

static void seal_descriptor(struct sealing *sealing, uint8_t *section, size_t size)
{
	set_frame_hash(sealing, section, size);
	set_checksum(section, size);
	set_hashes(sealing, section, size);
}

static void seal_section(struct sealing *sealing, uint8_t *data, struct frame frame)
{
	uint8_t *section = data + frame.start;
	uint32_t tag = load_le32(section + 8);

	set_checksum(section, frame.size);
	if (tag == SECTION_DICTIONARY)
		take_dictionary(sealing, section, frame.size);
	else if (tag == SECTION_DESCRIPTOR)
		seal_descriptor(sealing, section, frame.size);
	else if (tag == SECTION_MANIFEST)
		sealing->manifest = frame;
	else if (tag == SECTION_TRAILER && frame.size == TRAILER_SECTION_SIZE)
		set_places(sealing, section, frame.start);
	set_checksum(section, frame.size);
}

static void seal(uint8_t *data, size_t size)
{
	struct frame frames[FRAMES_LIMIT];
	size_t count = list_frames(data, size, frames);
	struct sealing sealing = { 0 };

	for (size_t i = 0; i < count; i++) {
		uint8_t *bytes = data + frames[i].start;

		if (frames[i].is_section)
			seal_section(&sealing, data, frames[i]);
		else if (is_one_frame(bytes, frames[i].size)) {
			decode_content(&sealing, bytes, frames[i].size);
			sealing.frame_hash = content_hash(bytes, frames[i].size);
		}
	}
	free(sealing.dictionary);
	free(sealing.content);
}

/* ---- changing ----------------------------------------------------------------------------- */

/* Changes the inside of a frame. If it is to keep its size, so that all offsets stay right, what
 * libFuzzer adds is cut off, and what it takes away is put back. */
static size_t change_frame(uint8_t *data, size_t size, size_t max_size, struct frame frame,
			   bool keep_size)
{
	size_t heading = frame.is_section ? SECTION_HEADING_SIZE : 0;
	size_t ending = frame.is_section ? SECTION_CHECKSUM_SIZE : 0;
	size_t start = frame.start + heading;
	size_t inside = frame.size - heading - ending;
	size_t room = inside + (keep_size ? 0 : max_size - size);
	size_t behind = size - start - inside;
	uint8_t *copy = malloc(room + 1);
	size_t changed;

	HOLDS(copy);
	memcpy(copy, data + start, inside);
	changed = LLVMFuzzerMutate(copy, inside, room);
	if (keep_size) {
		memcpy(data + start, copy, changed);
	} else {
		memmove(data + start + changed, data + start + inside, behind);
		memcpy(data + start, copy, changed);
		size = start + changed + behind;
		if (frame.is_section)
			store_le32(data + frame.start + 4,
				   (uint32_t)(heading + changed + ending - SECTION_SIZES_SIZE));
	}
	free(copy);
	return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	enum { OF_ALL = 16, OF_SIZE = 4 };
	struct frame frames[FRAMES_LIMIT];
	size_t count = list_frames(data, size, frames);

	if (count == 0 || seed % OF_ALL == 0) {
		size = LLVMFuzzerMutate(data, size, max_size);
	} else {
		struct frame frame = frames[seed / OF_ALL % count];

		if (frame.size > SECTION_MIN_SIZE)
			size = change_frame(data, size, max_size, frame,
					    seed / OF_ALL / FRAMES_LIMIT % OF_SIZE != 0);
	}
	/* What is not sealed shows whether checksums are looked at. */
	if (seed % OF_ALL != 1)
		seal(data, size);
	return size;
}
