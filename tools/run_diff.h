/* SPDX-License-Identifier: BSD-2-Clause */
/* What changed between two contents, as diff(1) shows it. */
#ifndef NARC_TOOLS_RUN_DIFF_H
#define NARC_TOOLS_RUN_DIFF_H

#include "report.h"

/* A content to be compared, in a file without a name. */
struct diff_side {
	int fd; /* -1: none */
	const char *label;
};

/* Takes over the content of the record that the cursor is at. */
enum exit_status diff_side_fill(struct diff_side *side, narc_cursor *cursor, const char *name);
void diff_side_close(struct diff_side *side);

/* Prints the differences on standard output, in colours if they are wanted. EXIT_SYSTEM, with a message, if diff fails. */
enum exit_status run_diff(const struct diff_side *old, const struct diff_side *new,
			  bool has_colors);

#endif
