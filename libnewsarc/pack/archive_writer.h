/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing the parts of an archive one behind the other: names, dictionaries and blocks, then
 * the index over them, the manifest and the trailer, which commits. What is to be written, and
 * how blocks come about, is the caller's.
 */
#ifndef NARC_PACK_ARCHIVE_WRITER_H
#define NARC_PACK_ARCHIVE_WRITER_H

#include "format/manifest.h"
#include "format/names.h"
#include "format/trailer.h"
#include "pack/build_index.h"

struct archive_writer {
	struct narc_sink sink;
	uint64_t offset; /* where the next part goes */
	ZSTD_CCtx *compressor;
	const char *folder; /* for temporary files */
	uint64_t start;     /* of the generation; the caller's, as offset */
	struct extent *guarded; /* what all else needs, so far; in order, and not adjoining */
	size_t guarded_count;
	struct extent names; /* of the runs that come */
	struct index_builder index;
	struct segment segment; /* with room for the runs that come */
	struct manifest manifest; /* with room for dictionaries, segments and tombstones */
	struct trailer trailer; /* its counts are the caller's */
	struct archive_tail tail;
};

/* memory and folder are for the index. The sink stays the caller's. */
enum narc_status archive_writer_init(struct archive_writer *writer, struct narc_sink sink,
				     size_t memory, const char *folder,
				     struct narc_error *error);
void archive_writer_free(struct archive_writer *writer);

/* Writes a section that is complete, and gives its extent. */
enum narc_status archive_writer_put(struct archive_writer *writer,
				    const struct byte_buffer *section, struct extent *extent,
				    struct narc_error *error);

/* The same for one that all else needs. */
enum narc_status archive_writer_put_guarded(struct archive_writer *writer,
					    const struct byte_buffer *section,
					    struct extent *extent, struct narc_error *error);

/* Writes the section of a dictionary, and adds it to the manifest. */
enum narc_status archive_writer_put_dictionary(struct archive_writer *writer,
					       const struct byte_buffer *section,
					       uint32_t identifier, struct narc_error *error);

/* Writes the header; the sections of names and of the first dictionary come next. raw_size is
 * that of the dictionary. */
enum narc_status archive_writer_put_header(struct archive_writer *writer,
					   const struct byte_buffer *names,
					   const struct byte_buffer *dictionary, size_t raw_size,
					   struct narc_error *error);

/* Writes index, parity, segment, manifest and trailer, with the sync before the trailer and the
 * one behind it, and publishes. The segment has its runs and generations; without rows there is
 * none. The manifest says how much parity there is to be. */
enum narc_status archive_writer_commit(struct archive_writer *writer, struct narc_error *error);

#endif
