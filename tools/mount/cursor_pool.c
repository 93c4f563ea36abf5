/* SPDX-License-Identifier: BSD-2-Clause */
#include "cursor_pool.h"

#include <pthread.h>
#include <stdlib.h>

/* As many as libfuse has threads. */
enum { KEPT_CURSORS = 10 };

struct kept_cursor {
	narc_cursor *cursor;
	uint64_t row; /* that it was at */
};

struct cursor_pool {
	narc_archive *archive;
	pthread_mutex_t lock;
	struct kept_cursor kept[KEPT_CURSORS];
	size_t count;
};

struct cursor_pool *cursor_pool_new(narc_archive *archive)
{
	struct cursor_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->archive = archive;
	pthread_mutex_init(&pool->lock, NULL);
	return pool;
}

void cursor_pool_free(struct cursor_pool *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; i < pool->count; i++)
		narc_cursor_close(pool->kept[i].cursor);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* The kept cursor that is nearest to the row; NULL if there is none. */
static narc_cursor *take_nearest(struct cursor_pool *pool, uint64_t row)
{
	narc_cursor *cursor = NULL;
	size_t best = 0;

	pthread_mutex_lock(&pool->lock);
	for (size_t i = 1; i < pool->count; i++)
		if (distance(pool->kept[i].row, row) < distance(pool->kept[best].row, row))
			best = i;
	if (pool->count) {
		cursor = pool->kept[best].cursor;
		pool->kept[best] = pool->kept[--pool->count];
	}
	pthread_mutex_unlock(&pool->lock);
	return cursor;
}

static enum narc_status open_cursor(narc_archive *archive, narc_cursor **cursor,
				    struct narc_error *error)
{
	struct narc_filter filter;

	narc_filter_init(&filter);
	filter.all_versions = true;
	return narc_cursor_open(archive, &filter, cursor, error);
}

enum narc_status cursor_pool_take(struct cursor_pool *pool, uint64_t row, narc_cursor **out,
				  const struct narc_record **record, struct narc_error *error)
{
	narc_cursor *cursor = take_nearest(pool, row);
	enum narc_status status = NARC_OK;

	if (!cursor)
		status = open_cursor(pool->archive, &cursor, error);
	if (status == NARC_OK)
		status = narc_cursor_find_row(cursor, row, error);
	if (status == NARC_OK)
		status = narc_cursor_next(cursor, record, error);
	if (status == NARC_OK)
		*out = cursor;
	else
		narc_cursor_close(cursor);
	return status;
}

void cursor_pool_give(struct cursor_pool *pool, narc_cursor *cursor, uint64_t row, bool keep)
{
	pthread_mutex_lock(&pool->lock);
	if (keep && pool->count < KEPT_CURSORS) {
		pool->kept[pool->count++] = (struct kept_cursor){ cursor, row };
		cursor = NULL;
	}
	pthread_mutex_unlock(&pool->lock);
	narc_cursor_close(cursor);
}
