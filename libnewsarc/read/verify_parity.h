/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking the parity of a generation (section 19 of the format), as its sections are passed. */
#ifndef NARC_READ_VERIFY_PARITY_H
#define NARC_READ_VERIFY_PARITY_H

#include "format/parity_table.h"
#include "read/archive.h"

struct parity_group {
	struct parity_table table;
	uint64_t table_hash; /* of the section of the first table */
	uint64_t next;       /* parity chunk */
};

/* The groups of a generation; zeros: none. */
struct parity_check {
	struct parity_group groups[PARITY_GROUPS_LIMIT];
	size_t count;
};

void parity_check_free(struct parity_check *check);

/* Where the first group stands, and the size of all; 0 if there is none. */
uint64_t parity_check_offset(const struct parity_check *check);
uint64_t parity_check_size(const struct parity_check *check);

/* Each is given a whole section that stands at offset; the latter two are of the group that the
 * last first table began. */
enum narc_status parity_check_first_table(struct parity_check *check,
					  const struct byte_buffer *section, uint64_t offset,
					  struct narc_error *error);
enum narc_status parity_check_parity(struct parity_check *check,
				     const struct byte_buffer *section, uint64_t offset,
				     struct narc_error *error);
enum narc_status parity_check_second_table(struct parity_check *check,
					   const struct byte_buffer *section, uint64_t offset,
					   struct narc_error *error);

/* Checks, of a generation from start to end that has parity, what is covered; and unless folder is
 * NULL, that the parity is of that, for which folder is to have temporary files; or its hashes
 * alone, where there is nothing to compute parity with. */
enum narc_status parity_check_end(struct parity_check *check, const struct narc_archive *archive,
				  uint64_t start, uint64_t end, const char *folder,
				  struct narc_error *error);

#endif
