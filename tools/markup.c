/* SPDX-License-Identifier: BSD-2-Clause */
#include "markup.h"

#include <string.h>
#include <strings.h>

enum markup markup_of(const char *path)
{
	static const struct {
		const char *extension;
		enum markup markup;
	} known[] = {
		{ ".html", MARKUP_HTML },       { ".htm", MARKUP_HTML },
		{ ".xhtml", MARKUP_HTML },      { ".md", MARKUP_MARKDOWN },
		{ ".markdown", MARKUP_MARKDOWN }, { ".mkd", MARKUP_MARKDOWN },
		{ ".mkdown", MARKUP_MARKDOWN },
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(dot, known[i].extension) == 0)
			return known[i].markup;
	return MARKUP_NONE;
}
