/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8, as far as showing text takes it. */
#ifndef NARC_TOOLS_CHARACTERS_H
#define NARC_TOOLS_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the UTF-8 sequence at bytes, of which there is at least one, and its code point; 0
 * if it is none: too long a form, a surrogate, above U+10FFFF (RFC 3629). */
size_t decode_utf8(const unsigned char *bytes, size_t size, unsigned *point);

/* Where the character begins that has the byte at place, which is before size: there, if that is of
 * no character. */
size_t character_start(const char *text, size_t size, size_t place);

/* Whether a terminal may do something else with the character than show it. */
bool is_control(unsigned point);

/* Writes what is shown in the place of such a character, or of a byte that is no UTF-8: \n, \x1b,
 * \u{202e}. Returns its size, in bytes and columns. */
enum { ESCAPE_SIZE = 16 };
size_t format_escape(unsigned point, char text[ESCAPE_SIZE]);

#endif
