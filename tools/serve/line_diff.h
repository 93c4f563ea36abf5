/* SPDX-License-Identifier: BSD-2-Clause */
/* What has to be taken out of one row of pieces, and added, to make another one of it: lines of a
 * text, or words of a line. The fewest edits, by Myers' algorithm. */
#ifndef NARC_SERVE_LINE_DIFF_H
#define NARC_SERVE_LINE_DIFF_H

#include <stdbool.h>
#include <stddef.h>

struct piece {
	const char *text; /* of the text that was split */
	size_t size;
};

struct pieces {
	struct piece *list;
	size_t count;
	size_t capacity;
};

/* Split a text into lines, each with its line end; or into words, single characters that are none,
 * and single characters beyond ASCII, as Chinese has no blanks between words. False if there is no
 * memory. */
bool split_lines(const char *text, size_t size, struct pieces *pieces);
bool split_words(const char *text, size_t size, struct pieces *pieces);
void pieces_free(struct pieces *pieces);

enum edit_kind { EDIT_KEEP, EDIT_REMOVE, EDIT_ADD };

/* Pieces next to each other to which the same happens. */
struct edit {
	enum edit_kind kind;
	size_t old; /* place of the first piece; of one that is added, where it goes */
	size_t new; /* likewise; of one that is removed, where it was */
	size_t count;
};

struct edits {
	struct edit *list; /* in order */
	size_t count;
	size_t capacity;
	bool is_coarse; /* it would have taken more than the limit: all between is replaced */
};

/* Finds the edits, of which there are limit at the most, in pieces. Removing comes before adding.
 * Takes memory by the square of limit, and time by limit times pieces. False if there is no
 * memory; edits is to be freed all the same. */
bool diff_pieces(const struct pieces *old, const struct pieces *new, size_t limit,
		 struct edits *edits);
void edits_free(struct edits *edits);

#endif
