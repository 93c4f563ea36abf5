/* SPDX-License-Identifier: BSD-2-Clause */
/* What is found in a file when it is packed. The first line is the path, the rest the text. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "pack/parse_post.h"
#include "pack/post_code.h"
#include "pack/post_date.h"

static void check_same(const struct post_facts *a, const struct post_facts *b)
{
	HOLDS(a->kind == b->kind && a->origin == b->origin);
	HOLDS(strcmp(a->code, b->code) == 0);
	HOLDS(a->categories_size == b->categories_size);
	HOLDS(memcmp(a->categories, b->categories, a->categories_size) == 0);
	HOLDS(a->local_time == b->local_time && a->has_zone == b->has_zone);
	HOLDS(a->zone_minutes == b->zone_minutes);
}

static void check_facts(const struct post_facts *facts)
{
	HOLDS(memchr(facts->code, '\0', sizeof(facts->code)));
	HOLDS(facts->categories_size <= NAME_SIZE_LIMIT);
	HOLDS(strlen(facts->categories) == facts->categories_size);
	HOLDS(!facts->has_zone || abs(facts->zone_minutes) <= ZONE_MINUTES_LIMIT);
}

/* A post says the same of itself whichever was read before. */
static void fuzz_post(const char *path, const uint8_t *text, size_t size)
{
	static struct front_matter used;
	struct front_matter fresh = { 0 };
	struct narc_entry entry = { .path = path, .mtime_seconds = 1641352000 };
	struct post_facts facts, again;

	parse_post(&used, &entry, text, size, &facts);
	parse_post(&fresh, &entry, text, size, &again);
	HOLDS(!used.failed && !fresh.failed);
	check_facts(&facts);
	check_same(&facts, &again);
	front_matter_free(&fresh);
}

static void fuzz_site(const uint8_t *text, size_t size)
{
	struct front_matter matter = { 0 };

	front_matter_parse_yaml(&matter, text, size);
	HOLDS(!matter.failed);
	front_matter_free(&matter);
}

static void fuzz_dates(const char *path, const uint8_t *text, size_t size)
{
	struct post_date date = { 0 };
	int minutes = 0;

	if (post_date_parse((const char *)text, size, &date) && date.has_zone)
		HOLDS(abs(date.zone_minutes) <= ZONE_MINUTES_LIMIT);
	if (zone_offset_parse((const char *)text, size, &minutes))
		HOLDS(abs(minutes) <= ZONE_MINUTES_LIMIT);
	post_date_from_name(path, &date);
	post_date_from_code(path, &date);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t path_size = end ? (size_t)(end - data) : size;
	size_t text_size = end ? size - path_size - 1 : 0;
	char *path = strndup((const char *)data, path_size);
	uint8_t *text = malloc(text_size ? text_size : 1); /* of just this size */
	char code[CODE_SIZE_LIMIT + 1];

	HOLDS(path && text);
	memcpy(text, data + size - text_size, text_size);
	fuzz_post(path, text, text_size);
	fuzz_site(text, text_size);
	fuzz_dates(path, text, text_size);
	post_code_find(path, text, text_size, code);
	HOLDS(memchr(code, '\0', sizeof(code)));
	free(path);
	free(text);
	return 0;
}
