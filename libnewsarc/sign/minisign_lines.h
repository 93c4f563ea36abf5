/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of minisign's files: comments, and bytes as base64. */
#ifndef NARC_SIGN_MINISIGN_LINES_H
#define NARC_SIGN_MINISIGN_LINES_H

#include "newsarc.h"

#define UNTRUSTED_COMMENT "untrusted comment: "
#define TRUSTED_COMMENT "trusted comment: "

/* Takes the next line, whose end moves *text on; false if there is none. */
bool next_text_line(const char **text, size_t *left, const char **line, size_t *size);

/* The same of a line that starts with prefix, which line is behind. */
bool next_comment(const char **text, size_t *left, const char *prefix, const char **line,
		  size_t *size);

/* Takes a line that is the base64 of exactly size bytes, padded. */
bool next_base64(const char **text, size_t *left, uint8_t *bytes, size_t size);

#endif
