/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on numbers that come from a file: each returns false on overflow, and sets
 * *result only on success. */
#ifndef NARC_SUPPORT_CHECKED_MATH_H
#define NARC_SUPPORT_CHECKED_MATH_H

#include <stdbool.h>
#include <stdint.h>

static inline bool checked_add(uint64_t a, uint64_t b, uint64_t *result)
{
	if (a > UINT64_MAX - b)
		return false;
	*result = a + b;
	return true;
}

/* Whether length bytes at offset lie inside of [start, end). */
static inline bool range_inside(uint64_t offset, uint64_t length, uint64_t start, uint64_t end)
{
	return offset >= start && offset <= end && length <= end - offset;
}

#endif
