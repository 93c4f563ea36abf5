/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rows supersede, worked out from the rows themselves (section 15 of the format): for
 * whoever makes the index of it, or checks one.
 */
#ifndef NARC_FORMAT_SUPERSESSION_H
#define NARC_FORMAT_SUPERSESSION_H

#include "format/descriptor.h"
#include "support/external_sort.h"

struct supersession {
	struct external_sort *paths; /* path, generation and number of each row */
	struct external_sort *rows;  /* of each row itself, and then what supersedes it */
	struct byte_buffer key;
	struct byte_buffer value;
	struct sort_item item; /* the next of rows, if has_item */
	bool has_item;
};

/* memory: bytes for each of two sorts, which may spill to folder. */
enum narc_status supersession_init(struct supersession *supersession, size_t memory,
				   const char *folder, struct narc_error *error);
void supersession_free(struct supersession *supersession);

enum narc_status supersession_add(struct supersession *supersession, const struct row *row,
				  struct narc_error *error);

/* Ends the adding. NARC_CORRUPT if a generation has two rows of one path. */
enum narc_status supersession_finish(struct supersession *supersession, struct narc_error *error);

/* A row, and what became of it. */
struct superseded_row {
	uint64_t row;
	uint32_t generation; /* that superseded it; 0: none did */
	uint64_t size;
	bool is_post;
	bool is_redacted;
};

/* Gives the next row, in ascending order; NARC_END after the last. */
enum narc_status supersession_next(struct supersession *supersession, struct superseded_row *row,
				   struct narc_error *error);

#endif
