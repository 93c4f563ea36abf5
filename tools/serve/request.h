/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked for: the target of a request line, taken apart and decoded. */
#ifndef NARC_SERVE_REQUEST_H
#define NARC_SERVE_REQUEST_H

#include "../text.h"

enum { REQUEST_SEGMENTS = 6, REQUEST_PARAMETERS = 16 };

struct parameter {
	const char *name;
	const char *value;
};

/* Strings belong to the target, and hold no control characters. */
struct target {
	char *text; /* what all strings are in */
	const char *segments[REQUEST_SEGMENTS];
	size_t segment_count;
	bool ends_with_slash;
	struct parameter parameters[REQUEST_PARAMETERS];
	size_t parameter_count;
};

enum target_status {
	TARGET_OK,
	TARGET_BAD,      /* no target: a percent that escapes nothing, a control character, ... */
	TARGET_TOO_DEEP, /* more segments than anything here has: so there is nothing */
	TARGET_TOO_MANY, /* parameters */
	TARGET_NO_MEMORY
};

/* Takes "/a/b%20c?d=e+f" apart: segments "a" and "b c", a parameter "d" with "e f". target is to be
 * freed, whatever comes of it. */
enum target_status target_parse(const char *text, struct target *target);
void target_free(struct target *target);

/* The value of the first parameter with that name; NULL if there is none. */
const char *target_parameter(const struct target *target, const char *name);

/* The same as a whole number from least to most; fallback if there is no such parameter, or an
 * empty one. False if it is something else. */
bool target_number(const struct target *target, const char *name, long least, long most,
		   long fallback, long *value);

/* Puts the target as an address again: without a slash at its end, without "lang", as no address is
 * of a language, and without another parameter; NULL: with all others. */
void target_put(struct text *out, const struct target *target, const char *without);

/* Puts a parameter to the end of an address, which is all of the text. */
void address_put(struct text *out, const char *name, const char *value);

#endif
