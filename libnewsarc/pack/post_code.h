/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a post's infoCode. */
#ifndef NARC_PACK_POST_CODE_H
#define NARC_PACK_POST_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/limits.h"

/* Looks, in this order, for "infoCode=" or "infocode=" in a link, for a link that ends in
 * ",DIGITS.html", and for a code in the file name behind its date. Of several links of one
 * kind, the one that agrees with the file name counts, else the last: the post's own link
 * is in its footer. Writes the code and a NUL; "" if there is none. */
void post_code_find(const char *path, const uint8_t *text, size_t size,
		    char code[CODE_SIZE_LIMIT + 1]);

#endif
