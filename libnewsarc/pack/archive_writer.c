/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/archive_writer.h"

#include <string.h>

#include "format/dictionary.h"
#include "format/header.h"
#include "format/section.h"
#include "support/status.h"

enum narc_status archive_writer_init(struct archive_writer *writer, struct narc_sink sink,
				     size_t memory, const char *folder,
				     struct narc_error *error)
{
	memset(writer, 0, sizeof(*writer));
	writer->sink = sink;
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

enum narc_status archive_writer_put_dictionary(struct archive_writer *writer,
					       const struct byte_buffer *section,
					       uint32_t identifier, struct narc_error *error)
{
	struct manifest *manifest = &writer->manifest;
	struct manifest_dictionary *entry =
		&manifest->dictionaries[manifest->dictionary_count++];

	entry->identifier = identifier;
	return archive_writer_put(writer, section, &entry->extent, error);
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
	status = archive_writer_put(writer, &header, &extent, error);
	byte_buffer_free(&header);
	return status;
}

/* The index and the segment that names it; none if there are no rows. */
static enum narc_status write_segment(struct archive_writer *writer, struct narc_error *error)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct manifest *manifest = &writer->manifest;
	enum narc_status status;

	if (writer->segment.run_count == 0)
		return NARC_OK;
	status = index_write(&writer->index, writer->sink, &writer->offset, &writer->segment,
			     error);
	if (status == NARC_OK)
		status = segment_encode(&section, &writer->segment, writer->compressor, error);
	if (status == NARC_OK)
		status = archive_writer_put(writer, &section,
					    &manifest->segments[manifest->segment_count++],
					    error);
	byte_buffer_free(&section);
	return status;
}

/* What was written so far, synced, and then the trailer, synced: so what a valid trailer leads
 * to is whole. */
static enum narc_status write_end(struct archive_writer *writer, struct narc_error *error)
{
	struct narc_sink sink = writer->sink;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct extent extent;
	enum narc_status status = manifest_encode(&section, &writer->manifest,
						  writer->compressor, error);

	if (status == NARC_OK)
		status = archive_writer_put(writer, &section, &writer->trailer.manifest, error);
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	if (status == NARC_OK) {
		writer->trailer.end = writer->offset + TRAILER_SECTION_SIZE;
		byte_buffer_clear(&section);
		trailer_encode(&section, &writer->trailer);
		status = archive_writer_put(writer, &section, &extent, error);
	}
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	byte_buffer_free(&section);
	return status;
}

enum narc_status archive_writer_commit(struct archive_writer *writer, struct narc_error *error)
{
	enum narc_status status = write_segment(writer, error);

	if (status == NARC_OK)
		status = write_end(writer, error);
	if (status == NARC_OK)
		status = writer->sink.ops->publish(writer->sink.context, error);
	return status;
}
