/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "days.h"
#include "fail.h"
#include "report.h"
#include "survey/page.h"

/* Where there are more days, months have a column, and where there are more months, years. */
enum { COLUMNS_MOST = 1100 };

/* How many months or years are named below a chart, at most. */
enum { TIMES_MOST = 8 };

static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* Of so many months, those are named that can be divided by the result. */
static int32_t time_step(size_t months)
{
	static const int32_t steps[] = { 1, 2, 3, 6 };
	int32_t years = 1;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (months <= (size_t)steps[i] * TIMES_MOST)
			return steps[i];
	while (months > (size_t)years * 12 * TIMES_MOST)
		years *= 2;
	return 12 * years;
}

/* What is written below the column of a month, kept in text: January has its year; or NULL. */
static const char *time_of_month(int32_t month, int32_t step, char text[COLUMN_LABEL_SIZE])
{
	if (month % step)
		return NULL;
	if (month % 12)
		return month_names[month % 12];
	snprintf(text, COLUMN_LABEL_SIZE, "%04d", month / 12);
	return text;
}

/* ---- columns ------------------------------------------------------------------------------ */

/* Columns with the texts that belong to them. */
struct columns {
	struct chart_column *list;
	char (*times)[COLUMN_LABEL_SIZE];
	char (*notes)[COLUMN_LABEL_SIZE];
	size_t count;
};

static void columns_free(struct columns *columns)
{
	free(columns->list);
	free(columns->times);
	free(columns->notes);
}

static bool columns_make(struct columns *columns, size_t count)
{
	*columns = (struct columns){ .list = calloc(count + 1, sizeof(*columns->list)),
				     .times = calloc(count + 1, sizeof(*columns->times)),
				     .notes = calloc(count + 1, sizeof(*columns->notes)),
				     .count = count };
	if (!columns->list || !columns->times || !columns->notes) {
		columns_free(columns);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		columns->list[i].note = columns->notes[i];
	return true;
}

/* ---- months and years --------------------------------------------------------------------- */

/* The last month and how many columns there are from the first. */
static size_t month_columns(const struct months *months, bool by_year)
{
	const int32_t unit = by_year ? 12 : 1;

	if (months->count == 0)
		return 0;
	return (size_t)(months->list[months->count - 1].month / unit -
			months->list[0].month / unit) + 1;
}

static bool is_by_year(const struct months *months)
{
	return month_columns(months, false) > COLUMNS_MOST;
}

static void label_months(const struct columns *columns, const struct months *months, bool by_year)
{
	const int32_t step = time_step(by_year ? 12 * columns->count : columns->count);

	for (size_t i = 0; i < columns->count; i++) {
		struct chart_column *column = &columns->list[i];
		const int32_t first = months->list[0].month;
		const int32_t month = by_year ? 12 * (first / 12 + (int32_t)i) : first + (int32_t)i;

		snprintf(column->label, sizeof(column->label), by_year ? "%04d" : "%04d-%02d",
			 month / 12, month % 12 + 1);
		column->time = time_of_month(month, step, columns->times[i]);
	}
}

static struct chart_column *column_of(const struct columns *columns, const struct months *months,
				      const struct month *month, bool by_year)
{
	const int32_t unit = by_year ? 12 : 1;

	return &columns->list[month->month / unit - months->list[0].month / unit];
}

/* ---- posts by day ------------------------------------------------------------------------- */

/* Marks the columns of days that are news. */
static void mark_ranges(const struct columns *columns, const struct activity *activity,
			const struct day_range *list, size_t count, bool is_missing)
{
	for (size_t i = 0; i < count; i++) {
		const struct day_range *range = &list[i];

		for (int32_t day = range->first; day <= range->last; day++) {
			const size_t place = (size_t)(day - activity->days[0].day);

			columns->list[place].is_missing = is_missing;
			columns->list[place].is_drop = !is_missing;
			snprintf(columns->notes[place], COLUMN_LABEL_SIZE,
				 range->first == range->last ? ", some %llu expected"
							     : ", some %llu expected in all",
				 (unsigned long long)range->expected);
		}
	}
}

static void fill_days(const struct columns *columns, const struct activity *activity)
{
	const int32_t step = time_step(columns->count / 30 + 1);

	for (size_t i = 0; i < columns->count; i++) {
		const int32_t day = activity->days[0].day + (int32_t)i;
		const struct date date = date_of_day(day);
		struct chart_column *column = &columns->list[i];

		format_day(day, column->label);
		if (date.day == 1)
			column->time = time_of_month(12 * date.year + date.month - 1,
						     step, columns->times[i]);
	}
	for (size_t i = 0; i < activity->count; i++)
		columns->list[activity->days[i].day - activity->days[0].day].value =
			activity->days[i].posts;
}

static void fill_months(const struct columns *columns, const struct months *months, bool by_year)
{
	label_months(columns, months, by_year);
	for (size_t i = 0; i < months->count; i++)
		column_of(columns, months, &months->list[i], by_year)->value +=
			months->list[i].posts;
}

/* What is news of the days. */
struct news {
	struct day_range *missing;
	struct day_range *drops;
	size_t missing_count;
	size_t drop_count;
};

static bool put_days_chart(struct survey_page *page, const struct news *news)
{
	const struct survey *survey = page->output->survey;
	const bool by_day = activity_span(&survey->activity) <= COLUMNS_MOST;
	const bool by_year = is_by_year(&survey->months);
	struct chart chart = { .title = "Posts by day", .unit = "posts" };
	struct columns columns;

	if (!columns_make(&columns, by_day ? activity_span(&survey->activity)
					   : month_columns(&survey->months, by_year)))
		return false;
	if (by_day) {
		fill_days(&columns, &survey->activity);
		mark_ranges(&columns, &survey->activity, news->missing, news->missing_count, true);
		mark_ranges(&columns, &survey->activity, news->drops, news->drop_count, false);
	} else {
		fill_months(&columns, &survey->months, by_year);
		chart.title = by_year ? "Posts by year" : "Posts by month";
	}
	chart.columns = columns.list;
	chart.count = columns.count;
	html(&page->text, "<figure><figcaption>%s", chart.title);
	if (by_day)
		html(&page->text, "<svg class=\"key\" viewBox=\"0 0 1 1\" aria-hidden=\"true\">"
		     "<rect class=\"missing\" width=\"1\" height=\"1\"/></svg>none, where some were "
		     "to be expected<svg class=\"key\" viewBox=\"0 0 1 1\" aria-hidden=\"true\">"
		     "<rect class=\"drop\" width=\"1\" height=\"1\"/></svg>suddenly few");
	html(&page->text, "</figcaption>\n");
	chart_put(&page->text, &chart);
	html(&page->text, "</figure>\n");
	columns_free(&columns);
	return true;
}

static void put_ranges(struct survey_page *page, const char *heading,
		       const struct day_ranges *ranges, const struct day_range *list, size_t count)
{
	const size_t shown = survey_shown(page->output, count);
	const uint64_t news = day_ranges_news_days(ranges);
	struct text *text = &page->text;

	html(text, "<h3>%s: %llu</h3>\n", heading, (unsigned long long)news);
	if (news < ranges->days)
		html(text, "<p class=\"note\">Besides, there are %llu days of a kind that has none "
		     "in other weeks, either.</p>\n", (unsigned long long)(ranges->days - news));
	if (shown)
		html(text, "<table><thead><tr><th scope=\"col\">From</th><th scope=\"col\">To</th>"
		     "<th scope=\"col\" class=\"number extra\">Days</th>"
		     "<th scope=\"col\" class=\"number\">Posts</th>"
		     "<th scope=\"col\" class=\"number\">Expected</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < shown; i++) {
		char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];

		html(text, "<tr><td class=\"date\">%s</td><td class=\"date\">%s</td>"
		     "<td class=\"number extra\">%lu</td><td class=\"number\">%llu</td>"
		     "<td class=\"number\">%llu</td></tr>\n",
		     format_day(list[i].first, first), format_day(list[i].last, last),
		     (unsigned long)(list[i].last - list[i].first) + 1,
		     (unsigned long long)list[i].posts, (unsigned long long)list[i].expected);
	}
	if (shown)
		html(text, "</tbody></table>\n");
	if (shown < count)
		html(text, "<p class=\"note\">And %zu more.</p>\n", count - shown);
}

static bool put_days(struct survey_page *page, struct news *news)
{
	const struct activity *activity = &page->output->survey->activity;

	if (!day_ranges_news(&activity->missing, &news->missing, &news->missing_count) ||
	    !day_ranges_news(&activity->drops, &news->drops, &news->drop_count) ||
	    (activity->count && !put_days_chart(page, news)))
		return false;
	put_ranges(page, "Days without posts", &activity->missing, news->missing,
		   news->missing_count);
	put_ranges(page, "Days with suddenly few posts", &activity->drops, news->drops,
		   news->drop_count);
	return true;
}

enum narc_status survey_page_put_days(struct survey_page *page, struct narc_error *error)
{
	struct news news = { .missing = NULL };
	bool has_memory;

	html(&page->text, "<section id=\"days\"><h2>Days</h2>\n");
	has_memory = put_days(page, &news);
	html(&page->text, "<p class=\"note\">To be expected is the median of the same weekday in the "
	     "six weeks before and after. Few are those that are at most half of it, and farther "
	     "below it than 3.5 standard deviations.</p></section>\n");
	free(news.missing);
	free(news.drops);
	survey_page_flush(page);
	return has_memory ? NARC_OK : fail_memory(error);
}

/* ---- compression -------------------------------------------------------------------------- */

static bool put_compression_chart(struct survey_page *page, const struct months *months,
				  bool by_year)
{
	struct chart chart = { .title = by_year ? "Compression by year" : "Compression by month" };
	struct columns columns;

	if (!columns_make(&columns, month_columns(months, by_year)))
		return false;
	label_months(&columns, months, by_year);
	for (size_t i = 0; i < months->count; i++) {
		const struct month *month = &months->list[i];
		struct chart_column *column = column_of(&columns, months, month, by_year);

		column->value += month->content_size;
		column->part += (uint64_t)(month->stored_size + 0.5);
	}
	for (size_t i = 0; i < columns.count; i++)
		if (columns.list[i].value)
			snprintf(columns.notes[i], COLUMN_LABEL_SIZE, ", compressed to %.1f %%",
				 100 * (double)columns.list[i].part /
					 (double)columns.list[i].value);
	chart.columns = columns.list;
	chart.count = columns.count;
	html(&page->text, "<figure><figcaption>%s"
	     "<svg class=\"key\" viewBox=\"0 0 1 1\" aria-hidden=\"true\">"
	     "<rect class=\"whole\" width=\"1\" height=\"1\"/></svg>contents"
	     "<svg class=\"key\" viewBox=\"0 0 1 1\" aria-hidden=\"true\">"
	     "<rect class=\"bar\" width=\"1\" height=\"1\"/></svg>in the archive</figcaption>\n",
	     chart.title);
	chart_put(&page->text, &chart);
	html(&page->text, "</figure>\n");
	columns_free(&columns);
	return true;
}

static void put_stored(struct text *text, const struct month *month)
{
	char content[SIZE_TEXT_SIZE], stored[SIZE_TEXT_SIZE], share[32] = "-";

	if (month->content_size)
		snprintf(share, sizeof(share), "%.1f %%",
			 100 * month->stored_size / (double)month->content_size);
	html(text, "<td class=\"number extra\">%llu</td><td class=\"number extra\">%lu</td>"
	     "<td class=\"number\">%s</td><td class=\"number\">%s</td>"
	     "<td class=\"number\">%s</td></tr>\n",
	     (unsigned long long)month->posts, (unsigned long)month->days,
	     format_size(month->content_size, content),
	     format_size((uint64_t)(month->stored_size + 0.5), stored), share);
}

enum narc_status survey_page_put_compression(struct survey_page *page, struct narc_error *error)
{
	const struct months *months = &page->output->survey->months;
	struct text *text = &page->text;

	html(text, "<section id=\"compression\"><h2>Compression</h2>\n");
	if (months->count && !put_compression_chart(page, months, is_by_year(months)))
		return fail_memory(error);
	html(text, "<p class=\"note\">Of all that is stored, with former versions, "
	     "each content once; without dictionary and index. A block that has several months "
	     "counts for each by the size of its contents.</p>\n");
	if (months->count)
		html(text, "<details><summary>Months as a table</summary>\n<table><thead><tr>"
		     "<th scope=\"col\">Month</th><th scope=\"col\" class=\"number extra\">Posts</th>"
		     "<th scope=\"col\" class=\"number extra\">Days with posts</th>"
		     "<th scope=\"col\" class=\"number\">Contents</th>"
		     "<th scope=\"col\" class=\"number\">In the archive</th>"
		     "<th scope=\"col\" class=\"number\">Share</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < months->count; i++) {
		html(text, "<tr><th scope=\"row\">%04d-%02d</th>", months->list[i].month / 12,
		     months->list[i].month % 12 + 1);
		put_stored(text, &months->list[i]);
		survey_page_flush(page);
	}
	if (months->count && months->others.stored_size > 0) {
		html(text, "<tr><th scope=\"row\">other files</th>");
		put_stored(text, &months->others);
	}
	if (months->count)
		html(text, "</tbody></table></details>\n");
	html(text, "</section>\n");
	return NARC_OK;
}
