/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shingles: short runs of a text, one beginning at each word, by which texts are compared (Broder,
 * "On the resemblance and containment of documents", 1997). Each character of Chinese and its kin
 * is a word, for these are written without blanks; so is each run of other letters and digits, in
 * small letters. All else only separates words.
 */
#ifndef NARC_SURVEY_SHINGLES_H
#define NARC_SURVEY_SHINGLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the hash of a shingle. */
typedef void (*shingle_fn)(void *context, uint64_t hash);

/* Gives the shingles of a text in UTF-8, or of what is seen of it where it has the markup of HTML
 * or Markdown: no tags, scripts, styles, comments, nor addresses of links. Returns how many there
 * were. Time and memory are bounded by size alone. */
size_t shingles_take(const char *text, size_t size, bool has_markup, shingle_fn take,
		     void *context);

#endif
