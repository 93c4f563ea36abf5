/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of a record of a WARC file, or of an answer of HTTP: a first line, then lines "name:
 * value", then an empty one. Lines end with CR LF, or with LF alone. Values that go on in the next
 * line, which nobody may write any more (RFC 9112, section 5.2), end with theirs. */
#ifndef NARC_EXCHANGE_HEADER_FIELDS_H
#define NARC_EXCHANGE_HEADER_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

struct header_field {
	const char *value; /* belongs to the head; without spaces around it */
	size_t size;
};

/* The size of the head at bytes, with the empty line; 0 if that is not there. */
size_t header_size(const void *bytes, size_t there);

/* Finds the first field of this name, whose capitals do not matter; false, and an empty field, if
 * there is none. */
bool header_field_find(const void *head, size_t size, const char *name,
		       struct header_field *field);

/* Whether a value is this one, whatever its capitals. */
bool header_field_is(const struct header_field *field, const char *value);

/* Whether one of the values that commas divide is this one, likewise. */
bool header_field_lists(const struct header_field *field, const char *value);

/* A copy up to a NUL, to be freed; NULL if there is no memory. */
char *header_field_copy(const struct header_field *field);

#endif
