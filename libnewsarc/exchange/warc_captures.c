/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/warc_captures.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct capture {
	uint64_t path;     /* its hash; 0: none is here */
	uint64_t sequence; /* of the last that is known of it */
	bool is_stored;
	bool is_repeated;  /* more than once, with contents that may differ */
	struct warc_date date; /* of what is stored */
};

enum { CAPACITY_LEAST = 1024 };

/* Never 0. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = XXH3_64bits(text, strlen(text));

	return hash ? hash : 1;
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
	larger.memory += (larger.capacity - captures->capacity) * sizeof(*larger.slots);
	*captures = larger;
	return true;
}

/* The slot of a path, of which there is something new to be noted. */
static struct capture *note(struct warc_captures *captures, const char *path)
{
	uint64_t hash = hash_of(path);
	struct capture *slot;

	if (2 * captures->count >= captures->capacity && !grow(captures))
		return NULL;
	slot = find(captures, hash);
	captures->count += slot->path == 0;
	slot->path = hash;
	slot->sequence = ++captures->sequence;
	return slot;
}

bool warc_captures_add(struct warc_captures *captures, const char *path,
		       const struct warc_date *date)
{
	struct capture *slot = note(captures, path);

	if (!slot)
		return false;
	slot->is_repeated = slot->is_stored;
	slot->is_stored = true;
	slot->date = *date;
	return true;
}

bool warc_captures_add_revisit(struct warc_captures *captures, const struct narc_entry *entry,
			       const char *path, const struct warc_date *first_date)
{
	size_t path_size = strlen(path) + 1, own_size = strlen(entry->path) + 1;
	struct revisit *revisit = malloc(sizeof(*revisit) + path_size + own_size);

	if (!revisit || !note(captures, entry->path)) {
		free(revisit);
		return false;
	}
	*revisit = (struct revisit){ .entry = *entry, .sequence = captures->sequence,
				     .first_date = *first_date };
	memcpy(revisit->path, path, path_size);
	revisit->entry.path = memcpy(revisit->path + path_size, entry->path, own_size);
	if (!captures->revisits)
		captures->last = &captures->revisits;
	*captures->last = revisit;
	captures->last = &revisit->next;
	captures->memory += sizeof(*revisit) + path_size + own_size;
	return true;
}

enum capture_state warc_captures_state(const struct warc_captures *captures, const char *path,
				       const struct warc_date *date)
{
	const struct capture *slot = captures->count ? find(captures, hash_of(path)) : NULL;

	if (!slot || !slot->is_stored)
		return CAPTURE_NONE;
	if (!date->is_known)
		return slot->is_repeated ? CAPTURE_OTHER : CAPTURE_THIS;
	return warc_date_is(&slot->date, date) ? CAPTURE_THIS : CAPTURE_OTHER;
}

enum revisit_fate warc_captures_fate(const struct warc_captures *captures,
				     const struct revisit *revisit)
{
	if (find(captures, hash_of(revisit->entry.path))->sequence != revisit->sequence)
		return REVISIT_REPLACED;
	return strcmp(revisit->entry.path, revisit->path) != 0 &&
			       warc_captures_state(captures, revisit->path,
						   &revisit->first_date) == CAPTURE_THIS
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
