/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/check_tail.h"

#include "format/parity_table.h"
#include "read/scan_sections.h"
#include "support/status.h"

/* A writing that was torn ends before its trailer, which is written when all else is on the disk.
 * So where the file is as long as it was to be with the trailer, it may have been whole once. */
struct tail_check {
	uint64_t file_size;
	bool may_be_whole;
};

/* A section_found_fn. */
static enum narc_status look_at_section(void *context, enum section_tag tag,
					const struct byte_buffer *section, uint64_t offset,
					struct narc_error *error)
{
	struct tail_check *check = context;
	struct parity_table table;

	(void)error;
	if (tag != SECTION_PARITY_TABLE ||
	    parity_table_decode(section->data, section->size, offset, &table, NULL) != NARC_OK)
		return NARC_OK;
	if (parity_table_covered_end(&table) <= check->file_size)
		check->may_be_whole = true;
	parity_table_free(&table);
	return NARC_OK;
}

enum narc_status check_tail(const narc_archive *archive, struct narc_error *error)
{
	struct tail_check check = { .file_size = archive->file_size };
	enum narc_status status = NARC_OK;

	if (archive->file_size > archive->trailer.end)
		status = scan_sections(archive->source, archive->trailer.end, UINT64_MAX,
				       look_at_section, &check, error);
	if (status == NARC_OK && check.may_be_whole)
		status = narc_fail(error, NARC_CORRUPT, "append", archive->trailer.end,
				   "behind the last generation stands another one, whose trailer "
				   "is damaged: \"narc repair\" makes it whole");
	return status;
}
