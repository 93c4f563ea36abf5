/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Markup is passed over by its looks, not parsed, as for a search (search/html_text.h): that takes
 * twenty times as long, and what is mistaken here changes a few shingles of a text, in all texts
 * that have the same.
 */
#include "survey/shingles.h"

#include <string.h>
#include <strings.h>

#include <xxhash.h>

#include "characters.h"

/* Words of a shingle. */
enum { SHINGLE_WORDS = 4 };

struct shingler {
	shingle_fn take;
	void *context;
	uint64_t words[SHINGLE_WORDS]; /* hashes of the last ones */
	size_t count;                  /* words so far */
	bool has_no_tag_end;           /* none comes any more: so that none is looked for again */
	bool has_no_link_end;
};

static void add_word(struct shingler *shingler, uint64_t word)
{
	for (size_t i = 0; i + 1 < SHINGLE_WORDS; i++)
		shingler->words[i] = shingler->words[i + 1];
	shingler->words[SHINGLE_WORDS - 1] = word;
	if (++shingler->count >= SHINGLE_WORDS)
		shingler->take(shingler->context,
			       XXH3_64bits(shingler->words, sizeof(shingler->words)));
}

/* ---- characters --------------------------------------------------------------------------- */

/* Of the scripts that are written without blanks between words. */
static bool is_word(unsigned point)
{
	return (point >= 0x3040 && point <= 0x30ff) || /* Hiragana, Katakana */
	       (point >= 0x3400 && point <= 0x4dbf) || (point >= 0x4e00 && point <= 0x9fff) ||
	       (point >= 0xf900 && point <= 0xfaff) || (point >= 0x20000 && point <= 0x3ffff) ||
	       (point >= 0x0e00 && point <= 0x0eff); /* Thai, Lao */
}

static bool is_letter(unsigned point)
{
	if (point < 0x80)
		return (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') ||
		       (point >= 'A' && point <= 'Z');
	/* Latin-1's signs, general punctuation and symbols, that of CJK, and that of full width. */
	return point >= 0xc0 && point != 0xd7 && point != 0xf7 &&
	       (point < 0x2000 || point > 0x2bff) && (point < 0x3000 || point > 0x303f) &&
	       (point < 0xfe00 || point > 0xff0f) && (point < 0xff1a || point > 0xff20) &&
	       (point < 0xff3b || point > 0xff40) && (point < 0xff5b || point > 0xff65) &&
	       (point < 0x1f000 || point > 0x1faff);
}

static unsigned small_letter(unsigned point)
{
	return point >= 'A' && point <= 'Z' ? point + 'a' - 'A' : point;
}

/* ---- what is not seen --------------------------------------------------------------------- */

static bool starts_with(const char *text, size_t size, const char *word)
{
	size_t length = strlen(word);

	return size >= length && strncasecmp(text, word, length) == 0;
}

/* The size of what ends with this mark; 0 if nothing does, which is noted. */
static size_t size_until(const char *text, size_t size, char mark, bool *has_none)
{
	const char *end = *has_none ? NULL : memchr(text, mark, size);

	*has_none = !end;
	return end ? (size_t)(end - text) + 1 : 0;
}

static size_t comment_size(const char *text, size_t size)
{
	const char *end = memmem(text, size, "-->", 3);

	return end ? (size_t)(end - text) + 3 : size;
}

/* The size of an element that is not shown, from its start tag to the start of the tag that ends
 * it; 0 if it is none. */
static size_t unseen_element_size(const char *text, size_t size)
{
	static const struct {
		const char *start;
		const char *end;
	} unseen[] = { { "<script", "</script" }, { "<style", "</style" } };

	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
		if (!starts_with(text, size, unseen[i].start))
			continue;
		for (size_t place = 1; place < size; place++)
			if (text[place] == '<' &&
			    starts_with(text + place, size - place, unseen[i].end))
				return place;
		return size;
	}
	return 0;
}

static bool begins_tag(char next)
{
	return next == '/' || next == '!' || next == '?' || (next >= 'a' && next <= 'z') ||
	       (next >= 'A' && next <= 'Z');
}

/* The size of the markup that text, of which there is a byte, begins with; 0 if it is none. */
static size_t markup_size(struct shingler *shingler, const char *text, size_t size)
{
	const char next = size > 1 ? text[1] : '\0';
	size_t unseen;

	switch (*text) {
	case '<':
		if (starts_with(text, size, "<!--"))
			return comment_size(text, size);
		unseen = unseen_element_size(text, size);
		if (unseen || !begins_tag(next))
			return unseen;
		return size_until(text, size, '>', &shingler->has_no_tag_end);
	case ']':
		return next == '(' ? size_until(text, size, ')', &shingler->has_no_link_end) : 0;
	case '&':
		for (size_t end = 1; end < size && end < 10; end++)
			if (text[end] == ';')
				return end + 1;
		return 0;
	default:
		return 0;
	}
}

/* The size of an address that stands in the text as it is, such as "https://example.com/"; 0 if
 * there is none. */
static size_t address_size(const char *text, size_t size)
{
	size_t end = 0;

	/* Most characters are none that this could begin with. */
	if ((*text != 'h' && *text != 'H') ||
	    (!starts_with(text, size, "http://") && !starts_with(text, size, "https://")))
		return 0;
	while (end < size && (unsigned char)text[end] > ' ' && (unsigned char)text[end] < 0x7f &&
	       text[end] != '<')
		end++;
	return end;
}

/* ---- words -------------------------------------------------------------------------------- */

/* Takes the word at text; returns its size, or that of the character there if it is none. */
static size_t take_word(struct shingler *shingler, const char *text, size_t size)
{
	XXH64_hash_t hash = 0;
	size_t end = 0;

	while (end < size) {
		unsigned point = (unsigned char)text[end];
		size_t length = decode_utf8((const unsigned char *)text + end, size - end, &point);

		if (length == 0 || !is_letter(point) || is_word(point)) {
			if (end == 0 && length && is_word(point))
				add_word(shingler, point);
			if (end)
				break;
			return length ? length : 1;
		}
		/* FNV-1a's multiplier: what makes a good hash of it is done with the shingle. */
		hash = (hash ^ small_letter(point)) * 0x100000001b3;
		end += length;
	}
	add_word(shingler, hash);
	return end;
}

size_t shingles_take(const char *text, size_t size, bool has_markup, shingle_fn take,
		     void *context)
{
	struct shingler shingler = { .take = take, .context = context };

	while (size) {
		size_t step = has_markup ? markup_size(&shingler, text, size) : 0;

		if (!step)
			step = address_size(text, size);
		if (!step)
			step = take_word(&shingler, text, size);
		text += step;
		size -= step;
	}
	return shingler.count < SHINGLE_WORDS ? 0 : shingler.count - SHINGLE_WORDS + 1;
}
