/* SPDX-License-Identifier: BSD-2-Clause */
#include "sign/minisign_lines.h"

#include <sodium/utils.h>
#include <string.h>

enum { LINE_SIZE_LIMIT = 256 }; /* the longest is a secret key's, of 212 */

bool next_text_line(const char **text, size_t *left, const char **line, size_t *size)
{
	const char *end = *left ? memchr(*text, '\n', *left) : NULL;

	if (!end)
		return false;
	*line = *text;
	*size = (size_t)(end - *text);
	*left -= *size + 1;
	*text = end + 1;
	return true;
}

bool next_comment(const char **text, size_t *left, const char *prefix, const char **line,
		  size_t *size)
{
	size_t prefix_size = strlen(prefix);

	if (!next_text_line(text, left, line, size) || *size < prefix_size ||
	    memcmp(*line, prefix, prefix_size) != 0)
		return false;
	*line += prefix_size;
	*size -= prefix_size;
	return true;
}

/* libsodium takes some bytes for letters that are none: so the line is written again. */
static bool is_base64_of(const char *line, size_t size, const uint8_t *bytes, size_t byte_count)
{
	char base64[LINE_SIZE_LIMIT];
	bool is_same;

	if (sodium_base64_encoded_len(byte_count, sodium_base64_VARIANT_ORIGINAL) != size + 1 ||
	    size >= sizeof(base64))
		return false;
	sodium_bin2base64(base64, sizeof(base64), bytes, byte_count,
			  sodium_base64_VARIANT_ORIGINAL);
	is_same = sodium_memcmp(base64, line, size) == 0;
	sodium_memzero(base64, sizeof(base64));
	return is_same;
}

bool next_base64(const char **text, size_t *left, uint8_t *bytes, size_t size)
{
	const char *line;
	size_t line_size, decoded;

	return next_text_line(text, left, &line, &line_size) &&
	       sodium_base642bin(bytes, size, line, line_size, NULL, &decoded, NULL,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       decoded == size && is_base64_of(line, line_size, bytes, size);
}
