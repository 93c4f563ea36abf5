/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding sections in a file that may be damaged anywhere: by their magic, tag and checksum. */
#ifndef NARC_READ_SCAN_SECTIONS_H
#define NARC_READ_SCAN_SECTIONS_H

#include "format/extent.h"
#include "format/section.h"

/* Called for each section that is whole, in order. NARC_END ends the scan; so does what is wrong. */
typedef enum narc_status (*section_found_fn)(void *context, enum section_tag tag,
					     const struct byte_buffer *section, uint64_t offset,
					     struct narc_error *error);

/* Reads the source from start to end, or to its own end (UINT64_MAX). Sections do not overlap:
 * behind one that is whole, the next is looked for; behind what is none, from the next byte on. */
enum narc_status scan_sections(struct narc_source source, uint64_t start, uint64_t end,
			       section_found_fn found, void *context, struct narc_error *error);

#endif
