/* SPDX-License-Identifier: BSD-2-Clause */
/* The header section (section 5 of the format) and its note. */
#ifndef NARC_FORMAT_HEADER_H
#define NARC_FORMAT_HEADER_H

#include "support/byte_buffer.h"

/* What the note tells a person with stock tools only. */
struct header_note {
	uint64_t dictionary_raw_size;  /* 0 if there is none, then the others mean nothing */
	uint64_t dictionary_body_size; /* of the compressed dictionary itself */
	uint64_t dictionary_body_gap;  /* from the end of the header to it */
};

void header_encode(struct byte_buffer *out, const struct header_note *note);

/* Checks a whole header section. */
enum narc_status header_check(const uint8_t *section, size_t size, struct narc_error *error);

#endif
