/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file says of itself: whether it is a post, its infoCode, date and categories. */
#ifndef NARC_PACK_PARSE_POST_H
#define NARC_PACK_PARSE_POST_H

#include "format/limits.h"
#include "pack/front_matter.h"

struct post_facts {
	enum narc_kind kind;
	char code[CODE_SIZE_LIMIT + 1];
	const char *categories; /* names, separated by "\n"; ends with NUL; belongs to matter */
	size_t categories_size;
	int64_t local_time;
	bool has_zone; /* if not, local_time is in the tree's zone */
	int zone_minutes;
	enum narc_date_origin origin;
};

/* matter is working memory, reused from call to call; look at its failed afterwards. */
void parse_post(struct front_matter *matter, const struct narc_entry *entry, const uint8_t *text,
		size_t size, struct post_facts *facts);

#endif
