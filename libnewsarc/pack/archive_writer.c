/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/archive_writer.h"

#include <stdlib.h>
#include <string.h>

#include "format/dictionary.h"
#include "format/header.h"
#include "format/section.h"
#include "format/write_parity.h"
#include "pack/plan_parity.h"
#include "support/status.h"

enum narc_status archive_writer_init(struct archive_writer *writer, struct narc_sink sink,
				     size_t memory, const char *folder,
				     struct narc_error *error)
{
	memset(writer, 0, sizeof(*writer));
	writer->sink = sink;
	writer->folder = folder;
	writer->index.blocks.fd = -1;
	writer->compressor = ZSTD_createCCtx();
	if (!writer->compressor)
		return narc_fail_memory(error);
	return index_builder_init(&writer->index, memory, folder, error);
}

void archive_writer_free(struct archive_writer *writer)
{
	index_builder_free(&writer->index);
	segment_free(&writer->segment);
	manifest_free(&writer->manifest);
	archive_tail_free(&writer->tail);
	free(writer->guarded);
	ZSTD_freeCCtx(writer->compressor);
}

enum narc_status archive_writer_put(struct archive_writer *writer,
				    const struct byte_buffer *section, struct extent *extent,
				    struct narc_error *error)
{
	enum narc_status status = byte_buffer_status(section, error);

	if (status == NARC_OK)
		status = writer->sink.ops->append(writer->sink.context, section->data,
						  section->size, error);
	*extent = (struct extent){ writer->offset, section->size };
	writer->offset += section->size;
	return status;
}

/* Adds an extent to what is guarded, to the last one if it adjoins that. */
static enum narc_status guard(struct archive_writer *writer, struct extent extent,
			      struct narc_error *error)
{
	struct extent *last = writer->guarded_count ? &writer->guarded[writer->guarded_count - 1]
						    : NULL;
	struct extent *grown;

	if (last && extent_end(*last) == extent.offset) {
		last->size += extent.size;
		return NARC_OK;
	}
	grown = realloc(writer->guarded, (writer->guarded_count + 1) * sizeof(*grown));
	if (!grown)
		return narc_fail_memory(error);
	writer->guarded = grown;
	grown[writer->guarded_count++] = extent;
	return NARC_OK;
}

enum narc_status archive_writer_put_guarded(struct archive_writer *writer,
					    const struct byte_buffer *section,
					    struct extent *extent, struct narc_error *error)
{
	enum narc_status status = archive_writer_put(writer, section, extent, error);

	return status == NARC_OK ? guard(writer, *extent, error) : status;
}

enum narc_status archive_writer_put_dictionary(struct archive_writer *writer,
					       const struct byte_buffer *section,
					       uint32_t identifier, struct narc_error *error)
{
	struct manifest *manifest = &writer->manifest;
	struct manifest_dictionary *entry =
		&manifest->dictionaries[manifest->dictionary_count++];

	entry->identifier = identifier;
	return archive_writer_put_guarded(writer, section, &entry->extent, error);
}

enum narc_status archive_writer_put_header(struct archive_writer *writer,
					   const struct byte_buffer *names,
					   const struct byte_buffer *dictionary, size_t raw_size,
					   struct narc_error *error)
{
	struct header_note note = { 0 };
	struct byte_buffer header = BYTE_BUFFER_EMPTY;
	struct extent extent;
	enum narc_status status;

	if (dictionary->size) {
		note.dictionary_raw_size = raw_size;
		note.dictionary_body_gap = names->size + DICTIONARY_BODY_OFFSET;
		note.dictionary_body_size =
			dictionary->size - DICTIONARY_BODY_OFFSET - SECTION_CHECKSUM_SIZE;
	}
	header_encode(&header, &note);
	status = archive_writer_put_guarded(writer, &header, &extent, error);
	byte_buffer_free(&header);
	return status;
}

/* ---- the end ------------------------------------------------------------------------------ */

/* Notes the offsets of a segment that are into the tail, where it stands. */
static void note_roots(struct archive_tail *tail, const struct segment *segment, size_t place)
{
	const struct extent *const roots[SEGMENT_ROOTS] = {
		&segment->code_root, &segment->path_root, &segment->content_root,
		&segment->block_root, &segment->superseded_root
	};

	for (unsigned i = 0; i < SEGMENT_ROOTS; i++)
		if (roots[i]->size)
			archive_tail_note(tail,
					  place + SECTION_HEADING_SIZE + i * SEGMENT_ROOT_SIZE,
					  place);
}

/* Adds the segment to the pages in the tail, if there are rows, and the manifest. */
static enum narc_status encode_tail(struct archive_writer *writer, struct narc_error *error)
{
	struct manifest *manifest = &writer->manifest;
	struct byte_buffer *bytes = &writer->tail.bytes;
	size_t place = bytes->size;
	enum narc_status status = NARC_OK;

	manifest->parity = writer->offset;
	if (writer->segment.run_count) {
		note_roots(&writer->tail, &writer->segment, place);
		status = segment_encode(bytes, &writer->segment, writer->compressor, error);
		manifest->segments[manifest->segment_count++].size = bytes->size - place;
	}
	place = bytes->size;
	archive_tail_note(&writer->tail, place + SECTION_HEADING_SIZE, place);
	if (status == NARC_OK)
		status = manifest_encode(bytes, manifest, writer->compressor, error);
	writer->trailer.manifest.size = bytes->size - place;
	return status == NARC_OK ? archive_tail_status(&writer->tail, error) : status;
}

/* Writes parity over what was written and over the tail, which the trailer is added to. */
static enum narc_status write_groups(struct archive_writer *writer, struct narc_error *error)
{
	struct byte_buffer *bytes = &writer->tail.bytes;
	const struct bare_generation bare = {
		writer->start, writer->guarded, writer->guarded_count, writer->offset,
		bytes->size + TRAILER_SECTION_SIZE
	};
	struct trailer *trailer = &writer->trailer;
	struct parity_plan plan;
	struct parity_input input = { .sink = writer->sink, .tail = bytes };
	enum narc_status status =
		plan_parity(&bare, writer->manifest.parity_strength, &plan, error);

	if (status != NARC_OK)
		return status;
	writer->offset = input.tail_offset = parity_plan_end(&plan);
	archive_tail_settle(&writer->tail, writer->offset);
	trailer->manifest.offset = writer->offset + bytes->size - trailer->manifest.size;
	trailer->end = writer->offset + bytes->size + TRAILER_SECTION_SIZE;
	trailer_encode(bytes, trailer);
	status = byte_buffer_status(bytes, error);
	for (size_t i = 0; i < plan.count && status == NARC_OK; i++)
		status = write_parity(&plan.tables[i], &input, writer->folder, error);
	parity_plan_free(&plan);
	return status;
}

/* What was written so far, synced, and then the trailer, synced: so what a valid trailer leads
 * to is whole. */
static enum narc_status write_end(struct archive_writer *writer, struct narc_error *error)
{
	struct narc_sink sink = writer->sink;
	const struct byte_buffer *bytes = &writer->tail.bytes;
	size_t size;
	enum narc_status status = encode_tail(writer, error);

	if (status == NARC_OK)
		status = write_groups(writer, error);
	if (status != NARC_OK)
		return status;
	size = bytes->size - TRAILER_SECTION_SIZE;
	status = sink.ops->append(sink.context, bytes->data, size, error);
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	if (status == NARC_OK)
		status = sink.ops->append(sink.context, bytes->data + size, TRAILER_SECTION_SIZE,
					  error);
	return status == NARC_OK ? sink.ops->sync(sink.context, error) : status;
}

enum narc_status archive_writer_commit(struct archive_writer *writer, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (writer->segment.run_count)
		status = index_write(&writer->index, writer->sink, &writer->offset, &writer->tail,
				     &writer->segment, error);
	if (status == NARC_OK)
		status = write_end(writer, error);
	if (status == NARC_OK)
		status = writer->sink.ops->publish(writer->sink.context, error);
	return status;
}
