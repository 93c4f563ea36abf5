/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/filter.h"

#include <fnmatch.h>
#include <string.h>

#include "support/civil_time.h"
#include "support/status.h"

void narc_filter_init(struct narc_filter *filter)
{
	*filter = (struct narc_filter){ .from = INT64_MIN, .to = INT64_MAX };
}

/* Reads count digits at *text and moves behind them. */
static bool take_digits(const char **text, unsigned count, unsigned *value)
{
	*value = 0;
	for (unsigned i = 0; i < count; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + (unsigned)(**text - '0');
	}
	return true;
}

/* Reads "YYYY", "YYYY-MM" or "YYYY-MM-DD" and gives the first and the last day that it
 * covers. */
static bool take_days(const char **text, int64_t *first, int64_t *last)
{
	struct civil_date from = { 0, 1, 1 };
	struct civil_date to = { 0, 12, 31 };
	unsigned year;

	if (!take_digits(text, 4, &year))
		return false;
	from.year = to.year = year;
	if (**text == '-') {
		(*text)++;
		if (!take_digits(text, 2, &from.month) || from.month < 1 || from.month > 12)
			return false;
		to.month = from.month;
		to.day = civil_days_in_month(to.year, to.month);
		if (**text == '-') {
			(*text)++;
			if (!take_digits(text, 2, &from.day))
				return false;
			to.day = from.day;
		}
	}
	if (!civil_date_is_valid(from) || !civil_date_is_valid(to))
		return false;
	*first = civil_days_from_date(from);
	*last = civil_days_from_date(to);
	return true;
}

static bool take_dots(const char **text)
{
	if (strncmp(*text, "..", 2) != 0)
		return false;
	*text += 2;
	return true;
}

enum narc_status narc_filter_set_dates(struct narc_filter *filter, const char *text,
				       struct narc_error *error)
{
	const char *place = text;
	int64_t from = INT64_MIN;
	int64_t to = INT64_MAX;
	int64_t first, last;
	bool good = true;

	if (!take_dots(&place)) {
		good = take_days(&place, &first, &last);
		if (good)
			from = first * SECONDS_PER_DAY;
		if (good && !take_dots(&place))
			to = last * SECONDS_PER_DAY + SECONDS_PER_DAY - 1;
	}
	if (good && *place) {
		good = to == INT64_MAX && take_days(&place, &first, &last) && *place == '\0';
		if (good)
			to = last * SECONDS_PER_DAY + SECONDS_PER_DAY - 1;
	}
	if (!good || (from == INT64_MIN && to == INT64_MAX))
		return narc_fail(error, NARC_MISUSE, "date", NARC_NO_OFFSET,
				 "\"%s\" is not a date or a range of dates: give 2022-01-05, "
				 "2022-01, 2022, FROM..TO, FROM.. or ..TO",
				 text);
	if (from > to)
		return narc_fail(error, NARC_MISUSE, "date", NARC_NO_OFFSET,
				 "the range \"%s\" ends before it begins", text);
	filter->from = from;
	filter->to = to;
	return NARC_OK;
}

bool glob_is_plain(const char *pattern)
{
	return strpbrk(pattern, "*?[\\") == NULL;
}

static bool has_category(const char *categories, const char *wanted)
{
	size_t size = strlen(wanted);

	while (*categories) {
		size_t length = strcspn(categories, "\n");

		if (length == size && memcmp(categories, wanted, size) == 0)
			return true;
		categories += length + (categories[length] == '\n');
	}
	return false;
}

bool filter_is_of_dates(const struct narc_filter *filter)
{
	return filter->kind == NARC_KIND_ANY && !filter->version && !filter->category && !filter->code_glob &&
	       !filter->path_glob;
}

bool filter_passes(const struct narc_filter *filter, const struct narc_record *record)
{
	if (record->local_time < filter->from || record->local_time > filter->to)
		return false;
	if (filter->kind != NARC_KIND_ANY &&
	    (filter->kind == NARC_KIND_ONLY_POSTS) != (record->kind == NARC_KIND_POST))
		return false;
	if (filter->version && record->version != filter->version)
		return false;
	if (filter->category && !has_category(record->categories, filter->category))
		return false;
	if (filter->code_glob && fnmatch(filter->code_glob, record->info_code, 0) != 0)
		return false;
	return !filter->path_glob || fnmatch(filter->path_glob, record->path, 0) == 0;
}
