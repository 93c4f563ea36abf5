/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/pack_item.h"

#include <assert.h>
#include <string.h>

#include "support/byte_order.h"

enum { ITEM_POST = 1, ITEM_SYMLINK = 2, ITEM_HAS_ZONE = 4, ITEM_LARGE = 8, ITEM_ORIGIN_SHIFT = 4 };

/* Signed numbers sort as unsigned ones with the sign bit turned over. */
#define SIGN_BIT ((uint64_t)1 << 63)

void pack_item_take_facts(struct pack_item *item, const struct post_facts *facts)
{
	item->code = facts->code;
	item->categories = facts->categories;
	item->kind = facts->kind;
	item->origin = facts->origin;
	item->local_time = facts->local_time;
	item->has_zone = facts->has_zone;
	item->zone_minutes = facts->zone_minutes;
}

static void append_be64(struct byte_buffer *out, uint64_t value)
{
	uint8_t bytes[8];

	store_be64(bytes, value);
	byte_buffer_append(out, bytes, sizeof(bytes));
}

static void append_text(struct byte_buffer *out, const char *text)
{
	byte_buffer_append(out, text, strlen(text) + 1);
}

void pack_item_encode(const struct pack_item *item, struct byte_buffer *key,
		      struct byte_buffer *value)
{
	unsigned flags = (unsigned)item->origin << ITEM_ORIGIN_SHIFT;

	/* No code or path has a NUL, and NUL sorts before all else: so the shorter of two
	 * comes first. The sequence tells apart what has the same path. */
	append_be64(key, (uint64_t)item->local_time ^ SIGN_BIT);
	append_text(key, item->code);
	append_text(key, item->entry.path);
	append_be64(key, item->sequence);

	flags |= item->kind == NARC_KIND_POST ? ITEM_POST : 0;
	flags |= item->entry.type == NARC_TYPE_SYMLINK ? ITEM_SYMLINK : 0;
	flags |= item->has_zone ? ITEM_HAS_ZONE : 0;
	flags |= item->is_large ? ITEM_LARGE : 0;
	byte_buffer_append_varint(value, flags);
	byte_buffer_append_zigzag(value, item->zone_minutes);
	byte_buffer_append_varint(value, item->tree);
	byte_buffer_append_varint(value, item->entry.permissions);
	byte_buffer_append_zigzag(value, item->entry.mtime_seconds);
	byte_buffer_append_varint(value, item->entry.mtime_nanoseconds);
	byte_buffer_append_varint(value, item->size);
	byte_buffer_append_u64(value, item->hash);
	byte_buffer_append_varint(value, item->large_offset);
	append_text(value, item->categories);
	if (!item->is_large)
		byte_buffer_append(value, item->content, (size_t)item->size);
}

static const char *read_text(struct byte_reader *reader)
{
	const char *text = (const char *)reader->next;

	byte_reader_bytes(reader, strlen(text) + 1);
	return text;
}

void pack_item_decode(const struct sort_item *sorted, struct pack_item *item)
{
	struct byte_reader key = byte_reader_over(sorted->key, sorted->key_size);
	struct byte_reader value = byte_reader_over(sorted->value, sorted->value_size);
	unsigned flags;

	memset(item, 0, sizeof(*item));
	item->local_time = (int64_t)(load_be64(byte_reader_bytes(&key, 8)) ^ SIGN_BIT);
	item->code = read_text(&key);
	item->entry.path = read_text(&key);
	item->sequence = load_be64(byte_reader_bytes(&key, 8));

	flags = (unsigned)byte_reader_varint(&value);
	item->origin = (enum narc_date_origin)(flags >> ITEM_ORIGIN_SHIFT);
	item->kind = flags & ITEM_POST ? NARC_KIND_POST : NARC_KIND_FILE;
	item->entry.type = flags & ITEM_SYMLINK ? NARC_TYPE_SYMLINK : NARC_TYPE_REGULAR;
	item->has_zone = flags & ITEM_HAS_ZONE;
	item->is_large = flags & ITEM_LARGE;
	item->zone_minutes = (int)byte_reader_zigzag(&value);
	item->tree = byte_reader_varint(&value);
	item->entry.permissions = (uint32_t)byte_reader_varint(&value);
	item->entry.mtime_seconds = byte_reader_zigzag(&value);
	item->entry.mtime_nanoseconds = (uint32_t)byte_reader_varint(&value);
	item->size = byte_reader_varint(&value);
	item->hash = byte_reader_u64(&value);
	item->large_offset = byte_reader_varint(&value);
	item->categories = read_text(&value);
	item->content = value.next;
	/* These are our own bytes. */
	assert(byte_reader_ok(&key) && byte_reader_ok(&value));
}
