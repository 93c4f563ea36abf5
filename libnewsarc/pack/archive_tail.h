/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands behind the parity of a generation. How much parity there is, and so where the tail
 * begins, follows from how large the tail is: so it is made before that is known, with offsets into
 * itself that count from its start. They have 8 bytes each, and its size does not depend on them.
 */
#ifndef NARC_PACK_ARCHIVE_TAIL_H
#define NARC_PACK_ARCHIVE_TAIL_H

#include "support/byte_buffer.h"

struct archive_tail {
	struct byte_buffer bytes;
	struct byte_buffer notes; /* for each such offset, its place and that of its section */
};

void archive_tail_free(struct archive_tail *tail);
enum narc_status archive_tail_status(const struct archive_tail *tail, struct narc_error *error);

/* Notes that there is such an offset at place, in the section at section. */
void archive_tail_note(struct archive_tail *tail, size_t place, size_t section);

/* Makes them offsets into a file where the tail begins at start. */
void archive_tail_settle(struct archive_tail *tail, uint64_t start);

#endif
