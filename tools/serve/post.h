/* SPDX-License-Identifier: BSD-2-Clause */
/* One post: its facts, its content rendered, and its source. */
#ifndef NARC_SERVE_POST_H
#define NARC_SERVE_POST_H

#include "visit.h"

void show_post(struct visit *visit);   /* /post/KEY */
void show_frame(struct visit *visit);  /* /post/KEY/frame: the content rendered */
void show_source(struct visit *visit); /* /post/KEY/source */

/* The views of a post. */
enum post_view { VIEW_NONE, VIEW_PAGE, VIEW_SOURCE, VIEW_VERSIONS };

/* Puts links to the views of the post with this key. version: 0: the current one. */
void put_views(struct text *page, enum language language, const char *key, long version,
	       enum post_view current);

/* Puts what stands in the place of a content that was taken out. */
void put_tombstone(struct text *page, enum language language,
		   const struct narc_tombstone *tombstone);

#endif
