/* SPDX-License-Identifier: BSD-2-Clause */
/* What an open archive is to the stages of reading. */
#ifndef NARC_READ_ARCHIVE_H
#define NARC_READ_ARCHIVE_H

#include <pthread.h>
#include <zstd.h>

#include "format/names.h"
#include "format/section.h"
#include "format/trailer.h"

/* Fixed once it is open, but for names and dictionary, which are loaded when first needed,
 * under the lock. */
struct narc_archive {
	struct narc_source source;
	uint64_t file_size;
	uint64_t header_size;
	struct trailer trailer;

	pthread_mutex_t lock;
	bool names_loaded;
	struct names names;
	ZSTD_DDict *dictionary; /* NULL until loaded, and if there is none */
	uint8_t *dictionary_bytes;
	size_t dictionary_size;
	uint32_t dictionary_identifier;
};

enum narc_status archive_read(const struct narc_archive *archive, uint64_t offset, void *buffer,
			      size_t length, struct narc_error *error);

/* Reads a section of known size into buffer, replacing what it holds. */
enum narc_status archive_read_section(const struct narc_archive *archive, struct extent extent,
				      struct byte_buffer *buffer, struct narc_error *error);

/* The archive's names, loaded at the first call, for which decompressor is used. */
enum narc_status archive_names(struct narc_archive *archive, ZSTD_DCtx *decompressor,
			       const struct names **names, struct narc_error *error);

/* The archive's dictionary, likewise; NULL and 0 if it has none. */
enum narc_status archive_dictionary(struct narc_archive *archive, ZSTD_DCtx *decompressor,
				    const ZSTD_DDict **dictionary, uint32_t *identifier,
				    struct narc_error *error);

#endif
