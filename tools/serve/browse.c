/* SPDX-License-Identifier: BSD-2-Clause */
#include "browse.h"

#include <microhttpd.h>
#include <string.h>

#include "../command.h"
#include "calendar.h"
#include "days.h"
#include "page.h"
#include "post_list.h"
#include "search_page.h"

enum { DAY_POSTS = 2000, HOME_POSTS = 20 }; /* on a page */

/* ---- dates ------------------------------------------------------------------------------ */

/* Reads the date in the first segments of the address: a year, a month, a day. False, with the
 * answer to that, if there is no such date. */
static bool take_date(struct visit *visit, size_t parts, struct date *date)
{
	static const int least[] = { 0, 1, 1 };
	int *const values[] = { &date->year, &date->month, &date->day };
	int most[] = { 9999, 12, 31 };
	long value;

	*date = (struct date){ 0, 1, 1 };
	for (size_t i = 0; i < parts; i++) {
		const char *text = visit->target.segments[i];

		if (strlen(text) > (i ? 2 : 4) || !parse_number(text, least[i], most[i], &value)) {
			visit_fail(visit, MHD_HTTP_NOT_FOUND, TEXT_NO_SUCH_DATE);
			return false;
		}
		*values[i] = (int)value;
		most[2] = days_in_month(date->year, date->month);
	}
	return true;
}

static void put_date_address(struct text *page, int32_t day, size_t parts)
{
	struct date date = date_of_day(day);

	html(page, "/%04d", date.year);
	if (parts > 1)
		html(page, "/%02d", date.month);
	if (parts > 2)
		html(page, "/%02d", date.day);
}

/* A link to the period that a day is in, of a year, month or day; nothing if it is not there. */
static void put_step(struct text *page, enum language language, bool is_there, int32_t day,
		     size_t parts, enum text_id id, bool is_next)
{
	struct date date = date_of_day(day);

	if (!is_there)
		return;
	html(page, "<li><a rel=\"%s\" href=\"", is_next ? "next" : "prev");
	put_date_address(page, day, parts);
	html(page, "\">%s<span class=\"hidden\">%s: </span>", is_next ? "" : "← ",
	     text_in(language, id));
	if (parts == 1)
		html(page, "%d", date.year);
	else if (parts == 2)
		put_month(page, language, date.year, date.month);
	else
		put_day(page, language, day);
	html(page, "%s</a></li>\n", is_next ? " →" : "");
}

/* Links to the nearest periods before and behind this one that have posts; and to the one that it
 * is a part of. */
static void put_steps(struct text *page, enum language language, const struct day_counts *counts,
		      int32_t first, int32_t last, size_t parts)
{
	static const enum text_id before[] = { TEXT_PREVIOUS_YEAR, TEXT_PREVIOUS_MONTH,
					       TEXT_PREVIOUS_DAY };
	static const enum text_id behind[] = { TEXT_NEXT_YEAR, TEXT_NEXT_MONTH, TEXT_NEXT_DAY };
	size_t place = day_counts_place(counts, first), next = day_counts_place(counts, last + 1);
	struct date date = date_of_day(first);

	html(page, "<nav class=\"steps\" aria-label=\"%s\"><ul>\n",
	     text_in(language, TEXT_OTHER_PERIODS));
	put_step(page, language, place > 0, place > 0 ? counts->days[place - 1].day : 0, parts,
		 before[parts - 1], false);
	if (parts > 1)
		html(page, "<li><a href=\"/%04d\">%d</a></li>\n", date.year, date.year);
	if (parts > 2) {
		html(page, "<li><a href=\"/%04d/%02d\">", date.year, date.month);
		put_month(page, language, date.year, date.month);
		html(page, "</a></li>\n");
	}
	put_step(page, language, next < counts->count,
		 next < counts->count ? counts->days[next].day : 0, parts, behind[parts - 1], true);
	html(page, "</ul></nav>\n");
}

/* ---- pages of the calendar -------------------------------------------------------------- */

/* Puts "12,142 posts from 2022-09-24 to 2024-12-30". */
static void put_extent(struct text *page, enum language language, const struct day_counts *counts)
{
	struct span span = span_of(counts);
	char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];

	format_day(span.first, first);
	format_day(span.last, last);
	html(page, "<p class=\"lead\">");
	put_post_count(page, language, counts->posts);
	html(page, " %s <time datetime=\"%s\">%s</time> %s <time datetime=\"%s\">%s</time></p>\n",
	     text_in(language, TEXT_FROM_TO_BEGIN), first, first,
	     text_in(language, TEXT_FROM_TO_END), last, last);
}

/* Puts the first posts of the last day. */
static bool put_latest(struct visit *visit, int32_t day)
{
	struct text *page = &visit->reply.body;
	struct listing listing;
	struct shown shown;

	html(page, "<section aria-labelledby=\"latest\">\n<h2 id=\"latest\">%s: ",
	     text_in(visit->language, TEXT_LATEST));
	put_day(page, visit->language, day);
	html(page, "</h2>\n");
	listing_init(&listing);
	listing_set_days(&listing, day, day);
	if (!put_posts(visit, &listing, HOME_POSTS, &shown))
		return false;
	if (shown.is_cut) {
		html(page, "<p><a href=\"");
		put_date_address(page, day, 3);
		html(page, "\">%s</a></p>\n", text_in(visit->language, TEXT_ALL_OF_DAY));
	}
	html(page, "</section>\n");
	return true;
}

void show_home(struct visit *visit)
{
	struct text *page = &visit->reply.body;
	const struct day_counts *counts;
	bool is_current, is_good = true;
	struct catalog *catalog = visit_catalog(visit, &counts, &is_current);

	page_begin(visit, text_in(visit->language, TEXT_CALENDAR));
	put_counting(page, visit->language, is_current);
	put_damages(page, visit->language, catalog ? catalog->damages : 0);
	put_search_form(visit, false);
	if (counts->count) {
		put_extent(page, visit->language, counts);
		put_years_table(page, visit->language, counts);
		is_good = put_latest(visit, span_of(counts).last);
	} else if (is_current) {
		html(page, "<p>%s</p>\n", text_in(visit->language, TEXT_EMPTY_ARCHIVE));
	}
	if (is_good)
		page_end(visit);
	catalog_release(catalog);
}

/* Puts how many days of a period are missing, and which, if that is not too many. */
static void put_missing(struct text *page, enum language language, const struct day_counts *counts,
			int32_t first, int32_t last)
{
	struct span span = span_of(counts);
	unsigned missing = missing_days(counts, span, first, last);
	char text[DAY_TEXT_SIZE];

	if (counts->count == 0)
		return;
	if (missing == 0) {
		html(page, "<p>%s</p>\n", text_in(language, TEXT_NO_MISSING_DAYS));
		return;
	}
	html(page, "<details><summary>");
	put_phrase_number(page, language, TEXT_MISSING_DAYS, missing);
	html(page, "</summary>\n<ul class=\"days\">\n");
	for (int32_t day = first < span.first ? span.first : first;
	     day <= last && day <= span.last; day++)
		if (day_counts_between(counts, day, day) == 0)
			html(page, "<li><time>%s</time></li>\n", format_day(day, text));
	html(page, "</ul></details>\n");
}

void show_year(struct visit *visit)
{
	struct text *page = &visit->reply.body;
	const struct day_counts *counts;
	struct catalog *catalog;
	struct span span;
	struct date date;
	int32_t first, last;
	uint32_t most;
	bool is_current;
	char year[8];

	if (!take_date(visit, 1, &date))
		return;
	catalog = visit_catalog(visit, &counts, &is_current);
	span = span_of(counts);
	first = day_of_date(date);
	last = day_of_date((struct date){ date.year, 12, 31 });
	snprintf(year, sizeof(year), "%d", date.year);
	page_begin_phrase(visit, TEXT_YEAR_TITLE, year);
	put_counting(page, visit->language, is_current);
	put_damages(page, visit->language, catalog ? catalog->damages : 0);
	put_steps(page, visit->language, counts, first, last, 1);
	html(page, "<p class=\"lead\">");
	put_post_count(page, visit->language, day_counts_between(counts, first, last));
	html(page, "</p>\n<p class=\"legend\">%s</p>\n<div class=\"year\">\n",
	     text_in(visit->language, TEXT_LEGEND));
	most = most_of_day(counts, first, last);
	for (int month = 1; month <= 12; month++)
		put_month_table(page, visit->language, counts, span, date.year, month, most, true);
	html(page, "</div>\n");
	put_missing(page, visit->language, counts, first, last);
	page_end(visit);
	catalog_release(catalog);
}

/* The days of a month, with links: what the calendar shows, as a list. */
static void put_days_of_month(struct text *page, enum language language,
			      const struct day_counts *counts, int32_t first, int32_t last)
{
	html(page, "<ul class=\"counts\">\n");
	for (size_t i = day_counts_place(counts, first);
	     i < counts->count && counts->days[i].day <= last; i++) {
		html(page, "<li><a href=\"");
		put_date_address(page, counts->days[i].day, 3);
		html(page, "\">");
		put_day(page, language, counts->days[i].day);
		html(page, "</a> ");
		put_post_count(page, language, counts->days[i].posts);
		html(page, "</li>\n");
	}
	html(page, "</ul>\n");
}

void show_month(struct visit *visit)
{
	struct text *page = &visit->reply.body;
	struct text title = { .bytes = NULL };
	const struct day_counts *counts;
	struct catalog *catalog;
	struct date date;
	int32_t first, last;
	bool is_current;

	if (!take_date(visit, 2, &date))
		return;
	catalog = visit_catalog(visit, &counts, &is_current);
	first = day_of_date(date);
	last = first + days_in_month(date.year, date.month) - 1;
	put_month(&title, visit->language, date.year, date.month);
	page_begin(visit, text_string(&title) ? title.bytes : "");
	text_free(&title);
	put_counting(page, visit->language, is_current);
	put_damages(page, visit->language, catalog ? catalog->damages : 0);
	put_steps(page, visit->language, counts, first, last, 2);
	html(page, "<p class=\"lead\">");
	put_post_count(page, visit->language, day_counts_between(counts, first, last));
	html(page, "</p>\n<p class=\"legend\">%s</p>\n<div class=\"large\">\n",
	     text_in(visit->language, TEXT_LEGEND));
	put_month_table(page, visit->language, counts, span_of(counts), date.year, date.month,
			most_of_day(counts, first, last), false);
	put_days_of_month(page, visit->language, counts, first, last);
	html(page, "</div>\n");
	put_missing(page, visit->language, counts, first, last);
	page_end(visit);
	catalog_release(catalog);
}

void show_day(struct visit *visit)
{
	struct text *page = &visit->reply.body;
	struct text title = { .bytes = NULL };
	const struct day_counts *counts;
	struct catalog *catalog;
	struct listing listing;
	struct shown shown;
	struct date date;
	int32_t day;
	bool is_current;

	if (!take_date(visit, 3, &date))
		return;
	day = day_of_date(date);
	catalog = visit_catalog(visit, &counts, &is_current);
	put_day(&title, visit->language, day);
	page_begin(visit, text_string(&title) ? title.bytes : "");
	text_free(&title);
	put_steps(page, visit->language, counts, day, day, 3);
	catalog_release(catalog);
	listing_init(&listing);
	listing_set_days(&listing, day, day);
	if (!put_posts(visit, &listing, DAY_POSTS, &shown))
		return;
	if (shown.posts == 0)
		html(page, "<p>%s</p>\n", text_in(visit->language, TEXT_NOTHING_ON_DAY));
	if (shown.is_cut) {
		html(page, "<p class=\"notice\">");
		put_phrase_number(page, visit->language, TEXT_DAY_IS_CUT, DAY_POSTS);
		html(page, "</p>\n");
	}
	page_end(visit);
}
