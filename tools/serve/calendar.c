/* SPDX-License-Identifier: BSD-2-Clause */
#include "calendar.h"

#include "days.h"
#include "html.h"
#include "page.h"

struct span span_of(const struct day_counts *counts)
{
	if (counts->count == 0)
		return (struct span){ 1, 0 };
	return (struct span){ counts->days[0].day, counts->days[counts->count - 1].day };
}

unsigned missing_days(const struct day_counts *counts, struct span span, int32_t first,
		      int32_t last)
{
	size_t there;

	if (first < span.first)
		first = span.first;
	if (last > span.last)
		last = span.last;
	if (last < first)
		return 0;
	there = day_counts_place(counts, last + 1) - day_counts_place(counts, first);
	return (unsigned)((size_t)(last - first + 1) - there);
}

unsigned shade_of(uint64_t posts, uint64_t most)
{
	if (posts == 0)
		return 0;
	return posts >= most ? SHADE_COUNT : 1 + (unsigned)(posts * (SHADE_COUNT - 1) / most);
}

uint32_t most_of_day(const struct day_counts *counts, int32_t first, int32_t last)
{
	uint32_t most = 0;

	for (size_t i = day_counts_place(counts, first);
	     i < counts->count && counts->days[i].day <= last; i++)
		if (counts->days[i].posts > most)
			most = counts->days[i].posts;
	return most;
}

/* ---- a month ---------------------------------------------------------------------------- */

/* A day on which nothing is to be shown is one of another month, or not in the archive's time. */
static void put_day_cell(struct text *page, enum language language,
			 const struct day_counts *counts, struct span span, int32_t day,
			 uint32_t most)
{
	struct date date = date_of_day(day);
	uint64_t posts = day_counts_between(counts, day, day);

	if (posts == 0 && (day < span.first || day > span.last)) {
		html(page, "<td class=\"outside\">%d</td>", date.day);
		return;
	}
	if (posts == 0) {
		html(page,
		     "<td class=\"missing\"><span class=\"day\">%d</span>"
		     "<span class=\"count\" aria-hidden=\"true\">×</span>"
		     "<span class=\"hidden\">%s</span></td>",
		     date.day, text_in(language, TEXT_NO_POSTS));
		return;
	}
	html(page,
	     "<td class=\"shade%u\"><a href=\"/%04d/%02d/%02d\"><span class=\"day\">%d</span>"
	     "<span class=\"count\" aria-hidden=\"true\">%llu</span><span class=\"hidden\">: ",
	     shade_of(posts, most), date.year, date.month, date.day, date.day,
	     (unsigned long long)posts);
	put_post_count(page, language, posts);
	html(page, "</span></a></td>");
}

static void put_weekdays(struct text *page, enum language language)
{
	html(page, "<thead><tr>");
	for (int weekday = 0; weekday < 7; weekday++)
		html(page, "<th scope=\"col\" abbr=\"%s\">%s</th>", weekday_name(language, weekday),
		     short_weekday_name(language, weekday));
	html(page, "</tr></thead>\n");
}

void put_month_table(struct text *page, enum language language, const struct day_counts *counts,
		     struct span span, int year, int month, uint32_t most, bool with_link)
{
	int32_t first = day_of_date((struct date){ year, month, 1 });
	int32_t last = first + days_in_month(year, month) - 1;

	html(page, "<table class=\"month\">\n<caption>");
	if (with_link)
		html(page, "<a href=\"/%04d/%02d\">%s</a>", year, month,
		     month_name(language, month));
	else
		put_month(page, language, year, month);
	html(page, "</caption>\n");
	put_weekdays(page, language);
	html(page, "<tbody>\n");
	for (int32_t week = first - weekday_of_day(first); week <= last; week += 7) {
		html(page, "<tr>");
		for (int32_t day = week; day < week + 7; day++) {
			if (day < first || day > last)
				html(page, "<td class=\"other\"></td>");
			else
				put_day_cell(page, language, counts, span, day, most);
		}
		html(page, "</tr>\n");
	}
	html(page, "</tbody>\n</table>\n");
}

/* ---- years ------------------------------------------------------------------------------ */

/* The posts of a month. */
static uint64_t count_month(const struct day_counts *counts, int year, int month)
{
	int32_t first = day_of_date((struct date){ year, month, 1 });

	return day_counts_between(counts, first, first + days_in_month(year, month) - 1);
}

static uint64_t most_of_month(const struct day_counts *counts)
{
	uint64_t most = 0;

	for (size_t i = 0; i < counts->count;) {
		struct date date = date_of_day(counts->days[i].day);
		uint64_t posts = count_month(counts, date.year, date.month);

		if (posts > most)
			most = posts;
		i = day_counts_place(counts,
				     day_of_date((struct date){ date.year, date.month, 1 }) +
					     days_in_month(date.year, date.month));
	}
	return most;
}

static void put_month_cell(struct text *page, enum language language, uint64_t posts,
			   uint64_t most, int year, int month)
{
	if (posts == 0) {
		html(page, "<td class=\"missing\"><span aria-hidden=\"true\">–</span>"
			   "<span class=\"hidden\">%s</span></td>",
		     text_in(language, TEXT_NO_POSTS));
		return;
	}
	html(page, "<td class=\"shade%u\"><a href=\"/%04d/%02d\">", shade_of(posts, most), year,
	     month);
	put_number(page, posts);
	html(page, "</a></td>");
}

static void put_year_row(struct text *page, enum language language, const struct day_counts *counts,
			 int year, uint64_t most)
{
	int32_t first = day_of_date((struct date){ year, 1, 1 });
	int32_t last = day_of_date((struct date){ year, 12, 31 });

	html(page, "<tr><th scope=\"row\"><a href=\"/%04d\">%04d</a></th>", year, year);
	for (int month = 1; month <= 12; month++)
		put_month_cell(page, language, count_month(counts, year, month), most, year, month);
	html(page, "<td class=\"total\">");
	put_number(page, day_counts_between(counts, first, last));
	html(page, "</td></tr>\n");
}

void put_years_table(struct text *page, enum language language, const struct day_counts *counts)
{
	uint64_t most = most_of_month(counts);

	html(page, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
		   "<table class=\"years\">\n<caption>%s</caption>\n<thead><tr>"
		   "<th scope=\"col\">%s</th>",
	     text_in(language, TEXT_OVERVIEW), text_in(language, TEXT_OVERVIEW),
	     text_in(language, TEXT_YEAR));
	for (int month = 1; month <= 12; month++)
		html(page, "<th scope=\"col\" abbr=\"%s\">%s</th>", month_name(language, month),
		     short_month_name(language, month));
	html(page, "<th scope=\"col\">%s</th></tr></thead>\n<tbody>\n",
	     text_in(language, TEXT_TOTAL));
	for (size_t i = counts->count; i > 0;) {
		int year = date_of_day(counts->days[i - 1].day).year;

		put_year_row(page, language, counts, year, most);
		i = day_counts_place(counts, day_of_date((struct date){ year, 1, 1 }));
	}
	html(page, "</tbody>\n</table>\n</div>\n");
}
