/* SPDX-License-Identifier: BSD-2-Clause */
/* What a content is written in, as far as the name of its file tells. */
#ifndef NARC_TOOLS_MARKUP_H
#define NARC_TOOLS_MARKUP_H

enum markup { MARKUP_NONE, MARKUP_HTML, MARKUP_MARKDOWN };

enum markup markup_of(const char *path);

#endif
