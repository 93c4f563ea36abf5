/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/supersession.h"

#include <string.h>

#include "support/byte_order.h"
#include "support/status.h"

/* Keys are numbers with their greatest byte first, so that they sort as the numbers do. One of
 * rows is the row and a generation that supersedes it, or 0: then the value tells of the row. */
enum { NUMBER_SIZE = 8, ROW_KEY_SIZE = 2 * NUMBER_SIZE };

enum { FLAG_POST = 1, FLAG_REDACTED = 2 };

enum narc_status supersession_init(struct supersession *supersession, size_t memory,
				   const char *folder, struct narc_error *error)
{
	enum narc_status status;

	memset(supersession, 0, sizeof(*supersession));
	status = external_sort_new(memory, folder, &supersession->paths, error);
	if (status == NARC_OK)
		status = external_sort_new(memory, folder, &supersession->rows, error);
	return status;
}

void supersession_free(struct supersession *supersession)
{
	external_sort_free(supersession->paths);
	external_sort_free(supersession->rows);
	byte_buffer_free(&supersession->key);
	byte_buffer_free(&supersession->value);
}

static void append_number(struct byte_buffer *key, uint64_t number)
{
	uint8_t bytes[NUMBER_SIZE];

	store_be64(bytes, number);
	byte_buffer_append(key, bytes, sizeof(bytes));
}

static enum narc_status add_item(struct supersession *supersession, struct external_sort *sort,
				 struct narc_error *error)
{
	const struct sort_item item = { supersession->key.data, supersession->key.size,
					supersession->value.data, supersession->value.size };

	if (supersession->key.failed || supersession->value.failed)
		return narc_fail_memory(error);
	return external_sort_add(sort, &item, error);
}

static enum narc_status add_superseded(struct supersession *supersession, uint64_t row,
				       uint64_t generation, struct narc_error *error)
{
	byte_buffer_clear(&supersession->key);
	byte_buffer_clear(&supersession->value);
	append_number(&supersession->key, row);
	append_number(&supersession->key, generation);
	return add_item(supersession, supersession->rows, error);
}

static enum narc_status add_itself(struct supersession *supersession,
				   const struct narc_record *record, struct narc_error *error)
{
	byte_buffer_clear(&supersession->key);
	byte_buffer_clear(&supersession->value);
	append_number(&supersession->key, record->row);
	append_number(&supersession->key, 0);
	byte_buffer_append_u64(&supersession->value, record->size);
	byte_buffer_append_u8(&supersession->value,
			      (uint8_t)((record->kind == NARC_KIND_POST ? FLAG_POST : 0) |
					(record->is_redacted ? FLAG_REDACTED : 0)));
	return add_item(supersession, supersession->rows, error);
}

enum narc_status supersession_add(struct supersession *supersession, const struct row *row,
				  struct narc_error *error)
{
	const struct narc_record *record = &row->record;
	enum narc_status status = add_itself(supersession, record, error);

	if (status != NARC_OK)
		return status;
	byte_buffer_clear(&supersession->key);
	byte_buffer_clear(&supersession->value);
	byte_buffer_append(&supersession->key, record->path, strlen(record->path) + 1);
	append_number(&supersession->key, record->generation);
	append_number(&supersession->key, record->row);
	status = add_item(supersession, supersession->paths, error);
	if (status == NARC_OK && row->replaces)
		status = add_superseded(supersession, record->row - (uint64_t)row->replaces,
					record->generation, error);
	return status;
}

/* Two rows of one path, one after the other in generation: the first gives way. */
static enum narc_status take_pair(struct supersession *supersession, const uint8_t *before,
				  const uint8_t *item, size_t path_size, struct narc_error *error)
{
	uint64_t generation = load_be64(item + path_size);
	enum narc_status status;

	if (load_be64(before + path_size) != generation)
		return add_superseded(supersession, load_be64(before + path_size + NUMBER_SIZE),
				      generation, error);
	status = narc_fail(error, NARC_CORRUPT, "descriptor", NARC_NO_OFFSET,
			   "two entries of one generation have this path");
	narc_error_set_path(error, (const char *)item);
	return status;
}

static enum narc_status go_through_paths(struct supersession *supersession,
					 struct narc_error *error)
{
	struct byte_buffer last = BYTE_BUFFER_EMPTY;
	struct sort_item item;
	enum narc_status status = external_sort_finish(supersession->paths, error);

	while (status == NARC_OK &&
	       (status = external_sort_next(supersession->paths, &item, error)) == NARC_OK) {
		size_t path_size = item.key_size - 2 * NUMBER_SIZE;

		if (last.size == item.key_size && memcmp(last.data, item.key, path_size) == 0)
			status = take_pair(supersession, last.data, item.key, path_size, error);
		if (status != NARC_OK)
			break;
		byte_buffer_clear(&last);
		byte_buffer_append(&last, item.key, item.key_size);
		status = byte_buffer_status(&last, error);
	}
	byte_buffer_free(&last);
	return status == NARC_END ? NARC_OK : status;
}

static enum narc_status next_item(struct supersession *supersession, struct narc_error *error)
{
	enum narc_status status =
		external_sort_next(supersession->rows, &supersession->item, error);

	supersession->has_item = status == NARC_OK;
	return status == NARC_END ? NARC_OK : status;
}

enum narc_status supersession_finish(struct supersession *supersession, struct narc_error *error)
{
	enum narc_status status = go_through_paths(supersession, error);

	if (status == NARC_OK)
		status = external_sort_finish(supersession->rows, error);
	return status == NARC_OK ? next_item(supersession, error) : status;
}

/* Of all generations that supersede a row, the first does. */
enum narc_status supersession_next(struct supersession *supersession, struct superseded_row *row,
				   struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (!supersession->has_item)
		return NARC_END;
	*row = (struct superseded_row){ .row = load_be64(supersession->item.key) };
	while (status == NARC_OK && supersession->has_item &&
	       load_be64(supersession->item.key) == row->row) {
		const struct sort_item *item = &supersession->item;
		uint32_t generation = (uint32_t)load_be64(item->key + NUMBER_SIZE);

		if (generation == 0) {
			uint8_t flags = item->value[NUMBER_SIZE];

			row->size = load_le64(item->value);
			row->is_post = flags & FLAG_POST;
			row->is_redacted = flags & FLAG_REDACTED;
		} else if (row->generation == 0) {
			row->generation = generation;
		}
		status = next_item(supersession, error);
	}
	return status;
}
