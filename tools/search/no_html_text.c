/* SPDX-License-Identifier: BSD-2-Clause */
/* In the place of html_text.c, where there is no gumbo. */
#include "fail.h"
#include "search/html_text.h"

enum narc_status html_reader_new(struct html_reader **reader, struct narc_error *error)
{
	(void)reader;
	return fail_at(error, NARC_UNSUPPORTED, "search",
		       "this program was built without gumbo, the library that reads HTML: "
		       "install libgumbo-dev and build it again");
}

void html_reader_free(struct html_reader *reader)
{
	(void)reader;
}

enum narc_status html_read(struct html_reader *reader, const char *html, size_t size,
			   bool is_markdown, const char **text, size_t *text_size,
			   struct narc_error *error)
{
	(void)html;
	(void)size;
	(void)is_markdown;
	(void)text;
	(void)text_size;
	return html_reader_new(&reader, error);
}
