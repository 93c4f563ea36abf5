/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/sorted_keys.h"

#include <string.h>

#include "format/key_page.h"
#include "support/byte_order.h"
#include "support/status.h"

/* An item of the sorter is the key, a NUL, and the block's number with its greatest byte
 * first: so it sorts by the key, then by block, as the NUL is less than any byte of a key. */
enum { ITEM_END_SIZE = 1 + 8 };

enum narc_status sorted_keys_init(struct sorted_keys *keys, size_t memory, const char *folder,
				  struct narc_error *error)
{
	*keys = (struct sorted_keys){ 0 };
	return external_sort_new(memory, folder, &keys->sort, error);
}

void sorted_keys_free(struct sorted_keys *keys)
{
	external_sort_free(keys->sort);
	byte_buffer_free(&keys->key);
	byte_buffer_free(&keys->previous);
	byte_buffer_free(&keys->blocks);
}

enum narc_status sorted_keys_add(struct sorted_keys *keys, const void *key, size_t size,
				 uint64_t block, struct narc_error *error)
{
	uint8_t number[8];

	byte_buffer_clear(&keys->key);
	byte_buffer_append(&keys->key, key, size);
	byte_buffer_append_u8(&keys->key, '\0');
	store_be64(number, block);
	byte_buffer_append(&keys->key, number, sizeof(number));
	if (keys->key.failed)
		return narc_fail_memory(error);
	return external_sort_add(
		keys->sort,
		&(struct sort_item){ .key = keys->key.data, .key_size = keys->key.size }, error);
}

static enum narc_status next_item(struct sorted_keys *keys, struct narc_error *error)
{
	enum narc_status status = external_sort_next(keys->sort, &keys->item, error);

	keys->has_item = status == NARC_OK;
	return status == NARC_END ? NARC_OK : status;
}

enum narc_status sorted_keys_finish(struct sorted_keys *keys, struct narc_error *error)
{
	enum narc_status status = external_sort_finish(keys->sort, error);

	byte_buffer_clear(&keys->key);
	return status == NARC_OK ? next_item(keys, error) : status;
}

/* Whether the next item is of the key at hand. */
static bool has_block_more(const struct sorted_keys *keys)
{
	return keys->has_item && keys->item.key_size == keys->key.size + ITEM_END_SIZE &&
	       memcmp(keys->item.key, keys->key.data, keys->key.size) == 0;
}

static enum narc_status take_block(struct sorted_keys *keys, struct narc_error *error)
{
	uint64_t block = load_be64(keys->item.key + keys->key.size + 1);
	size_t count;
	const uint64_t *blocks = sorted_keys_blocks(keys, &count);

	/* Several rows of a block make one. */
	if (count == 0 || blocks[count - 1] != block)
		byte_buffer_append(&keys->blocks, &block, sizeof(block));
	if (keys->blocks.failed)
		return narc_fail_memory(error);
	return next_item(keys, error);
}

enum narc_status sorted_keys_next(struct sorted_keys *keys, struct narc_error *error)
{
	struct byte_buffer former = keys->previous;
	enum narc_status status = NARC_OK;

	keys->previous = keys->key;
	keys->key = former;
	byte_buffer_clear(&keys->key);
	byte_buffer_clear(&keys->blocks);
	if (!keys->has_item)
		return NARC_END;
	byte_buffer_append(&keys->key, keys->item.key, keys->item.key_size - ITEM_END_SIZE);
	if (keys->key.failed)
		return narc_fail_memory(error);
	while (status == NARC_OK && has_block_more(keys))
		status = take_block(keys, error);
	return status;
}

const uint64_t *sorted_keys_blocks(const struct sorted_keys *keys, size_t *count)
{
	*count = keys->blocks.size / sizeof(uint64_t);
	return (const uint64_t *)(const void *)keys->blocks.data;
}

size_t sorted_keys_separator_size(const struct sorted_keys *keys)
{
	return key_separator_size(keys->previous.data, keys->previous.size, keys->key.data,
				  keys->key.size);
}
