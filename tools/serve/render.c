/* SPDX-License-Identifier: BSD-2-Clause */
#include "render.h"

#include <cmark.h>
#include <string.h>
#include <strings.h>

#include "../markup.h"
#include "html.h"

/* Of a page that nothing else of ours is loaded into. In the dark, colours that authors chose for
 * white paper could not be read. */
static const char frame_style[] =
	":root{color-scheme:light dark;font:1.0625rem/1.7 system-ui,sans-serif}"
	"body{max-width:44rem;margin:1rem 1.25rem;overflow-wrap:anywhere}"
	"img,table{max-width:100%}"
	"pre{overflow-x:auto}"
	"a{color:LinkText}"
	"@media(prefers-color-scheme:dark){"
	"[style],font{color:inherit!important;background:none!important}}";

bool can_render(const char *path, const void *content, size_t size)
{
	const enum markup markup = markup_of(path);

	if (memchr(content, '\0', size))
		return false;
	return markup == MARKUP_HTML || (markup == MARKUP_MARKDOWN && size <= MARKDOWN_LIMIT);
}

/* ---- HTML ------------------------------------------------------------------------------- */

/* Elements that can make a browser connect to others, though no policy lets it load anything from
 * there: Chromium does so for a frame, before it looks at the policy. */
static const char *const dead_elements[] = { "link",   "meta",	 "base", "iframe",
					     "frame",  "object", "embed" };

static bool is_dead(const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(dead_elements) / sizeof(dead_elements[0]); i++) {
		size_t length = strlen(dead_elements[i]);

		if (size >= length && strncasecmp(name, dead_elements[i], length) == 0)
			return true;
	}
	return false;
}

/* Puts HTML as it is, with other names for those elements: an element begins with "<" and its name,
 * whatever surrounds it. */
static void put_foreign(struct text *page, const char *markup, size_t size)
{
	const char *end = markup + size;

	while (markup < end) {
		const char *mark = memchr(markup, '<', (size_t)(end - markup));
		const char *stop = mark ? mark + 1 : end;

		text_put_bytes(page, markup, (size_t)(stop - markup));
		if (mark && is_dead(stop, (size_t)(end - stop)))
			text_put(page, "x-");
		markup = stop;
	}
}

static bool put_markdown(struct text *page, const char *text, size_t size)
{
	/* Its HTML is passed on, as what comes of it goes where nothing can do anything. */
	char *markup = cmark_markdown_to_html(text, size, CMARK_OPT_UNSAFE);

	if (!markup)
		return false;
	put_foreign(page, markup, strlen(markup));
	cmark_get_default_mem_allocator()->free(markup);
	return true;
}

bool render_post(struct text *page, const char *path, const char *title, const char *text,
		 size_t size)
{
	html(page, "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"
		   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		   "<title>%s</title>\n<style>", title);
	text_put(page, frame_style);
	html(page, "</style>\n</head>\n<body>\n");
	if (markup_of(path) != MARKUP_MARKDOWN)
		put_foreign(page, text, size);
	else if (!put_markdown(page, text, size))
		return false;
	html(page, "\n</body>\n</html>\n");
	return !page->failed;
}
