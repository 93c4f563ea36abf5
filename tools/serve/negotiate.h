/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers in which clients say what they take, have or want a part of (RFC 9110). A header that is
 * not there is NULL. */
#ifndef NARC_SERVE_NEGOTIATE_H
#define NARC_SERVE_NEGOTIATE_H

#include <stdbool.h>
#include <stdint.h>

enum encoding { ENCODING_NONE, ENCODING_GZIP, ENCODING_ZSTD, ENCODING_COUNT };

/* The name of an encoding in Content-Encoding; NULL for none. */
const char *encoding_name(enum encoding encoding);

/* The entity tag of what is sent in an encoding, in which it is another thing. Tags are without
 * quotes here, and have some twenty bytes. */
enum { TAG_SIZE = 40 };
const char *encoded_tag(const char *tag, enum encoding encoding, char text[TAG_SIZE]);

/* What Accept-Encoding likes best of these; of several that it likes as well, zstd before gzip
 * before none. */
enum encoding choose_encoding(const char *accept);

/* How much, in thousandths, a list such as "zh-CN, en;q=0.8" wants name: that of its longest part
 * that names it, or its start up to a "-"; that of "*"; or 0. */
unsigned wanted_quality(const char *list, const char *name);

/* Whether a list of entity tags, or "*", names this one, which is without quotes; a weak tag counts
 * as a strong one does, as it must for If-None-Match. */
bool names_tag(const char *list, const char *tag);

/* Whether If-Range is just this tag. A date, or a weak tag, is not. */
bool is_same_tag(const char *if_range, const char *tag);

enum range_status {
	RANGE_WHOLE,        /* none is asked for, or not one that is known here */
	RANGE_PART,
	RANGE_NOT_SATISFIABLE
};

/* Reads a range of bytes: the part of a content of size bytes from first to last. Several ranges
 * are answered by the whole content. */
enum range_status parse_range(const char *header, uint64_t size, uint64_t *first, uint64_t *last);

#endif
