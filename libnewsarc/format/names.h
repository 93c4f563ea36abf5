/* SPDX-License-Identifier: BSD-2-Clause */
/* The names section (section 6 of the format): strings that rows share. */
#ifndef NARC_FORMAT_NAMES_H
#define NARC_FORMAT_NAMES_H

#include <zstd.h>

#include "support/byte_buffer.h"

enum { NAME_NONE = 0, NAME_LITERAL = 1, NAME_FIRST = 2 };

struct name {
	const char *bytes; /* ends with a NUL that is not part of it */
	uint32_t size;
};

/* Numbered strings. A writer collects them in a name_counter first. */
struct names {
	uint32_t count;
	struct name *names;
	char *bytes;
	uint32_t *slots; /* for names_find; NULL after decoding, until names_make_findable */
	uint32_t slot_count;
};

void names_free(struct names *names);

/* How many bytes of memory names take that were decoded. */
size_t names_memory(const struct names *names);

/* The name that a reference of NAME_FIRST and up means, NULL if there is none. */
const struct name *names_get(const struct names *names, uint64_t reference);

/* The reference for these bytes: NAME_LITERAL if they are not among the names. Only for
 * names made by name_counter_finish, or made findable. */
uint64_t names_find(const struct names *names, const char *bytes, size_t size);

/* Makes names that were decoded ready for names_find. */
enum narc_status names_make_findable(struct names *names, struct narc_error *error);

/* Appends the section; nothing if there are no names. */
enum narc_status names_encode(struct byte_buffer *out, const struct names *names,
			      ZSTD_CCtx *compressor, struct narc_error *error);
enum narc_status names_decode(const uint8_t *section, size_t size, uint64_t offset,
			      ZSTD_DCtx *decompressor, struct names *names,
			      struct narc_error *error);

/* Counts strings, up to the limits of the format; those that come when it is full are not
 * counted, and so stay literals. */
struct name_counter {
	struct byte_buffer bytes;
	struct counted_name *entries;
	uint32_t count;
	uint32_t *slots;
	uint32_t slot_count;
};

enum narc_status name_counter_add(struct name_counter *counter, const char *bytes, size_t size,
				  struct narc_error *error);

/* The names in order of use, most used first, then by their bytes; those used once are
 * left out, as a literal is no larger. */
enum narc_status name_counter_finish(struct name_counter *counter, struct names *names,
				     struct narc_error *error);
void name_counter_free(struct name_counter *counter);

#endif
