/* SPDX-License-Identifier: BSD-2-Clause */
#include "contents.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "spool_content.h"

enum { BUCKETS = 4096 };

/* Cursors keep the block that a content was in: larger ones are not kept. */
#define CURSOR_MEMORY ((uint64_t)4 << 20)

enum entry_state { ENTRY_EMPTY, ENTRY_LOADING, ENTRY_READY };

struct entry {
	struct content content; /* first */
	uint64_t row;
	enum entry_state state;
	uint32_t readers; /* and those who wait for it */
	uint32_t holders;
	struct entry *next;   /* in its bucket */
	struct entry *newer;  /* of those that nobody reads or holds */
	struct entry *older;
};

struct contents {
	struct cursor_pool *pool;
	const char *folder;
	uint64_t memory;
	pthread_mutex_t lock;
	pthread_cond_t loaded;
	struct entry *buckets[BUCKETS];
	struct entry *newest; /* of those that nobody reads or holds */
	struct entry *oldest;
	uint64_t unused; /* bytes that these take */
};

struct contents *contents_new(struct cursor_pool *pool, uint64_t memory, const char *folder)
{
	struct contents *contents = calloc(1, sizeof(*contents));

	if (!contents)
		return NULL;
	contents->pool = pool;
	contents->folder = folder;
	contents->memory = memory;
	pthread_mutex_init(&contents->lock, NULL);
	pthread_cond_init(&contents->loaded, NULL);
	return contents;
}

static void empty(struct entry *entry)
{
	if (entry->content.fd >= 0)
		close(entry->content.fd);
	free(entry->content.data);
	entry->content = (struct content){ .fd = -1 };
	entry->state = ENTRY_EMPTY;
}

void contents_free(struct contents *contents)
{
	if (!contents)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (contents->buckets[i]) {
			struct entry *entry = contents->buckets[i];

			contents->buckets[i] = entry->next;
			empty(entry);
			free(entry);
		}
	}
	pthread_cond_destroy(&contents->loaded);
	pthread_mutex_destroy(&contents->lock);
	free(contents);
}

/* ---- which ones there are: all of this under the lock --------------------------------------- */

static struct entry **find_place(struct contents *contents, uint64_t row)
{
	struct entry **place = &contents->buckets[row % BUCKETS];

	while (*place && (*place)->row != row)
		place = &(*place)->next;
	return place;
}

static uint64_t memory_of(const struct entry *entry)
{
	return sizeof(*entry) + entry->content.size;
}

static void unlink_unused(struct contents *contents, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &contents->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &contents->oldest) = entry->newer;
	contents->unused -= memory_of(entry);
}

static void link_unused(struct contents *contents, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = contents->newest;
	*(contents->newest ? &contents->newest->newer : &contents->oldest) = entry;
	contents->newest = entry;
	contents->unused += memory_of(entry);
}

static void drop(struct contents *contents, struct entry *entry)
{
	*find_place(contents, entry->row) = entry->next;
	empty(entry);
	free(entry);
}

static bool is_used(const struct entry *entry)
{
	return entry->readers || entry->holders;
}

/* Finds the entry of a row, or makes it; it is used from here on, as readers or holders count.
 * NULL if there is no memory. */
static struct entry *use(struct contents *contents, uint64_t row, uint32_t readers,
			 uint32_t holders)
{
	struct entry **place = find_place(contents, row);
	struct entry *entry = *place;

	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return NULL;
		entry->row = row;
		entry->content.fd = -1;
		*place = entry;
	} else if (!is_used(entry)) {
		unlink_unused(contents, entry);
	}
	entry->readers += readers;
	entry->holders += holders;
	return entry;
}

/* Ends the use. What nobody uses, but may want, stays as long as there is room. */
static void end_use(struct contents *contents, struct entry *entry, uint32_t readers,
		    uint32_t holders, bool wanted)
{
	entry->readers -= readers;
	entry->holders -= holders;
	if (is_used(entry))
		return;
	if (!wanted || entry->state != ENTRY_READY || entry->content.fd >= 0) {
		drop(contents, entry);
		return;
	}
	link_unused(contents, entry);
	while (contents->unused > contents->memory) {
		struct entry *oldest = contents->oldest;

		unlink_unused(contents, oldest);
		drop(contents, oldest);
	}
}

/* ---- reading them ------------------------------------------------------------------------- */

static enum narc_status keep(narc_cursor *cursor, struct content *content,
			     struct narc_error *error)
{
	const void *data;
	void *copy;
	enum narc_status status = narc_cursor_content(cursor, &data, error);

	if (status != NARC_OK)
		return status;
	copy = malloc(content->size + 1);
	if (!copy)
		return fail_memory(error);
	memcpy(copy, data, content->size);
	content->data = copy;
	return NARC_OK;
}

static enum narc_status load(const struct contents *contents, uint64_t row, struct content *content,
			     struct narc_error *error)
{
	const struct narc_record *record;
	narc_cursor *cursor;
	enum narc_status status = cursor_pool_take(contents->pool, row, &cursor, &record, error);

	if (status != NARC_OK)
		return status;
	*content = (struct content){ .fd = -1, .size = record->size };
	status = content->size > CONTENT_IN_MEMORY ? spool_content(cursor, contents->folder, &content->fd, error)
						   : keep(cursor, content, error);
	cursor_pool_give(contents->pool, cursor, row,
			 status == NARC_OK && content->size <= CURSOR_MEMORY);
	return status;
}

/* Has the entry be loaded, by this thread or by another that is at it. Under the lock, but for the
 * loading. */
static enum narc_status make_ready(struct contents *contents, struct entry *entry,
				   struct narc_error *error)
{
	struct content content = { .fd = -1 };
	enum narc_status status;

	while (entry->state == ENTRY_LOADING)
		pthread_cond_wait(&contents->loaded, &contents->lock);
	if (entry->state == ENTRY_READY)
		return NARC_OK;
	entry->state = ENTRY_LOADING;
	pthread_mutex_unlock(&contents->lock);
	status = load(contents, entry->row, &content, error);
	pthread_mutex_lock(&contents->lock);
	entry->state = status == NARC_OK ? ENTRY_READY : ENTRY_EMPTY;
	if (status == NARC_OK)
		entry->content = content;
	pthread_cond_broadcast(&contents->loaded);
	return status;
}

enum narc_status contents_get(struct contents *contents, uint64_t row, struct content **content,
			      struct narc_error *error)
{
	enum narc_status status = NARC_OK;
	struct entry *entry;

	pthread_mutex_lock(&contents->lock);
	entry = use(contents, row, 1, 0);
	if (entry)
		status = make_ready(contents, entry, error);
	if (entry && status == NARC_OK)
		*content = &entry->content;
	else if (entry)
		end_use(contents, entry, 1, 0, false);
	pthread_mutex_unlock(&contents->lock);
	return entry ? status : fail_memory(error);
}

void contents_put(struct contents *contents, struct content *content, bool wanted)
{
	pthread_mutex_lock(&contents->lock);
	end_use(contents, (struct entry *)content, 1, 0, wanted);
	pthread_mutex_unlock(&contents->lock);
}

enum narc_status contents_hold(struct contents *contents, uint64_t row, struct narc_error *error)
{
	struct entry *entry;

	pthread_mutex_lock(&contents->lock);
	entry = use(contents, row, 0, 1);
	pthread_mutex_unlock(&contents->lock);
	return entry ? NARC_OK : fail_memory(error);
}

void contents_release(struct contents *contents, uint64_t row)
{
	pthread_mutex_lock(&contents->lock);
	end_use(contents, *find_place(contents, row), 0, 1, true);
	pthread_mutex_unlock(&contents->lock);
}
