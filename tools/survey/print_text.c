/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "fail.h"
#include "report.h"
#include "survey/print.h"
#include "text_width.h"

/* Where there are more months, years are shown; bars are as long as this at most. */
enum { COLUMNS = 80, MONTHS_SHOWN = 36, BAR_SIZE = 20 };

/* ---- pieces ------------------------------------------------------------------------------- */

static const char *plural(uint64_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}

static void print_bar(FILE *out, uint64_t value, uint64_t most)
{
	const size_t size = most ? (size_t)((double)value * BAR_SIZE / (double)most + 0.5) : 0;

	if (value)
		fprintf(out, "  %.*s", (int)(size ? size : 1), "####################");
	putc('\n', out);
}

static void print_range(FILE *out, const struct day_range *range)
{
	char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
	const uint32_t days = (uint32_t)(range->last - range->first) + 1;

	if (days == 1)
		fprintf(out, "  %s %13s ", format_day(range->first, first), "");
	else
		fprintf(out, "  %s to %s ", format_day(range->first, first),
			format_day(range->last, last));
	fprintf(out, "%6lu %s", (unsigned long)days, plural(days, "day ", "days"));
}

static void print_more(FILE *out, uint64_t total, uint64_t shown, const char *indent)
{
	if (shown < total)
		fprintf(out, "%sand %llu more\n", indent, (unsigned long long)(total - shown));
}

/* Prints names that are separated by line ends, with blanks between them; returns their width. */
static size_t print_names(FILE *out, const char *names)
{
	size_t width = text_width(names);

	while (*names) {
		size_t size = strcspn(names, "\n");

		print_text(out, names, size);
		names += size;
		if (*names) {
			putc(' ', out);
			names++;
			width--; /* a line end would be "\n" */
		}
	}
	return width;
}

/* Finds a post, and prints in a line, between before and its title, its day, if that does not begin
 * the file's name, and its path; with its categories, if that is asked for. */
static enum narc_status print_post(const struct survey_output *output, uint64_t row,
				   const char *before, bool with_categories,
				   struct narc_error *error)
{
	const struct narc_record *record;
	const char *title, *slash;
	char day[DAY_TEXT_SIZE];
	size_t width = strlen(before);
	enum narc_status status = listing_read(output->listing, row, &record, &title, error);

	if (status != NARC_OK)
		return status;
	fputs(before, output->out);
	slash = strrchr(record->path, '/');
	format_day(day_of_time(record->local_time), day);
	if (strncmp(slash ? slash + 1 : record->path, day, strlen(day)) != 0)
		width += (size_t)fprintf(output->out, "%s ", day);
	print_string(output->out, record->path);
	width += text_width(record->path);
	if (with_categories && *record->categories) {
		fputs(" (", output->out);
		width += print_names(output->out, record->categories) + 3;
		putc(')', output->out);
	}
	if (*title && width + 1 < COLUMNS) {
		putc(' ', output->out);
		print_text(output->out, title,
			   fitting_length(title, strcspn(title, "\n"), COLUMNS - width - 1));
	}
	putc('\n', output->out);
	return NARC_OK;
}

/* ---- by the calendar ---------------------------------------------------------------------- */

static void print_summary(const struct survey_output *output)
{
	const struct activity *activity = &output->survey->activity;
	char size[SIZE_TEXT_SIZE], first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
	FILE *out = output->out;

	print_string(out, output->name);
	fprintf(out, ": %llu %s", (unsigned long long)activity->posts,
		plural(activity->posts, "post", "posts"));
	if (activity->count)
		fprintf(out, " from %s to %s", format_day(activity->days[0].day, first),
			format_day(activity->days[activity->count - 1].day, last));
	fprintf(out, ", %s", format_size(activity->size, size));
	if (output->survey->files)
		fprintf(out, "; %llu other %s", (unsigned long long)output->survey->files,
			plural(output->survey->files, "file", "files"));
	putc('\n', out);
	if (output->survey->failures)
		fprintf(out, "not in this report: what could not be read, in %llu %s\n",
			(unsigned long long)output->survey->failures,
			plural(output->survey->failures, "place", "places"));
}

/* Adds up the months of a year, from the one at place; returns the place behind them. */
static size_t add_year(const struct months *months, size_t place, struct month *year)
{
	const int32_t number = months->list[place].month / 12;

	*year = (struct month){ .month = 12 * number };
	while (place < months->count && months->list[place].month / 12 == number) {
		const struct month *month = &months->list[place++];

		year->posts += month->posts;
		year->size += month->size;
		year->days += month->days;
		year->content_size += month->content_size;
		year->stored_size += month->stored_size;
	}
	return place;
}

/* Prints the columns of a table, up to the share. */
static void print_stored(FILE *out, const struct month *month)
{
	char size[SIZE_TEXT_SIZE], stored[SIZE_TEXT_SIZE];
	const double share = month->content_size
				     ? 100 * month->stored_size / (double)month->content_size
				     : 0;

	fprintf(out, "%8llu %5lu %10s %10s %6.1f %%", (unsigned long long)month->posts,
		(unsigned long)month->days, format_size(month->content_size, size),
		format_size((uint64_t)(month->stored_size + 0.5), stored), share);
}

static void print_period(FILE *out, const struct month *month, bool is_year, uint64_t most)
{
	fprintf(out, is_year ? "  %04d    " : "  %04d-%02d ", month->month / 12,
		month->month % 12 + 1);
	print_stored(out, month);
	print_bar(out, month->posts, most);
}

static void print_months(FILE *out, const struct months *months)
{
	const bool by_year = months->count > MONTHS_SHOWN;
	uint64_t most = 0;

	for (int is_printing = 0; is_printing < 2; is_printing++) {
		for (size_t i = 0; i < months->count;) {
			struct month period = months->list[i];

			i = by_year ? add_year(months, i, &period) : i + 1;
			if (is_printing)
				print_period(out, &period, by_year, most);
			else if (period.posts > most)
				most = period.posts;
		}
		if (!is_printing)
			fprintf(out, "\n  %-7s %8s %5s %10s %10s %8s\n", by_year ? "year" : "month",
				"posts", "days", "content", "archive", "share");
	}
	if (months->others.stored_size > 0) {
		fputs("  others  ", out);
		print_stored(out, &months->others);
		putc('\n', out);
	}
	fputs("\n  days: with posts; content and archive: of all that is stored, with former\n"
	      "  versions, each content once, without dictionary and index; others: no posts\n",
	      out);
}


static enum narc_status print_ranges(const struct survey_output *output,
				     const struct day_ranges *ranges, const char *heading,
				     struct narc_error *error)
{
	FILE *out = output->out;
	const uint64_t days = day_ranges_news_days(ranges);
	struct day_range *news;
	size_t count, shown;

	if (!day_ranges_news(ranges, &news, &count))
		return fail_memory(error);
	shown = survey_shown(output, count);
	fprintf(out, "\n%s: %llu", heading, (unsigned long long)days);
	if (days < ranges->days)
		fprintf(out, ", besides %llu that have none in other weeks, either",
			(unsigned long long)(ranges->days - days));
	putc('\n', out);
	for (size_t i = 0; i < shown; i++) {
		print_range(out, &news[i]);
		fprintf(out, "%8llu %s, some %llu expected\n", (unsigned long long)news[i].posts,
			plural(news[i].posts, "post ", "posts"),
			(unsigned long long)news[i].expected);
	}
	print_more(out, count, shown, "  ");
	free(news);
	return NARC_OK;
}

static void print_categories(const struct survey_output *output)
{
	const struct categories *categories = &output->survey->categories;
	const size_t shown = survey_shown(output, categories->count);
	char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
	FILE *out = output->out;

	fprintf(out, "\nCategories: %zu\n", categories->count);
	if (shown)
		fprintf(out, "  %8s %5s  %-10s  %-10s  %11s  name\n", "posts", "days", "first",
			"last", "longest gap");
	for (size_t i = 0; i < shown; i++) {
		const struct category *category = &categories->list[i];

		fprintf(out, "  %8llu %5lu  %s  %s  %6lu %s  ", (unsigned long long)category->posts,
			(unsigned long)category->days, format_day(category->first_day, first),
			format_day(category->last_day, last), (unsigned long)category->gap,
			plural(category->gap, "day ", "days"));
		print_string(out, category->name);
		putc('\n', out);
	}
	print_more(out, categories->count, shown, "  ");
	if (categories->other)
		fprintf(out, "  %llu times a post is in one of more categories than are told apart\n",
			(unsigned long long)categories->other);
}

/* ---- posts -------------------------------------------------------------------------------- */

static enum narc_status print_fault(const struct survey_output *output, const struct fault *fault,
				    struct narc_error *error)
{
	const struct narc_record *record;
	const char *title;
	enum narc_status status;

	if (!fault->problem)
		return print_post(output, fault->row, "    ", false, error);
	status = listing_read(output->listing, fault->row, &record, &title, error);
	if (status != NARC_OK)
		return status;
	fputs("    ", output->out);
	print_string(output->out, record->path);
	fprintf(output->out, ":%lu:\n      ", (unsigned long)fault->line);
	print_string(output->out, fault->problem);
	putc('\n', output->out);
	return NARC_OK;
}

static enum narc_status print_faults(const struct survey_output *output, struct narc_error *error)
{
	const struct faults *faults = &output->survey->faults;
	enum narc_status status = NARC_OK;

	fprintf(output->out, "\nPosts with faults: %llu\n", (unsigned long long)faults->posts);
	for (unsigned kind = 0; kind < FAULT_KINDS && status == NARC_OK; kind++) {
		const struct fault_list *list = &faults->kinds[kind];
		const size_t shown = survey_shown(output, list->count);

		if (list->total == 0)
			continue;
		fprintf(output->out, "  %s: %llu\n", fault_text(kind),
			(unsigned long long)list->total);
		for (size_t i = 0; i < shown && status == NARC_OK; i++)
			status = print_fault(output, &list->list[i], error);
		print_more(output->out, list->total, shown, "    ");
	}
	return status;
}

/* Prints a group: its first post, and the others behind it. */
static enum narc_status print_group(const struct survey_output *output,
				    const struct post_groups *groups,
				    const struct post_group *group, struct narc_error *error)
{
	const struct surveyed_post *posts = output->survey->posts;
	const uint32_t *members = groups->members + group->first;
	const size_t shown = survey_shown(output, group->count);
	const bool is_of_texts = groups == &output->survey->texts;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < shown && status == NARC_OK; i++) {
		char before[16] = "  ";

		if (is_of_texts)
			snprintf(before, sizeof(before), "  %3u %% ",
				 sketch_resemblance(&posts[members[0]].sketch,
						    &posts[members[i]].sketch));
		status = print_post(output, posts[members[i]].row, before, is_of_texts, error);
	}
	print_more(output->out, group->count, shown, "  ");
	return status;
}

static enum narc_status print_groups(const struct survey_output *output,
				     const struct post_groups *groups, struct narc_error *error)
{
	const size_t shown = survey_shown(output, groups->count);
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < shown && status == NARC_OK; i++) {
		if (i)
			putc('\n', output->out);
		status = print_group(output, groups, &groups->groups[i], error);
	}
	if (shown < groups->count)
		putc('\n', output->out);
	print_more(output->out, groups->count, shown, "  ");
	return status;
}

/* Prints how many groups there are, as the start of a line, or a line if there are none. */
static void print_heading(FILE *out, const char *heading, size_t count)
{
	if (count)
		fprintf(out, "\n%s: %zu %s", heading, count, plural(count, "group", "groups"));
	else
		fprintf(out, "\n%s: none\n", heading);
}

static enum narc_status print_all_groups(const struct survey_output *output,
					 struct narc_error *error)
{
	const struct survey *survey = output->survey;
	const struct post_groups *texts = &survey->texts;
	char size[SIZE_TEXT_SIZE];
	FILE *out = output->out;
	enum narc_status status;

	print_heading(out, "Similar texts of different posts", texts->count);
	if (texts->count)
		fprintf(out, ", %llu of several categories\n"
			"  in percent: what a post has in common with the first of its group\n",
			(unsigned long long)texts->crossing);
	status = print_groups(output, texts, error);
	if (texts->cut_buckets)
		fprintf(out, "  In %llu places there were too many alike to compare all of them.\n",
			(unsigned long long)texts->cut_buckets);
	if (survey->uncompared)
		fprintf(out, "  Not compared: %llu %s of few words, or too large for memory\n",
			(unsigned long long)survey->uncompared,
			plural(survey->uncompared, "post", "posts"));
	print_heading(out, "One infoCode, several paths", survey->codes.count);
	if (survey->codes.count)
		fprintf(out, ", %llu with several contents\n",
			(unsigned long long)survey->codes.differing);
	if (status == NARC_OK)
		status = print_groups(output, &survey->codes, error);
	print_heading(out, "Equal contents", survey->contents.count);
	if (survey->contents.count)
		fprintf(out, "; all but one of each come to %s\n",
			format_size(survey->contents.spare_size, size));
	if (status == NARC_OK)
		status = print_groups(output, &survey->contents, error);
	return status;
}

static enum narc_status print_largest(const struct survey_output *output, struct narc_error *error)
{
	const struct survey *survey = output->survey;
	enum narc_status status = NARC_OK;

	if (survey->largest_count)
		fputs("\nLargest posts, by their contents\n", output->out);
	for (size_t i = 0; i < survey->largest_count && status == NARC_OK; i++) {
		const struct surveyed_post *post = &survey->posts[survey->largest[i]];
		char size[SIZE_TEXT_SIZE], before[SIZE_TEXT_SIZE + 8];

		snprintf(before, sizeof(before), "  %10s  ", format_size(post->size, size));
		status = print_post(output, post->row, before, false, error);
	}
	return status;
}

/* ---- the whole ---------------------------------------------------------------------------- */

enum narc_status survey_print_text(const struct survey_output *output, struct narc_error *error)
{
	const struct survey *survey = output->survey;
	enum narc_status status;

	print_summary(output);
	if (survey->months.count)
		print_months(output->out, &survey->months);
	status = print_ranges(output, &survey->activity.missing, "Days without posts", error);
	if (status == NARC_OK)
		status = print_ranges(output, &survey->activity.drops, "Days with suddenly few posts",
				      error);
	print_categories(output);
	if (status == NARC_OK)
		status = print_faults(output, error);
	if (status == NARC_OK)
		status = print_all_groups(output, error);
	if (status == NARC_OK)
		status = print_largest(output, error);
	return status;
}
