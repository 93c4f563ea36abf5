/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/warc_captures.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct capture {
	uint64_t path; /* its hash; 0: none is here */
	uint64_t date; /* likewise; 0: not known */
};

enum { CAPACITY_LEAST = 1024 };

/* Never 0, but for NULL. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = text ? XXH3_64bits(text, strlen(text)) : 0;

	return text && hash == 0 ? 1 : hash;
}

/* The slot of a path, or that where it goes. */
static struct capture *find(const struct warc_captures *captures, uint64_t path)
{
	size_t place = (size_t)path & (captures->capacity - 1);

	while (captures->slots[place].path && captures->slots[place].path != path)
		place = (place + 1) & (captures->capacity - 1);
	return &captures->slots[place];
}

static bool grow(struct warc_captures *captures)
{
	struct warc_captures larger = *captures;

	larger.capacity = captures->capacity ? 2 * captures->capacity : CAPACITY_LEAST;
	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < captures->capacity; i++)
		if (captures->slots[i].path)
			*find(&larger, captures->slots[i].path) = captures->slots[i];
	free(captures->slots);
	*captures = larger;
	return true;
}

static bool put(struct warc_captures *captures, uint64_t path, uint64_t date)
{
	struct capture *slot;

	if (2 * captures->count >= captures->capacity && !grow(captures))
		return false;
	slot = find(captures, path);
	captures->count += slot->path == 0;
	*slot = (struct capture){ path, date };
	return true;
}

bool warc_captures_has(const struct warc_captures *captures, const char *path)
{
	return captures->count && find(captures, hash_of(path))->path;
}

bool warc_captures_add(struct warc_captures *captures, const char *path, const char *date)
{
	return put(captures, hash_of(path), hash_of(date));
}

bool warc_captures_add_revisit(struct warc_captures *captures, const struct narc_entry *entry,
			       const char *date, const char *path, const char *first_date)
{
	size_t path_size = strlen(path) + 1, own_size = strlen(entry->path) + 1;
	struct revisit *revisit = malloc(sizeof(*revisit) + path_size + own_size);

	if (!revisit)
		return false;
	*revisit = (struct revisit){ .entry = *entry,
				     .date = hash_of(date),
				     .first_date = hash_of(first_date) };
	memcpy(revisit->path, path, path_size);
	revisit->entry.path = memcpy(revisit->path + path_size, entry->path, own_size);
	if (!captures->revisits)
		captures->last = &captures->revisits;
	*captures->last = revisit;
	captures->last = &revisit->next;
	captures->revisit_bytes += sizeof(*revisit) + path_size + own_size;
	return put(captures, hash_of(entry->path), revisit->date);
}

enum revisit_fate warc_captures_fate(const struct warc_captures *captures,
				     const struct revisit *revisit)
{
	const struct capture *own = find(captures, hash_of(revisit->entry.path));
	const struct capture *first = find(captures, hash_of(revisit->path));

	if (own->date != revisit->date)
		return REVISIT_REPLACED;
	return first != own && first->path && (!revisit->first_date || first->date == revisit->first_date)
		       ? REVISIT_STANDS
		       : REVISIT_ELSEWHERE;
}

void warc_captures_free(struct warc_captures *captures)
{
	while (captures->revisits) {
		struct revisit *revisit = captures->revisits;

		captures->revisits = revisit->next;
		free(revisit);
	}
	free(captures->slots);
	*captures = (struct warc_captures){ 0 };
}
