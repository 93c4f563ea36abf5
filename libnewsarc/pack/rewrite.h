/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making an archive of the blocks of others: data frames are copied as they are, unless their
 * content changes; and all of it gets one index.
 */
#ifndef NARC_PACK_REWRITE_H
#define NARC_PACK_REWRITE_H

#include "format/supersession.h"
#include "pack/archive_writer.h"
#include "pack/compress_block.h"
#include "read/find_owner.h"
#include "support/progress.h"
#include "support/spill_file.h"

/* What becomes of a block. */
enum block_edit {
	BLOCK_STAYS,          /* byte for byte */
	BLOCK_ROWS_CHANGE,    /* with another descriptor */
	BLOCK_CONTENT_CHANGES, /* compressed anew */
	BLOCK_GOES
};

struct rewriter {
	narc_archive *archive; /* that the blocks at hand are of */
	struct archive_writer writer;
	struct supersession supersession;
	struct locator locator;
	ZSTD_DCtx *decompressor;
	int level;
	/* The dictionaries of the new archive, in the order of its manifest, with a compressor
	 * for each, and behind them one without a dictionary; made when first needed. */
	struct byte_buffer *dictionaries;
	uint32_t *identifiers;
	size_t dictionary_count;
	struct block_compressor *compressors;
	struct spill_file large; /* for what does not fit into memory */
	struct names names;      /* of the run at hand */
	const narc_archive *names_archive; /* that they are of; NULL: of none */
	struct extent names_place;         /* where in it */
	bool names_are_written;  /* no others stand behind them so far */
	struct run run;
	uint64_t recompressed;   /* blocks */
	uint64_t copied_size;    /* of data frames that were copied */
	struct progress *progress;
};

/* What all that rewrite take from their callers. */
struct rewrite_options {
	int level; /* of zstd, for what is compressed anew */
	size_t memory; /* for sorting, which may spill to folder */
	const char *folder;
	struct progress *progress;
};

enum narc_status rewriter_init(struct rewriter *rewriter, struct narc_sink sink,
			       const struct rewrite_options *options, struct narc_error *error);
void rewriter_free(struct rewriter *rewriter);

/* The blocks that come are of this archive. Nothing of it is copied by that. */
void rewriter_set_archive(struct rewriter *rewriter, narc_archive *archive);

/* Takes over the dictionaries of the archive that is set, which may be changed then. One that
 * is there already is taken once; NARC_MISUSE if another one has its identifier. */
enum narc_status rewriter_add_dictionaries(struct rewriter *rewriter, struct narc_error *error);

/* The place of a dictionary among those taken over; their number if it is not among them. */
size_t rewriter_find_dictionary(const struct rewriter *rewriter, uint32_t identifier);

/* Sets the names to those of a run, unless they are already: runs that have them from one section
 * have them from one again. Whoever changes them does so before they are written. */
enum narc_status rewriter_load_names(struct rewriter *rewriter, const struct run *run,
				     struct narc_error *error);

/* Writes the header, the names of the first run, which are loaded, and the dictionaries. There
 * is room for so many runs. times are those of the generations, from the first. */
enum narc_status rewriter_begin(struct rewriter *rewriter, size_t runs, const int64_t *times,
				size_t generations, struct narc_error *error);

/* Adds the tombstone of a row of the new archive, and copies its reason; they are put in order at
 * the end. */
enum narc_status rewriter_add_tombstone(struct rewriter *rewriter,
					const struct tombstone *tombstone,
					struct narc_error *error);

/* Decides what becomes of a block, whose rows are in job as they were, and changes them. Of one
 * that is to be compressed anew, it calls rewriter_gather. */
typedef enum narc_status (*edit_block_fn)(void *context, struct fetched_block *block,
					  struct block_job *job, enum block_edit *edit,
					  struct narc_error *error);

/* A copy of a job's rows, as they are before they change; their strings stay the job's. NULL if
 * there is no memory. */
struct row *copy_rows(const struct block_job *job);

/* Puts together the content of a block that is to be compressed anew: of each row that owns
 * its content now, what it had as old row, in its own block or in another. */
enum narc_status rewriter_gather(struct rewriter *rewriter, struct owner_search *search,
				 struct fetched_block *block, struct block_job *job,
				 const struct row *old, struct narc_error *error);

/* Writes what becomes of a block of the archive, whose run has been begun; block is what was
 * fetched last. */
enum narc_status rewriter_copy_block(struct rewriter *rewriter, uint64_t number,
				     struct fetched_block *block, edit_block_fn edit,
				     void *context, struct narc_error *error);

/* Writes a run, with its names as rewriter->names has them. A row at least stays. */
enum narc_status rewriter_copy_run(struct rewriter *rewriter, const struct archive_run *run,
				   edit_block_fn edit, void *context, struct narc_error *error);

/* Writes index, manifest and trailer, and publishes. */
enum narc_status rewriter_commit(struct rewriter *rewriter, struct narc_error *error);

/* The times of all generations of an archive, to be freed; NULL if there is no memory. */
int64_t *generation_times(const narc_archive *archive);

#endif
