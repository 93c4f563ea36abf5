/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/fetch_block.h"

#include <stdlib.h>

#include "format/frame.h"
#include "read/recovery.h"
#include "support/content_hash.h"
#include "support/status.h"

/* A data frame larger than this is not read along with its descriptor. */
enum { FRAME_READ_LIMIT = 4 << 20 };

/* What is loaded of a volume stays as long as it is used. */
static void use_volume(struct fetched_block *block, struct volume *volume)
{
	if (block->volume)
		atomic_fetch_sub(&block->volume->users, 1);
	block->volume = volume;
	if (volume)
		atomic_fetch_add(&volume->users, 1);
}

void fetched_block_free(struct fetched_block *block)
{
	use_volume(block, NULL);
	byte_buffer_free(&block->bytes);
	byte_buffer_free(&block->strings);
	byte_buffer_free(&block->content);
}

void fetched_block_drop_content(struct fetched_block *block)
{
	byte_buffer_free(&block->content);
	block->has_content = block->is_damaged = false;
}

static enum narc_status check_against_index(const struct fetched_block *block,
					    struct narc_error *error)
{
	const struct block_facts *facts = &block->descriptor.facts;
	const struct block_entry *entry = &block->entry;

	if (facts->frame_size != entry->frame_size || facts->row_count != entry->rows ||
	    facts->first_row != entry->first_row ||
	    facts->first_local_time != entry->first_local_time)
		return narc_fail(error, NARC_CORRUPT, "descriptor", block->descriptor.offset,
				 "says other things of the block than the index");
	return NARC_OK;
}

/* Who reads what can be read goes on without names. */
static enum narc_status get_names(struct locator *locator, const struct block_entry *entry,
				  const struct names **names, struct narc_error *error)
{
	struct narc_archive *archive = locator->archive;
	enum narc_status status =
		archive_names(archive, archive_run_of_block(archive, entry->first_block),
			      locator->decompressor, names, error);

	if (!archive->recovery || (status != NARC_CORRUPT && status != NARC_LIMIT))
		return status;
	*names = NULL;
	return NARC_OK;
}

enum narc_status fetch_block(struct locator *locator, const struct block_entry *entry,
			     bool with_frame, struct fetched_block *block,
			     struct narc_error *error)
{
	struct extent extent = { entry->offset + entry->frame_size, entry->section_size };
	uint64_t descriptor_offset = extent.offset;
	size_t gap;
	enum narc_status status;

	if (block->entry.rows && block->entry.offset == entry->offset)
		return NARC_OK;
	block->entry.rows = 0;
	block->has_content = block->is_damaged = block->frame_is_right = false;
	if (extent.size > DESCRIPTOR_SIZE_LIMIT)
		return narc_fail(error, NARC_LIMIT, "descriptor", extent.offset,
				 "a descriptor of %llu bytes is over the limit",
				 (unsigned long long)extent.size);
	block->has_frame = with_frame && entry->frame_size <= FRAME_READ_LIMIT;
	if (block->has_frame) {
		extent.offset = entry->offset;
		extent.size += entry->frame_size;
	}
	status = archive_read_section(locator->archive, extent, &block->bytes, error);
	if (status != NARC_OK)
		return status;
	gap = (size_t)(descriptor_offset - extent.offset);
	status = descriptor_decode(block->bytes.data + gap, block->bytes.size - gap,
				   descriptor_offset, locator->decompressor, &block->strings,
				   &block->descriptor, error);
	if (status != NARC_OK)
		return status;
	if (locator->archive->volumes) {
		use_volume(block, volume_at(locator->archive->volumes, descriptor_offset));
		volume_move_descriptor(block->volume, &block->descriptor);
	}
	status = get_names(locator, entry, &block->names, error);
	if (status != NARC_OK)
		return status;
	block->entry = *entry;
	status = check_against_index(block, error);
	if (status != NARC_OK)
		block->entry.rows = 0;
	return status;
}

static enum narc_status fail_frame(const struct fetched_block *block, struct narc_error *error,
				   const char *what)
{
	return narc_fail_text(error, NARC_CORRUPT, "data frame", block->entry.offset, what);
}

/* Checks what the frame says of itself against the descriptor, and finds its dictionary. */
static enum narc_status check_frame(struct locator *locator, const struct fetched_block *block,
				    const uint8_t *frame, size_t size,
				    const ZSTD_DDict **dictionary, struct narc_error *error)
{
	const struct block_facts *facts = &block->descriptor.facts;
	ZSTD_frameHeader header;

	if (size < 4 || load_le32(frame) != ZSTD_MAGICNUMBER ||
	    ZSTD_getFrameHeader(&header, frame, size) != 0)
		return fail_frame(block, error, "is not a zstd frame");
	if (header.frameContentSize != facts->content_size || !header.checksumFlag ||
	    header.dictID != facts->dictionary)
		return fail_frame(block, error, "says other things of itself than its descriptor");
	if (header.windowSize > (uint64_t)1 << WINDOW_LOG_LIMIT)
		return narc_fail(error, NARC_LIMIT, "data frame", block->entry.offset,
				 "needs a window of %llu bytes", header.windowSize);
	return archive_dictionary(locator->archive, block->entry.offset, facts->dictionary,
				  locator->decompressor, dictionary, error);
}

static enum narc_status read_frame(struct locator *locator, struct fetched_block *block,
				   struct byte_buffer *separate, const uint8_t **frame,
				   struct narc_error *error)
{
	enum narc_status status;

	if (block->has_frame) {
		*frame = block->bytes.data;
		return NARC_OK;
	}
	status = archive_read_section(locator->archive,
				      (struct extent){ block->entry.offset,
						       block->entry.frame_size },
				      separate, error);
	*frame = separate->data;
	return status;
}

/* Data frames have a decompressor of their own: so the dictionary stays in it, and near. */
static ZSTD_DCtx *frame_decompressor(struct locator *locator)
{
	if (!locator->frames) {
		locator->frames = ZSTD_createDCtx();
		/* Content is decoded where it stays, without a buffer before it. */
		if (locator->frames)
			ZSTD_DCtx_setParameter(locator->frames, ZSTD_d_stableOutBuffer, 1);
	}
	return locator->frames;
}

/* Gives the decoder all of the frame; or, with in_steps, one of its zstd blocks after the other,
 * until it has made end bytes of content. Returns 0, or zstd's error. */
static size_t decompress_until(ZSTD_DCtx *decompressor, const uint8_t *frame, size_t size,
			       bool in_steps, size_t end, ZSTD_outBuffer *output)
{
	ZSTD_inBuffer input = { frame, 0, 0 };
	size_t wanted = in_steps ? ZSTD_FRAMEHEADERSIZE_MIN(ZSTD_f_zstd1) : size;

	while (wanted > 0 && output->pos < end && input.size < size) {
		input.size += wanted < size - input.size ? wanted : size - input.size;
		wanted = ZSTD_decompressStream(decompressor, output, &input);
		if (ZSTD_isError(wanted))
			return wanted;
	}
	return 0;
}

/* Makes the decoder ready. A frame may have been left in the middle; and who stops there does not
 * get to its checksum: then it need not be made. */
static ZSTD_DCtx *begin_frame(struct locator *locator, const ZSTD_DDict *dictionary,
			      bool with_checksum)
{
	ZSTD_DCtx *decompressor = frame_decompressor(locator);

	if (!decompressor)
		return NULL;
	ZSTD_DCtx_reset(decompressor, ZSTD_reset_session_only);
	ZSTD_DCtx_refDDict(decompressor, dictionary);
	ZSTD_DCtx_setParameter(decompressor, ZSTD_d_forceIgnoreChecksum, !with_checksum);
	return decompressor;
}

/* Decompresses the first end bytes of the frame's content at least to where they belong. */
static enum narc_status decompress_frame(struct locator *locator, struct fetched_block *block,
					 const uint8_t *frame, const ZSTD_DDict *dictionary,
					 size_t end, struct narc_error *error)
{
	const struct block_facts *facts = &block->descriptor.facts;
	ZSTD_outBuffer output = { block->content.data, (size_t)facts->content_size, 0 };
	bool is_part = end < output.size;
	ZSTD_DCtx *decompressor = begin_frame(locator, dictionary, !is_part);
	size_t code;

	if (!decompressor)
		return narc_fail_memory(error);
	code = decompress_until(decompressor, frame, (size_t)facts->frame_size, is_part, end,
				&output);
	if (is_memory_error(code))
		return narc_fail_memory(error);
	if (ZSTD_isError(code))
		return fail_frame(block, error, ZSTD_getErrorName(code));
	if (output.pos < end)
		return fail_frame(block, error, "decompresses to another size than it should");
	block->content.size = output.pos;
	return NARC_OK;
}

/* What a damaged frame decodes to: all of it, if only its checksum is wrong, or what comes before
 * the damage. Each row has a hash of its own, which tells what is right. */
static void save_content(struct locator *locator, struct fetched_block *block,
			 const uint8_t *frame, const ZSTD_DDict *dictionary)
{
	const struct block_facts *facts = &block->descriptor.facts;
	ZSTD_outBuffer output = { block->content.data, (size_t)facts->content_size, 0 };
	ZSTD_DCtx *decompressor = begin_frame(locator, dictionary, false);

	if (decompressor)
		decompress_until(decompressor, frame, (size_t)facts->frame_size, true, output.size,
				 &output);
	block->content.size = output.pos;
}

/* Reads and decompresses the data frame, up to byte number end of its content. */
static enum narc_status load_content(struct locator *locator, struct fetched_block *block,
				     size_t end, struct byte_buffer *separate,
				     struct narc_error *error)
{
	const size_t size = (size_t)block->descriptor.facts.frame_size;
	const ZSTD_DDict *dictionary = NULL;
	const uint8_t *frame = NULL;
	enum narc_status status = read_frame(locator, block, separate, &frame, error);

	if (status == NARC_OK)
		status = check_frame(locator, block, frame, size, &dictionary, error);
	if (status != NARC_OK)
		return status;
	if (is_one_frame(frame, size))
		status = decompress_frame(locator, block, frame, dictionary, end, error);
	else
		status = fail_frame(block, error, "is not one zstd frame");
	if (status == NARC_CORRUPT)
		save_content(locator, block, frame, dictionary);
	return status;
}

enum narc_status decode_block_until(struct locator *locator, struct fetched_block *block,
				    uint64_t end, struct narc_error *error)
{
	const struct block_facts *facts = &block->descriptor.facts;
	struct byte_buffer separate = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	if (end > facts->content_size)
		end = facts->content_size;
	if (block->has_content && end <= block->content.size)
		return NARC_OK;
	if (block->is_damaged)
		goto done;
	/* Who comes a second time will want the rest too. */
	if (block->has_content)
		end = facts->content_size;
	if (facts->content_size > archive_memory_limit(locator->archive))
		return narc_fail(error, NARC_LIMIT, "data frame", block->entry.offset,
				 "holds %llu bytes, more than the limit of %llu in memory",
				 (unsigned long long)facts->content_size,
				 (unsigned long long)archive_memory_limit(locator->archive));
	block->has_content = false;
	byte_buffer_clear(&block->content);
	if (!byte_buffer_reserve(&block->content, (size_t)facts->content_size))
		return narc_fail_memory(error);
	status = facts->frame_size ? load_content(locator, block, (size_t)end, &separate,
						  &block->damage)
				   : NARC_OK;
	byte_buffer_free(&separate);
	block->has_content = status == NARC_OK;
	block->is_damaged = status == NARC_CORRUPT || status == NARC_LIMIT;
	if (status == NARC_OK)
		return NARC_OK;
done:
	if (error)
		*error = block->damage;
	return block->damage.status;
}

enum narc_status decode_block(struct locator *locator, struct fetched_block *block,
			      struct narc_error *error)
{
	return decode_block_until(locator, block, UINT64_MAX, error);
}

/* Hashes a frame that was not read along with its descriptor, piece by piece. */
static enum narc_status hash_frame(struct locator *locator, const struct fetched_block *block,
				   XXH3_state_t *state, struct narc_error *error)
{
	struct extent extent = { block->entry.offset, FRAME_READ_LIMIT };
	uint64_t end = extent.offset + block->entry.frame_size;
	enum narc_status status = NARC_OK;

	XXH3_64bits_reset(state);
	for (; extent.offset < end && status == NARC_OK; extent.offset += extent.size) {
		if (extent.size > end - extent.offset)
			extent.size = end - extent.offset;
		status = archive_read_section(locator->archive, extent, &locator->section, error);
		if (status == NARC_OK)
			XXH3_64bits_update(state, locator->section.data, (size_t)extent.size);
	}
	return status;
}

enum narc_status check_frame_hash(struct locator *locator, struct fetched_block *block,
				  struct narc_error *error)
{
	const struct block_facts *facts = &block->descriptor.facts;
	XXH3_state_t *state;
	uint64_t hash = 0;
	enum narc_status status = NARC_OK;

	if (block->frame_is_right)
		return NARC_OK;
	if (block->has_frame && facts->frame_size) {
		hash = content_hash(block->bytes.data, (size_t)facts->frame_size);
	} else if (facts->frame_size) {
		state = XXH3_createState();
		status = state ? hash_frame(locator, block, state, error) : narc_fail_memory(error);
		if (status == NARC_OK)
			hash = XXH3_64bits_digest(state);
		XXH3_freeState(state);
	}
	if (status == NARC_OK && hash != facts->frame_hash)
		status = fail_frame(block, error, "its bytes do not match their hash");
	block->frame_is_right = status == NARC_OK;
	return status;
}

/* Feeds size bytes of the frame to the decoder; *left counts what the frame's content
 * still lacks, and *ended says that the frame is complete. */
static enum narc_status stream_piece(const struct fetched_block *block, ZSTD_DCtx *decompressor,
				     ZSTD_inBuffer input, struct byte_buffer *output,
				     uint64_t *left, bool *ended, narc_write_fn write,
				     void *context, struct narc_error *error)
{
	while (input.pos < input.size) {
		ZSTD_outBuffer piece = { output->data, output->capacity, 0 };
		size_t hint;

		if (*ended)
			return fail_frame(block, error, "is not one zstd frame");
		hint = ZSTD_decompressStream(decompressor, &piece, &input);
		if (is_memory_error(hint))
			return narc_fail_memory(error);
		if (ZSTD_isError(hint))
			return fail_frame(block, error, ZSTD_getErrorName(hint));
		if (piece.pos > *left)
			return fail_frame(block, error, "decompresses to more than it should");
		*left -= piece.pos;
		*ended = hint == 0;
		if (piece.pos && !write(context, piece.dst, piece.pos))
			return narc_fail(error, NARC_CANCELLED, "data frame", block->entry.offset,
					 "stopped by the receiver");
	}
	return NARC_OK;
}

enum narc_status stream_block(struct locator *locator, const struct fetched_block *block,
			      narc_write_fn write, void *context, struct narc_error *error)
{
	struct byte_buffer input = BYTE_BUFFER_EMPTY;
	struct byte_buffer output = BYTE_BUFFER_EMPTY;
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();
	uint64_t left = block->descriptor.facts.content_size;
	uint64_t offset = block->entry.offset;
	uint64_t end = offset + block->entry.frame_size;
	bool started = false;
	bool ended = false;
	enum narc_status status = NARC_OK;

	if (!decompressor || !byte_buffer_reserve(&output, ZSTD_DStreamOutSize())) {
		status = narc_fail_memory(error);
		goto done;
	}
	ZSTD_DCtx_setParameter(decompressor, ZSTD_d_windowLogMax, WINDOW_LOG_LIMIT);
	while (status == NARC_OK && offset < end) {
		size_t size = end - offset < FRAME_READ_LIMIT ? (size_t)(end - offset)
							      : FRAME_READ_LIMIT;
		struct extent extent = { offset, size };

		status = archive_read_section(locator->archive, extent, &input, error);
		if (status == NARC_OK && !started) {
			const ZSTD_DDict *dictionary;

			status = check_frame(locator, block, input.data, input.size, &dictionary,
					     error);
			if (status == NARC_OK)
				ZSTD_DCtx_refDDict(decompressor, dictionary);
			started = true;
		}
		if (status == NARC_OK)
			status = stream_piece(block, decompressor,
					      (ZSTD_inBuffer){ input.data, input.size, 0 },
					      &output, &left, &ended, write, context, error);
		offset += size;
	}
	if (status == NARC_OK && (left || !ended))
		status = fail_frame(block, error, "ends before its content does");
done:
	ZSTD_freeDCtx(decompressor);
	byte_buffer_free(&input);
	byte_buffer_free(&output);
	return status;
}
