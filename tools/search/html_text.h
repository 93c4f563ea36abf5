/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reader sees of HTML, as text: without tags, scripts and styles, with characters for
 * their entities. White space is one blank, and lines end where blocks do, at "<br>", in "<pre>",
 * and, in Markdown, where its own lines end: of that, only the HTML in it is read.
 */
#ifndef NARC_SEARCH_HTML_TEXT_H
#define NARC_SEARCH_HTML_TEXT_H

#include <newsarc.h>

/* One thread's memory, used from text to text. */
struct html_reader;

/* NARC_UNSUPPORTED if this was built without a parser of HTML. */
enum narc_status html_reader_new(struct html_reader **reader, struct narc_error *error);
void html_reader_free(struct html_reader *reader);

/* *text has *text_size bytes, and is valid until the next call; it is html itself where nothing has
 * to be read as HTML. NARC_LIMIT for what would take too much memory or time, as only what was made
 * for that does. */
enum narc_status html_read(struct html_reader *reader, const char *html, size_t size,
			   bool is_markdown, const char **text, size_t *text_size,
			   struct narc_error *error);

#endif
