/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/parse_post.h"

#include <string.h>
#include <strings.h>

#include "pack/post_code.h"
#include "pack/post_date.h"

static bool is_post_name(const char *path)
{
	static const char *const extensions[] = { ".md",   ".markdown", ".mkd", ".mkdown",
						  ".html", ".htm",      ".xhtml" };
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');

	for (size_t i = 0; dot && i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (strcasecmp(dot, extensions[i]) == 0)
			return true;
	return false;
}

/* Front matter, else file name, else code, else modification time. */
static void find_date(const struct front_matter *matter, const struct narc_entry *entry,
		      struct post_facts *facts)
{
	const char *slash = strrchr(entry->path, '/');
	const char *name = slash ? slash + 1 : entry->path;
	struct post_date date;

	if (facts->kind == NARC_KIND_POST && matter->date.size &&
	    post_date_parse((const char *)matter->date.data, matter->date.size, &date)) {
		facts->origin = NARC_DATE_FRONT_MATTER;
	} else if (post_date_from_name(name, &date)) {
		facts->origin = NARC_DATE_FILE_NAME;
	} else if (post_date_from_code(facts->code, &date)) {
		facts->origin = NARC_DATE_INFO_CODE;
	} else {
		/* An instant, not a civil time, so it has a zone: UTC. */
		facts->origin = NARC_DATE_MTIME;
		date = (struct post_date){ entry->mtime_seconds, true, 0 };
	}
	facts->local_time = date.local_time;
	facts->has_zone = date.has_zone;
	facts->zone_minutes = date.zone_minutes;
}

void parse_post(struct front_matter *matter, const struct narc_entry *entry, const uint8_t *text,
		size_t size, struct post_facts *facts)
{
	matter->failed = false;
	facts->kind = NARC_KIND_FILE;
	facts->code[0] = '\0';
	facts->categories = "";
	facts->categories_size = 0;
	if (entry->type == NARC_TYPE_REGULAR && is_post_name(entry->path) &&
	    front_matter_parse(matter, text, size)) {
		facts->kind = NARC_KIND_POST;
		post_code_find(entry->path, text, size, facts->code);
		if (matter->categories.size && matter->categories.size <= NAME_SIZE_LIMIT) {
			facts->categories_size = matter->categories.size;
			byte_buffer_append_u8(&matter->categories, '\0');
			matter->failed |= matter->categories.failed;
			facts->categories = (const char *)matter->categories.data;
		}
	}
	find_date(matter, entry, facts);
}
