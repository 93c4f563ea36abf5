/* SPDX-License-Identifier: BSD-2-Clause */
/* The content of posts as a page of their own. */
#ifndef NARC_SERVE_RENDER_H
#define NARC_SERVE_RENDER_H

#include "../text.h"

/* The most of Markdown that is rendered: there are texts that take time by the square of it. */
enum { MARKDOWN_LIMIT = 256 << 10 };

/* Whether a content is to be rendered: HTML or Markdown, by the name of its file, and text. */
bool can_render(const char *path, const void *content, size_t size);

/* Puts a page with the text, which is what comes behind the front matter. It keeps its HTML, but
 * for what a browser would do in spite of any policy: it is to be sent as REPLY_POST. False if it
 * cannot be rendered, for want of memory. */
bool render_post(struct text *page, const char *path, const char *title, const char *text,
		 size_t size);

#endif
