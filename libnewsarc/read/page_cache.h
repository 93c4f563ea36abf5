/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoded pages of the index that stay for the next look-up: the ones used last. Pages near
 * the root are used by each look-up, so they stay whatever comes.
 */
#ifndef NARC_READ_PAGE_CACHE_H
#define NARC_READ_PAGE_CACHE_H

#include "format/block_page.h"
#include "format/key_page.h"
#include "format/section.h"
#include "format/superseded_page.h"

enum { PAGE_CACHE_BUCKETS = 1024, PAGE_CACHE_MEMORY = 8 << 20 };

struct cached_page {
	struct cached_page *next; /* in its bucket */
	struct cached_page *newer, *older;
	struct extent extent;
	enum section_tag tag; /* which of these it is; the others are empty */
	struct key_page key_page;
	struct block_page block_page;
	struct superseded_page superseded_page;
};

/* All zero when it is empty. */
struct page_cache {
	struct cached_page *buckets[PAGE_CACHE_BUCKETS];
	struct cached_page *newest, *oldest;
	size_t memory; /* that the pages take */
};

void page_cache_free(struct page_cache *cache);

/* The page of that kind at extent; NULL if it is not here. */
struct cached_page *page_cache_find(struct page_cache *cache, enum section_tag tag,
				    struct extent extent);

/* Takes over a page that is not here yet, and drops others until all fit into
 * PAGE_CACHE_MEMORY, but never this one. */
void page_cache_add(struct page_cache *cache, struct cached_page *page);

#endif
