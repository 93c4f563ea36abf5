/* SPDX-License-Identifier: BSD-2-Clause */
#include "search/find_lines.h"

#include <string.h>

/* Where the line ends that has this place. */
static size_t end_of_line(const struct line_search *search, size_t place)
{
	const char *end = memchr(search->text + place, '\n', search->size - place);

	return end ? (size_t)(end - search->text) : search->size;
}

/* Where the line begins that has this place, which is not before the position. */
static size_t start_of_line(const struct line_search *search, size_t place)
{
	const char *start = search->text + search->position;
	const char *before = memrchr(start, '\n', place - search->position);

	return before ? (size_t)(before + 1 - search->text) : search->position;
}

/* ---- which lines match -------------------------------------------------------------------- */

/* Looks for a match in all lines at once. */
static enum narc_status search_lines(struct line_search *search, struct narc_error *error)
{
	struct match match;
	enum narc_status status = matcher_find(search->matcher, search->text, search->size,
					       search->position, &match, error);

	if (status == NARC_OK)
		search->matching = start_of_line(search, match.start);
	/* What matches nothing at all does so behind the last line end, too. */
	return status == NARC_OK && search->matching == search->size ? NARC_END : status;
}

/* Looks for a match in one line after the other. */
static enum narc_status search_each_line(struct line_search *search, struct narc_error *error)
{
	enum narc_status status = NARC_END;

	for (size_t start = search->position; start < search->size && status == NARC_END;) {
		size_t end = end_of_line(search, start);
		struct match match;

		status = matcher_find(search->matcher, search->text + start, end - start, 0, &match,
				      error);
		search->matching = start;
		start = end + 1;
	}
	return status;
}

/* Sets matching to the first line that matches from the position on. */
static enum narc_status find_matching(struct line_search *search, struct narc_error *error)
{
	enum narc_status status = NARC_END;

	if (search->has_matching)
		return NARC_OK;
	if (search->position < search->size)
		status = search->stays_in_lines ? search_lines(search, error)
						: search_each_line(search, error);
	if (status == NARC_END)
		search->matching = search->size;
	else if (status != NARC_OK)
		return status;
	search->has_matching = true;
	return NARC_OK;
}

/* ---- which lines are wanted --------------------------------------------------------------- */

/* Finds where the next line begins and ends, and moves behind it. */
static enum narc_status next_line(struct line_search *search, size_t *start, size_t *end,
				  struct narc_error *error)
{
	enum narc_status status;

	while ((status = find_matching(search, error)) == NARC_OK) {
		bool is_wanted;

		*start = search->inverts ? search->position : search->matching;
		if (*start >= search->size)
			return NARC_END;
		*end = end_of_line(search, *start);
		is_wanted = !search->inverts || *start != search->matching;
		search->position = *end + (*end < search->size);
		search->has_matching = search->matching >= search->position;
		if (is_wanted)
			return NARC_OK;
	}
	return status;
}

/* The number of the line that begins at start. */
static uint64_t number_of(struct line_search *search, size_t start)
{
	const char *next = search->text + search->counted;
	const char *end = search->text + start;

	while ((next = memchr(next, '\n', (size_t)(end - next)))) {
		search->lines++;
		next++;
	}
	search->counted = start;
	return search->lines + 1;
}

enum narc_status find_line(struct line_search *search, struct found_line *line,
			   struct narc_error *error)
{
	size_t start, end;
	enum narc_status status = next_line(search, &start, &end, error);

	if (status == NARC_OK)
		*line = (struct found_line){ start, end - start, number_of(search, start) };
	return status;
}

enum narc_status count_lines(struct line_search *search, uint64_t most, uint64_t *count,
			     struct narc_error *error)
{
	size_t start, end;
	enum narc_status status = NARC_OK;

	*count = 0;
	while (*count < most && (status = next_line(search, &start, &end, error)) == NARC_OK)
		(*count)++;
	return status == NARC_END ? NARC_OK : status;
}

/* ---- where in a line ---------------------------------------------------------------------- */

/* The place behind a character, or behind a byte that is none. */
static size_t next_character(const char *text, size_t size, size_t place)
{
	do
		place++;
	while (place < size && ((unsigned char)text[place] & 0xc0) == 0x80);
	return place;
}

enum narc_status find_in_line(struct matcher *matcher, const char *line, size_t size, size_t from,
			      struct match *match, struct narc_error *error)
{
	enum narc_status status = NARC_END;

	while (from <= size) {
		status = matcher_find(matcher, line, size, from, match, error);
		if (status != NARC_OK || match->end > match->start)
			return status;
		from = next_character(line, size, match->end);
		status = NARC_END;
	}
	return status;
}
