/* SPDX-License-Identifier: BSD-2-Clause */
/* HTML is put together here, and here only: all that is no markup of ours is escaped. */
#ifndef NARC_TOOLS_HTML_H
#define NARC_TOOLS_HTML_H

#include "text.h"

/* Puts markup, which may have the directives %s and %.*s for strings, and %d, %u, %lu, %llu and
 * %zu, with 0 and a width, for numbers. Strings are escaped for text and for values of attributes
 * in double quotes; control characters, those that change the direction of text, and what is not
 * UTF-8 are shown as the terminal shows them: \u{202e}, \xff. */
void html(struct text *page, const char *markup, ...) __attribute__((format(printf, 2, 3)));

/* Puts a string likewise. */
void html_text(struct text *page, const char *bytes, size_t size);

/* The same of text of several lines: line ends and tabs stay. */
void html_lines(struct text *page, const char *bytes, size_t size);

/* Puts a string as a part of a URL: a segment of its path, or a name or value of its query. */
void html_url(struct text *page, const char *string);

#endif
