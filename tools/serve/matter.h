/* SPDX-License-Identifier: BSD-2-Clause */
/* What posts say of themselves, as pages and lists show it: the same everywhere. */
#ifndef NARC_SERVE_MATTER_H
#define NARC_SERVE_MATTER_H

#include <newsarc.h>

/* The most of a content that is made a page of, or read for its front matter. */
enum { PAGE_CONTENT_LIMIT = 1 << 20 };

/* What there is if nothing is said. */
#define NO_MATTER ((struct narc_front_matter){ .title = "", .date = "", .categories = "", .tags = "" })

/* Reads the front matter of the record that the cursor is at; NO_MATTER if there is none, or it
 * cannot be read. Valid until the next call with the reader. */
struct narc_front_matter matter_read(narc_front_matter_reader *reader, narc_cursor *cursor);

/* The same of a content. */
struct narc_front_matter matter_of(narc_front_matter_reader *reader, const void *content,
				   uint64_t size);

#endif
