/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding sections in a file that may be damaged anywhere: by their magic, tag and checksum.
 *
 * What this reads is a fixed multiple of what it goes through, also where somebody has put headings
 * that only look like those of sections: of what proves to be none, it reads no more than it has
 * passed, for each power of two that sizes are of. Damage alone never comes to that. Where such
 * headings are, a section may be missed that begins behind them, no further away than twice its
 * size.
 */
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

/* ---- step by step ------------------------------------------------------------------------- */

struct section_scan;

/* For places from start on, which ascend, as ends do. The source must outlive it. */
enum narc_status section_scan_new(struct narc_source source, uint64_t start,
				  struct section_scan **scan, struct narc_error *error);
void section_scan_free(struct section_scan *scan);

/* Reads the section that stands at place and ends before end. *section is valid until the next
 * call. NARC_CORRUPT or NARC_LIMIT if none does that is whole. */
enum narc_status section_scan_read(struct section_scan *scan, uint64_t place, uint64_t end,
				   enum section_tag *tag, const struct byte_buffer **section,
				   struct narc_error *error);

/* Moves *place on to where the next one begins that is whole and ends before end; or to end. */
enum narc_status section_scan_find(struct section_scan *scan, uint64_t *place, uint64_t end,
				   struct narc_error *error);

#endif
