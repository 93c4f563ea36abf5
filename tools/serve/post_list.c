/* SPDX-License-Identifier: BSD-2-Clause */
#include "post_list.h"

#include "page.h"

struct list {
	struct visit *visit;
	size_t most;
	struct shown *shown;
};

static bool put_item(void *context, const struct walk *walk, const struct narc_record *record,
		     const struct narc_front_matter *matter)
{
	struct list *list = context;

	(void)walk;
	list->shown->is_cut = list->shown->posts == list->most;
	if (list->shown->is_cut)
		return false;
	list->shown->posts++;
	put_post_item(&list->visit->reply.body, list->visit->language, record, matter->title);
	return !list->visit->reply.body.failed;
}

bool put_posts(struct visit *visit, const struct listing *listing, size_t most,
	       struct shown *shown)
{
	struct list list = { visit, most, shown };
	struct listing_end end = { .damages = 0 };
	struct text *page = &visit->reply.body;
	struct narc_error error;
	enum narc_status status;

	*shown = (struct shown){ .posts = 0 };
	html(page, "<ol class=\"posts\">\n");
	status = listing_run(listing, visit->set, put_item, &list, &end, &error);
	html(page, "</ol>\n");
	put_damages(page, visit->language, end.damages);
	if (status == NARC_OK || status == NARC_CANCELLED)
		return true;
	visit_fail_reading(visit, visit->set->names[end.archive], &error);
	return false;
}
