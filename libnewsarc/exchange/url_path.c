/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/url_path.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/hex_digit.h"

static const char index_name[] = "index.html";

/* What means something else if it is encoded, and "%" itself: section 2.2 of RFC 3986. */
static const char reserved[] = ":/?#[]@!$&'()*+,;=%";

/* The byte that is encoded at text, or -1. */
static int encoded_byte(const char *text)
{
	int high = text[0] == '%' ? hex_digit(text[1]) : -1;
	int low = high < 0 ? -1 : hex_digit(text[2]);

	return low < 0 ? -1 : high << 4 | low;
}

/* How many bytes a character of UTF-8 has, by its first byte; 0 if there is no such character. */
static size_t length_of_character(int first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

/* Of three and four bytes, the second may not be just any: no longer form than there has to be, no
 * surrogates, and nothing above U+10FFFF. */
static bool may_follow(int first, int second)
{
	int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return second >= least && second <= most;
}

static bool is_control(const unsigned char *character, size_t length)
{
	/* C1 controls are two bytes. */
	return length == 1 ? character[0] < 0x20 || character[0] == 0x7f
			   : length == 2 && character[0] == 0xc2 && character[1] < 0xa0;
}

/* Decodes the encoded character at text into character; 0 if it is to stay as it is. */
static size_t decode(const char *text, unsigned char character[4])
{
	int first = encoded_byte(text);
	size_t length = first < 0 ? 0 : length_of_character(first);

	for (size_t i = 0; i < length; i++) {
		int byte = encoded_byte(text + 3 * i);

		if (byte < 0 || (i == 1 && !may_follow(first, byte)) || (i > 1 && byte >> 6 != 2))
			return 0;
		character[i] = (unsigned char)byte;
	}
	return length && !is_control(character, length) && !strchr(reserved, first) ? length : 0;
}

/* Appends text up to end, with what is encoded decoded. */
static char *append(char *out, const char *text, const char *end)
{
	while (text < end) {
		size_t length = decode(text, (unsigned char *)out);

		if (length)
			text += 3 * length;
		else
			out[0] = *text++, length = 1;
		out += length;
	}
	return out;
}

/* Names of hosts are the same in capitals; who was to log in is nobody's business. */
static char *append_host(char *out, const char *host, const char *end)
{
	const char *user = memrchr(host, '@', (size_t)(end - host));

	for (const char *c = user ? user + 1 : host; c < end; c++)
		*out++ = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
	return out;
}

char *url_path(const char *url)
{
	const char *start = strstr(url, "//");
	const char *host = start ? start + 2 : url;
	const char *end = host + strcspn(host, "#");
	const char *query = memchr(host, '?', (size_t)(end - host));
	const char *path_end = query ? query : end;
	const char *path = memchr(host, '/', (size_t)(path_end - host));
	char *result = malloc((size_t)(end - host) + sizeof(index_name) + 1);
	char *out = result;

	if (!result)
		return NULL;
	out = append_host(out, host, path ? path : path_end);
	if (path)
		out = append(out, path, path_end);
	if (!path || path_end[-1] == '/') {
		if (!path)
			*out++ = '/';
		memcpy(out, index_name, strlen(index_name));
		out += strlen(index_name);
	}
	if (query)
		out = append(out, query, end);
	*out = 0;
	return result;
}
