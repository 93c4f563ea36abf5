/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/name_twins.h"

#include <stdlib.h>
#include <string.h>

#include "read/cursor.h"
#include "support/byte_order.h"
#include "support/content_hash.h"
#include "support/fold_name.h"
#include "support/status.h"

#define SORT_MEMORY ((size_t)16 << 20)

enum narc_status name_twins_init(struct name_twins *twins, narc_archive *archive,
				 const char *folder, struct narc_error *error)
{
	*twins = (struct name_twins){ .archive = archive };
	return sorted_keys_init(&twins->keys, SORT_MEMORY, folder, error);
}

void name_twins_free(struct name_twins *twins)
{
	sorted_keys_free(&twins->keys);
	byte_buffer_free(&twins->folded);
}

enum narc_status name_twins_add(struct name_twins *twins, const struct narc_record *record,
				struct narc_error *error)
{
	uint8_t key[8];
	enum narc_status status = fold_name(record->path, &twins->folded, error);

	if (status != NARC_OK)
		return status;
	store_be64(key, content_hash(twins->folded.data, twins->folded.size));
	return sorted_keys_add(&twins->keys, key, sizeof(key), record->row, error);
}

/* The path of the first of some rows, and what it is folded to. */
struct first_twin {
	char path[PATH_SIZE_LIMIT + 1];
	struct byte_buffer folded;
};

/* Compares the path of a row with the first one's, as two may have one hash. */
static enum narc_status tell_of_row(struct name_twins *twins, const struct first_twin *first,
				    const char *path, name_twin_fn tell, void *context,
				    struct narc_error *error)
{
	enum narc_status status = fold_name(path, &twins->folded, error);

	if (status != NARC_OK || twins->folded.size != first->folded.size ||
	    memcmp(twins->folded.data, first->folded.data, first->folded.size) != 0)
		return status;
	return tell(context, path, first->path, error);
}

static enum narc_status tell_of_rows(struct name_twins *twins, struct narc_cursor *cursor,
				     struct first_twin *first, name_twin_fn tell, void *context,
				     struct narc_error *error)
{
	size_t count;
	const uint64_t *rows = sorted_keys_blocks(&twins->keys, &count);
	bool has_first = false;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < count && count > 1 && status == NARC_OK; i++) {
		const struct narc_record *record;

		status = narc_cursor_find_row(cursor, rows[i], error);
		if (status == NARC_OK)
			status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_CORRUPT || status == NARC_LIMIT || status == NARC_IO) {
			status = NARC_OK;
			continue;
		}
		if (status == NARC_OK && has_first) {
			status = tell_of_row(twins, first, record->path, tell, context, error);
		} else if (status == NARC_OK) {
			strcpy(first->path, record->path);
			status = fold_name(first->path, &first->folded, error);
			has_first = true;
		}
	}
	return status;
}

enum narc_status name_twins_tell(struct name_twins *twins, name_twin_fn tell, void *context,
				 struct narc_error *error)
{
	struct first_twin first = { .folded = BYTE_BUFFER_EMPTY };
	struct narc_cursor *cursor = NULL;
	enum narc_status status = sorted_keys_finish(&twins->keys, error);

	if (status == NARC_OK)
		status = cursor_new_of_all(twins->archive, &cursor, error);
	while (status == NARC_OK) {
		status = sorted_keys_next(&twins->keys, error);
		if (status == NARC_OK)
			status = tell_of_rows(twins, cursor, &first, tell, context, error);
	}
	narc_cursor_close(cursor);
	byte_buffer_free(&first.folded);
	return status == NARC_END ? NARC_OK : status;
}
