/* SPDX-License-Identifier: BSD-2-Clause */
#include "subjects.h"

#include <microhttpd.h>

#include "days.h"
#include "page.h"
#include "post_list.h"

enum { PAGE_POSTS = 60, PAGE_POSTS_MOST = 2000, PAGE_SUBJECTS = 5000 };

/* ---- all of them ------------------------------------------------------------------------ */

static void put_subjects(struct text *page, enum language language, const struct subjects *subjects,
			 const char *folder)
{
	html(page, "<ul class=\"subjects\">\n");
	for (size_t i = 0; i < subjects->count && i < PAGE_SUBJECTS; i++) {
		const struct subject *subject = subjects->list[i];

		html(page, "<li><a class=\"chip\" href=\"/%s/", folder);
		html_url(page, subject->name);
		html(page, "\"><bdi>%s</bdi></a> <span class=\"count\">", subject->name);
		put_post_count(page, language, subject->counts.posts);
		html(page, "</span></li>\n");
	}
	html(page, "</ul>\n");
}

static void show_subjects(struct visit *visit, enum text_id title, enum text_id none, bool is_tags)
{
	struct text *page = &visit->reply.body;
	const struct day_counts *counts;
	bool is_current;
	struct catalog *catalog = visit_catalog(visit, &counts, &is_current);
	const struct subjects *subjects =
		!catalog ? NULL : is_tags ? &catalog->tags : &catalog->categories;

	is_current = is_current && (!is_tags || catalog->has_tags);
	page_begin(visit, text_in(visit->language, title));
	put_counting(page, visit->language, is_current);
	if (subjects && subjects->count)
		put_subjects(page, visit->language, subjects, is_tags ? "tag" : "category");
	else if (is_current)
		html(page, "<p>%s</p>\n", text_in(visit->language, none));
	if (subjects && (catalog->is_cut || subjects->count > PAGE_SUBJECTS))
		html(page, "<p class=\"notice\">%s</p>\n",
		     text_in(visit->language, TEXT_COUNTS_CUT));
	page_end(visit);
	catalog_release(catalog);
}

void show_categories(struct visit *visit)
{
	show_subjects(visit, TEXT_CATEGORIES, TEXT_NO_CATEGORIES, false);
}

void show_tags(struct visit *visit)
{
	show_subjects(visit, TEXT_TAGS, TEXT_NO_TAGS, true);
}

/* ---- one of them ------------------------------------------------------------------------ */

/* Where the days begin that have enough posts for a page, up to the one before place. */
static size_t begin_page(const struct day_counts *counts, size_t place)
{
	uint64_t posts = 0;

	while (place > 0 && posts < PAGE_POSTS)
		posts += counts->days[--place].posts;
	return place;
}

/* Puts the posts of a day. */
static bool put_day_of(struct visit *visit, const char *name, bool is_tag, int32_t day)
{
	struct text *page = &visit->reply.body;
	struct listing listing;
	struct shown shown;

	listing_init(&listing);
	listing_set_days(&listing, day, day);
	if (is_tag)
		listing.tag = name;
	else
		listing.filter.category = name;
	html(page, "<section>\n<h2>");
	put_day(page, visit->language, day);
	html(page, "</h2>\n");
	if (!put_posts(visit, &listing, PAGE_POSTS_MOST, &shown))
		return false;
	if (shown.is_cut) {
		html(page, "<p class=\"notice\">");
		put_phrase_number(page, visit->language, TEXT_DAY_IS_CUT, PAGE_POSTS_MOST);
		html(page, "</p>\n");
	}
	html(page, "</section>\n");
	return true;
}

static void put_steps(struct visit *visit, const char *name, bool is_tag,
		      const struct day_counts *counts, size_t first, size_t last)
{
	struct text *page = &visit->reply.body;
	const char *folder = is_tag ? "tag" : "category";
	char day[DAY_TEXT_SIZE];

	html(page, "<nav class=\"steps\" aria-label=\"%s\"><ul>\n",
	     text_in(visit->language, TEXT_OTHER_PERIODS));
	if (last < counts->count) {
		html(page, "<li><a href=\"/%s/", folder);
		html_url(page, name);
		html(page, "\">← %s</a></li>\n", text_in(visit->language, TEXT_NEWEST));
	}
	if (first > 0) {
		html(page, "<li><a rel=\"next\" href=\"/%s/", folder);
		html_url(page, name);
		html(page, "?before=%s\">%s →</a></li>\n",
		     format_day(counts->days[first].day, day),
		     text_in(visit->language, TEXT_OLDER));
	}
	html(page, "</ul></nav>\n");
}

/* Puts the posts of the last days before a day, the last one first. */
static void put_page(struct visit *visit, const struct subject *subject, bool is_tag,
		     bool is_current, int32_t before)
{
	const struct day_counts *counts = &subject->counts;
	struct text *page = &visit->reply.body;
	size_t last = day_counts_place(counts, before);
	size_t first = begin_page(counts, last);

	page_begin_phrase(visit, is_tag ? TEXT_TAG_TITLE : TEXT_CATEGORY_TITLE, subject->name);
	put_counting(page, visit->language, is_current);
	html(page, "<p class=\"lead\">");
	put_post_count(page, visit->language, counts->posts);
	html(page, "</p>\n");
	for (size_t i = last; i > first; i--)
		if (!put_day_of(visit, subject->name, is_tag, counts->days[i - 1].day))
			return;
	put_steps(visit, subject->name, is_tag, counts, first, last);
	page_end(visit);
}

static void show_subject(struct visit *visit, bool is_tag)
{
	const char *before = target_parameter(&visit->target, "before");
	const struct day_counts *counts;
	const struct subject *subject = NULL;
	struct catalog *catalog;
	struct narc_filter filter;
	bool is_current;

	narc_filter_init(&filter);
	if (before && narc_filter_set_dates(&filter, before, NULL) != NARC_OK) {
		visit_fail(visit, MHD_HTTP_BAD_REQUEST, TEXT_BAD_PARAMETER);
		return;
	}
	catalog = visit_catalog(visit, &counts, &is_current);
	is_current = is_current && (!is_tag || catalog->has_tags);
	if (catalog)
		subject = subjects_find(is_tag ? &catalog->tags : &catalog->categories,
					visit->target.segments[1]);
	if (subject)
		put_page(visit, subject, is_tag, is_current,
			 before ? day_of_time(filter.from) : LAST_DAY + 1);
	else if (is_current)
		visit_fail(visit, MHD_HTTP_NOT_FOUND, TEXT_NO_SUCH_NAME);
	else /* it may come yet */
		visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_COUNTING);
	catalog_release(catalog);
}

void show_category(struct visit *visit)
{
	show_subject(visit, false);
}

void show_tag(struct visit *visit)
{
	show_subject(visit, true);
}
