/* SPDX-License-Identifier: BSD-2-Clause */
/* The two families of infoCodes: "NW" and 18 digits, and 18 digits alone. */
#ifndef NARC_FORMAT_INFO_CODE_H
#define NARC_FORMAT_INFO_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The values are those of the descriptor's column. */
enum code_form { CODE_NONE = 0, CODE_NW = 1, CODE_BARE = 2, CODE_LITERAL = 3 };

enum { CODE_DIGITS = 18, CODE_DATE_DIGITS = 8 };

/* The family of a code; of a member, *number is set to its 18 digits. */
enum code_form code_form_of(const char *code, size_t size, uint64_t *number);

/* Writes a member of CODE_NW or CODE_BARE, and a NUL; returns its length. */
enum { CODE_MEMBER_SIZE = 21 };
size_t code_format(enum code_form form, uint64_t number, char text[CODE_MEMBER_SIZE]);

/* The code without the "NW" of its family, so that codes of both families are in order of date;
 * one of neither as it is. *size, which is that of code, becomes that of what is given. */
const char *code_without_family(const char *code, size_t *size);

/* The same code in the other family; false if it is in neither. */
bool code_other_family(const char *code, char text[CODE_MEMBER_SIZE]);

#endif
