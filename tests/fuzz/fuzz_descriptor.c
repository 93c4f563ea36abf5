/* SPDX-License-Identifier: BSD-2-Clause */
/* A descriptor and the names of its run. Two bytes, low byte first, are the size of the payload
 * of the names, which comes then, 0 for none; the rest is the payload of the descriptor. */
#include <stdlib.h>
#include <string.h>

#include "format/descriptor.h"
#include "format/post_path.h"
#include "fuzz.h"
#include "support/byte_order.h"

/* The rows of a descriptor, up to one that is malformed. */
struct row_list {
	struct row *rows;
	uint32_t count;
	bool complete;
};

static char *copy_of(const char *text, size_t limit)
{
	char *copy = strdup(text);

	HOLDS(copy && strlen(copy) <= limit);
	return copy;
}

static void row_list_free(struct row_list *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		free((char *)(uintptr_t)list->rows[i].record.path);
		free((char *)(uintptr_t)list->rows[i].record.info_code);
		free((char *)(uintptr_t)list->rows[i].record.categories);
	}
	free(list->rows);
}

static void check_row(const struct descriptor *descriptor, const struct row *row, uint32_t number)
{
	const struct narc_record *record = &row->record;

	HOLDS(record->row == descriptor->facts.first_row + number);
	HOLDS(record->generation >= 1 && record->version >= 1);
	HOLDS(record->mtime_nanoseconds < 1000000000);
	HOLDS(record->permissions <= 07777);
	HOLDS(post_path_is_storable(record->path));
	HOLDS(row->source || (row->content_start <= descriptor->facts.content_size &&
			      record->size <= descriptor->facts.content_size - row->content_start));
}

static struct row_list read_rows(const struct descriptor *descriptor, const struct names *names)
{
	static struct row_walk walk;
	struct row_list list = { .count = 0 };
	struct narc_error error = { 0 };

	list.rows = calloc(descriptor->facts.row_count, sizeof(*list.rows));
	HOLDS(list.rows);
	row_walk_begin(&walk, descriptor, names);
	for (;;) {
		struct row *row = &list.rows[list.count];
		struct row read;
		enum narc_status status = row_walk_next(&walk, &read, &error);

		if (status == NARC_END)
			list.complete = true;
		if (status == NARC_END || !fuzz_succeeded(status, &error))
			return list;
		check_row(descriptor, &read, list.count);
		*row = read;
		row->record.path = copy_of(read.record.path, PATH_SIZE_LIMIT);
		row->record.info_code = copy_of(read.record.info_code, CODE_SIZE_LIMIT);
		row->record.categories = copy_of(read.record.categories, NAME_SIZE_LIMIT);
		list.count++;
	}
}

static void check_same_row(const struct row *a, const struct row *b)
{
	const struct narc_record *x = &a->record;
	const struct narc_record *y = &b->record;

	HOLDS(strcmp(x->path, y->path) == 0 && strcmp(x->info_code, y->info_code) == 0);
	HOLDS(strcmp(x->categories, y->categories) == 0);
	HOLDS(x->kind == y->kind && x->type == y->type && x->date_origin == y->date_origin);
	HOLDS(x->local_time == y->local_time && x->zone_minutes == y->zone_minutes);
	HOLDS(x->permissions == y->permissions && x->mtime_seconds == y->mtime_seconds);
	HOLDS(x->mtime_nanoseconds == y->mtime_nanoseconds);
	HOLDS(x->size == y->size && x->hash == y->hash && x->row == y->row);
	HOLDS(x->generation == y->generation && x->version == y->version);
	HOLDS(x->owner == y->owner && x->is_redacted == y->is_redacted);
	HOLDS(a->source == b->source && a->replaces == b->replaces);
	HOLDS(a->content_start == b->content_start);
}

/* Rows that are taken can be written again, and are the same then. */
static void check_again(const struct descriptor *descriptor, const struct row_list *list,
			struct names *names)
{
	struct fuzz_codec *codec = fuzz_codec();
	struct byte_buffer again = BYTE_BUFFER_EMPTY;
	struct descriptor decoded;
	struct row_list copy;
	struct narc_error error = { 0 };

	HOLDS(names_make_findable(names, &error) == NARC_OK);
	HOLDS(descriptor_encode(&again, &descriptor->facts, list->rows, names, codec->compressor,
				&error) == NARC_OK);
	HOLDS(descriptor_decode(again.data, again.size, FUZZ_OFFSET, codec->decompressor,
				&codec->scratch, &decoded, &error) == NARC_OK);
	copy = read_rows(&decoded, names);
	HOLDS(copy.complete && copy.count == list->count);
	for (uint32_t i = 0; i < copy.count; i++)
		check_same_row(&list->rows[i], &copy.rows[i]);
	row_list_free(&copy);
	byte_buffer_free(&again);
}

static void fuzz_descriptor(const struct fuzz_section *section, struct names *names)
{
	struct fuzz_codec *codec = fuzz_codec();
	struct descriptor descriptor;
	struct row_list list;
	struct narc_error error = { 0 };

	if (!fuzz_succeeded(descriptor_decode(section->bytes, section->size, FUZZ_OFFSET,
					      codec->decompressor, &codec->scratch, &descriptor,
					      &error),
			    &error))
		return;
	list = read_rows(&descriptor, names);
	if (list.complete)
		check_again(&descriptor, &list, names);
	row_list_free(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct names names = { 0 };
	struct fuzz_section section;
	struct narc_error error = { 0 };
	size_t names_size = size < 2 ? 0 : load_le16(data);

	if (size < 2 || names_size > size - 2)
		return 0;
	if (names_size) {
		section = fuzz_section(SECTION_NAMES, data + 2, names_size);
		fuzz_succeeded(names_decode(section.bytes, section.size, FUZZ_OFFSET,
					    fuzz_codec()->decompressor, &names, &error),
			       &error);
		fuzz_section_free(&section);
	}
	section = fuzz_section(SECTION_DESCRIPTOR, data + 2 + names_size, size - 2 - names_size);
	fuzz_descriptor(&section, &names);
	fuzz_section_free(&section);
	names_free(&names);
	return 0;
}
