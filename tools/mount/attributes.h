/* SPDX-License-Identifier: BSD-2-Clause */
/* What an archive knows of an entry besides what every file has, as extended attributes. */
#ifndef NARC_MOUNT_ATTRIBUTES_H
#define NARC_MOUNT_ATTRIBUTES_H

#include "cursor_pool.h"

enum { ATTRIBUTE_SIZE = 1024, ATTRIBUTE_NAMES_SIZE = 256 };

/* The value, with a NUL behind it. NARC_NOT_FOUND if the entry in this row has no such one. */
enum narc_status get_attribute_of(struct cursor_pool *cursors, uint64_t row, const char *name,
				  char value[ATTRIBUTE_SIZE], struct narc_error *error);

/* The names of all that it has, each with a NUL behind it. */
enum narc_status list_attributes_of(struct cursor_pool *cursors, uint64_t row,
				    char names[ATTRIBUTE_NAMES_SIZE], size_t *size,
				    struct narc_error *error);

#endif
