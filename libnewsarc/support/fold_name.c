/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/fold_name.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "support/status.h"

/* Puts the lower case of the ASCII letters at place; returns whether all of it is ASCII. */
static bool fold_ascii(const char *name, size_t size, uint8_t *place)
{
	uint8_t all = 0;

	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)name[i];

		all |= byte;
		place[i] = byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
	}
	return all < 0x80;
}

enum narc_status fold_name(const char *name, struct byte_buffer *folded, struct narc_error *error)
{
	size_t size = strlen(name);
	utf8proc_uint8_t *mapped = NULL;
	utf8proc_ssize_t mapped_size;
	uint8_t *place;

	byte_buffer_clear(folded);
	place = byte_buffer_reserve(folded, size + 1);
	if (!place)
		return narc_fail_memory(error);
	folded->size = size;
	if (!fold_ascii(name, size, place)) {
		mapped_size = utf8proc_map((const utf8proc_uint8_t *)name, (utf8proc_ssize_t)size,
					   &mapped,
					   UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
						   UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
		if (mapped_size == UTF8PROC_ERROR_NOMEM)
			return narc_fail_memory(error);
		if (mapped_size >= 0) {
			byte_buffer_clear(folded);
			byte_buffer_append(folded, mapped, (size_t)mapped_size);
			free(mapped);
		}
	}
	byte_buffer_append(folded, "", 1);
	return byte_buffer_status(folded, error);
}
