/* SPDX-License-Identifier: BSD-2-Clause */
#include "line_diff.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../characters.h"

/* ---- splitting -------------------------------------------------------------------------- */

static bool add_piece(struct pieces *pieces, const char *text, size_t size)
{
	size_t capacity = pieces->capacity ? 2 * pieces->capacity : 64;
	struct piece *grown;

	if (pieces->count == pieces->capacity) {
		grown = realloc(pieces->list, capacity * sizeof(*grown));
		if (!grown)
			return false;
		pieces->list = grown;
		pieces->capacity = capacity;
	}
	pieces->list[pieces->count++] = (struct piece){ text, size };
	return true;
}

bool split_lines(const char *text, size_t size, struct pieces *pieces)
{
	const char *end = text + size;

	while (text < end) {
		const char *mark = memchr(text, '\n', (size_t)(end - text));
		const char *next = mark ? mark + 1 : end;

		if (!add_piece(pieces, text, (size_t)(next - text)))
			return false;
		text = next;
	}
	return true;
}

static size_t word_size(const char *text, size_t size)
{
	size_t length = 0;
	unsigned point;

	while (length < size && (unsigned char)text[length] < 0x80 &&
	       isalnum((unsigned char)text[length]))
		length++;
	if (length)
		return length;
	length = decode_utf8((const unsigned char *)text, size, &point);
	return length ? length : 1;
}

bool split_words(const char *text, size_t size, struct pieces *pieces)
{
	while (size) {
		size_t length = word_size(text, size);

		if (!add_piece(pieces, text, length))
			return false;
		text += length;
		size -= length;
	}
	return true;
}

void pieces_free(struct pieces *pieces)
{
	free(pieces->list);
	*pieces = (struct pieces){ .list = NULL };
}

/* ---- edits ------------------------------------------------------------------------------ */

static bool add_edit(struct edits *edits, struct edit edit)
{
	size_t capacity = edits->capacity ? 2 * edits->capacity : 16;
	struct edit *grown;

	if (edit.count == 0)
		return true;
	if (edits->count && edits->list[edits->count - 1].kind == edit.kind) {
		edits->list[edits->count - 1].count += edit.count;
		return true;
	}
	if (edits->count == edits->capacity) {
		grown = realloc(edits->list, capacity * sizeof(*grown));
		if (!grown)
			return false;
		edits->list = grown;
		edits->capacity = capacity;
	}
	edits->list[edits->count++] = edit;
	return true;
}

void edits_free(struct edits *edits)
{
	free(edits->list);
	*edits = (struct edits){ .list = NULL };
}

/* ---- the search ------------------------------------------------------------------------- */

/* What is left when the equal pieces at both ends are set aside. On diagonal k, the place in old
 * is k more than that in new. */
struct search {
	const struct piece *old, *new;
	ptrdiff_t old_count, new_count;
	ptrdiff_t limit;
	int *reach;  /* by diagonal, -limit - 1 to limit + 1: how far in old one came */
	int **trace; /* for each number of edits: reach before it, of diagonals from -edits */
};

static bool is_same(const struct piece *a, const struct piece *b)
{
	return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

/* Whether one comes to diagonal k by adding a piece, from above, rather than by removing one. */
static bool comes_by_adding(const int *reach, ptrdiff_t k, ptrdiff_t edits)
{
	return k == -edits || (k != edits && reach[k - 1] < reach[k + 1]);
}

/* Goes one edit farther on all diagonals; true if that comes to the end. */
static bool step(struct search *search, int *reach, ptrdiff_t edits)
{
	for (ptrdiff_t k = -edits; k <= edits; k += 2) {
		ptrdiff_t x = comes_by_adding(reach, k, edits) ? reach[k + 1] : reach[k - 1] + 1;
		ptrdiff_t y = x - k;

		while (x < search->old_count && y >= 0 && y < search->new_count &&
		       is_same(&search->old[x], &search->new[y])) {
			x++;
			y++;
		}
		reach[k] = (int)x;
		if (x >= search->old_count && y >= search->new_count)
			return true;
	}
	return false;
}

/* Keeps what reach is before a step. False if there is no memory. */
static bool keep_trace(struct search *search, const int *reach, ptrdiff_t edits)
{
	size_t size = (size_t)(2 * edits + 3) * sizeof(int);

	search->trace[edits] = malloc(size);
	if (!search->trace[edits])
		return false;
	memcpy(search->trace[edits], reach - edits - 1, size);
	return true;
}

/* Marks the pieces that the edits found remove and add, from the end to the start. */
static void mark_edits(const struct search *search, ptrdiff_t edits, bool *removed, bool *added)
{
	ptrdiff_t x = search->old_count, y = search->new_count;

	for (; edits > 0; edits--) {
		const int *reach = search->trace[edits] + edits + 1;
		bool by_adding = comes_by_adding(reach, x - y, edits);
		ptrdiff_t k = by_adding ? x - y + 1 : x - y - 1;

		x = reach[k];
		y = x - k;
		if (by_adding)
			added[y] = true;
		else
			removed[x] = true;
	}
}

/* Marks what is removed and added. *is_coarse: the limit was reached, and all is marked. */
static bool search_edits(struct search *search, bool *removed, bool *added, bool *is_coarse)
{
	int *reach = search->reach + search->limit + 1;
	ptrdiff_t edits;

	for (edits = 0; edits <= search->limit; edits++) {
		if (!keep_trace(search, reach, edits))
			return false;
		if (step(search, reach, edits))
			break;
	}
	*is_coarse = edits > search->limit;
	if (*is_coarse) {
		memset(removed, true, (size_t)search->old_count);
		memset(added, true, (size_t)search->new_count);
	} else {
		mark_edits(search, edits, removed, added);
	}
	return true;
}

/* Turns marks into edits: at each place, what is removed there, then what is added. kept: pieces
 * behind the ends, which are the same. */
static bool collect_edits(size_t start, const bool *removed, const bool *added, size_t old_end,
			  size_t new_end, size_t kept, struct edits *edits)
{
	size_t x = start, y = start;
	bool is_good = add_edit(edits, (struct edit){ EDIT_KEEP, 0, 0, start });

	while (is_good && (x < old_end || y < new_end)) {
		struct edit edit = { EDIT_KEEP, x, y, 1 };

		if (x < old_end && removed[x - start])
			edit.kind = EDIT_REMOVE;
		else if (y < new_end && added[y - start])
			edit.kind = EDIT_ADD;
		x += edit.kind != EDIT_ADD;
		y += edit.kind != EDIT_REMOVE;
		is_good = add_edit(edits, edit);
	}
	return is_good && add_edit(edits, (struct edit){ EDIT_KEEP, x, y, kept });
}

bool diff_pieces(const struct pieces *old, const struct pieces *new, size_t limit,
		 struct edits *edits)
{
	size_t start = 0, old_end = old->count, new_end = new->count;
	struct search search = { .limit = (ptrdiff_t)limit };
	bool *removed, *added;
	bool is_good;

	while (start < old_end && start < new_end && is_same(&old->list[start], &new->list[start]))
		start++;
	while (old_end > start && new_end > start &&
	       is_same(&old->list[old_end - 1], &new->list[new_end - 1])) {
		old_end--;
		new_end--;
	}
	search.old = old->list + start;
	search.new = new->list + start;
	search.old_count = (ptrdiff_t)(old_end - start);
	search.new_count = (ptrdiff_t)(new_end - start);
	search.reach = calloc(2 * limit + 3, sizeof(int));
	search.trace = calloc(limit + 1, sizeof(int *));
	removed = calloc(old_end - start + 1, sizeof(bool));
	added = calloc(new_end - start + 1, sizeof(bool));
	is_good = search.reach && search.trace && removed && added &&
		  search_edits(&search, removed, added, &edits->is_coarse) &&
		  collect_edits(start, removed, added, old_end, new_end, old->count - old_end,
				edits);
	for (size_t i = 0; search.trace && i <= limit; i++)
		free(search.trace[i]);
	free(search.trace);
	free(search.reach);
	free(removed);
	free(added);
	return is_good;
}
