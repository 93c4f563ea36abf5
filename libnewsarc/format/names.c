/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/names.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "format/packed_body.h"
#include "format/section.h"
#include "support/content_hash.h"
#include "support/status.h"

/* ---- a hash table of numbers, with linear probing; 0 is an empty slot --------------- */

enum { SLOTS_AT_FIRST = 256 };

/* The bytes and size of the string with this number, from 0. */
typedef const char *(*string_of_fn)(const void *owner, uint32_t number, size_t *size);

static uint32_t *find_slot(uint32_t *slots, uint32_t slot_count, const char *bytes, size_t size,
			   string_of_fn string_of, const void *owner)
{
	uint32_t place = (uint32_t)content_hash(bytes, size) & (slot_count - 1);

	while (slots[place]) {
		size_t other_size;
		const char *other = string_of(owner, slots[place] - 1, &other_size);

		if (other_size == size && memcmp(other, bytes, size) == 0)
			break;
		place = (place + 1) & (slot_count - 1);
	}
	return &slots[place];
}

/* New slots for the strings 0 to count - 1, at most half full. */
static uint32_t *make_slots(uint32_t count, uint32_t slot_count, string_of_fn string_of,
			    const void *owner)
{
	uint32_t *slots = calloc(slot_count, sizeof(*slots));

	for (uint32_t i = 0; slots && i < count; i++) {
		size_t size;
		const char *bytes = string_of(owner, i, &size);

		*find_slot(slots, slot_count, bytes, size, string_of, owner) = i + 1;
	}
	return slots;
}

/* ---- names ------------------------------------------------------------------------- */

void names_free(struct names *names)
{
	free(names->names);
	free(names->bytes);
	free(names->slots);
	*names = (struct names){ 0 };
}

size_t names_memory(const struct names *names)
{
	const struct name *last = names->count ? &names->names[names->count - 1] : NULL;

	return names->count * sizeof(*names->names) +
	       (last ? (size_t)(last->bytes - names->bytes) + last->size : 0);
}

const struct name *names_get(const struct names *names, uint64_t reference)
{
	if (reference < NAME_FIRST || reference - NAME_FIRST >= names->count)
		return NULL;
	return &names->names[reference - NAME_FIRST];
}

static const char *name_string(const void *owner, uint32_t number, size_t *size)
{
	const struct names *names = owner;

	*size = names->names[number].size;
	return names->names[number].bytes;
}

uint64_t names_find(const struct names *names, const char *bytes, size_t size)
{
	uint32_t found = 0;

	if (names->slot_count)
		found = *find_slot(names->slots, names->slot_count, bytes, size, name_string,
				   names);
	return found ? found - 1 + (uint64_t)NAME_FIRST : NAME_LITERAL;
}

enum narc_status names_make_findable(struct names *names, struct narc_error *error)
{
	uint32_t slot_count = SLOTS_AT_FIRST;

	if (names->slots)
		return NARC_OK;
	while (slot_count < 2 * names->count)
		slot_count *= 2;
	names->slots = make_slots(names->count, slot_count, name_string, names);
	if (!names->slots)
		return narc_fail_memory(error);
	names->slot_count = slot_count;
	return NARC_OK;
}

enum narc_status names_encode(struct byte_buffer *out, const struct names *names,
			      ZSTD_CCtx *compressor, struct narc_error *error)
{
	struct byte_buffer raw = BYTE_BUFFER_EMPTY;
	size_t start;
	enum narc_status status;

	if (names->count == 0)
		return NARC_OK;
	byte_buffer_append_varint(&raw, names->count);
	for (uint32_t i = 0; i < names->count; i++)
		byte_buffer_append_string(&raw, names->names[i].bytes, names->names[i].size);
	start = section_begin(out, SECTION_NAMES);
	status = packed_body_encode(out, &raw, NAMES_SIZE_LIMIT, compressor, "names", error);
	section_end(out, start);
	byte_buffer_free(&raw);
	return status == NARC_OK ? byte_buffer_status(out, error) : status;
}

/* Copies the strings, each with a NUL behind it. */
static enum narc_status read_names(struct byte_reader *raw, struct names *names, uint64_t offset,
				   struct narc_error *error)
{
	uint64_t count = byte_reader_varint(raw);
	size_t place = 0;

	if (count > NAMES_COUNT_LIMIT || count > byte_reader_left(raw))
		return narc_fail(error, NARC_CORRUPT, "names", offset, "the count is too high");
	names->names = calloc((size_t)count + 1, sizeof(*names->names));
	names->bytes = malloc(byte_reader_left(raw) + (size_t)count + 1);
	if (!names->names || !names->bytes)
		return narc_fail_memory(error);
	for (uint32_t i = 0; i < count; i++) {
		size_t size;
		const uint8_t *bytes = byte_reader_string(raw, &size);

		if (!bytes || size == 0 || size > NAME_SIZE_LIMIT)
			return narc_fail(error, NARC_CORRUPT, "names", offset,
					 "name %lu is malformed", (unsigned long)i);
		memcpy(names->bytes + place, bytes, size);
		names->bytes[place + size] = '\0';
		names->names[i] = (struct name){ names->bytes + place, (uint32_t)size };
		place += size + 1;
	}
	names->count = (uint32_t)count;
	return section_close(raw, SECTION_NAMES, offset, error);
}

enum narc_status names_decode(const uint8_t *section, size_t size, uint64_t offset,
			      ZSTD_DCtx *decompressor, struct names *out, struct narc_error *error)
{
	struct names names = { 0 };
	struct byte_buffer scratch = BYTE_BUFFER_EMPTY;
	struct byte_reader payload, raw;
	enum narc_status status = section_open(section, size, SECTION_NAMES, offset, &payload,
					       error);

	if (status == NARC_OK)
		status = packed_body_decode(&payload, NAMES_SIZE_LIMIT, decompressor, &scratch,
					    "names", offset, &raw, error);
	if (status == NARC_OK)
		status = read_names(&raw, &names, offset, error);
	byte_buffer_free(&scratch);
	if (status != NARC_OK) {
		names_free(&names);
		return status;
	}
	*out = names;
	return NARC_OK;
}

/* ---- counting ------------------------------------------------------------------------ */

struct counted_name {
	size_t start; /* in the counter's bytes */
	uint32_t size;
	uint64_t uses;
};

static const char *counted_string(const void *owner, uint32_t number, size_t *size)
{
	const struct name_counter *counter = owner;

	*size = counter->entries[number].size;
	return (const char *)counter->bytes.data + counter->entries[number].start;
}

static enum narc_status grow_counter(struct name_counter *counter, struct narc_error *error)
{
	uint32_t slot_count = counter->slot_count ? 2 * counter->slot_count : SLOTS_AT_FIRST;
	struct counted_name *entries = realloc(counter->entries,
					       slot_count / 2 * sizeof(*entries));
	uint32_t *slots;

	if (!entries)
		return narc_fail_memory(error);
	counter->entries = entries;
	slots = make_slots(counter->count, slot_count, counted_string, counter);
	if (!slots)
		return narc_fail_memory(error);
	free(counter->slots);
	counter->slots = slots;
	counter->slot_count = slot_count;
	return NARC_OK;
}

enum narc_status name_counter_add(struct name_counter *counter, const char *bytes, size_t size,
				  struct narc_error *error)
{
	enum narc_status status = NARC_OK;
	uint32_t *slot;

	if (size == 0 || size > NAME_SIZE_LIMIT)
		return NARC_OK;
	if (counter->count == counter->slot_count / 2)
		status = grow_counter(counter, error);
	if (status != NARC_OK)
		return status;
	slot = find_slot(counter->slots, counter->slot_count, bytes, size, counted_string, counter);
	if (*slot) {
		counter->entries[*slot - 1].uses++;
		return NARC_OK;
	}
	if (counter->count == NAMES_COUNT_LIMIT || counter->bytes.size + size > NAMES_SIZE_LIMIT / 2)
		return NARC_OK;
	counter->entries[counter->count] =
		(struct counted_name){ counter->bytes.size, (uint32_t)size, 1 };
	byte_buffer_append(&counter->bytes, bytes, size);
	if (counter->bytes.failed)
		return narc_fail_memory(error);
	*slot = ++counter->count;
	return NARC_OK;
}

static int by_use(const void *a, const void *b, void *context)
{
	const struct counted_name *left = a;
	const struct counted_name *right = b;
	const struct byte_buffer *bytes = context;
	size_t shorter = left->size < right->size ? left->size : right->size;
	int order;

	if (left->uses != right->uses)
		return left->uses > right->uses ? -1 : 1;
	order = memcmp(bytes->data + left->start, bytes->data + right->start, shorter);
	return order ? order : (left->size > right->size) - (left->size < right->size);
}

enum narc_status name_counter_finish(struct name_counter *counter, struct names *out,
				     struct narc_error *error)
{
	struct names names = { 0 };
	uint32_t count = 0;
	size_t place = 0;

	if (counter->count)
		qsort_r(counter->entries, counter->count, sizeof(*counter->entries), by_use,
			&counter->bytes);
	while (count < counter->count && counter->entries[count].uses > 1)
		count++;
	names.names = calloc((size_t)count + 1, sizeof(*names.names));
	names.bytes = malloc(counter->bytes.size + (size_t)count + 1);
	if (!names.names || !names.bytes)
		goto no_memory;
	for (uint32_t i = 0; i < count; i++) {
		const struct counted_name *entry = &counter->entries[i];

		memcpy(names.bytes + place, counter->bytes.data + entry->start, entry->size);
		names.bytes[place + entry->size] = '\0';
		names.names[i] = (struct name){ names.bytes + place, entry->size };
		place += entry->size + 1;
	}
	names.count = count;
	if (names_make_findable(&names, NULL) != NARC_OK)
		goto no_memory;
	*out = names;
	return NARC_OK;
no_memory:
	names_free(&names);
	return narc_fail_memory(error);
}

void name_counter_free(struct name_counter *counter)
{
	byte_buffer_free(&counter->bytes);
	free(counter->entries);
	free(counter->slots);
	*counter = (struct name_counter){ 0 };
}
