/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8, as far as showing text takes it. */
#ifndef NARC_TOOLS_CHARACTERS_H
#define NARC_TOOLS_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the UTF-8 sequence at bytes, of which there is at least one, and its code point; 0
 * if it is none: too long a form, a surrogate, above U+10FFFF (RFC 3629). */
size_t decode_utf8(const unsigned char *bytes, size_t size, unsigned *point);

/* Whether a terminal may do something else with the character than show it. */
bool is_control(unsigned point);

#endif
