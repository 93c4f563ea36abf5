/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey/faults.h"

#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "grow.h"
#include "markup.h"

static const struct {
	const char *name;
	const char *text;
} known[FAULT_KINDS] = {
	[FAULT_NOT_YAML] = { "not_yaml", "front matter that is not YAML" },
	[FAULT_NO_TITLE] = { "no_title", "no title" },
	[FAULT_NO_DATE] = { "no_date", "no date in the front matter" },
	[FAULT_BAD_DATE] = { "bad_date", "a date that is none" },
	[FAULT_OTHER_DATE] = { "other_date", "another day than the file name has" },
	[FAULT_NO_CODE] = { "no_code", "no infoCode" },
	[FAULT_NO_CATEGORY] = { "no_category", "no category" },
	[FAULT_NO_FRONT_MATTER] = { "no_front_matter", "Markdown without front matter: no post" },
};

const char *fault_name(enum fault_kind kind)
{
	return known[kind].name;
}

const char *fault_text(enum fault_kind kind)
{
	return known[kind].text;
}

/* ---- of one post -------------------------------------------------------------------------- */

/* Whether the file name begins with another day than the record's, as "2022-01-05-...". */
static bool has_other_day(const struct narc_record *record)
{
	const char *slash = strrchr(record->path, '/');
	const char *name = slash ? slash + 1 : record->path;
	char date[sizeof("2022-01-05")] = "";
	struct narc_filter day;

	narc_filter_init(&day);
	memcpy(date, name, strnlen(name, sizeof(date) - 1));
	return strlen(date) == sizeof(date) - 1 &&
	       narc_filter_set_dates(&day, date, NULL) == NARC_OK &&
	       (record->local_time < day.from || record->local_time > day.to);
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static uint32_t find_in_matter(const struct narc_record *record,
			       const struct narc_front_matter *matter)
{
	uint32_t kinds = 0;

	if (matter->problem)
		kinds |= 1u << FAULT_NOT_YAML;
	if (is_blank(matter->title))
		kinds |= 1u << FAULT_NO_TITLE;
	if (is_blank(matter->date))
		kinds |= 1u << FAULT_NO_DATE;
	else if (record->date_origin != NARC_DATE_FRONT_MATTER)
		kinds |= 1u << FAULT_BAD_DATE;
	return kinds;
}

struct post_faults post_faults_find(const struct narc_record *record,
				    const struct narc_front_matter *matter)
{
	struct post_faults found = { .kinds = 0 };

	if (record->kind != NARC_KIND_POST) {
		if (record->type == NARC_TYPE_REGULAR && markup_of(record->path) == MARKUP_MARKDOWN)
			found.kinds = 1u << FAULT_NO_FRONT_MATTER;
		return found;
	}
	if (matter) {
		found.kinds = find_in_matter(record, matter);
		found.problem = matter->problem;
		found.line = (uint32_t)matter->problem_line;
	}
	if (record->date_origin == NARC_DATE_FRONT_MATTER && has_other_day(record))
		found.kinds |= 1u << FAULT_OTHER_DATE;
	if (*record->info_code == '\0')
		found.kinds |= 1u << FAULT_NO_CODE;
	if (*record->categories == '\0')
		found.kinds |= 1u << FAULT_NO_CATEGORY;
	return found;
}

/* ---- of all ------------------------------------------------------------------------------- */

bool faults_add(struct faults *faults, const struct post_faults *found, uint64_t row, size_t most)
{
	faults->posts += found->kinds != 0;
	for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
		struct fault_list *list = &faults->kinds[kind];
		struct fault fault = { .row = row };

		if (!(found->kinds >> kind & 1))
			continue;
		list->total++;
		if (most && list->count == most)
			continue;
		if (!grow_list((void **)&list->list, list->count, &list->capacity,
			       sizeof(*list->list)))
			return false;
		if (kind == FAULT_NOT_YAML) {
			fault.problem = found->problem;
			fault.line = found->line;
		}
		list->list[list->count++] = fault;
	}
	return true;
}

void faults_free(struct faults *faults)
{
	for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
		free(faults->kinds[kind].list);
}
