/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contents of an archive for those who read them in pieces, anywhere, from any number of threads.
 * A content is decompressed and checked as a whole before the first piece of it is given. Small
 * ones may stay in memory for a while; large ones are in a temporary file for as long as they are
 * held, or read.
 */
#ifndef NARC_MOUNT_CONTENTS_H
#define NARC_MOUNT_CONTENTS_H

#include "cursor_pool.h"

/* Contents larger than this are in temporary files, and to be held. */
#define CONTENT_IN_MEMORY ((uint64_t)1 << 20)

struct contents;

struct content {
	void *data; /* NULL: it is in the file */
	int fd;     /* -1: it is in memory */
	uint64_t size;
};

/* memory: bytes that contents which nobody reads may take. Temporary files go to folder. NULL if
 * there is no memory. */
struct contents *contents_new(struct cursor_pool *pool, uint64_t memory, const char *folder);
void contents_free(struct contents *contents);

/* The content of a row, valid until it is put back; wanted says whether more of it will be read. */
enum narc_status contents_get(struct contents *contents, uint64_t row, struct content **content,
			      struct narc_error *error);
void contents_put(struct contents *contents, struct content *content, bool wanted);

/* Has a content stay, once it was read, until it is released as often. */
enum narc_status contents_hold(struct contents *contents, uint64_t row, struct narc_error *error);
void contents_release(struct contents *contents, uint64_t row);

#endif
