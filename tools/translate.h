/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages in the language that the environment asks for (LANGUAGE, LC_ALL, LC_MESSAGES, LANG), if
 * there is a catalogue of it. Nothing else depends on the environment: numbers, dates and bytes are
 * as they are anywhere.
 */
#ifndef NARC_TOOLS_TRANSLATE_H
#define NARC_TOOLS_TRANSLATE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef WITH_NLS
const char *translate(const char *text) __attribute__((format_arg(1)));
const char *translate_count(const char *one, const char *many, uint64_t count)
	__attribute__((format_arg(1), format_arg(2)));

/* To be called once, before there are threads. */
void translate_init(void);

/* Has all that follows, of the library too, be in English: what programs read. Likewise. */
void translate_nothing(void);

/* Whether there is a catalogue. */
bool is_translated(void);
#else
#define translate(text) (text)
#define translate_count(one, many, count) ((count) == 1 ? (one) : (many))
#define translate_init() ((void)0)
#define translate_nothing() ((void)0)
#define is_translated() false
#endif

/* As everybody has it, so that what collects messages finds them: _ of one that is translated here,
 * N_ of one that will be elsewhere. */
#define _(text) translate(text)
#define N_(text) (text)

#endif
