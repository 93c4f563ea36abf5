/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/past_rows.h"

#include <stdlib.h>
#include <string.h>

#include "read/content_digest.h"
#include "support/byte_order.h"
#include "support/content_hash.h"
#include "support/status.h"

/* Of rows: these take 10 GB of memory. */
enum { COUNT_LIMIT = 1 << 26 };

void past_rows_init(struct past_rows *past, const char *folder)
{
	*past = (struct past_rows){ .texts = spill_file_in(folder) };
}

void past_rows_free(struct past_rows *past)
{
	free(past->rows);
	number_map_free(&past->places);
	number_map_free(&past->codes);
	number_map_free(&past->contents);
	spill_file_close(&past->texts);
}

void past_digest(const uint8_t *content, uint64_t size, uint8_t digest[PAST_DIGEST_SIZE])
{
	uint8_t whole[CONTENT_DIGEST_SIZE];

	digest_content(content, size, whole);
	memcpy(digest, whole, PAST_DIGEST_SIZE);
}

/* ---- keys --------------------------------------------------------------------------------- */

/* What a map takes for a key: it has no room for the greatest number. */
static uint64_t key_of_text(const char *text)
{
	return content_hash(text, strlen(text)) >> 1;
}

static uint64_t key_of_digest(const uint8_t digest[PAST_DIGEST_SIZE])
{
	return load_le64(digest) >> 1;
}

static uint32_t first_of(const struct number_map *map, uint64_t key)
{
	const uint64_t *number = number_map_find(map, key);

	return number ? (uint32_t)*number : PAST_NONE;
}

/* ---- looking up --------------------------------------------------------------------------- */

enum narc_status past_rows_texts(struct past_rows *past, uint32_t number,
				 struct past_texts *texts, struct narc_error *error)
{
	uint64_t place = past->rows[number].texts;
	uint64_t left = past->texts.size - place;
	size_t size = left < sizeof(*texts) ? (size_t)left : sizeof(*texts);
	char bytes[sizeof(*texts)];
	enum narc_status status = spill_file_read_at(&past->texts, place, bytes, size, error);

	if (status != NARC_OK)
		return status;
	/* Two strings, one behind the other. */
	strcpy(texts->path, bytes);
	strcpy(texts->code, bytes + strlen(bytes) + 1);
	return NARC_OK;
}

enum narc_status past_rows_at(struct past_rows *past, const char *path, uint32_t *number,
			      struct narc_error *error)
{
	uint32_t place = first_of(&past->places, key_of_text(path));
	struct past_texts texts;

	while (place != PAST_NONE) {
		enum narc_status status = past_rows_texts(past, place, &texts, error);

		if (status != NARC_OK)
			return status;
		if (strcmp(texts.path, path) == 0)
			break;
		place = past->rows[place].next_place;
	}
	*number = place;
	return NARC_OK;
}

uint32_t past_rows_with_code(const struct past_rows *past, const char *code)
{
	return first_of(&past->codes, key_of_text(code));
}

uint32_t past_rows_with_content(const struct past_rows *past,
				const uint8_t digest[PAST_DIGEST_SIZE])
{
	return first_of(&past->contents, key_of_digest(digest));
}

uint32_t past_rows_next(struct past_rows *past, uint32_t number, uint32_t generation)
{
	uint32_t *next = &past->rows[number].next_alike;

	/* What is no longer current will never be again: so a post that was rewritten a thousand
	 * times is not gone through a thousand times. */
	while (*next != PAST_NONE && past->rows[*next].superseded &&
	       past->rows[*next].superseded < generation)
		*next = past->rows[*next].next_alike;
	return *next;
}

struct past_walk *past_rows_walk(struct past_rows *past, uint32_t last, uint32_t generation)
{
	struct past_walk *walk = &past->rows[last].walk;

	if (walk->generation == generation)
		return walk;
	*walk = (struct past_walk){ .generation = generation, .next = last };
	while (walk->next != PAST_NONE && past->rows[walk->next].generation >= generation)
		walk->next = past->rows[walk->next].next_alike;
	return walk;
}

/* ---- adding ------------------------------------------------------------------------------- */

static enum narc_status make_room(struct past_rows *past, struct narc_error *error)
{
	size_t capacity = past->capacity ? 2 * past->capacity : 1024;
	struct past_row *rows;

	if (past->count < past->capacity)
		return NARC_OK;
	if (past->count >= COUNT_LIMIT)
		return narc_fail(error, NARC_LIMIT, "pack", NARC_NO_OFFSET,
				 "more than %lu versions cannot be packed at once",
				 (unsigned long)COUNT_LIMIT);
	rows = realloc(past->rows, capacity * sizeof(*rows));
	if (!rows)
		return narc_fail_memory(error);
	past->rows = rows;
	past->capacity = capacity;
	return NARC_OK;
}

static enum narc_status keep_texts(struct past_rows *past, const char *path, const char *code,
				   uint64_t *place, struct narc_error *error)
{
	char bytes[sizeof(struct past_texts)];
	size_t path_size = strlen(path) + 1;
	size_t code_size = strlen(code) + 1;

	memcpy(bytes, path, path_size);
	memcpy(bytes + path_size, code, code_size);
	*place = past->texts.size;
	return spill_file_append(&past->texts, bytes, path_size + code_size, error);
}

/* Puts a row in the place of the one that had its path, whose number is given. */
static enum narc_status put_at_place(struct past_rows *past, const char *path, uint32_t former,
				     struct narc_error *error)
{
	uint64_t key = key_of_text(path);
	uint32_t first = first_of(&past->places, key);
	uint32_t *link;

	past->rows[past->count].next_place =
		former == PAST_NONE ? first : past->rows[former].next_place;
	if (former == PAST_NONE || former == first)
		return number_map_put(&past->places, key, past->count, error);
	for (link = &past->rows[first].next_place; *link != former;)
		link = &past->rows[*link].next_place;
	*link = past->count;
	return NARC_OK;
}

static enum narc_status put_alike(struct past_rows *past, const char *code,
				  struct narc_error *error)
{
	struct past_row *row = &past->rows[past->count];
	struct number_map *map = *code ? &past->codes : &past->contents;
	uint64_t key = *code ? key_of_text(code) : key_of_digest(row->digest);

	row->next_alike = first_of(map, key);
	if (row->next_alike != PAST_NONE)
		row->walk = past->rows[row->next_alike].walk;
	return number_map_put(map, key, past->count, error);
}

enum narc_status past_rows_add(struct past_rows *past, const struct past_row *row,
			       const char *path, uint32_t former, const char *code,
			       struct narc_error *error)
{
	uint64_t texts;
	enum narc_status status = make_room(past, error);

	if (status == NARC_OK)
		status = keep_texts(past, path, code, &texts, error);
	if (status != NARC_OK)
		return status;
	past->rows[past->count] = *row;
	past->rows[past->count].texts = texts;
	status = put_at_place(past, path, former, error);
	if (status == NARC_OK)
		status = put_alike(past, code, error);
	past->count += status == NARC_OK;
	return status;
}
