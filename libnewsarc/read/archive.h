/* SPDX-License-Identifier: BSD-2-Clause */
/* What an open archive is to the stages of reading. */
#ifndef NARC_READ_ARCHIVE_H
#define NARC_READ_ARCHIVE_H

#include <pthread.h>
#include <stdatomic.h>
#include <zstd.h>

#include "format/limits.h"
#include "format/manifest.h"
#include "format/names.h"
#include "format/section.h"
#include "format/segment.h"
#include "format/trailer.h"
#include "read/block_list.h"
#include "read/volumes.h"

/* The time of a generation of an archive that is made up, if no segment is left that has it. */
#define TIME_UNKNOWN INT64_MIN

/* Names of a section, or none, loaded when first needed. */
struct archive_names {
	struct extent extent;
	bool is_loaded;
	struct narc_error *damage; /* NULL: none is known of */
	struct names names;
};

struct archive_run {
	const struct run *run;
	const struct segment *segment; /* whose index covers it */
	struct archive_names *names; /* those of the same section are the same */
};

/* A dictionary of the manifest's, loaded when first needed. */
struct archive_dictionary {
	ZSTD_DDict *prepared; /* NULL until then */
	struct narc_error *damage; /* likewise */
	uint8_t *bytes;
	size_t size;
};

/* Fixed once it is open, but for names and dictionaries, which are loaded under the lock. */
struct narc_archive {
	struct narc_source source;
	uint64_t file_size;
	uint64_t header_size;
	struct trailer trailer;
	bool lost_generation; /* another one stands at the end, whose trailer is damaged */
	struct manifest manifest;
	struct segment *segments; /* as many as the manifest names */
	struct archive_run *runs; /* of all segments, in order */
	size_t run_count;
	struct archive_names *names; /* of the runs, in the order of their sections */
	size_t names_count;
	bool is_made_up; /* trailer, manifest and segments could not be read, because of */
	struct narc_error opening_error;
	bool is_cut; /* it is made up, and more blocks may have stood behind the last */
	struct block_list *found_blocks; /* NULL: the index has them */
	struct recovery *recovery; /* NULL: it is read as it should be */
	struct volume_list *volumes; /* NULL: it is one file, and no set */

	struct narc_limits limits;
	_Atomic uint64_t output; /* bytes of content that were handed out */

	pthread_mutex_t lock;
	uint64_t kept; /* bytes of names and dictionaries that are loaded */
	struct archive_dictionary *dictionaries; /* as many as the manifest names */
};

/* Another archive onto what is open, which must outlive it; what is loaded when it is needed it
 * loads by itself. */
enum narc_status archive_view_new(const struct narc_archive *archive, struct narc_archive **view,
				  struct narc_error *error);
void archive_view_free(struct narc_archive *view);

/* A copy of what was found wrong, which is to be freed; NULL if there is no memory for it. */
struct narc_error *archive_note_damage(const struct narc_error *damage);

/* Gives a section of an archive, in buffer. */
typedef enum narc_status (*give_section_fn)(void *context, struct extent extent,
					    struct byte_buffer *buffer, struct narc_error *error);

/* Takes the manifest and the segments that the trailer leads to, asked for in this order, and
 * checks that all of it is one archive. What was taken stays if that fails. */
enum narc_status archive_take_contents(struct narc_archive *archive, give_section_fn give,
				       void *context, ZSTD_DCtx *decompressor,
				       struct narc_error *error);

/* Lists the runs of all segments, and makes room for dictionaries. */
enum narc_status archive_list_runs(struct narc_archive *archive, struct narc_error *error);

/* Frees these lists, what was loaded into them, and a recovery. */
void archive_unload(struct narc_archive *archive);

/* Frees all that was read of the archive, but for its header. */
void archive_forget(struct narc_archive *archive);

enum narc_status archive_read(const struct narc_archive *archive, uint64_t offset, void *buffer,
			      size_t length, struct narc_error *error);

/* Tells the source that an extent will be read, if it wants to know. */
void archive_expect(const struct narc_archive *archive, struct extent extent);

/* Reads a section of known size into buffer, replacing what it holds. */
enum narc_status archive_read_section(const struct narc_archive *archive, struct extent extent,
				      struct byte_buffer *buffer, struct narc_error *error);

/* How much a section of this kind, a dictionary or one with a packed body, states to decode to: of
 * which nothing is known to be right. */
uint64_t archive_stated_size(const struct byte_buffer *section, enum section_tag tag);

/* The most content of a block that is decoded in memory. */
static inline uint64_t archive_memory_limit(const struct narc_archive *archive)
{
	uint64_t limit = archive->limits.block;

	return limit && limit < BLOCK_CONTENT_LIMIT ? limit : BLOCK_CONTENT_LIMIT;
}

/* Whether the content of the record may be handed out, as far as its size is known: NARC_LIMIT if
 * not. If so, it is counted. */
enum narc_status archive_admit(struct narc_archive *archive, const struct narc_record *record,
			       struct narc_error *error);

/* Counts bytes that are handed out; false, and nothing is counted, if they may not be. */
bool archive_take_output(struct narc_archive *archive, uint64_t size);

/* The run that has this block, or row, of which there are not fewer. */
struct archive_run *archive_run_of_block(const struct narc_archive *archive, uint64_t block);
struct archive_run *archive_run_of_row(const struct narc_archive *archive, uint64_t row);

/* Which of the segments has this generation, of which there are not fewer. */
size_t archive_segment_of_generation(const struct narc_archive *archive, uint32_t generation);

/* The names of a run, loaded at the first call, for which decompressor is used. */
enum narc_status archive_names(struct narc_archive *archive, struct archive_run *run,
			       ZSTD_DCtx *decompressor, const struct names **names,
			       struct narc_error *error);

/* The dictionary with this identifier that a data frame at offset is compressed with, likewise;
 * NULL for 0. NARC_CORRUPT if the archive has no such dictionary. */
enum narc_status archive_dictionary(struct narc_archive *archive, uint64_t offset,
				    uint32_t identifier, ZSTD_DCtx *decompressor,
				    const ZSTD_DDict **dictionary, struct narc_error *error);

/* The dictionary that the manifest names in this place, likewise. */
enum narc_status archive_dictionary_at(struct narc_archive *archive, size_t place,
				       ZSTD_DCtx *decompressor,
				       const struct archive_dictionary **dictionary,
				       struct narc_error *error);

#endif
