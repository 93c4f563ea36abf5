/* SPDX-License-Identifier: BSD-2-Clause */
/* Usage texts, which are paragraphs, and rows of two columns in them, two blanks in. */
#ifndef NARC_TOOLS_USAGE_H
#define NARC_TOOLS_USAGE_H

#include <stdio.h>

/* Prints a usage text as it is; or if there are messages in another language, with what each
 * paragraph and each row says in that, laid out anew in 80 columns. */
void print_usage(FILE *out, const char *usage);

#endif
