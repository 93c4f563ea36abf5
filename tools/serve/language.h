/* SPDX-License-Identifier: BSD-2-Clause */
/* All texts of the pages, in all languages. */
#ifndef NARC_SERVE_LANGUAGE_H
#define NARC_SERVE_LANGUAGE_H

#include <stdint.h>

#include "../text.h"
#include "texts.h"

enum language { LANGUAGE_ENGLISH, LANGUAGE_CHINESE, LANGUAGE_COUNT };

/* "en", "zh-Hans": for attributes lang; the name that the language has for itself. */
const char *language_tag(enum language language);
const char *language_name(enum language language);

/* Reads "en" or "zh", as in a cookie or a parameter. False for anything else. */
bool language_parse(const char *text, enum language *language);
const char *language_code(enum language language);

/* The one that Accept-Language likes best; English if it likes none. */
enum language language_choose(const char *accept);

/* A text. Its first "%s" stands for what is put there: see put_phrase in page.h. */
const char *text_in(enum language language, enum text_id id);

/* Puts numbers and dates, which need no escaping: "12,142"; "Wednesday, 5 January 2022"; "January
 * 2022"; "January"; "Wed". weekday: 0 is Monday. */
void put_number(struct text *out, uint64_t number);
void put_day(struct text *out, enum language language, int32_t day);
void put_month(struct text *out, enum language language, int year, int month);
const char *month_name(enum language language, int month);
const char *weekday_name(enum language language, int weekday);

/* The same for narrow places, as "1月" and "一". */
const char *short_month_name(enum language language, int month);
const char *short_weekday_name(enum language language, int weekday);

#endif
