/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/row_keys.h"

#include <string.h>

#include "format/post_path.h"
#include "support/byte_order.h"

enum narc_status row_keys_init(struct row_keys *keys, size_t memory, const char *folder,
			       struct narc_error *error)
{
	enum narc_status status;

	memset(keys, 0, sizeof(*keys));
	status = sorted_keys_init(&keys->codes, memory, folder, error);
	if (status == NARC_OK)
		status = sorted_keys_init(&keys->paths, memory, folder, error);
	if (status == NARC_OK)
		status = sorted_keys_init(&keys->contents, memory, folder, error);
	return status;
}

void row_keys_free(struct row_keys *keys)
{
	sorted_keys_free(&keys->codes);
	sorted_keys_free(&keys->paths);
	sorted_keys_free(&keys->contents);
}

void content_key(uint64_t hash, uint8_t key[CONTENT_KEY_SIZE])
{
	store_be64(key, hash);
}

enum narc_status row_keys_tell(const struct narc_record *record, row_key_fn tell, void *context,
			       struct narc_error *error)
{
	uint8_t content[CONTENT_KEY_SIZE];
	enum narc_status status = NARC_OK;

	if (*record->info_code)
		status = tell(context, KEY_INDEX_CODES, record->info_code,
			      strlen(record->info_code), error);
	if (status == NARC_OK && !post_path_is_regular(record->path, record->info_code))
		status = tell(context, KEY_INDEX_PATHS, record->path, strlen(record->path), error);
	if (status == NARC_OK && !*record->info_code && record->size) {
		content_key(record->hash, content);
		status = tell(context, KEY_INDEX_CONTENTS, content, sizeof(content), error);
	}
	return status;
}

struct adding {
	struct row_keys *keys;
	uint64_t block;
};

static enum narc_status add_key(void *context, enum key_index index, const void *key, size_t size,
				struct narc_error *error)
{
	const struct adding *adding = context;
	struct row_keys *keys = adding->keys;
	struct sorted_keys *sorted = index == KEY_INDEX_CODES   ? &keys->codes
				     : index == KEY_INDEX_PATHS ? &keys->paths
								: &keys->contents;

	return sorted_keys_add(sorted, key, size, adding->block, error);
}

enum narc_status row_keys_add(struct row_keys *keys, const struct narc_record *record,
			      uint64_t block, struct narc_error *error)
{
	struct adding adding = { keys, block };

	return row_keys_tell(record, add_key, &adding, error);
}
