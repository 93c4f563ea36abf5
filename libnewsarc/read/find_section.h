/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding sections in a part of the file of which nothing else is known. */
#ifndef NARC_READ_FIND_SECTION_H
#define NARC_READ_FIND_SECTION_H

#include "read/archive.h"

/* Whether a whole section, with the right checksum, starts at offset and ends at end or before.
 * It is read into section; *found has its extent, and *tag its tag. */
enum narc_status section_at(const struct narc_archive *archive, uint64_t offset, uint64_t end,
			    struct byte_buffer *section, bool *is_there, struct extent *found,
			    enum section_tag *tag, struct narc_error *error);

/* Moves *place to the next magic number of a section that starts before end; to end if there is
 * none. window is memory to search in. */
enum narc_status find_section_magic(const struct narc_archive *archive, uint64_t *place,
				    uint64_t end, struct byte_buffer *window,
				    struct narc_error *error);

#endif
