/* SPDX-License-Identifier: BSD-2-Clause */
#include "grow.h"

#include <stdint.h>
#include <stdlib.h>

bool grow_list(void **list, size_t count, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? 2 * *capacity : 4;
	void *grown;

	if (count < *capacity)
		return true;
	if (wanted > SIZE_MAX / size)
		return false;
	grown = realloc(*list, wanted * size);
	if (!grown)
		return false;
	*list = grown;
	*capacity = wanted;
	return true;
}
