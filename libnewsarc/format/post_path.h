/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths that follow from date and infoCode: FOLDER/YYYY-MM-DD-CODE.md (section 6 of the
 * format). */
#ifndef NARC_FORMAT_POST_PATH_H
#define NARC_FORMAT_POST_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POST_NAME_DATE_SIZE = 10 };

/* Whether a file name starts with "dddd-dd-dd", whatever day that is. */
bool post_name_has_date(const char *name);

/* What stands between the date and the extension in the path's last component; false if
 * that does not start with a date. */
bool post_path_split(const char *path, const char **code, size_t *code_size);

/* Whether the path of a row with this infoCode is regular: then the code leads to it. */
bool post_path_is_regular(const char *path, const char *info_code);

/* The shape of a path: what is left of it without date and code, a NUL in their place; or,
 * if the path is not regular or has another date, its folder. *rest is what a reader needs
 * besides: "" or the last component. Returns the size of the shape, which is less than
 * PATH_SIZE_LIMIT + 1. */
size_t post_path_shape(const char *path, int64_t local_time, const char *code, char *shape,
		       const char **rest);

/* Whether the path may be stored: relative, no empty, "." or ".." component, not too long. */
bool post_path_is_storable(const char *path);

#endif
