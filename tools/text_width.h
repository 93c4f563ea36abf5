/* SPDX-License-Identifier: BSD-2-Clause */
/* How many columns of a terminal a text takes, printed by report.h. */
#ifndef NARC_TOOLS_TEXT_WIDTH_H
#define NARC_TOOLS_TEXT_WIDTH_H

#include <stddef.h>

/* To be called once, before the others. */
void text_width_init(void);

/* The columns that the character at text takes, of which size bytes are left, at least one, or what
 * print_string shows in its place; *length is how many bytes it has. */
size_t character_width(const char *text, size_t size, size_t *length);

size_t text_width(const char *text);

/* The length of what of a text of size bytes fits into columns. */
size_t fitting_length(const char *text, size_t size, size_t columns);

#endif
