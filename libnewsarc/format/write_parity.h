/* SPDX-License-Identifier: BSD-2-Clause */
/* Computing the parity of a generation (section 19 of the format), and writing it. */
#ifndef NARC_FORMAT_WRITE_PARITY_H
#define NARC_FORMAT_WRITE_PARITY_H

#include "format/parity_table.h"

/* What is covered: what was appended to the sink already, and what will stand behind the
 * parity, from tail_offset on. */
struct parity_input {
	struct narc_sink sink;
	uint64_t tail_offset;
	const struct byte_buffer *tail;
};

/* Fills in the hashes of a table that is chosen, and appends table, parity and table to the
 * sink. folder is for a temporary file. */
enum narc_status write_parity(struct parity_table *table, const struct parity_input *input,
			      const char *folder, struct narc_error *error);

#endif
