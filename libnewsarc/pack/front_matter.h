/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Front matter: the YAML between two lines "---" at the top of a post.
 *
 * The posts of the sites that newsarc is for were put together by string concatenation, so
 * much of it is not YAML. A library reads what is; what it refuses, a lenient reader takes
 * line by line. The post's bytes are never changed.
 */
#ifndef NARC_PACK_FRONT_MATTER_H
#define NARC_PACK_FRONT_MATTER_H

#include "support/byte_buffer.h"

/* Values of the keys that newsarc knows; empty where a key is missing. Buffers are reused
 * from post to post. */
struct front_matter {
	struct byte_buffer title;
	struct byte_buffer date;
	struct byte_buffer categories; /* names, separated by "\n" */
	struct byte_buffer tags;       /* likewise */
	struct byte_buffer timezone;   /* of a site's _config.yml */
	size_t end;                    /* where what follows the header begins */
	const char *problem;           /* why it is not YAML, in static storage; NULL: it is */
	size_t problem_line;           /* of the text, from 1; 0: there is none */
	bool failed;                   /* memory ran out; the rest means nothing */
};

/* Reads the front matter at the top of text; false if there is none. A header that is
 * never closed counts, up to its first line that is no "key: value". */
bool front_matter_parse(struct front_matter *matter, const uint8_t *text, size_t size);

/* Reads a text that is all YAML, such as _config.yml. */
void front_matter_parse_yaml(struct front_matter *matter, const uint8_t *text, size_t size);

void front_matter_free(struct front_matter *matter);

#endif
