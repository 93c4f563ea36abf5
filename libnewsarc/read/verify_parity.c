/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/verify_parity.h"

#include <stdlib.h>
#include <string.h>

#include "format/write_parity.h"
#include "support/content_hash.h"
#include "support/reed_solomon.h"
#include "support/status.h"

void parity_check_free(struct parity_check *check)
{
	for (size_t i = 0; i < check->count; i++)
		parity_table_free(&check->groups[i].table);
	*check = (struct parity_check){ 0 };
}

uint64_t parity_check_offset(const struct parity_check *check)
{
	return check->count ? check->groups[0].table.offset : 0;
}

uint64_t parity_check_size(const struct parity_check *check)
{
	uint64_t size = 0;

	for (size_t i = 0; i < check->count; i++)
		size += parity_table_group(&check->groups[i].table).size;
	return size;
}

static enum narc_status fail(uint64_t offset, struct narc_error *error, const char *what)
{
	return narc_fail_text(error, NARC_CORRUPT, "parity", offset, what);
}

/* ---- section by section ------------------------------------------------------------------- */

enum narc_status parity_check_first_table(struct parity_check *check,
					  const struct byte_buffer *section, uint64_t offset,
					  struct narc_error *error)
{
	struct parity_group group = { .table_hash = content_hash(section->data, section->size) };
	enum narc_status status;

	if (check->count == PARITY_GROUPS_LIMIT)
		return fail(offset, error, "there is parity once more than there may be");
	status = parity_table_decode(section->data, section->size, offset, &group.table, error);
	if (status != NARC_OK)
		return status;
	if (group.table.offset != offset) {
		parity_table_free(&group.table);
		return fail(offset, error, "a parity table stands at another place than it says");
	}
	check->groups[check->count++] = group;
	return NARC_OK;
}

enum narc_status parity_check_parity(struct parity_check *check,
				     const struct byte_buffer *section, uint64_t offset,
				     struct narc_error *error)
{
	struct parity_group *group = &check->groups[check->count - 1];
	const struct parity_table *table = &group->table;
	uint64_t in_section = parity_table_chunks_of_section(table);
	uint64_t left = parity_table_parity_count(table) - group->next;
	uint64_t count = left < in_section ? left : in_section;

	if (count == 0 || section->size != SECTION_MIN_SIZE + count * table->chunk_size)
		return fail(offset, error, "there is more or less parity than its table says");
	for (uint64_t i = 0; i < count; i++, group->next++) {
		const uint8_t *chunk = section->data + SECTION_HEADING_SIZE + i * table->chunk_size;

		if (content_hash(chunk, table->chunk_size) !=
		    table->hashes[table->chunks + group->next])
			return fail(offset, error, "a parity chunk is not of its hash");
	}
	return NARC_OK;
}

enum narc_status parity_check_second_table(struct parity_check *check,
					   const struct byte_buffer *section, uint64_t offset,
					   struct narc_error *error)
{
	const struct parity_group *group = &check->groups[check->count - 1];

	if (group->next < parity_table_parity_count(&group->table))
		return fail(offset, error, "there is less parity than its table says");
	if (content_hash(section->data, section->size) != group->table_hash)
		return fail(offset, error, "the two parity tables differ");
	return NARC_OK;
}

/* Extents are in order, and on the right side of their group, already. */
static enum narc_status check_extents(const struct parity_table *table, uint64_t start,
				      uint64_t end, uint64_t parity_end, struct narc_error *error)
{
	if (table->extents[0].offset < start || parity_table_covered_end(table) != end ||
	    table->extents[table->extent_count - 1].offset < parity_end)
		return fail(table->offset, error,
			    "the parity covers what is not of its generation, or itself");
	return NARC_OK;
}

/* ---- whether it is of what it covers ------------------------------------------------------ */

/* Takes what would be written, and compares it with what is there. */
struct comparison {
	const struct narc_archive *archive;
	uint64_t offset;
	struct byte_buffer there;
};

static enum narc_status compare_part(void *context, const void *data, size_t length,
				     struct narc_error *error)
{
	struct comparison *comparison = context;
	struct extent extent = { comparison->offset, length };
	enum narc_status status = archive_read_section(comparison->archive, extent,
						       &comparison->there, error);

	if (status == NARC_OK && memcmp(comparison->there.data, data, length) != 0)
		status = fail(extent.offset, error, "the parity is of other data");
	comparison->offset += length;
	return status;
}

/* A parity_read_fn. */
static enum narc_status read_there(void *context, uint64_t offset, void *buffer, size_t length,
				   struct narc_error *error)
{
	const struct comparison *comparison = context;

	return archive_read(comparison->archive, offset, buffer, length, error);
}

static enum narc_status check_chunks(const struct parity_table *table,
				     const struct narc_archive *archive, struct narc_error *error)
{
	struct comparison comparison = { .archive = archive };
	uint8_t *bytes = malloc(table->chunk_size);
	enum narc_status status = bytes ? NARC_OK : narc_fail_memory(error);

	for (uint64_t i = 0; i < table->chunks && status == NARC_OK; i++) {
		status = parity_table_read(table, i * table->chunk_size, bytes, table->chunk_size,
					   read_there, &comparison, error);
		if (status == NARC_OK &&
		    content_hash(bytes, table->chunk_size) != table->hashes[i])
			status = fail(table->offset, error,
				      "what the parity covers is not of its hash");
	}
	free(bytes);
	return status;
}

static enum narc_status check_code(struct parity_table *table, const struct narc_archive *archive,
				   const char *folder, struct narc_error *error)
{
	static const struct narc_sink_ops ops = { .append = compare_part, .read_at = read_there };
	struct comparison comparison = { .archive = archive, .offset = table->offset };
	const struct parity_input input = { { &ops, &comparison }, UINT64_MAX, NULL };
	enum narc_status status = write_parity(table, &input, folder, error);

	byte_buffer_free(&comparison.there);
	return status;
}

enum narc_status parity_check_end(struct parity_check *check, const struct narc_archive *archive,
				  uint64_t start, uint64_t end, const char *folder,
				  struct narc_error *error)
{
	uint64_t parity_end = parity_check_offset(check) + parity_check_size(check);
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < check->count && status == NARC_OK; i++) {
		struct parity_table *table = &check->groups[i].table;

		status = check_extents(table, start, end, parity_end, error);
		if (status == NARC_OK && folder)
			status = reed_solomon_is_available()
					 ? check_code(table, archive, folder, error)
					 : check_chunks(table, archive, error);
	}
	return status;
}
