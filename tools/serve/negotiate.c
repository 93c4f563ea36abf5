/* SPDX-License-Identifier: BSD-2-Clause */
#include "negotiate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t";

/* An element of a list with commas, without blanks around it. */
struct element {
	const char *text;
	size_t size;
};

/* Takes the next element off a list; false at its end. */
static bool next_element(const char **list, char separator, struct element *element)
{
	const char *start = *list;
	const char *end;

	if (!start)
		return false;
	start += strspn(start, blanks);
	end = strchr(start, separator);
	*list = end ? end + 1 : NULL;
	if (!end)
		end = start + strlen(start);
	while (end > start && strchr(blanks, end[-1]))
		end--;
	*element = (struct element){ start, (size_t)(end - start) };
	return true;
}

/* ---- quality ---------------------------------------------------------------------------- */

/* "1", "0.75": thousandths; 0 for what is no quality, so that it is not taken for a wish. */
static unsigned parse_quality(const char *text, const char *end)
{
	unsigned value, scale = 100;

	if (text == end || (*text != '0' && *text != '1'))
		return 0;
	value = *text++ == '1' ? 1000 : 0;
	if (text < end && *text != '.')
		return 0;
	for (text++; text < end && scale; text++, scale /= 10) {
		if (*text < '0' || *text > '9')
			return 0;
		value += (unsigned)(*text - '0') * scale;
	}
	return value > 1000 ? 1000 : value;
}

/* Reads "name ; q=0.5": cuts element down to its name, and returns the quality. */
static unsigned take_quality(struct element *element)
{
	const char *end = element->text + element->size;
	const char *mark = memchr(element->text, ';', element->size);
	unsigned quality = 1000;

	if (!mark)
		return quality;
	element->size = (size_t)(mark - element->text);
	while (element->size && strchr(blanks, element->text[element->size - 1]))
		element->size--;
	for (; mark; mark = memchr(mark, ';', (size_t)(end - mark))) {
		mark++;
		while (mark < end && strchr(blanks, *mark))
			mark++;
		if (end - mark >= 2 && strncasecmp(mark, "q=", 2) == 0) {
			const char *stop = memchr(mark, ';', (size_t)(end - mark));

			quality = parse_quality(mark + 2, stop ? stop : end);
		}
	}
	return quality;
}

/* How much of name an element names: all of it, or a start before a "-"; 0 if something else. "*"
 * names a part of anything. */
static size_t match_length(const struct element *element, const char *name)
{
	size_t size = strlen(name);

	if (element->size == 1 && *element->text == '*')
		return 1;
	if (element->size >= size && strncasecmp(element->text, name, size) == 0 &&
	    (element->size == size || element->text[size] == '-'))
		return size + 1;
	return 0;
}

/* As wanted_quality, which fallback takes the place of if nothing names it. */
static unsigned find_quality(const char *list, const char *name, unsigned fallback)
{
	struct element element;
	unsigned quality = fallback;
	size_t longest = 0;

	while (next_element(&list, ',', &element)) {
		unsigned own = take_quality(&element);
		size_t length = match_length(&element, name);

		if (length > longest || (length == longest && length && own > quality)) {
			longest = length;
			quality = own;
		}
	}
	return quality;
}

unsigned wanted_quality(const char *list, const char *name)
{
	return find_quality(list, name, 0);
}

const char *encoding_name(enum encoding encoding)
{
	static const char *const names[ENCODING_COUNT] = { NULL, "gzip", "zstd" };

	return names[encoding];
}

const char *encoded_tag(const char *tag, enum encoding encoding, char text[TAG_SIZE])
{
	const char *name = encoding_name(encoding);

	snprintf(text, TAG_SIZE, "%s%s%s", tag, name ? "-" : "", name ? name : "");
	return text;
}

enum encoding choose_encoding(const char *accept)
{
	enum encoding best = ENCODING_NONE;
	/* Without a word on it, identity is taken by all, but liked less than what is named. */
	unsigned quality = accept ? find_quality(accept, "identity", 1) : 1000;

	for (enum encoding next = ENCODING_GZIP; accept && next < ENCODING_COUNT; next++) {
		unsigned own = wanted_quality(accept, encoding_name(next));

		if (own && own >= quality) {
			best = next;
			quality = own;
		}
	}
	return best;
}

/* ---- entity tags ------------------------------------------------------------------------ */

static bool is_tag(const struct element *element, const char *tag)
{
	size_t size = strlen(tag);

	return element->size == size + 2 && *element->text == '"' &&
	       memcmp(element->text + 1, tag, size) == 0 && element->text[size + 1] == '"';
}

bool names_tag(const char *list, const char *tag)
{
	struct element element;

	/* Our tags hold no commas; so those that do are others, cut or not. */
	while (next_element(&list, ',', &element)) {
		if (element.size == 1 && *element.text == '*')
			return true;
		if (element.size > 2 && memcmp(element.text, "W/", 2) == 0) {
			element.text += 2;
			element.size -= 2;
		}
		if (is_tag(&element, tag))
			return true;
	}
	return false;
}

bool is_same_tag(const char *if_range, const char *tag)
{
	struct element element = { if_range, if_range ? strlen(if_range) : 0 };

	return if_range && is_tag(&element, tag);
}

/* ---- ranges ----------------------------------------------------------------------------- */

/* Reads digits up to a byte that is none; a number that is too large becomes the largest. */
static const char *parse_digits(const char *text, uint64_t *value)
{
	for (*value = 0; *text >= '0' && *text <= '9'; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		*value = *value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *value * 10 + digit;
	}
	return text;
}

enum range_status parse_range(const char *header, uint64_t size, uint64_t *first, uint64_t *last)
{
	static const char unit[] = "bytes=";
	const char *start, *middle, *end;

	if (!header || strncasecmp(header, unit, strlen(unit)) != 0)
		return RANGE_WHOLE;
	start = header + strlen(unit);
	start += strspn(start, blanks);
	middle = parse_digits(start, first);
	if (*middle != '-')
		return RANGE_WHOLE;
	end = parse_digits(middle + 1, last);
	if (end[strspn(end, blanks)] != '\0' || (middle == start && end == middle + 1))
		return RANGE_WHOLE;
	if (middle == start) { /* the last so many bytes */
		if (*last == 0 || size == 0)
			return RANGE_NOT_SATISFIABLE;
		*first = *last < size ? size - *last : 0;
		*last = size - 1;
		return RANGE_PART;
	}
	if (end == middle + 1)
		*last = UINT64_MAX;
	if (*last < *first)
		return RANGE_WHOLE;
	if (*first >= size)
		return RANGE_NOT_SATISFIABLE;
	if (*last >= size)
		*last = size - 1;
	return RANGE_PART;
}
