/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sketches: how alike two texts are, from a few bytes of each.
 *
 * A sketch has the least hash of each of 32 parts of a text's shingles (Broder 1997; one hash
 * function for all parts: Li, Owen, Zhang, "One permutation hashing", 2012; parts without a
 * shingle: Shrivastava, "Optimal densification", 2017), or one byte of it (Li and König, "b-bit
 * minwise hashing", 2010). So that two sketches have the same byte in some place is as likely as
 * the share of shingles is large that both texts have, of all that either has.
 */
#ifndef NARC_SURVEY_SKETCH_H
#define NARC_SURVEY_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts of fewer shingles are not compared: of these, little is by chance. */
enum { SKETCH_SIZE = 32, SKETCH_SHINGLES_LEAST = 20 };

struct sketch {
	uint8_t minima[SKETCH_SIZE];
};

/* Makes the sketch of a text, as shingles_take takes it; false if the text is too short. */
bool sketch_make(const char *text, size_t size, bool has_markup, struct sketch *sketch);

/* How much two texts have in common, in percent of what is in either. */
unsigned sketch_resemblance(const struct sketch *a, const struct sketch *b);

#endif
