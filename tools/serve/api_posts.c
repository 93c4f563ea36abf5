/* SPDX-License-Identifier: BSD-2-Clause */
/* /api/posts: lists of posts, a page at a time. */
#include <microhttpd.h>
#include <string.h>

#include "api.h"
#include "days.h"
#include "listing.h"
#include "mark.h"

enum { PAGE_LIMIT = 1000, PAGE_DEFAULT = 100 };

struct page {
	struct visit *visit;
	struct json_line line;
	long left;               /* how many more there may be */
	bool is_first;           /* none was put yet */
	struct resumption start; /* behind the page before */
	struct mark last;        /* put so far */
	bool is_cut;             /* there are more */
	struct listing_end end;
};

static bool put_post(void *context, const struct walk *walk, const struct narc_record *record,
		     const struct narc_front_matter *matter)
{
	struct page *page = context;

	if (resumption_skips(&page->start, walk_archive(walk), record))
		return true;
	page->is_cut = page->left == 0;
	if (page->is_cut)
		return false;
	page->left--;
	page->last = mark_of(walk_archive(walk), record);
	json_put(&page->line, page->is_first ? "{" : ",{");
	page->is_first = false;
	json_put_entry(&page->line, page->visit->set->names[walk_archive(walk)], record, matter);
	json_put(&page->line, "}");
	return true;
}

/* Goes through the days on which a category or tag has posts, so that those without need not be
 * read. */
static enum narc_status list_days(const struct listing *listing, const struct day_counts *counts,
				  struct page *page, struct narc_error *error)
{
	int32_t first = day_of_time(listing->filter.from), last = day_of_time(listing->filter.to);
	struct listing of_day = *listing;
	enum narc_status status = NARC_OK;

	for (size_t i = day_counts_place(counts, first);
	     status == NARC_OK && i < counts->count && counts->days[i].day <= last; i++) {
		listing_set_days(&of_day, counts->days[i].day, counts->days[i].day);
		/* Not again what is on the pages before. */
		if (of_day.filter.from < listing->filter.from)
			of_day.filter.from = listing->filter.from;
		status = listing_run(&of_day, page->visit->set, put_post, page, &page->end, error);
	}
	return status;
}

/* Reads the parameters. False, with the answer to that, if one is wrong. */
static bool take_parameters(struct visit *visit, struct listing *listing, struct page *page)
{
	const char *date = target_parameter(&visit->target, "date");
	const char *after = target_parameter(&visit->target, "after");
	struct narc_error error;

	listing_init(listing);
	listing->filter.category = target_parameter(&visit->target, "category");
	listing->tag = target_parameter(&visit->target, "tag");
	if ((date && narc_filter_set_dates(&listing->filter, date, &error) != NARC_OK) ||
	    (after && !mark_parse(after, &page->start.mark)) ||
	    !target_number(&visit->target, "limit", 1, PAGE_LIMIT, PAGE_DEFAULT, &page->left)) {
		visit_fail(visit, MHD_HTTP_BAD_REQUEST, TEXT_BAD_PARAMETER);
		return false;
	}
	page->start.is_skipping = after != NULL;
	if (after && page->start.mark.time > listing->filter.from)
		listing->filter.from = page->start.mark.time;
	return true;
}

static void end_page(struct page *page)
{
	if (page->is_cut) {
		char token[MARK_TEXT_SIZE];

		json_field_string(&page->line, "],\"next\":", mark_format(&page->last, token));
	} else {
		json_put(&page->line, "],\"next\":null");
	}
	json_field_number(&page->line, ",\"failures\":", page->end.damages);
	json_put(&page->line, "}\n");
}

/* Puts the posts. counts: the days that have any; NULL: all may. */
static void send_page(struct visit *visit, const struct listing *listing,
		      const struct day_counts *counts, struct page *page)
{
	struct narc_error error;
	enum narc_status status;

	if (!visit_begin_json(visit, &page->line))
		return;
	json_put(&page->line, "{\"posts\":[");
	status = counts ? list_days(listing, counts, page, &error)
			: listing_run(listing, visit->set, put_post, page, &page->end, &error);
	end_page(page);
	text_end_json(&visit->reply.body, &page->line);
	if (status != NARC_OK && status != NARC_CANCELLED)
		visit_fail_reading(visit, visit->set->names[page->end.archive], &error);
}

void send_posts(struct visit *visit)
{
	static const struct day_counts none;
	struct page page = { .visit = visit, .is_first = true };
	const struct day_counts *counts;
	const struct subject *subject = NULL;
	struct listing listing;
	struct catalog *catalog;
	bool is_current, by_subject;

	if (!take_parameters(visit, &listing, &page))
		return;
	catalog = visit_catalog(visit, &counts, &is_current);
	by_subject = listing.tag || listing.filter.category;
	if (by_subject && (!catalog || (listing.tag && !catalog->has_tags))) {
		visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_COUNTING);
		catalog_release(catalog);
		return;
	}
	if (by_subject)
		subject = listing.tag ? subjects_find(&catalog->tags, listing.tag)
				      : subjects_find(&catalog->categories,
						      listing.filter.category);
	send_page(visit, &listing,
		  !by_subject ? NULL : subject ? &subject->counts : &none, &page);
	catalog_release(catalog);
}
