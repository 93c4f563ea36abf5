/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cursors for the threads that read at this moment. A cursor keeps the block that it read last, and
 * a thread gets the one that was nearest to the row it wants: so several readers that go through
 * different parts of an archive do not take each other's blocks away.
 */
#ifndef NARC_MOUNT_CURSOR_POOL_H
#define NARC_MOUNT_CURSOR_POOL_H

#include <newsarc.h>

struct cursor_pool;

/* Over all rows of the archive, which must outlive it. NULL if there is no memory. */
struct cursor_pool *cursor_pool_new(narc_archive *archive);
void cursor_pool_free(struct cursor_pool *pool);

/* A cursor at this row, whose record is *record, until it is given back. Any thread may ask. */
enum narc_status cursor_pool_take(struct cursor_pool *pool, uint64_t row, narc_cursor **cursor,
				  const struct narc_record **record, struct narc_error *error);

/* keep: false for one that holds much memory, or failed. */
void cursor_pool_give(struct cursor_pool *pool, narc_cursor *cursor, uint64_t row, bool keep);

#endif
