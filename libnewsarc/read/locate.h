/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding blocks through the index, a page at a time. */
#ifndef NARC_READ_LOCATE_H
#define NARC_READ_LOCATE_H

#include "read/archive.h"
#include "read/page_cache.h"

/* Belongs to one thread. */
struct locator {
	struct narc_archive *archive;
	ZSTD_DCtx *decompressor; /* the owner's */
	ZSTD_DCtx *frames;       /* fetch_block's: NULL until there is a data frame */
	struct byte_buffer section;
	struct byte_buffer scratch;
	struct page_cache pages;
};

void locator_init(struct locator *locator, struct narc_archive *archive,
		  ZSTD_DCtx *decompressor);
void locator_free(struct locator *locator);

/* The page at extent, checked. Valid until the next call on this locator. */
enum narc_status locate_key_page(struct locator *locator, struct extent extent,
				 const struct key_page **page, struct narc_error *error);
enum narc_status locate_block_page(struct locator *locator, struct extent extent,
				   const struct block_page **page, struct narc_error *error);
enum narc_status locate_superseded_page(struct locator *locator, struct extent extent,
					const struct superseded_page **page,
					struct narc_error *error);

/* The numbers of the blocks of segment that may hold key, ascending; count 0 if none does.
 * Valid until the next call on this locator. */
enum narc_status locate_key(struct locator *locator, const struct segment *segment,
			    enum key_index index, const void *key, size_t size,
			    const uint64_t **blocks, size_t *count, struct narc_error *error);

/* The block with this number. */
enum narc_status locate_block(struct locator *locator, uint64_t number, struct block_entry *entry,
			      struct narc_error *error);

/* The block that holds this row. */
enum narc_status locate_row(struct locator *locator, uint64_t row, struct block_entry *entry,
			    struct narc_error *error);

/* The first block of the run that may hold rows of local_time or later. */
enum narc_status locate_time(struct locator *locator, const struct archive_run *run,
			     int64_t local_time, struct block_entry *entry,
			     struct narc_error *error);

/* The first row from row on that a generation of segment superseded; found is false if there
 * is none. */
enum narc_status locate_superseded(struct locator *locator, const struct segment *segment,
				   uint64_t row, struct superseded_entry *entry, bool *found,
				   struct narc_error *error);

#endif
