/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/find_tables.h"

#include <stdlib.h>

#include "read/scan_sections.h"
#include "support/status.h"

/* How many times as large as it is a file may have been. */
enum { GROWTH_LIMIT = 4 };

struct finding {
	struct found_tables *found;
	uint64_t file_size;
	bool last_in_place; /* the last of the tables stands where it belongs */
};

static void note_shift(struct found_tables *found, uint64_t shift)
{
	for (size_t i = 0; i < found->shift_count; i++)
		if (found->shifts[i] == shift)
			return;
	if (found->shift_count < SHIFTS_LIMIT)
		found->shifts[found->shift_count++] = shift;
}

static uint64_t second_table_of(const struct parity_table *table)
{
	return extent_end(parity_table_group(table)) - parity_table_section_size(table);
}

/* Whether a table may be of this file. What was so much larger cannot be mended, and what only
 * says so is not to keep us busy. */
static bool is_possible(const struct finding *finding, const struct parity_table *table)
{
	return parity_table_covered_end(table) / GROWTH_LIMIT <= finding->file_size;
}

/* Where the first byte stands that is a table's. */
static uint64_t start_of(const struct parity_table *table)
{
	return table->extents[0].offset < table->offset ? table->extents[0].offset : table->offset;
}

/* ---- generations -------------------------------------------------------------------------- */

/* Whether two groups are of one generation: they adjoin, and both cover its end. */
static bool are_together(const struct parity_table *first, const struct parity_table *second)
{
	return second->offset == extent_end(parity_table_group(first)) &&
	       parity_table_covered_end(second) == parity_table_covered_end(first);
}

bool found_tables_has_second(const struct found_tables *found, size_t number)
{
	const struct parity_table *table = &found->tables[number];

	return number + 1 < found->count && are_together(table, table + 1);
}

/* Whether a table is the second of its generation, behind the last one that was found. */
static bool is_second(const struct found_tables *found, const struct parity_table *table)
{
	return are_together(&found->tables[found->count - 1], table) &&
	       (found->count == 1 || !found_tables_has_second(found, found->count - 2));
}

/* Generations stand one behind the other. Of tables that are over the same, one is of an archive
 * inside of this one: that which is not where it belongs; or that which comes first, as parity
 * comes last in a generation. */
static bool gives_way(struct finding *finding, const struct parity_table *table, bool in_place)
{
	struct found_tables *found = finding->found;

	while (found->count) {
		struct parity_table *last = &found->tables[found->count - 1];

		if (start_of(table) >= parity_table_covered_end(last) || is_second(found, table))
			return false;
		if (finding->last_in_place && !in_place)
			return true;
		parity_table_free(last);
		found->count--;
	}
	return false;
}

/* ---- tables ------------------------------------------------------------------------------- */

/* Takes over a table. */
static enum narc_status add_table(struct found_tables *found, struct parity_table *table,
				  struct narc_error *error)
{
	struct parity_table *grown = realloc(found->tables, (found->count + 1) * sizeof(*grown));

	if (!grown) {
		parity_table_free(table);
		return narc_fail_memory(error);
	}
	found->tables = grown;
	grown[found->count++] = *table;
	return NARC_OK;
}

/* A section_found_fn. */
static enum narc_status look_at_section(void *context, enum section_tag tag,
					const struct byte_buffer *section, uint64_t offset,
					struct narc_error *error)
{
	struct finding *finding = context;
	struct found_tables *found = finding->found;
	struct parity_table table;
	bool in_place, is_again;
	enum narc_status status;

	if (tag != SECTION_PARITY_TABLE)
		return NARC_OK;
	/* Only what has a right checksum, and means something, is taken for a table. */
	status = parity_table_decode(section->data, section->size, offset, &table, error);
	if (status != NARC_OK)
		return status == NARC_NOMEM ? status : NARC_OK;
	in_place = offset == table.offset || offset == second_table_of(&table);
	is_again = found->count && found->tables[found->count - 1].offset == table.offset;
	if (!is_possible(finding, &table) || (!is_again && gives_way(finding, &table, in_place))) {
		parity_table_free(&table);
		return NARC_OK;
	}
	/* Which of the two it is, is only known where it belongs. */
	if (!in_place) {
		note_shift(found, offset - table.offset);
		note_shift(found, offset - second_table_of(&table));
	}
	finding->last_in_place = in_place || (is_again && finding->last_in_place);
	if (!is_again)
		return add_table(found, &table, error);
	parity_table_free(&table);
	return NARC_OK;
}

enum narc_status find_tables(struct narc_source source, uint64_t start, uint64_t file_size,
			     struct found_tables *found, struct narc_error *error)
{
	struct finding finding = { .found = found, .file_size = file_size };

	*found = (struct found_tables){ .shift_count = 1 };
	return scan_sections(source, start, UINT64_MAX, look_at_section, &finding, error);
}

void found_tables_free(struct found_tables *found)
{
	for (size_t i = 0; i < found->count; i++)
		parity_table_free(&found->tables[i]);
	free(found->tables);
}
