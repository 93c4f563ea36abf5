/* SPDX-License-Identifier: BSD-2-Clause */
/* What all pages have, and the pieces that several have. */
#ifndef NARC_SERVE_PAGE_H
#define NARC_SERVE_PAGE_H

#include "visit.h"

/* Begins a page: head, header with navigation, and the start of its main part with a heading. */
void page_begin(struct visit *visit, const char *title);
void page_begin_phrase(struct visit *visit, enum text_id id, const char *value);
void page_end(struct visit *visit);

/* Puts a text, and value, escaped, where it has "%s". */
void put_phrase(struct text *page, enum language language, enum text_id id, const char *value);

/* The same with a number. */
void put_phrase_number(struct text *page, enum language language, enum text_id id,
		       uint64_t number);

/* "12 posts" */
void put_post_count(struct text *page, enum language language, uint64_t posts);

/* Puts the start of an address of a post, or other entry: "/post/CODE", or its path if it has no
 * infoCode. */
void put_post_address(struct text *page, const struct narc_record *record);

/* Puts a name for the entry: the title, or what else there is. */
void put_post_title(struct text *page, enum language language, const struct narc_record *record,
		    const char *title);

/* Puts links to what a list names, separated by "\n": of categories, or tags. folder: "category",
 * "tag". */
void put_chips(struct text *page, const char *names, const char *folder);

/* Puts a post of a list of one day, with its categories. */
void put_post_item(struct text *page, enum language language, const struct narc_record *record,
		   const char *title);

/* The same without its end, "</li>", for more to be put into it. with_day: they are of several
 * days. */
void put_post_start(struct text *page, enum language language, const struct narc_record *record,
		    const char *title, bool with_day);

/* Says, if that is so, that counts are not those of the archives as they are. */
void put_counting(struct text *page, enum language language, bool is_current);

/* Says, if there are any, that damaged places are left out. */
void put_damages(struct text *page, enum language language, uint64_t damages);

#endif
